// Single keys. They can be switched off, and are off in fields and dialogs.
import { TABS } from "../lib/desk.js";
import { $ } from "../lib/dom.js";
import { forPage } from "../lib/settings.js";
import { commands, page } from "./state.js";

commands.keys = () => /** @type {HTMLDialogElement} */ ($("#keys")).showModal();

/** @type {Record<string, string>} */
const KEYS = { a: "approve", r: "reject", h: "hold", s: "screen", j: "next", k: "previous", z: "undo", "?": "keys" };
let go = 0;

addEventListener("keydown", e => {
  if (page.set.keys === "off" || !forPage(e)) return;
  const k = e.key.toLowerCase(), t = Date.now() - go < 1500 && TABS.find(t => t[0] === k), command = t || KEYS[k];
  go = k === "g" ? Date.now() : 0;
  if (!command) return;
  e.preventDefault();
  if (!e.repeat || k === "j" || k === "k") commands[command]();
});
