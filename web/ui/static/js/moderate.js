// The moderators' tablet: the lists, the item in hand, the room. What is pure about it is in lib/desk.js.
/** @import { Decision, Item, Past } from "./types" */
/** @import { Tab } from "./lib/desk.js" */
import { call, Problem } from "./lib/api.js";
import { age, ahead, brief, did, first, FLAG, marked, may, Outbox, past, STATE, tab, tabOf, TABS } from "./lib/desk.js";
import { $, by, clock, clone, field, fill, list, put } from "./lib/dom.js";
import { apply, empty, live, now, queue } from "./lib/live.js";
import { forPage, settings } from "./lib/settings.js";
import { characters } from "./lib/size.js";

const body = document.body, slug = body.dataset.moderate || "", api = "/api/v1/events/" + slug, time = clock(body.dataset.zone || "UTC");
const set = settings("moderate"), outbox = new Outbox(localStorage, "openfloor-outbox-" + slug);
const pane = $("[data-item]"), scroll = $("[data-scroll]"), toast = $("[data-toast]"), acts = $("[data-acts]");
/** @type {string[]} */
const reasons = JSON.parse($("[data-reasons]").textContent || "[]");

/** The server's word, and the same with what is on its way. */
let board = empty(), desk = board;
/** @type {Tab} */ let open = "pending";
/** The id in hand; firm: somebody chose it, so nothing may move. */
let hand = "", firm = false, started = false;
/** What the list shows; what came since waits in the tray. @type {Set<string>} */
let shown = new Set();
/** @type {{undo: (() => Promise<void>) | null, timer: any}} */
const last = { undo: null, timer: 0 };
/** @type {Map<string, number>} */ const known = new Map();
let offline = false, sentBack = 0;
/** Decisions that nobody heard the first time. */
const unheard = new Set(outbox.list.map(d => d.at));

/* drawing */

function draw() {
  desk = ahead(board, outbox.list);
  const rows = visible();
  if (!rows.some(i => i.id === hand)) { hand = rows[0]?.id || ""; firm = false; }
  drawTabs();
  drawRows(rows);
  drawItem();
  drawRoom();
  drawConnection();
}

/** The open list without what waits in the tray. @returns {Item[]} */
function visible() {
  const all = tab(desk, open);
  const wait = started && (open === "pending" || open === "held") && (scroll.scrollTop > 8 || firm) && all.some(i => shown.has(i.id));
  const rows = wait ? all.filter(i => shown.has(i.id)) : all;
  shown = new Set(rows.map(i => i.id));
  const late = all.length - rows.length, tray = $("[data-tray]");
  tray.hidden = !late;
  put($("button", tray), late === 1 ? "1 new question. Show it" : late + " new questions. Show them");
  return rows;
}

function drawTabs() {
  for (const t of TABS) {
    for (const n of document.querySelectorAll(`[data-n="${t}"]`)) put(n, tab(desk, t).length);
    const a = $(`[data-tab="${t}"]`);
    if (t === open) a.setAttribute("aria-current", "page"); else a.removeAttribute("aria-current");
  }
  document.title = document.title.replace(/^(\(\d+\) )?/, tab(desk, "pending").length ? `(${tab(desk, "pending").length}) ` : "");
}

/** @type {Record<Tab, [string, string]>} */
const NOTHING = {
  pending: ["Nothing waiting", "New questions show here as they come in."], held: ["Nothing held", "What you hold stays here until somebody decides."],
  approved: ["Nothing approved yet", "What you approve shows here, in the order it will be asked."], rejected: ["Nothing rejected", "What is rejected stays here, and can be put back."],
};

