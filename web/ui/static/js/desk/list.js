// The inbox: its tabs, the rows of the open list, the tray of what has come since, and the way through them.
/** @import { Item } from "../types" */
/** @import { Tab } from "../lib/desk.js" */
import { after, arrange } from "../lib/arrange.js";
import { tabOf, TABS } from "../lib/desk.js";
import { $, list, put } from "../lib/dom.js";
import { found, narrow } from "../lib/find.js";
import { lensesOf, through } from "../lib/lens.js";
import { drawRow } from "./row.js";
import { commands, draw, hand, parts, pressed, s } from "./state.js";

const scroll = $("[data-scroll]"), box = $("[data-list=inbox]"), tray = $("[data-tray]"), more = $("[data-more]");
const PAGE = 60;
/** How far the list is scrolled; asked for once, since asking makes the browser lay the page out. */
let top = 0;
/** When somebody last pointed into the list. */
let pointed = -Infinity;

/** @type {Record<Tab, [string, string]>} */
const NOTHING = {
  pending: ["Nothing waiting", "New questions show here as they come in."], held: ["Nothing held", "What you hold stays here until somebody decides."],
  approved: ["Nothing approved yet", "What you approve shows here, in the order it will be asked."], rejected: ["Nothing rejected", "What is rejected stays here, and can be put back."],
  stories: ["No stories yet", "Stories that you approve stand here, beside the queue."], answered: ["Nothing answered yet", "What has been asked and answered shows here."],
};

/** The lens that the open list is seen through. */
export const lens = () => s.lens[s.open] || lensesOf(s.open)[0];
/** The event's first language. */
export const language = () => (s.board.event?.languages?.[0] || "en").split("-")[0];
/** What belongs to the open list, in order. @returns {Item[]} */
export const belongs = () => through(lens(), found(s.lists[s.open], s.filter, language()), s.desk);
/** Whether the list must not move. */
const held = () => s.started && (top > 8 || s.firm || s.choice.ids.size > 0 || performance.now() - pointed < 2000);

parts.push(function drawTabs() {
  for (const t of TABS) for (const n of document.querySelectorAll(`[data-n="${t}"]`)) put(n, s.lists[t].length + (t === "approved" ? s.lists.stories.length : 0));
  const main = s.open === "stories" || s.open === "answered" ? "approved" : s.open;
  for (const a of document.querySelectorAll(".tabs [data-tab], .sub [data-tab]")) {
    const t = /** @type {HTMLElement} */ (a).dataset.tab;
    if (t === (a.closest(".tabs") ? main : s.open)) a.setAttribute("aria-current", a.closest(".tabs") && main !== s.open ? "true" : "page"); else a.removeAttribute("aria-current");
  }
  $("[data-sub]").hidden = main !== "approved";
  const n = s.lists.pending.length, title = document.title.replace(/^(\(\d+\) )?/, n ? `(${n}) ` : "");
  if (title !== document.title) document.title = title;
});

parts.push(function drawRows() {
  const all = belongs(), { rows, waiting } = arrange(s.rows, all, held(), s.desk);
  s.rows = rows;
  tray.hidden = !waiting;
  put($("button", tray), waiting === 1 ? "1 new question. Show it" : waiting + " new questions. Show them");
  if (!rows.includes(s.hand)) { s.hand = rows[0] || ""; s.firm = false; }
  const here = new Set(all.map(i => i.id));
  list(box, rows.slice(0, s.limit).map(id => /** @type {Item} */ (s.desk.items.get(id))), "t-row", (e, i) => drawRow(e, i, here.has(i.id)));
  more.hidden = rows.length <= s.limit;
  put($("button", more), `Show ${Math.min(PAGE, rows.length - s.limit)} more of ${rows.length}`);
  $("[data-empty=inbox]").hidden = rows.length > 0;
  const none = narrow(s.filter) && s.lists[s.open].length ? ["Nothing matches", "Take a filter off, or search for something else."] : NOTHING[s.open];
  put($('[data-f="empty"]'), none[0]);
  put($('[data-f="hint"]'), s.started ? none[1] : "Loading…");
});

/** Puts items back into their places in the list: what comes back does not wait in the tray. @param {string[]} ids */
export function readmit(ids) {
  if (ids.every(id => s.rows.includes(id))) return;
  const shown = new Set([...s.rows, ...ids]), all = belongs().map(i => i.id);
  s.rows = [...s.rows.filter(id => !all.includes(id)), ...all.filter(id => shown.has(id))];
}

/** @param {string} id @param {boolean} [focus] */
export function choose(id, focus) {
  s.hand = id;
  s.firm = true;
  readmit([id]);
  const n = s.rows.indexOf(id);
  if (n >= s.limit) s.limit = n + PAGE;
  draw();
  document.querySelector(".row--on")?.scrollIntoView({ block: "nearest" });
  if (focus) $("#item-h").focus({ preventScroll: innerWidth >= 700 });
}

/** On from what has been decided, before the server has said anything. @param {string[]} ids */
export function moveOn(ids) {
  const done = new Set(ids), open = (/** @type {string} */ id) => { const i = s.desk.items.get(id); return !done.has(id) && !!i && tabOf(i) === s.open; };
  const next = after(s.rows, s.hand, open);
  s.rows = s.rows.filter(id => !done.has(id));
  if (!done.has(s.hand)) draw();
  else if (next) choose(next, true);
  else { s.hand = ""; s.firm = false; draw(); (hand() ? $("#item-h") : $("[data-none]")).focus(); }
}

/** Shows the list as it is now: nothing of it is held. */
export function letGo() {
  s.rows = [];
  s.limit = PAGE;
  s.firm = false;
  pointed = -Infinity;
  if (top) scroll.scrollTop = top = 0;
  draw();
}

/** @param {Tab} t */
export function openTab(t) {
  s.open = t;
  s.hand = "";
  s.choice = { ids: new Set(), from: "" };
  letGo();
}

/** @param {number} by */
function step(by) {
  const n = s.rows.indexOf(s.hand), id = s.rows[n < 0 ? 0 : Math.max(0, Math.min(s.rows.length - 1, n + by))];
  if (id) choose(id, true);
}
commands.next = () => step(1);
commands.previous = () => step(-1);
for (const t of TABS) commands[t] = () => { openTab(t); $(`.tabs [data-tab="${t}"], .sub [data-tab="${t}"]`).focus(); };
commands.more = () => { s.limit += PAGE; draw(); };

pressed("[data-tab]", (e, event) => { event.preventDefault(); openTab(/** @type {Tab} */ (e.dataset.tab)); });
pressed("[data-list=inbox] a", (e, event) => { event.preventDefault(); choose(e.closest("li")?.dataset.id || "", innerWidth < 700); });
pressed("[data-tray]", () => {
  letGo();
  /** @type {HTMLElement | null} */ (document.querySelector(".row a"))?.focus();
});
// What waits comes in when the list is let go; nothing comes in under a pointer.
const settle = () => { if (!held() && (!tray.hidden || box.querySelector(".row--gone"))) draw(); };
scroll.addEventListener("scroll", () => {
  top = scroll.scrollTop;
  if (s.rows.length > s.limit && top + scroll.clientHeight > scroll.scrollHeight - 800) { s.limit += PAGE; draw(); }
  settle();
}, { passive: true });
for (const type of ["pointermove", "pointerdown"]) scroll.addEventListener(type, () => { pointed = performance.now(); }, { passive: true });
setInterval(settle, 1000);
