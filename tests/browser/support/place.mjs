// Where things are, as scripts/test-browser says, and how a report is made.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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

/**
 * Runs the binary in a folder.
 * 1: done, with inputs rejected; 3: done, and a watched number moved.
 */
function dyad(folder, words) {
  const done = spawnSync(DYAD, words, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26 });
  assert.ok([0, 1, 3].includes(done.status), done.stderr || String(done.error));
  return done.status;
}

function writeFiles(folder, files) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** JSON lines. */
function lines(articles) {
  return articles.map((article) => JSON.stringify(article) + "\n").join("");
}

/** The articles of corpora/demo in their order, which is that of their dates. */
export function demoArticles() {
  const path = fileURLToPath(new URL("../../../corpora/demo/articles.jsonl", import.meta.url));
  return readFileSync(path, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** The report of articles, with a configuration and options if there are any; its files lie next to it. */
export function report(articles, { config = null, options = [] } = {}) {
  const folder = temporaryFolder();
  writeFiles(folder, { "corpus.jsonl": lines(articles), ...(config && { "dyad.toml": config }) });
  dyad(folder, ["run", "corpus.jsonl", "--out", "out", "--quiet", ...options]);
  return join(folder, "out", "report.html");
}

/** A report of articles, and a second one after more of them, with options and the files these name. */
export function secondReport(early, late, { files, options }) {
  const folder = temporaryFolder();
  writeFiles(folder, { ...files, "early.jsonl": lines(early), "late.jsonl": lines(late) });
  dyad(folder, ["run", "early.jsonl", "--out", "out", "--format", "json", "--quiet"]);
  const status = dyad(folder, ["run", "early.jsonl", "late.jsonl", "--out", "out", "--quiet", ...options]);
  return { path: join(folder, "out", "report.html"), status };
}

/** Another report from the store of one, with options and the files these name. */
export function reportOfStore(path, { files, options }) {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  dyad(folder, ["report", "--store", join(dirname(path), "store"), "--out", "out", "--format", "html", "--quiet", ...options]);
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
