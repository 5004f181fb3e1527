import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { characters, screenText, sizeOf, withoutTags } from "../static/js/lib/size.js";

const table = JSON.parse(readFileSync(new URL("testdata/sizes.json", import.meta.url), "utf8"));

test("sizes, lengths and cuts are those of size.go", () => {
  assert.ok(table.sizes.length >= 12 && table.lengths.length >= 6 && table.shown.length >= 4 && table.tags.length >= 7, "the table has lost cases");
  for (const c of table.sizes) assert.deepEqual(sizeOf(c.length), { size: c.class, long: c.long }, `${c.length} characters`);
  for (const c of table.lengths) assert.equal(characters(c.text).length, c.length, JSON.stringify(c.text));
  for (const c of table.tags) assert.equal(withoutTags(c.source, c.text), c.shown, c.text);
  for (const c of table.shown) {
    const { shown, more } = screenText(c.repeat.repeat(c.times));
    assert.deepEqual([characters(shown).length, more], [c.length, c.more], `${c.repeat} times ${c.times}`);
  }
});
