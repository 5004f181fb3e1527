// The main job, as people do it: an attendee, a moderator, the chair and the screen at once, each in a browser of
// their own. No page is reloaded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DESK, HALL, mastodon, PHONE, TABLET, until, world } from "./harness.mjs";

test("asked by form and hashtag, approved on a tablet, shown on the screen", async t => {
  const fake = await mastodon();
  t.after(() => fake.close());
  const { server, browser } = await world(t, { server: { hashtag: "SMWWhoLeads", args: ["--source", "mastodon=" + fake.url, "--allow-private-sources"] } });

  const [attendee, moderator, chair, screen] = await Promise.all([
    browser.at(server.links.attendee, { viewport: PHONE }),
    browser.joined(server.links.moderator, { viewport: TABLET }),
    browser.joined(server.links.chair, { viewport: TABLET }),
    browser.at(server.links.screen, { viewport: HALL }),
  ]);
  const loads = [attendee, moderator, chair, screen].map(p => { const n = { count: 0 }; p.on("load", () => n.count++); return n; });
  const inbox = moderator.getByRole("region", { name: "Inbox", exact: true }).getByRole("list").last();
  const act = name => moderator.getByRole("group", { name: "Decide" }).getByRole("button", { name });
  const toast = moderator.locator("[data-toast]");
  const row = text => moderator.locator("[data-list=inbox] a", { hasText: text });
  const queue = attendee.getByRole("region", { name: "Queue" });
  const yours = attendee.getByRole("region", { name: "Yours" });
  const mine = text => yours.getByRole("listitem").filter({ hasText: text });
  const onScreen = screen.getByRole("region", { name: "Now", exact: true });

  const asked = "Which three services will you protect, whatever the budget says?";
  await t.test("the attendee sends a question", async () => {
    await attendee.getByLabel("Your question").fill(asked);
    await attendee.getByLabel(/^Your name/).fill("Ngozi A.");
    await attendee.getByRole("button", { name: "Send to the moderators" }).click();
    await attendee.getByRole("heading", { name: "Sent to the moderators" }).waitFor();
    await mine(asked).getByText("Waiting for a moderator").waitFor();
    assert.equal(await queue.getByText(asked).count(), 0, "shown before anybody approved it");
    assert.equal(await screen.getByText(asked).count(), 0);
  });
  const receipt = await attendee.getByRole("link", { name: /\/r\// }).getAttribute("href");

  await t.test("it is approved, and is in the queue everywhere", async () => {
    await row(asked).click();
    await act("Approve").click();
    await toast.getByText(/^Approved/).waitFor();
    await queue.getByText(asked).waitFor();
    await mine(asked).getByText("In the queue, 1st").waitFor();
    await chair.getByRole("region", { name: "Next" }).getByText(asked).waitFor();
    assert.equal(await onScreen.getByText(asked).count(), 0, "on the screen before anybody put it there");
  });

  const posted = "How do we hear from people who are at work all day?";
  await t.test("a post with the hashtag comes in and is approved", async () => {
    await fake.post({ text: posted + " #SMWWhoLeads", name: "Ravi P.", acct: "ravi" });
    await row(posted).click({ timeout: 30_000 });
    await moderator.getByRole("region", { name: "Question in hand" }).getByText("Ravi P.").waitFor();
    await act("Approve").click();
    await queue.getByText(posted).waitFor();
    await queue.getByText("Ravi P.").waitFor();
  });

  await t.test("the chair takes the first, and the screen follows", async () => {
    await chair.getByRole("button", { name: "Show the first question" }).click();
    await onScreen.getByText(asked).waitFor();
    await screen.getByText("Ngozi A.").waitFor();
    await screen.getByRole("region", { name: "Up next" }).getByText(posted).waitFor();
    await attendee.getByRole("region", { name: /^Now/ }).getByText(asked).waitFor();
    await mine(asked).getByText("Now", { exact: true }).waitFor();
  });

  await t.test("finish and next", async () => {
    await chair.waitForTimeout(1000); // a second press within a second does not count, by design
    await chair.getByRole("button", { name: "Finish and show next" }).click();
    await onScreen.getByText(posted).waitFor();
    await mine(asked).getByText("Answered").waitFor();
    await attendee.getByRole("region", { name: "Answered" }).getByText(asked).waitFor();
  });

  await t.test("the receipt says the same, on another device", async () => {
    const other = await browser.at(receipt, { viewport: DESK });
    await other.getByText(asked).waitFor();
    await other.getByText("Answered", { exact: true }).waitFor();
    await other.context().close();
  });

  const unkind = "You should all be ashamed";
  const send = async text => {
    await attendee.getByLabel("Your question").fill(text);
    await attendee.getByRole("button", { name: "Send to the moderators" }).click();
    await mine(text).waitFor();
    await moderator.getByRole("link", { name: /^Pending/ }).click();
    await row(text).click();
  };

  await t.test("reject, with a reason that its sender reads", async () => {
    await send(unkind);
    await act("Reject").click();
    await toast.getByText(/^Rejected/).waitFor();
    await toast.getByRole("button", { name: "Unkind" }).click();
    await mine(unkind).getByText("Not used: unkind").waitFor();
    assert.equal(await queue.getByText(unkind).count(), 0);
  });

  const later = "What will you do in your first week?";
  await t.test("hold, undo, approve", async () => {
    await send(later);
    await act("Hold").click();
    await toast.getByText(/^Held/).waitFor();
    await moderator.getByRole("link", { name: /^Held/ }).getByText("1").waitFor();
    await toast.getByRole("button", { name: /^Undo/ }).click();
    await toast.getByText(/^Undone/).waitFor();
    await row(later).click();
    await act("Approve").click();
    await queue.getByText(later).waitFor();
    await toast.getByRole("button", { name: /^Undo/ }).click();
    await toast.getByText(/^Undone/).waitFor();
    await queue.getByText(later).waitFor({ state: "detached" });
    await row(later).click();
    await act("Approve").click();
    await queue.getByText(later).waitFor();
  });

  await t.test("to the screen from the tablet, and back by undo", async () => {
    await moderator.getByRole("link", { name: /^Approved/ }).click();
    await row(later).click();
    await act("To screen").click();
    await onScreen.getByText(later).waitFor();
    await toast.getByRole("button", { name: /^Undo/ }).click();
    await onScreen.getByText(posted).waitFor();
  });

  await t.test("a recall takes it off every screen at once", async () => {
    await row(posted).click();
    await act("Reject").click();
    await screen.getByText(posted).waitFor({ state: "hidden" });
    await queue.getByText(posted).waitFor({ state: "detached" });
    await screen.getByRole("heading", { name: "What would you like to ask the panel?" }).waitFor();
  });

  await t.test("blank, and show again", async () => {
    await chair.getByRole("button", { name: "Show the first question" }).click();
    await onScreen.getByText(later).waitFor();
    await chair.waitForTimeout(1000);
    await chair.getByRole("button", { name: /^Blank/ }).click();
    await onScreen.waitFor({ state: "hidden" });
    await moderator.getByText("Screen is blank").waitFor();
    await chair.waitForTimeout(1000);
    await chair.getByRole("button", { name: /^Show.* screen/ }).click();
    await onScreen.getByText(later).waitFor();
  });

  await t.test("taken back by its sender, from the receipt", async () => {
    await send("I would rather not have asked this");
    await act("Approve").click();
    await queue.getByText("I would rather not").waitFor();
    const link = await mine("I would rather not").getByRole("link").getAttribute("href");
    const other = await browser.at(new URL(link, server.url).href, { viewport: PHONE });
    await other.getByText("Take it back", { exact: true }).click();
    await other.getByRole("button", { name: "Take it back for good" }).click();
    await other.getByText("Taken back").waitFor();
    assert.equal(await other.getByText("I would rather not").count(), 0, "the words are still there");
    await queue.getByText("I would rather not").waitFor({ state: "detached" });
  });

  assert.ok(await inbox.count());
  assert.deepEqual(loads.map(l => l.count), [0, 0, 0, 0], "a page was reloaded");
  await until(() => server.process.log.every(l => !/level=ERROR/.test(l)), "no error in the server's log", 100);
  assert.ok(!server.process.log.some(l => l.includes("services will you protect") || l.includes("Ngozi")), "somebody's words are in the log");
  assert.deepEqual(browser.faults, []);
});
