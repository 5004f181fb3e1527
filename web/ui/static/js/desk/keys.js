// Keys: what they mean is lib/keymap.js; single ones can be switched off, and are off in fields and dialogs.
import { $ } from "../lib/dom.js";
import { keymap } from "../lib/keymap.js";
import { commands, page } from "./state.js";

commands.keys = () => /** @type {HTMLDialogElement} */ ($("#keys")).showModal();

const map = keymap();
addEventListener("keydown", e => {
  if (e.isComposing || e.defaultPrevented) return;
  const t = /** @type {Element} */ (e.target), field = t instanceof HTMLElement && !!t.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
  const command = map.press(e, { field, dialog: !!document.querySelector("dialog[open]"), single: page.set.keys !== "off" });
  if (!command) return;
  e.preventDefault();
  // What is off says why, by key as by press.
  const off = /** @type {HTMLElement | null} */ (document.querySelector(`[data-do="${command}"][aria-disabled="true"]:not([hidden])`));
  if (off) off.click(); else commands[command]?.();
});
