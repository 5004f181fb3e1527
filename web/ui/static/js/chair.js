// The chair's tablet: what is on, what is next, and moving on. Its buttons are a form's and post without this script.
import { call, Problem } from "./lib/api.js";
import { $, clock, field, fill, list, put, say } from "./lib/dom.js";
import { answered, apply, empty, live, now, queue, stories } from "./lib/live.js";
import { upnext } from "./lib/upnext.js";
import { forPage, settings } from "./lib/settings.js";
import "./lib/xcard.js";
import { signals } from "./chair/signals.js";

const body = document.body, api = "/api/v1/events/" + body.dataset.chair, time = clock(body.dataset.zone || "UTC");
const panel = $("[data-now]"), banner = $("[data-banner]"), set = settings("chair");
const form = /** @type {HTMLFormElement} */ ($("#acts"));
let board = empty(), previous = form.previous.value, pressed = 0, connected = false;
/** @type {{what: string, id: string | null, rev: number} | null} A press that nobody has heard yet. */
let unsent = null;

const told = signals(api, text => notice(text));

/** @param {string} text */
function notice(text) {
  const p = document.createElement("p");
  p.className = "banner banner--wait";
  p.textContent = text;
  banner.replaceChildren(...(text ? [p] : []));
}

/** @param {string} name */
const button = name => /** @type {HTMLButtonElement} */ ($(`[data-do="${name}"]`));

function draw() {
  const s = board.stage, n = now(board), q = upnext(board);
  if (!s) return;
  put(field(panel, "label"), s.blank ? "Screen is blank" : n ? "Now on screen" : "Nothing on screen");
  if (n) fill(panel, n); else say(panel, "Nothing is on the screen.");
  field(panel, "who").hidden = !n || n.source === "x";
  $(".c-now__clock", panel).hidden = !n || !s.since;
  panel.dataset.since = s.since || "";
  list($("[data-list=next]"), q, "t-next", (e, i) => { field(fill(e, i), "story").hidden = i.kind !== "story"; }, $("[data-list=later]"), 3);
  $("[data-later]").hidden = q.length <= 3;
  put(field(body, "later"), q.length - 3 + " more");
  const beside = stories(board).filter(i => i.id !== s.next), toCome = queue(board).length;
  list($("[data-list=stories]"), beside, "t-story", (e, i) => { fill(e, i); /** @type {HTMLButtonElement} */ ($("button", e)).value = i.id; });
  $("[data-stories]").hidden = !beside.length;
  put(field(body, "stories"), beside.length);
  field(panel, "votes").hidden = !n?.votes;
  put(field(panel, "votes"), n?.votes === 1 ? "1 vote" : `${n?.votes ?? 0} votes`);
  field(panel, "note").hidden = !n?.note;
  put(field(panel, "note-text"), n?.note || "");
  told(board.signals);
  $("[data-empty=next]").hidden = q.length > 0;
  put(field(body, "tocome"), toCome + " to come");
  put(field(body, "answered"), (board.counts?.answered ?? 0) + " answered");
  if (!board.items.has(previous) || previous === s.now) previous = answered(board)[0]?.id || "";
  button("back").disabled = !previous;
  button("skip").disabled = !n || !q.length;
  button("finish").disabled = !n && !q.length;
  put($("span", button("finish")), !n ? "Show the first question" : q.length ? "Finish and show next" : "Finish");
  button("clear").disabled = !n;
  put($("span", button("blank")), s.blank ? "Show screen again" : "Blank screen");
  for (const b of document.querySelectorAll("[data-do]")) b.classList.toggle("btn--unsent", unsent?.what === /** @type {HTMLElement} */ (b).dataset.do);
  tick();
}

