// One's own claim. Opening an item claims it: that warns the others and locks nothing, and ends by itself. What is in hand
// says whether somebody else has it as well.
import { call } from "../lib/api.js";
import { $, field, put } from "../lib/dom.js";
import { AGAIN, CLAIM, given } from "../lib/hands.js";
import { lately, others } from "./hands.js";
import { draw, hand, page, parts, s } from "./state.js";

const { api } = page, pane = $("[data-item]");
/** What is claimed, since when, and whether the server has said so. */
let mine = { id: "", at: -Infinity, firm: false };
/** What is claimed next, once somebody stays with it. */
let next = "";
/** @type {any} */ let soon = 0;
/** When somebody last did something here. */
let active = performance.now();

parts.push(function drawClaim() {
  claim();
  const i = hand(), tag = field(pane, "claim"), box = $("[data-two]", pane), other = i && others.get(i.id), two = other !== undefined && !s.offline;
  const [words, icon, tone] = !i ? ["", "", ""] : s.offline ? ["Claim not confirmed", "clock", "wait"] : two ? [`${given(other)} has this`, "person", "wait"] : mine.id === i.id && mine.firm ? ["You have this", "lock", "go"] : ["", "", ""];
  tag.hidden = !words;
  field(pane, "state").hidden = !!words && i?.state === "pending" && !i.merged_into; // the list says that
  put(field(tag, "claim-words"), words);
  $("use", tag).setAttribute("href", "#i-" + (icon || "lock"));
  tag.className = "tag tag--" + (tone || "off");
  const reviewed = i?.reviewed_by && i.state !== "approved" ? `Reviewed by ${i.reviewed_by.name}: somebody else has to release it.` : "";
  box.hidden = !two && !reviewed;
  put(field(box, "two"), [two ? `${other || "Somebody else"} is looking at this too. You can still decide: the first decision stands.` : "", reviewed].filter(Boolean).join(" "));
});

/** Claims what was opened, and claims it again while somebody is at work. Who goes fast through the list claims none of what they pass. */
function claim() {
  if (s.conn !== "live" || s.offline) { mine = { ...mine, at: -Infinity, firm: false }; return; }
  const i = hand(), wanted = i && (s.firm || mine.id === i.id) ? i.id : "", since = performance.now() - mine.at;
  if (wanted === mine.id && (!wanted || since < AGAIN || active < mine.at)) { clearTimeout(soon); soon = 0; return; }
  if (soon && wanted === next) return;
  clearTimeout(soon);
  next = wanted;
  soon = setTimeout(() => { soon = 0; if (next) make(next); else leave(); }, 300);
}

/** @param {string} id */
async function make(id) {
  if (id !== s.hand || document.hidden || s.conn !== "live") return;
  const at = performance.now(), firm = mine.id === id && mine.firm;
  mine = { id, at, firm };
  lately.set(id, at);
  try {
    await call("POST", `${api}/submissions/${id}/claim`, {});
    if (mine.id === id) mine.firm = true;
  } catch { mine.firm = false; /* it warns; without it one can still decide */ }
  if (firm !== mine.firm) draw();
}

function leave() {
  const { id } = mine;
  mine = { id: "", at: -Infinity, firm: false };
  if (id) call("DELETE", `${api}/submissions/${id}/claim`).catch(() => { /* it ends by itself */ });
}
// Who closes the page is gone at once.
addEventListener("pagehide", () => {
  if (mine.id) fetch(`${api}/submissions/${mine.id}/claim`, { method: "DELETE", keepalive: true }).catch(() => { /* it ends by itself */ });
  mine = { id: "", at: -Infinity, firm: false };
});

for (const type of ["pointerdown", "pointermove", "keydown", "wheel"]) addEventListener(type, () => { active = performance.now(); }, { passive: true });
setInterval(() => {
  claim();
  if (mine.firm && performance.now() - mine.at > CLAIM) { mine.firm = false; draw(); }
}, 5000);
