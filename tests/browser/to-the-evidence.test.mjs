// From a number to the sentences behind it and back.

import assert from "node:assert/strict";

import { PERIOD, announced, checkArrived, checkOnShow, isIn, items } from "./support/evidence.mjs";
import { PHONE, activeId, browserTest, centre, hover, tonePoints, until } from "./support/page.mjs";

browserTest("point of the tone chart leads to its sentences and back", async (open) => {
  const page = await open();
  const everything = await items(page);
  const count = await tonePoints(page).count();
  for (const index of [0, Math.floor(count / 2), count - 1]) {
    const place = await centre(tonePoints(page).nth(index));
    const period = PERIOD.exec(await hover(page, place))[0];
    await page.mouse.click(place.x, place.y);
    await checkArrived(page);
    await checkOnShow(page, everything, (item) => isIn(item.date, period), period);
    await page.locator("#back").click();
    assert.equal(await activeId(page), "chart-tone");
    const box = await page.locator("#chart-tone").boundingBox();
    const middle = box.y + box.height / 2;
    assert.ok(middle > 0 && middle < 800, "the chart is in view again");
  }
});

browserTest("cell of the heat map leads to the sentences of its frame", async (open) => {
  const page = await open();
  const everything = await items(page);
  const area = page.locator("#chart-frames .nsewdrag");
  for (const row of [0, 6, 9]) {
    const label = page.locator("#chart-frames .ytick text").nth(row);
    const frame = await label.textContent();
    const { y } = await centre(label);
    const box = await area.boundingBox();
    const place = { x: box.x + 0.66 * box.width, y };
    const text = await hover(page, place);
    const period = PERIOD.exec(text)[0];
    assert.ok(text.toLowerCase().includes(frame), `${text}: ${frame}`);
    await page.mouse.click(place.x, place.y);
    await checkArrived(page);
    const wanted = (item) => isIn(item.date, period) && item.frames.includes(frame);
    await checkOnShow(page, everything, wanted, `${period}, frame ${frame}`);
  }
});

browserTest("period in a table leads to its sentences by keyboard alone", async (open) => {
  const page = await open();
  const everything = await items(page);
  await page.locator("details[data-table='chart-stance'] summary").focus();
  await page.keyboard.press("Enter");
  await page.locator("details[data-table='chart-stance'] tbody tr").first().waitFor();
  // The table's own scroll, then one period after the other.
  for (let i = 0; i < 4; i += 1) await page.keyboard.press("Tab");
  const period = await page.evaluate(() => document.activeElement.closest("details[data-table=chart-stance] tbody th")?.innerText);
  assert.match(period ?? "nothing of the table has the focus", PERIOD);
  await page.keyboard.press("Enter");
  await checkArrived(page);
  await checkOnShow(page, everything, (item) => isIn(item.date, period), period);
  await page.locator("#back").focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.innerText), period, "back on the same button");
  // Escape is the shorter way back, from anywhere in the evidence but a field, where it empties the field.
  await page.keyboard.press("Enter");
  await page.locator("#filter-text").focus();
  await page.keyboard.press("Escape");
  assert.equal(await activeId(page), "filter-text");
  await page.locator("#evidence-heading").focus();
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.innerText), period, "back again");
});

browserTest("finger on a point of a phone leads to its sentences", async (open) => {
  const page = await open(PHONE);
  const everything = await items(page);
  await page.evaluate(() => document.activeElement.blur());
  const { x, y } = await centre(tonePoints(page).nth(17));
  await page.touchscreen.tap(x, y);
  await until(async () => (await activeId(page)) === "evidence-heading", "the evidence has the focus");
  await checkArrived(page);
  const period = PERIOD.exec((await announced(page)).text)[0];
  await checkOnShow(page, everything, (item) => isIn(item.date, period), period);
  assert.equal(await page.locator("#filter-period").inputValue(), period);
});
