// What was taken down: reported once every screen confirms it; until then a banner names the screens that have not.
/** @import { Decision, Item } from "../types" */
/** @import { Recall } from "../lib/hands.js" */
import { brief } from "../lib/desk.js";
import { $, field, put } from "../lib/dom.js";
import { confirmed, recalled } from "../lib/hands.js";
import { commands, draw, page, parts, s } from "./state.js";

const KEY = "openfloor-recalls-" + page.slug, banner = $("[data-recall]"), report = $("[data-recalled]");
/** A screen takes a moment; only then is it worth a warning. In ms. */
const MOMENT = 1000, TOLD = 10_000;

/** What some screen may still show. @type {Recall[]} */
let recalls = [];
try { recalls = JSON.parse(sessionStorage.getItem(KEY) || "[]"); } catch { /* nothing kept */ }
/** Until when nothing is said yet. */
let quiet = 0;
/** @type {any} */ let timer = 0;

/** @param {Recall[]} list */
function keep(list) {
  recalls = list;
  try { sessionStorage.setItem(KEY, JSON.stringify(list)); } catch { /* memory alone */ }
}

/** Follows a decision that was taken, where it took something down. @param {Decision} d @param {Item} i */
export function recall(d, i) {
  if (!recalled(d.from, i)) return;
  if (!recalls.length) { quiet = Date.now() + MOMENT; setTimeout(draw, MOMENT); }
  report.hidden = true; // that was about another
  keep([...recalls.filter(r => r.id !== i.id), { id: i.id, seq: i.rev, text: brief(i.text) }]);
  draw();
}

parts.push(function drawRecall() {
  if (!recalls.length || s.offline || !s.started) { banner.hidden = true; return; }
  const { left, words } = confirmed(recalls, s.board.screens);
  banner.hidden = !left.length || Date.now() < quiet;
  if (left.length) put(field(banner, "recall"), words + (left.length === 1 ? ` “${left[0].text}”` : ""));
  if (left.length < recalls.length) keep(left);
  if (left.length) return;
  put(field(report, "recalled"), words);
  report.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { report.hidden = true; }, TOLD);
});

commands["recall-not"] = () => { keep([]); draw(); $("#item-h").focus(); };
