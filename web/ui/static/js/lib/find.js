// Finding: search, and filters by source, flag and language, with what each would leave.
/** @import { Item } from "../types" */
import { FLAG, flagged } from "./desk.js";

/** @typedef {{q: string, sources: Set<string>, flags: Set<string>, langs: Set<string>, prompts: Set<string>}} Filter flags: words, or "any" */

/** @returns {Filter} */
export const everything = () => ({ q: "", sources: new Set(), flags: new Set(), langs: new Set(), prompts: new Set() });

/** Whether a filter leaves anything out. @param {Filter} f */
export const narrow = f => !!f.q.trim() || f.sources.size + f.flags.size + f.langs.size + f.prompts.size > 0;

/** Without case and accents. @param {string} s */
export const folded = s => s.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** @type {WeakMap<Item, string>} */
const texts = new WeakMap();

/** What a search looks at: text, name and handle. @param {Item} i */
const searched = i => {
  let t = texts.get(i);
  if (t === undefined) texts.set(i, t = folded([i.text, i.author.name, i.author.handle, ...(i.tags || [])].join(" \n")));
  return t;
};

/** The words for an item's flags, each once. @param {Item} i @returns {string[]} */
export const flagWords = i => [...new Set((i.flags || []).map(f => (FLAG[f.kind] || [f.kind])[0]))];

/** The language to offer as a filter: any but the event's first, without its region. @param {Item} i @param {string} main */
const foreign = (i, main) => { const l = (i.lang || "").split("-")[0].toLowerCase(); return l && l !== main && l !== "und" ? l : ""; };

/** @param {Item[]} items @param {Filter} f @param {string} [main] the event's first language */
export function found(items, f, main = "en") {
  const words = folded(f.q).split(/\s+/).filter(Boolean);
  return items.filter(i => (!f.sources.size || f.sources.has(i.source)) && (!f.langs.size || f.langs.has(foreign(i, main))) &&
    (!f.prompts.size || f.prompts.has(String(i.prompt ?? ""))) &&
    (!f.flags.size || f.flags.has("any") && flagged(i) || flagWords(i).some(w => f.flags.has(w))) && words.every(w => searched(i).includes(w)));
}

/**
 * facets counts what filters would leave of a list. Prompts only where the event has any.
 * @param {Item[]} items @param {string} [main]
 */
export function facets(items, main = "en") {
  /** @type {Record<"sources" | "flags" | "langs" | "prompts", Map<string, number>>} */
  const n = { sources: new Map(), flags: new Map(), langs: new Map(), prompts: new Map() };
  const add = (/** @type {Map<string, number>} */ m, /** @type {string} */ k) => m.set(k, (m.get(k) || 0) + 1);
  let second = 0;
  for (const i of items) {
    add(n.sources, i.source);
    const words = flagWords(i), lang = foreign(i, main);
    if (flagged(i)) second++;
    for (const w of words) add(n.flags, w);
    if (lang) add(n.langs, lang);
    if (typeof i.prompt === "number") add(n.prompts, String(i.prompt));
  }
  const sorted = (/** @type {Map<string, number>} */ m) => [...m].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return { sources: sorted(n.sources), flags: sorted(n.flags), langs: sorted(n.langs), prompts: sorted(n.prompts), flagged: second };
}

/** A language by its own name. @param {string} tag */
export function languageName(tag) {
  try {
    const n = new Intl.DisplayNames([tag], { type: "language", fallback: "code" }).of(tag) || tag;
    return n[0].toLocaleUpperCase(tag) + n.slice(1);
  } catch { return tag; }
}
