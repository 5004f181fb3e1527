// One view of an event, live: the stream, which comes back by itself and goes on where it was, and the board, what its
// messages make of the view. The board is pure. They are one file because every page wants both.
/** @import { Board, Connection, Item, Message } from "../types" */

/** @returns {Board} */
export const empty = () => ({ seq: 0, epoch: "", event: null, stage: null, counts: null, items: new Map(), who: [], screens: [], signals: [] });

/**
 * apply returns the board after a message; the board given stays as it is. A repeated or older word about an item
 * changes nothing.
 * @param {Board} b @param {Message} m @returns {Board}
 */
export function apply(b, m) {
  const n = { ...b, seq: Math.max(b.seq, m.seq) };
  switch (m.type) {
    case "snapshot":
      return { seq: m.seq, epoch: m.epoch, event: m.event, stage: m.stage, counts: m.counts, items: new Map(m.items.map(i => [i.id, i])), who: m.who || [], screens: m.screens || [], signals: m.signals || [] };
    case "item":
      if ((b.items.get(m.item.id)?.rev ?? 0) <= m.item.rev) n.items = new Map(b.items).set(m.item.id, m.item);
      break;
    case "gone":
      if ((b.items.get(m.id)?.rev ?? Infinity) <= m.seq) (n.items = new Map(b.items)).delete(m.id);
      break;
    case "stage":
      if ((b.stage?.rev ?? 0) <= m.stage.rev) n.stage = m.stage;
      break;
    case "tally":
      n.items = new Map(b.items);
      for (const id in m.votes) {
        const i = b.items.get(id);
        if (i) n.items.set(id, { ...i, votes: m.votes[id], support: m.support?.[id] });
      }
      break;
    case "counts": n.counts = m.counts; break;
    case "event": n.event = m.event; break;
    case "presence": n.who = m.who; n.screens = m.screens; break;
    case "signal": n.signals = [...b.signals.filter(s => s.id !== m.signal.id), m.signal].sort((x, y) => order(x.at, y.at));
  }
  return n;
}

/** @param {string} a @param {string} b */
const order = (a, b) => (a < b ? -1 : +(a > b));

/** What the room looks at. @param {Board} b */
export const now = b => b.items.get(b.stage?.now ?? "");

/** What waits, in the people's order: by rank, the one that is lined up first. @param {Board} b @returns {Item[]} */
export const waiting = b => {
  const next = b.stage?.next, current = b.stage?.now;
  return [...b.items.values()].filter(i => (i.state === "approved" || i.id === next) && i.id !== current)
    .sort((x, y) => +(y.id === next) - +(x.id === next) || order(x.rank, y.rank) || order(x.id, y.id));
};

/** queue is what is still to be asked; stories stand beside it. @param {Board} b */
export const queue = b => waiting(b).filter(i => i.kind !== "story");

/** stories is what is told rather than asked. @param {Board} b */
export const stories = b => waiting(b).filter(i => i.kind === "story" && i.state === "approved");

/** answered is what has been answered, the newest first. @param {Board} b @returns {Item[]} */
export const answered = b => [...b.items.values()].filter(i => i.state === "answered").sort((x, y) => y.rev - x.rev);

/**
 * live opens the stream at once, from since on where the page is as of since. message gets each message; state gets
 * each change of the connection and the time of the last sign of life. The rest is for tests.
 * @param {{path: string, since?: number, epoch?: string, message: (m: Message) => void, state: (c: Connection, last: Date) => void,
 *   Socket?: typeof WebSocket, random?: () => number, page?: Window & typeof globalThis, load?: () => Promise<any>}} o
 * @returns {{retry: () => void, send: (m: object) => void, close: () => void}} send reaches the server only while live
 */
export function live({ path, since = 0, epoch = "", message, state, Socket = WebSocket, random = Math.random, page = window, load = () => import("./plain.js") }) {
  /** @type {any} A WebSocket, or what behaves as one. */ let socket;
  /** @type {any} */ let Plain;
  /** Which way: 0 a websocket, 1 server-sent events, 2 long-poll. What got through is remembered while the browser is open. */
  let via = 0, fails = 0, most = 1;
  try { via = +(page.sessionStorage.via || 0); } catch { /* nothing is kept */ }
  /** @type {any} */ let timer;
  let seq = since, tries = 0, opened = 0, hidden = 0, last = new Date(), done = false;
  /** @type {Connection | ""} */ let said = "";

  /** @param {Connection} c */
  const say = c => { if (c !== said) state(said = c, last); };

  const open = () => {
    page.clearTimeout(timer);
    if (done) return;
    const old = socket, url = new URL(path, page.location.href);
    // What it still says is not for us.
    socket = undefined;
    old?.close();
    // What never comes nor fails must not stop us for ever.
    timer = page.setTimeout(() => { if (!socket) return lost(0); fails++; socket.close(); }, 8000);
    if (via && !Plain) return void load().then(m => { Plain = m.Plain; open(); }, () => lost(0));
    if (!via) url.protocol = url.protocol.replace("http", "ws");
    if (epoch) { url.searchParams.set("since", "" + seq); url.searchParams.set("epoch", epoch); }
    const s = socket = via ? new Plain(url, via, page) : new Socket(url);
    s.onopen = () => {
      if (s !== socket) return;
      page.clearTimeout(timer);
      opened = Date.now();
      fails = 0;
      if (!via) most = 5; // it is away rather than barred
      try { page.sessionStorage.via = via; } catch { /* nothing is kept */ }
      say("live");
    };
    s.onmessage = (/** @type {{data: string}} */ e) => {
      if (s !== socket) return;
      const m = /** @type {Message} */ (JSON.parse(e.data));
      seq = m.type === "snapshot" ? m.seq : Math.max(seq, m.seq);
      if (m.type === "snapshot") epoch = m.epoch;
      message(m);
    };
    s.onclose = (/** @type {{code: number}} */ e) => { if (s === socket) lost(e.code); };
  };

  /** @param {number} code */
  const lost = code => {
    socket = undefined;
    page.clearTimeout(timer);
    // There is a websocket again, says plain.js.
    if (code === 4000) { via = opened = 0; return open(); }
    if (said === "live") last = new Date();
    if (code === 1008) { done = true; return say("refused"); }
    // Only a connection that held for a while counts as a success.
    if (opened && Date.now() - opened > 5000) tries = 0;
    // A way that did not open twice may be barred, or it says so itself: then the next one is tried.
    if (code === 4001 || (!opened && page.navigator.onLine !== false && ++fails > most)) if (!(via = (via + 1) % 3)) fails = 0;
    opened = 0;
    say(page.navigator.onLine === false ? "offline" : "reconnecting");
    timer = page.setTimeout(open, Math.min(5000, 300 * 2 ** tries++) * (0.5 + random() / 2));
  };

  const again = () => { tries = 0; open(); };

  page.addEventListener("online", again);
  page.addEventListener("offline", () => { const s = socket; lost(0); s?.close(); });
  page.document.addEventListener("visibilitychange", () => {
    if (page.document.hidden) hidden = Date.now();
    else if (hidden && Date.now() - hidden > 30000) again();
  });
  open();
  return { retry: again, send: m => said === "live" && socket?.send(JSON.stringify(m)), close: () => { done = true; page.clearTimeout(timer); socket?.close(); } };
}
