// What became of the reader's own: the public stream says what is public, the server the rest.
/** @import { Board, Mine } from "../types" */
import { queue } from "./live.js";
import { $, clone, field, list, put } from "./dom.js";

/** @typedef {{draw: () => void, ask: () => void, add: (id: string, text: string, receipt: string) => void}} Yours */

/** @param {number} n */
const nth = n => n + (n % 100 > 10 && n % 100 < 14 ? "th" : ["th", "st", "nd", "rd"][n % 10] || "th");

/** @type {Record<string, string>} The machine's own reasons; a person's stays as it is. As reasonWords in views.go. */
const REASONS = { blocked: "the moderators take nothing more from this sender", flagged: "it needs a second look" };

/** @param {string} s */
const lower = s => /^[A-Z][a-z]/.test(s) ? s[0].toLowerCase() + s.slice(1) : s;

/** @param {string} why */
const reason = why => REASONS[why] || lower(why);

/**
 * words says what became of something: words, colour, icon. As MineView.Words in views.go.
 * @param {string} status @param {number} place @param {string | null} why
 */
export const words = (status, place, why) => ({
  approved: ["In the queue" + (place ? ", " + nth(place) : ""), "go", "list"], live: ["Now", "lamp", "check"], answered: ["Answered", "go", "check"],
  rejected: ["Not used" + (why ? ": " + reason(why) : ""), "off", "cross"], withdrawn: ["Taken back", "off", "cross"], erased: ["Taken back", "off", "cross"],
  merged: ["Joined with another", "off", "list"],
  story: ["Among the stories", "go", "list"],
}[status] || ["Waiting for a moderator", "wait", "clock"]);

/** yours keeps the list up to date. @param {string} api @param {() => Board} board @returns {Yours} */
export function yours(api, board) {
  const box = $('[data-list="mine"]');
  let asked = 0;

  /** @param {HTMLElement} e @param {Mine} [m] */
  const tag = (e, m) => {
    const id = e.dataset.id || "", b = board(), status = b.items.get(id)?.state || m?.status;
    if (!status) return;
    const place = queue(b).findIndex(i => i.id === id) + 1, told = status === "approved" && b.items.get(id)?.kind === "story";
    const [say, tone, icon] = words(told ? "story" : status, place, m?.reason || null), t = field(e, "tag");
    const into = m?.merged_into && b.items.get(m.merged_into);
    put(field(t, "words"), say + (into ? ": " + lower(words(into.state, 0, null)[0]) : ""));
    t.className = "tag tag--" + tone;
    $("use", t).setAttribute("href", "#i-" + icon);
  };

  const draw = () => { for (const e of box.children) tag(/** @type {HTMLElement} */ (e)); };

  const count = () => {
    $('[data-empty="mine"]').hidden = box.children.length > 0;
    put($('[data-n="mine"]'), box.children.length);
  };

  /** What the public stream cannot say: a rejection, a hold. */
  const ask = async () => {
    if (document.hidden || !box.children.length || Date.now() - asked < 2000) return;
    asked = Date.now();
    try {
      const r = await fetch(api + "/mine");
      if (!r.ok) return;
      list(box, /** @type {Mine[]} */ ((await r.json()).items), "t-mine", (e, m) => {
        put(field(e, "text"), m.text);
        if (m.receipt) /** @type {HTMLAnchorElement} */ (field(e, "receipt")).href = m.receipt;
        tag(e, m);
      });
      count();
    } catch { /* the next time */ }
  };
  setInterval(ask, 30000);

  const add = (/** @type {string} */ id, /** @type {string} */ text, /** @type {string} */ receipt) => {
    const e = clone("t-mine");
    e.dataset.id = id;
    put(field(e, "text"), text);
    /** @type {HTMLAnchorElement} */ (field(e, "receipt")).href = receipt;
    box.prepend(e);
    count();
    setTimeout(ask, 3000);
  };
  return { draw, ask, add };
}
