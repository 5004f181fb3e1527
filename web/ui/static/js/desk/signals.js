// The moderators' side of the signals: telling the chair, seeing that it was seen, and what the chair says.
import { newKey, Problem } from "../lib/api.js";
import { $, field, put } from "../lib/dom.js";
import { mail, seen, tell } from "../lib/signals.js";
import { wrong } from "./actions.js";
import { away } from "./away.js";
import { commands, draw, page, parts, s } from "./state.js";
import { say } from "./toast.js";

const { api, time } = page, dialog = /** @type {HTMLDialogElement} */ ($("#tell")), own = /** @type {HTMLFormElement} */ ($("[data-tell-own]"));
const banner = $("[data-signal]"), told = $("[data-told]"), words = /** @type {HTMLInputElement} */ ($("#tell-text")), fault = $("[data-tell-fault]");
/** One key for one signal: pressed twice, it is said once. */
let key = "", sending = false;

parts.push(function drawSignals() {
  const { waiting, told: last } = mail(s.board.signals, "moderators"), [first] = waiting;
  banner.hidden = !first;
  if (first) {
    put(field(banner, "signal-from"), first.from.name ? `${first.from.name}, the chair:` : "The chair:");
    put(field(banner, "signal"), first.text);
    put(field(banner, "signal-at"), time(first.at) + (waiting.length > 1 ? `, and ${waiting.length - 1} more after it` : ""));
    banner.dataset.id = first.id;
  }
  told.hidden = !last;
  if (last) {
    put(field(told, "told"), `“${last.text}”`);
    put(field(told, "told-seen"), last.acked_at ? "Seen" : "Not seen yet");
  }
  away($("[data-do=tell]"), "tell");
  away($("[data-do=seen]"), "tell");
});

commands.tell = () => {
  fault.hidden = true;
  key = newKey();
  dialog.showModal();
};
commands["tell-not"] = () => dialog.close();

/** @param {string} text */
async function send(text) {
  if (sending) return;
  sending = true;
  const problem = await tell(api, "chair", text, key);
  sending = false;
  put(field(dialog, "tell-fault"), problem);
  fault.hidden = !problem;
  if (problem) return;
  words.value = "";
  dialog.close();
  say(`Told the chair: “${text}”`, null);
}
dialog.addEventListener("click", e => {
  const b = /** @type {HTMLElement | null} */ (/** @type {Element} */ (e.target).closest("[data-tell-word]"));
  if (b) { key += "-" + b.dataset.tellWord; send(b.textContent?.trim() || ""); }
});
own.addEventListener("submit", e => {
  e.preventDefault();
  const text = words.value.trim();
  if (text) send(text); else words.focus();
});

commands.seen = async () => {
  const id = banner.dataset.id || "";
  try {
    const signal = await seen(api, id);
    s.board = { ...s.board, signals: s.board.signals.map(x => (x.id === id ? signal : x)) };
  } catch (e) { wrong("Not done. " + /** @type {Problem} */ (e).message); }
  draw();
  if (banner.hidden) $("#item-h").focus();
};
