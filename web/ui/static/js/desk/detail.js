// The item in hand: its text with what was flagged, what may be done, and what has happened to it.
/** @import { Item, Past } from "../types" */
import { call } from "../lib/api.js";
import { FLAG, may, past, STATE } from "../lib/desk.js";
import { $, by, field, fill, list, put } from "../lib/dom.js";
import { characters } from "../lib/size.js";
import { marked } from "../lib/spans.js";
import { hand, page, parts, s } from "./state.js";

const pane = $("[data-item]"), acts = $("[data-acts]"), { api, time } = page;
let drawn = "";

parts.push(function drawItem() {
  const i = hand();
  $("[data-none]").hidden = !!i;
  acts.hidden = !i;
  for (const e of [$(".item__head", pane), $(".item__body", pane)]) e.hidden = !i;
  if (!i) { drawn = ""; return; }
  drawActs(i);
  const key = i.id + i.rev + i.state;
  if (key === drawn) return;
  if (!drawn.startsWith(i.id)) { $("[data-conflict]", pane).hidden = true; $(".item__body", pane).scrollTop = 0; }
  drawn = key;
  drawText(i);
  drawHistory(i);
});

/** @param {Item} i */
function drawActs(i) {
  for (const b of acts.querySelectorAll("[data-act]")) {
    const button = /** @type {HTMLButtonElement} */ (b), action = button.dataset.act || "";
    button.hidden = !may(i.state, action);
    // What the room sees is not decided from a tablet that may be behind.
    const off = s.offline && (action === "screen" || action === "return" || action === "answer");
    button.toggleAttribute("disabled", off);
    button.title = off ? "Not while offline: the room may have moved on" : "";
  }
  for (const row of acts.querySelectorAll(".acts__row")) /** @type {HTMLElement} */ (row).hidden = !row.querySelector("[data-act]:not([hidden])");
}

/** @param {Item} i */
function drawText(i) {
  fill(pane, i);
  // A card is X's own and stays unmarked; what it takes the place of is still the heading.
  const q = field(pane, "text"), onX = i.source === "x", spans = onX ? [] : (i.flags || []).map(f => f.span);
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
  const [word, tone] = STATE[i.state] || [i.state, "off"], tag = field(pane, "state");
  put(tag, word);
  tag.className = "tag item__state tag--" + tone;
  list($("[data-list=flags]"), (i.flags || []).map((f, n) => ({ ...f, id: n + f.kind })), "t-flag", (e, f) => {
    const [, words, icon, t] = FLAG[f.kind] || [f.kind, f.kind + ":", "warn", "wait"];
    e.className = "flagbox" + (t === "info" ? " flagbox--info" : "");
    $("use", e).setAttribute("href", "#i-" + icon);
    put(field(e, "kind"), words);
    put(field(e, "detail"), f.detail);
  });
  const n = characters(i.text).length;
  $("[data-long]").hidden = n <= 280;
  put(field(pane, "long"), `Too long for the back row: ${n} characters`);
  const why = field(pane, "reason");
  why.hidden = !(i.reason && i.state === "rejected");
  put(why, i.reason ? "Its sender reads: Not used: " + i.reason : "");
}

/** @param {Item} i */
async function drawHistory(i) {
  const box = $("[data-list=history]");
  if (box.dataset.of !== i.id) box.replaceChildren();
  box.dataset.of = i.id;
  try {
    const got = await call("GET", `${api}/submissions/${i.id}/history?limit=200`);
    if (s.hand !== i.id) return;
    /** @type {(Past & {id: string})[]} */
    const all = got.items.map((/** @type {Past} */ p) => ({ ...p, id: "" + p.rev }));
    list(box, all, "t-history", (e, p) => {
      put(field(e, "at"), time(p.at));
      field(e, "at").setAttribute("datetime", p.at);
      put(field(e, "what"), past(p));
    });
  } catch { /* the item itself is what matters */ }
}
