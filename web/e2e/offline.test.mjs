// Two tablets, one of them without a connection for a minute: it goes on with what it has, and when it is back what it
// decided is sent as it was decided. What somebody else had decided meanwhile stays, and both sides of it are shown.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { findingsScrolled as findings } from "./axe.mjs";
import { out, TABLET, until, world } from "./harness.mjs";

const size = "1180x820";

test("a tablet that loses its connection", async t => {
  const { server, browser, event } = await world(t);
  const desk = async name => {
    const page = await browser.joined(await event.link("moderator", name), { viewport: TABLET });
    await page.getByText("Live", { exact: true }).first().waitFor();
    await page.getByRole("button", { name: "Got it" }).click();
    return page;
  };
  const row = (page, text) => page.locator("[data-list=inbox] a", { hasText: text });
  const act = (page, name) => page.getByRole("group", { name: "Decide" }).getByRole("button", { name });
  const tab = (page, name) => page.getByRole("link", { name: new RegExp("^" + name) }).first().click();
  const hand = page => page.getByRole("region", { name: "Question in hand" });
  const pick = async (page, text) => { await row(page, text).click(); await hand(page).locator(".item__q", { hasText: text }).waitFor(); };
  /** What a desk shows under each of its tabs. */
  const shows = async page => {
    const all = {};
    for (const name of ["Held", "Approved", "Rejected", "Pending"]) {
      await tab(page, name);
      all[name] = (await page.locator("[data-list=inbox] .row__t").allTextContents()).sort();
    }
    return all;
  };
  const items = {};
  const queued = await event.approved("In the queue before", "Janet");
  const asks = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
  for (const n of asks) items[n] = await event.send(`Question ${n}`, "Ana B.");
  const dana = await desk("Dana Okafor"), callum = await desk("Callum Reid");
  await row(dana, "Question ten").waitFor();

  await t.test("a minute without a connection, ten decisions, three of them against somebody else's", async () => {
    await dana.clock.install();
    await dana.context().setOffline(true);
    await dana.getByText("You are offline.").waitFor();
    await pick(dana, "Question one");
    await dana.getByText("Claim not confirmed").waitFor();

    // What the room sees and what the others would have to hear is off, and says why when it is pressed.
    const screen = act(dana, "To screen");
    assert.equal(await screen.getAttribute("aria-disabled"), "true");
    await screen.click({ force: true });
    await dana.locator("[data-toast]").getByText("Not while offline: the room may have moved on").waitFor();
    await dana.locator("[data-undo]").waitFor({ state: "hidden" });
    await dana.getByRole("button", { name: "Tell chair" }).click({ force: true });
    await dana.locator("[data-toast]").getByText("Not while offline: nobody would hear it").waitFor();
    assert.equal(await dana.getByRole("dialog").count(), 0);
    await dana.keyboard.press("Alt+ArrowUp");
    await dana.locator("[data-toast]").getByText("Not while offline: the order may have changed").waitFor();
    await dana.keyboard.press("s");
    await dana.locator("[data-toast]").getByText("Not while offline: the room may have moved on").waitFor();
    assert.equal(await dana.locator("[data-list=queue] [data-move]").first().isDisabled(), true, "the only one has nowhere to go");
    assert.equal(await dana.getByRole("button", { name: "Freeze", exact: true }).getAttribute("aria-disabled"), "true");

    // Ten decisions; each shows at once.
    for (const [n, what] of [["one", "Approve"], ["two", "Approve"], ["three", "Hold"], ["four", "Reject"], ["five", "Approve"], ["six", "Hold"], ["seven", "Reject"]]) {
      await pick(dana, "Question " + n);
      await act(dana, new RegExp("^" + what)).click();
      await dana.locator("[data-toast]").getByText(/^Saved here: /).waitFor();
      await row(dana, "Question " + n).waitFor({ state: "detached" });
      await dana.clock.fastForward(5000);
    }
    await pick(dana, "Question eight");
    await dana.keyboard.press("e");
    await dana.locator("#ed").fill("Question eight, in better words");
    await dana.keyboard.press("Control+s");
    await pick(dana, "Question nine");
    await dana.keyboard.press("n");
    await dana.getByRole("textbox", { name: "Note to the chair" }).fill("From the second row");
    await hand(dana).getByRole("button", { name: "Save note" }).click();
    await pick(dana, "Question ten");
    await hand(dana).getByRole("button", { name: "It is a story" }).click();
    await dana.getByText("10 decisions are saved on this tablet").waitFor();
    await dana.screenshot({ path: join(out, `moderate-offline-${size}.png`) });
    assert.deepEqual(await findings(dana), [], "offline");

    // Callum decides about three of the same meanwhile, and takes one down that was public.
    for (const [n, what] of [["two", "Reject"], ["six", "Approve"]]) {
      await pick(callum, "Question " + n);
      await act(callum, new RegExp("^" + what)).click();
      await row(callum, "Question " + n).waitFor({ state: "detached" });
    }
    await pick(callum, "Question eight");
    await callum.keyboard.press("e");
    await callum.locator("#ed").fill("Question eight, in Callum’s words");
    await callum.keyboard.press("Control+s");
    await until(async () => (await event.item(items.eight.id)).text.includes("Callum"), "Callum's edit");
    assert.equal((await event.item(items.one.id)).state, "pending", "something got out without a connection");
    await dana.clock.fastForward(20_000);

    await dana.context().setOffline(false);
    await dana.getByText("You are back. 7 decisions were sent. 3 had been decided by somebody else meanwhile, and stay as they left them.").waitFor();
    await dana.getByText("You are offline.").waitFor({ state: "hidden" });
  });

  await t.test("every conflict is shown, with both sides, until it has been read", async () => {
    const clashes = dana.locator("[data-list=clashes] > li");
    assert.equal(await clashes.count(), 3);
    for (const [text, mine, now] of [["Question two", /^Approve, at \d\d:\d\d$/, /^Rejected by Callum Reid at \d\d:\d\d$/], ["Question six", /^Hold, at /, /^In the queue\. Approved by Callum Reid at /], ["Question eight, in Callum", /^Edit to “Question eight, in better words”, at /, /^Pending\. Edited by Callum Reid at /]]) {
      const c = clashes.filter({ hasText: text });
      assert.match(await c.locator("[data-f=wanted]").textContent(), mine);
      assert.match(await c.locator("[data-f=now]").textContent(), now);
    }
    await dana.screenshot({ path: join(out, `moderate-back-${size}.png`) });
    assert.deepEqual(await findings(dana), [], "back, with conflicts");
    assert.equal(await callum.locator("[data-list=clashes] > li").count(), 0, "the one who was there all along is bothered");
    await clashes.filter({ hasText: "Question two" }).getByRole("button", { name: /^Open/ }).click();
    await hand(dana).locator(".item__q", { hasText: "Question two" }).waitFor();
    await hand(dana).getByText("Rejected", { exact: true }).waitFor();
    await clashes.first().getByRole("button", { name: /^Close/ }).click();
    await until(async () => (await clashes.count()) === 2, "two left");
    await dana.reload();
    await until(async () => (await clashes.count()) === 2, "two left after a reload");
    for (let n = 2; n; n--) await clashes.first().getByRole("button", { name: /^Close/ }).click();
    await dana.locator("[data-clashes]").waitFor({ state: "hidden" });
  });

  await t.test("both tablets, and the server, end with the same", async () => {
    const want = { one: "approved", two: "rejected", three: "held", four: "rejected", five: "approved", six: "approved", seven: "rejected", eight: "pending", nine: "pending", ten: "pending" };
    for (const n of asks) {
      const i = await event.item(items[n].id);
      assert.equal(i.state, want[n], "Question " + n);
    }
    assert.equal((await event.item(items.eight.id)).text, "Question eight, in Callum’s words");
    assert.equal((await event.item(items.nine.id)).note, "From the second row");
    assert.equal((await event.item(items.ten.id)).kind, "story");
    for (const page of [dana, callum]) await page.reload();
    for (const page of [dana, callum]) await row(page, "Question ten").waitFor();
    const [a, b] = [await shows(dana), await shows(callum)];
    assert.deepEqual(a, b);
    assert.deepEqual(a.Approved, ["In the queue before", "Question five", "Question one", "Question six"].sort());
    // Nothing was done twice: each of Dana's is in the history once, at the revision that she saw.
    for (const n of ["one", "three", "four"]) {
      const h = (await server.must("GET", `${event.path}/submissions/${items[n].id}/history`)).items;
      assert.deepEqual(h.map(x => x.by.name || x.by.role).slice(1), ["Dana Okafor"], "Question " + n);
    }
  });

  await t.test("an answer that was lost, and a reload before it is sent again: done once", async () => {
    const lost = await event.send("Its answer is lost", "Ana B.");
    await row(dana, "Its answer is lost").waitFor();
    await pick(dana, "Its answer is lost");
    let asked = 0;
    const path = new RegExp(`${lost.id}/approve$`);
    await dana.route(path, async r => { asked++; await r.fetch(); await r.abort(); });
    await act(dana, /^Approve/).click();
    await until(() => asked > 0, "the decision on its way");
    await until(async () => (await event.item(lost.id)).state === "approved", "the decision at the server");
    await dana.reload();
    await dana.unroute(path);
    await dana.getByText("You are back. 1 decision was sent.").waitFor();
    const h = (await server.must("GET", `${event.path}/submissions/${lost.id}/history`)).items;
    assert.deepEqual(h.map(x => x.action), ["receive", "approve"]);
    assert.equal(await dana.locator("[data-clashes]").isVisible(), false);
  });

  await t.test("a double tap decides about one question, not two", async () => {
    const [first, second] = [await event.send("Tapped twice", "Ana B."), await event.send("The one below it", "Ana B.")];
    await tab(dana, "Pending");
    await row(dana, "The one below it").waitFor();
    await pick(dana, "Tapped twice");
    await act(dana, /^Hold/).dblclick();
    await until(async () => (await event.item(first.id)).state === "held", "held");
    await row(dana, "Tapped twice").waitFor({ state: "detached" });
    const states = (await server.must("GET", event.path + "/submissions?state=held&limit=200")).items.map(i => i.text).sort();
    assert.deepEqual(states, ["Question three", "Tapped twice"]);
    assert.equal((await event.item(second.id)).state, "pending");
  });
  assert.equal((await event.item(queued.id)).state, "approved");
  assert.deepEqual(browser.faults, []);
});
