// Duplicates: what is like the question in hand, merging it (confirmed in place) and splitting it again.
/** @import { Item } from "../types" */
import { brief, may, STATE, tabOf } from "../lib/desk.js";
import { survivor } from "../lib/choice.js";
import { $, by, field, fill, list, put } from "../lib/dom.js";
import { everything, found } from "../lib/find.js";
import { act } from "./actions.js";
import { commands, draw, hand, parts, pressed, s } from "./state.js";

const box = $("[data-like]"), find = $("[data-like-find]"), q = /** @type {HTMLInputElement} */ ($("#like-q")), sure = $("[data-like-sure]");
const SHOWN = 4;
/** For the item in hand: what else was looked up, what is ticked, how much is shown. @type {{of: string, extra: string[], off: Set<string>, all: boolean, finding: boolean, asking: boolean}} */
let like = fresh("");

/** @param {string} of */
function fresh(of) { return { of, extra: /** @type {string[]} */ ([]), off: /** @type {Set<string>} */ (new Set()), all: false, finding: false, asking: false }; }

/** What could be merged with it. @param {Item} i @returns {Item[]} */
const candidates = i => [...new Set([...like.extra, ...(s.likes.get(i.id) || [])])].flatMap(id => s.desk.items.get(id) || [])
  .filter(o => o.id !== i.id && !o.merged_into && ["pending", "held", "approved", "answered"].includes(o.state));
/** @param {Item} i */
const ticked = i => candidates(i).filter(o => !like.off.has(o.id));

parts.push(function drawLike() {
  const i = hand();
  if (i?.id !== like.of) { like = fresh(i?.id || ""); q.value = ""; }
  const can = !!i && may(i, "merge"), all = i && can ? candidates(i) : [], on = i && can ? ticked(i) : [];
  box.hidden = !can || !(all.length || like.finding || like.asking);
  put($('[data-act="merge"] [data-f="merge"]'), on.length ? `Merge ${on.length}` : "Merge");
  if (i && can && !box.hidden) {
    put(field(box, "like"), all.length ? `${all.length} like this` : "Merge with another");
    list($("[data-list=like]"), like.all ? all : all.slice(0, SHOWN), "t-like", (e, o) => tick(e, o, !like.off.has(o.id)));
    const rest = field(box, "like-all");
    rest.hidden = like.all || all.length <= SHOWN;
    put(rest, `Show all ${all.length}`);
    find.hidden = !like.finding;
    drawFound(i, all);
    sure.hidden = !like.asking || !on.length;
    if (!sure.hidden) {
      const stays = survivor(i, on);
      put(field(sure, "like-sure"), stays === i ? `Merge ${on.length} into this one? Its words stay:` : "Merge into the one that the room can see already? Its words stay:");
      put(field(sure, "like-keeps"), `“${stays.text}”`);
      put(field(sure, "merge-sure"), `Merge ${on.length}`);
    }
  }
  const merged = i ? [...s.desk.items.values()].filter(o => o.merged_into === i.id) : [];
  $("[data-merged]").hidden = !merged.length;
  put($('[data-f="merged"]'), merged.length === 1 ? "1 merged into this" : `${merged.length} merged into this`);
  list($("[data-list=merged]"), merged, "t-merged", (e, o) => { fill(e, o); put(field(e, "by"), by(o)); });
});

/** @param {HTMLElement} e @param {Item} o @param {boolean} on */
function tick(e, o, on) {
  const input = /** @type {HTMLInputElement} */ ($("input", e));
  fill(e, o);
  input.id = "like-" + o.id;
  input.checked = on;
  put(field(e, "opens"), o.source === "x" ? "Post on X by " + by(o) : "");
  const tag = field(e, "state");
  tag.hidden = o.state === "pending";
  put(tag, (STATE[o.state] || [o.state])[0]);
}

/** @param {Item} i @param {Item[]} known */
function drawFound(i, known) {
  const words = q.value.trim(), not = new Set([i.id, ...known.map(o => o.id)]);
  const hits = like.finding && words.length > 1 ? found([...s.desk.items.values()], { ...everything(), q: words }).filter(o => !not.has(o.id) && !o.merged_into && ["pending", "held", "approved", "answered"].includes(o.state)).slice(0, 6) : [];
  list($("[data-list=like-found]"), hits, "t-like", (e, o) => tick(e, o, false));
}

box.addEventListener("change", event => {
  const e = /** @type {HTMLElement} */ (event.target), id = /** @type {HTMLElement | null} */ (e.closest("[data-id]"))?.dataset.id || "";
  if (!e.matches("input[type=checkbox]")) return;
  const on = /** @type {HTMLInputElement} */ (e).checked, looked = !!e.closest("[data-list=like-found]");
  if (looked) { like.extra = [...like.extra, id]; like.all = true; }
  if (on) like.off.delete(id); else like.off.add(id);
  draw();
  if (looked) document.getElementById("like-" + id)?.focus();
});
q.addEventListener("input", draw);
q.addEventListener("keydown", e => { if (e.key === "Enter") e.preventDefault(); });

/** Offers to merge these with the item in hand. @param {Item[]} others */
export function offerMerge(others) {
  const i = hand();
  if (!i) return;
  if (like.of !== i.id) like = fresh(i.id);
  like.off = new Set([...(s.likes.get(i.id) || [])].filter(id => !others.some(o => o.id === id)));
  like.extra = others.map(o => o.id);
  like.asking = like.all = true;
  ask();
}
const ask = () => { draw(); sure.scrollIntoView({ block: "nearest" }); $("[data-do=merge-sure]").focus(); };

commands.merge = () => {
  const i = hand();
  if (!i || !may(i, "merge")) return;
  if (!ticked(i).length) return commands["like-find"]();
  like.asking = true;
  ask();
};
commands["like-find"] = () => { like.finding = true; draw(); q.focus(); };
commands["like-all"] = () => { like.all = true; draw(); };
commands["merge-not"] = () => { like.asking = false; draw(); $('[data-act="merge"]').focus(); };
commands["merge-sure"] = () => {
  const i = hand(), on = i ? ticked(i) : [];
  if (!i || !on.length || !like.asking) return;
  const stays = survivor(i, on), gone = [i, ...on].filter(o => o !== stays);
  like = fresh(i.id);
  s.choice = { ids: new Set(), from: "" };
  act("merge", gone, { body: { into: stays.id }, words: gone.length === 1 ? `Merged into “${brief(stays.text)}”` : `Merged ${gone.length} into “${brief(stays.text)}”` });
  if (hand() === i || tabOf(i) !== s.open) $("#item-h").focus({ preventScroll: true });
};
pressed("[data-split]", e => {
  const m = s.desk.items.get(e.closest("li")?.dataset.id || "");
  if (m) act("split", [m], { words: `Split again: “${brief(m.text)}”` });
});
