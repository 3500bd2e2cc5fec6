// WCAG 2.0, 2.1 and 2.2 at levels A and AA and axe-core's best practices.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { packages } from "./place.mjs";

const AXE = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
export const WIDTHS = { phone: 390, tablet: 820, desktop: 1440 };

/** Every violation as one line: rule, place, what is wrong. */
export async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async (tags) => {
    const { violations, passes } = await window.axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
    const lines = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
    return { lines, rules: passes.length };
  }, TAGS);
  assert.ok(found.rules > 30, `axe-core judged by ${found.rules} rules`);
  return found.lines;
}
