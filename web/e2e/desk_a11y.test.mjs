// The desk in every state it can be in: axe has nothing to say, light or dark, upright or lying, and nothing scrolls
// sideways at 320 px.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { findingsScrolled as findings } from "./axe.mjs";
import { fill, LONG, underWay } from "./content.mjs";
import { Browser, PHONE, Server, TABLET, TABLET_UP } from "./harness.mjs";

/** Buttons, fields and links of the page that are smaller than a thumb, in its own layout. Text links in a line of text
 * and what is hidden are no targets. */
const small = page => page.evaluate(() => [...document.querySelectorAll("button, select, textarea, input, .row a, .q-item a, .tabs a, .sub a")].flatMap(e => {
  if (!e.getClientRects().length || e.matches(".linky, .u-hidden, .skip") || e.closest(".u-hidden")) return [];
  const label = e.matches("input[type=checkbox], input[type=radio]") && e.closest("label, .seg__o"), r = (label || e).getBoundingClientRect(), before = getComputedStyle(e, "::before"), grown = e.matches(".chip") && before.content !== "none" ? 8 : 0;
  const over = e.matches(".row a, .q-item a") ? (e.closest("li") || e).getBoundingClientRect().height : r.height + grown;
  return over >= 43.5 ? [] : [`${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 30)}: ${Math.round(over)} px`];
}));

