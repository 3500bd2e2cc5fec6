// Which sentences are shown: filters, order and pages.

const PAGE_SIZE = 25;
// From here a judgement counts as for or against; below, as neither.
const CLEAR_SCORE = 25;
const UNDATED = "undated";

// Fields of a row and of an article, as the writer of the page lays them out.
const ROW = { article: 0, sentence: 1, text: 2, marks: 3, frames: 4, scores: 5, copies: 6 };
const ARTICLE = { id: 0, date: 1, source: 2, link: 3, title: 4 };

const SCORES = ["tone", "stance_a_to_b", "stance_b_to_a", "sentiment_a", "sentiment_b"];

const NO_FILTERS = { period: null, frame: -1, source: -1, stance: "", sign: "", words: "", order: "newest", page: 0 };

const state = { ...NO_FILTERS, origin: null };

function articleOf(row) {
  return EVIDENCE.articles[row[ROW.article]];
}

function scoreLabels() {
  const [a, b] = PAGE.actors;
  return ["Tone", a + " → " + b, b + " → " + a, "Sentiment " + a, "Sentiment " + b];
}

function matchesPeriod(row) {
  if (!state.period) return true;
  const date = articleOf(row)[ARTICLE.date];
  if (state.period.label === UNDATED) return date === null;
  return date !== null && date >= state.period.start && date < state.period.end;
}

/** A choice is a score and a direction: 1 for, -1 against, 0 neither. */
function matchesScore(row, choice) {
  if (!choice) return true;
  const [score, direction] = choice.split(" ").map(Number);
  const value = row[ROW.scores][score];
  return direction ? value * direction >= CLEAR_SCORE : Math.abs(value) < CLEAR_SCORE;
}

function matchesWords(row) {
  if (!state.words) return true;
  const title = articleOf(row)[ARTICLE.title] || "";
  const text = (row[ROW.text] + "\n" + title).toLowerCase();
  return state.words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** Rounding kept every probability on its side of the threshold. */
function isPresent(row, frame) {
  return row[ROW.frames][frame] >= PAGE.frames[frame].threshold;
}

function matches(row) {
  return (
    matchesPeriod(row) &&
    (state.frame < 0 || isPresent(row, state.frame)) &&
    (state.source < 0 || articleOf(row)[ARTICLE.source] === state.source) &&
    matchesScore(row, state.stance) &&
    matchesScore(row, state.sign) &&
    matchesWords(row)
  );
}

/** How a row ranks under the order chosen; larger first. */
function strength(row) {
  if (state.order === "frame") {
    return state.frame >= 0 ? row[ROW.frames][state.frame] : Math.max(0, ...row[ROW.frames]);
  }
  return Math.abs(row[ROW.scores][SCORES.indexOf(state.order)]);
}

/** Rows that match. The writer sorted them by date, undated last; a sort is stable, so ties stay so. */
function selectRows() {
  const rows = EVIDENCE.rows.filter(matches);
  if (state.order === "oldest") return rows;
  if (state.order === "newest") {
    const dated = rows.filter((row) => articleOf(row)[ARTICLE.date] !== null).reverse();
    return dated.concat(rows.filter((row) => articleOf(row)[ARTICLE.date] === null));
  }
  return rows.sort((x, y) => strength(y) - strength(x));
}

function describeFilters() {
  const parts = [];
  if (state.period) parts.push(state.period.label);
  if (state.frame >= 0) parts.push("frame " + PAGE.frames[state.frame].label);
  if (state.source >= 0) parts.push(EVIDENCE.sources[state.source]);
  if (state.stance) parts.push("stance " + byId("filter-stance").selectedOptions[0].textContent);
  if (state.sign) parts.push(byId("filter-sign").selectedOptions[0].textContent);
  if (state.words) parts.push("“" + state.words + "”");
  return parts.length ? " (" + parts.join(", ") + ")" : "";
}

function showResults() {
  const rows = selectRows();
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_SIZE));
  state.page = Math.min(state.page, pages - 1);
  const first = state.page * PAGE_SIZE;
  const shown = rows.slice(first, first + PAGE_SIZE);
  byId("evidence-list").replaceChildren(...shown.map(evidenceItem));
  const articles = new Set(rows.map((row) => row[ROW.article])).size;
  byId("evidence-count").textContent = rows.length
    ? plural(rows.length, "sentence") + " in " + plural(articles, "article") + describeFilters() + "."
    : "No sentence on this page matches" + describeFilters() + ".";
  byId("page-number").textContent = rows.length ? "Page " + (state.page + 1) + " of " + count(pages) : "";
  byId("previous").disabled = state.page === 0;
  byId("next").disabled = state.page >= pages - 1;
  document.querySelector(".pages").hidden = pages === 1;
}

/** Turns a point of a chart, or a cell of a table, into its sentences. */
function openEvidence(period, metric, origin) {
  const form = byId("filters");
  if (!form) return;
  form.reset();
  Object.assign(state, NO_FILTERS, { period, frame: frameOfMetric(metric), origin });
  state.order = state.frame >= 0 ? "frame" : SCORES.includes(metric) ? metric : "newest";
  arriveAtEvidence();
}

function openSource(name, origin) {
  if (!byId("filters")) return;
  byId("filters").reset();
  const source = EVIDENCE.sources.indexOf(name);
  Object.assign(state, NO_FILTERS, { source, origin });
  arriveAtEvidence();
}

