// Finding in the open list: search, filters, the order, and what a lens suggests for the queue.
import { tabOf } from "../lib/desk.js";
import { $, clone, field, put, SOURCES } from "../lib/dom.js";
import { facets, languageName } from "../lib/find.js";
import { LENSES, lensesOf } from "../lib/lens.js";
import { moves } from "../lib/order.js";
import { takeBack, act } from "./actions.js";
import { belongs, language, lens, letGo } from "./list.js";
import { commands, parts, pressed, s } from "./state.js";
import { say } from "./toast.js";

const find = /** @type {HTMLInputElement} */ ($("#find")), order = /** @type {HTMLSelectElement} */ ($("#order")), chips = $("[data-chips]"), suggest = $("[data-suggest]");
let drawn = "", options = "";

/** @typedef {{id: string, group: "sources" | "flags" | "langs" | "prompts", value: string, words: string, n: number, icon: string}} Chip */

/** @returns {Chip[]} */
function offered() {
  const all = s.lists[s.open], f = facets(all, language());
  /** @type {Chip[]} */
  const out = [];
  const add = (/** @type {Chip["group"]} */ group, /** @type {string} */ value, /** @type {string} */ words, /** @type {number} */ n, icon = "") => out.push({ id: group + value, group, value, words, n, icon });
  if (f.sources.length > 1 || s.filter.sources.size) for (const [v, n] of f.sources) add("sources", v, (SOURCES[v] || ["", "Brought in"])[1], n);
  if (f.flagged || s.filter.flags.has("any")) add("flags", "any", "Flagged", f.flagged, "flag");
  // Which flag, once somebody has asked for what is flagged.
  if (s.filter.flags.size && f.flags.length > 1) for (const [v, n] of f.flags) add("flags", v, v, n, "flag");
  for (const [v, n] of f.langs) add("langs", v, languageName(v), n, "globe");
  for (const [v, n] of f.prompts) add("prompts", v, "Q" + v, n);
  return out;
}

parts.push(function drawFinder() {
  const all = offered(), key = JSON.stringify([all, s.filter.q, ...[s.filter.sources, s.filter.flags, s.filter.langs, s.filter.prompts].map(v => [...v])]);
  if (key !== drawn) { drawn = key; drawChips(all); }
  const can = lensesOf(s.open);
  if (can.join() !== options) {
    options = can.join();
    order.replaceChildren(...can.map(l => new Option(LENSES[l], l)));
  }
  order.value = lens();
  suggest.hidden = !(s.open === "approved" && lens() !== "ours" && s.lists.approved.length > 1);
  put(field(suggest, "suggest"), `A suggestion: ${LENSES[lens()].toLowerCase()} first. The queue is as it was.`.replace(" first first", " first"));
  $("[data-do=use-order]", suggest).toggleAttribute("disabled", s.offline);
});

/** @param {Chip[]} all */
function drawChips(all) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest("[data-chips] .chip"))?.dataset.id;
  chips.hidden = !all.length;
  chips.replaceChildren(...all.map(c => {
    const b = clone("t-chip"), mark = field(b, "mark");
    b.dataset.id = c.id;
    b.setAttribute("aria-pressed", String(s.filter[c.group].has(c.value)));
    if (c.group === "sources") {
      const src = clone("t-chip-src"), [glyph] = SOURCES[c.value] || ["in"];
      src.className = "src src--" + glyph;
      $("use", src).setAttribute("href", "#s-" + glyph);
      mark.append(src);
    } else if (c.icon) {
      mark.append(/** @type {Element} */ ($(".chip__on", b).cloneNode(true)));
      $("svg", mark).setAttribute("class", "i");
      $("use", mark).setAttribute("href", "#i-" + c.icon);
    }
    // The tile says which source; the word is for who does not see it.
    field(b, "word").classList.toggle("u-hidden", c.group === "sources");
    put(field(b, "word"), c.words);
    put(field(b, "n"), c.n);
    b.addEventListener("click", () => toggle(c));
    return b;
  }));
  if (focused) /** @type {HTMLElement | null} */ (chips.querySelector(`[data-id="${CSS.escape(focused)}"]`))?.focus();
}

/** @param {Chip} c */
function toggle(c) {
  const set = s.filter[c.group], on = !set.has(c.value);
  if (c.group === "flags") { // any, or one kind
    set.clear();
    if (on) set.add(c.value);
  } else if (on) set.add(c.value); else set.delete(c.value);
  letGo();
}

find.addEventListener("input", () => { s.filter.q = find.value; letGo(); });
find.addEventListener("keydown", e => {
  if (e.key === "Escape" && find.value) { find.value = s.filter.q = ""; letGo(); e.preventDefault(); } else if (e.key === "Enter") { e.preventDefault(); /** @type {HTMLElement | null} */ (document.querySelector(".row a"))?.focus(); }
});
$("[data-finder]").addEventListener("submit", e => e.preventDefault());
commands.search = () => { find.focus(); find.select(); };

order.addEventListener("change", () => { s.lens[s.open] = /** @type {import("../lib/lens.js").Lens} */ (order.value); letGo(); });
commands["keep-order"] = () => { delete s.lens.approved; letGo(); order.focus(); };
commands["use-order"] = () => {
  const free = (/** @type {import("../types").Item} */ i) => i.state === "approved" && i.id !== s.board.stage?.next;
  const want = belongs().filter(free).map(i => i.id), have = s.lists.approved.filter(free).map(i => i.id).filter(id => want.includes(id));
  const name = LENSES[lens()].toLowerCase(), steps = moves(have, want);
  delete s.lens.approved;
  const ds = steps.flatMap(m => { const i = s.desk.items.get(m.id); return i && tabOf(i) === "approved" ? act("move", [i], { body: { after: m.after }, quiet: true }) : []; });
  letGo();
  say(ds.length ? `The queue is ordered by ${name}` : "The queue is in that order already", ds.length ? () => takeBack(ds) : null);
  order.focus();
};
pressed("[data-do]", e => commands[e.dataset.do || ""]?.());
