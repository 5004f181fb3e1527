// Several hands on one event: who is here and who looks at what, what was taken down and whether every screen says so,
// short words between desk and chair, freezing, and two people for one approval.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { findingsScrolled as findings } from "./axe.mjs";
import { out, TABLET, until, world } from "./harness.mjs";

const size = "1180x820";

test("several hands at one desk", async t => {
  const { server, browser, event } = await world(t);
  const desk = async name => {
    const page = await browser.joined(await event.link("moderator", name), { viewport: TABLET });
    await page.getByText("Live", { exact: true }).first().waitFor();
    await page.getByRole("button", { name: "Got it" }).click();
    return page;
  };
  const row = (page, text) => page.locator("[data-list=inbox] > li", { hasText: text });
  const act = (page, name) => page.getByRole("group", { name: "Decide" }).getByRole("button", { name });
  const tab = (page, name) => page.getByRole("link", { name: new RegExp("^" + name) }).first().click();
  const hand = page => page.getByRole("region", { name: "Question in hand" });
  const pick = async (page, text) => { await row(page, text).locator("a").click(); await hand(page).locator(".item__q", { hasText: text }).waitFor(); };
  const shot = (page, name) => page.screenshot({ path: join(out, `${name}-${size}.png`) });
  for (const text of ["The one in two hands", "The one below"]) await event.send(text, "Ana B.");
  const [callum, dana] = [await desk("Callum Reid"), await desk("Dana Okafor")];
  const chair = await browser.joined(await event.link("chair", "Gwen Hall"), { viewport: TABLET });
  await row(dana, "The one in two hands").waitFor();

  await t.test("who is here, by name, the chair too", async () => {
    const here = dana.getByRole("list", { name: "Moderators here now" });
    for (const name of ["Dana Okafor, you", "Callum Reid", "Gwen Hall, chair"]) await here.getByText(name, { exact: true }).waitFor({ state: "attached" });
    assert.equal(await here.getByRole("listitem").count(), 3);
    assert.deepEqual(await here.locator("[data-f=initials]").allTextContents(), ["DO", "CR", "GH"]);
  });

  await t.test("who looks at what: it warns, and locks nothing", async () => {
    await pick(callum, "The one in two hands");
    await hand(callum).getByText("You have this").waitFor();
    await row(dana, "The one in two hands").getByText("Callum has this").waitFor();
    assert.equal(await row(dana, "The one in two hands").evaluate(e => e.classList.contains("row--taken")), true, "no hatch");
    await shot(dana, "moderate-taken");
    assert.deepEqual(await findings(dana), [], "taken by another");
    await pick(dana, "The one in two hands");
    await hand(dana).getByText("Callum has this").waitFor();
    await hand(dana).getByText("Callum Reid is looking at this too. You can still decide: the first decision stands.").waitFor();
    await hand(callum).getByText("Dana Okafor is looking at this too.").waitFor();
    await shot(dana, "moderate-two-hands");
    assert.deepEqual(await findings(dana), [], "in two hands");
    // Who goes on to another takes the claim along.
    await pick(callum, "The one below");
    await row(dana, "The one below").getByText("Callum has this").waitFor();
    await hand(dana).getByText("You have this").waitFor();
    // Who closes the page has nothing any more, and is not here.
    await callum.close({ runBeforeUnload: true });
    await row(dana, "The one below").getByText("Callum has this").waitFor({ state: "detached" });
    await dana.getByRole("list", { name: "Moderators here now" }).getByText("Callum Reid").waitFor({ state: "detached" });
    await act(dana, /^Approve/).click();
    await until(async () => (await event.find("The one in two hands")).state === "approved", "approved");
  });

  await t.test("a claim is renewed while somebody is at work, at most every 20 s, and ends when they are not", async () => {
    await event.send("Nobody else has it", "Ana B.");
    const olu = await browser.at(await event.link("moderator", "Olu Ade"), { viewport: TABLET });
    await olu.clock.install();
    await olu.getByRole("button", { name: /^Join as/ }).click();
    await olu.getByText("Live", { exact: true }).first().waitFor();
    const claims = [];
    olu.on("request", r => { if (r.url().endsWith("/claim")) claims.push(r.method()); });
    await pick(olu, "Nobody else has it");
    await hand(olu).getByText("You have this").waitFor();
    await until(() => claims.length === 1, "one claim");
    for (let s = 0; s < 60; s += 6) {
      await olu.mouse.move(300 + s, 500);
      await olu.clock.runFor(6000);
    }
    await until(() => claims.length >= 3, "claimed again");
    assert.ok(claims.length <= 4 && claims.every(m => m === "POST"), `in 60 s: ${claims}`);
    // Left lying.
    const before = claims.length;
    await olu.clock.runFor(120_000);
    await hand(olu).getByText("You have this").waitFor({ state: "hidden" });
    assert.ok(claims.length <= before + 1, `claimed ${claims.length - before} times with nobody there`);
    await olu.context().close();
  });

  await t.test("what is taken down is reported, and a screen that does not say so is named", async () => {
    const [left, foyer] = [await browser.joined(await event.link("screen", "Hall left"), {}), await browser.joined(await event.link("screen", "Foyer"), {})];
    const i = await event.find("The one in two hands");
    await event.stage({ now: i.id });
    for (const screen of [left, foyer]) await screen.getByText("The one in two hands").waitFor();
    const shown = async n => until(async () => {
      const s = await server.must("GET", event.path + "/screens"), rev = (await server.must("GET", event.path + "/stage")).rev;
      return s.length === 2 && s.filter(x => x.shown >= rev).length === n;
    }, `${n} of 2 screens`);
    await shown(2);
    await tab(dana, "Approved");
    await pick(dana, "The one in two hands");
    await act(dana, /^Hold/).click();
    await dana.getByText("Taken down. 2 of 2 screens confirm").waitFor();
    assert.equal(await dana.locator("[data-recall]").isVisible(), false);
    await shot(dana, "moderate-recalled");
    assert.deepEqual(await findings(dana), [], "taken down");

    await event.act(i, "approve");
    await event.stage({ now: i.id });
    await shown(2);
    await foyer.context().setOffline(true);
    await tab(dana, "Approved");
    await pick(dana, "The one in two hands");
    await act(dana, /^Reject/).click();
    await dana.getByRole("alert").getByText("1 of 2 screens confirms. Foyer may still show it. “The one in two hands”").waitFor();
    await shot(dana, "moderate-recall-open");
    assert.deepEqual(await findings(dana), [], "not taken down everywhere");
    await foyer.context().setOffline(false);
    await dana.getByText("Taken down. 2 of 2 screens confirm").waitFor();
    await dana.locator("[data-recall]").waitFor({ state: "hidden" });
    for (const screen of [left, foyer]) assert.equal(await screen.getByText("The one in two hands").count(), 0);
  });

  await t.test("the desk tells the chair, and the chair answers", async () => {
    await dana.getByRole("button", { name: "Tell chair" }).click();
    const dialog = dana.getByRole("dialog", { name: "Tell the chair" });
    assert.deepEqual(await findings(dana), [], "telling the chair");
    await dialog.getByRole("button", { name: "Five minutes left" }).dblclick();
    await dana.getByText("You told the chair: “Five minutes left” Not seen yet").waitFor();
    await chair.getByText("Five minutes left").waitFor();
    await chair.getByRole("button", { name: "Will do" }).click();
    await dana.getByText("You told the chair: “Five minutes left” Seen").waitFor();
    const said = dana.getByRole("status").filter({ hasText: "Gwen Hall, the chair:" });
    await said.getByText("Will do: “Five minutes left”").waitFor();
    await shot(dana, "moderate-signal");
    assert.deepEqual(await findings(dana), [], "the chair says something");
    await said.getByRole("button", { name: "Seen" }).click();
    await said.waitFor({ state: "hidden" });
    await chair.locator("[data-told]").getByText("Seen", { exact: true }).waitFor();
    await dana.getByRole("button", { name: "Tell chair" }).click();
    await dialog.getByLabel("In your own words").fill("Need one on housing?");
    await dana.keyboard.press("Enter");
    await chair.getByText("Need one on housing?").waitFor();
    assert.equal((await dana.locator("[data-told]").textContent()).includes("Need one on housing?"), true);
  });

  await t.test("frozen: anybody of the team can take it back", async () => {
    await dana.getByRole("button", { name: "Freeze", exact: true }).click();
    await dana.getByText("Nothing new becomes public until somebody takes that back.").waitFor();
    const priti = await desk("Priti Shah");
    await priti.locator("[data-frozen]").getByRole("button", { name: "Unfreeze" }).click();
    await dana.locator("[data-frozen]").waitFor({ state: "hidden" });
    assert.equal((await server.must("GET", event.path)).frozen, false);

    // Two people for one approval.
    const { policy } = await server.must("GET", event.path);
    await server.must("PATCH", event.path, { policy: { ...policy, two_person: true } });
    await tab(dana, "Pending");
    await pick(dana, "The one below");
    await act(dana, /^Review/).click();
    await row(dana, "The one below").getByText("Reviewed by Dana Okafor").waitFor();
    await pick(dana, "The one below");
    await hand(dana).getByText("Reviewed by Dana Okafor: somebody else has to release it.").waitFor();
    const release = act(dana, /^Release/);
    assert.equal(await release.getAttribute("aria-disabled"), "true");
    await release.click({ force: true });
    await dana.locator("[data-toast]").getByText("You have reviewed it: somebody else has to release it").waitFor();
    assert.equal((await event.find("The one below")).state, "pending");
    await shot(dana, "moderate-reviewed");
    assert.deepEqual(await findings(dana), [], "reviewed");
    await pick(priti, "The one below");
    await act(priti, /^Release/).click();
    await until(async () => (await event.find("The one below")).state === "approved", "released");
  });
  assert.deepEqual(browser.faults, []);
});
