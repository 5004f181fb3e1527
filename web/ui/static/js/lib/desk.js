// The moderators' desk, as far as it is pure: lists, what may be done, and words.
/** @import { Board, Item, Past } from "../types" */
import { answered, now, queue, stories } from "./live.js";

/** @typedef {"pending" | "held" | "approved" | "rejected" | "stories" | "answered"} Tab */
/** @type {Tab[]} */
export const TABS = ["pending", "held", "approved", "rejected", "stories", "answered"];

/** The tab that shows an item; null: none, such as for one that was merged into another. @param {Item} i @returns {Tab | null} */
export function tabOf(i) {
  if (i.merged_into) return null;
  if (i.state === "approved") return i.kind === "story" ? "stories" : "approved";
  return i.state === "live" ? "approved" : TABS.includes(/** @type {Tab} */ (i.state)) ? /** @type {Tab} */ (i.state) : null;
}

/** @param {Item} x @param {Item} y those posted last first */
const newest = (x, y) => (x.posted_at === y.posted_at ? (x.id < y.id ? 1 : -1) : x.posted_at < y.posted_at ? 1 : -1);

/**
 * lists sorts a board into its tabs: pending, held, rejected with the newest first; approved as the room will see it,
 * now and then the queue; stories beside it, in their order; answered with the last one first.
 * @param {Board} b @returns {Record<Tab, Item[]>}
 */
export function lists(b) {
  /** @type {Record<Tab, Item[]>} */
  const out = { pending: [], held: [], approved: [], rejected: [], stories: [], answered: answered(b) };
  for (const i of b.items.values()) {
    const t = tabOf(i);
    if (t && t !== "approved" && t !== "answered" && t !== "stories") out[t].push(i);
  }
  for (const t of /** @type {Tab[]} */ (["pending", "held", "rejected"])) out[t].sort(newest);
  const n = now(b);
  out.stories = stories(b).filter(i => !i.merged_into);
  out.approved = [...(n ? [n] : []), ...queue(b).filter(i => i.state === "approved" && !i.merged_into)];
  return out;
}

/**
 * likes says what could be merged with what. An item names the earlier ones that it is like; here each names the other.
 * @param {Board} b @returns {Map<string, Set<string>>}
 */
export function likes(b) {
  /** @type {Map<string, Set<string>>} */ const out = new Map();
  const add = (/** @type {string} */ a, /** @type {string} */ c) => { const s = out.get(a); if (s) s.add(c); else out.set(a, new Set([c])); };
  const open = (/** @type {Item | undefined} */ i) => !!i && !i.merged_into && ["pending", "held", "approved", "answered"].includes(i.state);
  for (const i of b.items.values()) {
    if (!i.similar_to?.length || !open(i)) continue;
    for (const id of i.similar_to) if (open(b.items.get(id))) { add(i.id, id); add(id, i.id); }
  }
  return out;
}

/** What the buttons may do in a state; as the contract's table has it. @type {Record<string, string[]>} */
const MAY = {
  pending: ["approve", "reject", "hold", "screen", "edit", "merge"], held: ["approve", "reject", "restore", "screen", "edit", "merge"],
  approved: ["reject", "hold", "screen", "answer", "edit", "merge", "next-up"], live: ["reject", "hold", "return", "answer", "edit"],
  answered: ["reject", "hold", "return"], rejected: ["restore"],
};

/** @param {Item} i @param {string} action */
export const may = (i, action) => (i.merged_into ? action === "split" : (MAY[i.state] || []).includes(action));

/** @type {Record<string, string>} */
const DID = {
  receive: "Sent", review: "Reviewed", approve: "Approved", reject: "Rejected", hold: "Held", restore: "Put back to pending", return: "Put back into the queue", answer: "Marked answered",
  undo: "Undone", edit: "Edited", paraphrase: "Short version made", kind: "Kind changed", file: "Filed under another prompt", merge: "Merged", split: "Split again", move: "Moved", note: "Note to the chair changed", tag: "Tags changed", withdraw: "Taken back", revised: "Edited on its network", stage: "Put on the screen", unstage: "Taken off the screen", finish: "Answered", erase: "Erased",
};

/** What was done, as a moderator reads it. @param {string} action */
export const did = action => DID[action] || action;

/** @type {Record<string, string>} */
const FROM = { form: "by web form", x: "on X", mastodon: "on Mastodon", bluesky: "on Bluesky", feed: "by a feed", webhook: "by webhook", import: "by import", desk: "in the room" };

/** @param {Past} p */
export function past(p) {
  const who = p.by.role === "source" ? FROM[p.by.name] || "by " + p.by.name : p.by.role === "policy" ? "by the " + p.by.name : p.by.name ? "by " + p.by.name : p.by.role === "clock" ? "by the clock" : "by " + (p.by.role === "attendee" ? "its sender" : "a " + p.by.role);
  return did(p.action) + " " + who + (p.reason ? ": " + p.reason : "");
}

/** Who was first, for the one who came second. @param {Past | undefined} p @param {string} text @param {string} at */
export function first(p, text, at) {
  if (!p) return `Somebody else decided first: “${text}”. This is how it is now.`;
  const who = p.by.role === "source" ? "Its network" : p.by.role === "policy" ? "The " + p.by.name : p.by.name || "Somebody else";
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
  email: PERSONAL, phone: PERSONAL, "national-insurance": PERSONAL,
  "nhs-number": PERSONAL, address: PERSONAL, card: PERSONAL,
  link: ["Link", "Link:", "link", "info"], profanity: ["Language", "Language:", "speech", "stop"], language: ["Other language", "Other language:", "globe", "off"],
  unicode: ["Odd characters", "Odd characters:", "warn", "wait"], burst: ["Many at once", "Many at once:", "warn", "wait"],
  "found-late": ["Found late", "Found late:", "clock", "off"], "blocked-word": ["Blocked word", "Blocked word:", "warn", "stop"],
  warning: ["Warning", "From its network:", "warn", "wait"], busy: ["Busy", "Held:", "warn", "wait"],
};

/** Whether anything asks for a second look; that it was found late does not. @param {Item} i */
export const flagged = i => (i.flags || []).some(f => f.kind !== "found-late");

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
