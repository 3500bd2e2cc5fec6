// Every section in the order in which it answers the reader's questions.

export const SECTIONS = [
  "time", "tone", "turns", "events", "frames", "stance", "sentiment", "volume", "changes", "others", "comparisons", "since",
  "evidence", "quality", "methods",
];

/** Those that every report with dates has. */
export const ALWAYS = ["tone", "turns", "frames", "stance", "sentiment", "comparisons", "evidence", "quality", "methods"];
