// How the screen sets a question: as size.go has it, checked against jstest/testdata/sizes.json.

const split = "Segmenter" in Intl ? new Intl.Segmenter("en", { granularity: "grapheme" }) : null;

/** @param {string} s @returns {string[]} what people count as characters */
export const characters = s => (split ? [...split.segment(s)].map(g => g.segment) : [...s]);

/** @param {number} n @returns {{size: string, long: boolean}} */
export function sizeOf(n) {
  if (n <= 65) return { size: "now--s", long: false };
  if (n <= 115) return { size: "now--m", long: false };
  if (n <= 155) return { size: "now--l", long: false };
  if (n <= 210) return { size: "now--xl", long: false };
  if (n <= 280) return { size: "now--xl", long: true };
  return { size: "now--xxl", long: true };
}

/** @param {string} source @param {string} text @returns {string} without the hashtags at its end, but for posts on X */
export function withoutTags(source, text) {
  return source === "x" ? text : text.replace(/(?:\s+[#＃][\p{N}_]*\p{L}[\p{L}\p{N}\p{M}_·]*)+\s*$/u, "");
}

/** @param {string} text @returns {{shown: string, more: boolean}} at most 500 characters, else the first 480 */
export function screenText(text) {
  const c = characters(text);
  return c.length > 500 ? { shown: c.slice(0, 480).join("").trimEnd() + "…", more: true } : { shown: text, more: false };
}
