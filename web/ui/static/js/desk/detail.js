// The item in hand: its text with what was flagged, and what may be done.
/** @import { Item } from "../types" */
import { FLAG, may, STATE } from "../lib/desk.js";
import { $, by, field, fill, list, put } from "../lib/dom.js";
import { characters } from "../lib/size.js";
import { hasSpan, marked } from "../lib/spans.js";
import { drafts } from "./edit.js";
import { AWAY, off } from "./away.js";
import { hand, page, parts, s } from "./state.js";

const pane = $("[data-item]"), acts = $("[data-acts]"), { me, time } = page;
/** What the room sees is not decided from a tablet that may be behind. */
const LIVE = ["screen", "return", "answer", "next-up"];
let drawn = "", scrolled = false;
$(".item__body", pane).addEventListener("scroll", () => { scrolled = true; }, { passive: true });

parts.push(function drawItem() {
  const i = hand();
  $("[data-none]").hidden = !!i;
  acts.hidden = !i;
  for (const e of [$(".item__head", pane), $(".item__body", pane)]) e.hidden = !i;
  if (!i) { drawn = ""; return; }
  drawActs(i);
  const key = [i.id, i.rev, i.state, i.text, i.kind, i.merged_into].join("\n");
  if (key === drawn) return;
  if (!drawn.startsWith(i.id)) { $("[data-conflict]", pane).hidden = true; if (scrolled) $(".item__body", pane).scrollTop = 0; scrolled = false; }
  drawn = key;
  drawText(i);
});

/** @param {Item} i */
function drawActs(i) {
  const next = i.id === s.board.stage?.next, two = !!s.board.event?.policy?.two_person, mine = i.reviewed_by?.name === me;
  for (const b of acts.querySelectorAll("[data-act]")) {
    const button = /** @type {HTMLButtonElement} */ (b), action = button.dataset.act || "";
    button.hidden = !may(i, action) || action === "answer" && i.state === "approved"; // that one stands with the rarer ones
    off(button, s.offline && LIVE.includes(action) ? AWAY.room : action === "approve" && two && mine ? "You have reviewed it: somebody else has to release it" : "");
  }
  for (const row of acts.querySelectorAll(".acts__row")) /** @type {HTMLElement} */ (row).hidden = !row.querySelector("[data-act]:not([hidden])");
  put(field(acts, "edit"), drafts.has(i.id) ? "Go on editing" : i.source === "x" ? "Short version" : "Edit");
  put(field(acts, "approve"), two ? (i.reviewed_by ? "Release" : "Review") : "Approve");
  put(field(acts, "next-up"), next ? "Lined up" : "Line up next");
  $("[data-act=next-up]").setAttribute("aria-pressed", String(next));
}

/** @param {Item} i */
function drawText(i) {
  fill(pane, i);
  // A card is X's own and stays unmarked; what it takes the place of is still the heading.
  const q = field(pane, "text"), onX = i.source === "x", flags = i.flags || [], spans = onX ? [] : flags.filter(f => hasSpan(f, i.text)).map(f => f.span);
  q.classList.toggle("u-hidden", onX);
  q.hidden = false;
  if (onX) put(q, "Post on X by " + by(i));
  if (spans.length) {
    q.replaceChildren(...marked(i.text, spans).map(p => {
      if (!p.mark) return document.createTextNode(p.text);
      const m = document.createElement("mark");
      m.textContent = p.text;
      return m;
    }));
  }
  put(field(pane, "at"), onX ? "" : ", " + time(i.posted_at));
  const [word, tone] = i.merged_into ? ["Merged into another", "off"] : i.state === "approved" && i.kind === "story" ? ["Among the stories", "go"] : STATE[i.state] || [i.state, "off"], tag = field(pane, "state");
  put(tag, word);
  tag.className = "tag item__state tag--" + tone;
  list($("[data-list=flags]"), flags.map((f, n) => ({ ...f, id: n + f.kind })), "t-flag", (e, f) => {
    const [, words, icon, t] = FLAG[f.kind] || [f.kind, f.kind + ":", "warn", "wait"], out = $("[data-take-out]", e);
    e.className = "flagbox" + (t === "info" ? " flagbox--info" : t === "off" ? " flagbox--plain" : t === "stop" ? " flagbox--stop" : "");
    $("use", e).setAttribute("href", "#i-" + icon);
    put(field(e, "kind"), words);
    put(field(e, "detail"), f.detail);
    out.hidden = !hasSpan(f, i.text) || !may(i, "edit") || f.kind === "language";
    out.dataset.takeOut = f.span.join();
  });
  const n = characters(i.text).length;
  $("[data-long]").hidden = n <= 280;
  put(field(pane, "long"), `Too long for the back row: ${n} characters`);
  $("[data-f=shorten]").hidden = !may(i, "edit");
  put($("[data-f=shorten]"), i.source === "x" ? "Short version" : "Shorten it");
  const why = field(pane, "reason");
  why.hidden = !(i.reason && i.state === "rejected");
  put(why, i.reason ? "Its sender reads: Not used: " + i.reason : "");
}
