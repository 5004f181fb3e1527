// The attendee's first load on the wire: every answer that the browser was sent, headers included, with ten questions
// in the queue. 14,336 bytes are what TCP's first round trip carries (RFC 6928: ten segments); a phone on a bad line
// waits for no more. What the stream says once the page is there is printed beside it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ANSWERED, NOW, QUEUE } from "./content.mjs";
import { PHONE, until, world } from "./harness.mjs";

const MOST = 14_336;

test("the attendee's first load is below 14,336 bytes", async t => {
  const { browser, event } = await world(t);
  for (const [text, name] of [...QUEUE, ...ANSWERED]) await event.approved(text, name);
  await event.stage({ now: (await event.approved(...NOW)).id });

  const context = await browser.person({ viewport: PHONE });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Network.enable");
  const got = new Map(), of = id => got.get(id) || got.set(id, { url: "", bytes: 0 }).get(id);
  cdp.on("Network.requestWillBeSent", e => (of(e.requestId).url = e.request.url));
  cdp.on("Network.requestServedFromCache", e => (of(e.requestId).cached = true));
  cdp.on("Network.loadingFinished", e => (of(e.requestId).bytes = e.encodedDataLength));
  cdp.on("Network.webSocketCreated", e => (of(e.requestId).url = e.url));
  cdp.on("Network.webSocketHandshakeResponseReceived", e => (of(e.requestId).bytes += (e.response.headersText || "").length));
  cdp.on("Network.webSocketFrameReceived", e => {
    const n = Buffer.byteLength(e.response.payloadData);
    of(e.requestId).bytes += n + (n < 126 ? 2 : n < 65536 ? 4 : 10);
  });
  await page.goto(event.page);
  await page.getByText("Live", { exact: true }).waitFor();
  await page.waitForLoadState("networkidle");
  // What the browser takes from its cache again is there twice, and was sent once.
  const sent = () => [...got.values()].filter((g, i, list) => g.url && !g.cached && (g.bytes || !list.some(o => o !== g && o.url === g.url)));
  const left = () => sent().filter(g => !g.bytes).map(g => g.url);
  await until(() => !left().length, "every answer", 5_000).catch(() => assert.fail("not counted: " + left()));
  assert.equal(await page.locator("[data-list=queue] > li").count(), 10);

  const all = sent();
  const sum = list => list.reduce((n, g) => n + g.bytes, 0), stream = all.filter(g => g.url.startsWith("ws"));
  for (const g of all) t.diagnostic(`${String(g.bytes).padStart(6)} ${new URL(g.url).pathname}`);
  const load = sum(all) - sum(stream);
  t.diagnostic(`${load} bytes in all, ${MOST} at most; then ${sum(stream)} by the stream`);
  assert.ok(all.length >= 5 && all.every(g => g.bytes > 0), "something was not counted");
  assert.ok(load < MOST, `${load} bytes`);
  assert.deepEqual(browser.faults, []);
});
