// Several at once: ticks, ranges, all that is shown; what somebody else was first with is said and the rest is done; more
// than ten are rejected only after one question; all of it is undone by one tap. By keyboard and by pointer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TABLET, until, world } from "./harness.mjs";

test("several at once", async t => {
  const { server, browser, event } = await world(t);
  const words = "gardens libraries buses carers budgets schools parks phones training volunteers housing bins potholes".split(" ");
  const texts = words.map(w => `What happens to ${w}?`);
  for (const text of texts) await event.send(text, "");
  const desk = await browser.joined(await event.link("moderator", "Priti Shah"), { viewport: TABLET });
  await desk.getByText("Live", { exact: true }).first().waitFor();
  await desk.getByRole("button", { name: "Got it" }).click();
  const rows = desk.locator("[data-list=inbox] > li"), toast = desk.locator("[data-toast]"), bulk = desk.locator("[data-bulk]");
  const count = async state => (await server.must("GET", `${event.path}/submissions?state=${state}&limit=200`)).items.filter(i => !i.merged_into).length;
  const chosen = n => bulk.getByText(`${n} chosen`, { exact: true }).waitFor();
  const tick = (word, o) => desk.getByRole("checkbox", { name: new RegExp(word) }).click(o);
  await until(async () => (await rows.count()) === words.length, "all rows");

  await t.test("keys choose a row and a range", async () => {
    await rows.nth(1).locator("a").click();
    await desk.keyboard.press("x");
    await chosen(1);
    for (const k of ["j", "j", "j", "Shift+X"]) await desk.keyboard.press(k);
    await chosen(4);
    await desk.locator("[data-do=choose-none]").click();
    await bulk.waitFor({ state: "hidden" });
  });

  await t.test("a range by pointer is approved in one request, in the list's order, and undone by one tap", async () => {
    const order = await desk.locator("[data-list=inbox] .row__t").allTextContents();
    let requests = 0;
    desk.on("request", r => { if (r.method() === "POST" && /\/submissions\/.*(batch|approve)$/.test(r.url())) requests++; });
    await desk.getByRole("checkbox").nth(2).click();
    await desk.getByRole("checkbox").nth(5).click({ modifiers: ["Shift"] });
    await chosen(4);
    await bulk.getByRole("button", { name: "Approve" }).click();
    await until(async () => (await count("approved")) === 4, "four approved");
    assert.equal(requests, 1);
    const queue = (await server.must("GET", event.path + "/submissions?state=approved")).items.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(i => i.text);
    assert.deepEqual(queue, order.slice(2, 6));
    assert.equal(await rows.count(), words.length - 4);
    await toast.getByRole("button", { name: /^Undo/ }).click();
    await until(async () => (await count("approved")) === 0, "undone");
    await until(async () => (await rows.count()) === words.length, "all rows again");
    assert.deepEqual(await desk.locator("[data-list=inbox] .row__t").allTextContents(), order, "they came back elsewhere");
  });

  await t.test("what somebody else was first with is said; the rest is done", async () => {
    await tick("buses");
    await tick("parks");
    let release;
    const held = new Promise(r => (release = r));
    await desk.route(/\/batch$/, async r => { await held; await r.continue(); });
    await bulk.getByRole("button", { name: "Hold" }).click();
    await event.act(await event.find("buses"), "approve");
    release();
    await desk.getByRole("alert").getByText(/^1 of 2 done\. Somebody else was first with “What happens to buses\?”/).waitFor();
    await desk.unroute(/\/batch$/);
    assert.equal((await event.find("buses")).state, "approved");
    assert.equal((await event.find("parks")).state, "held");
    await desk.getByRole("alert").getByRole("button", { name: "Close" }).click();
  });

  await t.test("several are merged into one that stays, after a look", async () => {
    await tick("bins");
    await tick("potholes");
    await bulk.getByRole("button", { name: "Merge" }).click();
    const stays = (await desk.locator("[data-f=like-keeps]").textContent()).slice(1, -1);
    await desk.locator("[data-do=merge-sure]").click();
    const keeps = await event.find(stays);
    await until(async () => (await event.item(keeps.id)).similar === 1, "one merged in");
  });

  await t.test("more than ten are rejected after one question, with a reason by one more tap", async () => {
    for (let n = 0; n < 6; n++) await event.send(`One more, the ${n}th`, "");
    await desk.locator("[data-tray] button").click();
    await desk.getByRole("button", { name: /^Choose all \d+/ }).click();
    const n = Number((await bulk.locator("[data-f=bulk]").textContent()).split(" ")[0]);
    assert.ok(n > 10);
    await bulk.getByRole("button", { name: "Reject" }).click();
    await desk.getByText(`Reject ${n} at once?`).waitFor();
    assert.equal(await count("rejected"), 0, "rejected before anybody was sure");
    await desk.getByRole("button", { name: "Keep them" }).click();
    await chosen(n);
    await desk.waitForTimeout(1000); // a second tap on the same button at once is a double tap, and does nothing
    await bulk.getByRole("button", { name: "Reject" }).click();
    await desk.getByRole("button", { name: `Reject ${n}`, exact: true }).click();
    await until(async () => (await count("rejected")) === n, "all rejected");
    await toast.getByRole("button", { name: "Off topic" }).click();
    await until(async () => (await server.must("GET", event.path + "/submissions?state=rejected&limit=200")).items.every(i => i.reason === "Off topic"), "with the reason");
    await desk.getByText("Nothing waiting", { exact: true }).waitFor();
  });

  await t.test("the rail leads to the queue and to the lists, and rows go back to roomy", async () => {
    await desk.getByRole("button", { name: "Open queue" }).click();
    await desk.locator("[data-list=queue]").getByText("1. What happens to buses?").waitFor();
    await desk.getByRole("region", { name: "In the room" }).getByRole("button", { name: "Close", exact: true }).click();
    await desk.locator(".rail").getByRole("link", { name: /Held/ }).click();
    await desk.locator("[data-list=inbox] a", { hasText: "parks" }).waitFor();
    await desk.getByRole("button", { name: "Choose several" }).click();
    await desk.locator("[data-list=queue]").getByText("1. What happens to buses?").waitFor();
    await desk.reload();
    await desk.getByText("Live", { exact: true }).first().waitFor();
    assert.equal(await desk.locator("[data-tip]:visible").count(), 0, "it explains itself again");
  });
  assert.deepEqual(browser.faults, []);
});

test("two people: one reviews, another releases", async t => {
  const { browser, event, server } = await world(t);
  await server.must("PATCH", event.path, { policy: { two_person: true } });
  const item = await event.send("Who releases this?", "Ana B.");
  const [priti, callum] = await Promise.all(["Priti Shah", "Callum Reid"].map(async name => browser.joined(await event.link("moderator", name), { viewport: TABLET })));
  const act = (page, name) => page.getByRole("group", { name: "Decide" }).getByRole("button", { name });
  const row = page => page.locator("[data-list=inbox] a", { hasText: "Who releases this?" });
  await row(priti).click();
  await act(priti, /^Review/).click();
  await until(async () => (await event.item(item.id)).reviewed_by?.name === "Priti Shah", "reviewed");
  assert.equal((await event.item(item.id)).state, "pending");
  await priti.locator(".row", { hasText: "Who releases this?" }).getByText("Reviewed by Priti Shah").waitFor();
  await row(priti).click();
  assert.equal(await act(priti, /^Release/).isDisabled(), true, "who has reviewed it can release it too");
  await row(callum).click();
  await act(callum, /^Release/).click();
  await until(async () => (await event.item(item.id)).state === "approved", "released");
  assert.deepEqual(browser.faults, []);
});
