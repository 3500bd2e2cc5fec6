// Drawing: Plotly is unpacked, figures get the colours of the style sheet, clicks lead to sentences.

let CHARTS = {};
const view = { grain: PAGE.defaultGrain, frame: null, printing: false };

/** Text that the page carries as gzip in base64, because as it is it would fill most of the page. */
async function unpack(id) {
  const bytes = Uint8Array.from(atob(byId(id).textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

/** Unpacks Plotly and runs it as an inline script, which the policy admits by its hash. */
async function loadPlotly() {
  const script = document.createElement("script");
  script.textContent = await unpack("plotly-packed");
  document.head.append(script);
  if (!window.Plotly) throw new Error("Plotly did not start");
}

/** A copy in which every "theme:name" is the custom property --name. */
function paint(value, style) {
  if (typeof value === "string" && value.startsWith("theme:")) return style.getPropertyValue("--" + value.slice(6)).trim();
  if (Array.isArray(value)) return value.map((item) => paint(item, style));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, paint(item, style)]));
  }
  return value;
}

function isTouch() {
  return window.matchMedia("(pointer: coarse)").matches;
}

/** Less ink around the plot where there is little room; no dragging where a finger scrolls the page. */
function fitToDevice(figure, width) {
  const { data, layout } = figure;
  layout.dragmode = isTouch() || layout.yaxis.automargin ? false : "zoom";
  layout.hovermode = "closest";
  layout.autosize = true;
  if (view.printing) layout.width = 660;
  if (width >= 600) return;
  layout.xaxis.nticks = 4;
  layout.font.size = 12;
  layout.margin.l = Math.min(layout.margin.l, 50);
  delete layout.yaxis.title;
  layout.margin.r = 6;
  if (layout.legend) layout.margin.t += 19 * Math.max(0, data.filter((t) => t.name && t.showlegend !== false).length - 1);
  for (const trace of data) if (trace.type === "heatmap") trace.showscale = false;
}

function showOnlyFrame(data) {
  for (const trace of data) trace.visible = trace.meta === view.frame;
}

function config() {
  return {
    displaylogo: false,
    responsive: true,
    scrollZoom: false,
    showTips: false,
    displayModeBar: isTouch() ? false : "hover",
    modeBarButtonsToRemove: ["pan2d", "zoom2d", "select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
  };
}

async function drawChart(id) {
  const div = byId(id);
  const figure = CHARTS[id] && CHARTS[id][view.grain];
  if (!div || !figure) return;
  const style = getComputedStyle(document.documentElement);
  const painted = paint(figure, style);
  fitToDevice(painted, div.clientWidth);
  addEvents(painted, div.clientWidth, style);
  if (id === "chart-frame-line") showOnlyFrame(painted.data);
  const isNew = !div.classList.contains("js-plotly-plot");
  await window.Plotly.react(div, painted.data, painted.layout, config());
  if (!isNew) return;
  div.on("plotly_click", (event) => openPoint(id, event.points[0]));
  div.on("plotly_clickannotation", (event) => openEvent(event.annotation.name));
  div.addEventListener("touchend", endTap);
}

/** Where Plotly drags nothing it lets the browser click after a tap, by then on what has scrolled under the finger. */
function endTap(event) {
  if (event.cancelable && event.target.closest(".nsewdrag")) event.preventDefault();
}

async function drawAll() {
  for (const id of Object.keys(CHARTS)) await drawChart(id);
}

/** The index of a point is the index of its period; of a heat map's cell, row and column. */
function openPoint(chart, point) {
  const isCell = Array.isArray(point.pointIndex);
  const index = isCell ? point.pointIndex[1] : point.pointIndex;
  const [label, start, end] = grainById(view.grain).periods[index];
  openEvidence({ label, start, end }, metricOfPoint(chart, point, isCell), byId(chart));
}

function metricOfPoint(chart, point, isCell) {
  if (!isCell) return point.data.meta || PAGE.tables[chart][0];
  // Rows are drawn from the bottom up, the least frequent frame first.
  const fromTop = PAGE.frameOrder.length - 1 - point.pointIndex[0];
  return PAGE.frames[PAGE.frameOrder[fromTop]].metric;
}

async function chooseGrain(grain) {
  view.grain = grain;
  for (const button of document.querySelectorAll("[data-grain]")) {
    button.setAttribute("aria-pressed", String(button.dataset.grain === grain));
  }
  showTables(grain);
  if (window.Plotly) await drawAll();
}

/** Print is on white paper whatever the screen's theme. */
function followPrinting() {
  const redraw = (printing) => {
    view.printing = printing;
    document.documentElement.toggleAttribute("data-print", printing);
    drawAll();
  };
  window.addEventListener("beforeprint", () => redraw(true));
  window.addEventListener("afterprint", () => redraw(false));
}

/** Margins and ticks depend on the width, which Plotly's own resizing does not know. */
function followWidth() {
  let wasNarrow = window.innerWidth < 640;
  window.addEventListener("resize", () => {
    const narrow = window.innerWidth < 640;
    if (narrow !== wasNarrow && !view.printing) drawAll();
    wasNarrow = narrow;
  });
}

function startFrameSelect() {
  const select = byId("frame-select");
  view.frame = select.value;
  select.addEventListener("change", () => {
    view.frame = select.value;
    if (window.Plotly) drawChart("chart-frame-line");
  });
}

function reportChartProblem() {
  const problem = byId("chart-problem");
  problem.textContent = "This browser cannot unpack the charts. The tables below hold the same numbers; any browser from 2023 or later shows the charts.";
  problem.hidden = false;
  for (const chart of document.querySelectorAll(".chart")) chart.hidden = true;
  for (const details of document.querySelectorAll("details[data-table]")) details.open = true;
}

async function startCharts() {
  if (!PAGE.grains.length) return;
  startFrameSelect();
  startTables(() => view.grain);
  showTables(view.grain);
  for (const button of document.querySelectorAll("[data-grain]")) {
    button.addEventListener("click", () => chooseGrain(button.dataset.grain));
  }
  try {
    CHARTS = JSON.parse(await unpack("charts-packed"));
    await loadPlotly();
  } catch (error) {
    console.error(error);
    reportChartProblem();
    return;
  }
  await drawAll();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  followPrinting();
  followWidth();
}
