// What keyboard.test.mjs leaves of the desk, by keyboard alone: filters, several at once, editing, merging, the queue's
// order, lining up, undo. No pointer touches this page, and the focus is never lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TABLET, until, world } from "./harness.mjs";

test("the whole desk by keyboard alone", async t => {
  const { server, browser, event } = await world(t);
  const words = ["gardens", "libraries", "buses", "carers"];
  for (const w of words) await event.send(`What happens to ${w}?`, "");
  const flagged = await event.send("Who signs that off? Call 07700 900142 tonight.", "Moira D");
  const [a, b] = [await event.send("Will YouTube be opened for e-learning?", "Ana B."), await event.send("Will YouTube be opened, for e-learning?", "Cal D.")];
  const desk = await browser.joined(await event.link("moderator", "Priti Shah"), { viewport: TABLET });
  await desk.getByText("Live", { exact: true }).first().waitFor();
  const rows = desk.locator("[data-list=inbox] > li"), toast = desk.locator("[data-toast]"), hand = desk.getByRole("region", { name: "Question in hand" });
  const keys = async (...all) => { for (const k of all) await desk.keyboard.press(k); };
  const focused = () => desk.evaluate(() => (document.activeElement === document.body ? "" : document.activeElement.getAttribute("aria-label") || document.activeElement.textContent || document.activeElement.id).replace(/\s+/g, " ").trim());
  const tabTo = async (what, key = "Tab") => {
    const way = [];
    for (let n = 0; n < 80; n++) {
      await keys(key);
      way.push(await focused());
      if (what.test(way.at(-1))) return;
    }
    assert.fail(`${key} never reaches ${what}: ${way.join(" | ")}`);
  };
  /** Finds the one that says this, and takes it in hand. */
  const take = async (text, by = "") => {
    await keys("/");
    await desk.keyboard.type(`${text} ${by}`.trim());
    await until(async () => (await rows.count()) === 1, "the one row that says " + text);
    await keys("Enter", "Enter");
    await hand.locator(".item__q").getByText(text).waitFor();
    await keys("/", "Escape", "Shift+Tab"); // out of the field, where letters are text
    await until(async () => (await rows.count()) > 1, "the whole list");
  };
  const is = (i, what) => until(async () => what(await event.item(i.id)), "it on the server");
  const order = async () => (await server.must("GET", event.path + "/submissions?state=approved&limit=200")).items.sort((x, y) => (x.rank < y.rank ? -1 : 1)).map(i => i.text);
  await until(async () => (await rows.count()) === 7, "all rows");

  await t.test("the explanation is put away", async () => {
    await tabTo(/^Got it/);
    await keys("Enter");
    await until(async () => (await desk.locator("[data-tip]:visible").count()) === 0, "no explanation");
    assert.notEqual(await focused(), "", "the focus is lost");
  });

  await t.test("a filter is put on and off", async () => {
    await keys("/");
    await tabTo(/^Flagged/);
    await keys("Enter");
    await until(async () => (await rows.count()) === 1, "the flagged one");
    assert.match(await focused(), /^Flagged/, "the focus does not stay on the filter");
    await keys("Enter");
    await until(async () => (await rows.count()) === 7, "all again");
  });

  await t.test("a text is edited and approved, and approving it is undone", async () => {
    await take("Who signs that off");
    await keys("e", "ControlOrMeta+a");
    await desk.keyboard.type("Who signs that off?");
    await keys("Control+Enter");
    await is(flagged, i => i.state === "approved" && i.text === "Who signs that off?");
    assert.notEqual(await focused(), "", "the focus is lost");
    await tabTo(/^Undo/, "Shift+Tab");
    await keys("Enter");
    await is(flagged, i => i.state === "pending");
  });

  await t.test("duplicates are merged, and split by undo", async () => {
    await take("be opened, for e-learning", "Cal"); // the later one knows of the earlier
    await hand.getByText(/like this$/).first().waitFor();
    await keys("m");
    await until(async () => /^Merge/.test(await focused()), "the last word on merging");
    await keys("Enter");
    await is(a, i => i.merged_into === b.id);
    assert.notEqual(await focused(), "", "the focus is lost");
    await keys("z");
    await is(a, i => !i.merged_into);
  });

  await t.test("several are chosen and approved at once", async () => {
    await take("gardens");
    await keys("x");
    await desk.getByText("1 chosen", { exact: true }).waitFor();
    const n = (await rows.locator(".row__t").allTextContents()).indexOf("What happens to gardens?");
    for (let k = n; k > n - 3; k--) await keys("k");
    await keys("Shift+X");
    await desk.getByText("4 chosen", { exact: true }).waitFor();
    await keys("/");
    await tabTo(/^Approve/);
    await keys("Enter");
    await until(async () => (await order()).length === 4, "four in the queue");
  });

  await t.test("the queue is put in order, and one lined up", async () => {
    await keys("g", "a");
    const before = await order();
    await take(before[3].replace("?", ""));
    await keys("Alt+ArrowUp");
    await until(async () => (await order())[2] === before[3], "one place up");
    await toast.getByText(/^Moved to place 3/).waitFor();
    await keys("z");
    await until(async () => (await order())[3] === before[3], "back by undo");
    await toast.getByText(/^Undone/).waitFor();
    await keys("l");
    const id = (await event.find(before[3])).id;
    await until(async () => (await server.must("GET", event.path + "/stage")).next === id, "it lined up");
    await toast.getByText(/^Lined up next/).waitFor();
    await keys("r");
    await until(async () => (await event.item(id)).state === "rejected", "it rejected");
    await keys("z");
    await until(async () => (await event.item(id)).state === "approved", "it back");
  });
  assert.deepEqual(browser.faults, []);
});
