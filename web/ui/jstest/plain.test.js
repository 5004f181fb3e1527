import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Plain } from "../static/js/lib/plain.js";

const settle = async () => { for (let i = 0; i < 5; i++) await new Promise(r => setImmediate(r)); };

/** A page whose network is in the test's hands: each request waits until the test answers it. */
function world(via, Way = Plain) {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const requests = [], sockets = [], said = [], messages = [];
  class WebSocket {
    constructor(url) { this.url = String(url); sockets.push(this); }
    close() { this.closed = true; }
  }
  const page = {
    WebSocket, setTimeout: (...a) => setTimeout(...a), clearTimeout: t => clearTimeout(t),
    fetch: (url, o) => new Promise((answer, fail) => {
      o.signal?.addEventListener("abort", () => fail(new Error("aborted")));
      requests.push({ url: String(url), ...o, answer, fail });
    }),
  };
  const url = new URL("https://ask.example/api/v1/events/s/live?view=public&since=41&epoch=e0"), p = new Way(url, via, page);
  p.onopen = () => said.push("open");
  p.onclose = e => said.push(e.code);
  p.onmessage = e => messages.push(JSON.parse(e.data).seq);
  return { p, requests, sockets, messages, last: () => requests.at(-1), words: () => said.join(" "), end: () => { p.close(); mock.timers.reset(); } };
}

/** A stream of events that the test writes to. */
function events(status = 200, type = "text/event-stream") {
  let control;
  const body = new ReadableStream({ start(c) { control = c; } }), bytes = new TextEncoder();
  return { response: new Response(body, { status, headers: { "Content-Type": type } }), write: s => control.enqueue(typeof s === "string" ? bytes.encode(s) : s), end: () => control.close() };
}
const json = (list, at) => new Response(JSON.stringify(list), { headers: { "Content-Type": "application/json", ...(at ? { "Openfloor-At": at } : {}) } });

test("events come through however they are cut, and the first byte opens", async () => {
  const w = world(1), e = events();
  assert.equal(w.last().headers.Accept, "text/event-stream");
  w.last().answer(e.response);
  await settle();
  assert.equal(w.words(), "", "an answer's head may pass where its body is held back");
  e.write(":    \nretry: 1500\n\n");
  await settle();
  assert.equal(w.words(), "open");
  const bytes = new TextEncoder().encode('id: 42\ndata: {"seq":42,"text":"é😀"}\n\nid: 43\ndata: {"seq":43}\n\n:\n\n');
  for (const b of bytes) e.write(Uint8Array.of(b));
  await settle();
  assert.deepEqual(w.messages, [42, 43]);
  e.end();
  await settle();
  assert.equal(w.words(), "open 1006");
  w.end();
});

test("a way that shows nothing within 8 s is barred, and so is one that falls silent", async () => {
  let w = world(1);
  w.last().answer(events().response);
  await settle();
  mock.timers.tick(7999);
  assert.equal(w.words(), "");
  mock.timers.tick(1);
  assert.equal(w.words(), "4001");
  w.end();

  w = world(1);
  const e = events();
  w.last().answer(e.response);
  for (let i = 0; i < 3; i++) {
    e.write(":\n\n");
    await settle();
    mock.timers.tick(20_000);
  }
  assert.equal(w.words(), "open");
  mock.timers.tick(10_000);
  assert.equal(w.words(), "open 4001");
  w.end();
});

for (const via of [1, 2]) {
  const right = via === 1 ? "text/event-stream" : "application/json";
  for (const [name, status, type, code] of [
    ["nobody who may", 401, "application/problem+json", 1008], ["no right", 403, "application/problem+json", 1008],
    ["a server that restarts", 503, "application/problem+json", 1006], ["a proxy without a server", 502, "text/html", 1006],
    ["another's page", 200, "text/html", 4001], ["nothing of the kind", 404, right, 4001],
  ]) {
    test(`way ${via}: ${name}, ${status}, closes with ${code}`, async () => {
      const w = world(via);
      w.last().answer(new Response("x", { status, headers: { "Content-Type": type } }));
      await settle();
      assert.equal(w.words(), "" + code);
      w.end();
    });
  }
  test(`way ${via}: a network that is away closes with 1006, once`, async () => {
    const w = world(via);
    w.last().fail(new Error("no network"));
    await settle();
    mock.timers.tick(100_000);
    assert.equal(w.words(), "1006");
    assert.equal(w.requests.length, 1);
    w.end();
  });
}

