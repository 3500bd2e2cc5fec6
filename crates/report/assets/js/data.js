// Reading what the page carries. Everything in it is untrusted text: it reaches the document through
// textContent and attributes set one by one, never as markup.

const PAGE = readJson("page-data");
const EVIDENCE = readJson("evidence-data");

const EM_DASH = "–";

function readJson(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

function byId(id) {
  return document.getElementById(id);
}

/** An element with attributes and children; a child that is a string becomes text. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Untrusted text that cannot change the direction of what stands around it. */
function bdi(text) {
  return el("bdi", null, text);
}

/** The link if it leads to the web, else null. The writer of the page has checked already; this is the second lock. */
function webLink(text) {
  if (!text) return null;
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

function signed(x) {
  const digits = Math.abs(x).toFixed(2);
  if (digits === "0.00") return digits;
  return (x < 0 ? "−" : "+") + digits;
}

function percent(x) {
  return Math.round(x * 100) + "\u202f%";
}

function count(n) {
  return n.toLocaleString("en-GB");
}

function plural(n, word) {
  return count(n) + " " + word + (n === 1 ? "" : "s");
}

function formatValue(kind, x) {
  if (kind === "count") return count(x);
  return kind === "share" ? percent(x) : signed(x);
}

function grainById(id) {
  return PAGE.grains.find((grain) => grain.id === id);
}

function frameOfMetric(metric) {
  return PAGE.frames.findIndex((frame) => frame.metric === metric);
}
