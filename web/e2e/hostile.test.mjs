// What people send is text: whatever it looks like, on every page, however it came.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DESK, HALL, mastodon, PHONE, TABLET, until, world } from "./harness.mjs";

/** After what browsers have been tricked with (OWASP, PortSwigger and HTML5 Security cheat sheets), shortened. */
const PAYLOADS = [
  "<script>alert(1)</script>", "</textarea><script>alert(1)</script>", "</title><svg onload=alert(1)>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
  "<svg><animate onbegin=alert(1) attributeName=x dur=1s>", "<iframe srcdoc='<script>parent.alert(1)</script>'>", "<iframe src=https://evil.example/>",
  "<a href=javascript:alert(1)>click</a>", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "<object data=//evil.example/x>", "<embed src=//evil.example/x>",
  "<link rel=stylesheet href=//evil.example/x.css>", "<style>@import url(//evil.example/x.css);</style>", "<base href=//evil.example/>", "<meta http-equiv=refresh content='0;url=//evil.example'>",
  "<form action=//evil.example><button>Win", "<input autofocus onfocus=alert(1)>", "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)>", "<body onload=alert(1)>",
  "\" onmouseover=\"alert(1)", "' onfocus='alert(1)' autofocus='", "`${alert(1)}`", "{{constructor.constructor('alert(1)')()}}", "{{.Event}} {{template \"page\" .}}", "${7*7} #{7*7} <%= 7*7 %>",
  "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;img src=x onerror=alert(1)&#62;", "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e", "]]><script>alert(1)</script>", "--><script>alert(1)</script><!--",
  "</script><script>alert(1)</script>", "<math><mtext></p><style><img src=x onerror=alert(1)>", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<template><script>alert(1)</script></template>",
  "<x-y onclick=alert(1)>a", "<div style='background:url(//evil.example/x.png)'>", "<img src=//evil.example/pixel.gif>", "__proto__", "constructor", "null", "[object Object]",
  "\u202Egnihsinif ton \u202D", "A\u200B\u200C\u200Dzero", "Z\u0335\u0321\u0300\u0301\u0302\u0303\u0304\u0305\u0306a\u0335\u0321\u0300\u0301\u0302l\u0335\u0321\u0300\u0301go", "\uFEFFbom", "=cmd|' /C calc'!A0",
];

