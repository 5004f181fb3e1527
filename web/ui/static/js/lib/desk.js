// The moderators' desk, as far as it is pure: lists, what may be done, words, and the decisions on their way.
/** @import { Board, Decision, Item, Past, State } from "../types" */
import { answered, now, queue } from "./live.js";

/** @param {string} a @param {string} b newest first */
const newest = (a, b) => (a > b ? -1 : +(a < b));

/** @typedef {"pending" | "held" | "approved" | "rejected"} Tab */
/** @type {Tab[]} */
export const TABS = ["pending", "held", "approved", "rejected"];

/**
 * tab lists what belongs under one tab: pending, held and rejected with the newest first; approved as the room will
 * see it: now, the queue, then what was answered.
 * @param {Board} b @param {Tab} t @returns {Item[]}
 */
export function tab(b, t) {
  if (t === "approved") {
    const n = now(b);
    return [...(n ? [n] : []), ...queue(b).filter(i => i.state === "approved"), ...answered(b)];
  }
  return [...b.items.values()].filter(i => i.state === t && !i.merged_into).sort((x, y) => newest(x.received_at || "", y.received_at || "") || newest(x.id, y.id));
}

/** The tab that shows a state. @param {State} s @returns {Tab | null} */
export const tabOf = s => (s === "live" || s === "answered" ? "approved" : TABS.includes(/** @type {Tab} */ (s)) ? /** @type {Tab} */ (s) : null);

/** What the buttons may do in a state; as the contract's table has it. @type {Record<string, string[]>} */
const MAY = {
  pending: ["approve", "reject", "hold", "screen"], held: ["approve", "reject", "restore", "screen"],
  approved: ["reject", "hold", "screen", "answer"], live: ["reject", "hold", "return", "answer"],
  answered: ["reject", "hold", "return"], rejected: ["restore"],
};

/** @param {State} s @param {string} action */
export const may = (s, action) => (MAY[s] || []).includes(action);

/** @type {Record<string, State>} */
const LEADS = { approve: "approved", reject: "rejected", hold: "held", restore: "pending", return: "approved", answer: "answered" };

/** The item as it will be, until the server says what it is. @param {Item} i @param {string} action @returns {Item} */
export const foreseen = (i, action) => ({ ...i, state: LEADS[action] || i.state });

/** with decisions still on their way. @param {Board} b @param {Decision[]} decisions @returns {Board} */
export function ahead(b, decisions) {
  const items = new Map(b.items);
  for (const d of decisions) {
    const i = items.get(d.id);
    if (i && i.rev === d.rev) items.set(d.id, foreseen(i, d.action));
  }
  return { ...b, items };
}

/** @type {Record<string, string>} */
const DID = {
  receive: "Sent", approve: "Approved", reject: "Rejected", hold: "Held", restore: "Put back to pending", return: "Put back into the queue", answer: "Marked answered",
  undo: "Undone", withdraw: "Taken back", revised: "Edited on its network", stage: "Put on the screen", unstage: "Taken off the screen", finish: "Answered", erase: "Erased",
};

/** What was done, as a moderator reads it. @param {string} action */
export const did = action => DID[action] || action;

/** @type {Record<string, string>} */
const FROM = { form: "by web form", x: "on X", mastodon: "on Mastodon", bluesky: "on Bluesky", feed: "by a feed", webhook: "by webhook", import: "by import", desk: "in the room" };

/** @param {Past} p */
export function past(p) {
  const who = p.by.role === "source" ? FROM[p.by.name] || "by " + p.by.name : p.by.name ? "by " + p.by.name : p.by.role === "clock" ? "by the clock" : "by " + (p.by.role === "attendee" ? "its sender" : "a " + p.by.role);
  return did(p.action) + " " + who + (p.reason ? ": " + p.reason : "");
}

/** Who was first, for the one who came second. @param {Past | undefined} p @param {string} text @param {string} at */
export function first(p, text, at) {
  if (!p) return `Somebody else decided first: “${text}”. This is how it is now.`;
  const who = p.by.role === "source" ? "Its network" : p.by.name || "Somebody else";
  return `${who} was first: ${did(p.action).toLowerCase()} at ${at}, “${text}”. This is how it is now.`;
}

