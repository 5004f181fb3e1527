// What the desk knows and shows: one plain object, drawn by one function. Parts of the page put their drawing into
// parts, their buttons into pressed and their deeds into commands; only this module is known to all of them.
/** @import { Board, Connection, Item } from "../types" */
/** @import { Tab } from "../lib/desk.js" */
/** @import { Lens } from "../lib/lens.js" */
import { nothing } from "../lib/choice.js";
import { likes, lists } from "../lib/desk.js";
import { clock } from "../lib/dom.js";
import { everything } from "../lib/find.js";
import { empty } from "../lib/live.js";
import { ahead, Outbox } from "../lib/outbox.js";
import { settings } from "../lib/settings.js";

const body = document.body, slug = body.dataset.moderate || "";

/** What does not change while the page is open. */
export const page = {
  slug, api: "/api/v1/events/" + slug, me: body.dataset.me || "You", time: clock(body.dataset.zone || "UTC"),
  set: settings("moderate"), outbox: new Outbox(localStorage, "openfloor-outbox-" + slug),
  /** @type {string[]} */ reasons: JSON.parse(document.querySelector("[data-reasons]")?.textContent || "[]"),
};

export const s = {
  /** The server's word, and the same with what is on its way. @type {Board} */ board: empty(),
  /** @type {Board} */ desk: empty(),
  started: false,
  /** @type {Tab} */ open: "pending",
  /** The id in hand; firm: somebody chose it, so nothing may move. */
  hand: "", firm: false,
  /** What is under each tab. */ lists: lists(empty()),
  /** What could be merged with what. */ likes: likes(empty()),
  filter: everything(),
  /** By which lens each list is ordered; absent: as it stands. @type {Partial<Record<Tab, Lens>>} */ lens: {},
  /** What the list shows; what came since waits in the tray. @type {string[]} */ rows: [],
  /** How many of them are drawn. */ limit: 60,
  /** The rows that are chosen. */ choice: nothing(),
  /** What is being edited: the item's id, the revision it was opened at, and whether it becomes a short version. @type {{id: string, rev: number, text: string, short: boolean} | null} */ edit: null,
  /** @type {Connection | ""} */ conn: "",
  offline: false, lost: new Date(),
};

/** What is in hand. @returns {Item | undefined} */
export const hand = () => s.desk.items.get(s.hand);

/** What draws the page, in order. @type {(() => void)[]} */
export const parts = [];

export function draw() {
  s.desk = ahead(s.board, page.outbox.list);
  s.lists = lists(s.desk);
  s.likes = likes(s.desk);
  for (const part of parts) part();
}

let frame = 0;
/** Draws with the next frame: many changes at once are one picture. */
export const later = () => { frame ||= requestAnimationFrame(() => { frame = 0; draw(); }); };

/** What buttons and keys do, by name. @type {Record<string, () => void>} */
export const commands = {};

/** @type {[string, (e: HTMLElement, event: MouseEvent) => void][]} */
const presses = [];

/** @param {string} selector @param {(e: HTMLElement, event: MouseEvent) => void} does */
export const pressed = (selector, does) => { presses.push([selector, does]); };

document.addEventListener("click", event => {
  for (const [selector, does] of presses) {
    const e = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(selector));
    if (e) return does(e, event);
  }
});