test("what people send is text on every page", { timeout: 150_000 }, async t => {
  const fake = await mastodon();
  t.after(() => fake.close());
  const { server, browser, event } = await world(t, { server: { hashtag: "hostile", args: ["--title", "<b>Title</b> & \"quotes\" '<script>alert(1)</script>", "--source", "mastodon=" + fake.url, "--allow-private-sources"] } });
  const slug = "hostile", path = "/events/" + slug;

  // Half by the network, as markup and as text, with the payload as the name too; half by the form.
  await Promise.all(PAYLOADS.filter((_, i) => i % 2).map((p, i) => fake.post({
    name: p, acct: "mallory" + i, tags: ["hostile"], text: `N${i}N ${p} #hostile`,
    ...(i % 2 ? { html: `<p>N${i}N <a href="javascript:alert(1)" onclick="alert(1)" class="hashtag">#hostile</a> ${p}</p><script>alert(1)</script>` } : {}),
  })));
  const sent = [];
  for (const p of PAYLOADS.filter((_, i) => i % 2 === 0)) sent.push(await event.send(`${p} by form`, p));
  let all = [];
  await until(async () => (all = (await server.must("GET", path + "/submissions?limit=200")).items).length === PAYLOADS.length, "all of them")
    .catch(() => assert.fail(`${all.length} of ${PAYLOADS.length} arrived: ${JSON.stringify(all.map(i => i.text))}`));
  for (const i of all) await event.act(i, "approve");

  const attendee = await browser.at(event.page, { viewport: PHONE });
  const pages = {
    attendee,
    "attendee without a script": await browser.at(event.page, { viewport: DESK, javaScriptEnabled: false }),
    moderator: await browser.joined(await event.link("moderator", "<img src=x onerror=alert(1)>"), { viewport: TABLET }),
    chair: await browser.joined(await event.link("chair", "\"><script>alert(1)</script>"), { viewport: TABLET }),
    screen: await browser.at(event.page + "/screen", { viewport: HALL }),
    home: await browser.at(server.url + "/", { viewport: DESK }),
    "join page": await browser.at(await event.link("moderator", "</title><script>alert(1)</script>"), { viewport: PHONE }),
  };
  await pages.moderator.getByRole("link", { name: /^Approved/ }).click();

  /** The elements of a page that only a payload would have made. */
  const foreign = page => page.evaluate(() => {
    const found = [...document.querySelectorAll("iframe, object, embed, base, video, audio, math, style, marquee, animate, x-y, b b, form[action*=evil], a[href^='javascript' i], [style]")];
    for (const e of document.querySelectorAll("*")) for (const a of e.attributes) if (/^on/i.test(a.name)) found.push(e);
    for (const e of document.querySelectorAll("script")) if (!e.src && e.type !== "application/json") found.push(e);
    for (const e of document.querySelectorAll("img")) if (!e.src.includes("/assets/")) found.push(e);
    return found.map(e => e.outerHTML.slice(0, 200));
  });
  const clean = async (what, page) => assert.deepEqual(await foreign(page), [], what);

  await t.test("the first look at every page", async () => {
    for (const [what, page] of Object.entries(pages)) await clean(what, page);
    await attendee.getByText("<script>alert(1)</script> by form").first().waitFor({ state: "attached" });
    assert.match(await attendee.title(), /<b>Title<\/b> & "quotes"/);
  });

  await t.test("each one on the screen in turn", async () => {
    for (const i of all) {
      const stage = await event.stage({ now: i.id });
      assert.equal(stage.now, i.id);
      await pages.screen.waitForFunction(id => [...document.querySelectorAll("[data-now] [data-f=text]")].some(e => e.textContent.startsWith(id)), i.text.replace(/(?:\s+#\S+)+\s*$/, "").slice(0, 40));
    }
    await clean("screen", pages.screen);
    await clean("chair", pages.chair);
    await clean("attendee", attendee);
  });

  await t.test("each one in a moderator's hand", async () => {
    await pages.moderator.getByRole("link", { name: /^Approved/ }).focus();
    for (let n = 0; n < all.length; n++) await pages.moderator.keyboard.press("j");
    await clean("moderator", pages.moderator);
  });

  await t.test("receipts", async () => {
    for (const i of sent.slice(0, 8)) {
      const p = await browser.at(i.receipt, { viewport: PHONE });
      await clean("receipt", p);
      await p.context().close();
    }
  });

  await t.test("what comes back with an error", async () => {
    const page = await browser.at(event.page, { viewport: PHONE, javaScriptEnabled: false });
    await page.getByLabel("Your question").fill("</textarea><script>alert(1)</script>".repeat(20));
    await page.getByLabel(/^Your name/).fill("\"><img src=x onerror=alert(1)>");
    await page.getByRole("button", { name: "Send to the moderators" }).click();
    await page.getByRole("heading", { name: "There is a problem" }).waitFor();
    await clean("error", page);
    assert.match(await page.getByLabel("Your question").inputValue(), /^<\/textarea><script>/);
    for (const p of ["/e/<script>alert(1)</script>", "/r/\"><svg onload=alert(1)>", "/join/'-alert(1)-'", "/problems/<img src=x onerror=alert(1)>", `/e/${slug}/screen?theme="><script>alert(1)</script>&scale=<svg onload=alert(1)>`, `/e/${slug}?sent=<script>alert(1)</script>`]) {
      await page.goto(server.url + encodeURI(p));
      await clean(p, page);
    }
  });

  assert.ok(!server.process.log.some(l => l.includes("alert(1)")), "a payload is in the log");
  assert.deepEqual(browser.faults, []);
});
