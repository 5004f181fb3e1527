// The queue's order: where a move leads, and the fewest moves from one order to another. Ranks are the server's; a move
// names what the item comes after.

/**
 * place returns what an item at this place comes after, null for the top; undefined where that moves nothing.
 * @param {string[]} ids in order @param {string} id @param {number} to
 * @returns {string | null | undefined}
 */
export function place(ids, id, to) {
  const from = ids.indexOf(id);
  if (from < 0 || to < 0 || to >= ids.length || to === from) return undefined;
  const rest = ids.filter(x => x !== id);
  return to ? rest[to - 1] : null;
}

/**
 * moves returns the fewest moves, to be made one after another, that bring have into the order of want. Both hold the
 * same ids. What is already in order stays where it is.
 * @param {string[]} have @param {string[]} want @returns {{id: string, after: string | null}[]}
 */
export function moves(have, want) {
  const at = new Map(have.map((id, n) => [id, n])), stay = new Set(longest(want.map(id => at.get(id) ?? 0)).map(n => want[n]));
  const out = [];
  for (let n = 0; n < want.length; n++) if (!stay.has(want[n])) out.push({ id: want[n], after: n ? want[n - 1] : null });
  return out;
}

/** The places of a longest rising run. @param {number[]} list @returns {number[]} */
function longest(list) {
  /** @type {number[]} */ const ends = [], before = [];
  for (let i = 0; i < list.length; i++) {
    let lo = 0, hi = ends.length;
    while (lo < hi) { const mid = (lo + hi) >> 1; if (list[ends[mid]] < list[i]) lo = mid + 1; else hi = mid; }
    before[i] = lo ? ends[lo - 1] : -1;
    ends[lo] = i;
  }
  const run = [];
  for (let i = ends.length ? ends[ends.length - 1] : -1; i >= 0; i = before[i]) run.push(i);
  return run.reverse();
}

/**
 * between is a rank for show, until the server has given its own: after one, before whatever follows it. Later moves to
 * the same place come first. Real ranks are letters and digits, so these fit between any two.
 * @param {string} after the rank of what it comes after; empty: the top @param {number} n of the moves on their way
 */
export const between = (after, n) => after + "\u0001" + String(999999 - n);
