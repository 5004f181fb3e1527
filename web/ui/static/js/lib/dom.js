// Drawing: clones of the page's own templates, filled by text and attributes only.
/** @import { Item } from "../types" */

/** @type {(selector: string, root?: ParentNode) => HTMLElement} */
export const $ = (selector, root = document) => /** @type {HTMLElement} */ (root.querySelector(selector));

/** The part of a node that shows a field. @type {(root: ParentNode, name: string) => HTMLElement} */
export const field = (root, name) => $(`[data-f="${name}"]`, root);

/** Set text only where it changes, so that live regions do not repeat it. @type {(e: Element, text: string | number) => void} */
export const put = (e, text) => { if (e && e.textContent !== "" + text) e.textContent = "" + text; };

/** The empty item of a <template>. @type {(id: string) => HTMLElement} */
export const clone = id => /** @type {HTMLElement} */ (/** @type {HTMLTemplateElement} */ ($("#" + id)).content.firstElementChild?.cloneNode(true));

/** @type {Record<string, [string, string]>} Glyph and word; as sourceOf in views.go. */
export const SOURCES = { form: ["web", "Web form"], desk: ["room", "In the room"], x: ["x", "X"], mastodon: ["mastodon", "Mastodon"], bluesky: ["bluesky", "Bluesky"] };

/** @param {Item} i */
export const by = i => i.author.name || (i.author.handle ? "@" + i.author.handle.replace(/^@/, "") : "Anonymous");

/** @type {typeof import("./xcard.js").xcard | undefined} */
let card;
/** What draws posts on X: it comes with the first of them, unless the page has it before. @type {(f: NonNullable<typeof card>) => void} */
export const cards = f => { card = f; };

/** Words of ours where an item was. @param {HTMLElement} e @param {string} text */
export function say(e, text) {
  const t = field(e, "text");
  $(".xcard", e)?.remove();
  t.hidden = false;
  put(t, text);
}

/**
 * fill draws an item into a part that shows text, name and source; a post on X as X's card in their place. One without
 * an author is as the server drew it.
 * @param {HTMLElement} e @param {Item} i @param {string} [text]
 */
export function fill(e, i, text = i.text) {
  if (!i.author) return e;
  const t = field(e, "text"), who = field(e, "by"), [glyph, word] = SOURCES[i.source] || ["in", "Brought in"], src = $(".src", e), onX = i.source === "x";
  for (const p of [t, who, src]) if (p) p.hidden = onX;
  if (onX) {
    if (card) card(e, t, i); else import("./xcard.js").then(() => t.hidden && card?.(e, t, i));
    return e;
  }
  say(e, text);
  if (i.lang) t.lang = i.lang; else t.removeAttribute("lang");
  if (who) put(who, by(i));
  if (src) {
    src.setAttribute("class", "src src--" + glyph);
    $("use", src).setAttribute("href", "#s-" + glyph);
    put(field(src, "src"), word);
  }
  return e;
}

/**
 * list makes the children of a box be those of the items, in their order, and touches no other: what has focus stays.
 * With a second box, the first holds no more than most and the second the rest.
 * @template {{id: string}} T
 * @param {Element} box @param {T[]} items @param {string} template @param {(e: HTMLElement, i: T) => void} draw
 * @param {Element} [rest] @param {number} [most]
 */
export function list(box, items, template, draw, rest = box, most = Infinity) {
  const old = new Map([...box.children, ...rest.children].map(c => [/** @type {HTMLElement} */ (c).dataset.id, /** @type {HTMLElement} */ (c)]));
  const wanted = new Set(items.map(i => i.id));
  for (const [id, e] of old) if (!wanted.has(id || "")) e.remove();
  items.forEach((item, n) => {
    const into = n < most ? box : rest, before = into.children[n < most ? n : n - most];
    let e = old.get(item.id);
    if (!e) { e = clone(template); e.dataset.id = item.id; }
    draw(e, item);
    if (before !== e) into.insertBefore(e, before || null);
  });
}

/** @type {(zone: string) => (at: Date | string) => string} "19:12", where the event is. */
export const clock = zone => at => new Date(at).toLocaleTimeString("en-GB", { timeStyle: "short", timeZone: zone });

/** Show a part and take people there. @param {HTMLElement} e */
export const show = e => { e.hidden = false; e.focus(); };
