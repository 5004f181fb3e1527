// The whole program for one browser test: the built binary on a free port and a data folder of its own, a made-up
// Mastodon, and Chromium. Everything started here is ended here, also when the test fails.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../..");
export const out = join(here, "out");

/** How long a page may take to show something, in ms. Far more than it takes: the machine may be busy. */
export const patience = 15_000;

const token = "e2e-organiser-token-" + Math.random().toString(36).slice(2);

/** The binary: OPENFLOOR_BIN, as make says it, or one built now. */
function binary() {
  if (process.env.OPENFLOOR_BIN) return process.env.OPENFLOOR_BIN;
  const bin = join(out, "openfloor");
  execFileSync("go", ["build", "-o", bin, "./cmd/openfloor"], { cwd: root, stdio: "inherit", env: { ...process.env, CGO_ENABLED: "0" } });
  return (process.env.OPENFLOOR_BIN = bin);
}

/** Waits until f returns something true, and returns it. */
export async function until(f, what, ms = patience) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const got = await f();
      if (got) return got;
      last = got;
    } catch (e) { last = e; }
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`, { cause: last });
    await new Promise(r => setTimeout(r, 25));
  }
}

/** Starts a program; lines come to the returned list's waiters. */
function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
  const lines = [], log = [];
  createInterface({ input: child.stdout }).on("line", l => lines.push(l));
  createInterface({ input: child.stderr }).on("line", l => { log.push(l); if (log.length > 2000) log.shift(); });
  const ended = new Promise(r => child.once("exit", (code, signal) => r({ code, signal })));
  const orphan = () => child.kill("SIGKILL");
  process.once("exit", orphan);
  ended.then(() => process.off("exit", orphan));
  return { child, lines, log, ended };
}

/** One Openfloor server. */
export class Server {
  /** @param {{args?: string[], env?: object, hashtag?: string}} [o] */
  constructor(o = {}) {
    this.o = o;
    this.data = mkdtempSync(join(tmpdir(), "openfloor-e2e-"));
    this.port = 0;
    /** What the lines after `ready` say. @type {Record<string, string>} */
    this.links = {};
  }

  async up() {
    const { args = [], env = {}, hashtag } = this.o;
    const p = start(binary(), ["serve", "--addr", "127.0.0.1:" + this.port, "--data", this.data, "--limit-visitor", "0",
      ...(hashtag ? ["--hashtag", hashtag] : []), ...args], { env: { ...process.env, OPENFLOOR_TOKEN: token, ...env } });
    this.process = p;
    const last = hashtag ? "screen " : "organiser ";
    let dead;
    p.ended.then(e => (dead = e));
    await until(() => {
      if (dead) throw new Error(`the server ended with ${JSON.stringify(dead)}:\n${p.log.join("\n")}`);
      return p.lines.some(l => l.startsWith(last));
    }, "the ready line", 20_000).catch(e => { throw dead ? e.cause : e; });
    for (const l of p.lines) {
      const [name, url] = l.split(" ");
      this.links[name] = url;
    }
    this.url = this.links.ready;
    this.port = Number(new URL(this.url).port);
    return this;
  }

  /** kill -9, as a crash does. The port and the data folder stay. */
  async kill() {
    this.process.child.kill("SIGKILL");
    await this.process.ended;
  }

  /** Stops it as an operator does, and returns its exit. */
  async stop() {
    this.process.child.kill("SIGTERM");
    return this.process.ended;
  }

  async close() {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** One call of the API, as the organiser unless told otherwise. */
  async api(method, path, body, { rev, as = token, headers = {} } = {}) {
    const r = await fetch(this.url + "/api/v1" + path, {
      method,
      headers: { ...(as ? { Authorization: "Bearer " + as } : {}), ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(rev === undefined ? {} : { "If-Match": `"${rev}"` }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await r.text();
    return { status: r.status, headers: r.headers, body: text ? JSON.parse(text) : null };
  }

  /** The same, and it has to succeed. */
  async must(method, path, body, o) {
    const r = await this.api(method, path, body, o);
    if (r.status > 299) throw new Error(`${method} ${path}: ${r.status} ${JSON.stringify(r.body)}`);
    return r.body;
  }

  /** Makes an event without sources, and a link of each role. */
  async event(o = {}) {
    const e = await this.must("POST", "/events", { title: "Who’s Leading?", slug: "panel", hashtags: ["SMWWhoLeads"], ...o });
    return new Event(this, e.slug);
  }
}

/** One event of a server, and the short ways to fill it. */
export class Event {
  constructor(server, slug) {
    this.server = server;
    this.slug = slug;
    this.path = "/events/" + slug;
    this.page = server.url + "/e/" + slug;
  }

  /** A join link. */
  async link(role, name) { return (await this.server.must("POST", this.path + "/links", { role, name })).url; }

  /** The item as moderators see it, once it is there. */
  async item(id) {
    return until(async () => {
      const r = await this.server.api("GET", `${this.path}/submissions/${id}`);
      return r.status === 200 && r.body;
    }, "submission " + id);
  }

  /** Sends one thing by the API, waits until moderators have it, and returns it. */
  async send(text, name = "", more = {}) {
    const r = await this.server.must("POST", this.path + "/submissions", { text, name, consent: true, ...more });
    return { ...(await this.item(r.id)), receipt: r.receipt };
  }

  /** Does one action at the newest revision. */
  async act(item, action, body = {}) {
    const now = await this.item(item.id);
    return this.server.must("POST", `${this.path}/submissions/${item.id}/${action}`, body, { rev: now.rev });
  }

  /** Sends and approves. */
  async approved(text, name = "", more = {}) { return this.act(await this.send(text, name, more), "approve"); }

  async stage(wish) { return this.server.must("PUT", this.path + "/stage", wish); }

  /** The one submission with this text, once it is there. */
  async find(text) {
    return until(async () => {
      const r = await this.server.must("GET", `${this.path}/submissions?limit=200`);
      return r.items.find(i => i.text.includes(text));
    }, `a submission that says “${text}”`);
  }
}

/** A made-up Mastodon server: post() publishes a status. */
export const mastodon = () => network("fakemastodon", "/_fake/status");

/** A made-up X: post() publishes a post. */
export const x = () => network("fakex", "/_fake/post");

/** What a server needs to read the made-up X. */
export const X_KEYS = { OPENFLOOR_X_BEARER_TOKEN: "fake-bearer", OPENFLOOR_X_CONSUMER_KEY: "fake-key", OPENFLOOR_X_CONSUMER_SECRET: "fake-secret" };

async function network(name, path) {
  const ready = join(out, name);
  if (!process.env.OPENFLOOR_BIN || !existsSync(ready)) execFileSync("go", ["build", "-o", ready, "./web/e2e/" + name], { cwd: root, stdio: "inherit" });
  const p = start(ready, []);
  const url = await until(() => p.lines[0], name);
  return {
    url,
    async post(what) {
      const r = await fetch(url + path, { method: "POST", body: JSON.stringify(what) });
      if (!r.ok) throw new Error(`post on ${name}: ` + (await r.text()));
      return r.json();
    },
    async close() {
      p.child.stdin.end();
      await p.ended;
    },
  };
}

/** A browser whose every page is watched: what no page may ever do goes into faults. */
export class Browser {
  static async open({ args = [] } = {}) {
    const b = new Browser();
    const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
    b.chromium = await chromium.launch({
      executablePath,
      args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", ...args],
    });
    b.faults = [];
    b.origins = new Set();
    return b;
  }

  /** The origins that pages may talk to. */
  allow(...urls) { for (const u of urls) this.origins.add(new URL(u).origin); }

  /** A context of its own: another person at another device. */
  async person(options = {}) {
    const c = await this.chromium.newContext({ locale: "en-GB", timezoneId: "Europe/London", reducedMotion: "reduce", ...options });
    c.setDefaultTimeout(patience);
    const fault = (page, text) => this.faults.push(`${page.url()}: ${text}`);
    if (options.javaScriptEnabled !== false) await c.addInitScript(() => {
      addEventListener("securitypolicyviolation", e => console.error(`policy violated: ${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
    });
    c.on("page", page => {
      page.on("pageerror", e => fault(page, "script failed: " + (e.stack || e)));
      page.on("dialog", d => { fault(page, "dialog: " + d.message()); d.dismiss().catch(() => {}); });
      page.on("console", m => {
        // A server that is down, or refuses, is told to the page's own script; the browser's line about it is no fault.
        if (m.type() !== "error" && m.type() !== "warning") return;
        if (/Failed to load resource|WebSocket connection to|ERR_CONNECTION|net::ERR|preloaded .* but not used|Cross-Origin-Opener-Policy header has been ignored/.test(m.text())) return;
        fault(page, "console: " + m.text());
      });
      page.on("request", r => {
        const u = new URL(r.url());
        if (/^(data|blob|about):$/.test(u.protocol) || this.origins.has(u.origin)) return;
        fault(page, "asked another origin: " + r.url());
      });
      page.on("websocket", w => {
        if (!this.origins.has(new URL(w.url()).origin.replace("ws", "http"))) fault(page, "websocket to another origin: " + w.url());
      });
    });
    return c;
  }

  /** A page of a new person, at url. */
  async at(url, options = {}) {
    this.allow(url);
    const page = await (await this.person(options)).newPage();
    await page.goto(url);
    return page;
  }

  /** A page of a new person who has used a join link. */
  async joined(link, options = {}) {
    const page = await this.at(link, options);
    await page.getByRole("button", { name: /^Join as/ }).click();
    await page.waitForURL(u => !u.pathname.startsWith("/join/"));
    return page;
  }

  async close() { await this.chromium?.close(); }
}

/**
 * world makes what a test needs and ends it with the test: a server with an event, a browser, and at the end the
 * check that no page did what none may do.
 * @param {import("node:test").TestContext} t
 */
export async function world(t, { server: so = {}, event: eo = {}, browser: bo = {} } = {}) {
  const server = new Server(so);
  const browser = await Browser.open(bo);
  t.after(async () => {
    await browser.close();
    await server.close();
  });
  await server.up();
  browser.allow(server.url);
  const event = so.hashtag ? new Event(server, new URL(server.links.attendee).pathname.split("/").pop()) : await server.event(eo);
  return { server, browser, event };
}

/** Sizes that the pages were designed for. */
export const PHONE = { width: 390, height: 844 }, TABLET = { width: 1180, height: 820 }, TABLET_UP = { width: 820, height: 1180 },
  DESK = { width: 1280, height: 800 }, HALL = { width: 1920, height: 1080 }, OLD_HALL = { width: 1024, height: 768 };
