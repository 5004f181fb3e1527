// Several at once: tick boxes, ranges, all that is shown, and what is done with them.
/** @import { Item } from "../types" */
import { chosen, kept, nothing } from "../lib/choice.js";
import { age, may, tabOf } from "../lib/desk.js";
import { $, field, put } from "../lib/dom.js";
import { since } from "../lib/lens.js";
import { act } from "./actions.js";
import { belongs, choose } from "./list.js";
import { others } from "./hands.js";
import { offerMerge } from "./merge.js";
import { commands, draw, parts, pressed, s } from "./state.js";

const bar = $("[data-bulk]"), sure = $("[data-sure]"), foot = $(".list-foot");
/** Above this many, a rejection is asked about once. */
const MANY = 10;
let asking = false;

const compact = () => document.body.dataset.rows === "compact";
/** What is chosen, in the list's order. @returns {Item[]} */
const items = () => s.rows.filter(id => s.choice.ids.has(id)).flatMap(id => s.desk.items.get(id) || []);

parts.push(function drawBulk() {
  s.choice = kept(s.choice, id => { const i = s.desk.items.get(id); return !!i && tabOf(i) === s.open; });
  const all = items(), n = all.length;
  if (!n) asking = false;
  bar.hidden = !n || asking;
  sure.hidden = !asking;
  if (n) {
    put(field(bar, "bulk"), n + " chosen");
    bar.setAttribute("aria-label", `With the ${n} chosen`);
    for (const b of bar.querySelectorAll("[data-bulk-act]")) {
      const action = /** @type {HTMLElement} */ (b).dataset.bulkAct || "";
      /** @type {HTMLElement} */ (b).hidden = action === "merge" ? n < 2 || !all.every(i => may(i, "merge")) : !all.every(i => may(i, action));
    }
    put(field(sure, "sure"), `Reject ${n} at once?`);
    put(field(sure, "sure-do"), `Reject ${n}`);
  }
  $("[data-do=compact]", foot).setAttribute("aria-pressed", String(compact()));
  const every = $("[data-do=choose-all]", foot);
  every.hidden = !compact() || !s.rows.length;
  put(every, `Choose all ${s.rows.length}`);
  put(field(foot, "foot"), waits());
});

/** How long the oldest has waited, and how fast they come. */
function waits() {
  if (s.open !== "pending" || !s.lists.pending.length) return "";
  const oldest = s.lists.pending.reduce((a, i) => (since(i) < a ? since(i) : a), "~"), now = Date.now();
  let fresh = 0;
  for (const i of s.board.items.values()) if (now - Date.parse(i.received_at || i.posted_at) < 300_000) fresh++;
  const rate = Math.round(fresh / 5), old = age(now - Date.parse(oldest));
  return (old === "now" ? "Nobody has waited a minute." : `Oldest has waited ${old}.`) + (rate ? ` ${rate} arriving each minute.` : "");
}

/** @param {string} id @param {boolean} on @param {boolean} range */
function set(id, on, range) {
  s.choice = chosen(s.choice, s.rows, id, on, range);
  asking = false;
  draw();
}

/** @param {boolean} range */
const chooseRow = range => {
  if (!s.hand) return;
  if (!compact()) commands.compact();
  set(s.hand, range || !s.choice.ids.has(s.hand), range);
};
commands.choose = () => chooseRow(false);
commands["choose-range"] = () => chooseRow(true);
commands["choose-all"] = () => { const may = new Set(belongs().map(i => i.id).filter(id => !others.has(id))); s.choice = { ids: new Set(s.rows.filter(id => may.has(id))), from: s.rows[0] || "" }; draw(); };
commands["choose-none"] = () => { s.choice = nothing(); draw(); };
// Compact rows have tick boxes; the setting is the one in the settings.
commands.compact = () => {
  const input = /** @type {HTMLInputElement} */ ($(`#set-rows-${compact() ? "roomy" : "compact"}`));
  input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  if (!compact()) s.choice = nothing();
  draw();
};

// A tick box is a press of its own, not one of the row.
pressed(".row__box", (e, event) => {
  const tick = /** @type {HTMLInputElement} */ (event.target);
  if (tick.matches("input")) set(e.closest("li")?.dataset.id || "", tick.checked, event.shiftKey);
});

/** @param {string} action */
function bulk(action) {
  const all = items();
  if (!all.length) return;
  if (action === "merge") {
    const first = all.find(i => i.id === s.hand) || all[0];
    choose(first.id);
    return offerMerge(all.filter(i => i !== first));
  }
  s.choice = nothing();
  asking = false;
  act(action, all, { reasons: action === "reject" });
}
pressed("[data-bulk-act]", e => {
  const action = e.dataset.bulkAct || "";
  if (action !== "reject" || items().length <= MANY) return bulk(action);
  asking = true;
  draw();
  $("[data-do=not-sure]").focus();
});
commands.sure = () => bulk("reject");
commands["not-sure"] = () => { asking = false; draw(); };
