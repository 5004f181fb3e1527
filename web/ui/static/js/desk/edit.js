// Editing in place: the text for the screen, with what was sent beside it; for a post on X a short version of it, since
// such a post may not be reworded. What somebody writes here is never replaced: it is kept until it is saved or thrown
// away, whatever happens meanwhile.
/** @import { Item } from "../types" */
import { brief, FLAG, may } from "../lib/desk.js";
import { $, field, list, put } from "../lib/dom.js";
import { characters } from "../lib/size.js";
import { cut, hasSpan, struck } from "../lib/spans.js";
import { act } from "./actions.js";
import { commands, draw, hand, parts, pressed, s } from "./state.js";

const form = $("[data-edit]"), view = $("[data-view]"), text = /** @type {HTMLTextAreaElement} */ ($("#ed")), sure = $("[data-edit-sure]");
/** Texts that were begun and not saved, by id. @type {Map<string, string>} */
export const drafts = new Map();

parts.push(function drawEdit() {
  const e = s.edit;
  if (e && e.id !== s.hand) close();
  const i = s.edit && hand();
  form.hidden = !i;
  view.hidden = !!i;
  if (!i || !s.edit) return;
  if (i.rev > s.edit.rev) { // somebody else has changed it: said, and what is written here stays
    if (i.text !== s.edit.text || !may(i, "edit")) {
      put(field(form, "edit-conflict"), may(i, "edit") ? `It was changed while you were editing, and now reads: “${i.text}”. Saving puts your words in their place.` : "Somebody has decided about it meanwhile, so your words cannot be saved. Cancel to see it as it is.");
      $("[data-edit-conflict]").hidden = false;
    }
    s.edit = { ...s.edit, rev: i.rev, text: i.text };
  }
  for (const b of form.querySelectorAll("[data-do=edit-save], [data-do=edit-approve]")) /** @type {HTMLButtonElement} */ (b).disabled = !may(i, "edit");
  $("[data-edit-approve]").hidden = !may(i, "approve") || s.edit.short;
});

/** What was sent. @param {Item} i */
const sent = i => i.original ?? i.text;

/** Opens the editor. @param {Item} i @param {string} [words] to begin with */
function open(i, words) {
  if (!may(i, "edit")) return;
  const short = i.source === "x";
  s.edit = { id: i.id, rev: i.rev, text: i.text, short };
  $("[data-edit-conflict]").hidden = sure.hidden = true;
  put(field(form, "edit-h"), short ? "Short version" : "Edit for the screen");
  put(field(form, "edit-label"), short ? "In the host’s words" : i.kind === "story" ? "Story" : i.kind === "answer" ? "Answer" : "Question");
  put(field(form, "edit-hint"), short ? "A post on X is shown as it is or not at all. This takes its place, and links to it." : "Keep their meaning and their words. Take out what identifies someone.");
  put(field(form, "edit-was-h"), short ? "The post, which stays as it is" : "As sent, kept with the record until deletion");
  text.value = words ?? drafts.get(i.id) ?? i.text;
  if (i.lang) text.lang = i.lang; else text.removeAttribute("lang");
  changed();
  draw();
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
}

function close() {
  s.edit = null;
  sure.hidden = true;
}

/** Follows what is written. */
function changed() {
  const i = s.edit && s.desk.items.get(s.edit.id);
  if (!i) return;
  const n = characters(text.value.trim()).length, max = s.board.event?.max_length || 500;
  put(field(form, "edit-count"), n > max ? `${n} characters: ${n - max} too many` : `${n} character${n === 1 ? "" : "s"}: ${n <= 280 ? "fits the back row" : "too long for the back row"}`);
  field(form, "edit-count").classList.toggle("count-msg--over", n > max);
  put(field(form, "edit-mini"), text.value.trim() || " ");
  field(form, "edit-was").replaceChildren(...struck(sent(i), text.value).map(p => {
    if (!p.mark) return document.createTextNode(p.text);
    const d = document.createElement("del");
    d.textContent = p.text;
    return d;
  }));
  // What can still be taken out: flags are about the text as it stood.
  const flags = text.value === i.text ? (i.flags || []).filter(f => hasSpan(f, i.text)).map((f, k) => ({ ...f, id: k + f.kind })) : [];
  list($("[data-list=edit-flags]"), flags, "t-flag", (e, f) => {
    const [, words, icon] = FLAG[f.kind] || [f.kind, f.kind + ":", "warn"];
    $("use", e).setAttribute("href", "#i-" + icon);
    put(field(e, "kind"), words);
    put(field(e, "detail"), f.detail);
    $("[data-take-out]", e).dataset.takeOut = f.span.join();
  });
  if (text.value.trim() === i.text) drafts.delete(i.id); else drafts.set(i.id, text.value);
  sure.hidden = true;
}
text.addEventListener("input", changed);

/** @param {boolean} approve */
function save(approve) {
  const e = s.edit, i = hand(), words = text.value.trim().replace(/[ \t]+/g, " ");
  if (!e || !i || !may(i, "edit")) return;
  const n = characters(words).length, max = s.board.event?.max_length || 500;
  if (!words || n > max) {
    put(field(form, "edit-conflict"), words ? `It can have up to ${max} characters. Take ${n - max} out.` : "Nothing is left of it. Reject it instead, or write what it shall say.");
    $("[data-edit-conflict]").hidden = false;
    return text.focus();
  }
  drafts.delete(i.id);
  close();
  const same = words === i.text;
  if (!same) act(e.short ? "paraphrase" : "edit", [i], { body: { text: words }, quiet: approve, words: e.short ? `Short version made: “${brief(words)}”` : undefined });
  if (approve) act("approve", [i], { words: same ? undefined : `Edited and approved: “${brief(words)}”` });
  draw();
  if (s.hand === i.id) $("#item-h").focus({ preventScroll: true });
}

function cancel() {
  if (s.edit && drafts.has(s.edit.id) && sure.hidden) {
    sure.hidden = false;
    return $("[data-do=edit-keep]").focus();
  }
  away();
}
function away() {
  if (s.edit) drafts.delete(s.edit.id);
  close();
  draw();
  $("#item-h").focus({ preventScroll: true });
}

commands.edit = () => { const i = hand(); if (i) open(i); };
commands["edit-save"] = () => save(false);
commands["edit-approve"] = () => save(true);
commands["edit-cancel"] = cancel;
commands["edit-away"] = away;
commands["edit-keep"] = () => { sure.hidden = true; text.focus(); };
commands["edit-as-sent"] = () => { const i = hand(); if (i) { text.value = sent(i); changed(); text.focus(); } };
form.addEventListener("submit", e => e.preventDefault());
form.addEventListener("keydown", e => {
  const ctrl = e.ctrlKey || e.metaKey;
  if (e.key === "Escape") { e.preventDefault(); if (sure.hidden) cancel(); else commands["edit-keep"](); }
  else if (ctrl && e.key.toLowerCase() === "s") { e.preventDefault(); save(false); }
  else if (ctrl && e.key === "Enter") { e.preventDefault(); const i = hand(); save(!!i && may(i, "approve") && !s.edit?.short); }
});

// One tap takes a flagged part out; it opens the editor, where it is seen before it is saved.
pressed("[data-take-out]", e => {
  const i = hand(), [from, to] = (e.dataset.takeOut || "").split(",").map(Number);
  if (!i) return;
  const now = cut(i.text, [from, to]);
  if (!s.edit) return open(i, now);
  text.value = now;
  changed();
  text.focus();
});
