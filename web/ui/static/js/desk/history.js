// What has happened to the item in hand, and taking back one's own last step of it, for good.
/** @import { Past } from "../types" */
import { call, Problem } from "../lib/api.js";
import { brief, past } from "../lib/desk.js";
import { $, field, list, put } from "../lib/dom.js";
import { fault, take } from "./actions.js";
import { draw, hand, page, parts, pressed, s } from "./state.js";
import { say } from "./toast.js";

const box = $("[data-list=history]"), { api, me, time } = page;
/** What cannot be undone here. */
const NOT = new Set(["receive", "withdraw", "revised", "stage", "unstage", "finish", "erase", "undo"]);
let drawn = "";

parts.push(function drawHistory() {
  const i = s.board.items.get(s.hand), key = i ? i.id + i.rev : "";
  if (key === drawn) return;
  if (box.dataset.of !== s.hand) box.replaceChildren();
  box.dataset.of = s.hand;
  drawn = key;
  // Who goes fast through the list does not ask for each.
  setTimeout(() => { if (drawn === key && i) ask(i.id); }, 150);
});

/** @param {string} id */
async function ask(id) {
  try {
    const got = await call("GET", `${api}/submissions/${id}/history?limit=200`);
    if (s.hand !== id) return;
    /** @type {(Past & {id: string})[]} */
    const all = got.items.map((/** @type {Past} */ p) => ({ ...p, id: "" + p.rev }));
    list(box, all, "t-history", (e, p) => {
      put(field(e, "at"), time(p.at));
      field(e, "at").setAttribute("datetime", p.at);
      put(field(e, "what"), past(p));
      $("[data-undo-past]", e).hidden = !(p === all.at(-1) && all.length > 1 && p.by.name === me && !NOT.has(p.action));
    });
  } catch { /* the item itself is what matters */ }
}

pressed("[data-undo-past]", async () => {
  const i = hand();
  if (!i) return;
  try {
    take(await call("POST", `${api}/submissions/${i.id}/undo`, {}, i.rev));
    say(`Undone: “${brief(i.text)}”`, null);
  } catch (e) { await fault(/** @type {Problem} */ (e), i); }
  draw();
  $("#item-h").focus({ preventScroll: true });
});
