// Two moderators at two tablets decide on the same question: one decision stands, the other moderator is told whose,
// and sees the question as it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TABLET, world } from "./harness.mjs";

test("two moderators, one question", async t => {
  const { server, browser, event } = await world(t);
  const [callum, dana] = await Promise.all(["Callum Reid", "Dana Okafor"].map(async name =>
    browser.joined(await event.link("moderator", name), { viewport: TABLET })));
  const row = (page, text) => page.locator("[data-list=inbox] a", { hasText: text });
  const act = (page, name) => page.getByRole("group", { name: "Decide" }).getByRole("button", { name });

  await t.test("what one does, the other sees", async () => {
    const item = await event.send("Seen by both", "Ana B.");
    await row(callum, "Seen by both").click();
    await row(dana, "Seen by both").waitFor();
    await act(callum, "Hold").click();
    await row(dana, "Seen by both").waitFor({ state: "detached" });
    assert.equal((await event.item(item.id)).state, "held");
  });

  await t.test("the slower one is told who was first, and sees it as it is", async () => {
    const item = await event.send("Decided by both at once", "Ana B.");
    await row(callum, "Decided by both").click();
    await row(dana, "Decided by both").click();
    // Dana's tablet has not heard of it yet: its decision is on the way while Callum's is taken.
    let release;
    const held = new Promise(r => (release = r));
    await dana.route(/\/reject$/, async r => { await held; await r.continue(); });
    await act(dana, "Reject").click();
    await act(callum, "Approve").click();
    await callum.locator("[data-toast]").getByText(/^Approved/).waitFor();
    await event.item(item.id).then(i => assert.equal(i.state, "approved"));
    release();
    const told = dana.getByRole("alert").getByText(/Callum Reid was first: approved at \d\d:\d\d/);
    await told.waitFor();
    await dana.getByRole("link", { name: /^Approved/ }).click();
    await row(dana, "Decided by both").waitFor();
    assert.equal((await event.item(item.id)).state, "approved", "the second decision was taken all the same");
    const history = (await server.must("GET", `${event.path}/submissions/${item.id}/history`)).items.map(h => [h.action, h.by.name]);
    assert.deepEqual(history.slice(1), [["approve", "Callum Reid"]]);
    assert.equal(await callum.getByRole("alert").count(), 0, "the faster one is bothered");
  });

  assert.deepEqual(browser.faults, []);
});
