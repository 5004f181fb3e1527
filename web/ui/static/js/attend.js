// The attendee's page, kept up to date. Without this script it is the same page, and complete.
/** @import { Item, Mine } from "./types" */
import { answered, apply, empty, now, queue } from "./lib/board.js";
import { $, clock, clone, field, fill, list, put } from "./lib/dom.js";
import { live } from "./lib/live.js";

const root = $("[data-attend]"), api = "/api/v1/events/" + root.dataset.attend, time = clock(root.dataset.zone || "UTC");
const box = (/** @type {string} */ name) => $(`[data-list="${name}"]`);
const form = /** @type {HTMLFormElement | null} */ ($("[data-form]"));
/** @param {string} lists @returns {[string, string][]} */
const ids = lists => [...document.querySelectorAll(lists)].map(e => [/** @type {HTMLElement} */ (e).dataset.id || "", field(e, "at")?.textContent || ""]);
let board = empty(), paused = false, polled = 0, caughtUp = false;
/** What is drawn of the queue. */
let shown = new Set(ids(".queue > li").map(([id]) => id));
/** When something was answered: the page says it, the stream does not. */
const times = new Map(ids(".answered > li"));

/* the lists */

/** The first few in the list, the rest behind "Show all". @param {string} name @param {Item[]} items @param {number} most @param {(e: HTMLElement, i: Item) => void} draw */
function lists(name, items, most, draw) {
  const rest = $(`[data-rest="${name}"]`);
  list(box(name), items.slice(0, most), "t-" + name, draw);
  list($("ol,ul", rest), items.slice(most), "t-" + name, draw);
  rest.hidden = items.length <= most;
  put($("summary", rest), "Show all " + items.length);
  $(`[data-empty="${name}"]`).hidden = items.length > 0;
  for (const n of document.querySelectorAll(`[data-n="${name}"]`)) put(n, items.length);
}

/** Somebody reads within the queue: nothing may move under them. */
const reading = () => box("queue").getBoundingClientRect().top < 0 && box("answered").getBoundingClientRect().top > 0 || box("queue").contains(document.activeElement);

function draw() {
  const waiting = queue(board), n = now(board), card = $("[data-now]");
  let ready = waiting.filter(i => shown.has(i.id));
  if (!paused && !(reading() && shown.size)) ready = waiting;
  shown = new Set(ready.map(i => i.id));
  const late = waiting.length - ready.length, button = $("[data-new]");
  button.hidden = !late;
  put($("span", button), late + " new. Show");
  lists("queue", ready, 10, fill);
  const done = answered(board);
  for (const i of done) if (!times.has(i.id) && !paused) times.set(i.id, caughtUp ? "Answered " + time(new Date()) : "");
  lists("answered", done.filter(i => times.has(i.id)), 3, (e, i) => put(field(fill(e, i), "at"), times.get(i.id) || ""));
  if (!paused || !n) {
    if (n) fill(card, n); else put(field(card, "text"), "Nothing is being asked just now.");
    $(".lamp-card__m", card).hidden = !n;
  }
  field(root, "blank").hidden = !board.stage?.blank;
  put(field(root, "counts"), `${board.counts?.answered ?? 0} answered, ${waiting.length} to come`);
  for (const e of box("mine").children) own(/** @type {HTMLElement} */ (e));
}

/* yours */

/** @param {number} n */
const nth = n => n + (n % 100 > 10 && n % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][n % 10] || "th");

/** What became of it: words, colour, icon; as MineView.Words in views.go. @param {string} status @param {number} place @param {string | null} why */
const words = (status, place, why) => ({
  approved: ["In the queue" + (place ? ", " + nth(place) : ""), "go", "list"], live: ["Now", "lamp", "screen"], answered: ["Answered", "go", "check"],
  rejected: ["Not used" + (why ? ": " + why[0].toLowerCase() + why.slice(1) : ""), "off", "cross"], withdrawn: ["Taken back", "off", "cross"], merged: ["Joined with another", "off", "list"],
}[status] || ["Waiting for a moderator", "wait", "clock"]);

/** @param {HTMLElement} e @param {Mine} [m] */
function own(e, m) {
  const id = e.dataset.id || "", status = board.items.get(id)?.state || m?.status;
  if (!status) return;
  const [say, tone, icon] = words(status, queue(board).findIndex(i => i.id === id) + 1, m?.reason || null), tag = field(e, "tag");
  put(field(tag, "words"), say);
  tag.className = "tag tag--" + tone;
  $("use", tag).setAttribute("href", "#i-" + icon);
}

/** @param {Mine[]} mine */
function drawMine(mine) {
  list(box("mine"), mine, "t-mine", (e, m) => {
    put(field(e, "text"), m.text);
    if (m.receipt) /** @type {HTMLAnchorElement} */ (field(e, "receipt")).href = m.receipt;
    own(e, m);
  });
  $('[data-empty="mine"]').hidden = mine.length > 0;
  put($('[data-n="mine"]'), mine.length);
}

/** What the public stream cannot say: a rejection, a hold. */
async function ask() {
  if (document.hidden || !box("mine").children.length || Date.now() - polled < 2000) return;
  polled = Date.now();
  try {
    const r = await fetch(api + "/mine");
    if (r.ok) drawMine((await r.json()).items);
  } catch { /* the next time */ }
}

/* the form: what helps with it comes when somebody turns to it, or left a draft */

if (form) {
  const turn = () => form.addEventListener("focusin", help, { once: true });
  const help = () => import("./lib/ask.js").then(m => m.ask(form, api, (id, text, receipt) => {
    const row = clone("t-mine");
    row.dataset.id = id;
    put(field(row, "text"), text);
    /** @type {HTMLAnchorElement} */ (field(row, "receipt")).href = receipt;
    box("mine").prepend(row);
    $('[data-empty="mine"]').hidden = true;
    setTimeout(ask, 3000);
  }), turn); // not here yet: the next time
  let draft;
  try { draft = sessionStorage.getItem("draft-" + root.dataset.attend); } catch { /* not kept */ }
  if (draft) help(); else turn();
}

/* live */

live({
  path: api + "/live?view=public",
  message: m => {
    board = apply(board, m);
    draw();
    caughtUp = true;
    if (m.type === "snapshot" || m.type === "gone") ask();
  },
  state: (c, last) => {
    const bar = $("[data-live]");
    if (c === "live") { $("[data-still]").hidden = true; bar.hidden = false; }
    $(".live", bar).classList.toggle("live--off", c !== "live");
    put(field(bar, "state"), c === "live" ? "Live" : c === "offline" ? "Offline" : "Reconnecting");
    put(field(bar, "how"), c !== "live" ? "Last update " + time(last) : paused ? "Paused" : "Updates by itself");
  },
});
setInterval(ask, 30000);
$("[data-new]").addEventListener("click", () => { shown = new Set(queue(board).map(i => i.id)); draw(); });
const pause = $("[data-pause]");
pause.addEventListener("click", () => {
  paused = !paused;
  put($("span", pause), paused ? "Go on" : "Pause");
  put(field($("[data-live]"), "how"), paused ? "Paused" : "Updates by itself");
  draw();
});
