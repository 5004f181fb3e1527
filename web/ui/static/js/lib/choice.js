// Rows that are chosen: one by one, in ranges, all.

/** @typedef {{ids: Set<string>, from: string}} Choice from: where a range begins */

/** @returns {Choice} */
export const nothing = () => ({ ids: new Set(), from: "" });

/**
 * chosen returns the choice after one row was set; a range, from the row before, takes all between along.
 * @param {Choice} c @param {string[]} rows @param {string} id @param {boolean} on @param {boolean} [range] @returns {Choice}
 */
export function chosen(c, rows, id, on, range = false) {
  const ids = new Set(c.ids), a = rows.indexOf(c.from), b = rows.indexOf(id);
  const all = range && a >= 0 && b >= 0 ? rows.slice(Math.min(a, b), Math.max(a, b) + 1) : [id];
  for (const x of all) if (on) ids.add(x); else ids.delete(x);
  return { ids, from: id };
}

/** Without what cannot be acted on any more. @param {Choice} c @param {(id: string) => boolean} still @returns {Choice} */
export function kept(c, still) {
  const ids = [...c.ids].filter(still);
  return ids.length === c.ids.size ? c : { ids: new Set(ids), from: c.from };
}

/**
 * survivor says which of several stays when they are merged: one that the room can see already, else the one in hand.
 * @template {{id: string, state: string, rank: string}} T
 * @param {T} hand @param {T[]} others @returns {T}
 */
export function survivor(hand, others) {
  const weight = (/** @type {T} */ i) => ({ live: 3, answered: 2, approved: 1 }[i.state] || 0);
  return others.reduce((best, i) => (weight(i) > weight(best) ? i : best), hand);
}