/** @type {Record<string, [string, string]>} Word and tone of a state. */
export const STATE = {
  pending: ["Pending", "wait"], held: ["Held", "wait"], approved: ["In the queue", "go"], live: ["On screen", "lamp"], answered: ["Answered", "go"],
  rejected: ["Rejected", "stop"], withdrawn: ["Taken back", "off"], erased: ["Erased", "off"],
};

/** @type {Record<string, [string, string, string, string]>} Word on the list, words in hand, icon, tone. */
export const FLAG = {
  email: ["Personal data?", "Possible personal data:", "shield", "wait"], phone: ["Personal data?", "Possible personal data:", "shield", "wait"],
  link: ["Link", "Link:", "link", "info"], warning: ["Warning", "From its network:", "warn", "wait"], busy: ["Busy", "Held:", "warn", "wait"],
};

/** @param {number} ms @returns {string} "now", "4 min", "2 h", "3 days" */
export function age(ms) {
  const min = Math.floor(ms / 60000);
  if (min < 1) return "now";
  if (min < 60) return min + " min";
  if (min < 48 * 60) return Math.floor(min / 60) + " h";
  return Math.floor(min / 1440) + " days";
}

/** Text for a button or a message: short, whole words. @param {string} text @param {number} most */
export function brief(text, most = 40) {
  const c = [...text.replace(/\s+/g, " ")];
  return c.length <= most ? c.join("") : c.slice(0, most).join("").replace(/\s\S*$/, "") + "…";
}

/**
 * marked cuts a text at its flags, spans in code points.
 * @param {string} text @param {[number, number][]} spans @returns {{text: string, mark: boolean}[]}
 */
export function marked(text, spans) {
  const c = [...text], out = [];
  let at = 0;
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (from < at || to > c.length || to <= from) continue;
    if (from > at) out.push({ text: c.slice(at, from).join(""), mark: false });
    out.push({ text: c.slice(from, to).join(""), mark: true });
    at = to;
  }
  if (at < c.length) out.push({ text: c.slice(at).join(""), mark: false });
  return out;
}

/**
 * Outbox holds decisions from the press of the button until the server has taken them: in order, across a reload,
 * through any time without a connection.
 */
export class Outbox {
  /** @param {{getItem: (k: string) => string | null, setItem: (k: string, v: string) => void}} store @param {string} key */
  constructor(store, key) {
    this.store = store;
    this.key = key;
    this.busy = false;
    this.going = Promise.resolve();
    /** @type {Decision[]} */
    this.list = [];
    try { this.list = JSON.parse(store.getItem(key) || "[]"); } catch { /* nothing kept */ }
  }
  save() { try { this.store.setItem(this.key, JSON.stringify(this.list)); } catch { /* memory alone */ } }
  /** @param {Decision} d */
  add(d) { this.list = [...this.list, d]; this.save(); }
  /** Take back what has not gone out. @param {Decision} d @returns {boolean} whether it had not */
  drop(d) {
    if (this.busy && this.list[0] === d || !this.list.includes(d)) return false;
    this.list = this.list.filter(x => x !== d);
    this.save();
    return true;
  }
  /** What comes after a decision that was taken builds on what it made. @param {Decision} d @param {number} rev */
  taken(d, rev) { this.list = this.list.map(x => (x !== d && x.id === d.id && x.rev === d.rev ? { ...x, rev } : x)); }
  /**
   * flush sends, oldest first, until nothing is left or send asks to wait. Called while it is at it, it is the same
   * sending: going is that one's end.
   * @param {(d: Decision) => Promise<boolean>} send false: no answer, keep it
   * @returns {Promise<void>}
   */
  flush(send) {
    if (!this.busy) this.going = this.run(send);
    return this.going;
  }
  /** @param {(d: Decision) => Promise<boolean>} send */
  async run(send) {
    this.busy = true;
    try {
      while (this.list.length) {
        const d = this.list[0];
        if (!(await send(d))) return;
        this.list = this.list.filter(x => x !== d);
        this.save();
      }
    } finally {
      this.busy = false;
    }
  }
}