function tick() {
  const at = Date.now(), since = Date.parse(panel.dataset.since || ""), starts = Date.parse(body.dataset.starts || ""), ends = Date.parse(body.dataset.ends || "");
  put($("[data-clock]"), time(new Date()));
  if (since) {
    const sec = Math.max(0, Math.floor((at - since) / 1000));
    put(field(panel, "clock"), `${Math.floor(sec / 60)}:${String(sec % 60).padStart(2, "0")}`);
  }
  if (!ends || at < starts) return;
  const left = Math.ceil((ends - at) / 60000), q = board.stage ? queue(board).length : 0;
  put(field(body, "left"), left >= 0 ? left + " min left" : `Over by ${-left} min`);
  const each = Math.floor(left / (q + 1)), bar = /** @type {HTMLProgressElement} */ (field(body, "gone"));
  put(field(body, "pace"), left > 0 && q ? ", " + (each ? `about ${each} min each` : "less than a minute each") : "");
  if (starts && ends > starts) {
    bar.max = Math.round((ends - starts) / 60000);
    bar.value = Math.min(bar.max, Math.floor((at - starts) / 60000));
    bar.setAttribute("aria-label", `${bar.value} of ${bar.max} minutes gone`);
  }
}

/** What a press asks of the stage. @param {string} what @param {string | null} id */
function wish(what, id) {
  const s = board.stage, more = upnext(board).length > 0;
  switch (what) {
    case "finish": return !s?.now ? { take: true } : more ? { take: true, finish: true } : { now: null, finish: true };
    case "skip": return { take: true };
    case "back": return { now: id };
    case "clear": return { now: null };
    case "line": return { next: id };
  }
  return { blank: what === "blank" };
}

/** @param {string} what @param {boolean} [again] @param {string | null} [id] what it is about */
async function press(what, again, id = what === "back" ? previous : null) {
  const s = board.stage;
  if (!s || (!again && Date.now() - pressed < 1000)) return;
  pressed = Date.now();
  if (what === "blank" && s.blank) what = "unblank";
  const was = s.now, after = upnext(board)[1]?.id, intent = again && unsent ? unsent : { what, id, rev: s.rev };
  try {
    const next = await call("PUT", api + "/stage", wish(intent.what, intent.id), intent.rev);
    unsent = null;
    notice("");
    board = apply(board, { type: "stage", seq: board.seq, stage: next });
    if (was && was !== next.now) previous = was;
    // What was skipped is at the top of the queue: line up the one after, or it would come straight back.
    if (what === "skip" && after && !next.next) await call("PUT", api + "/stage", { next: after }, next.rev).catch(() => { /* somebody else moved on */ });
  } catch (e) {
    const p = /** @type {Problem} */ (e);
    if (p.unsent) {
      unsent = intent;
      notice("Not sent yet. It goes out when the connection is back; you can read on.");
    } else {
      unsent = null;
      notice(p.status === 409 ? "Somebody else moved on first. This is what is on the screen now." : p.status === 401 ? "This tablet is signed out. Open your link again." : p.message);
      if (p.current) board = apply(board, { type: "stage", seq: board.seq, stage: p.current });
    }
  }
  draw();
}

document.addEventListener("submit", e => {
  const what = e.submitter?.dataset.do;
  if (!what || !connected) return; // before the first message the form posts by itself
  e.preventDefault();
  press(what, false, what === "line" ? /** @type {HTMLButtonElement} */ (e.submitter).value : undefined);
});

/** What slide clickers send, and the keyboard. @type {Record<string, string>} */
const keys = { ArrowRight: "finish", PageDown: "finish", ArrowDown: "skip", ArrowLeft: "back", PageUp: "back", b: "blank", B: "blank", ".": "blank" };
addEventListener("keydown", e => {
  const what = keys[e.key];
  if (!what || set.keys === "off" || e.repeat || !forPage(e)) return;
  e.preventDefault();
  if (!button(what).disabled) press(what);
});

live({
  path: api + "/live?view=chair",
  message: m => {
    const was = board.stage?.now;
    board = apply(board, m);
    if (m.type === "stage" && was && was !== m.stage.now && board.items.has(was)) previous = was;
    connected = true;
    draw();
  },
  state: (c, last) => {
    const conn = $("[data-conn]");
    conn.dataset.conn = c;
    put(field(conn, "state"), c === "live" ? "Live" : c === "offline" ? "Offline" : c === "refused" ? "Signed out" : "Reconnecting, last update " + time(last));
    if (c === "refused") notice("This tablet is signed out. Open your link again.");
    if (c === "live" && unsent) press(unsent.what, true);
  },
});
setInterval(tick, 1000);
tick();
if (panel.dataset.since) $(".c-now__clock", panel).hidden = false;
