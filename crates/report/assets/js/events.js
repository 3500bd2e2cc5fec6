// Events: numbers above every chart over time, each on a dotted line, and the ways between numbers, list and sentences.

const MARKER = { height: 22, space: 9, digit: 7, gap: 4 };

function dayNumber(date) {
  return Date.parse(date) / 86400000;
}

/** Numbers (from 1) of the events on an axis, with their places in pixels. */
function eventsOnAxis(layout, width) {
  const [from, to] = layout.xaxis.range.map(dayNumber);
  // The names of frames take a margin that Plotly finds only when it draws.
  const margins = layout.margin.l + layout.margin.r + (layout.yaxis.automargin ? 100 : 0);
  const places = PAGE.events.map((event, i) => ({ number: i + 1, at: ((dayNumber(event.day) - from) / (to - from)) * (width - margins) }));
  return places.filter((place) => place.at >= 0 && place.at <= width - margins);
}

function markerLabel(group) {
  const [first, last] = [group[0].number, group[group.length - 1].number];
  return first === last ? String(first) : first + "–" + last;
}

/** Left and right end of the marker of a group of events. */
function markerEnds(group) {
  const middle = (group[0].at + group[group.length - 1].at) / 2;
  const half = (markerLabel(group).length * MARKER.digit + MARKER.space) / 2;
  return [middle - half, middle + half];
}

/** Events whose markers would overlap share one; joining two may make them meet a third. */
function groupEvents(places) {
  const groups = places.map((place) => [place]);
  for (let i = 1; i < groups.length; ) {
    if (markerEnds(groups[i - 1])[1] + MARKER.gap <= markerEnds(groups[i])[0]) {
      i += 1;
    } else {
      groups[i - 1].push(...groups.splice(i, 1)[0]);
      i = Math.max(1, i - 1);
    }
  }
  return groups;
}

function eventLine(number, colour, above) {
  const day = PAGE.events[number - 1].day;
  const line = { color: colour, width: 1, dash: "dot" };
  return { type: "line", layer: above ? "above" : "below", opacity: 0.7, yref: "paper", x0: day, x1: day, y0: 0, y1: 1, line };
}

function eventMarker(group, style) {
  const days = group.map(({ number }) => dayNumber(PAGE.events[number - 1].day));
  const middle = (days[0] + days[days.length - 1]) / 2;
  return {
    name: "event-" + group[0].number,
    x: new Date(middle * 86400000).toISOString().slice(0, 10),
    y: 1,
    yref: "paper",
    yanchor: "bottom",
    yshift: 2,
    showarrow: false,
    text: "<b>" + markerLabel(group) + "</b>",
    font: { size: 11, color: style.getPropertyValue("--paper").trim() },
    bgcolor: style.getPropertyValue("--event").trim(),
    borderpad: 2,
    hovertext: group.map(({ number }) => PAGE.events[number - 1].hover).join("<br>"),
    captureevents: true,
  };
}

/** Adds the events to a chart's layout; the chart grows by the height of their markers. */
function addEvents({ data, layout }, divWidth, style) {
  if (!PAGE.events.length || !layout.xaxis.range) return;
  const places = eventsOnAxis(layout, layout.width || divWidth);
  if (!places.length) return;
  const above = data.some((trace) => trace.type === "heatmap");
  const colour = style.getPropertyValue("--event").trim();
  layout.shapes = (layout.shapes || []).concat(places.map(({ number }) => eventLine(number, colour, above)));
  layout.annotations = groupEvents(places).map((group) => eventMarker(group, style));
  layout.margin.t += MARKER.height;
  layout.height += MARKER.height;
  // The legend stands above the markers.
  if (layout.legend) layout.legend.y = 1 + (MARKER.height + 4) / (layout.height - layout.margin.t - layout.margin.b);
}

/** From a marker to the list, which names the event and links it. */
function openEvent(name) {
  const item = byId(name);
  if (!item) return;
  item.scrollIntoView({ block: "center" });
  item.focus({ preventScroll: true });
}

function eventPeriod(event) {
  const [label, start, end] = event.around;
  return { label, start, end };
}

function startEvents() {
  for (const button of document.querySelectorAll("[data-event]")) {
    button.addEventListener("click", () => openEvidence(eventPeriod(PAGE.events[button.dataset.event - 1]), "", button));
  }
}
