import assert from "node:assert/strict";
import { test } from "node:test";
import { confirmed, given, initials, people, recalled, taken } from "../static/js/lib/hands.js";
import { clash, summary, wanted } from "../static/js/lib/replay.js";
import { mail } from "../static/js/lib/signals.js";

const person = (name, role = "moderator", claimed = null) => ({ name, role, claimed });
const screen = (name, shown, heard = true) => ({ id: name, name, shown, heard, behind_ms: 0, last_seen: "" });
const recall = (id, seq) => ({ id, seq, text: id });
const decision = (action, body = {}, more = {}) => ({ id: "a", rev: 5, from: "pending", action, body, at: "19:13", text: "Why?", ...more });
const time = at => at;

test("who is here: oneself first, everybody once, the chair last, no screens", () => {
  const all = people([person("Callum Reid"), person("Gwen Hall", "chair"), person("Dana Okafor"), person("Callum Reid"), person("Hall left", "screen"), person("Olu", "organiser"), person("", "chair")], "Dana Okafor");
  assert.deepEqual(all.map(p => p.words), ["Dana Okafor, you", "Callum Reid", "Olu, organiser", "Gwen Hall, chair", "Somebody, chair"]);
  assert.deepEqual(all.map(p => p.face), ["DO", "CR", "O", "GH", "C"]);
  assert.equal(new Set(all.map(p => p.id)).size, 5);
});

test("names in short", () => {
  for (const [name, two, one] of [["Callum Reid", "CR", "Callum"], ["  élan  vital x", "ÉV", "élan"], ["", "", "Somebody else"], ["𝒜da", "𝒜", "𝒜da"]]) {
    assert.equal(initials(name), two);
    assert.equal(given(name), one);
  }
});

test("who looks at what: not oneself, but one's own other tablet", () => {
  const who = [person("Dana", "moderator", "a"), person("Callum", "moderator", "b"), person("Dana", "moderator", "c"), person("Priti")];
  assert.deepEqual([...taken(who, "Dana", new Set(["a"]))], [["b", "Callum"], ["c", "Dana"]]);
  assert.deepEqual([...taken([person("", "moderator", "a"), person("", "moderator", "b")], "You", new Set(["a"]))], [["b", ""]], "a link without a name");
});

test("what takes something down", () => {
  const now = (state, merged_into = null) => ({ state, merged_into });
  for (const [from, i, want] of [["live", now("rejected"), true], ["approved", now("held"), true], ["answered", now("rejected"), true], ["approved", now("pending"), true],
    ["pending", now("rejected"), false], ["live", now("answered"), false], ["approved", now("approved"), false], ["approved", now("approved", "b"), false]]) {
    assert.equal(recalled(from, i), want, `${from} to ${i.state}`);
  }
});

test("a recall is confirmed by every screen that shows everything up to it", () => {
  const two = [screen("Hall left", 9), screen("Foyer", 7)];
  const first = confirmed([recall("a", 8)], two);
  assert.deepEqual(first.waiting.map(s => s.name), ["Foyer"]);
  assert.equal(first.words, "1 of 2 screens confirms. Foyer may still show it.");
  assert.equal(confirmed([recall("a", 9)], [screen("Hall left", 9), screen("Foyer", 9)]).words, "Taken down. 2 of 2 screens confirm");
  assert.equal(confirmed([recall("a", 9)], [screen("Hall left", 12)]).words, "Taken down. 1 of 1 screen confirms");
  assert.match(confirmed([recall("a", 9)], []).words, /^Taken down\. No screen has joined/);
});

test("a screen that was not heard from is named as such, and one recall too many is not shown as open", () => {
  const c = confirmed([recall("a", 5), recall("b", 9), recall("c", 9)], [screen("Hall left", 8, false), screen("", 8)]);
  assert.deepEqual(c.left.map(r => r.id), ["b", "c"]);
  assert.equal(c.words, "0 of 2 screens confirm. a screen without a name may still show the 2 that were taken down. Hall left: not heard from for a minute, and may still show the 2 that were taken down. Look at it, or switch it off.");
});

test("what was wanted, in words", () => {
  for (const [d, words] of [[decision("approve"), "Approve"], [decision("reject", { reason: "Off topic" }), "Reject: Off topic"], [decision("edit", { text: "New" }), "Edit to “New”"], [decision("note", { text: "" }), "Take the note away"],
    [decision("tag", { add: ["x", "y"], remove: [] }), "Tag x, y"], [decision("tag", { add: [], remove: ["x"] }), "Take the tag x off"], [decision("kind", { kind: "story" }), "Make it a story"], [decision("merge", { into: "b" }), "Merge into another"]]) {
    assert.equal(wanted(d), words);
  }
});

test("both sides of what was not taken: the server's word, nothing guessed", () => {
  const top = { rev: 6, action: "hold", by: { role: "moderator", name: "Callum Reid" }, at: "19:12", reason: null };
  const item = (state, more = {}) => ({ id: "a", state, text: "Why?", ...more });
  const see = (status, p, i, d = decision("approve")) => clash("k", d, { status, message: "It is frozen." }, p, i, time);
  assert.deepEqual(see(409, top, item("held")), { id: "k", of: "a", text: "Why?", wanted: "Approve, at 19:13", now: "Held by Callum Reid at 19:12", other: true });
  assert.equal(see(409, { ...top, action: "edit" }, item("pending", { text: "What?" })).now, "Pending. Edited by Callum Reid at 19:12");
  assert.equal(see(409, undefined, item("approved")).now, "In the queue. Changed by somebody else");
  assert.equal(see(409, { ...top, action: "withdraw", by: { role: "source", name: "mastodon" } }, item("withdrawn")).now, "Taken back by its network at 19:12");
  assert.equal(see(410, undefined, undefined).now, "Erased: nothing is left of it");
  const frozen = see(422, undefined, item("pending"));
  assert.deepEqual([frozen.now, frozen.other], ["Pending. It is frozen.", false]);
});

test("how a replay went", () => {
  const c = other => ({ other });
  assert.equal(summary(7, [c(true), c(true), c(true)]), "You are back. 7 decisions were sent. 3 had been decided by somebody else meanwhile, and stay as they left them.");
  assert.equal(summary(1, []), "You are back. 1 decision was sent.");
  assert.equal(summary(0, [c(true), c(false)]), "You are back. 1 had been decided by somebody else meanwhile, and stays as they left it. 1 could not be done.");
});

test("signals: what one side has still to see, and the last it told", () => {
  const s = (id, to, acked_at = null) => ({ id, to, acked_at, text: id, at: id });
  const m = mail([s("1", "chair", "x"), s("2", "moderators", "x"), s("3", "moderators"), s("4", "chair"), s("5", "moderators")], "moderators");
  assert.deepEqual(m.waiting.map(x => x.id), ["3", "5"]);
  assert.equal(m.told.id, "4");
});
