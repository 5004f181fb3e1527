// The board: one view of an event as a value, and what each live message makes of it. Pure.
/** @import { Board, Item, Message } from "../types" */

/** @returns {Board} */
export const empty = () => ({ seq: 0, epoch: "", event: null, stage: null, counts: null, items: new Map(), who: [] });

/**
 * apply returns the board after a message; the board given stays as it is. A repeated or older word about an item
 * changes nothing.
 * @param {Board} b @param {Message} m @returns {Board}
 */
export function apply(b, m) {
  const n = { ...b, seq: Math.max(b.seq, m.seq) };
  switch (m.type) {
    case "snapshot":
      return { seq: m.seq, epoch: m.epoch, event: m.event, stage: m.stage, counts: m.counts, items: new Map(m.items.map(i => [i.id, i])), who: m.who || [] };
    case "item":
      if ((b.items.get(m.item.id)?.rev ?? 0) <= m.item.rev) n.items = new Map(b.items).set(m.item.id, m.item);
      break;
    case "gone":
      if ((b.items.get(m.id)?.rev ?? Infinity) <= m.seq) (n.items = new Map(b.items)).delete(m.id);
      break;
    case "stage":
      if ((b.stage?.rev ?? 0) <= m.stage.rev) n.stage = m.stage;
      break;
    case "counts": n.counts = m.counts; break;
    case "event": n.event = m.event; break;
    case "presence": n.who = m.who;
  }
  return n;
}

/** @param {string} a @param {string} b */
const order = (a, b) => (a < b ? -1 : +(a > b));

/** What the room looks at. @param {Board} b */
export const now = b => b.items.get(b.stage?.now ?? "");

/**
 * queue is what is still to be asked, in the people's order: by rank, the one that is lined up first.
 * @param {Board} b @returns {Item[]}
 */
export const queue = b => {
  const next = b.stage?.next, current = b.stage?.now;
  return [...b.items.values()].filter(i => (i.state === "approved" || i.id === next) && i.id !== current)
    .sort((x, y) => +(y.id === next) - +(x.id === next) || order(x.rank, y.rank) || order(x.id, y.id));
};

/** answered is what has been answered, the newest first. @param {Board} b @returns {Item[]} */
export const answered = b => [...b.items.values()].filter(i => i.state === "answered").sort((x, y) => y.rev - x.rev);
