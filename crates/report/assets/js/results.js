// One sentence of the evidence as elements.

/** The mentions of a row in the order of the text, side 0 for A and 1 for B. */
function mentions(row) {
  const marks = row[ROW.marks];
  return Array.from({ length: marks.length / 3 }, (_, i) => ({ start: marks[3 * i], end: marks[3 * i + 1], side: marks[3 * i + 2] }));
}

/** Puts a part of the sentence into the quotation, with the mentions in it marked. */
function quotePart(quote, row, [from, to]) {
  const text = row[ROW.text];
  let at = from;
  for (const { start, end, side } of mentions(row)) {
    if (start < at || end > to) continue;
    quote.append(text.slice(at, start));
    quote.append(el("mark", { class: side === 0 ? "a" : "b", title: PAGE.actors[side] }, bdi(text.slice(start, end))));
    at = end;
  }
  quote.append(text.slice(at, to));
}

/** The sentence; of a long one, such as a list without full stops, what stands around the two actors. */
function quotation(row) {
  const quote = el("blockquote", { dir: "auto" });
  const whole = [[0, row[ROW.text].length]];
  fillQuote(quote, row, whole);
  const parts = excerpt(row[ROW.text], mentions(row));
  if (!parts) return [quote];
  const button = el("button", { type: "button", class: "link whole" });
  const show = (isWhole) => {
    fillQuote(quote, row, isWhole ? whole : parts);
    button.setAttribute("aria-expanded", String(isWhole));
    button.textContent = isWhole ? "Show less" : "Show more of the sentence";
  };
  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") === "false"));
  show(false);
  return [quote, button];
}

function fillQuote(quote, row, parts) {
  quote.replaceChildren();
  for (const part of parts) {
    if (part[0] > 0) quote.append(quote.firstChild ? " … " : "… ");
    quotePart(quote, row, part);
  }
  if (parts[parts.length - 1][1] < row[ROW.text].length) quote.append(" …");
}

/** Source, date and headline; the headline is the link where there is one. */
function attribution(row) {
  const article = articleOf(row);
  const link = webLink(article[ARTICLE.link]);
  const title = article[ARTICLE.title] || (link ? "article" : "no headline");
  const line = el("p", { class: "attribution" });
  line.append(el("span", { class: "source" }, bdi(EVIDENCE.sources[article[ARTICLE.source]])), ", ");
  line.append(article[ARTICLE.date] ? el("time", { datetime: article[ARTICLE.date] }, longDate(article[ARTICLE.date])) : "undated", ": ");
  const headline = bdi(title);
  line.append(link ? el("a", { href: link, rel: "noopener noreferrer", target: "_blank" }, headline) : headline);
  const copies = row[ROW.copies];
  if (copies > 0) line.append(" ", el("span", { class: "quiet" }, "+ " + (copies === 1 ? "1 near-copy" : count(copies) + " near-copies")));
  return line;
}

function longDate(iso) {
  const [year, month, day] = iso.split("-").map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}

/** Frames that count as present, the most probable first; the nearest one where none does. */
function frameChips(row) {
  const probability = (i) => row[ROW.frames][i] / 100;
  const present = [...row[ROW.frames].keys()].filter((i) => isPresent(row, i)).sort((x, y) => probability(y) - probability(x));
  const list = el("ul", { class: "chips", "aria-label": "Frames with their probability" });
  for (const i of present) list.append(chip(PAGE.frames[i].label, probability(i), "chip"));
  if (!present.length && row[ROW.frames].length) {
    const nearest = row[ROW.frames].indexOf(Math.max(...row[ROW.frames]));
    list.append(chip("no frame; nearest is " + PAGE.frames[nearest].label, probability(nearest), "chip none"));
  }
  return list;
}

function chip(label, probability, className) {
  return el("li", { class: className }, bdi(label), " ", el("span", { class: "p" }, probability.toFixed(2)));
}

function scoreList(row) {
  const list = el("dl", { class: "scores" });
  scoreLabels().forEach((label, i) => {
    list.append(el("div", null, el("dt", null, bdi(label)), el("dd", null, signed(row[ROW.scores][i] / 100))));
  });
  return list;
}

function evidenceItem(row) {
  const article = articleOf(row);
  const id = article[ARTICLE.id] + "#" + row[ROW.sentence];
  const judgements = el("div", { class: "judgements" }, frameChips(row), scoreList(row));
  return el("li", { class: "evidence-item", "data-id": id }, ...quotation(row), attribution(row), judgements);
}