function arriveAtEvidence() {
  writeFilters();
  showResults();
  byId("back").hidden = !state.origin;
  const heading = byId("evidence-heading");
  heading.scrollIntoView();
  heading.focus({ preventScroll: true });
}

function goBack() {
  const origin = state.origin;
  state.origin = null;
  byId("back").hidden = true;
  if (!origin) return;
  origin.scrollIntoView({ block: "center" });
  origin.focus({ preventScroll: true });
}

/** In a field the key has a meaning of its own: it empties a search, closes a list. */
function goBackOnEscape(event) {
  if (event.key === "Escape" && state.origin && !event.target.matches("input, select")) goBack();
}

function option(value, label) {
  return el("option", { value: String(value) }, label);
}

/** Years and the grains of the charts; days would be too many, a day that was clicked is added when needed. */
function fillPeriods() {
  const select = byId("filter-period");
  select.append(option("", "All"), option(UNDATED, "Undated"));
  for (const grain of [yearGrain(), ...PAGE.grains.filter((g) => g.id !== "year" && g.id !== "day").reverse()]) {
    const group = el("optgroup", { label: grain.label });
    for (const [label] of grain.periods) group.append(option(label, label));
    if (grain.periods.length) select.append(group);
  }
}

function yearGrain() {
  const years = new Set(EVIDENCE.articles.filter((a) => a[ARTICLE.date]).map((a) => a[ARTICLE.date].slice(0, 4)));
  const periods = [...years].sort().map((year) => [year, year + "-01-01", Number(year) + 1 + "-01-01"]);
  return { id: "year", label: "Years", periods };
}

function findPeriod(label) {
  if (!label) return null;
  if (label === UNDATED) return { label };
  for (const grain of [yearGrain(), ...PAGE.grains]) {
    const period = grain.periods.find((p) => p[0] === label);
    if (period) return { label, start: period[1], end: period[2] };
  }
  const event = PAGE.events.find((e) => e.around[0] === label);
  if (event) return eventPeriod(event);
  return null;
}

function fillFilters() {
  fillPeriods();
  byId("filter-frame").append(option(-1, "All"), ...PAGE.frameOrder.map((i) => option(i, PAGE.frames[i].label)));
  const sources = EVIDENCE.sources.map((name, i) => [name, i]).sort((x, y) => x[0].localeCompare(y[0], "en"));
  byId("filter-source").append(option(-1, "All"), ...sources.map(([name, i]) => option(i, name)));
  const isStance = (i) => SCORES[i].startsWith("stance");
  byId("filter-stance").append(option("", "All"), ...scoreOptions(isStance));
  byId("filter-sign").append(option("", "All"), ...scoreOptions((i) => !isStance(i)));
  const orders = [["newest", "Newest first"], ["oldest", "Oldest first"], ["frame", "Most probable frame first"]];
  const labels = scoreLabels();
  SCORES.forEach((score, i) => orders.push([score, "Strongest first: " + labels[i]]));
  byId("filter-order").append(...orders.map(([value, label]) => option(value, label)));
}

function scoreOptions(wanted) {
  const labels = scoreLabels();
  const words = (i) => (i === 0 ? ["closer", "apart"] : i < 3 ? ["for", "against"] : ["favourable", "unfavourable"]);
  return [...SCORES.keys()].filter(wanted).flatMap((i) => [
    option(i + " 1", labels[i] + ": " + words(i)[0]),
    option(i + " -1", labels[i] + ": " + words(i)[1]),
    option(i + " 0", labels[i] + ": neither"),
  ]);
}

function readFilters() {
  state.period = findPeriod(byId("filter-period").value);
  state.frame = Number(byId("filter-frame").value);
  state.source = Number(byId("filter-source").value);
  state.stance = byId("filter-stance").value;
  state.sign = byId("filter-sign").value;
  state.words = byId("filter-text").value.trim();
  state.order = byId("filter-order").value;
  state.page = 0;
}

function writeFilters() {
  const period = byId("filter-period");
  const label = state.period ? state.period.label : "";
  if (![...period.options].some((o) => o.value === label)) period.append(option(label, label));
  period.value = label;
  byId("filter-frame").value = String(state.frame);
  byId("filter-source").value = String(state.source);
  byId("filter-stance").value = state.stance;
  byId("filter-sign").value = state.sign;
  byId("filter-text").value = state.words;
  byId("filter-order").value = state.order;
}

function turnPage(step) {
  state.page += step;
  showResults();
  const heading = byId("evidence-heading");
  heading.scrollIntoView();
  heading.focus({ preventScroll: true });
}

function startExplorer() {
  const form = byId("filters");
  if (!form) return;
  fillFilters();
  const update = () => {
    readFilters();
    showResults();
  };
  const words = byId("filter-text");
  words.addEventListener("input", update);
  // Leaving the words is a change, too; drawing the list anew then would take the link that is being clicked away.
  form.addEventListener("change", (event) => event.target !== words && update());
  form.addEventListener("submit", (event) => event.preventDefault());
  // A form fires "reset" before its fields are reset.
  form.addEventListener("reset", () => setTimeout(update, 0));
  byId("previous").addEventListener("click", () => turnPage(-1));
  byId("next").addEventListener("click", () => turnPage(1));
  byId("back").addEventListener("click", goBack);
  byId("evidence").addEventListener("keydown", goBackOnEscape);
  showResults();
}
