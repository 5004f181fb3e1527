// The desk's pure parts: which rows show, finding, lenses, the queue's moves, choosing, keys, spans.
import assert from "node:assert/strict";
import { test } from "node:test";
import { after, arrange } from "../static/js/lib/arrange.js";
import { chosen, kept, nothing, survivor } from "../static/js/lib/choice.js";
import { everything, facets, folded, found, languageName, narrow } from "../static/js/lib/find.js";
import { keymap } from "../static/js/lib/keymap.js";
import { lensesOf, through } from "../static/js/lib/lens.js";
import { between, moves, place } from "../static/js/lib/order.js";
import { cut, hasSpan, struck } from "../static/js/lib/spans.js";

const item = (id, more = {}) => ({ id, rev: 1, state: "pending", rank: id, text: id, source: "form", votes: 0, author: { name: null, handle: null, key: "k" + id }, posted_at: "2026-11-30T19:00:00Z", received_at: "2026-11-30T19:00:00Z", flags: [], ...more });
const board = items => ({ items: new Map(items.map(i => [i.id, i])), stage: null });
const ids = list => list.map(i => i.id).join(" ");
const at = min => new Date(Date.UTC(2026, 10, 30, 19, min)).toISOString();

test("a list that nobody holds shows what belongs to it", () => {
  const all = [item("c"), item("b"), item("a")];
  assert.deepEqual(arrange(["a", "b"], all, false, board(all)), { rows: ["c", "b", "a"], waiting: 0 });
});

test("a list that somebody holds does not move: arrivals wait, what was decided elsewhere keeps its place", () => {
  const a = item("a"), b = item("b", { state: "approved" }), c = item("c"), d = item("d");
  // b was decided by somebody else, c and d came, and the order of a and x would be another one now.
  const got = arrange(["x", "b", "a"], [d, c, a, item("x")], true, board([a, b, c, d, item("x")]));
  assert.deepEqual(got, { rows: ["x", "b", "a"], waiting: 2 });
});

test("what is gone for good leaves a held list too, and a list with nothing left is a new one", () => {
  const a = item("a"), b = item("b");
  assert.deepEqual(arrange(["gone", "a"], [a], true, board([a])).rows, ["a"]);
  assert.deepEqual(arrange(["x", "y"], [b, a], true, board([a, b])), { rows: ["b", "a"], waiting: 0 });
});

test("after a decision: the next that is open, else the one before", () => {
  const open = id => !id.startsWith("done");
  assert.equal(after(["a", "b", "done1", "c"], "b", open), "c");
  assert.equal(after(["a", "b"], "b", open), "a");
  assert.equal(after(["done", "b"], "b", open), "");
  assert.equal(after(["a", "b", "c"], "x", open), "a");
});

test("a search folds case and accents, and finds every word in text, name, handle or tag", () => {
  const all = [item("1", { text: "A fydd y canllawiau ar gael yn Gymraeg?", lang: "cy" }), item("2", { text: "Café budgets", author: { name: "Ŵyn Price", handle: null } }), item("3", { text: "x", tags: ["Housing"] })];
  const find = (q, more = {}) => ids(found(all, { ...everything(), q, ...more }));
  assert.equal(find("gymraeg"), "1");
  assert.equal(find("cafe wyn"), "2");
  assert.equal(find("  HOUSING "), "3");
  assert.equal(find("cafe gymraeg"), "");
  assert.equal(find(""), "1 2 3");
  assert.equal(find("", { langs: new Set(["cy"]) }), "1");
  assert.equal(folded("Ŷ É"), "y e");
  assert.equal(narrow(everything()), false);
  assert.equal(narrow({ ...everything(), flags: new Set(["any"]) }), true);
});

