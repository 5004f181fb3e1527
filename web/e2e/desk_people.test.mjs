// Who sits at the desk: somebody who has never seen it, given nothing but what it says; and somebody with a post on X,
// which may not be reworded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TABLET, until, world, x, X_KEYS } from "./harness.mjs";

test("a newcomer makes five right decisions within a minute, by visible words and roles alone", async t => {
  const { browser, event } = await world(t);
  const ask = async (text, name = "") => event.send(text, name);
  const items = {
    fine: await ask("What would you say to a chief exec who has never used it?", "Tomasz K."), phone: await ask("Who signs that off? Call me on 07700 900142 now.", "Moira D"),
    spam: await ask("Buy followers cheap at followers.example", "Growth"), unsure: await ask("Is it true what they say about the director?", "A resident"),
    next: await ask("Has anyone measured what blocking actually saves?", "D. Morrison"),
  };
  const page = await browser.joined(await event.link("moderator", "Newcomer"), { viewport: TABLET });
  // Visible, enabled and named: nothing else is used from here on.
  const button = async name => {
    const b = page.getByRole("button", { name }).filter({ visible: true }).first();
    assert.ok((await b.boundingBox()).height >= 43.5, `${name} is too small for a thumb`);
    await b.click();
  };
  const open = text => page.getByRole("region", { name: "Questions in this list" }).getByRole("link", { name: text }).click();
  const is = (i, what) => until(async () => what(await event.item(i.id)), "it decided", 10_000);
  await page.getByText("What people sent.").waitFor();
  const began = Date.now();
  await button("Got it");
  await open(/chief exec/);
  await button(/^Approve/);
  await is(items.fine, i => i.state === "approved");
  await open(/Buy followers/);
  await button(/^Reject/);
  await button("Off topic");
  await is(items.spam, i => i.state === "rejected" && i.reason === "Off topic");
  await open(/about the director/);
  await button(/^Hold/);
  await is(items.unsure, i => i.state === "held");
  await open(/Who signs that off/);
  await button("Take it out");
  await button(/^Save and approve/);
  await is(items.phone, i => i.state === "approved" && !i.text.includes("07700") && i.original.includes("07700"));
  await open(/measured what blocking/);
  await button(/^To screen/);
  await is(items.next, i => i.state === "live");
  const took = (Date.now() - began) / 1000;
  console.log(`five right decisions in ${took.toFixed(1)} s`);
  assert.ok(took < 60, `it took ${took} s`);
  assert.deepEqual(browser.faults, []);
});

test("a post on X is not reworded: a short version takes its place, links to it, and is taken back", async t => {
  const net = await x();
  t.after(() => net.close());
  const { browser, event, server } = await world(t, { server: { env: X_KEYS, hashtag: "SMWWhoLeads", args: ["--allow-private-sources", "--source", "x=" + net.url] } });
  await net.post({ text: "We would very much like to hear from all of you why, after all these years, it is still blocked. #SMWWhoLeads", name: "Ana Li", username: "ana_li" });
  const post = await event.act(await event.find("it is still blocked"), "approve");
  const desk = await browser.joined(await event.link("moderator", "Priti Shah"), { viewport: TABLET });
  await desk.getByText("Live", { exact: true }).first().waitFor();
  await desk.getByRole("button", { name: "Got it" }).click();
  await desk.getByRole("link", { name: /^Approved/ }).first().click();
  await desk.locator("[data-list=inbox] a", { hasText: "Post on X by Ana Li" }).click();
  const hand = desk.getByRole("region", { name: "Question in hand" });
  await hand.getByRole("group", { name: "Decide" }).getByRole("button", { name: /^Short version/ }).click();
  await hand.getByText("A post on X is shown as it is or not at all.").waitFor();
  await desk.getByLabel("In the host’s words").fill("Why is it still blocked?");
  await hand.getByRole("button", { name: /^Save Ctrl S/ }).click();
  const short = await until(async () => (await server.must("GET", event.path + "/submissions?state=approved")).items.find(i => i.paraphrase_of === post.id), "the short version");
  assert.equal(short.text, "Why is it still blocked?");
  assert.equal(short.source, "desk");
  assert.equal((await event.item(post.id)).text, post.text, "the post itself was changed");
  await desk.locator("[data-list=queue]").getByText("1. Why is it still blocked?").waitFor();
  await desk.locator("[data-toast]").getByRole("button", { name: /^Undo/ }).click();
  await until(async () => !(await event.item(post.id)).merged_into, "the post again");
  await desk.locator("[data-list=queue]").getByText("Post on X").waitFor();
  assert.deepEqual(browser.faults, []);
});
