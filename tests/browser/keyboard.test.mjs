// The page without a mouse.

import assert from "node:assert/strict";

import { DESKTOP, PHONE, activeId, browserTest, until } from "./support/page.mjs";

/** Gives each control a number, in the order of the document, and returns what they are. */
function numberControls() {
  const selector = "a[href], button:not(:disabled), input, select, summary, [tabindex='0']";
  // What is folded away takes up room and is not to be reached.
  const controls = [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility({ visibilityProperty: true }));
  controls.forEach((node, i) => (node.dataset.control = String(i)));
  return controls.map((node) => node.outerHTML.slice(0, 120));
}

/** Where the focus is, and whether a reader sees it: drawn, within the window, under nothing. */
function lookAtFocus() {
  const node = document.activeElement;
  if (node === document.body) return null;
  const style = getComputedStyle(node);
  const box = node.getClientRects()[0];
  const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 40), 1), innerWidth - 2);
  // Of what is as tall as a table a part is enough.
  const heights = box.height < 100 ? [box.height / 2] : Array.from({ length: Math.floor(box.height / 50) }, (_, i) => i * 50 + 25);
  const points = heights.map((height) => document.elementFromPoint(x, box.top + height));
  return {
    control: node.dataset.control === undefined ? null : Number(node.dataset.control),
    html: node.outerHTML.slice(0, 120),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inWindow: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    uncovered: points.some((top) => top !== null && (node.contains(top) || top.contains(node)) && !top.contains(document.body)),
  };
}

for (const [name, window] of [["desktop", DESKTOP], ["phone", PHONE]]) {
  for (const [key, way] of [["Tab", "down"], ["Shift+Tab", "up"]]) {
    browserTest(`Tab reaches every control in order and its focus is seen, ${way} the page, ${name}`, async (open) => {
      const page = await open(window);
      const controls = await page.evaluate(numberControls);
      assert.ok(controls.length > 60, `${controls.length} controls`);
      const order = [];
      for (let presses = 0; presses <= controls.length + 5; presses += 1) {
        await page.keyboard.press(key);
        const focus = await page.evaluate(lookAtFocus);
        if (!focus) {
          if (order.length) break;
          continue;
        }
        order.push(focus.control);
        assert.ok(focus.outlined, `no outline: ${focus.html}`);
        assert.ok(focus.inWindow, `out of the window: ${focus.html}`);
        assert.ok(focus.uncovered, `covered: ${focus.html}`);
      }
      const expected = [...controls.keys()];
      if (way === "up") expected.reverse();
      const first = expected.findIndex((control, i) => order[i] !== control);
      assert.ok(first < 0, `${controls[expected[first]]} comes next, the focus is at ${controls[order[first]] ?? "the end"}`);
      assert.equal(order.length, expected.length);
    });
  }
}

browserTest("links past the contents come first and lead there", async (open) => {
  const page = await open();
  for (const [presses, target, next] of [[1, "main", "[data-grain]"], [2, "evidence", "#filter-period"]]) {
    await page.reload();
    await page.locator("html[data-ready=true]").waitFor({ state: "attached" });
    for (let i = 0; i < presses; i += 1) await page.keyboard.press("Tab");
    const box = await page.evaluate(() => {
      const { left, top, width, height } = document.activeElement.getBoundingClientRect();
      return { left, top, width, height, hash: document.activeElement.hash };
    });
    assert.equal(box.hash, `#${target}`);
    assert.ok(box.left >= 0 && box.top >= 0 && box.width > 50 && box.height >= 24, "the link shows while it has the focus");
    await page.keyboard.press("Enter");
    await until(() => page.evaluate((id) => Math.abs(document.getElementById(id).getBoundingClientRect().top) < 120, target), "it is in view");
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate((selector) => document.activeElement.matches(selector), next), `the keyboard goes on at ${next}`);
  }
});

browserTest("wide table scrolls by keyboard, and the page does not", async (open) => {
  const page = await open(PHONE);
  await page.locator("details[data-table='chart-frames'] summary").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  const region = page.locator("details[data-table='chart-frames'] .scroll");
  assert.ok(await region.evaluate((node) => node === document.activeElement));
  await page.keyboard.press("ArrowRight");
  await until(() => region.evaluate((node) => node.scrollLeft > 0), "the table moves");
  assert.equal(await page.evaluate(() => document.scrollingElement.scrollLeft), 0, "and the page does not");
  assert.notEqual(await activeId(page), "evidence-heading");
});
