// One row of the inbox.
/** @import { Item } from "../types" */
import { age, FLAG, STATE } from "../lib/desk.js";
import { $, by, clone, field, fill, put } from "../lib/dom.js";
import { brief } from "../lib/desk.js";
import { given } from "../lib/hands.js";
import { languageName } from "../lib/find.js";
import { language } from "./list.js";
import { page, s } from "./state.js";
import { drafts } from "./edit.js";
import { face, others } from "./hands.js";

/** What a row shows, so that it is drawn anew only where that changes. @type {WeakMap<HTMLElement, string>} */
const drawn = new WeakMap();

/** @param {HTMLElement} e @param {Item} i @param {boolean} here whether it still belongs to the list */
export function drawRow(e, i, here) {
  const on = i.id === s.hand, chosen = s.choice.ids.has(i.id), old = age(Date.now() - Date.parse(i.posted_at)), tags = tagsOf(i, here), other = others.get(i.id);
  const key = [i.rev, i.text, on, chosen, here, old, other, ...tags.flat()].join("\n");
  if (drawn.get(e) === key) return;
  drawn.set(e, key);
  fill(e, i);
  put(field(e, "opens"), i.source === "x" ? "Post on X by " + by(i) : "");
  e.classList.toggle("row--on", on);
  e.classList.toggle("row--gone", !here);
  e.classList.toggle("row--taken", other !== undefined && !on);
  const a = $("a", e), tick = /** @type {HTMLInputElement} */ ($(".row__box input", e));
  if (on) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current");
  tick.checked = chosen;
  tick.disabled = !here;
  tick.setAttribute("aria-label", "Choose: " + brief(i.text, 60));
  put(field(e, "age"), old);
  const meta = field(e, "meta");
  for (const t of meta.querySelectorAll(".tag, .who")) t.remove();
  if (other !== undefined) {
    const w = clone("t-who");
    face($(".avatar", w), other);
    put(field(w, "has"), given(other) + " has this");
    meta.append(" ", w);
  }
  for (const [word, icon, tone] of tags) {
    const t = clone("t-tag");
    t.classList.add("tag--" + tone);
    $("use", t).setAttribute("href", "#i-" + icon);
    put(field(t, "word"), word);
    meta.append(" ", t);
  }
}

/** @param {Item} i @param {boolean} here @returns {[string, string, string][]} */
function tagsOf(i, here) {
  /** @type {[string, string, string][]} */
  const tags = [];
  if (i.state === "live") tags.push(["On screen", "screen", "lamp"]);
  else if (i.merged_into) tags.push(["Merged", "merge", "off"]);
  else if (!here || i.state === "answered") tags.push([(STATE[i.state] || [i.state])[0], i.state === "rejected" ? "cross" : i.state === "held" ? "pause" : "check", (STATE[i.state] || ["", "off"])[1]]);
  if (i.id === s.board.stage?.next) tags.push(["Lined up next", "pin", "lamp"]);
  if (i.state === "rejected" && i.reason) tags.push([i.reason, "cross", "stop"]);
  if (page.outbox.list.some(d => d.id === i.id)) tags.push(["Not sent yet", "clock", "wait"]);
  if (drafts.has(i.id)) tags.push(["Edit not saved", "edit", "wait"]);
  if (i.reviewed_by && i.state !== "approved") tags.push(["Reviewed by " + i.reviewed_by.name, "person", "go"]);
  for (const f of i.flags || []) {
    const [word, , icon, tone] = FLAG[f.kind] || [f.kind, "", "warn", "wait"];
    const shown = f.kind === "language" && i.lang ? languageName(i.lang) : word;
    if (!tags.some(t => t[0] === shown)) tags.push([shown, icon, tone]);
  }
  const lang = (i.lang || "").split("-")[0];
  if (lang && lang !== language() && lang !== "und" && !(i.flags || []).some(f => f.kind === "language")) tags.push([languageName(lang), "globe", "off"]);
  const like = s.likes.get(i.id)?.size;
  if (like && (i.state === "pending" || i.state === "held")) tags.push([`${like} like this`, "merge", "go"]);
  if (i.similar) tags.push([`${i.similar} merged in`, "merge", "off"]);
  if (i.kind === "story") tags.push(["Story", "quote", "off"]);
  if (i.note) tags.push(["Note", "note", "off"]);
  return tags;
}
