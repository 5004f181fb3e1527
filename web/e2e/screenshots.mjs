// Every page, at the sizes it was designed for, filled with an evening's submissions; into web/e2e/out, or the folder
// given. For looking at, and for the README's picture (readme.png).
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fill, LONG, underWay } from "./content.mjs";
import { Browser, DESK, Event, HALL, mastodon, OLD_HALL, out, PHONE, Server, TABLET, TABLET_UP } from "./harness.mjs";

const folder = process.argv[2] || out;
mkdirSync(folder, { recursive: true });
const server = new Server({ hashtag: "SMWWhoLeads", args: ["--title", "Who’s Leading? Social media access at work", "--allow-private-sources"] });
const fake = await mastodon(), browser = await Browser.open();
server.o.args.push("--source", "mastodon=" + fake.url);

const size = s => `${s.width}x${s.height}`;
const shot = async (page, name, o = {}) => {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(300); // transitions
  await page.screenshot({ path: join(folder, name + ".png"), ...o });
  console.log(name);
};
const live = page => page.getByText("Live", { exact: true }).first().waitFor();
const close = page => page.context().close();

try {
  await server.up();
  const event = new Event(server, "smwwholeads");
  await server.must("PATCH", event.path, { ...underWay(), consent: { required: true, text: "I agree to the code of conduct" } });

  // Before anything is asked.
  for (const [name, s] of [["screen-empty", HALL], ["screen-empty", OLD_HALL], ["attend-empty", PHONE]]) {
    const page = await browser.at(event.page + (name.startsWith("screen") ? "/screen" : ""), { viewport: s });
    await live(page);
    await shot(page, `${name}-${size(s)}`);
    await close(page);
  }

  // An attendee who has sent three, so that Yours has something to say.
  const me = await browser.at(event.page, { viewport: PHONE });
  const ask = async (text, name) => {
    await me.getByLabel("Your question").fill(text);
    await me.getByLabel(/^Your name/).fill(name);
    await me.getByLabel("I agree").check();
    await me.getByRole("button", { name: "Send to the moderators" }).click();
    await me.getByText("Sent to the moderators").waitFor();
    return event.find(text);
  };
  const mine = await ask("How do we bring along a board that has never posted?", "Asha Patel");
  await fill(event, { fake });
  await event.act(mine, "approve");
  await event.act(await ask("Is YouTube staying blocked for good?", ""), "reject", { reason: "Asked already" });
  await ask("Would the panel publish their own policies?", "Asha Patel");
  await me.locator("body").evaluate(() => scrollTo(0, 0));
  await shot(me, "attend-sent-" + size(PHONE));
  const state = await me.context().storageState();

  for (const s of [PHONE, DESK]) {
    for (const [name, o] of [["attend", {}], ["attend-dark", { colorScheme: "dark" }], ["attend-nojs", { javaScriptEnabled: false }]]) {
      const page = await browser.at(event.page, { viewport: s, storageState: state, ...o });
      if (name !== "attend-nojs") await live(page);
      await shot(page, `${name}-${size(s)}`);
      if (name === "attend") await shot(page, `attend-${s.width}-full`, { fullPage: true });
      await close(page);
    }
  }
  const wrong = await browser.at(event.page, { viewport: PHONE, storageState: state });
  await wrong.getByLabel("I agree").check();
  await wrong.getByRole("button", { name: "Send to the moderators" }).click();
  await wrong.getByRole("heading", { name: "There is a problem" }).waitFor();
  await shot(wrong, "attend-error-390-full", { fullPage: true });
  await close(wrong);

  const receipt = await browser.at(await me.getByRole("link", { name: /private page/ }).first().getAttribute("href").then(h => new URL(h, server.url).href), { viewport: PHONE });
  await shot(receipt, "receipt-" + size(PHONE));
  await close(receipt);
  for (const [name, path] of [["home", "/"], ["not-found", "/e/nowhere"], ["join", new URL(await event.link("moderator", "Front desk")).pathname]]) {
    const page = await browser.at(server.url + path, { viewport: PHONE });
    await shot(page, `${name}-${size(PHONE)}`);
    await close(page);
  }

  // The tablets.
  const front = await event.link("moderator", "Priti Shah"), chair = await event.link("chair", "The chair");
  for (const s of [TABLET, TABLET_UP, PHONE]) {
    const page = await browser.joined(front, { viewport: s });
    await live(page);
    await page.locator("[data-list=inbox] a", { hasText: "07700" }).click();
    await shot(page, `moderate-${size(s)}`);
    if (s !== PHONE) {
      await page.emulateMedia({ colorScheme: "dark" });
      await shot(page, `moderate-dark-${size(s)}`);
      await page.emulateMedia({ colorScheme: "light" });
      await page.context().setOffline(true);
      await page.getByText("You are offline").waitFor();
      await shot(page, `moderate-offline-${size(s)}`);
    }
    await close(page);
  }
  for (const s of [TABLET, TABLET_UP]) {
    const page = await browser.joined(chair, { viewport: s });
    await live(page);
    await shot(page, `chair-${size(s)}`);
    await page.emulateMedia({ colorScheme: "dark" });
    await shot(page, `chair-dark-${size(s)}`);
    await close(page);
  }

  // The projector.
  const screens = async (name, query = "") => {
    for (const s of [HALL, OLD_HALL]) {
      const page = await browser.at(event.page + "/screen" + query, { viewport: s });
      await page.waitForLoadState("networkidle").catch(() => {});
      await shot(page, `${name}-${size(s)}`);
      await close(page);
    }
  };
  await screens("screen");
  await screens("screen-lit", "?theme=light");

  // The README's picture: the screen, with the tablet, the chair's page and a phone beside it.
  const [a, b, c, d] = await Promise.all([browser.at(event.page + "/screen", { viewport: { width: 1280, height: 720 } }), browser.joined(front, { viewport: TABLET }),
    browser.joined(chair, { viewport: TABLET }), browser.at(event.page, { viewport: PHONE, storageState: state })]);
  await Promise.all([a, b, c, d].map(live));
  await b.locator("[data-list=inbox] a", { hasText: "07700" }).click();
  const [room, tablet, lead, phone] = await Promise.all([a, b, c, d].map(async p => "data:image/png;base64," + (await p.screenshot()).toString("base64")));
  const board = await (await browser.chromium.newContext({ viewport: { width: 1280, height: 1080 } })).newPage();
  await board.setContent(`<style>body{margin:0;background:#efeadf;width:1280px;height:1080px;position:relative}img{position:absolute;border-radius:10px;border:1px solid #0003;box-shadow:0 8px 28px #0004}</style>
    <img src="${room}" style="left:36px;top:75px;width:900px"><img src="${phone}" style="right:36px;top:36px;width:270px">
    <img src="${tablet}" style="left:36px;bottom:36px;width:588px"><img src="${lead}" style="right:36px;bottom:36px;width:588px">`);
  await board.waitForTimeout(300);
  await board.screenshot({ path: join(folder, "readme.png") });
  console.log("readme");

  const long = await event.act(await event.send(LONG, "A small team"), "approve");
  await event.stage({ now: long.id });
  await screens("screen-long");
  await event.stage({ now: (await event.act(await event.send("Why?", "Sam"), "approve")).id });
  await screens("screen-short");
  await event.stage({ blank: true });
  await screens("screen-blank");
  if (browser.faults.length) throw new Error(browser.faults.join("\n"));
} finally {
  await browser.close();
  await server.close();
  await fake.close();
}
