// X's own card for a post on X, wherever one shows; its markup is the server's (parts/xcard.tmpl).
/** @import { Item } from "../types" */
import { $, cards, clock, put } from "./dom.js";

/** The part of a card that shows something. @param {ParentNode} c @param {string} name */
const part = (c, name) => $(`[data-x="${name}"]`, c);

const zone = $("[data-zone]")?.dataset.zone || "UTC", time = clock(zone);

/** When it was posted, in words; as Posted in views.go. @param {string} at */
export const posted = at => `${time(at)}, ${new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: zone })}`;

/** Only what leads to the web. @param {Element} a @param {string | null} url */
function lead(a, url) {
  if (url && /^https?:\/\//i.test(url)) a.setAttribute("href", url); else a.removeAttribute("href");
}

/** A card to clone: the page's empty one, or one that it shows. @type {Node | null | undefined} */
let pattern = /** @type {HTMLTemplateElement | null} */ (document.querySelector("#t-x"))?.content.firstElementChild || document.querySelector(".xcard")?.cloneNode(true);

/**
 * A page that was sent without a card has neither one to clone nor what draws it, to be small. As it is now it has both.
 * @type {Promise<void> | undefined}
 */
let asked;
const ask = () => asked ||= new Promise((done, failed) => {
  const r = new XMLHttpRequest(); // the one way to read a page without making markup of a string
  r.onloadend = () => {
    const now = r.response, css = now?.querySelector('link[href$="/xcard.css"]'), mark = now?.querySelector("#x-mark"), card = now?.querySelector(".xcard");
    asked = undefined;
    if (!css || !mark || !card) { failed(new Error("the page shows no card")); return; }
    document.head.append(document.adoptNode(css));
    document.body.append(document.adoptNode(mark.parentNode));
    pattern = document.adoptNode(card);
    done();
  };
  r.open("GET", location.pathname);
  r.responseType = "document";
  r.send();
});

/**
 * xcard puts the card of a post into e, before t, or makes the one that is there show it.
 * @param {HTMLElement} e @param {HTMLElement} t what the card takes the place of @param {Item} i
 */
export function xcard(e, t, i) {
  if (!pattern) {
    // Until then nothing of the post is shown.
    const again = () => { if (t.hidden && t.isConnected) xcard(e, t, i); };
    ask().then(again, () => setTimeout(again, 3000));
    return;
  }
  let c = $(".xcard", e);
  if (!c) {
    c = /** @type {HTMLElement} */ (document.importNode(pattern, true));
    const slot = $("[data-card]", e); // where t may not have it beside it, such as in a link
    if (slot) slot.append(c); else t.before(c);
  }
  const name = i.author.name || "", handle = i.author.handle ? "@" + i.author.handle.replace(/^@/, "") : "";
  const face = /** @type {HTMLImageElement} */ (part(c, "face")), words = part(c, "text");
  put(part(c, "name"), name);
  put(part(c, "handle"), handle);
  put(part(c, "initial"), [...name.toUpperCase()][0] || "");
  face.hidden = !i.author.avatar;
  if (!i.author.avatar) face.removeAttribute("src"); else if (face.getAttribute("src") !== i.author.avatar) face.src = i.author.avatar;
  put(words, i.text);
  if (i.lang) words.lang = i.lang; else words.removeAttribute("lang");
  put(part(c, "at"), posted(i.posted_at));
  part(c, "at").setAttribute("datetime", i.posted_at);
  lead(part(c, "who"), i.author.url);
  for (const a of c.querySelectorAll('[data-x="post"]')) lead(a, i.url);
}

cards(xcard);
