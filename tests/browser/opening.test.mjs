// What a reader meets first: the paragraph, the charts, the order of the sections, and a page that runs nothing else.

import assert from "node:assert/strict";

import { announced } from "./support/evidence.mjs";
import { DESKTOP, PHONE, browserTest, until } from "./support/page.mjs";
import { DEMO, csvRows } from "./support/place.mjs";
import { ALWAYS, SECTIONS } from "./support/sections.mjs";

const CHARTS = ["chart-tone", "chart-frames", "chart-stance", "chart-sentiment", "chart-volume"];

browserTest("opening paragraph names both actors and agrees with the evidence", async (open) => {
  const page = await open();
  const lede = await page.locator(".lede").innerText();
  assert.match(lede, /Microsoft/);
  assert.match(lede, /OpenAI/);
  const sentences = Number(/in ([\d,]+) sentences/.exec(lede)[1].replaceAll(",", ""));
  assert.equal(sentences, csvRows(DEMO, "evidence.csv").length);
  assert.equal((await announced(page)).number, sentences);
});

browserTest("every chart is drawn", async (open) => {
  const page = await open();
  for (const chart of CHARTS) {
    const place = page.locator(`#${chart}`);
    await place.scrollIntoViewIfNeeded();
    assert.ok(await place.locator("svg.main-svg").first().isVisible(), chart);
    const marks = place.locator(chart === "chart-frames" ? ".heatmaplayer image" : ".points path, .scatterlayer .js-line");
    const boxes = (await Promise.all((await marks.all()).map((mark) => mark.boundingBox()))).filter(Boolean);
    if (chart === "chart-frames") {
      assert.ok(boxes[0].width * boxes[0].height > 100_000, chart);
      assert.equal(await place.locator(".ytick text").count(), 10, "one row for each frame");
    } else {
      assert.ok(boxes.length > 20, `${chart}: ${boxes.length} marks`);
      const width = Math.max(...boxes.map((b) => b.x + b.width)) - Math.min(...boxes.map((b) => b.x));
      assert.ok(width > 600, `${chart}: ${width} pixels wide`);
    }
    assert.ok((await place.locator(".xtick text").count()) >= 5, chart);
  }
  assert.ok(!(await page.locator("#chart-problem").isVisible()));
});

browserTest("policy lets no other script run", async (open) => {
  const page = await open();
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.__alarm = 1";
    document.head.append(script);
    document.body.insertAdjacentHTML("beforeend", '<img src="https://dyad.invalid/x.png">');
    return fetch("https://dyad.invalid/").catch(() => 0);
  });
  await until(async () => (await page.evaluate(() => window.__breaches.length)) >= 3, "three breaches");
  assert.equal(await page.evaluate(() => window.__alarm), undefined);
  const breaches = await page.evaluate(() => window.__breaches.splice(0));
  assert.deepEqual(breaches.sort(), ["connect-src", "img-src", "script-src-elem"]);
  const outside = page.seenRequests.filter((request) => request.url().includes("dyad.invalid"));
  assert.ok(outside.every((request) => request.failure()?.errorText === "csp"), "nothing got out");
  page.troubles.length = 0;
});

browserTest("sections stand in the order of the reader's questions", async (open) => {
  const page = await open();
  const ids = await page.evaluate(() => [...document.querySelectorAll("main > section")].map((section) => section.id));
  assert.deepEqual(ids, SECTIONS.filter((id) => ids.includes(id)), "in order, and none unknown");
  assert.deepEqual(ALWAYS.filter((id) => !ids.includes(id)), []);
  const linked = await page.evaluate(() => [...document.querySelectorAll("#contents a")].map((a) => a.hash.slice(1)));
  assert.deepEqual(linked, ids, "the contents list them all");
  assert.equal(await page.locator("main > section:not([aria-labelledby])").count(), 0, "each is named by its heading");
});

for (const [name, window] of [["desktop", DESKTOP], ["phone", PHONE]]) {
  browserTest(`contents lead to every section and say which one is read, on a ${name}`, async (open) => {
    const page = await open(window);
    const strip = page.locator("#contents");
    for (const id of ["frames", "evidence", "methods", "tone"]) {
      const link = strip.locator(`a[href="#${id}"]`);
      const before = await page.evaluate(() => scrollY);
      await link.focus();
      await page.waitForTimeout(100); // the time a page needs to move
      const moved = (await page.evaluate(() => scrollY)) - before;
      // The first time the strip is further down than it can be reached.
      assert.ok(id === "frames" || moved === 0, `the focus in the strip moves the page by ${moved}`);
      await page.keyboard.press("Enter");
      const current = () => strip.locator("[aria-current]").evaluateAll((links) => links.map((a) => a.hash).join());
      await until(async () => (await current()) === `#${id}`, `${id} is the section that is read`);
      const [heading, bar] = [await page.locator(`#${id} h2`).boundingBox(), await strip.boundingBox()];
      // The last section may be too short to reach the top.
      const top = bar.y + bar.height;
      assert.ok(heading.y >= top && heading.y < (id === "methods" ? 800 : 200), `${id} is in view, at ${heading.y} under ${top}`);
      assert.ok(bar.y >= -1 && bar.y < 1, "the strip stays at the top");
      // A phone moves the strip on a thread of its own.
      const inView = ({ x, width }) => x >= 0 && x + width <= window.viewport.width + 1;
      await until(async () => inView(await link.boundingBox()), `the link to ${id} is in view`);
    }
    assert.ok((await strip.boundingBox()).height < 75, "the strip leaves the window to the page");
  });
}
