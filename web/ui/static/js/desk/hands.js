// Several hands: who is here, and who looks at what.
import { $, field, list, put } from "../lib/dom.js";
import { CLAIM, initials, people, taken } from "../lib/hands.js";
import { page, parts, s } from "./state.js";

const { me } = page;

/** When each item was claimed here: until the others' word of it has ended, it is one's own. @type {Map<string, number>} */
export const lately = new Map();

/** Who else looks at what, by the id of the item. @type {Map<string, string>} */
export let others = new Map();

/** How many faces fit. */
const FACES = 5;

parts.unshift(function readHands() {
  const now = performance.now();
  for (const [id, at] of lately) if (now - at > CLAIM + 5000) lately.delete(id);
  others = taken(s.board.who, me, new Set(lately.keys()));
});

parts.push(function drawPeople() {
  const all = people(s.board.who, me), more = all.length - FACES;
  list($("[data-people]"), all.slice(0, FACES), "t-person", (e, p) => {
    const last = p.place === FACES - 1 && more > 0;
    const words = last ? all.slice(FACES - 1).map(x => x.words).join("; ") : p.words;
    put(field(e, "initials"), last ? "+" + (more + 1) : p.face);
    put(field(e, "name"), words);
    const face = $(".avatar", e);
    face.title = words;
    face.className = `avatar avatar--${p.me ? "me" : p.place + 1}`;
  });
});

/** The small face of somebody, in the colour it has above. @param {HTMLElement} e @param {string} name */
export function face(e, name) {
  const p = people(s.board.who, me).find(x => x.name === name);
  put(e, initials(name || "?"));
  e.className = `avatar avatar--${p && !p.me ? p.place + 1 : 1}`;
}
