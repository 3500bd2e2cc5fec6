// A report with everything in it: events, a day that parts the time, groups of outlets, another pair of actors, an earlier
// report and alerts. Every name in it that somebody else gave means harm.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { WIDTHS, violations } from "./support/axe.mjs";
import { hostileArticles } from "./support/corpora.mjs";
import { announced, checkArrived, links } from "./support/evidence.mjs";
import { SECTIONS } from "./support/sections.mjs";
import { DESKTOP, PHONE, activeId, browserTest, cutOnPaper, openAllDetails, overrides, prepareToPrint } from "./support/page.mjs";
import { DEMO, demoArticles, once, secondReport } from "./support/place.mjs";

const BAIT = '<img src=x onerror="window.__alarm=1">';
const SCRIPT = "</script><script>window.__alarm=2</script>";
const TURNED = "\u202eturned";
const LONG = "x".repeat(190);

const CONFIG = `
[[co_actors]]
name = ${JSON.stringify(`Co-actor ${BAIT}${TURNED}`)}
aliases = ["Oracle"]

[[co_actors]]
name = ${JSON.stringify(`Nobody ${SCRIPT}${LONG}`)}

[report.source_groups]
${JSON.stringify(`Group ${SCRIPT}${TURNED}`)} = ["Cascade Tech Wire", "Stack Dispatch", ${JSON.stringify(`Missing ${BAIT}`)}]
${JSON.stringify(`=Wide ${LONG}`)} = ["The Harbor Ledger"]
`;

const EVENTS = `date,label,link
2022-11-30,"Event ${BAIT.replaceAll('"', '""')}${TURNED}",https://linked.example/event
2023-11-17,"Event ${SCRIPT}",
2024-05-01,"Wide ${LONG}",
1990-01-01,Long before,
`;

/** The demo's own report, said to be about two others. */
function otherPair() {
  const report = JSON.parse(readFileSync(join(dirname(DEMO), "report.json"), "utf8"));
  return JSON.stringify({ ...report, actor_a: `Pair ${BAIT}${TURNED}`, actor_b: `Other ${SCRIPT}${LONG}` });
}

const everything = once(() => {
  const articles = demoArticles();
  const half = articles.length / 2;
  return secondReport([...articles.slice(0, half), ...hostileArticles().slice(0, 6)], [...articles.slice(half), ...hostileArticles().slice(6)], {
    files: { "dyad.toml": CONFIG, "events.csv": EVENTS, "other.json": otherPair() },
    options: ["--events", "events.csv", "--split", "2023-11-17", "--against", "other.json", "--watch-threshold", "0.01"],
  });
});

for (const [device, width] of Object.entries(WIDTHS)) {
  for (const colorScheme of ["light", "dark"]) {
    browserTest(`axe-core finds nothing in a report with everything, ${device}, ${colorScheme}`, async (open) => {
      const isPhone = device === "phone";
      const page = await open({ report: everything().path, viewport: { width, height: 900 }, isMobile: isPhone, hasTouch: isPhone, colorScheme });
      assert.deepEqual(await violations(page), [], "as it opens");
      await openAllDetails(page);
      assert.deepEqual(await violations(page), [], "with everything unfolded");
    });
  }
}

browserTest("every section is there, in order, and the contents lead to each", async (open) => {
  const page = await open({ report: everything().path });
  const ids = await page.evaluate(() => [...document.querySelectorAll("main > section")].map((section) => section.id));
  assert.deepEqual(ids, SECTIONS.filter((id) => id !== "time"), "all but the one of a corpus without dates");
  const linked = await page.evaluate(() => [...document.querySelectorAll("#contents a")].map((a) => a.hash.slice(1)));
  assert.deepEqual(linked, ids);
  for (const part of ["sources", "groups", "split", "pairs"]) {
    assert.ok(await page.locator(`#comparisons h3#${part}`).isVisible(), part);
  }
  const repeated = await page.evaluate(() => {
    const all = [...document.querySelectorAll("[id]")].map((node) => node.id);
    return all.filter((id, i) => all.indexOf(id) !== i);
  });
  assert.deepEqual(repeated, [], "no two parts of the page take the same name");
  for (const { address } of (await links(page)).filter((link) => link.address.startsWith("#"))) {
    assert.equal(await page.locator(address).count(), 1, address);
  }
});

browserTest("alert stands at the top and leads to what is new", async (open) => {
  const { path, status } = everything();
  assert.equal(status, 3, "a watched number moved");
  const page = await open({ report: path });
  const alert = page.locator("header .alert");
  assert.match(await alert.innerText(), /^Alert: /);
  await alert.getByRole("link").click();
  const box = await page.locator("#since-heading").boundingBox();
  const strip = await page.locator("#contents").boundingBox();
  assert.ok(box.y >= strip.y + strip.height && box.y < 250, `at ${box.y}`);
  assert.ok((await page.locator("#since .alerts .alert").count()) >= 1);
});

browserTest("nothing in a report with everything is wider than a phone", async (open) => {
  const page = await open({ ...PHONE, report: everything().path });
  const widths = () => page.evaluate(() => [document.scrollingElement.scrollWidth, document.body.scrollWidth, innerWidth]);
  assert.deepEqual(await widths(), [390, 390, 390]);
  await openAllDetails(page);
  assert.deepEqual(await widths(), [390, 390, 390], "unfolded");
  // What holds a table scrolls; every other text keeps within the window.
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll("main *, header *")]
      .filter((node) => node.getClientRects().length && !node.closest(".scroll, svg, .contents, .chart"))
      .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
      .map((node) => node.outerHTML.slice(0, 120)),
  );
  assert.deepEqual(wide, []);
});

browserTest("nothing of a report with everything is cut on paper", async (open) => {
  const page = await open({ report: everything().path, viewport: { width: 673, height: 950 } });
  await openAllDetails(page);
  await prepareToPrint(page);
  assert.deepEqual(await cutOnPaper(page), []);
});

for (const bypassCSP of [false, true]) {
  browserTest(`hostile names of events, groups, pairs and co-actors stay text, ${bypassCSP ? "without" : "under"} the policy`, async (open) => {
    const page = await open({ ...DESKTOP, report: everything().path, bypassCSP });
    await openAllDetails(page);
    const marker = page.locator("#chart-stance .annotation").first();
    await marker.scrollIntoViewIfNeeded();
    await marker.hover();
    await page.locator(".hovertext").first().waitFor();
    await marker.click();
    assert.equal(await activeId(page), "event-2", "the first on the axis");
    await page.getByRole("button", { name: "Sentences around event 2, 30 November 2022" }).click();
    await checkArrived(page);
    assert.ok((await announced(page)).text.includes("30 Nov 2022"));
    await page.waitForTimeout(200); // the time an image needs to fail
    assert.equal(await page.evaluate(() => window.__alarm), undefined, "code of a name ran");
    assert.equal(await page.locator("main img, main iframe, main script, [onerror], [onload]").count(), 0);
    assert.deepEqual(await overrides(page), []);
    for (const { address } of await links(page)) assert.match(address, /^(#|https?:\/\/)/);
    // Each of them is on the page, as text.
    for (const [section, texts] of Object.entries({
      events: [`Event ${BAIT}`, `Event ${SCRIPT}`],
      others: [`Co-actor ${BAIT}`],
      comparisons: [`Group ${SCRIPT}`, `Missing ${BAIT}`, `Pair ${BAIT}`, `Other ${SCRIPT}`],
    })) {
      const shown = await page.locator(`#${section}`).evaluate((node) => node.textContent);
      for (const text of texts) assert.ok(shown.includes(text), `${section} shows ${text}`);
    }
  });
}
