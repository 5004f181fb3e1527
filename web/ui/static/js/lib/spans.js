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
