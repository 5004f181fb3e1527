// Several hands on one event: who is there, who looks at what, and which screens have taken something down.
/** @import { Item, Person, Screen } from "../types" */

/** How long a claim lasts unless it is made again, and how often it is made again at most, in ms. */
export const CLAIM = 60_000, AGAIN = 20_000;

/** Two letters for a name. @param {string} name */
export const initials = name => name.trim().split(/\s+/).map(w => [...w][0] || "").slice(0, 2).join("").toUpperCase();

/** What somebody is called in few words. @param {string} name */
export const given = name => name.trim().split(/\s+/)[0] || "Somebody else";

/** @typedef {{id: string, name: string, words: string, face: string, me: boolean, place: number}} Hand place: among those shown, for the colour */

/**
 * people lists who is there, each once: oneself, then the other moderators and organisers, then the chair.
 * @param {Person[]} who @param {string} me @returns {Hand[]}
 */
export function people(who, me) {
  const chair = who.filter(w => w.role === "chair"), team = who.filter(w => w.role !== "chair" && w.role !== "screen" && w.name && w.name !== me);
  const once = (/** @type {Person[]} */ list) => [...new Map(list.map(w => [w.name, w])).values()];
  return [{ id: "me", name: me, words: me + ", you", me: true }, ...once(team).map(w => ({ id: w.role + " " + w.name, name: w.name, words: w.name + (w.role === "organiser" ? ", organiser" : ""), me: false })),
    ...once(chair).map(w => ({ id: "chair " + w.name, name: w.name || "Chair", words: (w.name || "Somebody") + ", chair", me: false }))]
    .map((p, place) => ({ ...p, face: initials(p.name), place }));
}

/**
 * taken says who else looks at what, by the id of the item. What somebody of one's own name looks at is one's own
 * where it was claimed here; else it is another tablet.
 * @param {Person[]} who @param {string} me @param {Set<string>} mine ids claimed here lately @returns {Map<string, string>}
 */
export function taken(who, me, mine) {
  const by = new Map();
  for (const w of who) if (w.claimed && !((w.name || me) === me && mine.has(w.claimed))) by.set(w.claimed, w.name);
  return by;
}

const PUBLIC = new Set(["approved", "live", "answered"]);

/** Whether a decision took something down that the room may have seen. @param {string} from the state before @param {Item} i as it is now */
export const recalled = (from, i) => PUBLIC.has(from) && !PUBLIC.has(i.state) && !i.merged_into;

/** Something taken down: gone from a screen that shows everything up to seq. @typedef {{id: string, seq: number, text: string}} Recall */

/**
 * confirmed says how far the screens are with what was taken down.
 * @param {Recall[]} recalls @param {Screen[]} screens
 * @returns {{left: Recall[], waiting: Screen[], words: string}} left: what some screen may still show; waiting: those screens; words: for people
 */
export function confirmed(recalls, screens) {
  const behind = (/** @type {Recall} */ r) => screens.filter(s => s.shown < r.seq);
  const left = recalls.filter(r => behind(r).length), waiting = screens.filter(s => left.some(r => s.shown < r.seq)), n = screens.length, ok = n - waiting.length;
  if (!left.length) return { left, waiting, words: !n ? "Taken down. No screen has joined, so none confirms it" : `Taken down. ${ok} of ${n} screen${n > 1 ? "s" : ""} confirm${n > 1 ? "" : "s"}` };
  const names = (/** @type {Screen[]} */ list) => list.map(s => s.name || "a screen without a name").join(" and ");
  const slow = waiting.filter(s => s.heard), silent = waiting.filter(s => !s.heard);
  const what = left.length > 1 ? `the ${left.length} that were taken down` : "it";
  return { left, waiting, words: [`${ok} of ${n} screen${n > 1 ? "s" : ""} confirm${ok === 1 ? "s" : ""}.`,
    slow.length ? `${names(slow)} may still show ${what}.` : "",
    silent.length ? `${names(silent)}: not heard from for a minute, and may still show ${what}. Look at it, or switch it off.` : ""].filter(Boolean).join(" ") };
}