/** @param {Item[]} rows */
function drawRows(rows) {
  list($("[data-list=inbox]"), rows, "t-row", (e, i) => {
    fill(e, i);
    e.classList.toggle("row--on", i.id === hand);
    const a = $("a", e);
    if (i.id === hand) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current");
    put(field(e, "age"), age(Date.now() - Date.parse(i.received_at || i.posted_at)));
    const meta = field(e, "meta"), tags = tagsOf(i), key = JSON.stringify(tags);
    if (meta.dataset.tags === key) return;
    meta.dataset.tags = key;
    for (const t of meta.querySelectorAll(".tag")) t.remove();
    for (const [word, icon, tone] of tags) {
      const t = clone("t-tag");
      t.classList.add("tag--" + tone);
      $("use", t).setAttribute("href", "#i-" + icon);
      put(field(t, "word"), word);
      meta.append(" ", t);
    }
  });
  $("[data-empty=inbox]").hidden = rows.length > 0;
  put($('[data-f="empty"]'), NOTHING[open][0]);
  put($('[data-f="hint"]'), started ? NOTHING[open][1] : "Loading…");
}

/** @param {Item} i @returns {[string, string, string][]} */
function tagsOf(i) {
  /** @type {[string, string, string][]} */
  const tags = [];
  if (i.state === "live") tags.push(["On screen", "screen", "lamp"]);
  if (i.state === "answered") tags.push(["Answered", "check", "go"]);
  if (i.state === "rejected" && i.reason) tags.push([i.reason, "cross", "stop"]);
  if (outbox.list.some(d => d.id === i.id)) tags.push(["Not sent yet", "clock", "wait"]);
  for (const f of i.flags || []) {
    const [word, , icon, tone] = FLAG[f.kind] || [f.kind, "", "warn", "wait"];
    if (!tags.some(t => t[0] === word)) tags.push([word, icon, tone]);
  }
  if (i.kind === "story") tags.push(["Story", "quote", "off"]);
  return tags;
}

const item = () => desk.items.get(hand);
let drawnItem = "";

function drawItem() {
  const i = item();
  $("[data-none]").hidden = !!i;
  acts.hidden = !i;
  for (const e of [$(".item__head", pane), $(".item__body", pane)]) e.hidden = !i;
  if (!i) { drawnItem = ""; return; }
  for (const b of acts.querySelectorAll("[data-act]")) {
    const button = /** @type {HTMLButtonElement} */ (b), action = button.dataset.act || "";
    button.hidden = !may(i.state, action);
    // What the room sees is not decided from a tablet that may be behind.
    const off = offline && (action === "screen" || action === "return" || action === "answer");
    button.toggleAttribute("disabled", off);
    button.title = off ? "Not while offline: the room may have moved on" : "";
  }
  for (const row of acts.querySelectorAll(".acts__row")) /** @type {HTMLElement} */ (row).hidden = !row.querySelector("[data-act]:not([hidden])");
  const key = i.id + i.rev + i.state;
  if (key === drawnItem) return;
  if (!drawnItem.startsWith(i.id)) { $("[data-conflict]", pane).hidden = true; $(".item__body", pane).scrollTop = 0; }
  drawnItem = key;
  fill(pane, i);
  const q = field(pane, "text"), spans = (i.flags || []).map(f => f.span);
  if (spans.length) {
    q.replaceChildren(...marked(i.text, spans).map(p => {
      if (!p.mark) return document.createTextNode(p.text);
      const m = document.createElement("mark");
      m.textContent = p.text;
      return m;
    }));
  }
  put(field(pane, "at"), ", " + time(i.posted_at));
  const [word, tone] = STATE[i.state] || [i.state, "off"], tag = field(pane, "state");
  put(tag, word);
  tag.className = "tag item__state tag--" + tone;
  list($("[data-list=flags]"), (i.flags || []).map((f, n) => ({ ...f, id: n + f.kind })), "t-flag", (e, f) => {
    const [, words, icon, t] = FLAG[f.kind] || [f.kind, f.kind + ":", "warn", "wait"];
    e.className = "flagbox" + (t === "info" ? " flagbox--info" : "");
    $("use", e).setAttribute("href", "#i-" + icon);
    put(field(e, "kind"), words);
    put(field(e, "detail"), f.detail);
  });
  const n = characters(i.text).length;
  $("[data-long]").hidden = n <= 280;
  put(field(pane, "long"), `Too long for the back row: ${n} characters`);
  const why = field(pane, "reason");
  why.hidden = !i.reason;
  put(why, i.reason ? "Its sender reads: Not used: " + i.reason : "");
  if (i.state !== "rejected") why.hidden = true;
  history(i);
}

