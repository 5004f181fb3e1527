// The projected screen. It keeps its last good state through any fault, and shows nothing by accident.
/** @import { Item } from "./types" */
import { $, clock, field, fill, list, put, say } from "./lib/dom.js";
import { apply, empty, live, now, queue } from "./lib/live.js";
import { upnext } from "./lib/upnext.js";
import { characters, screenText, sizeOf, withoutTags } from "./lib/size.js";
import "./lib/xcard.js";

const body = document.body, slug = body.dataset.screen, time = clock(body.dataset.zone || "UTC");
const main = $("[data-now]"), up = $(".upnext"), conn = $("[data-conn]");
const sizes = ["now--s", "now--m", "now--l", "now--xl", "now--xxl"];
let board = empty(), caughtUp = false, drawn = "";
/** What this one screen was told by its own keys; the stage's word counts again with its next change. */
let own = "", stage = 0;
/** @type {Item | undefined} What is on the screen; with hold it stays whatever the stage says. */
let held;

function draw() {
  const s = board.stage;
  if (!s) return;
  if (s.rev !== stage) { stage = s.rev; own = ""; }
  // Held: what it showed last. Once that is no longer on the board, nothing takes its place.
  const on = s.mode === "hold" && held ? board.items.get(held.id) : now(board);
  if (on || s.mode !== "hold") held = on;
  const blank = own === "blank" || (s.blank && own !== "live"), join = !blank && (!on || own === "join" || (s.mode === "join" && own !== "live"));
  body.classList.toggle("stage--blank", blank);
  body.classList.toggle("stage--join", join);
  const waits = (/** @type {Item} */ i) => i.id !== on?.id, rest = upnext(board).filter(waits), toCome = queue(board).filter(waits).length;
  const counts = field(body, "counts"), starts = Date.parse(body.dataset.starts || "");
  if (join && Date.now() < starts) put(counts, "Starts at " + time(new Date(starts)));
  else if (counts.textContent !== `${toCome} to come, ${board.counts?.answered ?? 0} answered`) {
    const b = (/** @type {number} */ n) => { const e = document.createElement("b"); put(e, n); return e; };
    counts.replaceChildren(b(toCome), " to come, ", b(board.counts?.answered ?? 0), " answered");
  }
  if (!on) { drawn = ""; say(main, ""); body.classList.remove("stage--long"); return; }

  const text = withoutTags(on.source, on.text), { size, long } = sizeOf(characters(text).length), { shown, more } = screenText(text);
  body.classList.toggle("stage--long", long && !join && !blank);
  main.classList.remove(...sizes);
  main.classList.add(size);
  fill(main, on, shown);
  field(main, "more").hidden = !more;
  const next = (/** @type {number} */ most) => {
    list($("[data-list=next]"), rest.slice(0, most), "t-next", (e, i) => { field(fill(e, i, withoutTags(i.source, i.text)), "story").hidden = i.kind !== "story"; });
    whole();
  };
  next(long ? 1 : 4);
  up.toggleAttribute("data-none", !rest.length);
  fit(size, () => next(1));
  if (drawn !== on.id && caughtUp && !join && !blank) {
    main.classList.remove("now--in");
    void main.offsetWidth; // starts the fade afresh
    main.classList.add("now--in");
  }
  drawn = on.id;
}

/** A post on X shows whole or not at all: where its card has no room up next, it is only named. */
function whole() {
  const box = $("[data-list=next]"), oneLine = body.classList.contains("stage--long");
  for (const c of box.querySelectorAll(".xcard")) {
    const card = /** @type {HTMLElement} */ (c), named = field(/** @type {HTMLElement} */ (c.closest("li")), "onx");
    card.hidden = false;
    card.hidden = oneLine || card.offsetHeight > box.clientHeight;
    named.hidden = !card.hidden;
  }
}

/** Long words or wide letters may still not fit: then one size down, and down again. @param {string} size @param {() => void} one leaves one up next */
function fit(size, one) {
  const q = $(".xcard__t", main) || field(main, "text");
  for (let n = sizes.indexOf(size); n < sizes.length - 1 && (main.scrollHeight > main.clientHeight + 1 || q.scrollWidth > q.clientWidth + 1); n++) {
    if (n >= (q.matches(".xcard *") ? 3 : 2) && !body.classList.contains("stage--long")) { body.classList.add("stage--long"); one(); }
    main.classList.replace(sizes[n], sizes[n + 1]);
  }
  // What does not fit whole is not staged. Where this screen is another than those that were measured, nothing is cut.
  if (q.matches(".xcard *") && main.scrollHeight > main.clientHeight + 1) say(main, "A post on X that does not fit this screen. Read it on your own.");
}

/* connection: said only after 5 s, and never instead of the question */

/** @type {ReturnType<typeof setTimeout> | undefined} */ let wait;
const stream = live({
  path: `/api/v1/events/${slug}/live?view=public`,
  message: m => {
    const catching = m.type === "snapshot" && caughtUp;
    if (catching) caughtUp = false;
    board = apply(board, m);
    draw();
    shown();
    caughtUp = true;
  },
  state: (c, last) => {
    clearTimeout(wait);
    // The screen's link was revoked: from here on it is one that anybody may show.
    if (c === "refused") return location.reload();
    if (c !== "live" && conn.classList.contains("live--off")) return;
    wait = setTimeout(() => {
      conn.classList.toggle("live--off", c !== "live");
      put(field(conn, "state"), c === "live" ? "Live" : "Reconnecting. Last update " + time(last));
    }, c === "live" ? 0 : 5000);
  },
});

/* a screen that joined says what it shows, once that has been painted; in a tab that nobody sees nothing is */

let due = false;
function shown() {
  if (due || body.dataset.joined === undefined) return;
  due = true;
  requestAnimationFrame(() => requestAnimationFrame(() => { due = false; stream.send({ type: "shown", seq: board.seq }); }));
}
setInterval(shown, 15_000);

/* the clock goes on by itself */

const face = /** @type {HTMLTimeElement} */ ($(".stage__clock"));
setInterval(() => {
  put(face, time(new Date()));
  if (body.classList.contains("stage--join")) draw();
}, 1000);

/* keys of this screen alone: join, blank, lights, full screen */

addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const root = document.documentElement;
  switch (e.key.toLowerCase()) {
    case "j": own = body.classList.contains("stage--join") ? "live" : "join"; break;
    case "b": own = body.classList.contains("stage--blank") ? "live" : "blank"; break;
    case "l": root.dataset.theme = root.dataset.theme === "light" ? "dark" : "light"; return;
    case "f":
      if (document.fullscreenElement) document.exitFullscreen();
      else root.requestFullscreen?.().catch(() => { /* the browser will not */ });
      return;
    default: return;
  }
  draw();
});

/* a projector's computer must not sleep, nor show its pointer */

const wake = () => { if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => { /* not on battery, or not over http */ }); };
document.addEventListener("visibilitychange", wake);
wake();
/** @type {ReturnType<typeof setTimeout> | undefined} */ let still;
const pointer = () => {
  body.classList.remove("stage--still");
  clearTimeout(still);
  still = setTimeout(() => body.classList.add("stage--still"), 3000);
};
addEventListener("pointermove", pointer);
pointer();
addEventListener("resize", draw);
document.fonts?.ready.then(draw);
