// The inbox: its tabs, the rows of the open list, the tray of what has come since.
/** @import { Item } from "../types" */
/** @import { Tab } from "../lib/desk.js" */
import { after, arrange } from "../lib/arrange.js";
import { age, FLAG, tab, TABS } from "../lib/desk.js";
import { $, by, clone, field, fill, list, put } from "../lib/dom.js";
import { commands, draw, hand, page, parts, pressed, s } from "./state.js";

const scroll = $("[data-scroll]"), box = $("[data-list=inbox]"), tray = $("[data-tray]");

/** @type {Record<Tab, [string, string]>} */
const NOTHING = {
  pending: ["Nothing waiting", "New questions show here as they come in."], held: ["Nothing held", "What you hold stays here until somebody decides."],
  approved: ["Nothing approved yet", "What you approve shows here, in the order it will be asked."], rejected: ["Nothing rejected", "What is rejected stays here, and can be put back."],
};

parts.push(function drawTabs() {
  for (const t of TABS) {
    for (const n of document.querySelectorAll(`[data-n="${t}"]`)) put(n, tab(s.desk, t).length);
    const a = $(`[data-tab="${t}"]`);
    if (t === s.open) a.setAttribute("aria-current", "page"); else a.removeAttribute("aria-current");
  }
  document.title = document.title.replace(/^(\(\d+\) )?/, tab(s.desk, "pending").length ? `(${tab(s.desk, "pending").length}) ` : "");
});

parts.push(function drawRows() {
  const all = tab(s.desk, s.open), { rows, waiting } = arrange(s.rows, all, s.started && (scroll.scrollTop > 8 || s.firm), s.desk);
  s.rows = rows;
  tray.hidden = !waiting;
  put($("button", tray), waiting === 1 ? "1 new question. Show it" : waiting + " new questions. Show them");
  if (!rows.includes(s.hand)) { s.hand = rows[0] || ""; s.firm = false; }
  list(box, rows.map(id => /** @type {Item} */ (s.desk.items.get(id))), "t-row", drawRow);
  $("[data-empty=inbox]").hidden = rows.length > 0;
  put($('[data-f="empty"]'), NOTHING[s.open][0]);
  put($('[data-f="hint"]'), s.started ? NOTHING[s.open][1] : "Loading…");
});

/** @param {HTMLElement} e @param {Item} i */
function drawRow(e, i) {
  fill(e, i);
  put(field(e, "opens"), i.source === "x" ? "Post on X by " + by(i) : "");
  e.classList.toggle("row--on", i.id === s.hand);
  const a = $("a", e);
  if (i.id === s.hand) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current");
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
}

/** @param {Item} i @returns {[string, string, string][]} */
function tagsOf(i) {
  /** @type {[string, string, string][]} */
  const tags = [];
  if (i.state === "live") tags.push(["On screen", "screen", "lamp"]);
  if (i.state === "answered") tags.push(["Answered", "check", "go"]);
  if (i.state === "rejected" && i.reason) tags.push([i.reason, "cross", "stop"]);
  if (page.outbox.list.some(d => d.id === i.id)) tags.push(["Not sent yet", "clock", "wait"]);
  for (const f of i.flags || []) {
    const [word, , icon, tone] = FLAG[f.kind] || [f.kind, "", "warn", "wait"];
    if (!tags.some(t => t[0] === word)) tags.push([word, icon, tone]);
  }
  if (i.kind === "story") tags.push(["Story", "quote", "off"]);
  return tags;
}

/** @param {string} id @param {boolean} [focus] */
export function choose(id, focus) {
  s.hand = id;
  s.firm = true;
  if (!s.rows.includes(id)) s.rows = tab(s.desk, s.open).map(i => i.id).filter(x => x === id || s.rows.includes(x)); // what is in hand does not wait in the tray
  draw();
  document.querySelector(".row--on")?.scrollIntoView({ block: "nearest" });
  if (focus) $("#item-h").focus({ preventScroll: innerWidth >= 700 });
}

/** On from what has been decided, before the server has said anything. @param {string[]} ids */
export function moveOn(ids) {
  const belongs = new Set(tab(s.desk, s.open).map(i => i.id)), next = after(s.rows, ids[ids.length - 1], id => !ids.includes(id) && belongs.has(id));
  s.rows = s.rows.filter(id => !ids.includes(id));
  if (!ids.includes(s.hand)) draw();
  else if (next) choose(next, true);
  else { s.hand = ""; s.firm = false; draw(); (hand() ? $("#item-h") : $("[data-none]")).focus(); }
}

/** @param {Tab} t */
export function openTab(t) {
  s.open = t;
  s.rows = [];
  s.hand = "";
  s.firm = false;
  scroll.scrollTop = 0;
  draw();
}

/** @param {number} by */
function step(by) {
  const n = s.rows.indexOf(s.hand), id = s.rows[n < 0 ? 0 : Math.max(0, Math.min(s.rows.length - 1, n + by))];
  if (id) choose(id, true);
}
commands.next = () => step(1);
commands.previous = () => step(-1);
for (const t of TABS) commands[t] = () => { openTab(t); $(`[data-tab="${t}"]`).focus(); };

pressed("[data-tab]", (e, event) => { event.preventDefault(); openTab(/** @type {Tab} */ (e.dataset.tab)); });
pressed("[data-list=inbox] a", (e, event) => { event.preventDefault(); choose(e.closest("li")?.dataset.id || "", innerWidth < 700); });
pressed("[data-tray]", () => {
  s.rows = [];
  scroll.scrollTop = 0;
  draw();
  /** @type {HTMLElement | null} */ (document.querySelector(".row a"))?.focus();
});
scroll.addEventListener("scroll", () => { if (scroll.scrollTop <= 8 && !s.firm && !tray.hidden) draw(); });
