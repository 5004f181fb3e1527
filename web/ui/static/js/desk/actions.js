// The one way in which anything is decided: act puts decisions into the outbox, moves on, says so and sends; what was
// decided is taken back by takeBack; what the server does not take goes to fault.
/** @import { Decision, Item } from "../types" */
import { call, Problem } from "../lib/api.js";
import { brief, did, first, may, tabOf } from "../lib/desk.js";
import { $, field, put } from "../lib/dom.js";
import { apply } from "../lib/live.js";
import { foreseen } from "../lib/outbox.js";
import { choose, moveOn, readmit } from "./list.js";
import { recall } from "./recall.js";
import { heard, keyOf, missed, newest, told, unanswered } from "./replay.js";
import { commands, draw, hand, later, page, pressed, s } from "./state.js";
import { say } from "./toast.js";

const { api, outbox, time } = page;

/** The newest revision of what was decided here. @type {Map<string, number>} */
const known = new Map();
let count = 0;
/** @type {any} */ let again = 0;

/** Under the two-person rule the first only reviews. @param {string} action @param {Item} i */
const reviews = (action, i) => action === "approve" && !!s.board.event?.policy?.two_person && !i.reviewed_by && (i.state === "pending" || i.state === "held");

/**
 * act decides about items as they are shown. Returns the decisions, for who wants to take them back.
 * @param {string} action @param {Item[]} items @param {{body?: Record<string, any>, words?: string, reasons?: boolean, quiet?: boolean}} [o]
 *   body: of the action; words: for the toast; reasons: offer them; quiet: one of several, the caller draws and says
 * @returns {Decision[]}
 */
export function act(action, items, { body = {}, words, reasons, quiet } = {}) {
  const at = new Date().toISOString(), group = items.length > 1 ? `${at}.${count++}` : undefined;
  /** @type {Decision[]} */
  const ds = items.map(i => ({ id: i.id, rev: i.rev, from: i.state, action, body, at, text: i.text, group, review: reviews(action, i) ? page.me : undefined }));
  if (!ds.length) return ds;
  outbox.add(...ds);
  const left = quiet ? [] : items.filter((i, n) => tabOf(i) === s.open && !ds[n].review && tabOf(foreseen(i, action, body)) !== s.open);
  if (left.length) moveOn(left.map(i => i.id)); else if (!quiet) draw();
  if (!quiet && ds[0].review && s.hand === ds[0].id) commands.next(); // it stays where it is, for somebody else
  // What one has brought back oneself does not wait in the tray.
  const come = quiet ? [] : items.filter((i, n) => !ds[n].review && tabOf(i) !== s.open && tabOf(foreseen(i, action, body)) === s.open).map(i => i.id);
  if (come.length) { readmit(come); draw(); }
  if (!quiet) {
    const done = ds.every(d => d.review) ? "Reviewed, for somebody else to release" : did(action);
    words ??= items.length > 1 ? `${done}: ${items.length}` : `${done}: “${brief(items[0].text)}”`;
    say(s.offline ? "Saved here: " + words[0].toLowerCase() + words.slice(1) : words, () => takeBack(ds), reasons ? r => because(ds, r) : undefined);
  }
  send();
  return ds;
}

/** Takes back what act returned, newest first. @param {Decision[]} ds @returns {Promise<void>} */
export async function takeBack(ds) {
  const told = () => { draw(); say(ds.length > 1 ? `Undone: ${ds.length}` : `Undone: “${brief(ds[0].text)}”`, null); };
  let left = ds.filter(d => !outbox.drop(d));
  draw();
  readmit(ds.map(d => d.id));
  if (!left.length) return told();
  await outbox.going; // it is on its way: what became of it is what is undone
  left = left.filter(d => !outbox.drop(d) && known.has(d.made || d.id)).reverse();
  try {
    if (left.length > 1 && left.every(d => !d.late && d.group === left[0].group && d.group)) await undoAll(left);
    else for (const d of left) {
      // Undo takes back one revision; a reason that came after its rejection is a second one.
      const steps = d.late ? /** @type {Record<string, string[]>} */ ({ approved: ["restore", "approve"], held: ["restore", "hold"] })[d.from] || ["restore"] : ["undo"];
      for (const step of steps) take(await call("POST", `${api}/submissions/${d.made || d.id}/${step}`, {}, known.get(d.made || d.id)));
    }
  } catch (e) { return fault(/** @type {Problem} */ (e), left[0]); }
  draw();
  readmit(ds.map(d => d.id));
  told();
  const i = s.desk.items.get(ds[0].id);
  // Who types by now keeps the field: their next letters would be commands.
  const typing = document.activeElement?.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");
  if (i && tabOf(i) === s.open && ds.length === 1 && !typing) choose(i.id, true);
}

