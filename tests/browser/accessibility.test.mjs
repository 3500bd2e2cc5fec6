// WCAG 2.0, 2.1 and 2.2 at levels A and AA and axe-core's best practices, judged by axe-core on the page as drawn.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { browserTest, openAllDetails, prepareToPrint } from "./support/page.mjs";
import { packages } from "./support/place.mjs";

const AXE = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDTHS = { phone: 390, tablet: 820, desktop: 1440 };

/** Every violation as one line: rule, place, what is wrong. */
async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async (tags) => {
    const { violations, passes } = await window.axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
    const lines = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
    return { lines, rules: passes.length };
  }, TAGS);
  assert.ok(found.rules > 30, `axe-core judged by ${found.rules} rules`);
  return found.lines;
}

for (const [device, width] of Object.entries(WIDTHS)) {
  for (const colorScheme of ["light", "dark"]) {
    browserTest(`axe-core finds nothing, ${device}, ${colorScheme}`, async (open) => {
      const isPhone = device === "phone";
      const page = await open({ viewport: { width, height: 900 }, isMobile: isPhone, hasTouch: isPhone, colorScheme });
      assert.deepEqual(await violations(page), [], "as it opens");
      await openAllDetails(page);
      assert.deepEqual(await violations(page), [], "with every table open");
      await page.locator("details[data-table='chart-tone'] button").first().click();
      assert.deepEqual(await violations(page), [], "with the sentences of one period");
    });
  }
}

browserTest("axe-core finds nothing in print", async (open) => {
  const page = await open({ viewport: { width: 673, height: 950 } });
  await prepareToPrint(page);
  assert.deepEqual(await violations(page), []);
});

browserTest("axe-core would find what is wrong", async (open) => {
  const page = await open();
  await page.evaluate(() => {
    document.getElementById("filter-stance").closest("label").replaceWith(document.getElementById("filter-stance"));
    document.querySelector(".note").style.color = "#c0c0c0";
  });
  const rules = (await violations(page)).map((line) => line.split(":")[0]);
  assert.deepEqual([...new Set(rules)].sort(), ["color-contrast", "select-name"]);
});
