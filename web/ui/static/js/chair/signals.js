// What the moderators want the chair to know, and what the chair tells them. Both work as forms without this script.
/** @import { Signal } from "../types" */
import { call, Problem } from "../lib/api.js";
import { $, field, put } from "../lib/dom.js";

const MOST = 200; // characters of a signal

/** An answer in a few words that says what it answers; as SignalReply of the server. @param {string} words @param {string} to */
export const reply = (words, to) => {
  const parts = [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(to)].map(s => s.segment);
  const most = Math.max(0, MOST - 5 - words.length);
  return `${words}: “${parts.length > most ? parts.slice(0, most).join("") + "…" : to}”`;
};

/**
 * signals wires the note from the moderators and the dialog that tells them something.
 * @param {string} api @param {(text: string) => void} notice says what went wrong
 * @returns {(all: Signal[]) => void} draws them, the oldest first
 */
export function signals(api, notice) {
  const note = /** @type {HTMLFormElement} */ ($("[data-note]")), sent = $("[data-told]"), tell = /** @type {HTMLDialogElement} */ ($("#tell"));
  /** @type {Signal | undefined} */ let newest;

  /** @param {string} text @param {string} key */
  const send = async (text, key) => {
    try {
      await call("POST", api + "/signals", { to: "moderators", text }, undefined, key);
      notice("");
      return true;
    } catch (e) {
      const p = /** @type {Problem} */ (e);
      notice(p.unsent ? "The moderators were not told: the connection is gone. Press again when it is back." : p.message);
      return false;
    }
  };

  note.addEventListener("submit", async e => {
    const words = /** @type {HTMLButtonElement | null} */ (e.submitter)?.value;
    if (!newest || !words) return; // before the first message the form posts by itself
    e.preventDefault();
    const s = newest;
    // With a key of its own, what is pressed twice or sent again is said once.
    if (!await send(reply(words, s.text), `${s.id}-${words.replaceAll(" ", "-")}`)) return;
    await call("POST", `${api}/signals/${s.id}/ack`).catch(() => notice("The moderators have your answer; the note goes away when the connection is back."));
  });

  $("[data-tell]").addEventListener("click", e => {
    e.preventDefault();
    tell.showModal();
  });
  $("[data-close]", tell).addEventListener("click", e => {
    e.preventDefault();
    tell.close();
  });
  for (const form of document.querySelectorAll("[data-tell-form]")) form.addEventListener("submit", async e => {
    e.preventDefault();
    const button = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (e).submitter), field = /** @type {HTMLInputElement | null} */ (form.querySelector("[name=text]:not(button)"));
    const text = button?.name === "text" ? button.value : field?.value.trim();
    if (!text || !await send(text, crypto.randomUUID?.() || `${Date.now()}-${Math.random()}`)) return;
    if (field) field.value = "";
    tell.close();
  });

  return all => {
    const waiting = all.filter(s => s.to === "chair" && !s.acked_at), mine = all.filter(s => s.to === "moderators").at(-1);
    newest = waiting.at(-1);
    note.hidden = !newest;
    if (newest) {
      put(field(note, "from"), newest.from.name ? `From ${newest.from.name}` : "From the moderators");
      put(field(note, "said"), newest.text);
      note.signal.value = newest.id;
    }
    field(note, "more").hidden = waiting.length < 2;
    put(field(note, "more"), `and ${waiting.length - 1} more before it`);
    sent.hidden = !mine;
    if (mine) {
      put(field(sent, "told"), mine.text);
      put(field(sent, "seen"), mine.acked_at ? "Seen" : "Not seen yet");
    }
  };
}
