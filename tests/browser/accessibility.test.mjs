// What axe-core finds on the page as drawn.

import assert from "node:assert/strict";

import { WIDTHS, violations } from "./support/axe.mjs";
import { browserTest, openAllDetails, prepareToPrint } from "./support/page.mjs";

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
