// The other two ways to the stream, for where websockets do not get through: server-sent events (1) and long-poll (2).
// Each behaves as a WebSocket does. It is loaded only where it is needed.

/** Closed with this, there is a websocket again; with that, the way is barred or holds back what is sent. */
const BETTER = 4000, BARRED = 4001;
/** What a way may take to show that it works, and be silent for, in ms. The server speaks every 20 s, or within 25. */
const FIRST = 8000, SILENT = { 1: 30_000, 2: 40_000 };
/** When to look for a websocket again: after a minute, each time after twice as long, every quarter of an hour. */
const LOOK = 60_000, LOOK_MOST = 900_000;
let look = LOOK;

export class Plain {
  /** @type {(() => void) | null} */ onopen = null;
  /** @type {((e: {data: string}) => void) | null} */ onmessage = null;
  /** @type {((e: {code: number}) => void) | null} */ onclose = null;

  /** @param {URL} url @param {1 | 2} via @param {Window & typeof globalThis} page */
  constructor(url, via, page) {
    this.url = url;
    this.page = page;
    this.over = false;
    this.stop = new AbortController();
    this.silent = SILENT[via];
    this.awake(FIRST);
    this.probing = page.setTimeout(() => this.probe(), look);
    // What ends by itself, or cannot be reached, is a connection lost.
    (via === 1 ? this.events() : this.polls()).then(() => this.close(1006), () => this.close(1006));
  }

  /** @param {number} [code] */
  close(code = 1005) {
    if (this.over) return;
    this.over = true;
    this.stop.abort();
    this.page.clearTimeout(this.timer);
    this.page.clearTimeout(this.probing);
    this.onclose?.({ code });
  }

  /** A sign of life: the next one has to come in time. @param {number} ms */
  awake(ms = this.silent) {
    this.page.clearTimeout(this.timer);
    this.timer = this.page.setTimeout(() => this.close(BARRED), ms);
  }

  /** @param {string} kind @returns {Promise<Response | undefined>} the answer, if it is one of ours */
  async get(kind) {
    const r = await this.page.fetch(this.url, { headers: { Accept: kind }, signal: this.stop.signal, cache: "no-store" });
    if (r.status === 401 || r.status === 403) return void this.close(1008);
    if (r.status >= 500 && r.status !== 501) return void this.close(1006);
    if (!r.ok || !r.headers.get("Content-Type")?.startsWith(kind)) return void this.close(BARRED);
    return r;
  }

  /** Only what has come through says that the way is open: headers may, and the rest be held back. */
  opened() {
    this.onopen?.();
    this.opened = () => {};
  }

  async events() {
    const r = await this.get("text/event-stream");
    if (!r?.body) return;
    const reader = r.body.getReader(), text = new TextDecoder();
    for (let rest = ""; !this.over;) {
      const { done, value } = await reader.read();
      if (done || this.over) return;
      this.opened();
      this.awake();
      const lines = (rest + text.decode(value, { stream: true })).split("\n");
      rest = lines.pop() || "";
      for (const l of lines) if (l.startsWith("data: ") && !this.over) this.onmessage?.({ data: l.slice(6) });
    }
  }

  async polls() {
    const q = this.url.searchParams;
    // No place of a poll yet: what may have been missed on another way is wanted at once.
    for (q.set("at", "0"); !this.over;) {
      const begun = Date.now(), r = await this.get("application/json");
      if (!r) return;
      /** @type {import("../types").Message[]} */
      const list = await r.json();
      if (this.over) return;
      q.set("at", r.headers.get("Openfloor-At") || "");
      this.opened();
      this.awake();
      for (const m of list) {
        if (m.type === "snapshot") { q.set("epoch", m.epoch); q.set("since", "" + m.seq); }
        q.set("since", "" + Math.max(m.seq, +(q.get("since") || 0)));
        this.onmessage?.({ data: JSON.stringify(m) });
        if (this.over) return;
      }
      // An empty answer comes after a while, unless the server is about to stop.
      if (!list.length && Date.now() - begun < 1000) await new Promise(done => this.page.setTimeout(done, 1000 + 1000 * Math.random()));
    }
  }

  /** Look whether a websocket gets through now, beside what goes on. */
  probe() {
    const url = new URL(this.url), s = url.searchParams;
    for (const name of ["since", "epoch", "at"]) s.delete(name); // then there is something to say in any case
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new this.page.WebSocket(url);
    /** @param {boolean} through */
    const end = through => {
      this.page.clearTimeout(late);
      socket.onmessage = socket.onclose = null;
      socket.close();
      if (through) { look = LOOK; return this.close(BETTER); }
      look = Math.min(LOOK_MOST, 2 * look);
      if (!this.over) this.probing = this.page.setTimeout(() => this.probe(), look);
    };
    const late = this.page.setTimeout(() => end(false), FIRST);
    socket.onmessage = () => end(true);
    socket.onclose = () => end(false);
  }

  /** The one thing that is ever said this way. @param {string} text */
  send(text) {
    const { seq } = JSON.parse(text);
    this.page.fetch(new URL(this.url.pathname + "/shown", this.url), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ seq }) }).catch(() => { /* it is said again */ });
  }
}
