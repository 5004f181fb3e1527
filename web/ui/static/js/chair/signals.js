// What the moderators want the chair to know, and what the chair tells them. Both work as forms without this script.
/** @import { Signal } from "../types" */
import { newKey } from "../lib/api.js";
import { $, field, put } from "../lib/dom.js";
import { mail, reply, seen, tell } from "../lib/signals.js";

/**
 * signals wires the note from the moderators and the dialog that tells them something.
 * @param {string} api @param {(text: string) => void} notice says what went wrong
 * @returns {(all: Signal[]) => void} draws them, the oldest first
 */
export function signals(api, notice) {
  const note = /** @type {HTMLFormElement} */ ($("[data-note]")), sent = $("[data-told]"), dialog = /** @type {HTMLDialogElement} */ ($("#tell"));
  /** @type {Signal | undefined} */ let newest;

  /** @param {string} text @param {string} key */
  const send = async (text, key) => {
    const wrong = await tell(api, "moderators", text, key);
    notice(wrong);
    return !wrong;
  };

  note.addEventListener("submit", async e => {
    const words = /** @type {HTMLButtonElement | null} */ (e.submitter)?.value;
    if (!newest || !words) return; // before the first message the form posts by itself
    e.preventDefault();
    const s = newest;
    // With a key of its own, what is pressed twice or sent again is said once.
    if (!await send(reply(words, s.text), `${s.id}-${words.replaceAll(" ", "-")}`)) return;
    await seen(api, s.id).catch(() => notice("The moderators have your answer; the note goes away when the connection is back."));
  });

  $("[data-tell]").addEventListener("click", e => {
    e.preventDefault();
    dialog.showModal();
  });
  $("[data-close]", dialog).addEventListener("click", e => {
    e.preventDefault();
    dialog.close();
  });
  for (const form of document.querySelectorAll("[data-tell-form]")) form.addEventListener("submit", async e => {
    e.preventDefault();
    const button = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (e).submitter), field = /** @type {HTMLInputElement | null} */ (form.querySelector("[name=text]:not(button)"));
    const text = button?.name === "text" ? button.value : field?.value.trim();
    if (!text || !await send(text, newKey())) return;
    if (field) field.value = "";
    dialog.close();
  });

  return all => {
    const { waiting, told } = mail(all, "chair");
    newest = waiting.at(-1);
    note.hidden = !newest;
    if (newest) {
      put(field(note, "from"), newest.from.name ? `From ${newest.from.name}` : "From the moderators");
      put(field(note, "said"), newest.text);
      note.signal.value = newest.id;
    }
    field(note, "more").hidden = waiting.length < 2;
    put(field(note, "more"), `and ${waiting.length - 1} more before it`);
    sent.hidden = !told;
    if (told) {
      put(field(sent, "told"), told.text);
      put(field(sent, "seen"), told.acked_at ? "Seen" : "Not seen yet");
    }
  };
}
