// Texts and the parts of them that a flag is about: spans in code points, their end exclusive.

/**
 * marked cuts a text at its flags, spans in code points.
 * @param {string} text @param {[number, number][]} spans @returns {{text: string, mark: boolean}[]}
 */
export function marked(text, spans) {
  const c = [...text], out = [];
  let at = 0;
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (from < at || to > c.length || to <= from) continue;
    if (from > at) out.push({ text: c.slice(at, from).join(""), mark: false });
    out.push({ text: c.slice(from, to).join(""), mark: true });
    at = to;
  }
  if (at < c.length) out.push({ text: c.slice(at).join(""), mark: false });
  return out;
}

/**
 * cut takes a span out of a text and tidies where it was: no double space, none before a comma or a full stop.
 * @param {string} text @param {[number, number]} span @returns {string}
 */
export function cut(text, [from, to]) {
  const c = [...text];
  if (from < 0 || to > c.length || to <= from) return text;
  const left = c.slice(0, from).join(""), right = c.slice(to).join("");
  if (!left.trim()) return right.trimStart();
  if (!right.trim()) return left.trimEnd();
  if (/\s$/.test(left) && /^[\s.,;:!?)]/.test(right)) return left.trimEnd() + (/^\s/.test(right) ? " " + right.trimStart() : right);
  return left + right;
}

/** Whether a flag has a part of the text that can be taken out. @param {{span: [number, number]}} f @param {string} text */
export const hasSpan = (f, text) => f.span[1] > f.span[0] && f.span[1] <= [...text].length;

/**
 * struck marks the words of before that after has no more.
 * @param {string} before @param {string} after @returns {{text: string, mark: boolean}[]}
 */
export function struck(before, after) {
  const a = before.split(/(\s+)/), b = after.split(/\s+/).filter(Boolean);
  const words = a.filter((_, n) => n % 2 === 0);
  /** @type {Uint16Array[]} */ const best = Array.from({ length: words.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = words.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) best[i][j] = words[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
  /** @type {{text: string, mark: boolean}[]} */ const out = [];
  const add = (/** @type {string} */ text, /** @type {boolean} */ mark) => { const last = out[out.length - 1]; if (last && last.mark === mark) last.text += text; else if (text) out.push({ text, mark }); };
  let j = 0;
  const gone = words.map((w, i) => {
    while (j < b.length && w !== b[j] && best[i][j + 1] > best[i + 1][j]) j++;
    if (w === "" || w !== b[j]) return w !== "";
    j++;
    return false;
  });
  words.forEach((w, i) => {
    add(w, gone[i]);
    add(a[2 * i + 1] || "", gone[i] && !!gone[i + 1]); // the gap is struck between two struck words
  });
  return out;
}
