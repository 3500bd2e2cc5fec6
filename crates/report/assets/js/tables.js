// The numbers of a chart as a table whose cells lead to their sentences, for keyboards and screen readers.

const LONG_TABLE = 150;

function tableHead(metrics, ownCells) {
  const row = el("tr", null, el("th", { scope: "col" }, "Period"));
  for (const metric of metrics) row.append(el("th", { scope: "col", class: "number" }, bdi(PAGE.metrics[metric].label)));
  if (!ownCells) row.append(el("th", { scope: "col", class: "number" }, "Articles"), el("th", { scope: "col", class: "number" }, "Sentences"));
  return el("thead", null, row);
}

function cellButton(text, period, metric, label) {
  return el("button", { type: "button", class: "link", "data-period": period, "data-metric": metric, "aria-label": label }, text);
}

function valueCell(metric, period, point, ownCells) {
  const cell = el("td", { class: "number" });
  if (!point) {
    cell.append(EM_DASH);
    return cell;
  }
  const { kind, label } = PAGE.metrics[metric];
  const value = formatValue(kind, point[0]);
  cell.append(ownCells ? cellButton(value, period, metric, label + ", " + period + ": " + value) : value);
  if (kind !== "count" && !ownCells) {
    cell.append(" ", el("span", { class: "interval" }, "[" + formatValue(kind, point[1]) + ", " + formatValue(kind, point[2]) + "]"));
  }
  return cell;
}

function tableRow(metrics, series, period, index, ownCells) {
  const points = metrics.map((metric) => series[metric][index]);
  const row = el("tr", null, el("th", { scope: "row" }, cellButton(period, period, metrics.length === 1 ? metrics[0] : "", null)));
  metrics.forEach((metric, i) => row.append(valueCell(metric, period, points[i], ownCells)));
  if (!ownCells) {
    const any = points.find((point) => point);
    row.append(el("td", { class: "number" }, any ? count(any[3]) : EM_DASH), el("td", { class: "number" }, any ? count(any[4]) : EM_DASH));
  }
  return row;
}

function buildTable(chart, grain) {
  const metrics = PAGE.tables[chart];
  const series = PAGE.series[grain.id];
  // With one column a frame, each cell is a way to its own sentences, and intervals would not fit.
  const ownCells = chart === "chart-frames";
  const bare = ownCells || chart === "chart-volume";
  const body = el("tbody");
  grain.periods.forEach(([label], i) => body.append(tableRow(metrics, series, label, i, ownCells || bare)));
  return el("table", null, tableHead(metrics, bare), body);
}

/** Fills the tables; long ones only once they are opened. */
function showTables(grainId) {
  const grain = grainById(grainId);
  for (const details of document.querySelectorAll("details[data-table]")) {
    const place = details.querySelector(".scroll");
    const late = grain.periods.length > LONG_TABLE && !details.open;
    place.replaceChildren(...(late ? [] : [buildTable(details.dataset.table, grain)]));
  }
}

function startTables(currentGrain) {
  for (const details of document.querySelectorAll("details[data-table]")) {
    details.addEventListener("toggle", () => {
      const place = details.querySelector(".scroll");
      if (details.open && !place.firstChild) place.append(buildTable(details.dataset.table, grainById(currentGrain())));
    });
    details.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-period]");
      if (button) openEvidence(findPeriod(button.dataset.period), button.dataset.metric, button);
    });
  }
}
