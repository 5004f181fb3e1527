import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { apply, empty } from "../static/js/lib/live.js";
import { age, brief, first, FLAG, flagged, likes, lists, may, past, tabOf } from "../static/js/lib/desk.js";
import { ahead, Outbox } from "../static/js/lib/outbox.js";
import { marked } from "../static/js/lib/spans.js";

const item = (id, state, more = {}) => ({ id, rev: 5, state, rank: id, text: id, author: {}, posted_at: "2026-11-30T19:00:00Z", received_at: "2026-11-30T19:00:00Z", ...more });
const board = (items, now = null) => apply(empty(), { type: "snapshot", seq: 9, epoch: "e", items, counts: {}, stage: { now, next: null, rev: 1 } });
const ids = list => list.map(i => i.id).join(" ");
const decision = (id, action, more = {}) => ({ id, rev: 5, from: "pending", action, body: {}, at: "", text: id, ...more });
const store = () => { const m = new Map(); return { getItem: k => m.get(k) ?? null, setItem: (k, v) => m.set(k, v) }; };

test("tabs: the newest first; approved as the room will see it; stories beside the queue", () => {
  const late = { posted_at: "2026-11-30T19:05:00Z" };
  const l = lists(board([item("p1", "pending"), item("p2", "pending", late), item("b", "approved"), item("a", "approved"), item("n", "live"), item("d", "answered"), item("h", "held"), item("r", "rejected"),
    item("m", "pending", { merged_into: "a" }), item("s", "approved", { kind: "story" })], "n"));
  assert.equal(ids(l.pending), "p2 p1");
  assert.equal(ids(l.approved), "n a b");
  assert.equal(ids(l.stories), "s");
  assert.equal(ids(l.answered), "d");
  assert.equal(ids(l.held), "h");
  assert.equal(ids(l.rejected), "r");
  assert.equal(tabOf(item("x", "live")), "approved");
  assert.equal(tabOf(item("x", "approved", { kind: "story" })), "stories");
  assert.equal(tabOf(item("x", "approved", { merged_into: "a" })), null);
  assert.equal(tabOf(item("x", "withdrawn")), null);
});

test("likeness is mutual, and only of what could still be merged", () => {
  const l = likes(board([item("a", "pending"), item("b", "held", { similar_to: ["a", "r", "gone", "m"] }), item("c", "approved", { similar_to: ["a"] }), item("r", "rejected"), item("m", "pending", { merged_into: "a" }), item("x", "rejected", { similar_to: ["a"] })]));
  assert.deepEqual([...l].map(([id, s]) => id + ": " + [...s].join(" ")), ["b: a", "a: b c", "c: a"]);
});

test("what may be done follows the table of states", () => {
  const table = { pending: "approve reject hold screen edit merge", held: "approve reject restore screen edit merge", approved: "reject hold screen answer edit merge next-up", live: "reject hold return answer edit", answered: "reject hold return", rejected: "restore", withdrawn: "", erased: "" };
  for (const [state, actions] of Object.entries(table)) {
    for (const a of ["approve", "reject", "hold", "restore", "return", "answer", "screen", "edit", "merge", "next-up", "split"]) assert.equal(may(item("x", state), a), actions.split(" ").includes(a), `${a} of ${state}`);
    assert.equal(may(item("x", state, { merged_into: "a" }), "approve"), false);
    assert.equal(may(item("x", state, { merged_into: "a" }), "split"), true);
  }
});

test("decisions on their way show at once, but not over a newer word of the server", () => {
  const b = board([item("a", "pending"), item("b", "pending", { rev: 6 })]);
  const seen = ahead(b, [decision("a", "approve"), decision("b", "approve"), decision("x", "approve")]);
  assert.equal(seen.items.get("a").state, "approved");
  assert.equal(seen.items.get("b").state, "pending");
  const reviewed = ahead(b, [decision("a", "approve", { review: "Dana" })]).items.get("a");
  assert.deepEqual([reviewed.state, reviewed.reviewed_by.name], ["pending", "Dana"], "under the two-person rule the first only reviews");
  const line = ahead(board([item("zz", "approved"), item("c", "pending", { rank: "" }), item("d", "pending", { rank: "" })]), [decision("d", "approve"), decision("c", "approve")]);
  assert.equal(ids(lists(line).approved), "zz d c", "approved ones come last, in the order they were approved");
  assert.equal(b.items.get("a").state, "pending");
});

