// Votes in a real browser: shown at once, once a person, remembered, and put right where they did not arrive.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, until, world } from "./harness.mjs";

test("votes", async t => {
  const { browser, event } = await world(t);
  const asked = await event.approved("Who decides what gets measured?", "Ngozi A.");
  await event.act(await event.approved("We opened one account", "Bethan"), "kind", { kind: "story" });
  const votes = async () => (await event.find("gets measured")).votes;
  const of = page => page.getByRole("region", { name: "Queue" }).getByRole("listitem").filter({ hasText: "gets measured" }).getByRole("button");
  const live = page => page.getByText("Live", { exact: true }).waitFor();
  const says = async (page, name, pressed) => {
    await until(async () => (await of(page).innerText()).replace(/\s+/g, " ") === name, `${name} on the button`);
    assert.equal(await of(page).getAttribute("aria-pressed"), String(pressed));
  };

  const ana = await browser.at(event.page, { viewport: PHONE }), ben = await browser.at(event.page, { viewport: PHONE });
  await live(ana);
  await live(ben);
  await t.test("a vote is shown at once, and to everybody", async () => {
    await says(ana, "Vote 0", false);
    await of(ana).click();
    await says(ana, "Voted 1", true);
    await says(ben, "Vote 1", false);
    assert.equal(await votes(), 1);
  });
  await t.test("by keyboard, and taken back", async () => {
    await of(ben).focus();
    await ben.keyboard.press("Enter");
    await says(ben, "Voted 2", true);
    await says(ana, "Voted 2", true);
    await ben.keyboard.press("Enter");
    await says(ben, "Vote 1", false);
    await says(ana, "Voted 1", true);
  });
  await t.test("it is remembered, also where the question comes again", async () => {
    await ana.reload();
    await live(ana);
    await says(ana, "Voted 1", true);
    await event.stage({ now: asked.id });
    await until(async () => !(await of(ana).count()), "it to leave the queue");
    await event.stage({ now: null });
    await says(ana, "Voted 1", true);
  });
  await t.test("one that does not arrive is taken off again", async () => {
    await ben.context().route("**/vote", r => r.abort());
    await of(ben).click();
    await until(async () => /did not arrive/.test(await of(ben).getAttribute("title")), "what became of it");
    await says(ben, "Vote 1", false);
    await ben.context().unroute("**/vote");
    await of(ben).click();
    await says(ben, "Voted 2", true);
  });
  await t.test("a story has votes too", async () => {
    const told = ben.getByRole("region", { name: "Stories" }).getByRole("button");
    await told.click();
    await until(async () => (await event.find("one account")).votes === 1, "the story's vote");
  });
  await t.test("without JavaScript", async () => {
    const page = await browser.at(event.page, { viewport: PHONE, javaScriptEnabled: false });
    await says(page, "Vote 2", false);
    await of(page).click();
    await page.waitForURL(/#queue$/);
    await says(page, "Voted 3", true);
    await of(page).click();
    await says(page, "Vote 2", false);
    assert.equal(await votes(), 2);
  });
  browser.faults.length = 0; // the vote that was cut off
});
