// Lenses: ways to order what is still to be decided or asked. They suggest; the order is people's.
/** @import { Board, Item } from "../types" */
import { folded } from "./find.js";

/** Since when it waits: one that was found late has waited only since it came. @param {Item} i */
export const since = i => (i.flags?.some(f => f.kind === "found-late") ? i.received_at || i.posted_at : i.posted_at);

/** @param {string} a @param {string} b */
const order = (a, b) => (a < b ? -1 : +(a > b));
/** @param {Item} a @param {Item} b */
const oldest = (a, b) => order(since(a), since(b)) || order(a.id, b.id);
/** @param {Item} i */
const support = i => i.support ?? i.votes + 1;

/** Whose first it is: they have had nothing approved, asked or answered. @param {Item[]} items @param {Board} b */
function firstTimers(items, b) {
  const heard = new Set();
  for (const i of b.items.values()) {
    if (i.author?.key && (i.state === "live" || i.state === "answered" || i.state === "approved" && !items.includes(i))) heard.add(i.author.key);
  }
  return (/** @type {Item} */ i) => !i.author.key || !heard.has(i.author.key);
}

/** The first of each source, then the second of each; who has waited longest begins. @param {Item[]} items */
function inTurn(items) {
  /** @type {Map<string, number>} */ const n = new Map();
  /** @type {Map<Item, number>} */ const turn = new Map();
  for (const i of [...items].sort(oldest)) {
    turn.set(i, n.get(i.source) || 0);
    n.set(i.source, (n.get(i.source) || 0) + 1);
  }
  return [...items].sort((a, b) => (turn.get(a) || 0) - (turn.get(b) || 0) || oldest(a, b));
}

const COMMON = new Set("about after again been before being could does doing down from have here into just like many more most much only other over same should some such than that their them then there these they this those very want well were what when where which while will with would your yours panel".split(" "));

/** The words that say what a text is about. @param {Item} i */
const about = i => new Set([...(i.tags || []).map(t => "#" + folded(t)), ...(folded(i.text).match(/[\p{L}\p{N}]{4,}/gu) || []).filter(w => !COMMON.has(w)).map(w => w.replace(/(?:ing|ed|es|s)$/, ""))]);

/** @param {Set<string>} a @param {Set<string>} b */
function shared(a, b) {
  let n = 0;
  for (const w of a) if (b.has(w)) n += w[0] === "#" ? 3 : 1;
  return n / Math.max(1, Math.min(a.size, b.size));
}

/** What shares least with anything that has been asked. @param {Item[]} items @param {Board} b */
function untouched(items, b) {
  const asked = [...b.items.values()].filter(i => i.state === "live" || i.state === "answered").map(about);
  const near = new Map(items.map(i => { const words = about(i); return [i, Math.max(0, ...asked.map(a => shared(words, a)))]; }));
  return [...items].sort((x, y) => (near.get(x) || 0) - (near.get(y) || 0) || oldest(x, y));
}

/** Those that resemble each other side by side, the largest group first. @param {Item[]} items */
function alike(items) {
  const here = new Map(items.map(i => [i.id, i])), group = new Map(items.map(i => [i.id, i.id]));
  /** @param {string} id @returns {string} */
  const root = id => { let r = id; while (group.get(r) !== r) r = /** @type {string} */ (group.get(r)); group.set(id, r); return r; };
  for (const i of items) for (const o of i.similar_to || []) if (here.has(o)) group.set(root(i.id), root(o));
  /** @type {Map<string, Item[]>} */ const groups = new Map();
  for (const i of [...items].sort(oldest)) { const r = root(i.id); groups.set(r, [...(groups.get(r) || []), i]); }
  return [...groups.values()].sort((a, b) => b.length - a.length || oldest(a[0], b[0])).flat();
}

/** @typedef {"newest" | "wait" | "support" | "first" | "turn" | "topics" | "alike" | "ours"} Lens */

/** @type {Record<Lens, string>} */
export const LENSES = {
  newest: "Newest", ours: "Our order", wait: "Longest wait", support: "Most support", first: "First-time askers", turn: "Sources in turn", topics: "Untouched topics", alike: "Most alike",
};

/** What a list may be ordered by; the first is how it stands. @param {string} tab @returns {Lens[]} */
export const lensesOf = tab => (tab === "approved" ? ["ours", "wait", "support", "first", "turn", "topics"] : ["newest", "wait", "support", "first", "turn", "topics", "alike"]);

/**
 * through returns the items as a lens orders them. Newest goes by when it was posted, so that what was found late is
 * not on top.
 * @param {Lens} lens @param {Item[]} items @param {Board} b what else there is @returns {Item[]}
 */
export function through(lens, items, b) {
  switch (lens) {
    case "newest": return [...items].sort((x, y) => order(y.posted_at, x.posted_at) || order(y.id, x.id));
    case "wait": return [...items].sort(oldest);
    case "support": return [...items].sort((x, y) => support(y) - support(x) || oldest(x, y));
    case "first": { const first = firstTimers(items, b); return [...items].sort((x, y) => +first(y) - +first(x) || oldest(x, y)); }
    case "turn": return inTurn(items);
    case "topics": return untouched(items, b);
    case "alike": return alike(items);
    default: return items;
  }
}