test("what was done shows at once: words, tags, kind, note, merging, and a move by a rank of our own", () => {
  const b = board([item("a", "approved", { rank: "b" }), item("b", "approved", { rank: "c", tags: ["x"] }), item("c", "approved", { rank: "d" })]);
  const see = (...ds) => ahead(b, ds).items;
  assert.deepEqual([see(decision("a", "edit", { body: { text: "New" } })).get("a")].map(i => [i.text, i.original, i.edited])[0], ["New", "a", true]);
  assert.deepEqual(see(decision("b", "tag", { body: { add: ["y", "x"], remove: [] } })).get("b").tags, ["x", "y"]);
  assert.deepEqual(see(decision("b", "tag", { body: { add: [], remove: ["x"] } })).get("b").tags, []);
  assert.equal(see(decision("a", "kind", { body: { kind: "story" } })).get("a").kind, "story");
  assert.equal(see(decision("a", "note", { body: { text: "" } })).get("a").note, null);
  assert.equal(see(decision("a", "merge", { body: { into: "b" } })).get("a").merged_into, "b");
  const line = (...ds) => ids([...see(...ds).values()].sort((x, y) => (x.rank < y.rank ? -1 : 1)));
  assert.equal(line(decision("c", "move", { body: { after: null } })), "c a b");
  assert.equal(line(decision("c", "move", { body: { after: "a" } })), "a c b");
  assert.equal(line(decision("c", "move", { body: { after: null } }), decision("b", "move", { body: { after: null } })), "b c a");
  assert.equal(line(decision("a", "move", { body: { after: "c" } }), decision("b", "move", { body: { after: "a" } })), "c a b");
});

test("what was decided in one go goes out as one, as long as it says the same of other items", async () => {
  const o = new Outbox(store(), "k"), sent = [];
  const of = (id, more) => decision(id, "reject", { group: "g", ...more });
  o.add(of("a"), of("b"), of("b"), of("c", { body: { reason: "Off topic" } }), decision("d", "reject"), decision("e", "reject"));
  await o.flush(async ds => { sent.push(ds.map(d => d.id).join("")); return true; });
  assert.deepEqual(sent, ["ab", "b", "c", "d", "e"]);
  const many = new Outbox(store(), "k");
  many.add(...Array.from({ length: 450 }, (_, n) => of("i" + n)));
  const sizes = [];
  await many.flush(async ds => { sizes.push(ds.length); return true; });
  assert.deepEqual(sizes, [200, 200, 50]);
});

test("the outbox sends in order, keeps what nobody took, and survives a reload", async () => {
  const s = store(), o = new Outbox(s, "k"), sent = [];
  o.add(decision("a", "approve"));
  o.add(decision("b", "hold"));
  o.add(decision("c", "reject"));
  await o.flush(async ([d]) => { sent.push(d.id); return d.id !== "b"; });
  assert.deepEqual(sent, ["a", "b"]);
  const again = new Outbox(s, "k");
  assert.deepEqual(again.list.map(d => d.id), ["b", "c"]);
  await again.flush(async ([d]) => { sent.push(d.id); return true; });
  assert.deepEqual(sent, ["a", "b", "b", "c"]);
  assert.deepEqual(new Outbox(s, "k").list, []);
});

test("two decisions on one item: the second builds on what the first made", async () => {
  const o = new Outbox(store(), "k"), revs = [];
  o.add(decision("a", "hold"));
  o.add(decision("a", "approve", { from: "held" }));
  await o.flush(async ([d]) => { revs.push(d.rev); o.taken(d, d.rev + 10); return true; });
  assert.deepEqual(revs, [5, 15]);
  assert.deepEqual(o.list, []);
});

test("what has not gone out can be taken back, what is on its way cannot", async () => {
  const o = new Outbox(store(), "k"), a = decision("a", "approve"), b = decision("b", "approve");
  o.add(a);
  o.add(b);
  await o.flush(async ([d]) => {
    if (d.id === "a") { assert.equal(o.drop(a), false); assert.equal(o.drop(b), true); }
    return true;
  });
  assert.deepEqual(o.list, []);
  assert.equal(o.drop(a), false);
});