/** @param {Item} i */
async function history(i) {
  const box = $("[data-list=history]");
  if (box.dataset.of !== i.id) box.replaceChildren();
  box.dataset.of = i.id;
  try {
    const got = await call("GET", `${api}/submissions/${i.id}/history?limit=200`);
    if (hand !== i.id) return;
    /** @type {(Past & {id: string})[]} */
    const all = got.items.map((/** @type {Past} */ p) => ({ ...p, id: "" + p.rev }));
    list(box, all, "t-history", (e, p) => {
      put(field(e, "at"), time(p.at));
      field(e, "at").setAttribute("datetime", p.at);
      put(field(e, "what"), past(p));
    });
  } catch { /* the item itself is what matters */ }
}

function drawRoom() {
  const s = board.stage, n = now(board), box = $("[data-now]"), q = queue(desk);
  put(field(box, "label"), s?.blank ? "Screen is blank" : "Now");
  if (n) fill(box, n, n.text); else put(field(box, "text"), "Nothing on the screen");
  field(box, "who").hidden = !n;
  if (n) put(field($(".src", box), "src"), by(n) + ", " + field($(".src", box), "src").textContent?.toLowerCase());
  list($("[data-list=queue]"), q, "t-queue", (e, i) => fill(e, i, q.indexOf(i) + 1 + ". " + i.text));
  put($('[data-n="queue"]'), q.length);
  $("[data-empty=queue]").hidden = q.length > 0;
  const off = /** @type {HTMLButtonElement} */ ($("[data-stage=off]")), blank = /** @type {HTMLButtonElement} */ ($("[data-stage=blank]"));
  off.disabled = !n || offline;
  blank.disabled = !s || offline;
  blank.setAttribute("aria-pressed", String(!!s?.blank));
  put($("span", blank), s?.blank ? "Show screen" : "Blank screen");
  list($("[data-people]"), people(), "t-person", (e, p) => {
    put(field(e, "initials"), p.name.split(/\s+/).map(w => [...w][0]).slice(0, 2).join("").toUpperCase());
    put(field(e, "name"), p.name + (p.me ? ", you" : ""));
    const face = $(".avatar", e);
    face.title = p.name + (p.me ? " (you)" : "");
    face.classList.toggle("avatar--me", p.me);
  });
  tick();
}

const people = () => {
  const me = body.dataset.me || "You", names = board.who.filter(w => w.role !== "chair" && w.role !== "screen").map(w => w.name);
  return [me, ...new Set(names.filter(n => n && n !== me))].slice(0, 5).map(name => ({ id: name, name, me: name === me }));
};

function tick() {
  put($("[data-clock]"), time(new Date()));
  const s = board.stage, box = field($("[data-now]"), "since");
  if (!s?.now || !s.since) return put(box, "");
  const sec = Math.max(0, Math.floor((Date.now() - Date.parse(s.since)) / 1000));
  put(box, offline ? "as at " + time(lost) : `on screen ${Math.floor(sec / 60)}:${String(sec % 60).padStart(2, "0")}`);
}

/* deciding */

/** @param {string} id @param {boolean} [focus] */
function choose(id, focus) {
  hand = id;
  firm = true;
  shown.add(id); // what is in hand does not wait in the tray
  draw();
  document.querySelector(".row--on")?.scrollIntoView({ block: "nearest" });
  if (focus) $("#item-h").focus({ preventScroll: innerWidth >= 700 });
}

/** On to the next, before the server has said anything. @param {string} id */
function moveOn(id) {
  const rows = [...$("[data-list=inbox]").children].map(e => /** @type {HTMLElement} */ (e).dataset.id || ""), n = rows.indexOf(id);
  const next = rows[n + 1] || rows[n - 1] || "";
  if (next && next !== id) choose(next, true);
  else { hand = ""; firm = false; draw(); (item() ? $("#item-h") : $("[data-none]")).focus(); }
}

