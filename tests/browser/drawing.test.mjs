// Charts and layout: length of the periods, small windows, dark and light, colours.

import assert from "node:assert/strict";

import { contrast, differences, lineContrast } from "./support/colour.mjs";
import { PERIOD } from "./support/evidence.mjs";
import { DESKTOP, PHONE, browserTest, centre, hover, openAllDetails, tonePoints, until } from "./support/page.mjs";

browserTest("switch between quarters and months redraws charts and tables", async (open) => {
  const page = await open();
  const table = page.locator("details[data-table='chart-tone']");
  await table.locator("summary").click();
  const seen = {};
  for (const [grain, name] of [["month", "Months"], ["quarter", "Quarters"]]) {
    const button = page.getByRole("button", { name, exact: true });
    await button.click();
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    assert.equal(await page.locator("[data-grain][aria-pressed='true']").count(), 1);
    const months = grain === "month";
    const bars = page.locator("#chart-volume .bars .point");
    await until(async () => (await bars.count()) > 40 === months, "the last chart is drawn anew");
    const label = await table.locator("tbody th").first().innerText();
    assert.match(label, months ? /^\d{4}-\d\d$/ : /^\d{4}-Q\d$/);
    const point = PERIOD.exec(await hover(page, await centre(tonePoints(page).nth(3))))[0];
    assert.equal(point.includes("Q"), !months, point);
    seen[grain] = { points: await tonePoints(page).count(), rows: await table.locator("tbody tr").count() };
  }
  assert.equal(seen.quarter.rows, 26, "July 2019 to December 2025");
  assert.equal(seen.month.rows, 78, "July 2019 to December 2025");
  assert.ok(seen.quarter.points <= 26 && 26 < seen.month.points && seen.month.points <= 78, JSON.stringify(seen));
});

for (const colorScheme of ["light", "dark"]) {
  browserTest(`phone never scrolls sideways, ${colorScheme}`, async (open) => {
    const page = await open({ ...PHONE, colorScheme });
    await page.getByRole("button", { name: "Months" }).click();
    await openAllDetails(page);
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]);
    assert.deepEqual(widths, [390, 390, 390]);
  });
}

browserTest("dark scheme is dark and legible and follows the system", async (open) => {
  const page = await open({ ...DESKTOP, colorScheme: "light" });
  const texts = [".lede", ".note", "mark.a", "mark.b", ".contents a", ".contents a[aria-current]", "svg.main-svg text"];
  const image = () => page.evaluate(() => document.querySelector("#chart-frames .heatmaplayer image")?.getAttribute("href") ?? "");
  const judge = async () => {
    // One section is being read, so that one link is the current one.
    await page.locator("#tone").scrollIntoViewIfNeeded();
    await page.locator(".contents a[aria-current]").first().waitFor();
    return Promise.all(texts.map((text) => contrast(page, text)));
  };
  const [light, cells] = [await judge(), await image()];
  await page.emulateMedia({ colorScheme: "dark" });
  await until(async () => !["", cells].includes(await image()), "the heat map is drawn anew");
  const dark = await judge();
  texts.forEach((text, i) => {
    assert.ok(light[i].page > 0.8, text);
    assert.ok(dark[i].page < 0.05, text);
    assert.ok(light[i].count > 0 && dark[i].count > 0, text);
    assert.ok(Math.min(light[i].ratio, dark[i].ratio) >= 4.5, `${text}: ${light[i].ratio} and ${dark[i].ratio}`);
  });
});

browserTest("lines, points and edges of fields stand out from the page", async (open) => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open({ ...DESKTOP, colorScheme });
    for (const [name, ratio] of Object.entries(await lineContrast(page))) {
      assert.ok(ratio >= 3, `${name} in the ${colorScheme} scheme: ${ratio}`);
    }
  }
});

browserTest("colour-blind readers tell the two actors apart", async (open) => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open({ ...DESKTOP, colorScheme });
    for (const [vision, difference] of Object.entries(await differences(page))) {
      assert.ok(difference >= 20, `${vision}, ${colorScheme}: ${difference}`);
    }
    // And without any colour: points and marks differ in shape.
    const shapes = await page.evaluate(() =>
      [...document.querySelectorAll("#chart-stance .scatterlayer .trace")]
        .map((trace) => trace.querySelector(".points path.point")?.getAttribute("d").replace(/[\d., -]+/g, " "))
        .filter(Boolean),
    );
    assert.equal(new Set(shapes).size, 2, `points are drawn as ${shapes}`);
    const lines = await page.evaluate(() => ["a", "b"].map((side) => getComputedStyle(document.querySelector(`mark.${side}`)).borderBottomStyle));
    assert.deepEqual(lines, ["none", "dotted"]);
  }
});

browserTest("who wants less motion gets none", async (open) => {
  const page = await open({ ...DESKTOP, reducedMotion: "reduce" });
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("html, body, body :not(svg *)")]
      .map((node) => [node, getComputedStyle(node)])
      .filter(([, style]) => /[1-9]/.test(style.transitionDuration) || style.animationName !== "none" || style.scrollBehavior !== "auto")
      .map(([node]) => node.outerHTML.slice(0, 100)),
  );
  // Plotly fades its own buttons, which show only under a mouse.
  assert.deepEqual(moving.filter((html) => !html.includes("modebar")), []);
});