describe("the desk's accessibility", () => {
  const server = new Server();
  let browser, event, desk;
  const row = text => desk.locator("[data-list=inbox] a", { hasText: text });
  const tab = name => desk.getByRole("link", { name: new RegExp("^" + name) }).first().click();
  const hand = () => desk.getByRole("region", { name: "Question in hand" });
  before(async () => {
    browser = await Browser.open();
    await server.up();
    browser.allow(server.url);
    event = await server.event({ title: "Who’s Leading?", slug: "full", ...underWay() });
    await fill(event);
    await event.act(await event.find("car park"), "approve");
    const [a, b] = [await event.send("Will YouTube be opened for e-learning?", "Ana B."), await event.send("Will YouTube be opened, for e-learning?", "Cal D.")];
    await event.send("Is YouTube going to be opened for e-learning?", "Gwen H.");
    await event.act(b, "merge", { into: a.id });
    await event.act(await event.find("Can small councils"), "note", { text: "He sits in row three" });
    await event.act(await event.find("Can small councils"), "tag", { add: ["Policy"] });
    desk = await browser.joined(await event.link("moderator", "Priti Shah"), { viewport: TABLET });
    await desk.getByText("Live", { exact: true }).first().waitFor();
    await row("07700").waitFor();
  });
  after(async () => {
    await browser?.close();
    await server.close();
  });

  const state = (name, act, { undo } = {}) => test(name, { timeout: 60_000 }, async () => {
    await desk.setViewportSize(TABLET);
    await act();
    for (const [size, schemes] of [[TABLET, ["light", "dark"]], [TABLET_UP, ["light"]], [PHONE, ["light"]]]) {
      for (const colorScheme of schemes) {
        await desk.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await desk.setViewportSize(size);
        await desk.evaluate(() => scrollTo(0, 0)); // on a phone the buttons stick to the edge, over what scrolls by
        assert.deepEqual(await findings(desk), [], `${colorScheme}, ${size.width} x ${size.height}`);
      }
      assert.deepEqual(await small(desk), [], `too small for a thumb, ${size.width} x ${size.height}`);
    }
    await desk.setViewportSize({ width: 320, height: 640 });
    const wide = await desk.evaluate(() => [document.documentElement.scrollWidth, [...document.querySelectorAll("body *")]
      .filter(e => e.getBoundingClientRect().right > 321 && getComputedStyle(e).position !== "absolute").map(e => e.tagName + "." + e.className).slice(0, 5)]);
    assert.ok(wide[0] <= 320, `scrolls sideways at 320 px: ${wide[0]} px wide, by ${wide[1]}`);
    await desk.emulateMedia({ colorScheme: "light" });
    await desk.setViewportSize(TABLET);
    await undo?.();
    assert.deepEqual(browser.faults.splice(0), []);
  });

  state("explaining itself", async () => { await desk.getByRole("button", { name: "Got it" }).waitFor(); }, { undo: () => desk.getByRole("button", { name: "Got it" }).click() });
  state("flagged", () => row("07700").click());
  state("editing", () => desk.keyboard.press("e"));
  state("asking whether to throw away", async () => { await desk.keyboard.type(" changed"); await desk.keyboard.press("Escape"); await desk.getByText("Throw away what you changed?").waitFor(); }, { undo: () => desk.getByRole("button", { name: "Throw away" }).click() });
  state("like others, with one merged in", async () => { await row("Will YouTube be opened").click(); await hand().getByText("1 merged into this").waitFor(); });
  state("finding one to merge", async () => {
    const find = hand().getByRole("button", { name: "Find another" });
    await ((await find.isVisible()) ? find : hand().getByRole("button", { name: /^Merge/ })).click();
    await desk.getByLabel("Find another to merge").fill("policy");
    await hand().locator("[data-list=like-found] label").first().waitFor();
  });
  state("about to merge", async () => {
    await hand().locator("[data-list=like-found] label").first().click();
    await hand().getByRole("button", { name: /^Merge \d/ }).first().click();
    await hand().locator("[data-like-sure]").waitFor();
  }, { undo: () => hand().locator("[data-do=merge-not]").click() });
  state("writing a note and a tag", async () => { await desk.keyboard.press("n"); await desk.getByRole("textbox", { name: "Note to the chair" }).fill("Row three"); await hand().getByRole("button", { name: "Tag", exact: true }).click(); await desk.getByLabel("Tag, such as its topic").waitFor(); });
  state("several chosen", async () => {
    await desk.getByRole("button", { name: "Choose several" }).click();
    await desk.getByRole("checkbox", { name: /^Choose: Who decides/ }).click();
    await desk.getByRole("checkbox", { name: /^Choose: What would you say/ }).click({ modifiers: ["Shift"] });
    await desk.getByText(/^\d chosen$/).waitFor();
  });
  state("about to reject many", async () => {
    for (let n = 0; n < 6; n++) await event.send(`One of many, ${n}`, "");
    await desk.locator("[data-tray] button").click();
    await desk.getByRole("button", { name: /^Choose all/ }).click();
    await desk.locator("[data-bulk-act=reject]").click();
    await desk.getByText(/^Reject \d+ at once\?/).waitFor();
  }, { undo: () => desk.getByRole("button", { name: "Keep them" }).click() });
  state("the queue beside compact rows", async () => { await desk.locator("[data-do=choose-none]").click(); await desk.getByRole("button", { name: "Open queue" }).click(); }, { undo: () => desk.getByRole("button", { name: "Choose several" }).click() });
  state("held", () => tab("Held"));
  state("approved, with a note, a tag and one lined up", async () => { await tab("Approved"); await row("Can small councils").click(); await hand().getByRole("button", { name: /^Line up next/ }).click(); await desk.locator("[data-list=queue] li").first().getByText("Lined up next").waitFor(); });
  state("a lens suggests", async () => { await desk.getByLabel("Order by").selectOption({ label: "Sources in turn" }); await desk.getByText(/^A suggestion/).waitFor(); }, { undo: () => desk.getByRole("button", { name: "Keep ours" }).click() });
  state("stories", async () => { await tab("Stories"); await row("car park").click(); });
  state("answered", () => tab("Answered"));
  state("rejected", () => tab("Rejected"));
  state("filtered to nothing", async () => { await tab("Pending"); await desk.getByLabel("Search this list").fill("nothing says this"); await desk.getByText("Nothing matches").waitFor(); }, { undo: () => desk.getByLabel("Search this list").fill("") });
  state("frozen", async () => { await desk.getByRole("button", { name: "Freeze", exact: true }).click(); await desk.locator("[data-frozen]").waitFor(); }, { undo: () => desk.locator("[data-frozen]").getByRole("button").click() });
  state("typing one in", () => desk.getByRole("button", { name: "Type one in" }).click(), { undo: () => desk.getByRole("button", { name: "Cancel", exact: true }).last().click() });
  state("rejected just now, with reasons", async () => { await row("Who decides").click(); await desk.keyboard.press("r"); await desk.locator("[data-toast]").getByRole("button", { name: "Unkind" }).waitFor(); await desk.locator("[data-toast]").hover(); });
  state("too long for the back row", async () => { await event.send(LONG, "A small team"); await desk.locator("[data-tray] button").click(); await row("We are a small team").click(); await hand().getByText(/^Too long for the back row/).waitFor(); });
  state("telling the chair", () => desk.getByRole("button", { name: "Tell chair" }).click(), { undo: () => desk.locator("[data-do=tell-not]").click() });
  state("taken by another, and a word from the chair", async () => {
    const other = await browser.joined(await event.link("moderator", "Callum Reid"), { viewport: TABLET });
    await other.locator("[data-list=inbox] a", { hasText: "What would you say" }).click();
    await server.must("POST", event.path + "/signals", { to: "moderators", text: "Something lighter next." });
    await desk.locator(".row--taken").getByText("Callum has this").waitFor();
    await desk.locator("[data-signal]").waitFor();
    await row("What would you say").click();
    await hand().getByText("Callum Reid is looking at this too.").waitFor();
  }, { undo: () => desk.locator("[data-do=seen]").click() });
  state("back, with a decision that somebody else had taken", async () => {
    const i = await event.find("A fydd");
    await desk.context().setOffline(true);
    await desk.getByText("You are offline.").waitFor();
    await row("A fydd").click();
    await desk.keyboard.press("h");
    await event.act(i, "reject");
    await desk.context().setOffline(false);
    await desk.locator("[data-list=clashes] li").waitFor();
  }, { undo: () => desk.locator("[data-clash-read]").click() });
  state("left-handed", async () => { await desk.getByRole("button", { name: "Settings" }).click(); await desk.getByLabel("On the left").check({ force: true }); await desk.keyboard.press("Escape"); });
});
