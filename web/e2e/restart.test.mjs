// The server is killed, as a power cut or the kernel does it, and started again on the same port and folder. The pages
// come back by themselves: nothing is lost, nothing doubled, nothing reloaded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HALL, PHONE, TABLET, until, world } from "./harness.mjs";

test("kill -9 and restart", async t => {
  const { server, browser, event } = await world(t);
  const first = await event.approved("What is on the screen stays on it", "Ana B.");
  const second = await event.approved("What was next is next", "Cal D.");
  const third = await event.send("Decided while nobody answered", "Eva F.");
  await event.stage({ now: first.id });

  const [attendee, moderator, chair, screen] = await Promise.all([
    browser.at(event.page, { viewport: PHONE }),
    browser.joined(await event.link("moderator", "Front desk"), { viewport: TABLET }),
    browser.joined(await event.link("chair", "Chair"), { viewport: TABLET }),
    browser.at(event.page + "/screen", { viewport: HALL }),
  ]);
  let loads = 0;
  for (const p of [attendee, moderator, chair, screen]) p.on("load", () => loads++);
  const live = page => page.getByText("Live", { exact: true }).first().waitFor({ timeout: 20_000 });
  const act = name => moderator.getByRole("group", { name: "Decide" }).getByRole("button", { name });
  const row = text => moderator.locator("[data-list=inbox] a", { hasText: text });
  const onScreen = screen.getByRole("region", { name: "Now", exact: true });
  await Promise.all([attendee, moderator, chair, screen].map(live));
  await attendee.getByLabel("Your question").fill("Written before the server went away");

  // A burst, cut off in the middle: what was acknowledged has to be there afterwards, once each.
  const acknowledged = [];
  let sent = 0, going = true;
  const sender = async n => {
    for (let i = 0; going; i++) {
      const text = `Burst ${n} number ${i}, after everything`;
      sent++;
      try {
        const r = await server.api("POST", event.path + "/submissions", { text });
        if (r.status === 202) acknowledged.push({ id: r.body.id, text, receipt: r.body.receipt });
      } catch { return; }
    }
  };
  const senders = [1, 2, 3, 4].map(sender);
  await until(() => acknowledged.length >= 40, "forty acknowledged submissions");
  await server.kill();
  going = false;
  await Promise.all(senders);

  await t.test("while it is away", async () => {
    await onScreen.getByText("What is on the screen stays on it").waitFor();
    await screen.getByText(/^Reconnecting/).waitFor();
    await attendee.getByText("Reconnecting", { exact: true }).waitFor();
    await attendee.getByRole("button", { name: "Send to the moderators" }).click();
    await attendee.getByRole("alert").getByText("Your words are still here").waitFor();
    assert.equal(await attendee.getByLabel("Your question").inputValue(), "Written before the server went away");
    await row("Decided while nobody answered").click();
    await act("Approve").click();
    await moderator.getByText("You are offline").waitFor();
    await moderator.getByText(/1 decision is saved on this tablet/).waitFor();
  });

  await server.up();

  await t.test("back by themselves", async () => {
    await Promise.all([attendee, moderator, chair, screen].map(live));
    await attendee.getByRole("region", { name: "Queue" }).getByText("What was next is next").waitFor();
    await attendee.getByRole("region", { name: "Queue" }).getByText("Decided while nobody answered").waitFor();
    await moderator.getByText("1 decision was sent").waitFor();
    await attendee.getByRole("button", { name: "Send to the moderators" }).click();
    await attendee.getByRole("heading", { name: "Sent to the moderators" }).waitFor();
    // The moderator has one in hand, so what is new waits until they ask for it.
    await moderator.getByRole("button", { name: /new questions?\. Show/ }).click();
    await row("Written before the server went away").first().waitFor();
  });

  await t.test("and everything goes on", async () => {
    await chair.getByRole("button", { name: "Finish and show next" }).click();
    await onScreen.getByText("What was next is next").waitFor();
    await attendee.getByRole("region", { name: "Answered" }).getByText("What is on the screen stays on it").waitFor();
    assert.equal((await event.item(second.id)).state, "live");
    assert.equal((await event.item(third.id)).state, "approved");
  });

  await t.test("nothing acknowledged is lost or doubled", async () => {
    const there = await until(async () => {
      const all = [];
      for (let after = ""; after !== null;) {
        const r = await server.must("GET", `${event.path}/submissions?limit=200${after && "&after=" + encodeURIComponent(after)}`);
        all.push(...r.items);
        after = r.next;
      }
      return acknowledged.every(a => all.some(i => i.id === a.id)) && all;
    }, "all acknowledged submissions in the moderators' list");
    const texts = there.map(i => i.text);
    assert.equal(new Set(texts).size, texts.length, "something is there twice");
    for (const a of acknowledged) assert.equal(there.find(i => i.id === a.id).text, a.text);
    const receipt = await fetch(acknowledged.at(-1).receipt);
    assert.equal(receipt.status, 200);
    t.diagnostic(`${sent} sent, ${acknowledged.length} acknowledged, 0 of them lost, 0 doubled`);
  });

  assert.equal(loads, 0, "a page was reloaded");
  assert.deepEqual(browser.faults, []);
});

test("an orderly stop ends with 0, and the pages come back", async t => {
  const { server, browser, event } = await world(t);
  await event.approved("Still here after an upgrade", "Ana B.");
  const screen = await browser.at(event.page + "/screen", { viewport: HALL });
  await screen.getByText("Live", { exact: true }).waitFor();
  const begun = Date.now();
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  assert.ok(Date.now() - begun < 10_000, "it took longer than 10 s");
  await server.up();
  await event.stage({ take: true }).catch(() => {});
  const stage = await server.api("GET", event.path + "/stage");
  if (!stage.body.now) await server.must("PUT", event.path + "/stage", { take: true }, { rev: stage.body.rev });
  await screen.getByRole("region", { name: "Now", exact: true }).getByText("Still here after an upgrade").waitFor();
  assert.deepEqual(browser.faults, []);
});
