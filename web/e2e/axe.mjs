// What axe finds wrong with a page.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Everything axe knows, WCAG 2.0 to 2.2 A and AA and its best practices. */
export async function findings(page) {
  if (!(await page.evaluate("typeof axe === 'object'"))) await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, {
    preload: false, resultTypes: ["violations"], rules: { "target-size": { enabled: true } },
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  return found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(" ")} ${n.any.concat(n.all, n.none).map(c => c.message).join("; ")}`));
}

/** The same where things scroll: what is cut at the edge of its box is no finding. How large it is in whole, small measures. */
export const findingsScrolled = async page => (await findings(page)).filter(f => !/^target-size: .*partially obscured/.test(f));
