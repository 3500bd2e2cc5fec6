// Where things are, as scripts/test-browser says, and how a report is made.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export const CHROMIUM = process.env.DYAD_CHROMIUM;
export const DEMO = process.env.DYAD_REPORT;
const DYAD = process.env.DYAD_BINARY;

/** Packages lie outside of the tree, where the resolution of modules does not look. */
export const packages = createRequire(join(process.env.DYAD_PACKAGES, "package.json"));

/** A folder that is gone when the tests of the file have ended. */
function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "dyad-browser-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The report of articles, with a configuration and options if there are any; its files lie next to it. */
export function report(articles, { config = null, options = [] } = {}) {
  const folder = temporaryFolder();
  const corpus = join(folder, "corpus.jsonl");
  writeFileSync(corpus, articles.map((article) => JSON.stringify(article) + "\n").join(""));
  const words = ["run", corpus, "--out", join(folder, "out"), "--quiet", ...options];
  if (config) {
    writeFileSync(join(folder, "dyad.toml"), config);
    words.push("--config", join(folder, "dyad.toml"));
  }
  const done = spawnSync(DYAD, words, { encoding: "utf8", maxBuffer: 1 << 26 });
  // 1: done, with inputs rejected.
  assert.ok(done.status === 0 || done.status === 1, done.stderr || String(done.error));
  return join(folder, "out", "report.html");
}

/** What `make` gives, made at the first call. */
export function once(make) {
  let made;
  return () => (made ??= { value: make() }).value;
}

/** The rows of a CSV file next to a report, as objects. */
export function csvRows(reportPath, name) {
  const [header, ...rows] = cells(readFileSync(join(dirname(reportPath), name), "utf8"));
  for (const row of rows) assert.equal(row.length, header.length, `a row of ${name} is as long as its header`);
  return rows.map((row) => Object.fromEntries(row.map((cell, i) => [header[i], cell])));
}

/** RFC 4180: cells in quotes hold commas, line ends and doubled quotes. */
function cells(text) {
  const rows = [];
  let row = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]+|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy)) {
    if (end === "" && !row.length && !quoted && !plain) break;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
