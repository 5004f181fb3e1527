// The live stream of one view: a websocket that comes back by itself and goes on where it was.
/** @import { Connection, Message } from "../types" */

/**
 * live opens the stream at once. message gets each message; state gets each change of the connection and the time of
 * the last sign of life. The rest is for tests.
 * @param {{path: string, message: (m: Message) => void, state: (c: Connection, last: Date) => void,
 *   Socket?: typeof WebSocket, random?: () => number, page?: Window & typeof globalThis}} o
 * @returns {{retry: () => void, close: () => void}}
 */
export function live({ path, message, state, Socket = WebSocket, random = Math.random, page = window }) {
  /** @type {WebSocket | undefined} */ let socket;
  /** @type {any} */ let timer;
  let seq = 0, epoch = "", tries = 0, opened = 0, hidden = 0, last = new Date(), done = false;
  /** @type {Connection | ""} */ let said = "";

  /** @param {Connection} c */
  const say = c => { if (c !== said) state(said = c, last); };

  const open = () => {
    page.clearTimeout(timer);
    if (done) return;
    const url = new URL(path, page.location.href);
    url.protocol = url.protocol.replace("http", "ws");
    if (epoch) { url.searchParams.set("since", "" + seq); url.searchParams.set("epoch", epoch); }
    const s = socket = new Socket(url);
    // A socket that never opens nor fails must not stop us for ever.
    timer = page.setTimeout(() => s.close(), 8000);
    s.onopen = () => { if (s === socket) { page.clearTimeout(timer); opened = Date.now(); say("live"); } };
    s.onmessage = e => {
      if (s !== socket) return;
      const m = /** @type {Message} */ (JSON.parse(e.data));
      seq = m.type === "snapshot" ? m.seq : Math.max(seq, m.seq);
      if (m.type === "snapshot") epoch = m.epoch;
      message(m);
    };
    s.onclose = e => { if (s === socket) lost(e.code); };
  };

  /** @param {number} code */
  const lost = code => {
    socket = undefined;
    page.clearTimeout(timer);
    if (said === "live") last = new Date();
    if (code === 1008) { done = true; return say("refused"); }
    // Only a connection that held for a while counts as a success.
    if (opened && Date.now() - opened > 5000) tries = 0;
    opened = 0;
    say(page.navigator.onLine === false ? "offline" : "reconnecting");
    timer = page.setTimeout(open, Math.min(5000, 300 * 2 ** tries++) * (0.5 + random() / 2));
  };

  const again = () => {
    const s = socket;
    socket = undefined; // what it still says is not for us
    s?.close();
    tries = 0;
    open();
  };

  page.addEventListener("online", again);
  page.addEventListener("offline", () => { const s = socket; lost(0); s?.close(); });
  page.document.addEventListener("visibilitychange", () => {
    if (page.document.hidden) hidden = Date.now();
    else if (hidden && Date.now() - hidden > 30000) again();
  });
  open();
  return { retry: again, close: () => { done = true; page.clearTimeout(timer); socket?.close(); } };
}
