// Decisions on their way: kept from the press of the button until the server has taken them, and how the board will
// look when it has.
/** @import { Board, Decision, Item, State } from "../types" */
import { between } from "./order.js";

/** @type {Record<string, State>} */
const LEADS = { approve: "approved", reject: "rejected", hold: "held", restore: "pending", return: "approved", answer: "answered" };

/** The item as it will be, until the server says what it is. @param {Item} i @param {string} action @param {Record<string, any>} [body] @returns {Item} */
export function foreseen(i, action, body = {}) {
  switch (action) {
    case "reject": case "hold": return { ...i, state: LEADS[action], reason: body.reason || null };
    case "edit": return { ...i, text: body.text, edited: true, original: i.original ?? i.text, flags: [] };
    case "kind": return { ...i, kind: body.kind };
    case "note": return { ...i, note: body.text || null };
    case "tag": return { ...i, tags: [...(i.tags || []).filter(t => !(body.remove || []).includes(t)), ...(body.add || []).filter((/** @type {string} */ t) => !i.tags?.includes(t))] };
    case "paraphrase": return { ...i, merged_into: i.id }; // into what is being made of it
    case "merge": return { ...i, merged_into: body.into };
    case "split": return { ...i, merged_into: null };
    default: return { ...i, state: LEADS[action] || i.state };
  }
}

/** with decisions still on their way. @param {Board} b @param {Decision[]} decisions @returns {Board} */
export function ahead(b, decisions) {
  const items = new Map(b.items);
  decisions.forEach((d, n) => {
    const i = items.get(d.id);
    if (!i || i.rev !== d.rev) return;
    // Where a move leads is shown by a rank of our own, until the server has given one.
    if (d.review) items.set(d.id, { ...i, reviewed_by: { role: "moderator", name: d.review } });
    else if (d.action === "move") items.set(d.id, { ...i, rank: between(d.body.after === null ? "" : items.get(d.body.after)?.rank || "", n) });
    else {
      const f = foreseen(i, d.action, d.body);
      // What is approved comes last, below every rank that the server gives.
      items.set(d.id, f.state === "approved" && i.state !== "approved" ? { ...f, rank: "~" + String(n).padStart(6, "0") } : f);
    }
  });
  return { ...b, items };
}

/** What one request may carry; the contract's limit of a batch. */
const MOST = 200;

/**
 * Outbox holds decisions from the press of the button until the server has taken them: in order, across a reload,
 * through any time without a connection. What was decided in one go (one group) goes out as one.
 */
export class Outbox {
  /** @param {{getItem: (k: string) => string | null, setItem: (k: string, v: string) => void}} store @param {string} key */
  constructor(store, key) {
    this.store = store;
    this.key = key;
    this.busy = false;
    this.going = Promise.resolve();
    /** What is out and not answered yet. @type {Decision[]} */
    this.out = [];
    /** @type {Decision[]} */
    this.list = [];
    try { this.list = JSON.parse(store.getItem(key) || "[]"); } catch { /* nothing kept */ }
  }
  save() { try { this.store.setItem(this.key, JSON.stringify(this.list)); } catch { /* memory alone */ } }
  /** @param {...Decision} ds */
  add(...ds) { this.list = [...this.list, ...ds]; this.save(); }
  /** Take back what has not gone out. @param {Decision} d @returns {boolean} whether it had not */
  drop(d) {
    if (this.out.includes(d) || !this.list.includes(d)) return false;
    this.list = this.list.filter(x => x !== d);
    this.save();
    return true;
  }
  /** What comes after a decision that was taken builds on what it made. @param {Decision} d @param {number} rev */
  taken(d, rev) {
    for (const x of this.list) if (x !== d && x.id === d.id && x.rev === d.rev) x.rev = rev;
    this.save();
  }
  /** They have their answer, whichever it is. @param {Decision[]} ds */
  done(ds) { this.list = this.list.filter(x => !ds.includes(x)); this.save(); }
  /** The oldest, with those of its group that say the same of other items. @returns {Decision[]} */
  head() {
    const first = this.list[0], ids = new Set(), out = [];
    for (const d of this.list) {
      if (out.length === MOST || ids.has(d.id) || d !== first && (!first.group || d.group !== first.group || d.action !== first.action || JSON.stringify(d.body) !== JSON.stringify(first.body))) break;
      ids.add(d.id);
      out.push(d);
    }
    return out;
  }
  /**
   * flush sends, oldest first, until nothing is left or send asks to wait. Called while it is at it, it is the same
   * sending: going is that one's end.
   * @param {(ds: Decision[]) => Promise<boolean>} send one, or several of a group; false: no answer, keep them
   * @returns {Promise<void>}
   */
  flush(send) {
    if (!this.busy) this.going = this.run(send);
    return this.going;
  }
  /** @param {(ds: Decision[]) => Promise<boolean>} send */
  async run(send) {
    this.busy = true;
    try {
      while (this.list.length) {
        const out = this.out = this.head();
        if (!(await send(out))) return;
        this.done(out);
      }
    } finally {
      this.busy = false;
      this.out = [];
    }
  }
}
