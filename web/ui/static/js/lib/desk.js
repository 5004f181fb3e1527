// The moderators' desk, as far as it is pure: lists, what may be done, and words.
/** @import { Board, Item, Past, State } from "../types" */
import { answered, now, queue, stories } from "./live.js";

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
    return [...(n ? [n] : []), ...queue(b).filter(i => i.state === "approved"), ...stories(b), ...answered(b)];
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

/** @type {[string, string, string, string]} */
const PERSONAL = ["Personal data?", "Possible personal data:", "shield", "wait"];

/** @type {Record<string, [string, string, string, string]>} Word on the list, words in hand, icon, tone. */
export const FLAG = {
  email: PERSONAL, phone: PERSONAL, "national-insurance": PERSONAL, "nhs-number": PERSONAL, address: PERSONAL, card: PERSONAL,
  profanity: ["Language", "Language:", "warn", "wait"], language: ["Other language", "Other language:", "quote", "info"],
  unicode: ["Odd characters", "Odd characters:", "warn", "wait"],
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
