// What the room sees, who is at the desk, and freezing it.
/** @import { Item } from "../types" */
import { call, Problem } from "../lib/api.js";
import { brief, may } from "../lib/desk.js";
import { $, by, field, fill, put, say as words } from "../lib/dom.js";
import { apply, now } from "../lib/live.js";
import { fault, take, wrong } from "./actions.js";
import { away } from "./away.js";
import { moveOn } from "./list.js";
import { commands, draw, hand, page, parts, s } from "./state.js";
import { said, say } from "./toast.js";

const box = $("[data-now]"), { api, time } = page;

parts.push(function drawRoom() {
  const st = s.board.stage, n = now(s.board), frozen = !!s.board.event?.frozen;
  put(field(box, "label"), st?.blank ? "Screen is blank" : "Now");
  if (n) fill(box, n, n.text); else words(box, "Nothing on the screen");
  field(box, "who").hidden = !n || n.source === "x";
  if (n) put(field($(".src", box), "src"), by(n) + ", " + field($(".src", box), "src").textContent?.toLowerCase());
  const off = /** @type {HTMLButtonElement} */ ($("[data-do=off]")), blank = /** @type {HTMLButtonElement} */ ($("[data-do=blank]"));
  off.disabled = !n;
  blank.disabled = !st;
  away(off, "room");
  away(blank, "room");
  blank.setAttribute("aria-pressed", String(!!st?.blank));
  put($("span", blank), st?.blank ? "Show screen" : "Blank screen");
  const freeze = /** @type {HTMLButtonElement} */ ($("[data-do=freeze]"));
  freeze.disabled = !s.board.event;
  for (const b of document.querySelectorAll("[data-do=freeze]")) away(/** @type {HTMLElement} */ (b), "all");
  freeze.setAttribute("aria-pressed", String(frozen));
  put($("span", freeze), frozen ? "Unfreeze" : "Freeze");
  $("[data-frozen]").hidden = !frozen;
  put($('[data-f="label-short"]'), st?.blank ? "Blank" : "Now");
  tick();
});

/** Each second. */
export function tick() {
  put($("[data-clock]"), time(new Date()));
  const st = s.board.stage, since = field(box, "since");
  const short = $('[data-f="since-short"]');
  if (!st?.now || !st.since) { put(since, ""); return put(short, ""); }
  const sec = Math.max(0, Math.floor((Date.now() - Date.parse(st.since)) / 1000)), gone = `${Math.floor(sec / 60)}:${String(sec % 60).padStart(2, "0")}`;
  put(since, s.offline ? "as at " + time(s.lost) : "on screen " + gone);
  put(short, s.offline ? time(s.lost) : gone);
}

/** Changes the stage. @param {object} wish @param {string} words @param {(() => Promise<void>) | null} undo */
export async function stage(wish, words, undo) {
  const then = said();
  try {
    const now = await call("PUT", api + "/stage", wish); // the board goes on meanwhile
    s.board = apply(s.board, { type: "stage", seq: s.board.seq, stage: now });
    if (said() === then) say(words, undo); // Undo is for the newest decision, which this no longer is
  } catch (e) { wrong("The screen has not changed. " + /** @type {Problem} */ (e).message); }
  draw();
}

/** @param {Item | undefined} i */
async function toScreen(i) {
  if (!i || s.offline || !may(i, "screen")) return;
  const before = s.board.stage?.now || null;
  if (i.state !== "approved" && i.state !== "answered") {
    try { take(await call("POST", `${api}/submissions/${i.id}/approve`, {}, i.rev)); } catch (e) { return fault(/** @type {Problem} */ (e), i); }
    if (s.open !== "approved") moveOn([i.id]);
  }
  await stage({ now: i.id }, `On the screen: “${brief(i.text)}”`, () => stage({ now: before }, before ? "The screen is back as it was" : `Taken off the screen: “${brief(i.text)}”`, null));
}
commands.screen = () => { toScreen(hand()); };

commands.blank = () => {
  const blank = !!s.board.stage?.blank;
  stage({ blank: !blank }, blank ? "The screen shows again" : "The screen is blank", () => stage({ blank }, "The screen is back as it was", null));
};
commands.off = () => {
  const n = now(s.board);
  if (n) stage({ now: null }, `Taken off the screen: “${brief(n.text)}”. It is at the top of the queue`, () => stage({ now: n.id }, "The screen is back as it was", null));
};
commands["next-up"] = () => {
  const i = hand(), before = s.board.stage?.next || null;
  if (!i || s.offline || !may(i, "next-up")) return;
  const next = before === i.id ? null : i.id;
  stage({ next }, next ? `Lined up next: “${brief(i.text)}”` : `Not lined up any more: “${brief(i.text)}”`, () => stage({ next: before }, "What is next is as it was", null));
};

/** One tap: nothing new becomes public until it is taken back. */
commands.freeze = async () => {
  const frozen = !s.board.event?.frozen;
  if (s.offline) return;
  try {
    const event = await call("PATCH", api, { frozen });
    if (s.board.event) s.board = { ...s.board, event: { ...s.board.event, frozen: !!event.frozen } };
    say(frozen ? "Frozen: nothing new becomes public" : "Not frozen any more", () => commands.freeze());
  } catch (e) { wrong("Not done. " + /** @type {Problem} */ (e).message); }
  draw();
};

/** On a busy desk the room is a rail; this opens and shuts it. */
commands.room = () => {
  const open = document.body.dataset.room !== "open";
  document.body.dataset.room = open ? "open" : "";
  (open ? $("[data-queue]") : $(".rail button")).focus();
};
