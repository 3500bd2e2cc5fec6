// One sentence of the evidence as elements.

/** The sentence with the mentions of both actors marked. */
function quotation(row) {
  const text = row[ROW.text];
  const quote = el("blockquote", { dir: "auto" });
  let from = 0;
  const marks = row[ROW.marks];
  for (let i = 0; i < marks.length; i += 3) {
    const [start, end, side] = marks.slice(i, i + 3);
    quote.append(text.slice(from, start));
    const title = PAGE.actors[side];
    quote.append(el("mark", { class: side === 0 ? "a" : "b", title }, bdi(text.slice(start, end))));
    from = end;
  }
  quote.append(text.slice(from));
  return quote;
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
  return el("li", { class: "evidence-item", "data-id": id }, quotation(row), attribution(row), judgements);
}
