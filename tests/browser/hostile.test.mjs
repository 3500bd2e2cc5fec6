// Articles whose writers want the page to run their code, to mislead its reader or to break it.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { HOSTILE_ACTORS, hostileArticles, monstrousArticles } from "./support/corpora.mjs";
import { announced, items, links } from "./support/evidence.mjs";
import { DESKTOP, PHONE, browserTest, centre, hover, openAllDetails, overrides, tonePoints } from "./support/page.mjs";
import { csvRows, once, report } from "./support/place.mjs";

const hostile = once(() => report(hostileArticles()));
const monstrous = once(() => report([...monstrousArticles(), ...hostileArticles()], { config: HOSTILE_ACTORS }));

async function checkInert(open, window) {
  const page = await open(window);
  for (const button of await page.locator("[data-source]").all()) await button.click();
  const clear = page.getByRole("button", { name: "Clear filters" });
  await clear.click();
  await hover(page, await centre(tonePoints(page).first()));
  await clear.click();
  await page.waitForTimeout(200); // the time an image needs to fail
  assert.equal(await page.evaluate(() => window.__alarm), undefined, "code of an article ran");
  const smuggled = "main img, main iframe, main script, h1 b, #evidence svg, [onerror], [onload], [onmouseover]";
  assert.equal(await page.locator(smuggled).count(), 0);
  assert.equal(await page.locator("script:not([type])").count(), 2, "the page's own script and Plotly");
  for (const { address } of await links(page)) assert.match(address, /^(#|https?:\/\/)/);
  return page;
}

for (const bypassCSP of [false, true]) {
  // Without the policy, too: what stands in the articles must not depend on it.
  browserTest(`code in articles stays text, ${bypassCSP ? "without" : "under"} the policy`, async (open) => {
    const page = await checkInert(open, { ...DESKTOP, report: hostile(), bypassCSP });
    const shown = (await items(page)).map((item) => item.quote + item.headline).join("");
    for (const code of ["<img src=x onerror=", "</script><script>window.__alarm", "{{script}}"]) {
      assert.ok(shown.includes(code), "the code reached the page, as text");
    }
    assert.ok(shown.includes("Overridden"));
    assert.deepEqual(await overrides(page), []);
  });
}

browserTest("page refuses links that are code even if its data hold some", async (open) => {
  const text = readFileSync(hostile(), "utf8");
  const tampered = text.replaceAll(/"https:\/\/linked\.example\/\w+"/g, '"javascript:window.__alarm=`link`"');
  assert.notEqual(tampered, text);
  const path = join(dirname(hostile()), "tampered.html");
  writeFileSync(path, tampered);
  await checkInert(open, { ...DESKTOP, report: path, bypassCSP: true });
});

browserTest("monstrous articles and actors stay text, and the page can be used", async (open) => {
  const page = await checkInert(open, { ...DESKTOP, report: monstrous(), bypassCSP: true });
  const everything = await items(page);
  assert.ok(everything.length >= 25, `${everything.length} sentences`);
  assert.ok((await page.locator("h1").innerText()).includes("Micro<b>soft</b>"));
  assert.deepEqual(await overrides(page), []);
  for (const quote of ["met before they were founded", "will meet again"]) {
    const item = everything.find((one) => one.quote.includes(quote));
    assert.equal(item.date, null, "a date that cannot be true is none, and the article stays");
  }
  await page.locator("#filter-text").fill("single word");
  assert.equal((await announced(page)).number, 1);
  // Its excerpt shows the two actors, the rest is one step away.
  const quote = page.locator(".evidence-item blockquote");
  assert.match(await quote.innerText(), /^Microsoft sent OpenAI a note that said w{1,400} …$/);
  const whole = page.getByRole("button", { name: "Show more of the sentence" });
  await whole.focus();
  await page.keyboard.press("Enter");
  assert.match(await quote.innerText(), /^Microsoft sent OpenAI a note that said w{1500} in a single word\.$/);
  await page.keyboard.press("Enter");
  assert.ok((await quote.innerText()).length < 300, "and back");
});

browserTest("long sentence is shown as what stands around its actors", async (open) => {
  const page = await open({ ...PHONE, report: monstrous() });
  await page.locator("#filter-text").fill("newsletter");
  const item = page.locator(".evidence-item");
  assert.equal(await item.count(), 1);
  const text = await item.locator("blockquote").innerText();
  assert.match(text, /^In the newsletter Microsoft leads .* … .* until OpenAI follows .* …$/);
  assert.ok(text.length < 700, `${text.length} characters`);
  const marks = await item.locator("mark").allInnerTexts();
  // Where a name begins is the model's judgement.
  assert.ok(marks.length === 2 && marks[0].endsWith("Microsoft") && marks[1] === "OpenAI", marks.join());
});

browserTest("nothing hostile is wider than a phone or hides what stands beside it", async (open) => {
  for (const path of [hostile(), monstrous()]) {
    const page = await open({ ...PHONE, report: path });
    await openAllDetails(page);
    const widths = () => page.evaluate(() => [document.scrollingElement.scrollWidth, innerWidth]);
    assert.deepEqual(await widths(), [390, 390]);
    for (const order of ["oldest", "frame"]) {
      await page.locator("#filter-order").selectOption(order);
      for (const next = page.locator("#next"); (await next.isVisible()) && (await next.isEnabled()); await next.click()) {
        assert.deepEqual(await widths(), [390, 390], "on every page of sentences");
      }
    }
    const tall = await page.evaluate(() =>
      [...document.querySelectorAll(".evidence-item, .turns > li, .sources tr, header > *, #evidence-count")]
        .filter((node) => node.getBoundingClientRect().height > 900)
        .map((node) => `${node.getBoundingClientRect().height}: ${node.textContent.slice(0, 100)}`),
    );
    assert.deepEqual(tall, [], "no text drives the rest off the screen");
  }
});

browserTest("no cell of a CSV file is a formula", async () => {
  const rows = csvRows(monstrous(), "evidence.csv");
  const written = rows.map((row) => row.title);
  for (const start of ["=", "+", "-", "@"]) {
    assert.ok(written.some((title) => title.startsWith(`'${start}`)), `a headline that starts with ${start} is neutralised`);
  }
  for (const row of rows) {
    for (const [name, cell] of Object.entries(row)) {
      const isNumber = /^-?\d+(\.\d+)?$/.test(cell) && !["source", "title", "text", "url"].includes(name);
      assert.ok(isNumber || !/^[=+\-@\t\r]/.test(cell), `${name}: ${cell.slice(0, 60)}`);
    }
  }
});
