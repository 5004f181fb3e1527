// Without JavaScript: everything but triage works by forms and reloading.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HALL, PHONE, TABLET, until, world } from "./harness.mjs";

const plain = { javaScriptEnabled: false };

test("an attendee without JavaScript", async t => {
  const { browser, event } = await world(t);
  const page = await browser.at(event.page, { viewport: PHONE, ...plain });

  await page.getByText("No questions waiting. Ask one.").waitFor();
  await t.test("an empty question comes back with what is wrong, and the name kept", async () => {
    await page.getByLabel(/^Your name/).fill("Ngozi A.");
    await page.getByRole("button", { name: "Send to the moderators" }).click();
    await page.getByRole("heading", { name: "There is a problem" }).waitFor();
    assert.match(await page.title(), /^Error: /);
    assert.equal(await page.getByLabel(/^Your name/).inputValue(), "Ngozi A.");
    await page.getByRole("alert").getByRole("link").click();
    assert.ok(await page.getByLabel("Your question").evaluate(e => e === document.activeElement || location.hash === "#text"));
  });

  await t.test("one that is too long comes back whole", async () => {
    const long = "Why is it so long? ".repeat(40);
    await page.getByLabel("Your question").fill(long);
    await page.getByRole("button", { name: "Send to the moderators" }).click();
    await page.getByRole("heading", { name: "There is a problem" }).waitFor();
    assert.equal(await page.getByLabel("Your question").inputValue(), long);
  });

  const asked = "Who decides what gets measured?";
  await t.test("sent, and followed under Yours", async () => {
    await page.getByLabel("Your question").fill(asked);
    await page.getByRole("button", { name: "Send to the moderators" }).click();
    await page.getByRole("heading", { name: "Sent to the moderators" }).waitFor();
    await page.getByRole("region", { name: "Yours" }).getByText("Waiting for a moderator").waitFor();
    await event.act(await event.find(asked), "approve");
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("region", { name: "Yours" }).getByText("In the queue, 1st").waitFor();
    await page.getByRole("region", { name: "Queue" }).getByText(asked).waitFor();
    await page.getByRole("region", { name: "Queue" }).getByText("Ngozi A.").waitFor();
  });

  await t.test("the form sent twice counts once", async () => {
    await page.goto(event.page);
    await page.getByLabel("Your question").fill("Sent by an impatient thumb");
    await page.getByRole("button", { name: "Send to the moderators" }).dblclick();
    await page.getByRole("heading", { name: "Sent to the moderators" }).waitFor();
    assert.equal(await page.getByRole("region", { name: "Yours" }).getByText("Sent by an impatient thumb").count(), 1);
  });

  await t.test("without a name", async () => {
    await page.goto(event.page);
    await page.getByLabel("Your question").fill("Asked without a name");
    await page.getByLabel(/^Your name/).fill("Not to be kept");
    await page.getByLabel("Ask without my name").check();
    await page.getByRole("button", { name: "Send to the moderators" }).click();
    await page.getByRole("heading", { name: "Sent to the moderators" }).waitFor();
    assert.equal((await event.find("Asked without a name")).author.name, null);
  });

  await t.test("a story", async () => {
    await page.goto(event.page);
    await page.getByRole("radio", { name: "Send a story" }).check();
    await page.getByLabel("Your question").fill("I asked for a desk that fits, and got one.");
    await page.getByRole("button", { name: "Send to the moderators" }).click();
    await page.getByRole("heading", { name: "Sent to the moderators" }).waitFor();
    assert.equal((await event.find("a desk that fits")).kind, "story");
  });

  await t.test("the receipt, and taking it back", async () => {
    await page.getByRole("region", { name: "Yours" }).getByRole("listitem").filter({ hasText: asked }).getByRole("link").click();
    await page.getByText("In the queue, 1st").waitFor();
    await page.getByText("Take it back", { exact: true }).click();
    await page.getByRole("button", { name: "Take it back for good" }).click();
    await page.getByText("Taken back").waitFor();
    await page.goto(event.page);
    await page.getByText("No questions waiting").waitFor();
    assert.equal(await page.getByText(asked).count(), 0, "its words are still there");
  });

  await t.test("closed", async () => {
    await event.server.must("POST", event.path + "/close", {});
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByText("This event takes no more questions").waitFor();
    assert.equal(await page.getByRole("button", { name: "Send to the moderators" }).count(), 0);
  });
  assert.deepEqual(browser.faults, []);
});

