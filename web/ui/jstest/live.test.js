import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { live } from "../static/js/lib/live.js";

/** A page with a clock, a network and sockets in the test's hands. */
function world(more = {}) {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const sockets = [], states = [], messages = [], ears = {};
  class Socket {
    constructor(url) { this.url = url; this.closed = false; sockets.push(this); }
    close() { this.closed = true; this.onclose?.({ code: 1005 }); }
    open() { this.onopen(); }
    send(text) { (this.sent ||= []).push(text); }
    say(m) { this.onmessage({ data: JSON.stringify(m) }); }
    drop(code = 1006) { this.onclose({ code }); }
  }
  class Plain extends Socket {
    constructor(url, via) { super(url); this.via = via; }
  }
  const sessionStorage = more.kept || {};
  const load = more.load || (async () => ({ Plain }));
  const document = { hidden: false, addEventListener: (n, f) => { ears[n] = f; } };
  const page = { sessionStorage, location: { href: "https://ask.example/e/s" }, navigator: { onLine: true }, document, setTimeout: (...a) => setTimeout(...a), clearTimeout: t => clearTimeout(t), addEventListener: (n, f) => { ears[n] = f; } };
  const stream = live({ path: "/api/v1/events/s/live?view=public", message: m => messages.push(m), state: (c, last) => states.push([c, last.getTime()]), Socket, random: () => 1, page, load, ...more });
  return { kept: sessionStorage, sockets, states, messages, ears, page, document, stream, last: () => sockets.at(-1), words: () => states.map(s => s[0]).join(" "), end: () => mock.timers.reset() };
}
const snapshot = (seq, epoch = "e1") => ({ type: "snapshot", seq, epoch, items: [] });

test("it opens at once, without a since, on the page's own host", () => {
  const w = world();
  assert.equal(String(w.last().url), "wss://ask.example/api/v1/events/s/live?view=public");
  w.last().open();
  w.last().say(snapshot(7));
  assert.equal(w.words(), "live");
  assert.equal(w.messages.length, 1);
  w.end();
});

test("it goes on from where the page is, and keeps that until it hears more", () => {
  const w = world({ since: 41, epoch: "e0" });
  assert.match(String(w.last().url), /&since=41&epoch=e0$/);
  w.last().open();
  w.last().drop();
  mock.timers.tick(300);
  assert.match(String(w.last().url), /&since=41&epoch=e0$/);
  w.last().open();
  w.last().say(snapshot(7)); // the server could not go on from there
  w.last().drop();
  mock.timers.tick(5000);
  assert.match(String(w.last().url), /&since=7&epoch=e1$/);
  w.end();
});

test("it comes back with what it has last seen, and says since when it was away", () => {
  const w = world();
  w.last().open();
  w.last().say(snapshot(7));
  w.last().say({ type: "item", seq: 9, item: {} });
  w.last().say({ type: "counts", seq: 8, counts: {} });
  mock.timers.tick(6000);
  w.last().drop();
  assert.deepEqual(w.states.at(-1), ["reconnecting", 1_006_000]);
  mock.timers.tick(299);
  assert.equal(w.sockets.length, 1);
  mock.timers.tick(1);
  assert.equal(String(w.last().url), "wss://ask.example/api/v1/events/s/live?view=public&since=9&epoch=e1");
  w.last().open();
  assert.equal(w.words(), "live reconnecting live");
  w.end();
});

test("a snapshot of another store sets the numbers back", () => {
  const w = world();
  w.last().open();
  w.last().say(snapshot(700));
  w.last().say(snapshot(3, "e2"));
  w.last().drop();
  mock.timers.tick(5000);
  assert.match(String(w.last().url), /since=3&epoch=e2$/);
  w.end();
});

test("it waits longer from time to time, at most 5 s, and only a connection that held resets that", () => {
  const w = world();
  const waits = [];
  for (let n = 0; n < 7; n++) {
    const before = Date.now(), count = w.sockets.length;
    w.last().open(); // accepted and dropped at once is no success
    w.last().drop();
    while (w.sockets.length === count) mock.timers.tick(50);
    waits.push(Date.now() - before);
  }
  assert.deepEqual(waits, [300, 600, 1200, 2400, 4800, 5000, 5000]);
  w.last().open();
  mock.timers.tick(5001);
  const before = Date.now();
  w.last().drop();
  const count = w.sockets.length;
  while (w.sockets.length === count) mock.timers.tick(50);
  assert.equal(Date.now() - before, 300);
  w.end();
});

/** Lets promises that are settled go on. */
const settle = () => new Promise(r => setImmediate(r));