test("filters: by source, by flag and by language, with their counts; prompts only where there are any", () => {
  const flag = kind => ({ kind, detail: "", span: [0, 1] });
  const all = [item("1", { source: "x", flags: [flag("phone"), flag("email")] }), item("2", { source: "x", lang: "en-GB" }), item("3", { flags: [flag("link")], lang: "cy" }), item("4", { prompt: 2 })];
  const f = facets(all);
  assert.deepEqual(f.sources, [["form", 2], ["x", 2]]);
  assert.deepEqual(f.flags, [["Link", 1], ["Personal data?", 1]]);
  assert.equal(f.flagged, 2);
  assert.deepEqual(f.langs, [["cy", 1]]);
  assert.deepEqual(f.prompts, [["2", 1]]);
  assert.equal(ids(found(all, { ...everything(), flags: new Set(["any"]) })), "1 3");
  assert.equal(ids(found(all, { ...everything(), flags: new Set(["Link"]) })), "3");
  assert.equal(ids(found(all, { ...everything(), sources: new Set(["x"]), flags: new Set(["any"]) })), "1");
  assert.equal(ids(found(all, { ...everything(), prompts: new Set(["2"]) })), "4");
  assert.deepEqual(facets([item("1")]).prompts, []);
  assert.equal(languageName("cy"), "Cymraeg");
  assert.equal(languageName("gd"), "Gàidhlig");
  assert.equal(languageName("not a tag"), "not a tag");
});

test("lenses", () => {
  const asked = item("z", { state: "answered", text: "Why is YouTube blocked for training?", author: { key: "heard" } });
  const a = item("a", { posted_at: at(1), support: 2, source: "x", author: { key: "heard" }, text: "Is YouTube training blocked?" });
  const b = item("b", { posted_at: at(2), support: 9, source: "x", similar_to: ["d"], text: "What about housing repairs?" });
  const c = item("c", { posted_at: at(3), support: 2, source: "mastodon", text: "Training again: why blocked?" });
  const d = item("d", { posted_at: at(4), votes: 4, source: "form", text: "How are repairs to houses reported?" });
  const all = [a, b, c, d], seen = board([...all, asked]), see = lens => ids(through(lens, all, seen));
  assert.equal(see("newest"), "d c b a");
  assert.equal(see("wait"), "a b c d");
  assert.equal(see("support"), "b d a c");
  assert.equal(see("first"), "b c d a", "whose author has been heard comes last");
  assert.equal(see("turn"), "a c d b");
  assert.equal(see("topics"), "b d a c", "what is like what was asked comes last");
  assert.equal(see("alike"), "b d a c");
  assert.equal(see("ours"), "a b c d");
  assert.equal(ids(all), "a b c d", "a lens changes nothing");
  assert.equal(lensesOf("approved")[0], "ours");
  assert.equal(lensesOf("held")[0], "newest");
});

test("what was found late is not on top, whichever end is up", () => {
  const late = item("late", { posted_at: at(0), received_at: at(50), flags: [{ kind: "found-late", detail: "", span: [0, 0] }] });
  const all = [item("new", { posted_at: at(40), received_at: at(40) }), late, item("old", { posted_at: at(10), received_at: at(10) })];
  assert.equal(ids(through("newest", all, board(all))), "new old late");
  assert.equal(ids(through("wait", all, board(all))), "old new late");
});

test("a move names what the item comes after", () => {
  const q = ["a", "b", "c"];
  assert.equal(place(q, "c", 0), null);
  assert.equal(place(q, "c", 1), "a");
  assert.equal(place(q, "a", 1), "b");
  assert.equal(place(q, "a", 2), "c");
  for (const [id, to] of [["a", 0], ["a", -1], ["c", 3], ["x", 1]]) assert.equal(place(q, id, to), undefined, `${id} to ${to}`);
});

test("an order is reached by the fewest moves", () => {
  const reach = (have, want) => {
    const list = [...have], steps = moves(have, want);
    for (const { id, after } of steps) {
      list.splice(list.indexOf(id), 1);
      list.splice(after === null ? 0 : list.indexOf(after) + 1, 0, id);
    }
    assert.deepEqual(list, want, `${have} to ${want}`);
    return steps.length;
  };
  assert.equal(reach(["a", "b", "c"], ["a", "b", "c"]), 0);
  assert.equal(reach(["a", "b", "c"], ["c", "a", "b"]), 1);
  assert.equal(reach(["a", "b", "c", "d"], ["d", "c", "b", "a"]), 3);
  assert.equal(reach([], []), 0);
  let seed = 7;
  const random = n => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let round = 0; round < 200; round++) {
    const have = Array.from({ length: 1 + random(12) }, (_, n) => "i" + n), want = [...have];
    for (let i = want.length - 1; i > 0; i--) { const j = random(i + 1); [want[i], want[j]] = [want[j], want[i]]; }
    assert.ok(reach(have, want) < have.length);
  }
});

test("a rank for show stands between its neighbours, the later move first", () => {
  for (const [a, b] of [["", "0"], ["m", "m0"], ["m", "n"], ["", between("", 0)]]) assert.ok(between(a, 3) > a && between(a, 3) < b, `${a} ${b}`);
  assert.ok(between("m", 2) < between("m", 1));
});

