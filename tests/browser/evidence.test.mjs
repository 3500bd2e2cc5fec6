// The sentences: filters, marks, links.

import assert from "node:assert/strict";

import { announced, checkOnShow, items, links } from "./support/evidence.mjs";
import { activeId, browserTest, centre } from "./support/page.mjs";
import { DEMO, csvRows } from "./support/place.mjs";

// Where the scores stand that a reader sees under each sentence.
const SCORES = { tone: 0, "Microsoft → OpenAI": 1, "OpenAI → Microsoft": 2 };

browserTest("filters narrow and can be cleared", async (open) => {
  const page = await open();
  const everything = await items(page);
  const frame = "regulation";
  await page.locator("#filter-frame").selectOption({ label: frame });
  const { number } = await announced(page);
  assert.ok(number > 0 && number < everything.length);
  await checkOnShow(page, everything, (item) => item.frames.includes(frame), frame);
  await page.locator("#filter-text").pressSequentially("antitrust");
  const both = (item) => item.frames.includes(frame) && (item.quote + item.headline).toLowerCase().includes("antitrust");
  await checkOnShow(page, everything, both, "antitrust");
  const narrowed = (await announced(page)).number;
  assert.ok(narrowed > 0 && narrowed < number);
  await page.locator("#filter-text").fill("no article says this");
  assert.match((await announced(page)).text, /^No sentence on this page matches/);
  assert.equal(await page.locator(".evidence-item").count(), 0);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.locator(".evidence-item").first().waitFor();
  assert.equal(await page.locator("#filter-text").inputValue(), "");
  await checkOnShow(page, everything, () => true, "sentences in");
});

browserTest("what is found by words can be clicked at once", async (open) => {
  const page = await open();
  await page.locator("#filter-text").pressSequentially("antitrust");
  const list = page.locator(".evidence-item").first();
  await list.evaluate((item) => (item.dataset.seen = "yes"));
  const { x, y } = await centre(list.locator(".attribution"));
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.up();
  assert.notEqual(await activeId(page), "filter-text");
  assert.equal(await list.getAttribute("data-seen"), "yes", "the list is the one that was clicked");
});

browserTest("stance is a filter of its own, in each direction", async (open) => {
  const page = await open();
  const everything = await items(page);
  for (const direction of ["Microsoft → OpenAI", "OpenAI → Microsoft"]) {
    const score = (item) => item.scores[SCORES[direction]];
    // The page shows two decimals, and judges by them.
    const kinds = { for: (x) => x >= 0.25, against: (x) => x <= -0.25, neither: (x) => Math.abs(x) < 0.25 };
    let seen = 0;
    for (const [word, holds] of Object.entries(kinds)) {
      await page.locator("#filter-stance").selectOption({ label: `${direction}: ${word}` });
      await checkOnShow(page, everything, (item) => holds(score(item)), `stance ${direction}: ${word}`);
      seen += (await announced(page)).number;
    }
    assert.equal(seen, everything.length, "each sentence is one of the three");
  }
});

browserTest("source and period are filters and add up", async (open) => {
  const page = await open();
  const everything = await items(page);
  const { source } = everything[0];
  const year = everything.find((item) => item.source === source && item.date).date.slice(0, 4);
  await page.locator("#filter-source").selectOption({ label: source });
  await checkOnShow(page, everything, (item) => item.source === source, source);
  await page.locator("#filter-period").selectOption(year);
  await checkOnShow(page, everything, (item) => item.source === source && item.date?.startsWith(year), `${year}, ${source}`);
});

browserTest("quotes mark both actors wherever they are named", async (open) => {
  const page = await open();
  const shown = await items(page);
  assert.ok(shown.length > 100);
  const written = new Map(csvRows(DEMO, "evidence.csv").map((row) => [row.article_id.slice(0, 16) + "#" + row.sentence_no, row]));
  for (const item of shown) {
    assert.ok(item.a.length && item.b.length, `both are marked in ${item.quote}`);
    const bytes = Buffer.from(item.quote); // the file counts bytes
    for (const side of ["a", "b"]) {
      const spans = written.get(item.id)["spans_" + side].split(" ").map((span) => span.split("-").map(Number));
      assert.deepEqual(item[side], spans.map(([start, end]) => bytes.subarray(start, end).toString()), item.quote);
    }
    // A product of the one may bear the name of the other.
    assert.deepEqual(item.a.filter((mark) => mark.replaceAll("Azure OpenAI", "").includes("OpenAI")), []);
    assert.deepEqual(item.b.filter((mark) => mark.includes("Microsoft")), []);
    assert.doesNotMatch(item.unmarked, /\b(Microsoft|OpenAI)\b/);
  }
});

browserTest("links lead to the web or within the page", async (open) => {
  const page = await open();
  const all = await links(page);
  const outside = all.filter((link) => !link.address.startsWith("#"));
  assert.ok(outside.length > 20);
  for (const { address, rel, target } of outside) {
    assert.match(address, /^https?:\/\//);
    assert.ok((rel ?? "").split(" ").includes("noopener"), address);
    assert.equal(target, "_blank");
  }
  for (const { address } of all.filter((link) => link.address.startsWith("#"))) {
    assert.equal(await page.locator(address).count(), 1, address);
  }
});
