// The queue, in the order that people give it: by drag, by buttons, by keys; what is lined up next is pinned on top.
import { brief } from "../lib/desk.js";
import { $, field, fill, list, put } from "../lib/dom.js";
import { place } from "../lib/order.js";
import { act } from "./actions.js";
import { AWAY, away } from "./away.js";
import { choose, openTab } from "./list.js";
import { say } from "./toast.js";
import { commands, draw, hand, parts, pressed, s } from "./state.js";

const box = $("[data-list=queue]"), scroll = $("[data-queue]"), told = $("[data-say]");
/** What each shows, so that it is drawn anew only where that changes. @type {WeakMap<HTMLElement, string>} */
const drawn = new WeakMap();
/** What is being dragged; nothing moves under it. @type {{id: string, e: HTMLElement, to: number} | null} */
let drag = null;

const line = () => s.lists.approved.filter(i => i.state === "approved");
/** Those that can be moved: what is lined up next stays on top. */
const free = () => line().filter(i => i.id !== s.board.stage?.next).map(i => i.id);

parts.push(function drawQueue() {
  const q = line(), ids = free(), places = new Map(q.map((i, n) => [i.id, n + 1])), movable = new Map(ids.map((id, n) => [id, n]));
  for (const n of document.querySelectorAll('[data-n="queue"]')) put(n, q.length);
  $("[data-empty=queue]").hidden = q.length > 0;
  if (!drag) list(box, q, "t-queue", (e, i) => {
    const n = places.get(i.id) || 0, at = movable.get(i.id) ?? -1, key = [i.rev, i.text, i.votes, n, at, ids.length, s.offline, i.id === s.hand].join("\n");
    if (drawn.get(e) === key) return;
    drawn.set(e, key);
    fill(e, i, `${n}. ${i.text}`);
    way(e, i, `${n}. Post on X`);
    put(field(e, "votes"), i.votes ? `${i.votes} vote${i.votes === 1 ? "" : "s"}` : "");
    field(e, "next").hidden = at >= 0;
    for (const b of /** @type {NodeListOf<HTMLButtonElement>} */ (e.querySelectorAll("[data-move]"))) {
      b.disabled = at < 0 || (b.dataset.move === "up" ? at === 0 : at === ids.length - 1);
      away(b, "order");
      b.setAttribute("aria-label", `Move question ${n} ${b.dataset.move}`);
    }
    e.classList.toggle("q-item--on", i.id === s.hand);
    e.classList.toggle("q-item--pinned", at < 0);
  });
  const stories = s.lists.stories;
  $("[data-stories]").hidden = !stories.length;
  list($("[data-list=stories]"), stories, "t-story", (e, i) => { fill(e, i); way(e, i, "Post on X"); });
});

/** The way to a post on X, beside its card. @param {HTMLElement} e @param {import("../types").Item} i @param {string} words */
function way(e, i, words) {
  if (i.source !== "x") return;
  field(e, "text").hidden = false;
  put(field(e, "text"), words);
}

/** @param {string} id @param {number} to among those that can be moved @returns {boolean} */
function move(id, to) {
  const ids = free(), after = place(ids, id, to), i = s.desk.items.get(id);
  if (after === undefined || !i || s.offline) return false;
  const pinned = line().length - ids.length;
  s.rows = s.open === "approved" ? [] : s.rows; // the list beside it shows the same order
  act("move", [i], { body: { after }, words: `Moved to place ${to + 1 + pinned}: “${brief(i.text)}”` });
  put(told, `Moved to place ${to + 1 + pinned} of ${line().length}`);
  return true;
}

/** @param {number} by */
const moveBy = by => {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement), li = /** @type {HTMLElement | null} */ (focused?.closest("[data-list=queue] > li") || null);
  const id = li?.dataset.id || hand()?.id || "", ids = free();
  if (s.offline) return say(AWAY.order, null);
  if (!move(id, ids.indexOf(id) + by) || !li) return;
  // The focus goes along; a button that can do no more hands it to its neighbour.
  const e = /** @type {HTMLElement} */ (box.querySelector(`[data-id="${CSS.escape(id)}"]`)), b = /** @type {HTMLButtonElement | null} */ (focused?.closest("button"));
  (b && b.disabled ? /** @type {HTMLElement} */ (e.querySelector("[data-move]:not([disabled])")) : focused)?.focus();
  e.scrollIntoView({ block: "nearest" });
};
commands.up = () => moveBy(-1);
commands.down = () => moveBy(1);
pressed("[data-move]", e => { e.focus(); moveBy(e.dataset.move === "up" ? -1 : 1); });
pressed("[data-list=queue] a, [data-list=stories] a", (e, event) => {
  event.preventDefault();
  const id = e.closest("li")?.dataset.id || "", i = s.desk.items.get(id);
  if (!i) return;
  openTab(i.kind === "story" && i.state === "approved" && e.closest("[data-list=stories]") ? "stories" : "approved");
  choose(id, innerWidth < 700);
});

/* dragging, by pointer: the grip only, so that the list still scrolls under a thumb */
box.addEventListener("pointerdown", event => {
  const grip = /** @type {HTMLElement} */ (event.target).closest(".q-item__grip"), e = /** @type {HTMLElement | null} */ (grip?.closest("li") || null), id = e?.dataset.id || "";
  if (!grip || !e || event.button || !free().includes(id) || s.offline) return;
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  drag = { id, e, to: free().indexOf(id) };
  e.classList.add("q-item--drag");
});
box.addEventListener("pointermove", event => {
  if (!drag) return;
  const { e } = drag, view = scroll.getBoundingClientRect();
  if (event.clientY > view.bottom - 40) scroll.scrollTop += 12; else if (event.clientY < view.top + 40) scroll.scrollTop -= 12;
  const others = [...box.children].filter(c => c !== e && !c.classList.contains("q-item--pinned"));
  const to = others.filter(c => { const r = c.getBoundingClientRect(); return event.clientY > r.top + r.height / 2; }).length;
  if (to === drag.to) return;
  drag.to = to;
  box.insertBefore(e, others[to] || null);
});
const drop = (/** @type {boolean} */ done) => {
  if (!drag) return;
  const { id, e, to } = drag;
  drag = null;
  e.classList.remove("q-item--drag");
  if (!done || !move(id, to)) draw();
};
box.addEventListener("pointerup", () => drop(true));
box.addEventListener("pointercancel", () => drop(false));
addEventListener("keydown", e => { if (drag && e.key === "Escape") drop(false); });