test("polls follow each other, each from where the last one ended", async () => {
  const w = world(2);
  assert.match(w.last().url, /since=41&epoch=e0&at=0$/);
  w.last().answer(json([{ type: "item", seq: 42 }, { type: "counts", seq: 42 }], "P.7"));
  await settle();
  assert.equal(w.words(), "open");
  assert.match(w.last().url, /since=42&epoch=e0&at=P.7$/);
  mock.timers.tick(25_000);
  w.last().answer(json([], "P.7"));
  await settle();
  assert.match(w.last().url, /since=42&epoch=e0&at=P.7$/);
  w.last().answer(json([{ type: "snapshot", seq: 9, epoch: "e1" }, { type: "item", seq: 10 }], "P.9"));
  await settle();
  assert.match(w.last().url, /since=10&epoch=e1&at=P.9$/);
  w.last().answer(json([{ type: "item", seq: 11 }])); // something on the way dropped the header
  await settle();
  assert.match(w.last().url, /since=11&epoch=e1&at=$/);
  assert.deepEqual(w.messages, [42, 42, 9, 10, 11]);
  assert.equal(w.requests.length, 5);
  w.end();
  await settle();
  assert.equal(w.requests.length, 5, "closed, it asks no more");
});

test("an empty answer at once is not asked for again at once", async () => {
  const w = world(2);
  w.last().answer(json([], "P.7"));
  await settle();
  assert.equal(w.requests.length, 1);
  mock.timers.tick(2000);
  await settle();
  assert.equal(w.requests.length, 2);
  w.end();
});

test("it looks for a websocket beside what goes on, ever less often, and ends once there is one", async () => {
  const { Plain: Fresh } = await import("../static/js/lib/plain.js?fresh"); // which has not looked yet
  const w = world(2, Fresh);
  /** Time passes, in which every poll is answered in time. */
  const pass = async ms => {
    for (let t = 0; t < ms; t += 10_000) {
      mock.timers.tick(Math.min(10_000, ms - t));
      w.last().answer(json([], "P.7"));
      await settle();
    }
  };
  w.last().answer(json([{ type: "counts", seq: 41 }], "P.7"));
  await settle();
  await pass(60_000 - 1);
  assert.equal(w.sockets.length, 0);
  await pass(1);
  assert.equal(w.sockets[0].url, "wss://ask.example/api/v1/events/s/live?view=public");
  w.sockets[0].onclose();
  for (const wait of [120_000, 240_000, 480_000, 900_000, 900_000]) {
    const n = w.sockets.length;
    await pass(wait - 1);
    assert.equal(w.sockets.length, n, `no look before ${wait / 1000} s`);
    await pass(1);
    assert.equal(w.sockets.length, n + 1, `another look after ${wait / 1000} s`);
    if (n < 3) w.sockets[n].onclose(); else await pass(8000); // one that neither opens nor fails
    assert.ok(w.sockets[n].closed);
  }
  assert.equal(w.words(), "open");
  await pass(900_000);
  w.sockets.at(-1).onmessage();
  assert.equal(w.words(), "open 4000");
  w.end();
});

test("what a screen says is posted", async () => {
  const w = world(1);
  w.p.send('{"type":"shown","seq":42}');
  const { url, method, headers, body } = w.last();
  assert.deepEqual([url, method, headers["Content-Type"], body], ["https://ask.example/api/v1/events/s/live/shown", "POST", "application/json", '{"seq":42}']);
  w.last().fail(new Error("no network"));
  await settle();
  assert.equal(w.words(), "");
  w.end();
});
