// On paper: A4 with the margins of the style sheet is 673 pixels wide.

import assert from "node:assert/strict";

import { browserTest, cutOnPaper, openAllDetails, prepareToPrint, until } from "./support/page.mjs";
import { contrast } from "./support/colour.mjs";

const PAPER = { viewport: { width: 673, height: 950 } };

for (const colorScheme of ["light", "dark"]) {
  browserTest(`nothing is cut at the edge of the paper, and it is white, ${colorScheme}`, async (open) => {
    const page = await open({ ...PAPER, colorScheme });
    await openAllDetails(page);
    await prepareToPrint(page, colorScheme);
    assert.ok((await contrast(page, ".lede")).page > 0.9, "the paper is white");
    const least = await contrast(page, "svg.main-svg text");
    assert.ok(least.count > 50 && least.ratio >= 4.5, `the text of the charts is dark: ${least.ratio}`);
    assert.deepEqual(await cutOnPaper(page), []);
    const scrolls = await page.evaluate(() =>
      [...document.querySelectorAll(".scroll, .evidence-item blockquote")]
        .filter((node) => node.getClientRects().length && /auto|scroll|hidden/.test(getComputedStyle(node).overflow))
        .map((node) => node.outerHTML.slice(0, 100)),
    );
    assert.deepEqual(scrolls, [], "nobody can scroll paper");
    assert.ok(await page.locator(".turns blockquote").first().isVisible(), "what is folded on the screen is printed");
    const charts = await page.locator(".chart svg.main-svg").count();
    assert.ok(charts >= 6, "the charts are printed");
    const controls = page.locator(".toolbar, #contents, #filters, .pages button, .skip, #back");
    for (const control of await controls.all()) assert.ok(!(await control.isVisible()), "no control is printed");
    await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
    await page.emulateMedia({ media: "screen" });
    const dark = (await contrast(page, ".lede")).page < 0.05;
    assert.equal(dark, colorScheme === "dark", "afterwards the screen is as it was");
  });
}

browserTest("the browser's own printing gives a whole document", async (open) => {
  const page = await open();
  const pdf = await page.pdf({ format: "A4", printBackground: false });
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g).length;
  assert.ok(pages >= 6 && pages <= 40, `${pages} pages`);
  // It draws the charts for the screen again.
  await until(() => page.evaluate(() => !document.documentElement.hasAttribute("data-print")), "the screen is back");
});
