// Which rows a list shows. The list never moves under a thumb: while it is held (scrolled, pointed at, an item of it in
// hand), the rows stay as they are, what came since waits in a counted tray, and what somebody else decided stays in its
// place until the list is let go.
/** @import { Board, Item } from "../types" */

/**
 * arrange returns the ids to show and how many wait.
 * @param {string[]} before what is shown @param {Item[]} all what belongs to the list now, in order
 * @param {boolean} held @param {Board} board to look for what has left the list
 * @returns {{rows: string[], waiting: number}}
 */
export function arrange(before, all, held, board) {
  const ids = all.map(i => i.id), belong = new Set(ids);
  // A list that has nothing left of what was shown is a new one.
  if (!held || !before.some(id => belong.has(id))) return { rows: ids, waiting: 0 };
  const rows = before.filter(id => board.items.has(id)), shown = new Set(rows);
  return { rows, waiting: ids.filter(id => !shown.has(id)).length };
}

/** The row to go on with when this one is done: the next that is still to be decided, else the one before. @param {string[]} rows @param {string} id @param {(id: string) => boolean} open */
export function after(rows, id, open) {
  const n = rows.indexOf(id);
  return rows.slice(n + 1).find(open) || rows.slice(0, Math.max(0, n)).reverse().find(open) || "";
}
