// The evidence explorer as a reader sees it.

import assert from "node:assert/strict";

import { activeId } from "./page.mjs";

export const PERIOD = /\b(\d{4})-(?:Q([1-4])|(\d\d))\b/;

/** What a reader sees of each sentence on show. */
function readItems() {
  return [...document.querySelectorAll(".evidence-item")].map((item) => {
    const texts = (selector) => [...item.querySelectorAll(selector)].map((node) => node.textContent);
    const quote = item.querySelector("blockquote");
    const unmarked = quote.cloneNode(true);
    unmarked.querySelectorAll("mark").forEach((mark) => mark.replaceWith("|"));
    return {
      id: item.dataset.id, date: item.querySelector("time")?.dateTime ?? null, quote: quote.textContent,
      a: texts("mark.a"), b: texts("mark.b"), unmarked: unmarked.textContent,
      headline: item.querySelector(".attribution").textContent, frames: texts(".chip:not(.none) bdi"),
      source: item.querySelector(".source").textContent, scores: texts(".scores dd").map((text) => Number(text.replace("−", "-"))),
    };
  });
}

/** All sentences on show, page by page. */
export async function items(page) {
  const found = await page.evaluate(readItems);
  const next = page.locator("#next");
  while ((await next.isVisible()) && (await next.isEnabled())) {
    await next.click();
    found.push(...(await page.evaluate(readItems)));
  }
  assert.equal(new Set(found.map((item) => item.id)).size, found.length, "no sentence is shown twice");
  return found;
}

/** The number of sentences that the live region announces, and its text. */
export async function announced(page) {
  const region = page.locator("#evidence-count");
  assert.equal(await region.getAttribute("aria-live"), "polite");
  const text = await region.innerText();
  const number = /^([\d,]+) sentences? in /.exec(text);
  return { number: number ? Number(number[1].replaceAll(",", "")) : 0, text };
}

/** On show is exactly what is wanted of everything, and the announcement says so. */
export async function checkOnShow(page, everything, wanted, label) {
  const { number, text } = await announced(page);
  const expected = everything.filter(wanted).map((item) => item.id).sort();
  assert.equal(number, expected.length, text);
  assert.ok(text.includes(label), `“${text}” names ${label}`);
  assert.deepEqual((await items(page)).map((item) => item.id).sort(), expected, text);
}

/** The view has moved to the evidence, and so has the focus, so that the keyboard goes on from there. */
export async function checkArrived(page) {
  const box = await page.locator("#evidence-heading").boundingBox();
  const strip = await page.locator("#contents").boundingBox();
  assert.ok(box.y >= strip.y + strip.height && box.y < 200, `the heading of the evidence is in view, at ${box.y}`);
  assert.equal(await activeId(page), "evidence-heading");
}

/** Whether an ISO date lies in a period such as 2023-Q4 or 2023-11; no date lies in none. */
export function isIn(date, period) {
  const [, year, quarter, month] = new RegExp(`^${PERIOD.source}$`).exec(period);
  if (date === null || date.slice(0, 4) !== year) return false;
  const own = Number(date.slice(5, 7));
  return month ? own === Number(month) : Math.ceil(own / 3) === Number(quarter);
}

/** For each link, those in charts included: the address as written, rel, target. */
export function links(page) {
  return page.evaluate(() => {
    const address = (a) => a.getAttribute("href") ?? a.getAttributeNS("http://www.w3.org/1999/xlink", "href");
    return [...document.querySelectorAll("a")]
      .map((a) => ({ address: address(a), rel: a.getAttribute("rel"), target: a.getAttribute("target") }))
      .filter((link) => link.address !== null);
  });
}