// On plain http at a name of the hall's own network a browser says nothing of where a form comes from but Origin.
test("a form posts from an address that is not localhost", async t => {
  const { server, browser, event } = await world(t, { browser: { args: ["--host-resolver-rules=MAP ask.test 127.0.0.1"] } });
  const page = await browser.at(`http://ask.test:${server.port}/e/${event.slug}`, { viewport: PHONE, ...plain });
  await page.getByLabel("Your question").fill("Asked over the hall's own network");
  await page.getByRole("button", { name: "Send to the moderators" }).click();
  await page.getByRole("heading", { name: "Sent to the moderators" }).waitFor();
  const chair = await browser.joined((await event.link("chair", "Chair")).replace("127.0.0.1", "ask.test"), { viewport: TABLET, ...plain });
  await chair.getByRole("button", { name: /^Blank/ }).click();
  await chair.getByRole("button", { name: /^Show.* screen/ }).waitFor();
  const scripted = await browser.at(`http://ask.test:${server.port}/e/${event.slug}`, { viewport: PHONE });
  await scripted.getByLabel("Your question").fill("Asked by a script over the hall's own network");
  await scripted.getByRole("button", { name: "Send to the moderators" }).click();
  await scripted.getByRole("heading", { name: "Sent to the moderators" }).waitFor();
  await scripted.getByText("Live", { exact: true }).waitFor();
  assert.deepEqual(browser.faults, []);
});

test("the chair without JavaScript", async t => {
  const { browser, event } = await world(t);
  const texts = ["The first to be asked", "The second to be asked", "The third to be asked"];
  for (const text of texts) await event.approved(text, "Ana B.");
  const chair = await browser.joined(await event.link("chair", "Chair"), { viewport: TABLET, ...plain });
  const now = chair.getByRole("region", { name: /^(Now on screen|Nothing on screen|Screen is blank)$/ });

  await chair.getByRole("button", { name: "Show the first question" }).click();
  await now.getByText(texts[0]).waitFor();
  await chair.getByRole("button", { name: "Skip, ask later" }).click();
  await now.getByText(texts[1]).waitFor();
  await chair.getByRole("button", { name: "Finish and show next" }).click();
  await until(async () => !(await now.getByText(texts[1]).count()), "the next question");
  await chair.getByRole("button", { name: "Back" }).click();
  await now.getByText(texts[1]).waitFor();
  await chair.getByRole("button", { name: /^Blank/ }).click();
  await chair.getByText("Screen is blank").first().waitFor();
  await chair.getByRole("button", { name: /^Show.* screen/ }).click();
  await chair.getByText("Now on screen").waitFor();

  // Somebody else moved on since this page was drawn.
  await event.stage({ now: null });
  await chair.getByRole("button", { name: /^Finish/ }).click();
  await chair.getByRole("status").getByText(/./).first().waitFor();
  await chair.getByText("Nothing on screen").waitFor();
  assert.deepEqual(browser.faults, []);
});

test("the screen without JavaScript shows what is on, and reloads", async t => {
  const { browser, event } = await world(t);
  await event.stage({ now: (await event.approved("Shown without a script", "Ana B.")).id });
  const screen = await browser.at(event.page + "/screen", { viewport: HALL, ...plain });
  await screen.getByRole("region", { name: "Now", exact: true }).getByText("Shown without a script").waitFor();
  await event.stage({ now: (await event.approved("Shown after it has reloaded", "Ana B.")).id });
  await screen.getByRole("region", { name: "Now", exact: true }).getByText("Shown after it has reloaded").waitFor();
  assert.deepEqual(browser.faults, []);
});

test("the moderators' page says that it needs JavaScript", async t => {
  const { browser, event } = await world(t);
  const page = await browser.joined(await event.link("moderator", "Front desk"), { viewport: TABLET, ...plain });
  // Playwright's own text locators leave <noscript> out.
  const words = page.locator("noscript .banner__body");
  assert.match(await words.innerText(), /^This page needs JavaScript\./);
  assert.ok(await words.isVisible());
  assert.deepEqual(browser.faults, []);
});