/** @param {string} action @param {Item | undefined} i @param {string} [reason] */
function decide(action, i, reason = "") {
  if (!i || !may(i.state, action)) return;
  /** @type {Decision} */
  const d = { id: i.id, rev: i.rev, from: i.state, action, reason, at: new Date().toISOString(), text: i.text };
  outbox.add(d);
  const stays = open === "approved" && tabOf(/** @type {any} */ ({ return: "approved", answer: "answered" })[action]) === "approved";
  if (stays) draw(); else moveOn(i.id);
  say(`${offline ? "Saved here: " + did(action).toLowerCase() : did(action)} “${brief(i.text)}”`, () => takeBack(d), action === "reject" && !reason ? d : undefined);
  send();
}

/** @param {Decision & {late?: boolean}} d late: its reason came after it @returns {Promise<void>} */
async function takeBack(d) {
  const unsent = () => outbox.drop(d) && (draw(), say(`Undone: “${brief(d.text)}”`, null), true);
  if (unsent()) return;
  await outbox.going; // it is on its way: what became of it is what is undone
  if (unsent() || !known.has(d.id)) return;
  try {
    // Undo takes back one revision; a reason that came after its rejection is a second one.
    const steps = d.late ? /** @type {Record<string, string[]>} */ ({ approved: ["restore", "approve"], held: ["restore", "hold"] })[d.from] || ["restore"] : ["undo"];
    for (const step of steps) {
      const i = await call("POST", `${api}/submissions/${d.id}/${step}`, {}, known.get(d.id));
      known.set(d.id, i.rev);
      take(i);
    }
    say(`Undone: “${brief(d.text)}”`, null);
    const t = tabOf(board.items.get(d.id)?.state || "pending");
    if (t === open) choose(d.id, true);
  } catch (e) { fault(/** @type {Problem} */ (e), d); }
}

const send = () => outbox.flush(async d => {
  try {
    const i = await call("POST", `${api}/submissions/${d.id}/${d.action}`, d.reason ? { reason: d.reason } : {}, d.rev, d.id + d.at);
    outbox.taken(d, i.rev);
    known.set(d.id, i.rev);
    take(i);
    if (unheard.delete(d.at)) sentBack++;
    return true;
  } catch (e) {
    const p = /** @type {Problem} */ (e);
    if (p.unsent) { unheard.add(d.at); setTimeout(send, 3000); draw(); return false; }
    await fault(p, d);
    return true;
  }
}).then(() => {
  if (sentBack && !outbox.list.length) {
    put($('[data-f="back"]'), `You are back. ${sentBack} decision${sentBack > 1 ? "s were" : " was"} sent.`);
    $("[data-back]").hidden = false;
    sentBack = 0;
  }
  draw();
});

/** @param {Item} i */
function take(i) {
  board = apply(board, { type: "item", seq: board.seq, item: i });
  desk = ahead(board, outbox.list);
}

/** A decision that was not taken: say who did what, and show it as it is. @param {Problem} p @param {{id: string, text: string}} d */
async function fault(p, d) {
  let words = p.message;
  if (p.status === 409) {
    if (p.current) take(p.current);
    /** @type {Past | undefined} */ let top;
    try { top = (await call("GET", `${api}/submissions/${d.id}/history?limit=200`)).items.at(-1); } catch { /* then without the name */ }
    words = first(top, brief(d.text), top ? time(top.at) : "");
  } else if (p.status === 401) words = "This tablet is signed out. Open your link again; what is not sent yet is kept.";
  else if (p.status) words = `Not done: “${brief(d.text)}”. ${p.message}`;
  put($('[data-f="fault"]'), words);
  $("[data-fault]").hidden = false;
  if (hand === d.id) { put(field(pane, "conflict"), words); $("[data-conflict]", pane).hidden = false; }
  draw();
}

/* the stage */

/** @param {object} wish @param {string} words @param {(() => Promise<void>) | null} undo */
async function stage(wish, words, undo) {
  try {
    const s = await call("PUT", api + "/stage", wish);
    board = apply(board, { type: "stage", seq: board.seq, stage: s });
    say(words, undo);
  } catch (e) {
    const p = /** @type {Problem} */ (e);
    put($('[data-f="fault"]'), "The screen has not changed. " + p.message);
    $("[data-fault]").hidden = false;
  }
  draw();
}

