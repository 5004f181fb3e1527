// What else can be done with the item in hand: a note to the chair, tags, its kind, and its sender.
import { call, Problem } from "../lib/api.js";
import { brief } from "../lib/desk.js";
import { $, by, field, list, put } from "../lib/dom.js";
import { act, wrong } from "./actions.js";
import { away } from "./away.js";
import { commands, draw, hand, page, parts, pressed, s } from "./state.js";
import { say } from "./toast.js";

const noteForm = /** @type {HTMLFormElement} */ ($("[data-note-form]")), note = /** @type {HTMLTextAreaElement} */ ($("#note")), noteButton = $("[data-do=note]");
const tagForm = /** @type {HTMLFormElement} */ ($("[data-tag-form]")), tag = /** @type {HTMLInputElement} */ ($("#tag")), tagButton = $("[data-do=tag]");
/** Whose form is open, by the id of the item. */
let noting = "", tagging = "";

/** What has been decided about senders, by key; asked for once in a while. @type {Map<string, {trusted: boolean, blocked: boolean}>} */
const senders = new Map();
let asked = -Infinity;

parts.push(function drawMore() {
  const i = hand();
  if (noting && noting !== s.hand) noting = "";
  if (tagging && tagging !== s.hand) tagging = "";
  noteForm.hidden = !noting;
  tagForm.hidden = !tagging;
  noteButton.setAttribute("aria-expanded", String(!!noting));
  tagButton.setAttribute("aria-expanded", String(!!tagging));
  if (!i) return;
  const about = $("[data-more-about]");
  about.hidden = !!i.merged_into;
  const answered = /** @type {HTMLButtonElement} */ (field(about, "answered"));
  answered.hidden = i.state !== "approved";
  away(answered, "room");
  $("[data-note-shown]").hidden = !i.note || !!noting;
  put(field(about, "note"), i.note || "");
  put($("span", noteButton), i.note ? "Change the note" : "Note to the chair");
  put(field(about, "kind-do"), i.kind === "story" ? "It is a question" : "It is a story");
  list($("[data-list=tags]"), (i.tags || []).filter(t => !s.board.event?.hashtags?.some(h => h.toLowerCase() === t.toLowerCase())).map(t => ({ id: t })), "t-tagged", (e, t) => {
    put(field(e, "word"), t.id);
    $("button", e).setAttribute("aria-label", `Take the tag ${t.id} off`);
  });
  drawSender(i);
});

/** @param {import("../types").Item} i */
function drawSender(i) {
  const key = i.author.key || "", known = senders.get(key);
  for (const what of /** @type {("trust" | "block")[]} */ (["trust", "block"])) {
    const b = /** @type {HTMLButtonElement} */ ($(`[data-do=${what}]`)), on = !!known?.[what === "trust" ? "trusted" : "blocked"];
    b.hidden = !key || i.source === "desk";
    away(b, "all");
    b.setAttribute("aria-pressed", String(on));
    put($("span", b), what === "trust" ? (on ? "Trusted here" : "Trust sender") : on ? "Blocked here" : "Block sender");
  }
  if (key && !known && !s.offline && performance.now() - asked > 10000) ask();
}

async function ask() {
  asked = performance.now();
  try {
    for (const a of (await call("GET", `${page.api}/authors?limit=200`)).items) senders.set(a.key, a);
    draw();
  } catch { /* the buttons work without */ }
}

/** @param {"trusted" | "blocked"} what */
async function decide(what) {
  const i = hand(), key = i?.author.key;
  if (!i || !key || s.offline) return;
  const before = senders.get(key) || { trusted: false, blocked: false }, on = !before[what], name = by(i);
  const set = async (/** @type {object} */ wish, /** @type {string} */ words, /** @type {(() => Promise<void>) | null} */ undo) => {
    try {
      senders.set(key, await call("PATCH", `${page.api}/authors/${encodeURIComponent(key)}`, wish));
      say(words, undo);
    } catch (e) { wrong(`Not done about ${name}. ${/** @type {Problem} */ (e).message}`); }
    draw();
  };
  const words = what === "trusted" ? (on ? `${name} is trusted: what they send is approved on arrival, unless flagged` : `${name} is not trusted any more`) : on ? `${name} is blocked: what they send starts rejected` : `${name} is not blocked any more`;
  await set({ [what]: on }, words, () => set({ trusted: before.trusted, blocked: before.blocked }, `Undone, for ${name}`, null));
}
commands.trust = () => { decide("trusted"); };
commands.block = () => { decide("blocked"); };

commands.kind = () => {
  const i = hand();
  if (!i || i.merged_into) return;
  const kind = i.kind === "story" ? "question" : "story";
  act("kind", [i], { body: { kind }, words: `Now a ${kind}: “${brief(i.text)}”` });
};

commands.note = () => {
  const i = hand();
  if (!i || i.merged_into) return;
  if (noting) return shut(noteButton);
  noting = i.id;
  note.value = i.note || "";
  draw();
  note.focus();
};
commands.tag = () => {
  const i = hand();
  if (!i || i.merged_into) return;
  if (tagging) return shut(tagButton);
  tagging = i.id;
  tag.value = "";
  $("#tags").replaceChildren(...[...new Set([...s.desk.items.values()].flatMap(o => o.tags || []))].sort().map(t => new Option(t, t)));
  draw();
  tag.focus();
};
/** @param {HTMLElement} back where the focus goes */
function shut(back) {
  noting = tagging = "";
  draw();
  back.focus();
}
commands["note-not"] = () => shut(noteButton);
commands["tag-not"] = () => shut(tagButton);

noteForm.addEventListener("submit", e => {
  e.preventDefault();
  const i = hand(), text = note.value.trim();
  shut(noteButton);
  if (i && text !== (i.note || "")) act("note", [i], { body: { text }, words: text ? `Note to the chair: “${brief(text)}”` : "The note is gone" });
});
tagForm.addEventListener("submit", e => {
  e.preventDefault();
  const i = hand(), word = tag.value.trim().replace(/^#/, "");
  if (!i || !word) return tag.focus();
  shut(tagButton);
  act("tag", [i], { body: { add: [word], remove: [] }, words: `Tagged ${word}: “${brief(i.text)}”` });
});
pressed("[data-untag]", e => {
  const i = hand(), word = e.closest("li")?.dataset.id || "";
  if (!i) return;
  tagButton.focus();
  act("tag", [i], { body: { add: [], remove: [word] }, words: `Tag ${word} taken off: “${brief(i.text)}”` });
});
for (const form of [noteForm, tagForm]) form.addEventListener("keydown", e => { if (e.key === "Escape") { e.preventDefault(); shut(form === noteForm ? noteButton : tagButton); } });
note.addEventListener("keydown", e => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); noteForm.requestSubmit(); } });
