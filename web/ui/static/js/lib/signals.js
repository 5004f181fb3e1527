// Signals between the moderators and the chair: short words, and whether they were seen. Both sides' pages share this.
/** @import { Signal } from "../types" */
import { call, Problem } from "./api.js";
import { characters } from "./size.js";

const MOST = 200; // characters of a signal

/** An answer in a few words that says what it answers; as SignalReply of the server. @param {string} words @param {string} to */
export const reply = (words, to) => {
  const parts = characters(to);
  const most = Math.max(0, MOST - 5 - words.length);
  return `${words}: “${parts.length > most ? parts.slice(0, most).join("") + "…" : to}”`;
};

/**
 * tell sends a signal. Returns "" once it is stored, else what went wrong.
 * @param {string} api @param {"chair" | "moderators"} to @param {string} text
 * @param {string} key pressed twice or sent again, it is said once @returns {Promise<string>}
 */
export async function tell(api, to, text, key) {
  try {
    await call("POST", api + "/signals", { to, text }, undefined, key);
    return "";
  } catch (e) {
    const p = /** @type {Problem} */ (e);
    return p.unsent ? `The ${to} ${to === "chair" ? "was" : "were"} not told: the connection is gone. Press again when it is back.` : p.message;
  }
}

/** Notes that a signal was seen. @param {string} api @param {string} id */
export const seen = (api, id) => call("POST", `${api}/signals/${id}/ack`, {});

/** What one side has still to see, and the last that it told the other. @param {Signal[]} all the oldest first @param {Signal["to"]} side */
export const mail = (all, side) => ({ waiting: all.filter(s => s.to === side && !s.acked_at), told: all.filter(s => s.to !== side).at(-1) });
