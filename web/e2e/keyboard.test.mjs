// The whole journey by keyboard alone: attendee, moderator, chair. No pointer touches these pages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HALL, PHONE, TABLET, until, world } from "./harness.mjs";

/** What has the focus, as a screen reader names it. */
const focused = page => page.evaluate(() => {
  const e = document.activeElement;
  return (e?.getAttribute("aria-label") || e?.labels?.[0]?.textContent || e?.textContent || "").replace(/\s+/g, " ").trim();
});

/** Tabs on until what has the focus says this; every stop on the way has to be seen. */
async function tabTo(page, what, most = 60) {
  const way = [];
  for (let i = 0; i < most; i++) {
    await page.keyboard.press("Tab");
    const name = await focused(page);
    way.push(name);
    const unseen = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return "";
      const r = e.getBoundingClientRect(), s = getComputedStyle(e.matches("input[type=radio], input[type=checkbox]") ? e.nextElementSibling || e : e);
      const ring = [getComputedStyle(e), s].some(s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none");
      const inView = r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth;
      return ring && inView ? "" : `${e.tagName} ${e.className} ${ring ? "is out of view" : "has no focus ring"}`;
    });
    assert.equal(unseen, "", `on the way to ${what}: ${name}`);
    if (what.test(name)) return;
  }
  assert.fail(`Tab never reaches ${what}: ${way.join(" | ")}`);
}

test("by keyboard alone", async t => {
  const { server, browser, event } = await world(t);
  const [attendee, moderator, chair, screen] = await Promise.all([
    browser.at(event.page, { viewport: PHONE }),
    browser.joined(await event.link("moderator", "Callum Reid"), { viewport: TABLET }),
    browser.joined(await event.link("chair", "Chair"), { viewport: TABLET }),
    browser.at(event.page + "/screen", { viewport: HALL }),
  ]);
  const onScreen = screen.getByRole("region", { name: "Now", exact: true });
  const key = (page, ...keys) => keys.reduce((p, k) => p.then(() => page.keyboard.press(k)), Promise.resolve());
  const state = async (id, want) => until(async () => (await event.item(id)).state === want, `${want}`);
  const toast = moderator.locator("[data-toast]");

  await t.test("an attendee joins, asks and reads on", async () => {
    await key(attendee, "Tab");
    assert.equal(await focused(attendee), "Skip to the form");
    await key(attendee, "Enter");
    await tabTo(attendee, /^Ask a question/);
    await tabTo(attendee, /^Your question/);
    await attendee.keyboard.type("Asked without a mouse");
    await tabTo(attendee, /^Your name/);
    await attendee.keyboard.type("Ngozi A.");
    await tabTo(attendee, /^Ask without my name/);
    await key(attendee, "Space", "Space");
    await tabTo(attendee, /^Send to the moderators/);
    await key(attendee, "Enter");
    await attendee.getByRole("heading", { name: "Sent to the moderators" }).waitFor();
    assert.match(await focused(attendee), /^Sent to the moderators/, "the focus is where the news is");
    await tabTo(attendee, /^Yours$/);
  });
  const asked = await event.find("Asked without a mouse");
  assert.equal(asked.author.name, "Ngozi A.");

  await t.test("a moderator decides with single keys", async () => {
    const [a, b, c, d] = [await event.send("First of four", "Ana B."), await event.send("Second of four", "Ana B."), await event.send("Third of four", "Ana B."), await event.send("Fourth of four", "Ana B.")];
    await until(async () => (await moderator.locator("[data-list=inbox] a").count()) === 5, "five rows");
    const hand = moderator.getByRole("region", { name: "Question in hand" });
    const on = text => hand.locator(".item__q").getByText(text).waitFor();
    // Whoever opens the page has the newest in hand.
    await moderator.reload();
    await on("Fourth of four");
    await key(moderator, "j");
    await on("Third of four");
    await key(moderator, "k");
    await on("Fourth of four");
    await key(moderator, "a");
    await state(d.id, "approved");
    await on("Third of four");
    await key(moderator, "r");
    await state(c.id, "rejected");
    await key(moderator, "h");
    await state(b.id, "held");
    await key(moderator, "z");
    await state(b.id, "pending");
    await toast.getByText(/^Undone/).waitFor();
    await on("Second of four");
    await key(moderator, "s");
    await onScreen.getByText("Second of four").waitFor();
    await key(moderator, "?");
    await moderator.getByRole("dialog", { name: "Keys" }).waitFor();
    await key(moderator, "a"); // in a dialog it is a letter
    await key(moderator, "Escape");
    await moderator.getByRole("dialog", { name: "Keys" }).waitFor({ state: "hidden" });
    assert.equal((await event.item(a.id)).state, "pending", "a key in a dialog decided something");
    await key(moderator, "g", "h");
    await moderator.getByText("Nothing held", { exact: true }).waitFor();
    await key(moderator, "g", "p");
    await on("First of four");
  });

  await t.test("the same with Tab and Enter", async () => {
    await moderator.reload();
    await moderator.locator("[data-list=inbox] a").first().waitFor();
    await tabTo(moderator, /Skip to the question in hand/);
    await key(moderator, "Enter");
    await tabTo(moderator, /^Approve/);
    const before = (await server.must("GET", event.path + "/submissions?state=approved")).items.length;
    await key(moderator, "Enter");
    await until(async () => (await server.must("GET", event.path + "/submissions?state=approved")).items.length === before + 1, "one more approved");
    assert.equal(await moderator.evaluate(() => document.activeElement !== document.body), true, "the focus is lost");
  });

  await t.test("single keys can be turned off", async () => {
    await tabTo(moderator, /^Settings$/, 80);
    await key(moderator, "Enter");
    await tabTo(moderator, /^On$/);
    await key(moderator, "ArrowRight");
    await key(moderator, "Escape");
    const pending = (await server.must("GET", event.path + "/submissions?state=pending")).items.length;
    assert.ok(pending > 0);
    await key(moderator, "a", "r", "h");
    await moderator.getByRole("button", { name: "Settings" }).waitFor();
    assert.equal((await server.must("GET", event.path + "/submissions?state=pending")).items.length, pending);
  });

  await t.test("the chair moves on with a slide clicker", async () => {
    const queue = async () => (await server.must("GET", event.path + "/submissions?state=approved")).items.sort((x, y) => (x.rank < y.rank ? -1 : 1)).map(i => i.text);
    // A second press within a second does not count: that is how a clicker's double click is kept from skipping one.
    const press = async k => { await chair.waitForTimeout(1050); await key(chair, k); };
    await chair.getByRole("region", { name: "Now on screen" }).getByText("Second of four").waitFor();
    const [first, second] = await queue();
    await press("PageDown");
    await onScreen.getByText(first).waitFor();
    await press("PageUp");
    await onScreen.getByText("Second of four").waitFor();
    await press("ArrowDown");
    await onScreen.getByText(first).waitFor();
    await press("PageDown");
    await onScreen.getByText(second).waitFor();
    await press("b");
    await onScreen.waitFor({ state: "hidden" });
    await press("b");
    await onScreen.getByText(second).waitFor();
    await tabTo(chair, /^(Finish|Show the first)/);
    await press("Enter");
    await onScreen.getByText("Second of four").waitFor(); // it was skipped, not finished
  });
  assert.deepEqual(browser.faults, []);
});
