// What cannot be done without a connection stays where it is, says so, and says why when it is pressed.
import { s } from "./state.js";
import { say } from "./toast.js";

export const AWAY = {
  room: "Not while offline: the room may have moved on",
  order: "Not while offline: the order may have changed",
  tell: "Not while offline: nobody would hear it",
  all: "Not while offline: it is for everybody at once",
};

/** off makes a button say why it does nothing; "" makes it work again. @param {HTMLElement} button @param {string} why */
export function off(button, why) {
  if (why) button.setAttribute("aria-disabled", "true"); else button.removeAttribute("aria-disabled");
  if (why) button.title = why; else button.removeAttribute("title");
}

/** The same for what needs a connection. @param {HTMLElement} button @param {keyof typeof AWAY} what */
export const away = (button, what) => off(button, s.offline ? AWAY[what] : "");

document.addEventListener("click", e => {
  const b = /** @type {HTMLElement | null} */ (/** @type {Element} */ (e.target).closest('[aria-disabled="true"]'));
  if (!b) return;
  e.stopImmediatePropagation();
  e.preventDefault();
  say(b.title, null);
}, true);

/* a second tap that comes at once is not one of its own: what it would fall on has not been read */
let last = "", at = -Infinity;
document.addEventListener("click", e => {
  const b = /** @type {HTMLElement | null} */ (/** @type {Element} */ (e.target).closest("[data-act], [data-bulk-act], [data-undo]"));
  if (!b || /^(edit|merge)$/.test(b.dataset.act || "")) return; // they only open something
  if (!e.detail) return; // keys are not tapped twice by accident; what is held down is left out in lib/keymap.js
  const what = b.dataset.act || b.dataset.bulkAct || "undo", again = what === last && e.timeStamp - at < 400;
  last = what;
  at = e.timeStamp;
  if (!again) return;
  e.stopImmediatePropagation();
  e.preventDefault();
}, true);
