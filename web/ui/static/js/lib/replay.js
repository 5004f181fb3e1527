// What was decided without a connection and has now been sent: how much of it was taken, and both sides of the rest.
/** @import { Decision, Item, Past } from "../types" */
import { brief, did, STATE } from "./desk.js";
import { Problem } from "./api.js";

/** @type {Record<string, string>} */
const WANT = {
  approve: "Approve", reject: "Reject", hold: "Hold", restore: "Put back to pending", return: "Put back into the queue", answer: "Mark answered", merge: "Merge into another", split: "Split again", move: "Move in the queue",
};

/** What a decision wanted, as its moderator reads it. @param {Decision} d */
export function wanted(d) {
  const b = d.body;
  switch (d.action) {
    case "reject": return "Reject" + (b.reason ? ": " + b.reason : "");
    case "edit": return `Edit to “${b.text}”`;
    case "paraphrase": return `Short version “${b.text}”`;
    case "note": return b.text ? `Note to the chair “${b.text}”` : "Take the note away";
    case "tag": return b.add?.length ? `Tag ${b.add.join(", ")}` : `Take the tag ${(b.remove || []).join(", ")} off`;
    case "kind": return b.kind === "story" ? "Make it a story" : "Make it a question";
    default: return WANT[d.action] || d.action;
  }
}

/** A decision that was not taken, with both sides. Other: somebody else had decided. @typedef {{id: string, of: string, text: string, wanted: string, now: string, other: boolean}} Clash */

/**
 * clash sets both sides beside each other. Nothing of it is guessed: it is the server's word.
 * @param {string} key of the decision @param {Decision} d @param {Problem} p @param {Past | undefined} top the newest of its history
 * @param {Item | undefined} i as it is now @param {(at: string) => string} time @returns {Clash}
 */
export function clash(key, d, p, top, i, time) {
  const other = p.status === 409 || p.status === 410 || p.status === 404;
  const state = i ? (i.merged_into ? "Merged into another" : (STATE[i.state] || [i.state])[0]) : "";
  const who = top && (top.by.role === "source" ? "its network" : top.by.name || "somebody else");
  const done = !other ? p.message : p.status !== 409 ? "Erased: nothing is left of it" : top ? `${did(top.action)} by ${who} at ${time(top.at)}` : "Changed by somebody else";
  const now = !state || done.startsWith(state) ? done : `${state}. ${done}`;
  return { id: key, of: d.id, text: brief(i?.text || d.text, 90), wanted: `${wanted(d)}, at ${time(d.at)}`, now, other };
}

const many = (/** @type {number} */ n, /** @type {string} */ one, /** @type {string} */ more) => `${n} ${n === 1 ? one : more}`;

/** Says how a replay went. @param {number} sent @param {Clash[]} clashes of this time */
export function summary(sent, clashes) {
  const other = clashes.filter(c => c.other).length, refused = clashes.length - other;
  return ["You are back.", sent ? many(sent, "decision was sent.", "decisions were sent.") : "",
    other ? many(other, "had been decided by somebody else meanwhile, and stays as they left it.", "had been decided by somebody else meanwhile, and stay as they left them.") : "",
    refused ? many(refused, "could not be done.", "could not be done.") : ""].filter(Boolean).join(" ");
}