test("a socket that never opens is given up, and the next way tried, from where the page is", async () => {
  const w = world({ since: 41, epoch: "e0" });
  mock.timers.tick(8000);
  assert.ok(w.sockets[0].closed);
  mock.timers.tick(300);
  await settle();
  assert.equal(w.sockets.length, 2);
  assert.equal(w.last().via, 1);
  assert.equal(String(w.last().url), "https://ask.example/api/v1/events/s/live?view=public&since=41&epoch=e0");
  assert.equal(w.words(), "reconnecting");
  w.last().open();
  w.last().say({ type: "item", seq: 44, item: {} });
  assert.equal(w.words(), "reconnecting live");
  assert.equal(w.kept.via, 1);
  w.last().drop(4001); // it turns out to hold back what is sent
  mock.timers.tick(5000);
  await settle();
  assert.equal(w.last().via, 2);
  assert.match(String(w.last().url), /since=44&epoch=e0$/);
  w.end();
});

/** The ways that are tried while nothing answers, and after how long. */
async function round(w, n) {
  const ways = [];
  for (let i = 0; i < n; i++) {
    ways.push(w.last().via || 0);
    w.last().drop();
    mock.timers.tick(5000);
    await settle();
  }
  return ways.join("");
}

test("while nothing answers all ways are tried in turn, and a websocket twice as often", async () => {
  const w = world();
  assert.equal(await round(w, 9), "001200120");
  w.end();
});

test("a websocket that worked before is believed to come back", async () => {
  const w = world();
  w.last().open();
  mock.timers.tick(6000);
  w.last().drop();
  mock.timers.tick(5000);
  assert.equal(await round(w, 10), "0000001200");
  w.end();
});

test("what got through is remembered while the browser is open, and a websocket taken when there is one again", async () => {
  const kept = { via: "2" }, w = world({ kept });
  await settle();
  assert.equal(w.last().via, 2);
  w.last().open();
  w.last().say(snapshot(7));
  w.last().drop(4000);
  assert.equal(String(w.last().url), "wss://ask.example/api/v1/events/s/live?view=public&since=7&epoch=e1");
  w.last().open();
  assert.equal(kept.via, 0);
  assert.equal(w.words(), "live", "nobody is told of a change that is none");
  w.end();
});

test("where the other ways cannot be loaded, the websocket is tried again", async () => {
  let asked = 0;
  const w = world({ load: async () => { asked++; throw new Error("the server is away"); } });
  w.last().drop();
  mock.timers.tick(300);
  w.last().drop();
  for (let i = 0; i < 3; i++) { mock.timers.tick(5000); await settle(); }
  assert.equal(asked, 2);
  assert.equal(w.sockets.length, 3);
  assert.match(String(w.last().url), /^wss:/);
  w.end();
});

test("one of them that is never loaded is not waited for for ever", async () => {
  const w = world({ load: () => new Promise(() => {}) });
  w.last().drop();
  mock.timers.tick(300);
  w.last().drop();
  for (let i = 0; i < 5; i++) { mock.timers.tick(8000); await settle(); }
  assert.equal(w.sockets.length, 3);
  w.end();
});

test("a browser that keeps nothing is no hindrance", () => {
  const w = world({ kept: new Proxy({}, { get() { throw new Error("denied"); }, set() { throw new Error("denied"); } }) });
  w.last().open();
  assert.equal(w.words(), "live");
  w.end();
});

test("a right that is lost is not asked for again", () => {
  const w = world();
  w.last().open();
  w.last().drop(1008);
  mock.timers.tick(60000);
  assert.equal(w.sockets.length, 1);
  assert.equal(w.words(), "live refused");
  w.end();
});

test("the browser's word that it is offline counts, and its return is tried at once", () => {
  const w = world();
  w.last().open();
  w.page.navigator.onLine = false;
  w.ears.offline();
  assert.equal(w.words(), "live offline");
  w.page.navigator.onLine = true;
  const n = w.sockets.length;
  w.ears.online();
  assert.equal(w.sockets.length, n + 1);
  w.last().open();
  assert.equal(w.words(), "live offline live");
  w.end();
});

test("a tab that was hidden for long asks again, and the socket it had has no more to say", () => {
  const w = world();
  w.last().open();
  w.last().say(snapshot(7));
  const old = w.last();
  w.document.hidden = true;
  w.ears.visibilitychange();
  mock.timers.tick(31000);
  w.document.hidden = false;
  w.ears.visibilitychange();
  assert.equal(w.sockets.length, 2);
  assert.ok(old.closed);
  old.say({ type: "item", seq: 99, item: {} });
  assert.equal(w.messages.length, 1);
  assert.equal(w.words(), "live", "nobody is told of a change that is none");
  w.end();
});

test("what is sent goes out while it is live, and nowhere else", () => {
  const w = world();
  w.stream.send({ type: "shown", seq: 1 });
  w.last().open();
  w.stream.send({ type: "shown", seq: 2 });
  w.last().drop();
  w.stream.send({ type: "shown", seq: 3 });
  assert.deepEqual(w.sockets.flatMap(s => s.sent || []), ['{"type":"shown","seq":2}']);
  w.end();
});

test("close ends it", () => {
  const w = world();
  w.last().open();
  w.stream.close();
  mock.timers.tick(60000);
  assert.equal(w.sockets.length, 1);
  w.end();
});
