// A new desk explains itself, in place, until somebody has said that they have got it.
import { $ } from "../lib/dom.js";
import { commands } from "./state.js";

const KEY = "openfloor-desk-explained";
const show = (/** @type {boolean} */ on) => { for (const t of document.querySelectorAll("[data-tip]")) /** @type {HTMLElement} */ (t).hidden = !on; };

commands["got-it"] = () => {
  show(false);
  try { localStorage.setItem(KEY, "1"); } catch { /* then it explains itself again */ }
  $("[data-scroll]").focus();
};
commands.explain = () => {
  show(true);
  /** @type {HTMLDialogElement} */ ($("#settings")).close();
  $("[data-do=got-it]").focus();
};

let seen = "";
try { seen = localStorage.getItem(KEY) || ""; } catch { /* a browser that keeps nothing */ }
show(!seen);
