// The last decision, with undo, for 10 s, and longer while it is looked at.
import { $, clone, field, put } from "../lib/dom.js";
import { commands, page, pressed } from "./state.js";

const toast = $("[data-toast]");
/** @type {(() => Promise<void> | void) | null} */ let back = null;
/** @type {any} */ let timer = 0;

let spoken = 0;

/** How often the toast has spoken: whoever waited for an answer sees whether somebody spoke meanwhile. */
export const said = () => spoken;

/** @param {string} words @param {(() => Promise<void> | void) | null} undo @param {(reason: string) => void} [why] offers the reasons for a rejection */
export function say(words, undo, why) {
  back = undo;
  spoken++;
  put(field(toast, "toast"), words);
  $("[data-undo]").hidden = !undo;
  $("[data-why]").replaceChildren(...(why ? page.reasons : []).map(r => {
    const b = clone("t-why");
    b.textContent = r;
    b.addEventListener("click", () => why?.(r));
    return b;
  }));
  toast.hidden = false;
  linger();
}

function linger() {
  clearTimeout(timer);
  timer = setTimeout(() => { if (toast.matches(":hover, :focus-within")) linger(); else toast.hidden = true; }, 10000);
}

commands.undo = () => {
  const u = back;
  back = null;
  $("[data-undo]").hidden = true;
  u?.();
};
pressed("[data-undo]", () => commands.undo());