/** @param {Decision[]} ds */
async function undoAll(ds) {
  const { results } = await call("POST", `${api}/submissions/batch`, { action: "undo", body: {}, items: ds.map(d => ({ id: d.id, rev: known.get(d.id) })) });
  const missed = ds.filter((d, n) => results[n].status > 299);
  ds.forEach((d, n) => { if (results[n].status < 300) known.set(d.id, results[n].rev); });
  if (missed.length) wrong(`${ds.length - missed.length} of ${ds.length} undone. Somebody has changed the others since: ${missed.slice(0, 3).map(d => `“${brief(d.text)}”`).join(", ")}${missed.length > 3 ? " and more" : ""}.`);
}

/** The reason comes after the decision, and is a change of its own. @param {Decision[]} ds @param {string} reason */
async function because(ds, reason) {
  if (ds.every(d => outbox.drop(d))) {
    const meant = ds.map(d => ({ ...d, at: new Date().toISOString(), body: { reason } })); // another decision, by another name
    outbox.add(...meant);
    say(`Rejected: ${reason}`, () => takeBack(meant));
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
    if (ds.length > 1) return await sendAll(ds);
    taken(d, await call("POST", `${api}/submissions/${d.id}/${d.action}`, d.body, d.rev, keyOf(d)));
    return true;
  } catch (e) {
    const p = /** @type {Problem} */ (e);
    if (p.unsent || p.status === 401) {
      unanswered();
      clearTimeout(again);
      if (p.unsent) again = setTimeout(send, 3000); else await fault(p, { id: "", text: "" });
      draw();
      return false;
    }
    outbox.done(ds);
    for (const x of ds) {
      if (p.current && x.id === d.id) take(p.current);
      if (!(await missed(x, p)) && x === d) await fault(p, d);
      readmit([x.id]);
    }
    return true;
  }
}).then(() => { told(); later(); });

/** What was decided in one go goes out as one; each item has its own answer. @param {Decision[]} ds @returns {Promise<boolean>} false: some have no answer yet */
async function sendAll(ds) {
  const [d] = ds, key = `${d.group}.${ds.length}.${d.id}`;
  const { results } = await call("POST", `${api}/submissions/batch`, { action: d.action, body: d.body, items: ds.map(x => ({ id: x.id, rev: x.rev })) }, undefined, key);
  /** @type {Decision[]} */ const lost = [], /** @type {Decision[]} */ waits = [];
  for (const [n, x] of ds.entries()) {
    const { status, rev, problem } = results[n], p = new Problem(status, problem?.detail || "", problem?.current || null);
    if (p.unsent) { waits.push(x); continue; }
    if (status > 299) {
      if (p.current) take(p.current);
      if (!(await missed(x, p))) lost.push(x);
      continue;
    }
    // The stream brings the item itself; until then it is what we know it to be.
    const i = s.board.items.get(x.id);
    if (i) taken(x, { ...(x.review ? { ...i, reviewed_by: { role: "moderator", name: x.review } } : foreseen(i, x.action, x.body)), rev });
  }
  outbox.done(ds.filter(x => !waits.includes(x)));
  if (waits.length) { clearTimeout(again); again = setTimeout(send, 3000); }
  draw();
  readmit(ds.filter((x, n) => results[n].status > 299).map(x => x.id));
  if (lost.length) wrong(`${ds.length - lost.length - waits.length} of ${ds.length} done. Somebody else was first with ${lost.slice(0, 3).map(x => `“${brief(x.text)}”`).join(", ")}${lost.length > 3 ? ` and ${lost.length - 3} more` : ""}: they are as they are now.`);
  return !waits.length;
}

/** The server has taken a decision. @param {Decision} d @param {Item} i */
function taken(d, i) {
  take(i);
  // A short version is an item of its own; what became of the post the stream says.
  if (i.id === d.id) { outbox.taken(d, i.rev); recall(d, i); } else { d.made = i.id; draw(); readmit([i.id]); }
  heard(d);
}

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
    const top = await newest(d.id);
    words = first(top, brief(d.text), top ? time(top.at) : "");
  } else if (p.status === 401) words = "This tablet is signed out. Open your link again; what is not sent yet is kept.";
  else if (p.status) words = `Not done: “${brief(d.text)}”. ${p.message}`;
  wrong(words);
  draw();
  if (d.id) readmit([d.id]);
  if (s.hand === d.id) { put(field($("[data-item]"), "conflict"), words); $("[data-conflict]").hidden = false; }
  draw();
}

/** @param {string} words */
export function wrong(words) {
  put($('[data-f="fault"]'), words);
  $("[data-fault]").hidden = false;
}

for (const action of ["approve", "reject", "hold", "restore", "return", "answer", "split"]) {
  commands[action] = () => {
    const i = hand();
    if (!i || !may(i, action) || s.offline && (action === "return" || action === "answer")) return;
    act(action, [i], { reasons: action === "reject" });
  };
}
pressed("[data-dismiss]", e => { const b = /** @type {HTMLElement | null} */ (e.closest(".banner")); if (b) b.hidden = true; });