/** @param {Item | undefined} i */
async function toScreen(i) {
  if (!i || offline || !may(i.state, "screen")) return;
  const before = board.stage?.now || null;
  if (i.state !== "approved" && i.state !== "answered") {
    try { take(await call("POST", `${api}/submissions/${i.id}/approve`, {}, i.rev)); } catch (e) { return fault(/** @type {Problem} */ (e), i); }
    if (open !== "approved") moveOn(i.id);
  }
  await stage({ now: i.id }, `On the screen: “${brief(i.text)}”`, () => stage({ now: before }, before ? "The screen is back as it was" : `Taken off the screen: “${brief(i.text)}”`, null));
}

/** @param {string} what */
function room(what) {
  const n = now(board), blank = !!board.stage?.blank;
  if (what === "blank") stage({ blank: !blank }, blank ? "The screen shows again" : "The screen is blank", () => stage({ blank }, "The screen is back as it was", null));
  else if (n) stage({ now: null }, `Taken off the screen: “${brief(n.text)}”. It is at the top of the queue`, () => stage({ now: n.id }, "The screen is back as it was", null));
}

/* toast: the last decision, with undo, for 10 s, and longer while it is looked at */

/** @param {string} words @param {(() => Promise<void>) | null} undo @param {Decision} [rejected] */
function say(words, undo, rejected) {
  last.undo = undo;
  put(field(toast, "toast"), words);
  $("[data-undo]").hidden = !undo;
  $("[data-why]").replaceChildren(...(rejected ? reasons : []).map(r => {
    const li = clone("t-why");
    li.textContent = r;
    li.addEventListener("click", () => because(rejected, r));
    return li;
  }));
  toast.hidden = false;
  linger();
}

function linger() {
  clearTimeout(last.timer);
  last.timer = setTimeout(() => { if (toast.matches(":hover, :focus-within")) linger(); else toast.hidden = true; }, 10000);
}

/** The reason comes after the decision, and is a change of its own. @param {Decision | undefined} d @param {string} reason */
async function because(d, reason) {
  if (!d) return;
  if (outbox.drop(d)) {
    const e = { ...d, reason };
    outbox.add(e);
    say(`Rejected: ${reason}`, () => takeBack(e));
    return send();
  }
  const rev = known.get(d.id);
  if (!rev) return;
  try {
    const i = await call("POST", `${api}/submissions/${d.id}/reject`, { reason }, rev);
    known.set(d.id, i.rev);
    take(i);
    say(`Rejected: ${reason}`, () => takeBack({ ...d, reason, late: true }));
  } catch (e) { fault(/** @type {Problem} */ (e), d); }
  draw();
}

/* what people do */

document.addEventListener("click", e => {
  const t = /** @type {HTMLElement} */ (e.target), on = (/** @type {string} */ s) => /** @type {HTMLElement | null} */ (t.closest(s));
  const row = on("[data-list=inbox] > li") || on("[data-list=queue] > li"), a = on("[data-tab]"), act = on("[data-act]"), st = on("[data-stage]");
  if (row && t.closest("a")) {
    e.preventDefault();
    const id = row.dataset.id || "", state = desk.items.get(id)?.state;
    if (state && row.closest("[data-list=queue]")) openTab("approved");
    choose(id, innerWidth < 700);
  } else if (a) { e.preventDefault(); openTab(/** @type {Tab} */ (a.dataset.tab)); }
  else if (act) run(act.dataset.act || "");
  else if (st) room(st.dataset.stage || "");
  else if (on("[data-tray]")) { shown = new Set(tab(desk, open).map(i => i.id)); scroll.scrollTop = 0; draw(); /** @type {HTMLElement | null} */ (document.querySelector(".row a"))?.focus(); }
  else if (on("[data-undo]")) undo();
  else if (on("[data-dismiss]")) { const b = on(".banner"); if (b) b.hidden = true; }
  else if (on("[data-retry]")) { stream.retry(); send(); }
});