test("choosing: one, a range either way, and only what can still be acted on", () => {
  const rows = ["a", "b", "c", "d"];
  let c = chosen(nothing(), rows, "c", true);
  c = chosen(c, rows, "a", true, true);
  assert.deepEqual([...c.ids].sort(), ["a", "b", "c"]);
  c = chosen(c, rows, "b", false);
  c = chosen(c, rows, "d", false, true);
  assert.deepEqual([...c.ids], ["a"]);
  assert.deepEqual([...chosen(nothing(), rows, "b", true, true).ids], ["b"], "a range without a beginning is one row");
  assert.equal(kept(c, () => true), c);
  assert.deepEqual([...kept(c, id => id !== "a").ids], []);
});

test("what the room sees already stays when several are merged", () => {
  const p = item("p"), q = item("q"), r = item("r", { state: "approved" }), l = item("l", { state: "live" });
  assert.equal(survivor(p, [q]).id, "p");
  assert.equal(survivor(p, [q, r]).id, "r");
  assert.equal(survivor(r, [p]).id, "r");
  assert.equal(survivor(r, [l]).id, "l");
});

test("keys: singles, sequences, what may be held down, and what is left to the browser", () => {
  let time = 0;
  const k = keymap(() => time), page = { field: false, dialog: false, single: true };
  const press = (key, more = {}, where = page) => k.press({ key, ...more }, where);
  assert.equal(press("a"), "approve");
  assert.equal(press("A"), "approve");
  assert.equal(press("?"), "keys");
  assert.equal(press("/"), "search");
  assert.equal(press("x"), "choose");
  assert.equal(press("X", { shiftKey: true }), "choose-range");
  assert.equal(press("j", { repeat: true }), "next");
  assert.equal(press("a", { repeat: true }), "", "a key that is held down decides once");
  assert.equal(press("g"), "");
  assert.equal(press("h"), "held");
  assert.equal(press("h"), "hold", "the sequence is over");
  press("g");
  time += 1501;
  assert.equal(press("a"), "approve", "G was too long ago");
  for (const o of [{ ctrlKey: true }, { metaKey: true }]) assert.equal(press("a", o), "");
  assert.equal(press("ArrowUp", { altKey: true }), "up");
  assert.equal(press("a", {}, { ...page, field: true }), "");
  assert.equal(press("a", {}, { ...page, single: false }), "");
  assert.equal(press("ArrowDown", { altKey: true }, { ...page, single: false }), "down");
  assert.equal(press("?", {}, { ...page, dialog: true }), "");
});

test("a span is taken out by code points, and the place where it was is tidied", () => {
  assert.equal(cut("Call me on 07700 900142 and I’ll show you.", [11, 23]), "Call me on and I’ll show you.");
  assert.equal(cut("Call 07700 900142.", [5, 17]), "Call.");
  assert.equal(cut("👩🏽 a@b.example now", [3, 14]), "👩🏽 now");
  assert.equal(cut("a@b.example now", [0, 11]), "now");
  assert.equal(cut("now a@b.example", [4, 15]), "now");
  assert.equal(cut("(a@b.example)", [1, 12]), "()");
  for (const span of [[0, 0], [3, 99], [-1, 2], [4, 2]]) assert.equal(cut("as it is", span), "as it is");
  assert.equal(hasSpan({ span: [0, 3] }, "👩🏽a"), true);
  assert.equal(hasSpan({ span: [0, 4] }, "👩🏽a"), false);
  assert.equal(hasSpan({ span: [0, 0] }, "abc"), false);
});

test("words that an edit has taken out are struck, the others are not", () => {
  const show = (a, b) => struck(a, b).map(p => (p.mark ? `[${p.text}]` : p.text)).join("");
  assert.equal(show("Who signs? Call me on 07700 900142 now.", "Who signs?"), "Who signs? [Call me on 07700 900142 now.]");
  assert.equal(show("a b c d", "a c d"), "a [b] c d");
  assert.equal(show("a b", "a b"), "a b");
  assert.equal(show("one two", "three"), "[one two]");
  assert.equal(show("The policy is bad", "Is the policy bad?"), "[The] policy [is bad]");
  assert.equal(struck("a  b\nc", "c").map(p => p.text).join(""), "a  b\nc", "nothing of the text is lost");
});
