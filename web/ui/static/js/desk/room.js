// What the room sees: the screen, the queue, and who is at the desk.
/** @import { Item } from "../types" */
import { call, Problem } from "../lib/api.js";
import { brief, may } from "../lib/desk.js";
import { $, by, field, fill, list, put, say as words } from "../lib/dom.js";
import { apply, now, queue } from "../lib/live.js";
import { fault, take, wrong } from "./actions.js";
import { choose, moveOn, openTab } from "./list.js";
import { commands, draw, hand, page, parts, pressed, s } from "./state.js";
import { say } from "./toast.js";

const box = $("[data-now]"), { api, me, time } = page;

parts.push(function drawRoom() {
  const st = s.board.stage, n = now(s.board), q = queue(s.desk);
  put(field(box, "label"), st?.blank ? "Screen is blank" : "Now");
  if (n) fill(box, n, n.text); else words(box, "Nothing on the screen");
  field(box, "who").hidden = !n || n.source === "x";
  if (n) put(field($(".src", box), "src"), by(n) + ", " + field($(".src", box), "src").textContent?.toLowerCase());
  list($("[data-list=queue]"), q, "t-queue", (e, i) => {
    const place = q.indexOf(i) + 1 + ". ";
    fill(e, i, place + i.text);
    if (i.source !== "x") return;
    const a = field(e, "text"); // the way to it, beside the card
    a.hidden = false;
    put(a, place + "Post on X");
  });
  put($('[data-n="queue"]'), q.length);
  $("[data-empty=queue]").hidden = q.length > 0;
  const off = /** @type {HTMLButtonElement} */ ($("[data-stage=off]")), blank = /** @type {HTMLButtonElement} */ ($("[data-stage=blank]"));
  off.disabled = !n || s.offline;
  blank.disabled = !st || s.offline;
  blank.setAttribute("aria-pressed", String(!!st?.blank));
  put($("span", blank), st?.blank ? "Show screen" : "Blank screen");
  tick();
});

parts.push(function drawPeople() {
  list($("[data-people]"), people(), "t-person", (e, p) => {
    put(field(e, "initials"), p.name.split(/\s+/).map(w => [...w][0]).slice(0, 2).join("").toUpperCase());
    put(field(e, "name"), p.name + (p.me ? ", you" : ""));
    const face = $(".avatar", e);
    face.title = p.name + (p.me ? " (you)" : "");
    face.classList.toggle("avatar--me", p.me);
  });
});

const people = () => {
  const names = s.board.who.filter(w => w.role !== "chair" && w.role !== "screen").map(w => w.name);
  return [me, ...new Set(names.filter(n => n && n !== me))].slice(0, 5).map(name => ({ id: name, name, me: name === me }));
};

/** Each second. */
export function tick() {
  put($("[data-clock]"), time(new Date()));
  const st = s.board.stage, since = field(box, "since");
  if (!st?.now || !st.since) return put(since, "");
  const sec = Math.max(0, Math.floor((Date.now() - Date.parse(st.since)) / 1000));
  put(since, s.offline ? "as at " + time(s.lost) : `on screen ${Math.floor(sec / 60)}:${String(sec % 60).padStart(2, "0")}`);
}

/** Changes the stage. @param {object} wish @param {string} words @param {(() => Promise<void>) | null} undo */
export async function stage(wish, words, undo) {
  try {
    s.board = apply(s.board, { type: "stage", seq: s.board.seq, stage: await call("PUT", api + "/stage", wish) });
    say(words, undo);
  } catch (e) { wrong("The screen has not changed. " + /** @type {Problem} */ (e).message); }
  draw();
}

/** @param {Item | undefined} i */
async function toScreen(i) {
  if (!i || s.offline || !may(i.state, "screen")) return;
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
pressed("[data-stage]", e => commands[e.dataset.stage || ""]?.());
pressed("[data-list=queue] a", (e, event) => {
  event.preventDefault();
  const id = e.closest("li")?.dataset.id || "";
  if (!s.desk.items.has(id)) return;
  openTab("approved");
  choose(id, innerWidth < 700);
});