/** @param {string} action */
function run(action) {
  const i = item();
  if (action === "screen") toScreen(i); else if (i && (!offline || !["return", "answer"].includes(action))) decide(action, i);
}

function undo() {
  const u = last.undo;
  last.undo = null;
  $("[data-undo]").hidden = true;
  u?.();
}

/** @param {Tab} t */
function openTab(t) {
  open = t;
  shown = new Set();
  hand = "";
  firm = false;
  scroll.scrollTop = 0;
  $("[data-conflict]", pane).hidden = true;
  draw();
}

/** @param {number} by */
function step(by) {
  const rows = [...shown], n = rows.indexOf(hand), id = rows[n < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, n + by))];
  if (id) choose(id, true);
}

let go = 0;
addEventListener("keydown", e => {
  if (set.keys === "off" || !forPage(e)) return;
  const k = e.key.toLowerCase();
  if (Date.now() - go < 1500 && k !== "g") {
    go = 0;
    const t = TABS.find(t => t[0] === k);
    if (t) { e.preventDefault(); openTab(t); /** @type {HTMLElement} */ ($(`[data-tab="${t}"]`)).focus(); return; }
  }
  const action = { a: "approve", r: "reject", h: "hold", s: "screen" }[k];
  if (action) { if (!e.repeat) run(action); }
  else if (k === "j") step(1);
  else if (k === "k") step(-1);
  else if (k === "z") undo();
  else if (k === "g") go = Date.now();
  else if (k === "?") /** @type {HTMLDialogElement} */ ($("#keys")).showModal();
  else return;
  e.preventDefault();
});

scroll.addEventListener("scroll", () => { if (scroll.scrollTop <= 8 && !firm && !$("[data-tray]").hidden) draw(); });

/* connection */

let lost = new Date(), conn = "", told = 0, heard = 0;
/** @type {any} */ let wait;

function drawConnection() {
  $("[data-offline]").hidden = !offline;
  const n = outbox.list.length;
  put($('[data-f="saved"]'), n ? `Carry on: ${n} decision${n > 1 ? "s are" : " is"} saved on this tablet and will be sent when the connection is back.` : "Carry on: what you decide is saved on this tablet and will be sent when the connection is back.");
  put($('[data-f="upto"]'), `Showing questions up to ${time(lost)}.`);
}

/** Tell those who do not see the list: what came, at most every 15 s. */
function tell() {
  const fresh = tab(board, "pending").length;
  if (Date.now() - told < 15000 || fresh <= heard) { heard = Math.min(heard, fresh); return; }
  told = Date.now();
  const flagged = tab(board, "pending").filter(i => i.flags?.length).length;
  put($("[data-say]"), `${fresh - heard} new, ${fresh} waiting${flagged ? `, ${flagged} flagged` : ""}`);
  heard = fresh;
}

let pending = 0;
const stream = live({
  path: api + "/live?view=moderation",
  message: m => {
    board = apply(board, m);
    if (m.type === "snapshot" && !started) { started = true; heard = tab(board, "pending").length; }
    // Many messages at once are one picture.
    if (!pending) pending = requestAnimationFrame(() => { pending = 0; draw(); tell(); });
  },
  state: async (c, at) => {
    conn = c;
    const state = $("[data-conn]");
    clearTimeout(wait);
    state.dataset.conn = c;
    put(field(state, "state"), c === "live" ? "Live" : c === "offline" ? "Offline" : c === "refused" ? "Signed out" : "Reconnecting, last update " + time(at));
    if (c === "live") {
      await send();
      offline = false;
    } else {
      lost = at;
      if (c === "refused") fault(new Problem(401, "", null), { id: "", text: "" });
      const down = () => { if (conn !== "live") { offline = true; state.dataset.conn = "offline"; put(field(state, "state"), "Offline"); draw(); } };
      if (c === "offline") down(); else wait = setTimeout(down, 8000);
    }
    draw();
  },
});
setInterval(tick, 1000);
setInterval(draw, 30000);
draw();
