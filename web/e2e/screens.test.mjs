// A screen that joined by a link says what it shows, once it shows it; one that anybody opened is not listed. When its
// link is revoked it goes on as such a one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HALL, until, world } from "./harness.mjs";

test("a recall is confirmed by every screen that joined", async t => {
  const { server, browser, event } = await world(t);
  const { url, id: link } = await server.must("POST", event.path + "/links", { role: "screen", name: "Main hall" });
  const [hall, stranger] = await Promise.all([browser.joined(url, { viewport: HALL }), browser.at(event.page + "/screen", { viewport: HALL })]);
  const item = await event.approved("Taken down in a moment", "Ana B.");
  await event.stage({ now: item.id });
  const now = page => page.getByRole("region", { name: "Now", exact: true });
  await Promise.all([hall, stranger].map(p => now(p).getByText("Taken down in a moment").waitFor()));
  const screens = async () => server.must("GET", event.path + "/screens");
  const reached = rev => until(async () => (await screens())[0]?.shown >= rev && screens(), `the screen's word for ${rev}`);
  await reached((await event.item(item.id)).rev);

  const recalled = await event.act(item, "hold");
  const [screen, ...others] = await reached(recalled.rev);
  assert.equal(await now(hall).getByText("Taken down in a moment").isVisible(), false, "it says that it is gone, and shows it");
  assert.deepEqual([screen.name, screen.behind_ms, screen.heard, others.length], ["Main hall", 0, true, 0]);

  // It goes on saying so while nothing happens.
  const before = screen.last_seen;
  await until(async () => (await screens())[0].last_seen > before, "another word within 20 s", 20_000);

  await server.must("DELETE", event.path + "/links/" + link);
  await until(async () => !(await screens()).length, "that it is listed no more");
  await event.stage({ now: (await event.approved("Shown to anybody", "Cal D.")).id });
  await now(hall).getByText("Shown to anybody").waitFor();
  assert.deepEqual(await screens(), []);
  assert.deepEqual(browser.faults, []);
});
