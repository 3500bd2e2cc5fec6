// Corpora that the tests make up: one whose writers mean harm, one of the size that the page must bear.

// Left-to-right and right-to-left overrides, their end, and a character without width.
const [LRO, RLO, POP, ZERO_WIDTH] = ["\u202d", "\u202e", "\u202c", "\u200b"];
// A letter under thirty combining marks.
const STACKED = "z" + "\u0300\u0316\u0334".repeat(10);

/** Articles whose writers want the page to run their code, to mislead its reader or to break its layout. */
export function hostileArticles() {
  const bait = "<img src=x onerror=\"window.__alarm='image'\">";
  const script = "</script><script>window.__alarm='script'</script>";
  const texts = [
    `Microsoft praised OpenAI ${bait} in a letter. OpenAI thanked Microsoft ${script} for its machines.`,
    `OpenAI told ${RLO}Microsoft${POP} to wait for the court. A judge heard ${LRO}Microsoft and OpenAI${POP} quarrel.`,
    `{{script}} was how Microsoft greeted OpenAI that day. Regulators asked OpenAI and Microsoft about ${script} prices.`,
    "Microsoft sells what OpenAI builds, <svg onload=alert(1)> and both know it. Analysts call OpenAI a rival of Microsoft.",
    "Engineers at OpenAI left for Microsoft in the spring, <a href='javascript:alert(1)'>click</a> they said.",
    "Cloud revenue at Microsoft grew because OpenAI bought it, <iframe src='javascript:alert(1)'></iframe> filings show.",
  ];
  const titles = [`Microsoft ${script} and OpenAI`, `Overridden ${RLO}IAnepO${POP} and Microsoft`, `${bait} OpenAI`, "{{script}} Microsoft"];
  const links = ["javascript:window.__alarm='link'", "JaVaScRiPt:alert(1)", "data:text/html,<script>alert(1)</script>", "https://linked.example/one"];
  const sources = [`Bait ${bait}`, `Script ${script}`, `Turned ${RLO}around`, "Plain <b>bold</b>"];
  return Array.from({ length: 12 }, (_, i) => ({
    url: links[i % 4], source: sources[i % 4], title: `${titles[i % 4]} ${i}`, author: `${bait} ${script}`,
    published: day(2024, i), text: i < 6 ? texts[i] : `Day ${i}. ${texts[i % 6]}`,
  }));
}

/** Articles of lengths and dates that nobody expects, and cells that a spreadsheet would take for formulas. */
export function monstrousArticles() {
  const both = (what) => `Microsoft and OpenAI ${what} in the ${what.split(" ")[0]} of the year.`;
  const long = "w".repeat(10_000);
  const plain = (i, article) => ({ url: `https://monsters.example/${i}`, source: "Monsters", published: day(2024, Math.floor(i)), title: `Monster ${i}`, ...article });
  const formulas = ["=HYPERLINK(\"http://evil.example\",\"x\")", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1"];
  return [
    plain(0, { title: "T".repeat(100_000), text: both("discussed titles without an end") }),
    plain(1, { title: `${"long title ".repeat(9_000)}`, text: both("agreed on many words") }),
    plain(2, { text: `Microsoft told OpenAI ${long} that this word has no break.` }),
    plain(2.5, { url: "https://monsters.example/word", title: "Word", text: `Microsoft sent OpenAI a note that said ${"w".repeat(1500)} in a single word.` }),
    plain(3, { source: "S".repeat(5_000), text: both("read an outlet whose name is long") }),
    plain(4, { source: `${"Outlet name ".repeat(400)}`, text: both("wondered about the outlet") }),
    plain(5, { text: `Micro${ZERO_WIDTH}soft, Microsoft and OpenAI${ZERO_WIDTH.repeat(500)} hid between the letters.` }),
    plain(6, { title: STACKED.repeat(200), source: STACKED.repeat(50), text: `Microsoft gave OpenAI ${STACKED.repeat(100)} to read.` }),
    plain(7, { title: `${RLO}${"هل ".repeat(60)}`, text: `قالت Microsoft إن OpenAI شريك لها. Microsoft said OpenAI ${RLO}is a partner.` }),
    plain(8, { published: "1970-01-02T00:00:00Z", text: both("met before they were founded") }),
    plain(9, { published: "2100-06-01T00:00:00Z", text: both("will meet again") }),
    plain(10, { url: `https://monsters.example/${"x".repeat(10_000)}`, text: both("followed a long link") }),
    plain(11, { url: `https://monsters.example/"onmouseover="window.__alarm='quote'`, text: both("left a quotation mark") }),
    plain(11.5, { url: "https://monsters.example/far", title: "Far apart", text: `In the newsletter Microsoft leads ${"with item after item ".repeat(60)}until OpenAI follows ${"and so on ".repeat(40)}.` }),
    ...formulas.map((formula, i) => plain(12 + i, { title: formula, source: formula, author: formula, text: `${formula} is what Microsoft sold OpenAI, item ${i}.` })),
  ];
}

/** Actors whose names hold markup and formulas; the articles know them by their usual names. */
export const HOSTILE_ACTORS = `
[actors.A]
name = "=Micro<b>soft</b><img src=x onerror=window.__alarm=1>${"\\u202E"}Corp"
aliases = ["Microsoft"]

[actors.B]
name = "Open & \\"AI\\" </script><script>window.__alarm=2</script> ${"OpenOpenOpen".repeat(12)}"
aliases = ["OpenAI"]
`;

/** Numbers that look random and are the same on every run, below `n`. */
function dice(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

function day(year, i) {
  return new Date(Date.UTC(year, (i % 6), 1 + i)).toISOString();
}

/** `relations` sentences about both in articles of three or four, each of an outlet of its own, over six years. */
export function manyArticles(articles, relations) {
  const roll = dice(7);
  const words = "agreement cloud server licence court judge board contract chip model market rival profit service customer revenue dispute investor regulator partner product engineer researcher office capital launch deal forecast price share budget delay review audit appeal talk plan vote stake fund loan tax grid power water campus school bank export policy report letter memo".split(" ");
  const pick = () => words[roll(words.length)];
  // Few words of one sentence stand in the same order in another: the articles are no near-copies of each other.
  const phrases = [
    () => `the ${pick()} of the ${pick()}`, () => `for ${pick()} and ${pick()}`, () => `after a ${pick()} on ${pick()}`,
    () => `its ${pick()} was a ${pick()}`, () => `with ${pick()} from the ${pick()}`, () => `who called the ${pick()} ${pick()}`,
    () => `because this ${pick()} helped ${pick()}`, () => `no ${pick()} but ${pick()}`, () => `in ${pick()} ${roll(900)}`,
  ];
  const sentence = () => {
    const parts = Array.from({ length: 5 }, () => phrases[roll(phrases.length)]());
    parts.splice(1 + roll(2), 0, "Microsoft");
    parts.splice(3 + roll(3), 0, "OpenAI");
    return `One ${pick()} said ${parts.join(" ")}.`;
  };
  return Array.from({ length: articles }, (_, i) => ({
    url: `https://news.example.com/business/2024/05/${i}-${pick()}-${pick()}-${pick()}`,
    source: `Outlet ${i} of the ${words[i % words.length]}`,
    title: `News about the ${pick()} of the ${pick()} ${roll(10_000)}`,
    published: new Date(Date.UTC(2019, 0, 1 + roll(2190))).toISOString(),
    text: Array.from({ length: 3 + Number(i < relations - 3 * articles) }, sentence).join(" "),
  }));
}
