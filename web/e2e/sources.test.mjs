// The organiser's page of sources: how each is doing, in words, brought up to date by itself; nobody else sees it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { findings } from "./axe.mjs";
import { DESK, mastodon, out, PHONE, until, world } from "./harness.mjs";

test("how each source is doing", async t => {
  const network = await mastodon();
  t.after(() => network.close());
  const { server, browser, event } = await world(t, { server: { args: ["--allow-private-sources"] } });
  await server.must("PUT", event.path + "/sources/mastodon", { server: network.url });
  await server.must("PUT", event.path + "/sources/x", { server: network.url, budget: { posts: 60 } });
  const page = await browser.joined(await event.link("organiser", "Asha Patel"), { viewport: DESK, bypassCSP: true });

  await page.goto(server.url);
  await page.getByRole("link", { name: "Sources" }).click();
  await page.getByRole("heading", { name: "Sources right now" }).waitFor();
  const row = name => page.getByRole("row", { name });
  await t.test("what is refused says what to do", async () => {
    await row(/^X /).getByText("Refused, needs you").waitFor({ timeout: 20_000 });
    await row(/^X /).getByText(/needs credentials/).waitFor();
    await row(/^X /).getByText("0 of 60 posts read").waitFor();
    await row(/^X /).getByRole("link", { name: "Account on X" }).waitFor();
  });
  await t.test("a post shows without a reload", async () => {
    await row(/^Mastodon/).getByText("Working").waitFor({ timeout: 20_000 });
    await network.post({ text: "Is it counted? #SMWWhoLeads", name: "Ana", acct: "ana" });
    await row(/^Mastodon/).getByText(/^\d\d:\d\d$/).waitFor({ timeout: 20_000 });
    await until(async () => (await row(/^Mastodon/).innerText()).includes("\t1\t"), "the count");
  });
  await t.test("axe has nothing to say, and it fits a phone", async () => {
    for (const size of [DESK, PHONE]) {
      await page.setViewportSize(size);
      assert.deepEqual(await findings(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it scrolls sideways");
      await page.screenshot({ path: join(out, `sources-${size.width}.png`) });
    }
  });
  await t.test("without JavaScript it is complete, and moderators do not see it", async () => {
    const plain = await browser.joined(await event.link("organiser", "Asha Patel"), { javaScriptEnabled: false });
    await plain.goto(`${server.url}/organise/${event.slug}/sources`);
    await plain.getByText("Refused, needs you").waitFor();
    const moderator = await browser.joined(await event.link("moderator", "Callum"));
    assert.equal((await moderator.goto(`${server.url}/organise/${event.slug}/sources`)).status(), 403);
  });
  assert.deepEqual(browser.faults, []);
});
