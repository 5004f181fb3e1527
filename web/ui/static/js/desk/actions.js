// The one way in which anything is decided: act puts decisions into the outbox, moves on, says so and sends; what was
// decided is taken back by takeBack; what the server does not take goes to fault.
/** @import { Decision, Item, Past } from "../types" */
import { call, Problem } from "../lib/api.js";
import { brief, did, first, may, tabOf } from "../lib/desk.js";
import { $, field, put } from "../lib/dom.js";
import { apply } from "../lib/live.js";
import { foreseen } from "../lib/outbox.js";
import { choose, moveOn } from "./list.js";
import { commands, draw, hand, page, pressed, s } from "./state.js";
import { say } from "./toast.js";

const { api, outbox, time } = page;

/** The newest revision of what was decided here. @type {Map<string, number>} */
const known = new Map();
/** Decisions that nobody heard the first time. */
const unheard = new Set(outbox.list.map(d => d.at));
let sentBack = 0;

let count = 0;

/**
 * act decides about items as they are shown. Returns the decisions, for who wants to take them back.
 * @param {string} action @param {Item[]} items @param {{body?: Record<string, any>, words?: string, reasons?: boolean}} [o]
 *   body: of the action; words: for the toast; reasons: offer them
 * @returns {Decision[]}
 */
export function act(action, items, { body = {}, words, reasons } = {}) {
  const at = new Date().toISOString(), group = items.length > 1 ? at + "." + count++ : undefined;
  /** @type {Decision[]} */
  const ds = items.map(i => ({ id: i.id, rev: i.rev, from: i.state, action, body, at, text: i.text, group }));
  if (!ds.length) return ds;
  outbox.add(...ds);
  const left = items.filter(i => tabOf(foreseen(i, action, body).state) !== s.open);
  if (left.length) moveOn(left.map(i => i.id)); else draw();
  words ??= `${did(action)} “${brief(items[0].text)}”`;
  say(s.offline ? "Saved here: " + words[0].toLowerCase() + words.slice(1) : words, () => takeBack(ds), reasons ? r => because(ds, r) : undefined);
  send();
  return ds;
}

/** @param {Decision[]} ds @returns {Promise<void>} */
export async function takeBack(ds) {
  const told = () => { draw(); say(ds.length > 1 ? `Undone: ${ds.length}` : `Undone: “${brief(ds[0].text)}”`, null); };
  let left = ds.filter(d => !outbox.drop(d));
  draw();
  if (!left.length) return told();
  await outbox.going; // it is on its way: what became of it is what is undone
  left = left.filter(d => !outbox.drop(d) && known.has(d.id)).reverse();
  for (const d of left) {
    try {
      // Undo takes back one revision; a reason that came after its rejection is a second one.
      const steps = d.late ? /** @type {Record<string, string[]>} */ ({ approved: ["restore", "approve"], held: ["restore", "hold"] })[d.from] || ["restore"] : ["undo"];
      for (const step of steps) take(await call("POST", `${api}/submissions/${d.id}/${step}`, {}, known.get(d.id)));
    } catch (e) { return fault(/** @type {Problem} */ (e), d); }
  }
  told();
  if (tabOf(s.board.items.get(ds[0].id)?.state || "pending") === s.open) choose(ds[0].id, true);
}

/** The reason comes after the decision, and is a change of its own. @param {Decision[]} ds @param {string} reason */
async function because(ds, reason) {
  if (ds.every(d => outbox.drop(d))) {
    const again = ds.map(d => ({ ...d, body: { reason } }));
    outbox.add(...again);
    say(`Rejected: ${reason}`, () => takeBack(again));
    return send();
  }
  await outbox.going;
  for (const d of ds) {
    if (!known.has(d.id)) continue;
    try { take(await call("POST", `${api}/submissions/${d.id}/reject`, { reason }, known.get(d.id))); } catch (e) { return fault(/** @type {Problem} */ (e), d); }
  }
  say(`Rejected: ${reason}`, () => takeBack(ds.map(d => ({ ...d, late: true }))));
  draw();
}

/** Sends what waits. */
export const send = () => outbox.flush(async ds => {
  const [d] = ds;
  try {
    const i = await call("POST", `${api}/submissions/${d.id}/${d.action}`, d.body, d.rev, d.id + d.at);
    outbox.taken(d, i.rev);
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

/** The server's answer: an item as it is now. @param {Item} i */
export function take(i) {
  known.set(i.id, i.rev);
  s.board = apply(s.board, { type: "item", seq: s.board.seq, item: i });
}

/** A decision that was not taken: say who did what, and show it as it is. @param {Problem} p @param {{id: string, text: string}} d */
export async function fault(p, d) {
  let words = p.message;
  if (p.status === 409) {
    if (p.current) take(p.current);
    /** @type {Past | undefined} */ let top;
    try { top = (await call("GET", `${api}/submissions/${d.id}/history?limit=200`)).items.at(-1); } catch { /* then without the name */ }
    words = first(top, brief(d.text), top ? time(top.at) : "");
  } else if (p.status === 401) words = "This tablet is signed out. Open your link again; what is not sent yet is kept.";
  else if (p.status) words = `Not done: “${brief(d.text)}”. ${p.message}`;
  wrong(words);
  if (s.hand === d.id) { put(field($("[data-item]"), "conflict"), words); $("[data-conflict]").hidden = false; }
  draw();
}

/** @param {string} words */
export function wrong(words) {
  put($('[data-f="fault"]'), words);
  $("[data-fault]").hidden = false;
}

for (const action of ["approve", "reject", "hold", "restore", "return", "answer"]) {
  commands[action] = () => {
    const i = hand();
    if (!i || !may(i.state, action) || s.offline && (action === "return" || action === "answer")) return;
    act(action, [i], { reasons: action === "reject" });
  };
}
pressed("[data-act]", e => commands[e.dataset.act || ""]?.());
pressed("[data-dismiss]", e => { const b = /** @type {HTMLElement | null} */ (e.closest(".banner")); if (b) b.hidden = true; });
