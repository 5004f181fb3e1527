// Posts on X: X's own card wherever one shows, with nothing of ours in it, drawn the same by the server and by the
// scripts; and what FitsScreen lets onto the stage does show whole, on the sizes that its numbers come from.
import assert from "node:assert/strict";
import { test } from "node:test";
import { findings } from "./axe.mjs";
import { DESK, HALL, OLD_HALL, PHONE, TABLET, until, world, x, X_KEYS } from "./harness.mjs";

/** What axe finds on a page, light and dark, and whether it scrolls sideways on the narrowest phone. */
async function accessible(name, page) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await findings(page), [], `${name}, ${colorScheme}`);
  }
  const size = page.viewportSize();
  if (size.width === HALL.width) return;
  await page.setViewportSize({ width: 320, height: 640 });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${name}: scrolls sideways at 320 px by ${over}`);
  await page.setViewportSize(size);
}

const TAG = "#SMWWhoLeads";

async function room(t, o = {}) {
  const net = await x();
  t.after(() => net.close());
  const w = await world(t, { server: { env: X_KEYS, hashtag: "SMWWhoLeads", args: ["--allow-private-sources", "--source", "x=" + net.url] }, ...o });
  const post = async (text, name = "Ana Li", username = "ana_li") => {
    const { id } = await net.post({ text, name, username });
    return { ...(await w.event.find(text.slice(0, 40))), post: id };
  };
  return { ...w, net, post };
}

/** What a card on a page says, and what stands in it. */
const read = card => card.evaluate(c => ({
  text: c.querySelector(".xcard__t").innerText, name: c.querySelector("b").innerText, handle: c.querySelector(".xcard__at").innerText,
  links: [...c.querySelectorAll("a")].map(a => a.href), time: c.querySelector("time").dateTime.slice(0, 10), said: c.querySelector("time").innerText, marks: c.querySelectorAll('use[href="#x-mark"]').length,
  others: c.querySelectorAll("button, form, input, .src, .tag").length, face: c.querySelector("img").hidden ? "" : c.querySelector("img").getAttribute("src"),
}));

test("a post on X is X's card on every page, with a script and without", async t => {
  const { browser, event, post, server } = await room(t);
  const text = `Who signs this off?\n\nAsking for <b>a friend</b> & others ${TAG}`;
  const plain = await browser.at(event.page, { viewport: DESK }); // sent without a card: the first comes live
  await plain.getByText("Live", { exact: true }).waitFor();
  const now = await post(text), next = await post("And who pays? " + TAG), done = await post("Was it worth it? " + TAG), waiting = await post("Is it on? " + TAG);
  await event.act(await event.act(done, "approve"), "answer");
  for (const i of [now, next]) await event.act(i, "approve");
  await event.stage({ now: now.id });

  const link = r => event.link(r, r);
  const pages = {
    screen: await browser.at(event.page + "/screen", { viewport: HALL }), attend: plain,
    chair: await browser.joined(await link("chair"), { viewport: TABLET }), moderate: await browser.joined(await link("moderator"), { viewport: TABLET }),
    "screen without a script": await browser.at(event.page + "/screen", { viewport: HALL, javaScriptEnabled: false }),
    "attend without a script": await browser.at(event.page, { viewport: DESK, javaScriptEnabled: false }),
  };
  const item = await event.item(now.id);
  assert.match(item.author.avatar, /^\/e\/smwwholeads\/avatars\/[a-z2-7]{26}\?v=/);
  let said; // the time, in the same words by the server and by the scripts
  for (const [name, page] of Object.entries(pages)) {
    const card = page.locator("[data-now] .xcard");
    await card.waitFor();
    const got = await until(async () => { const g = await read(card); return g.text === text && g; }, `${name}: the card of what is on now`);
    said ??= got.said;
    assert.match(said, /^\d\d:\d\d, \d+ [A-Z][a-z]+ \d{4}$/);
    assert.deepEqual({ ...got, links: undefined }, { said, text, name: "Ana Li", handle: "@ana_li", time: item.posted_at.slice(0, 10), marks: 1, others: 0, face: item.author.avatar || "", links: undefined }, name);
    assert.equal(await card.locator("img").evaluate(i => i.naturalWidth), 128, name + ": the picture");
    assert.deepEqual(got.links, ["https://x.com/ana_li", item.url, item.url], name);
    // Its words stand on the page once: nothing beside the card repeats them in our own form.
    assert.equal(await page.getByText("Who signs this off?").filter({ visible: true }).count(), 1, name);
  }
  assert.equal(await pages.attend.locator("[data-list=queue] .xcard").count(), 1);
  assert.equal(await pages.attend.locator("[data-list=answered] .xcard").count(), 1);
  await pages.moderate.locator("[data-list=inbox] .xcard", { hasText: "Is it on?" }).waitFor();
  for (const name of ["screen", "attend", "chair", "moderate"]) await accessible(name, pages[name]);
  await event.stage({ now: null });
  for (const name of ["screen", "attend", "chair", "moderate"]) await pages[name].locator("[data-now] .xcard").waitFor({ state: "detached" });
  // Another network's question in the same place is no card.
  const ours = await event.approved("What happens next, and who says so?", "Asha Patel");
  await event.stage({ now: ours.id });
  for (const name of ["screen", "attend", "chair", "moderate"]) await pages[name].locator("[data-now]").getByText("What happens next").waitFor();
  assert.ok(waiting.id && server.url);
  assert.deepEqual(browser.faults, []);
});

test("what may be staged of X shows whole, in the hall and in the old one", async t => {
  const { browser, event, post } = await room(t);
  // As wide as 280 columns come in running words, and as tall as the rows that are let through.
  const capitals = "WHY DO MANAGERS BLOCK EVERYTHING WHEN COMMS TEAMS NEED WEB ACCESS MOST? WHO MADE THE CASE AND HOW? ";
  const german = "Kommunalverwaltungen Datenschutzbeauftragte Zusammenarbeit Öffentlichkeitsarbeit Verantwortung Genehmigungsverfahren Bürgerbeteiligung ";
  const texts = [capitals.repeat(3).slice(0, 280 - TAG.length - 1) + " " + TAG, german.repeat(3).slice(0, 280 - TAG.length - 1).trimEnd() + " " + TAG, `One\nTwo\nThree\nFour\nFive\n${TAG}`];
  const shows = [];
  for (const viewport of [HALL, { width: 1280, height: 720 }, { width: 1920, height: 1200 }, OLD_HALL, { width: 800, height: 600 }]) shows.push(await browser.at(event.page + "/screen", { viewport }));
  for (const text of texts) {
    const item = await event.act(await post(text), "approve");
    await event.stage({ now: item.id });
    for (const page of shows) {
      await page.waitForFunction(want => document.querySelector("[data-now] .xcard__t")?.innerText === want, text);
      const over = await page.evaluate(async () => { await document.fonts.ready; const n = document.querySelector("[data-now]"), q = n.querySelector(".xcard__t"); return [n.scrollHeight - n.clientHeight, q.scrollWidth - q.clientWidth]; });
      assert.ok(over[0] <= 1 && over[1] <= 1, `${JSON.stringify(page.viewportSize())}: ${over} pixels over: ${text.slice(0, 30)}`);
    }
  }
  const long = await event.act(await post("Too long for any hall. ".repeat(20) + TAG), "approve");
  const { body: stage } = await event.server.api("GET", event.path + "/stage");
  const refused = await event.server.api("PUT", event.path + "/stage", { now: long.id }, { rev: stage.rev });
  assert.equal(refused.status, 422);
  assert.match(JSON.stringify(refused.body), /short version/);
  assert.deepEqual(browser.faults, []);
});

test("an organiser connects an account on X without a script, and disconnects it", async t => {
  const { browser, net, server } = await room(t);
  browser.allow(net.url);
  for (const o of [{ viewport: PHONE, javaScriptEnabled: false }, { viewport: DESK }]) {
    const page = await browser.joined(server.links.organiser, o), plain = o.javaScriptEnabled === false;
    await page.goto(server.url);
    await page.getByRole("link", { name: "Account on X" }).click();
    if (!plain) await accessible("before", page);
    await page.getByRole("button", { name: "Connect on X" }).click();
    if (!plain) await accessible("begun", page);
    await page.getByRole("link", { name: "Go to X" }).click(); // the made-up X says yes at once
    await page.getByRole("heading", { name: "@host" }).waitFor();
    assert.equal(new URL(page.url()).search, "");
    if (!plain) await accessible("connected", page);
    await page.getByText("Disconnect", { exact: true }).click();
    await page.getByRole("button", { name: "Disconnect @host" }).click();
    await page.getByText("No account is connected").waitFor();
    await page.getByRole("button", { name: "Connect with a PIN" }).click();
    await page.getByLabel("Type in the number that X shows").fill("12");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByRole("alert").waitFor();
    if (!plain) await accessible("with a PIN that X does not accept", page);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.context().close();
  }
  assert.deepEqual(browser.faults, []);
});
