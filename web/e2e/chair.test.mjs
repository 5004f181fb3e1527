// The chair's tablet: what the moderators want the chair to know, what the chair tells them, notes, votes and what comes
// later. With its script and without.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { findings } from "./axe.mjs";
import { TABLET, out, until, world } from "./harness.mjs";

for (const [name, options] of [["with its script", {}], ["without JavaScript", { javaScriptEnabled: false }]]) {
  test("the chair " + name, async t => {
    const plain = options.javaScriptEnabled === false;
    const { server, browser, event } = await world(t);
    const items = [];
    for (let n = 1; n <= 6; n++) items.push(await event.approved(`Question number ${n}?`, "Ana B."));
    await event.act(items[0], "note", { text: "Fiona wants this one." });
    await event.act(await event.send("Question number one, again?", "Ben C."), "merge", { into: items[0].id });
    await event.stage({ now: items[0].id });
    const chair = await browser.joined(await event.link("chair", "Fiona"), { viewport: TABLET, bypassCSP: true, ...options });
    const fresh = () => plain ? chair.reload() : Promise.resolve();

    await t.test("sees the note and the votes of what is on, and what comes later", async () => {
      await chair.getByText("Fiona wants this one.").waitFor();
      await chair.getByText("1 vote", { exact: true }).waitFor();
      await chair.getByText("Later: 2 more").click();
      await chair.getByText("Question number 6?").waitFor();
      await chair.getByText("Later: 2 more").click();
    });

    await t.test("answers the moderators' note, and they hear it", async () => {
      const said = await server.must("POST", event.path + "/signals", { to: "chair", text: "Four minutes left." });
      await fresh();
      await chair.getByText("Four minutes left.", { exact: true }).waitFor();
      await chair.screenshot({ path: join(out, `chair-note-${plain ? "plain" : "script"}.png`) });
      await chair.getByRole("button", { name: "Will do" }).click();
      await chair.getByText("Four minutes left.", { exact: true }).waitFor({ state: "hidden" });
      await chair.getByText("Will do: “Four minutes left.”").waitFor();
      await chair.getByText("Not seen yet").waitFor();
      const live = await until(async () => {
        const board = await snapshot(event, server);
        const mine = board.signals.find(s => s.id === said.id), answer = board.signals.find(s => s.to === "moderators");
        return mine?.acked_at && answer && { mine, answer };
      }, "the answer");
      assert.equal(live.answer.from.name, "Fiona");
      await server.must("POST", `${event.path}/signals/${live.answer.id}/ack`);
      await fresh();
      await chair.getByText("Seen", { exact: true }).waitFor();
    });

    await t.test("tells them something of its own", async () => {
      await chair.getByText("Tell the moderators").first().click();
      await chair.getByLabel("In your own words").fill("Need one on housing.");
      if (!plain) assert.deepEqual(await findings(chair), []);
      await chair.getByRole("button", { name: "Tell them" }).click();
      await chair.getByText("Need one on housing.").waitFor();
      await chair.getByText("Not seen yet").waitFor();
      await chair.getByText("Tell the moderators").first().click();
      await chair.getByRole("button", { name: "One more question" }).click();
      await chair.getByText("Send me one more question.").waitFor();
    });

    if (!plain) await t.test("has no fault that axe knows, by day and by night", async () => {
      await server.must("POST", event.path + "/signals", { to: "chair", text: "Two waiting about buses." });
      await chair.getByText("Two waiting about buses.").waitFor();
      assert.deepEqual(await findings(chair), []);
      await chair.emulateMedia({ colorScheme: "dark" });
      assert.deepEqual(await findings(chair), []);
    });
    assert.deepEqual(browser.faults, []);
  });
}

/** The chair's view as a stream begins. */
const snapshot = async (event, server) => (await server.must("GET", event.path + "/live?view=chair"))[0];