test("a store that is broken or full loses nothing that is in memory", () => {
  const o = new Outbox({ getItem: () => "{not json", setItem: () => { throw new Error("full"); } }, "k");
  o.add(decision("a", "approve"));
  assert.equal(o.list.length, 1);
});

test("every kind of flag that is looked for has its words", () => {
  const kinds = [...readFileSync(new URL("../../../moderation/flag/flag.go", import.meta.url), "utf8").matchAll(/^\t[A-Z]\w+ += "([a-z-]+)"/gm)].map(m => m[1]);
  kinds.push(...[...readFileSync(new URL("../../../moderation/flags.go", import.meta.url), "utf8").matchAll(/^\tFlag\w+ += "([a-z-]+)"/gm)].map(m => m[1]));
  assert.ok(kinds.length >= 15, `found ${kinds}`);
  for (const k of kinds) assert.equal(FLAG[k]?.length, 4, k);
});

test("what was found late asks for no second look", () => {
  assert.equal(flagged({ flags: [{ kind: "found-late" }] }), false);
  assert.equal(flagged({ flags: [{ kind: "found-late" }, { kind: "burst" }] }), true);
  assert.equal(flagged({}), false);
});

test("what a policy did is said to be its doing", () => {
  const p = { action: "approve", by: { role: "policy", name: "policy for trusted authors" }, reason: null };
  assert.equal(past(p), "Approved by the policy for trusted authors");
  assert.match(first(p, "Why?", "10:00"), /^The policy for trusted authors was first: approved/);
});

test("texts are cut at their flags, in code points", () => {
  const join = (text, spans) => marked(text, spans).map(p => (p.mark ? `[${p.text}]` : p.text)).join("|");
  assert.equal(join("call 07700 900142 now", [[5, 17]]), "call |[07700 900142]| now");
  assert.equal(join("👩🏽 a@b.example", [[3, 14]]), "👩🏽 |[a@b.example]");
  assert.equal(join("abc", [[1, 9], [2, 1], [-1, 2]]), "abc", "spans that are not of this text mark nothing");
  assert.equal(join("abcdef", [[3, 5], [0, 2], [1, 4]]), "[ab]|c|[de]|f");
});

test("words of the history", () => {
  const by = (role, name) => ({ role, name });
  assert.equal(past({ action: "receive", by: by("source", "mastodon"), reason: null }), "Sent on Mastodon");
  assert.equal(past({ action: "reject", by: by("moderator", "Callum Reid"), reason: "Off topic" }), "Rejected by Callum Reid: Off topic");
  assert.equal(past({ action: "withdraw", by: by("attendee", ""), reason: null }), "Taken back by its sender");
  assert.match(first({ action: "reject", by: by("moderator", "Callum"), reason: null }, "Who…", "19:12"), /^Callum was first: rejected at 19:12/);
  assert.match(first(undefined, "Who…", ""), /^Somebody else decided first/);
});

test("ages and short texts", () => {
  assert.deepEqual([0, 61e3, 3599e3, 3600e3, 47 * 3600e3, 72 * 3600e3].map(age), ["now", "1 min", "59 min", "1 h", "47 h", "3 days"]);
  assert.equal(brief("Has anyone measured what blocking actually saves?"), "Has anyone measured what blocking…");
  assert.equal(brief("short\n text"), "short text");
});

test("who asks again while decisions are on their way waits for the same end", async () => {
  const o = new Outbox(store(), "k"), d = { id: "a", rev: 1, action: "hold", at: "", body: {}, text: "" };
  o.add(d);
  /** @type {(answer: boolean) => void} */
  let answer = () => {};
  let asked = 0;
  const first = o.flush(() => { asked++; return new Promise(r => (answer = r)); });
  const second = o.flush(async () => { asked++; return true; });
  assert.equal(o.drop(d), false, "taken back while it is on its way");
  answer(true);
  await Promise.all([first, second, o.going]);
  assert.equal(asked, 1);
  assert.deepEqual(o.list, []);
});
