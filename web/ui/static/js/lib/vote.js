// A press of a vote button: shown at once, and put right by what the server says.
/** @import { Item } from "../types" */
import { $ } from "./dom.js";

/** Votes on their way: another press waits for them. @type {Set<string>} */
const busy = new Set();

/**
 * vote puts in the reader's vote, or takes it back.
 * @param {string} api @param {HTMLButtonElement} b @param {Set<string>} mine what they have voted for
 * @param {() => Item | undefined} item what it is about, as it is known now @param {(fresh: boolean) => void} draw
 */
export async function vote(api, b, mine, item, draw) {
  const id = b.value, on = !mine.has(id), was = +($("b", b).textContent || 0), shown = Math.max(0, was + (on ? 1 : -1));
  if (busy.has(id)) return;
  busy.add(id);
  /** @param {boolean} voted @param {number} [votes] */
  const show = (voted, votes) => {
    if (voted) mine.add(id); else mine.delete(id);
    const i = item();
    if (i && votes !== undefined) i.votes = votes;
    draw(true);
  };
  show(on, shown);
  try {
    const r = await fetch(`${api}/submissions/${id}/vote`, { method: on ? "PUT" : "DELETE" }), said = await r.json();
    if (!r.ok) throw new Error(said.detail);
    show(on, said.votes);
    b.title = "";
  } catch (e) {
    // Where the total has moved on meanwhile, the server has said how many there are.
    show(!on, item()?.votes === shown ? was : undefined);
    b.title = e instanceof Error && !(e instanceof TypeError || e instanceof SyntaxError) ? e.message : "Your vote did not arrive. Try again.";
  } finally {
    busy.delete(id);
  }
}
