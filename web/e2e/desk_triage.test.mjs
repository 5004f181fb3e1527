// The moderators' desk, deed by deed: edit, take out, merge and split, note, tags, kind, sender, freeze, the queue's order,
// finding, lenses, and a list that never moves under a thumb. What the page shows is compared with what the server has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TABLET, until, world } from "./harness.mjs";

test("the desk", async t => {
  const { server, browser, event } = await world(t);
  const desk = await browser.joined(await event.link("moderator", "Priti Shah"), { viewport: TABLET });
  await desk.getByText("Live", { exact: true }).first().waitFor();
  await desk.getByRole("button", { name: "Got it" }).click();
  const row = text => desk.locator("[data-list=inbox] a", { hasText: text });
  /** Takes one in hand; what came since somebody had one in hand waits in the tray. */
  const take = async text => {
    const waits = desk.locator("[data-tray] button");
    await until(async () => (await row(text).count()) || (await waits.isVisible() && (await waits.click(), false)), "a row that says " + text);
    await row(text).click();
  };
  const hand = desk.getByRole("region", { name: "Question in hand" });
  const act = name => hand.getByRole("group", { name: "Decide" }).getByRole("button", { name });
  const more = name => hand.getByRole("region", { name: "More about it" }).getByRole("button", { name });
  const toast = desk.locator("[data-toast]"), queue = desk.locator("[data-list=queue]");
  const is = (id, what) => until(async () => what(await event.item(id)), "it on the server");
  const undo = async () => { await toast.getByRole("button", { name: /^Undo/ }).click(); await toast.getByText(/^Undone/).waitFor(); };
  const order = async () => (await server.must("GET", event.path + "/submissions?state=approved&limit=200")).items.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(i => i.text);
  const tab = async name => desk.getByRole("link", { name: new RegExp("^" + name) }).first().click();

  await t.test("a flagged number is taken out with one tap, seen before it is saved, and the original stays", async () => {
    const i = await event.send("👩🏽 Who signs that off? Call 07700 900142 tonight.", "Moira D");
    await take("Who signs that off");
    assert.equal(await hand.locator("mark").textContent(), "07700 900142");
    await hand.locator(".flagbox", { hasText: "phone" }).getByRole("button", { name: "Take it out" }).click();
    const field = desk.locator("#ed");
    assert.equal(await field.inputValue(), "👩🏽 Who signs that off? Call tonight.");
    assert.equal(await hand.locator(".edit__was del").textContent(), "07700 900142");
    await hand.getByText("35 characters: fits the back row").waitFor();
    assert.equal((await event.item(i.id)).text, i.text, "saved before anybody has said so");
    await hand.getByRole("button", { name: /^Save and approve/ }).click();
    const now = await is(i.id, x => x.state === "approved" && x);
    assert.equal(now.text, "👩🏽 Who signs that off? Call tonight.");
    assert.equal(now.original, i.text);
    assert.equal((await server.must("GET", `${event.path}/submissions/${i.id}/history`)).items.map(h => h.action).join(" "), "receive edit approve");
  });

  await t.test("Esc asks before it throws words away; what was begun is kept while others are looked at", async () => {
    const i = await event.send("Begun and not saved", "Ana B.");
    await event.send("Looked at in between", "Ana B.");
    await take("Begun and not saved");
    await desk.keyboard.press("e");
    await desk.locator("#ed").fill("Begun, and changed");
    await desk.keyboard.press("Escape");
    await desk.getByText("Throw away what you changed?").waitFor();
    await desk.getByRole("button", { name: "Keep editing" }).click();
    await take("Looked at in between");
    await desk.locator(".row", { hasText: "Begun and not saved" }).getByText("Edit not saved").waitFor();
    await take("Begun and not saved");
    await act(/^Go on editing/).click();
    assert.equal(await desk.locator("#ed").inputValue(), "Begun, and changed");
    // Somebody else changes it meanwhile: said, and the words here stay.
    await event.act(i, "edit", { text: "Changed by somebody else" });
    await desk.getByText(/It was changed while you were editing, and now reads: “Changed by somebody else”/).waitFor();
    assert.equal(await desk.locator("#ed").inputValue(), "Begun, and changed");
    await desk.keyboard.press("Control+s");
    await is(i.id, x => x.text === "Begun, and changed");
    await undo();
    await is(i.id, x => x.text === "Changed by somebody else");
  });

  await t.test("duplicates are merged after a look, credited, and split again", async () => {
    const [a, b] = [await event.send("Why is YouTube blocked for training at work?", "One"), await event.send("Is YouTube blocked at work, also for training?", "Two")];
    const c = await event.send("Something else that a moderator knows is the same", "Three");
    await take("Why is YouTube blocked");
    const find = hand.getByRole("button", { name: "Find another" });
    await hand.getByText("Why is YouTube blocked").waitFor();
    await ((await find.isVisible()) ? find : act(/^Merge/)).click();
    for (const [text, id] of [["Is YouTube blocked", b.id], ["Something else that", c.id]]) {
      const known = hand.locator("[data-list=like] label", { hasText: text });
      if (await known.count()) { if (!(await known.getByRole("checkbox").isChecked())) await known.click(); continue; }
      await desk.getByLabel("Find another to merge").fill(text);
      await hand.locator("[data-list=like-found] label", { hasText: text }).click();
      await desk.locator(`[data-list=like] [data-id="${id}"]`).waitFor();
    }
    await act(/^Merge 2/).click();
    await hand.getByText("Merge 2 into this one?").waitFor();
    assert.equal((await event.item(b.id)).merged_into, null, "merged before it was confirmed");
    await hand.locator("[data-do=merge-sure]").click();
    await is(b.id, x => x.merged_into === a.id);
    await is(c.id, x => x.merged_into === a.id);
    await is(a.id, x => x.similar === 2 && x.support === 3);
    await row("also for training").waitFor({ state: "detached" });
    await hand.getByText("2 merged into this").waitFor();
    await hand.locator("[data-list=merged] li", { hasText: "Something else" }).getByRole("button", { name: "Split" }).click();
    await is(c.id, x => x.merged_into === null);
    await row("Something else that").waitFor();
  });

  await t.test("a note to the chair, a tag and its kind, each undone by one tap", async () => {
    const i = await event.send("With a note and a tag", "Ana B.");
    await take("With a note and a tag");
    await desk.keyboard.press("n");
    await desk.getByRole("textbox", { name: "Note to the chair" }).fill("She is in row three");
    await hand.getByRole("button", { name: "Save note" }).click();
    await is(i.id, x => x.note === "She is in row three");
    await hand.getByText("She is in row three").waitFor();
    await undo();
    await is(i.id, x => !x.note);
    await more("Tag").click();
    await desk.getByLabel("Tag, such as its topic").fill("Housing");
    await desk.keyboard.press("Enter");
    await is(i.id, x => x.tags.some(t => t.toLowerCase() === "housing"));
    await hand.getByRole("button", { name: /Take the tag housing off/i }).click();
    await is(i.id, x => !x.tags.some(t => t.toLowerCase() === "housing"));
    await more("It is a story").click();
    await is(i.id, x => x.kind === "story");
    await act(/^Approve/).click();
    await is(i.id, x => x.state === "approved");
    await desk.locator("[data-list=stories]").getByText("With a note and a tag").waitFor();
    assert.equal(await queue.getByText("With a note and a tag").count(), 0, "a story stands in the queue");
    await tab("Approved");
    await tab("Stories");
    await take("With a note and a tag");
    await more("It is a question").click();
    await queue.getByText("With a note and a tag").waitFor();
    await tab("Pending");
  });

  await t.test("what happened stays readable, and one's own last step can be taken back there for good", async () => {
    const i = await event.send("Taken back from its history", "Ana B.");
    await take("Taken back from its history");
    await act(/^Hold/).click();
    await is(i.id, x => x.state === "held");
    await tab("Held");
    await take("Taken back from its history");
    const past = hand.locator("[data-list=history] li");
    await past.filter({ hasText: "Held by Priti Shah" }).getByRole("button", { name: "Undo" }).click();
    await is(i.id, x => x.state === "pending");
    await tab("Pending");
  });

  await t.test("a sender is trusted, or blocked, and that is taken back", async () => {
    const i = await event.send("From a sender to decide about", "Ana B.");
    await take("From a sender to decide about");
    await more("Block sender").click();
    await toast.getByText(/is blocked/).waitFor();
    const author = async () => (await server.must("GET", event.path + "/authors")).items.find(a => a.key === i.author.key);
    assert.equal((await author()).blocked, true);
    await hand.getByRole("button", { name: "Blocked here", pressed: true }).waitFor();
    await toast.getByRole("button", { name: /^Undo/ }).click();
    await until(async () => !(await author()).blocked, "the block taken back");
    await more("Trust sender").click();
    await until(async () => (await author()).trusted, "trust");
    await hand.getByRole("button", { name: "Trusted here", pressed: true }).click();
    await until(async () => !(await author()).trusted, "trust taken back");
  });

  await t.test("frozen: nothing new becomes public, by one tap and back by one", async () => {
    const i = await event.send("Asked while all is frozen", "Ana B.");
    await desk.getByRole("button", { name: "Freeze", exact: true }).click();
    await desk.locator("[data-frozen]").waitFor();
    await take("Asked while all is frozen");
    await act(/^Approve/).click();
    await desk.getByRole("alert").getByText(/frozen/).waitFor();
    assert.equal((await event.item(i.id)).state, "pending");
    await row("Asked while all is frozen").waitFor();
    await desk.locator(".banner", { hasText: "Frozen" }).getByRole("button", { name: "Unfreeze" }).click();
    await desk.locator("[data-frozen]").waitFor({ state: "hidden" });
  });

  await t.test("the queue is ordered by buttons, keys and drag, and a lens only suggests", async () => {
    for (const i of (await server.must("GET", event.path + "/submissions?state=approved&state=pending&state=held&limit=200")).items.filter(i => !i.merged_into)) await event.act(i, "reject");
    for (const n of ["one", "two", "three", "four"]) await event.approved(`Queue ${n}`, "Ana B.");
    await queue.getByText("4. Queue four").waitFor();
    const first = queue.locator("li").first();
    await first.getByRole("button", { name: "Move question 1 down" }).click();
    await until(async () => (await order()).join() === "Queue two,Queue one,Queue three,Queue four", "one and two changed");
    assert.match(await desk.evaluate(() => document.activeElement.getAttribute("aria-label")), /^Move question 2 down/, "the focus does not follow");
    await desk.locator("[data-say]").getByText("Moved to place 2 of 4").waitFor({ state: "attached" });
    await desk.keyboard.press("Alt+ArrowDown");
    await until(async () => (await order()).join() === "Queue two,Queue three,Queue one,Queue four", "one below three");
    await undo();
    await until(async () => (await order()).join() === "Queue two,Queue one,Queue three,Queue four", "back by undo");
    // By drag: the last to the top.
    const grip = await queue.locator("li", { hasText: "Queue four" }).locator(".q-item__grip").boundingBox(), top = await queue.locator("li").first().boundingBox();
    await desk.mouse.move(grip.x + 10, grip.y + grip.height / 2);
    await desk.mouse.down();
    await desk.mouse.move(grip.x + 10, top.y + 60, { steps: 5 });
    await desk.mouse.move(grip.x + 10, top.y + 4, { steps: 5 });
    await desk.mouse.up();
    await until(async () => (await order()).join() === "Queue four,Queue two,Queue one,Queue three", "the last on top");
    // A lens changes nothing until somebody takes it.
    await tab("Approved");
    await desk.getByLabel("Order by").selectOption({ label: "Longest wait" });
    await desk.getByText(/^A suggestion: longest wait/).waitFor();
    assert.deepEqual(await desk.locator("[data-list=inbox] .row__t").allTextContents(), ["Queue one", "Queue two", "Queue three", "Queue four"]);
    assert.equal((await order()).join(), "Queue four,Queue two,Queue one,Queue three");
    await desk.getByRole("button", { name: "Use this order" }).click();
    await until(async () => (await order()).join() === "Queue one,Queue two,Queue three,Queue four", "the lens's order");
    await toast.getByRole("button", { name: /^Undo/ }).click();
    await until(async () => (await order()).join() === "Queue four,Queue two,Queue one,Queue three", "the order as it was");
    // What is lined up next is pinned on top.
    await take("Queue three");
    await act(/^Line up next/).click();
    await queue.locator("li").first().getByText("1. Queue three").waitFor();
    await queue.locator("li").first().getByText("Lined up next").waitFor();
    assert.equal((await server.must("GET", event.path + "/stage")).next, (await event.find("Queue three")).id);
    await tab("Pending");
  });

  await t.test("finding: search, source, flag and language", async () => {
    await event.send("A fydd y canllawiau ar gael yn Gymraeg hefyd?", "", {});
    await event.send("Write to me at moira@example.org about budgets", "Moira");
    await event.send("Plain and simple", "Zoë");
    await row("Plain and simple").waitFor();
    await desk.keyboard.press("/");
    await desk.keyboard.type("zoe plain");
    await row("canllawiau").waitFor({ state: "detached" });
    assert.equal(await desk.locator("[data-list=inbox] li").count(), 1);
    await desk.keyboard.press("Escape");
    await row("canllawiau").waitFor();
    await desk.getByRole("group", { name: "Filter" }).getByRole("button", { name: /^Flagged/ }).click();
    await row("Plain and simple").waitFor({ state: "detached" });
    await row("moira@example.org").waitFor();
    await desk.getByRole("group", { name: "Filter" }).getByRole("button", { name: /^Flagged/ }).click();
    await row("Plain and simple").waitFor();
  });

  await t.test("the list never moves under a thumb", async () => {
    const texts = () => desk.locator("[data-list=inbox] .row__t").allTextContents();
    await take("Plain and simple");
    const before = await texts();
    await event.send("Come meanwhile", "Ana B.");
    await desk.getByRole("button", { name: "1 new question. Show it" }).waitFor();
    // Somebody else decides about a row that is shown: it keeps its place, and says so.
    await event.act(await event.find("canllawiau"), "approve");
    await desk.locator(".row--gone", { hasText: "canllawiau" }).getByText("In the queue").waitFor();
    assert.deepEqual(await texts(), before);
    assert.equal(await hand.locator(".item__q").textContent(), "Plain and simple");
    // The one in hand too stays, as it is now.
    await event.act(await event.find("Plain and simple"), "hold");
    await hand.getByText("Held", { exact: true }).waitFor();
    assert.equal(await hand.locator(".item__q").textContent(), "Plain and simple");
    await desk.getByRole("button", { name: "1 new question. Show it" }).click();
    await row("Come meanwhile").waitFor();
    await row("Plain and simple").waitFor({ state: "detached" });
  });

  await t.test("what somebody says in the room is typed in", async () => {
    await desk.getByRole("button", { name: "Type one in" }).click();
    await desk.getByLabel("Their words").fill("Said from the third row");
    await desk.getByLabel(/^Their name/).fill("Gwen");
    await desk.getByRole("button", { name: "Put it in" }).click();
    const i = await event.find("Said from the third row");
    assert.equal(i.source, "desk");
    assert.equal(i.state, "pending");
    await take("Said from the third row");
  });
  assert.deepEqual(browser.faults, []);
});
