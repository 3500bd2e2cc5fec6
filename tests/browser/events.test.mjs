// A reader's own events on the time axis of every chart.

import assert from "node:assert/strict";

import { announced, checkArrived } from "./support/evidence.mjs";
import { DESKTOP, PHONE, activeId, browserTest, centre, hover } from "./support/page.mjs";
import { DEMO, csvRows, once, reportOfStore } from "./support/place.mjs";

const CHARTS = ["chart-tone", "chart-frames", "chart-frame-line", "chart-stance", "chart-sentiment", "chart-volume"];

// Two in one week, hostile text, and one before all coverage.
const EVENTS = `date,label,link
2022-11-30,ChatGPT <img src=x onerror=alert(1)>,
2023-11-17,Altman removed,https://example.org/a
2023-11-21,Altman returns,
2025-01,Stargate,
1990-01-01,Long before,
`;

const withEvents = once(() => reportOfStore(DEMO, { files: { "events.csv": EVENTS }, options: ["--events", "events.csv"] }));

browserTest("numbers of events stand above every chart and never overlap", async (open) => {
  for (const window of [DESKTOP, PHONE]) {
    const page = await open({ ...window, report: withEvents() });
    for (const chart of CHARTS) {
      const markers = page.locator(`#${chart} .annotation`);
      assert.deepEqual(await markers.allTextContents(), ["2", "3–4", "5"], `${chart}: the first is on no axis; two share a number`);
      const boxes = await Promise.all((await markers.all()).map((marker) => marker.boundingBox()));
      boxes.sort((left, right) => left.x - right.x);
      for (let i = 1; i < boxes.length; i += 1) {
        assert.ok(boxes[i - 1].x + boxes[i - 1].width < boxes[i].x, `${chart}: ${JSON.stringify(boxes)}`);
      }
    }
  }
});

browserTest("number of an event says what it is and leads to the list", async (open) => {
  const page = await open({ report: withEvents() });
  const marker = page.locator("#chart-stance .annotation").nth(1);
  const said = await hover(page, await centre(marker));
  assert.ok(said.includes("17 Nov 2023: Altman removed"), said);
  assert.ok(said.includes("21 Nov 2023: Altman returns"), said);
  await marker.click();
  assert.equal(await activeId(page), "event-3");
  assert.ok(await page.locator("#event-3").getByRole("link", { name: "Altman removed" }).isVisible());
  assert.match(await page.locator("#event-1").innerText(), /outside of the time covered/);
});

browserTest("list of events leads to the sentences around one by keyboard", async (open) => {
  const page = await open({ report: withEvents() });
  await page.getByRole("button", { name: "Sentences around event 3, 17 November 2023" }).focus();
  await page.keyboard.press("Enter");
  await checkArrived(page);
  const around = ({ date }) => "2023-11-03" <= date && date <= "2023-12-01";
  const expected = csvRows(DEMO, "evidence.csv").filter((row) => row.date && around(row)).length;
  const { number, text } = await announced(page);
  assert.equal(number, expected);
  assert.ok(text.includes("17 Nov 2023 ± 14 days"), text);
  // A form that was reset reads its fields again: the period must still be the one chosen.
  await page.waitForTimeout(100);
  assert.equal((await announced(page)).number, expected);
});
