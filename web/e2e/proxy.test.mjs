// A proxy in front that lets no websocket through, and one that holds back what is streamed besides: nginx, which does
// both as it comes. The pages find another way by themselves, each within its time, and miss nothing when it is cut.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { HALL, PHONE, TABLET, until, world } from "./harness.mjs";

/** A port that nobody listens on. */
const port = () => new Promise((done, fail) => {
  const s = createServer().on("error", fail).listen(0, "127.0.0.1", () => { const { port } = s.address(); s.close(() => done(port)); });
});

/** nginx in front of a server. The location is as its documentation begins, with more. */
class Proxy {
  constructor(server, more = "") { Object.assign(this, { server, more, dir: mkdtempSync(join(tmpdir(), "openfloor-nginx-")) }); }

  async up() {
    this.port ||= await port();
    this.url = "http://127.0.0.1:" + this.port;
    const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(n => `${n}_temp_path ${this.dir}/${n};`).join(" ");
    const config = join(this.dir, "nginx.conf");
    writeFileSync(config, `daemon off; master_process off; pid ${this.dir}/pid; error_log stderr error;
      events { worker_connections 256; }
      http { access_log off; ${temp}
        server { listen 127.0.0.1:${this.port};
          location / { proxy_pass ${this.server.url}; proxy_set_header Host $http_host; ${this.more} } } }`);
    const bin = ["/usr/sbin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx"].find(existsSync) || "nginx";
    this.child = spawn(bin, ["-p", this.dir, "-e", "stderr", "-c", config], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "", dead = false;
    this.child.stderr.on("data", d => (said += d));
    this.ended = new Promise(r => this.child.once("exit", () => { dead = true; r(); }));
    await until(async () => {
      if (dead) throw new Error("nginx ended: " + said);
      return (await fetch(this.url + "/healthz")).ok;
    }, "nginx");
    return this;
  }

  async down() {
    this.child?.kill("SIGKILL");
    await this.ended;
  }

  async close() {
    await this.down();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A world behind nginx: an attendee, a screen that joined and a moderator, all by way of it. */
async function behind(t, more) {
  const w = await world(t), { server, browser, event } = w;
  const proxy = new Proxy(server, more);
  t.after(() => proxy.close());
  await proxy.up();
  const through = url => url.replace(server.url, proxy.url);
  const first = await event.approved("Asked before anybody looked", "Ana B.");
  await event.stage({ now: first.id });
  const opened = Date.now();
  const [attendee, screen, moderator] = await Promise.all([
    browser.at(through(event.page), { viewport: PHONE }),
    browser.joined(through(await event.link("screen", "Main hall")), { viewport: HALL }),
    browser.joined(through(await event.link("moderator", "Front desk")), { viewport: TABLET }),
  ]);
  const pages = [attendee, screen, moderator];
  const live = () => Promise.all(pages.map(p => p.getByText("Live", { exact: true }).first().waitFor({ timeout: 30_000 })));
  return { ...w, proxy, attendee, screen, moderator, pages, live, opened, via: () => Promise.all(pages.map(p => p.evaluate(() => sessionStorage.via))) };
}

const queue = page => page.getByRole("region", { name: "Queue" });
const now = page => page.locator("[data-now]");

/** What is approved, staged and taken down is shown at once, and the screen says so. Returns how long that took at most. */
async function works({ server, event, attendee, screen, moderator }, n) {
  let most = 0;
  const within = async (what, ...shown) => {
    const begun = Date.now();
    const r = await what();
    await Promise.all(shown.map(f => f()));
    most = Math.max(most, Date.now() - begun);
    return r;
  };
  const text = `Question ${n}, all the way through`;
  const item = await event.send(text, "Cal D.");
  await moderator.locator("[data-list=inbox] a", { hasText: text }).waitFor();
  await within(() => event.act(item, "approve"), () => queue(attendee).getByText(text).waitFor());
  await within(() => event.stage({ now: item.id }), () => now(screen).getByText(text).waitFor(), () => now(attendee).getByText(text).waitFor());
  const recalled = await within(() => event.act(item, "hold"), () => now(screen).getByText(text).waitFor({ state: "hidden" }),
    () => attendee.getByText(text).first().waitFor({ state: "detached" }));
  await until(async () => (await server.must("GET", event.path + "/screens"))[0]?.shown >= recalled.rev, "the screen's word that it is gone");
  return most;
}

test("behind a proxy without websockets: by server-sent events", async t => {
  const w = await behind(t, "");
  await w.live();
  t.diagnostic(`live after ${Date.now() - w.opened} ms`);
  assert.deepEqual(await w.via(), ["1", "1", "1"]);
  t.diagnostic(`shown within ${await works(w, 1)} ms`);

  // The next page begins with what got through.
  let sockets = 0;
  w.attendee.on("websocket", () => sockets++);
  await w.attendee.reload();
  await w.attendee.getByText("Live", { exact: true }).first().waitFor();
  assert.equal(sockets, 0, "a websocket was tried again");

  // Cut, and back: nothing missed, nothing doubled.
  await w.proxy.down();
  await w.attendee.getByText("Reconnecting", { exact: true }).waitFor();
  const missed = await w.event.approved("Approved while the line was cut", "Eva F.");
  await w.event.stage({ now: missed.id });
  await w.proxy.up();
  await Promise.all([w.attendee, w.screen].map(p => now(p).getByText("Approved while the line was cut").waitFor({ timeout: 30_000 })));
  assert.equal(await w.attendee.getByText("Approved while the line was cut").count(), 1);
  await works(w, 2);
  assert.deepEqual(w.browser.faults, []);
});

test("behind one that holds back what is streamed: by long-poll", async t => {
  const w = await behind(t, "proxy_ignore_headers X-Accel-Buffering; proxy_buffer_size 64k; proxy_buffers 16 64k; proxy_busy_buffers_size 128k;");
  await w.live();
  t.diagnostic(`live after ${Date.now() - w.opened} ms, 8,000 of them for a way that shows nothing`);
  assert.deepEqual(await w.via(), ["2", "2", "2"]);
  t.diagnostic(`shown within ${await works(w, 1)} ms`);

  // The server behind it is restarted.
  await w.server.stop();
  await w.attendee.getByText("Reconnecting", { exact: true }).waitFor({ timeout: 30_000 });
  await w.server.up();
  const after = await w.event.approved("Approved after the restart", "Eva F.");
  await w.event.stage({ now: after.id });
  await Promise.all([w.attendee, w.screen].map(p => now(p).getByText("Approved after the restart").waitFor({ timeout: 60_000 })));
  await w.live();
  await works(w, 2);
  assert.deepEqual(w.browser.faults, []);
});
