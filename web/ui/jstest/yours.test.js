import assert from "node:assert/strict";
import { test } from "node:test";
import { words } from "../static/js/lib/yours.js";

test("what became of it is said in the words of views.go", () => {
  for (const [status, place, why, want] of [
    ["pending", 0, null, "Waiting for a moderator"], ["held", 0, null, "Waiting for a moderator"], ["approved", 4, null, "In the queue, 4th"], ["approved", 0, null, "In the queue"],
    ["approved", 1, null, "In the queue, 1st"], ["approved", 12, null, "In the queue, 12th"], ["approved", 22, null, "In the queue, 22nd"], ["approved", 113, null, "In the queue, 113th"],
    ["live", 0, null, "Now"], ["answered", 0, null, "Answered"], ["rejected", 0, "Asked already", "Not used: asked already"], ["rejected", 0, "GDPR", "Not used: GDPR"],
    ["rejected", 0, null, "Not used"], ["withdrawn", 0, null, "Taken back"],
  ]) assert.equal(words(status, place, why)[0], want);
});
