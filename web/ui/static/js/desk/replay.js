// What nobody heard the first time: it is sent when the connection is back, and what had been decided by somebody else
// meanwhile is shown with both sides until it has been read.
/** @import { Clash } from "../lib/replay.js" */
/** @import { Decision, Past } from "../types" */
import { call, Problem } from "../lib/api.js";
import { tabOf } from "../lib/desk.js";
import { $, field, list, put } from "../lib/dom.js";
import { clash, summary } from "../lib/replay.js";
import { choose, openTab } from "./list.js";
import { draw, page, parts, pressed, s } from "./state.js";

const { api, outbox, slug, time } = page, KEY = "openfloor-clashes-" + slug;

/** Names a decision, for the server to take it once however often it is sent. @param {Decision} d */
export const keyOf = d => d.id + d.at + d.action;

/** Decisions that nobody heard the first time, from before a reload too. */
const unheard = new Set(outbox.list.map(keyOf));
/** How many of them have been taken since, and which have not. */
let sent = 0;
/** @type {Clash[]} */ let fresh = [];
/** What is still to be read. @type {Clash[]} */
let clashes = [];
try { clashes = JSON.parse(localStorage.getItem(KEY) || "[]"); } catch { /* nothing kept */ }

/** @param {Clash[]} list */
function keep(list) {
  clashes = list;
  try { localStorage.setItem(KEY, JSON.stringify(list)); } catch { /* memory alone */ }
}

/** Nobody answered: all that waits is unheard. */
export const unanswered = () => { for (const d of outbox.list) unheard.add(keyOf(d)); };

/** The server has taken it. @param {Decision} d */
export const heard = d => { if (unheard.delete(keyOf(d))) sent++; };

/** The newest of an item's history. @param {string} id @returns {Promise<Past | undefined>} */
export const newest = async id => { try { return (await call("GET", `${api}/submissions/${id}/history?limit=200`)).items.at(-1); } catch { return undefined; } };

/** One that was not taken. False: it was decided with a connection, and is the caller's to show. @param {Decision} d @param {Problem} p */
export async function missed(d, p) {
  if (!unheard.delete(keyOf(d))) return false;
  const c = clash(keyOf(d), d, p, p.status === 409 ? await newest(d.id) : undefined, s.board.items.get(d.id), time);
  fresh.push(c);
  keep([...clashes.filter(x => x.id !== c.id), c]);
  return true;
}

/** All that could be sent is sent: say how it went. */
export function told() {
  if (outbox.list.length || !sent && !fresh.length) return;
  put($('[data-f="back"]'), summary(sent, fresh));
  $("[data-back]").hidden = false;
  sent = 0;
  fresh = [];
}

parts.push(function drawClashes() {
  const box = $("[data-clashes]");
  box.hidden = !clashes.length;
  put(field(box, "clashes"), clashes.length === 1 ? "Not as you wanted it" : `${clashes.length} are not as you wanted them`);
  list($("[data-list=clashes]"), clashes, "t-clash", (e, c) => {
    for (const what of /** @type {("text" | "wanted" | "now")[]} */ (["text", "wanted", "now"])) put(field(e, what), c[what]);
    const i = s.board.items.get(c.of), open = $("[data-clash-open]", e);
    open.hidden = !i || !tabOf(i);
    open.setAttribute("aria-label", `Open it: “${c.text}”`);
    $("[data-clash-read]", e).setAttribute("aria-label", `Close: “${c.text}”`);
  });
});

/** @param {HTMLElement} e @returns {Clash | undefined} */
const of = e => clashes.find(c => c.id === /** @type {HTMLElement} */ (e.closest("li")).dataset.id);
pressed("[data-clash-open]", e => {
  const i = s.desk.items.get(of(e)?.of || ""), tab = i && tabOf(i);
  if (!i || !tab) return;
  if (tab !== s.open) openTab(tab);
  choose(i.id, true);
});
pressed("[data-clash-read]", e => {
  const c = of(e), n = clashes.findIndex(x => x === c);
  keep(clashes.filter(x => x !== c));
  draw();
  const left = $("[data-list=clashes]").children;
  (left.length ? $("[data-clash-read]", left[Math.min(n, left.length - 1)]) : $("#item-h")).focus();
});
