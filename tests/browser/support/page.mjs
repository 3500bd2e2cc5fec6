// A report in headless Chromium, and what every test asserts about it: nothing that should never happen has happened,
// which is an error on the console, an exception, a breach of the page's policy, a dialog, a new window, a request to
// anything but the page itself.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { CHROMIUM, DEMO, packages } from "./place.mjs";

const { chromium } = packages("playwright-core");

const CHROMIUM_ARGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
// The machine may be busy.
export const PATIENCE_MS = 60_000;
const TEST_MS = 600_000;

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

let browser = null;

async function theBrowser() {
  browser ??= await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS });
  return browser;
}

after(async () => browser?.close());

/** A test that opens pages with `open`; when it ends they must be untroubled, and are closed. */
export function browserTest(name, body) {
  test(name, { timeout: TEST_MS }, async () => {
    const contexts = [];
    const pages = [];
    const open = async (options = {}) => {
      const { report = DEMO, ...window } = options;
      const context = await (await theBrowser()).newContext({ offline: true, ...DESKTOP, ...window });
      contexts.push(context);
      const page = await openIn(context, pathToFileURL(report).href);
      pages.push(page);
      return page;
    };
    try {
      await body(open);
      for (const page of pages) await checkUntroubled(page);
    } finally {
      for (const context of contexts) await context.close();
    }
  });
}

/** The page once it is drawn. */
async function openIn(context, address) {
  context.setDefaultTimeout(PATIENCE_MS);
  // Notes breaches of the policy where the page cannot hide them.
  await context.addInitScript(() => {
    window.__breaches = [];
    addEventListener("securitypolicyviolation", (event) => window.__breaches.push(event.violatedDirective));
  });
  const page = await context.newPage();
  const troubles = [];
  const requests = [];
  page.troubles = troubles;
  page.seenRequests = requests;
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && troubles.push(`console: ${m.text()}`));
  page.on("pageerror", (error) => troubles.push(`exception: ${error}`));
  page.on("dialog", (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  context.on("page", (other) => other !== page && troubles.push(`window: ${other.url()}`));
  page.on("request", (request) => {
    requests.push(request);
    const url = request.url();
    if (url.split("#")[0] !== address && !/^(data|blob):/.test(url)) troubles.push(`request: ${url}`);
  });
  await page.goto(address);
  await page.locator("html[data-ready=true]").waitFor({ state: "attached" });
  return page;
}

async function checkUntroubled(page) {
  const breaches = (await page.evaluate(() => window.__breaches)).map((directive) => `policy: ${directive}`);
  assert.deepEqual([...page.troubles, ...breaches], [], "nothing of the kind may happen on the page");
}

/** Waits. Playwright's own waitForFunction needs eval, which the page's policy forbids. */
export async function until(holds, what) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await sleep(20);
  }
}

/** The middle of an element, which is scrolled to the middle of the window, clear of the strip of contents. */
export async function centre(locator) {
  await locator.evaluate((node) => node.scrollIntoView({ block: "center", behavior: "instant" }));
  const box = await locator.boundingBox();
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Moves the mouse there from elsewhere and returns what the chart says about the place. */
export async function hover(page, { x, y }) {
  const label = page.locator(".hovertext").first();
  await page.mouse.move(2, 2);
  await label.waitFor({ state: "detached" });
  await page.mouse.move(x - 1, y - 1);
  await page.mouse.move(x, y);
  await label.waitFor();
  return (await label.locator("tspan.line").allTextContents()).join("\n");
}

export function tonePoints(page) {
  return page.locator("#chart-tone .scatterlayer .points path.point");
}

export function activeId(page) {
  return page.evaluate(() => document.activeElement.id);
}

export async function openAllDetails(page) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  // The event that fills long tables comes after.
  await page.evaluate(() => new Promise((done) => setTimeout(done, 50)));
}

/** As the browser does before it prints: the media type, then the event upon which the charts are drawn for paper. */
export async function prepareToPrint(page, colorScheme = "light") {
  await page.emulateMedia({ media: "print", colorScheme });
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  const narrow = () =>
    page.evaluate(() => [...document.querySelectorAll(".chart svg.main-svg")].every((svg) => svg.getBoundingClientRect().width <= 661));
  await until(narrow, "the charts are drawn for paper");
}

/** What reaches beyond the edge of the paper, which is 673 pixels wide. */
export function cutOnPaper(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("main *, header *")]
      .filter((node) => node.getClientRects().length && !node.closest("svg"))
      .filter((node) => node.getBoundingClientRect().right > 674)
      .map((node) => `${node.getBoundingClientRect().right}: ${node.outerHTML.slice(0, 100)}`),
  );
}

/** Places where text could turn around, in what stands on the page and in what its script puts there. */
export function overrides(page) {
  return page.evaluate(() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) {
      const { data, parentElement } = texts.currentNode;
      if (/[\u202d\u202e]/.test(data) && parentElement.tagName !== "SCRIPT") found.push(parentElement.outerHTML.slice(0, 200));
    }
    return found;
  });
}
