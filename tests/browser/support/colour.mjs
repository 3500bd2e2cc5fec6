// Whether colours can be told apart, by the measures that are in use for it.

/** What runs in the page: luminance after WCAG 2, and the colours of elements. */
function measure(selector) {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = getComputedStyle(document.body).backgroundColor;
  const isClear = (colour) => channels(colour)[3] === 0;
  const ratios = [...document.querySelectorAll(selector)]
    .filter((node) => node.getClientRects().length && node.textContent.trim())
    .map((node) => {
      const style = getComputedStyle(node);
      const paper = luminance(isClear(style.backgroundColor) ? page : style.backgroundColor);
      const ink = luminance(node instanceof SVGElement ? style.fill : style.color);
      return (Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05);
    });
  return { page: luminance(page), ratio: Math.min(...ratios), count: ratios.length };
}

/** The luminance of the page, and the least ratio by which the text of any such element, or of a chart, can be read. */
export function contrast(page, selector) {
  return page.evaluate(measure, selector);
}

/** Custom properties of the style sheet as red, green and blue from 0 to 1. */
function palette(page, names) {
  return page.evaluate((wanted) => {
    const style = getComputedStyle(document.documentElement);
    const number = (hex, i) => parseInt(hex.slice(i, i + 2), 16) / 255;
    return Object.fromEntries(wanted.map((name) => {
      const hex = style.getPropertyValue(`--${name}`).trim();
      return [name, [1, 3, 5].map((i) => number(hex, i))];
    }));
  }, names);
}

const toLinear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);

function luminance(rgb) {
  const [r, g, b] = rgb.map(toLinear);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The contrast to the page of what is drawn on it: WCAG 2.1, 1.4.11 wants three to one. */
export async function lineContrast(page) {
  const colours = await palette(page, ["paper", "a", "b", "tone", "frame", "edge", "link"]);
  const paper = luminance(colours.paper);
  const ratio = (rgb) => (Math.max(paper, luminance(rgb)) + 0.05) / (Math.min(paper, luminance(rgb)) + 0.05);
  return Object.fromEntries(Object.entries(colours).filter(([name]) => name !== "paper").map(([name, rgb]) => [name, ratio(rgb)]));
}

/** Machado, Oliveira and Fernandes 2009, table 1, severity 1: linear RGB as someone sees it who lacks one kind of cone. */
const VISIONS = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

/** CIE 1976 L*a*b* of linear RGB under D65. */
function lab([r, g, b]) {
  const f = (t) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** How far the colours of the two actors lie apart for each kind of sight (CIE 1976; about 2 is just seen). */
export async function differences(page) {
  const { a, b } = await palette(page, ["a", "b"]);
  const seen = (rgb, matrix) => lab(matrix.map((row) => Math.min(1, Math.max(0, row.reduce((sum, w, i) => sum + w * toLinear(rgb[i]), 0)))));
  return Object.fromEntries(Object.entries(VISIONS).map(([vision, matrix]) => {
    const [one, other] = [seen(a, matrix), seen(b, matrix)];
    return [vision, Math.hypot(...one.map((v, i) => v - other[i]))];
  }));
}
