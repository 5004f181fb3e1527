import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, apply, empty, now, queue, stories } from "../static/js/lib/live.js";
import { upnext } from "../static/js/lib/upnext.js";

const item = (id, rev, state = "approved", rank = id) => ({ id, rev, state, rank, text: id, author: {} });
const stage = (rev, now = null, next = null) => ({ now, next, rev, blank: false, mode: "live", since: null, prompt: null });
const snapshot = (seq, items, s = stage(1)) => ({ type: "snapshot", seq, epoch: "e", event: { slug: "s" }, stage: s, items, counts: { approved: 0 } });
const play = (...messages) => messages.reduce(apply, empty());
const ids = list => list.map(i => i.id).join(" ");

test("a snapshot replaces everything, and numbers may fall with it", () => {
  const b = play(snapshot(50, [item("a", 5), item("b", 6)]), snapshot(9, [item("c", 7)]));
  assert.equal(ids(queue(b)), "c");
  assert.equal(b.seq, 9);
});

test("apply leaves the board that it was given as it was", () => {
  const b = play(snapshot(5, [item("a", 5)]));
  const before = structuredClone({ ...b, items: [...b.items] });
  apply(b, { type: "item", seq: 6, item: item("b", 6) });
  apply(b, { type: "gone", seq: 7, id: "a" });
  apply(b, { type: "stage", seq: 8, stage: stage(8, "a") });
  assert.deepEqual({ ...b, items: [...b.items] }, before);
});

test("an older word about an item is dropped, a repeated one changes nothing", () => {
  let b = play(snapshot(5, [item("a", 5, "answered")]), { type: "item", seq: 6, item: item("a", 4) });
  assert.equal(b.items.get("a").state, "answered");
  b = apply(b, { type: "item", seq: 6, item: item("a", 5, "answered") });
  assert.equal(b.items.size, 1);
});

test("what is gone is gone, unless a newer word has brought it back", () => {
  let b = play(snapshot(5, [item("a", 5)]), { type: "gone", seq: 6, id: "a" });
  assert.equal(b.items.size, 0);
  b = play(snapshot(8, [item("a", 8)]), { type: "gone", seq: 6, id: "a" });
  assert.equal(b.items.size, 1, "a repeated gone must not take away what came after it");
  assert.equal(play(snapshot(8, []), { type: "gone", seq: 9, id: "x" }).items.size, 0);
});

test("an older stage is dropped", () => {
  const b = play(snapshot(5, [item("a", 5, "live")], stage(5, "a")), { type: "stage", seq: 5, stage: stage(4, null) });
  assert.equal(now(b).id, "a");
});

test("the queue is in byte-wise rank order, ids settle a tie, and the one lined up is first", () => {
  const items = [item("c", 3, "approved", "a"), item("b", 2, "approved", "a"), item("d", 4, "approved", "Z"), item("e", 5, "live", "0"), item("f", 6, "answered", "1")];
  assert.equal(ids(queue(play(snapshot(9, items, stage(1, "e"))))), "d b c");
  assert.equal(ids(queue(play(snapshot(9, items, stage(1, "e", "c"))))), "c d b");
  assert.equal(ids(queue(play(snapshot(9, items, stage(1, "e", "f"))))), "f d b c", "an answered one may be lined up again");
});

test("stories stand beside the queue, and come up next by name only", () => {
  const told = (...a) => ({ ...item(...a), kind: "story" });
  const items = [item("c", 3), told("b", 2), told("a", 1), told("d", 4, "answered"), told("e", 5, "live")];
  let b = play(snapshot(9, items, stage(1, "e")));
  assert.deepEqual([ids(queue(b)), ids(stories(b)), ids(upnext(b)), ids(answered(b))], ["c", "a b", "c", "d"]);
  b = apply(b, { type: "stage", seq: 10, stage: stage(10, "e", "b") });
  assert.deepEqual([ids(queue(b)), ids(stories(b)), ids(upnext(b))], ["c", "b a", "b c"], "lined up");
});

test("a tally changes the votes of what is there, and nothing else", () => {
  const b = play(snapshot(9, [{ ...item("a", 3), votes: 1 }, { ...item("b", 4), votes: 2 }])), was = b.items.get("b");
  const n = apply(b, { type: "tally", seq: 9, votes: { a: 5, gone: 3 }, support: { a: 6 } });
  assert.deepEqual([n.items.get("a").votes, n.items.get("a").support, n.items.size, b.items.get("a").votes], [5, 6, 2, 1]);
  assert.equal(n.items.get("b"), was);
});

test("a stage may name what is not in this view: then nothing is now", () => {
  assert.equal(now(play(snapshot(9, [], stage(1, "x")))), undefined);
  assert.equal(now(empty()), undefined);
});

test("answered has the newest first", () => {
  assert.equal(ids(answered(play(snapshot(9, [item("a", 1, "answered"), item("b", 3, "answered"), item("c", 2, "answered"), item("d", 4)])))), "b c a");
});

test("numbers only grow between snapshots; unknown messages are passed over", () => {
  const b = play(snapshot(9, []), { type: "counts", seq: 7, counts: { approved: 3 } }, { type: "tally", seq: 8, votes: {} });
  assert.equal(b.seq, 9);
  assert.equal(b.counts.approved, 3);
});

test("who is there and what the screens show are replaced together", () => {
  const who = [{ name: "Priti", role: "moderator", claimed: "a" }], screens = [{ id: "s", name: "Hall", shown: 9, behind_ms: 0, last_seen: "", heard: true }];
  let b = play({ ...snapshot(9, []), who, screens });
  assert.deepEqual([b.who, b.screens], [who, screens]);
  b = apply(b, { type: "presence", seq: 9, who: [], screens });
  assert.deepEqual([b.who, b.screens], [[], screens]);
  assert.deepEqual(play(snapshot(9, [])).screens, []);
});

test("signals are in the order they were sent, and an acknowledgement takes its signal's place", () => {
  const signal = (id, at, acked_at = null) => ({ id, at, acked_at, from: { role: "chair", name: "Fiona" }, to: "moderators", text: id });
  const b = play({ ...snapshot(9, []), signals: [signal("a", "2026-11-20T18:00:00Z")] }, { type: "signal", seq: 10, signal: signal("c", "2026-11-20T18:02:00Z") },
    { type: "signal", seq: 11, signal: signal("b", "2026-11-20T18:01:00Z") }, { type: "signal", seq: 12, signal: signal("a", "2026-11-20T18:00:00Z", "now") });
  assert.equal(ids(b.signals), "a b c");
  assert.equal(b.signals[0].acked_at, "now");
});
