// How long from the tap on "Approve" at the tablet to the text on the screen (under "Up next") and in the attendee's
// queue, from "To screen" to the text in the middle of it, and from a post on X's stream to its row on the tablet; in real
// browser pages, up to the frame that shows it. All clocks are this machine's. ROUNDS=30 by default. (TestPostToTablet of
// cmd/openfloor/app times the same way from each network to a tablet's websocket.)
import { HALL, PHONE, Browser, Event, Server, TABLET, X_KEYS, x } from "./harness.mjs";

const rounds = Number(process.env.ROUNDS || 30);
const server = new Server(), browser = await Browser.open(), net = await x();
const listening = new Server({ hashtag: "Tablet", env: X_KEYS, args: ["--allow-private-sources", "--source", "x=" + net.url] });
try {
  await server.up();
  const event = await server.event();
  const fixed = await event.approved("What is on the screen in between?", "Bench");
  await event.stage({ now: fixed.id });
  const [moderator, screen, attendee] = await Promise.all([
    browser.joined(await event.link("moderator", "Bench"), { viewport: TABLET }),
    browser.at(event.page + "/screen", { viewport: HALL }),
    browser.at(event.page, { viewport: PHONE }),
  ]);
  for (const p of [moderator, screen, attendee]) await p.getByText("Live", { exact: true }).first().waitFor();

  /** The time, in ms since 1970, of the frame after text came into an element of the page. */
  const shown = (page, selector, text) => page.evaluate(([selector, text]) => new Promise(done => {
    const there = () => [...document.querySelectorAll(selector)].some(e => e.textContent.includes(text) && e.getClientRects().length);
    const look = () => { if (!there()) return false; o.disconnect(); requestAnimationFrame(() => setTimeout(() => done(performance.timeOrigin + performance.now()))); return true; };
    const o = new MutationObserver(look);
    if (!look()) o.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
  }), [selector, text]);
  /** Presses a button of the tablet, and returns when that was. */
  const tap = name => moderator.evaluate(name => {
    const at = performance.timeOrigin + performance.now();
    /** @type {HTMLElement} */ (document.querySelector(`[data-act="${name}"]`)).click();
    return at;
  }, name);

  const next = [], queue = [], stage = [];
  for (let i = 0; i < rounds + 3; i++) {
    const text = `Round ${i}: from the tap to the text, how long does it take?`;
    await event.send(text, "Bench");
    const row = moderator.locator("[data-list=inbox] a", { hasText: text });
    await row.click();
    const seen = shown(attendee, "[data-list=queue] [data-f=text]", text);
    const up = shown(screen, "[data-list=next] [data-f=text]", text);
    const tapped = await tap("approve");
    const q = (await seen) - tapped, u = (await up) - tapped;
    await moderator.locator('[data-tab="approved"]').click();
    await row.click();
    const put = shown(screen, "[data-now] [data-f=text]", text);
    const at = await tap("screen");
    const s = (await put) - at;
    await moderator.locator('[data-tab="pending"]').click();
    await event.act({ id: (await event.find(text)).id }, "answer"); // so that the queue stays short
    await event.stage({ now: fixed.id });
    if (i >= 3) { next.push(u); queue.push(q); stage.push(s); } // the first few warm up
  }
  await listening.up();
  browser.allow(listening.url);
  const desk = await browser.joined(await new Event(listening, "tablet").link("moderator", "Bench"), { viewport: TABLET });
  await desk.getByText("Live", { exact: true }).first().waitFor();
  const arrived = [];
  for (let i = 0; i < rounds + 3; i++) {
    const text = `Post ${i}: how long until the desk has it?`;
    const there = shown(desk, "[data-list=inbox]", text);
    const said = performance.timeOrigin + performance.now();
    await net.post({ text: text + " #Tablet", name: "Bench", username: "bench" + i });
    const took = (await there) - said;
    if (i >= 3) arrived.push(took); // the first may come by search, before the stream is open
  }

  const line = (what, list) => {
    list.sort((a, b) => a - b);
    const at = f => list[Math.min(list.length - 1, Math.floor(f * list.length))].toFixed(1);
    console.log(`${what}: median ${at(0.5)} ms, p90 ${at(0.9)} ms, ${list[0].toFixed(1)} to ${list.at(-1).toFixed(1)} ms, ${list.length} rounds`);
  };
  line("approve on the tablet to the text on the screen, up next", next);
  line("approve on the tablet to the text on the attendee's page", queue);
  line("to screen on the tablet to the text on the screen", stage);
  line("a post on X, by its stream, to its row on the tablet", arrived);
  if (browser.faults.length) throw new Error(browser.faults.join("\n"));
} finally {
  await browser.close();
  await server.close();
  if (listening.process) await listening.close();
  await net.close();
}
