// The attendee's page, kept up to date. Without this script it is the same page, and complete.
/** @import { Item } from "./types" */
import { $, clock, field, fill, list, put, say, show } from "./lib/dom.js";
import { answered, apply, empty, live, now, queue, stories } from "./lib/live.js";

const root = $("[data-attend]"), api = "/api/v1/events/" + root.dataset.attend, time = clock(root.dataset.zone || "UTC");
const box = (/** @type {string} */ name) => $(`[data-list="${name}"]`);
const form = /** @type {HTMLFormElement | null} */ ($("[data-form]"));
/** @type {(selector: string) => HTMLElement[]} */
const all = selector => [...document.querySelectorAll(selector)].map(e => /** @type {HTMLElement} */ (e));
const at = root.dataset, card = $("[data-now]");
let board = empty(), paused = false;
/** What is drawn of the queue. */
let shown = new Set(all("ol.queue > li").map(e => e.dataset.id || ""));
/** When something was answered: the page says it, the stream does not. */
const times = new Map(all(".answered > li").map(e => [e.dataset.id || "", field(e, "at").textContent || ""]));

// The page is a board already: what it shows needs no second sending, so that the stream goes on from here.
if (at.epoch) {
  /** @type {(state: string, kind?: string) => (e: HTMLElement) => void} */
  const take = (state, kind) => e => { board.items.set(e.dataset.id || "", /** @type {any} */ ({ id: e.dataset.id, rev: +(at.seq || 0), rank: e.dataset.rank, state, kind })); };
  all("ol.queue > li").forEach(take("approved"));
  all("ul.queue > li").forEach(take("approved", "story"));
  all(".answered > li").forEach(take("answered"));
  if (card.dataset.id) take("live")(card);
  board.stage = { now: card.dataset.id || null, next: at.next || null, prompt: null, since: null, blank: !field(root, "blank").hidden, mode: "live", rev: 0 };
}

/* the lists */

/** The first few in the list, the rest behind "Show all". @param {string} name @param {Item[]} items @param {number} most @param {(e: HTMLElement, i: Item) => void} draw */
function lists(name, items, most, draw) {
  const rest = $(`[data-rest="${name}"]`);
  list(box(name), items, "t-" + name, draw, $("ol,ul", rest), most);
  rest.hidden = items.length <= most;
  put($("summary", rest), "Show all " + items.length);
  $(`[data-empty="${name}"]`).hidden = items.length > 0;
  for (const n of all(`[data-n="${name}"]`)) put(n, items.length);
}

/** Somebody reads within the queue: nothing may move under them. */
const reading = () => box("queue").getBoundingClientRect().top < 0 && box("answered").getBoundingClientRect().top > 0 || box("queue").contains(document.activeElement);

/* votes: what a press does comes with the first */

/** What the reader voted for. */
const mine = new Set(all("[name=unvote]").map(b => /** @type {HTMLButtonElement} */ (b).value));

/** @param {HTMLElement} e @param {Item} i */
function votable(e, i) {
  const b = /** @type {HTMLButtonElement | null} */ ($("button", fill(e, i))), on = mine.has(i.id);
  if (!b) return;
  b.value = i.id;
  b.setAttribute("aria-pressed", "" + on);
  put($("span", b), on ? "Voted" : "Vote");
  if (i.votes >= 0) put($("b", b), i.votes);
}

document.addEventListener("submit", e => {
  const b = /** @type {HTMLButtonElement} */ (e.submitter);
  if (!b?.value) return;
  e.preventDefault();
  import("./lib/vote.js").then(v => v.vote(api, b, mine, () => board.items.get(b.value), draw));
});

/** @param {boolean} fresh whether it has just happened */
function draw(fresh) {
  const waiting = queue(board), n = now(board);
  let ready = waiting.filter(i => shown.has(i.id));
  if (!paused && !(reading() && shown.size)) ready = waiting;
  shown = new Set(ready.map(i => i.id));
  const late = waiting.length - ready.length, button = $("[data-new]");
  button.hidden = !late;
  put($("span", button), late + " new. Show");
  lists("queue", ready, 10, votable);
  const told = stories(board);
  if (!paused) {
    list(box("stories"), told, "t-queue", votable);
    $("#stories").hidden = !told.length;
  }
  const done = answered(board);
  for (const i of done) if (!times.has(i.id) && !paused) times.set(i.id, fresh ? "Answered " + time(new Date()) : "");
  lists("answered", done.filter(i => times.has(i.id)), 3, (e, i) => put(field(fill(e, i), "at"), times.get(i.id) || ""));
  if (!paused || !n) {
    if (n) fill(card, n); else say(card, "Nothing is being asked just now.");
    $(".lamp-card__m", card).hidden = !n || field(card, "text").hidden;
  }
  field(root, "blank").hidden = !board.stage?.blank;
  put(field(root, "counts"), `${done.length} answered, ${waiting.length} to come`);
  own?.then(y => y.draw());
}

/* yours: what became of the reader's own comes once there is something to show */

/** @type {Promise<import("./lib/yours.js").Yours> | undefined} */
let own;
const yours = () => own ||= import("./lib/yours.js").then(m => m.yours(api, () => board));
if (box("mine").children.length) yours();

/* the form: what helps with it comes when somebody turns to it, or left a draft */

if (form) {
  let ready = false;
  const turn = () => form.addEventListener("focusin", () => help().catch(turn), { once: true });
  const help = () => import("./lib/ask.js").then(m => ready || (ready = m.ask(form, api, (id, text, receipt) => { yours().then(y => y.add(id, text, receipt)); })));
// Nothing is posted before the help is here: with the server away that would lose the words.
  form.addEventListener("submit", e => {
    if (ready) return;
    e.preventDefault();
    help().then(() => $(".btn--go", form).click(), () => show($("[data-unsent]")));
  });
  let draft;
  try { draft = sessionStorage.getItem("draft-" + root.dataset.attend); } catch { /* not kept */ }
  if (draft) help().catch(turn); else turn();
}

/* live */

live({
  path: api + "/live?view=public", since: +(at.seq || 0), epoch: at.epoch,
  message: m => {
    board = apply(board, m);
    draw(m.type !== "snapshot");
    if (m.type === "snapshot" || m.type === "gone") own?.then(y => y.ask());
  },
  state: (c, last) => {
    const bar = $("[data-live]");
    if (c === "live") { $("[data-still]").hidden = true; bar.hidden = false; }
    $(".live", bar).classList.toggle("live--off", c !== "live");
    put(field(bar, "state"), c === "live" ? "Live" : c === "offline" ? "Offline" : "Reconnecting");
    put(field(bar, "how"), c !== "live" ? "Last update " + time(last) : paused ? "Paused" : "Updates by itself");
  },
});
$("[data-new]").addEventListener("click", () => { shown = new Set(queue(board).map(i => i.id)); draw(false); });
const pause = $("[data-pause]");
pause.addEventListener("click", () => {
  paused = !paused;
  put($("span", pause), paused ? "Go on" : "Pause");
  put(field($("[data-live]"), "how"), paused ? "Paused" : "Updates by itself");
  draw(false);
});
