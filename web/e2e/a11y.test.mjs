// Every page in every state it can be in: axe has nothing to say, light or dark, at the sizes people use; nothing
// scrolls sideways at 320 px; and what a screen reader is given is what the golden file says.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { findings } from "./axe.mjs";
import { fill, LONG, underWay } from "./content.mjs";
import { Browser, DESK, HALL, here, OLD_HALL, PHONE, Server, TABLET, TABLET_UP, until } from "./harness.mjs";

const every = [PHONE, TABLET_UP, TABLET, DESK, HALL, OLD_HALL];
const renew = process.env.UPDATE_GOLDEN === "1";

/** What a screen reader is given, without what differs from run to run. */
async function tree(page) {
  return (await page.locator("body").ariaSnapshot())
    .replaceAll(/127\.0\.0\.1:\d+/g, "HOST")
    .replaceAll(/[a-z2-7]{26}-[\w-]{22}/g, "TOKEN")
    .replaceAll(/[a-z2-7]{26}/g, "ID")
    .replaceAll(/\b\d+ of \d+ minutes gone/g, "N of N minutes gone").replaceAll(/\b(about )?\d+ min( each| left)?\b/g, "N min$2")
    .replaceAll(/- text: (now|N min)$/gm, "- text: AGE")
    .replaceAll(/\b\d\d:\d\d\b/g, "HH:MM").replaceAll(/\b\d+:\d\d\b/g, "M:SS")
    .replaceAll(/(HH:MM.*?)(?: Pending| You have this)+$/gm, "$1").replaceAll(/(Nobody has waited a|Oldest has waited N) min(ute)?\. \d+ arriving each minute/g, "N arriving each minute") // a claim ends by itself
    .replaceAll(/\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day \d+ \w+/g, "DAY").replaceAll("to DAY, HH:MM", "to HH:MM") // over midnight
    .replaceAll(/progressbar("[^"]*")?: .*/g, "progressbar$1") + "\n";
}

/** What comes a moment later (a history, the first message) is waited for: what counts is where the page ends. */
async function golden(name, page) {
  const path = join(here, "golden", name + ".txt");
  if (renew) {
    let before = "", now = await tree(page);
    while (before !== now) {
      await page.waitForTimeout(1000);
      [before, now] = [now, await tree(page)];
    }
    mkdirSync(join(here, "golden"), { recursive: true });
    writeFileSync(path, now);
    return;
  }
  let got;
  await until(async () => (got = await tree(page)) === readFileSync(path, "utf8"), name, 5_000).catch(() => {});
  assert.equal(got, readFileSync(path, "utf8"), `the accessibility tree of ${name} is another one; if that is meant, make golden`);
}

describe("accessibility", () => {
  const server = new Server();
  let browser, full, empty;
  before(async () => {
    browser = await Browser.open();
    await server.up();
    browser.allow(server.url);
    full = await server.event({ title: "Who’s Leading?", slug: "full", ...underWay(), consent: { required: true, text: "I agree to the code of conduct" } });
    await fill(full);
    empty = await server.event({ title: "Nothing yet", slug: "empty" });
  });
  after(async () => {
    await browser?.close();
    await server.close();
  });

  /** One state of one page: at each size, light and dark; then at 320 px; and its tree at the first size. */
  const state = (name, make, { sizes = [PHONE, DESK], narrow = true, schemes = ["light", "dark"] } = {}) => test(name, { timeout: 60_000 }, async () => {
    let page = await make(sizes[0]);
    await page.evaluate(() => document.fonts.ready);
    await golden(name.replaceAll(/\W+/g, "-"), page);
    if (name.endsWith("without a script")) {
      // axe is a script: it looks at the same page with ours kept away.
      const as = await page.context().storageState(), url = page.url(), context = await browser.person({ storageState: as, viewport: sizes[0] });
      await page.context().close();
      await context.route("**/*.js", r => r.abort());
      page = await context.newPage();
      await page.goto(url);
    }
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const size of sizes) {
        await page.setViewportSize(size);
        assert.deepEqual(await findings(page), [], `${colorScheme}, ${size.width} x ${size.height}`);
      }
    }
    if (narrow) {
      await page.setViewportSize({ width: 320, height: 640 });
      const wide = await page.evaluate(() => [document.documentElement.scrollWidth, [...document.querySelectorAll("body *")]
        .filter(e => e.getBoundingClientRect().right > 321 && getComputedStyle(e).position !== "absolute").map(e => e.tagName + "." + e.className).slice(0, 5)]);
      assert.ok(wide[0] <= 320, `scrolls sideways at 320 px: ${wide[0]} px wide, by ${wide[1]}`);
    }
    await page.context().close();
    assert.deepEqual(browser.faults.splice(0), []);
  });

  const open = (url, o) => size => browser.at(url(), { viewport: size, ...o });
  const joined = (role, event) => async size => browser.joined(await event().link(role, role === "chair" ? "The chair" : "Priti Shah"), { viewport: size });
  const then = (make, act) => async size => { const page = await make(size); await act(page); return page; };
  const live = page => page.getByText("Live", { exact: true }).first().waitFor();
  const plain = { javaScriptEnabled: false };

  const attendee = open(() => full.page), attendeeEmpty = open(() => empty.page);
  const say = async (page, text) => {
    await page.getByLabel("Your question").fill(text);
    if (await page.getByLabel("I agree").count()) await page.getByLabel("I agree").check();
    await page.getByRole("button", { name: "Send to the moderators" }).click();
  };
  state("attend full", then(attendee, live), { sizes: every });
  state("attend empty", then(attendeeEmpty, live));
  state("attend without a script", open(() => full.page, plain));
  state("attend error", then(attendee, async p => {
    await p.getByLabel("I agree").check();
    await p.getByRole("button", { name: "Send to the moderators" }).click();
    await p.getByRole("heading", { name: "There is a problem" }).waitFor();
  }));
  state("attend sent", then(attendeeEmpty, async p => {
    await live(p);
    await say(p, "Sent, to see what that looks like");
    await p.getByRole("heading", { name: "Sent to the moderators" }).waitFor();
  }));
  state("attend offline", then(attendee, async p => {
    await live(p);
    await p.getByLabel("Your question").fill("Not sent");
    await p.getByText("You have 492 characters left").waitFor(); // the form's help has come
    await p.context().setOffline(true);
    await p.getByText("Offline", { exact: true }).waitFor();
    await p.getByLabel("I agree").check();
    await p.getByRole("button", { name: "Send to the moderators" }).click();
    await p.getByText("Your words are still here").waitFor();
  }));
  state("attend closed", then(open(() => server.url + "/e/closed"), live));
  state("attend not open yet", then(open(() => server.url + "/e/draft"), live));
  before(async () => {
    const closed = await server.event({ title: "It is over", slug: "closed" });
    await closed.act(await closed.approved("Asked in time", "Ana B."), "answer");
    await server.must("POST", "/events/closed/close", {});
    await server.event({ title: "Not yet", slug: "draft", opens_at: new Date(Date.now() + 864e5).toISOString() });
  });

  const receipt = make => async size => {
    const { receipt } = await make();
    return browser.at(receipt, { viewport: size });
  };
  state("receipt waiting", receipt(() => empty.send("What became of it?", "Ana B.")));
  state("receipt not used", receipt(async () => { const i = await empty.send("Not used?", "Ana B."); await empty.act(i, "reject", { reason: "Off topic" }); return i; }));
  state("receipt taken back", then(receipt(() => empty.send("To be taken back", "Ana B.")), async p => {
    await p.getByText("Take it back", { exact: true }).click();
    await p.getByRole("button", { name: "Take it back for good" }).click();
    await p.getByText("Taken back").waitFor();
  }));
  state("home", open(() => server.url + "/"));
  state("join", async size => browser.at(await full.link("moderator", "Front desk"), { viewport: size }));
  state("not found", open(() => server.url + "/e/nowhere"));

  const screen = open(() => full.page + "/screen"), halls = { sizes: [HALL, OLD_HALL], narrow: false };
  state("screen", then(screen, live), { sizes: [HALL, ...every], narrow: false });
  state("screen light", then(open(() => full.page + "/screen?theme=light"), live), halls);
  state("screen before anything is asked", then(open(() => empty.page + "/screen"), live), halls);
  state("screen without a script", open(() => full.page + "/screen", plain), { ...halls, schemes: ["dark"] });
  state("screen offline", then(screen, async p => { await live(p); await p.context().setOffline(true); await p.getByText(/^Reconnecting/).waitFor(); }), halls);

  const tablets = { sizes: [TABLET, TABLET_UP, PHONE] };
  const moderate = then(joined("moderator", () => full), async p => { await live(p); await p.locator("[data-list=inbox] a").first().waitFor(); });
  const row = (p, text) => p.locator("[data-list=inbox] a", { hasText: text }).click();
  state("moderate full", moderate, { sizes: [TABLET, ...every] });
  state("moderate flagged", then(moderate, p => row(p, "07700 900142")), tablets);
  state("moderate empty", then(joined("moderator", () => server.quiet), live), tablets);
  state("moderate rejected", then(moderate, async p => { await p.getByRole("link", { name: /^Rejected/ }).click(); await row(p, "Buy followers"); }), tablets);
  state("moderate approved", then(moderate, async p => { await p.getByRole("link", { name: /^Approved/ }).click(); await row(p, "Can small councils"); }), tablets);
  state("moderate decided", then(moderate, async p => {
    await row(p, "Who is it for?");
    await p.getByRole("button", { name: /^Reject/ }).click();
    await p.locator("[data-toast]").getByRole("button", { name: "Unkind" }).waitFor();
    await p.locator("[data-toast]").hover(); // it stays while somebody looks at it
  }), tablets);
  state("moderate settings", then(moderate, p => p.getByRole("button", { name: "Settings" }).click()), tablets);
  state("moderate keys", then(moderate, p => p.getByRole("button", { name: "all keys" }).click()), tablets);
  state("moderate offline", then(moderate, async p => { await p.getByText("Sent by web form").waitFor(); await p.context().setOffline(true); await p.getByText("You are offline").waitFor(); }), tablets);
  state("moderate without a script", async size => browser.joined(await full.link("moderator", "Priti Shah"), { viewport: size, ...plain }), tablets);
  before(async () => { server.quiet = await server.event({ title: "All quiet", slug: "quiet" }); });

  const chair = then(joined("chair", () => full), live);
  state("chair full", chair, { sizes: [TABLET, ...every] });
  state("chair empty", then(joined("chair", () => server.quiet), live), tablets);
  state("chair settings", then(chair, p => p.getByRole("button", { name: "Settings" }).click()), tablets);
  state("chair offline", then(chair, async p => {
    await p.context().setOffline(true);
    await p.getByText("Offline", { exact: true }).waitFor();
    await p.getByRole("button", { name: /^Finish/ }).click();
    await p.getByText(/^Not sent yet/).first().waitFor();
  }), tablets);
  state("chair without a script", async size => browser.joined(await full.link("chair", "The chair"), { viewport: size, ...plain }), tablets);

  // These change what everybody sees, so they come last.
  state("screen with a long question", then(async size => {
    await full.stage({ now: (await full.approved(LONG, "A small team")).id });
    return screen(size);
  }, live), halls);
  state("chair with a long question", chair, tablets);
  state("screen blank", then(async size => { await full.stage({ blank: true }); return screen(size); }, p => p.locator("body.stage--blank").waitFor()), halls);
  state("chair while the screen is blank", chair, tablets);
});
