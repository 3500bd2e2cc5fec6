// Which parts of a long sentence are shown: those around the mention of each actor that stand closest together.

// In UTF-16 code units, the unit of JavaScript strings.
const LONG_SENTENCE = 600;
const AROUND = 140;
const LONGEST_STEP_TO_A_SPACE = 30;

/** The first and the second of two mentions, one of each actor, with the least text between them; null without both. */
function closestPair(mentions) {
  const last = [null, null];
  let best = null;
  for (const mention of mentions) {
    const other = last[1 - mention.side];
    if (other && (!best || mention.start - other.end < best[1].start - best[0].end)) best = [other, mention];
    last[mention.side] = mention;
  }
  return best;
}

/** A cut never parts the two halves of a character. */
function clearOfPairs(text, at) {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}

function startNear(text, at) {
  if (at <= 0) return 0;
  const space = text.indexOf(" ", at);
  return space >= 0 && space - at < LONGEST_STEP_TO_A_SPACE ? space + 1 : clearOfPairs(text, at);
}

function endNear(text, at) {
  if (at >= text.length) return text.length;
  const space = text.lastIndexOf(" ", at);
  return at - space < LONGEST_STEP_TO_A_SPACE ? space : clearOfPairs(text, at);
}

/** One or two parts `[from, to]` of the text, in order; null where it is short enough to be shown whole. */
function excerpt(text, mentions) {
  if (text.length <= LONG_SENTENCE) return null;
  const pair = closestPair(mentions);
  if (!pair) return [[0, endNear(text, 2 * AROUND)]];
  const around = (first, second) => [startNear(text, first.start - AROUND), endNear(text, second.end + AROUND)];
  const [first, second] = pair;
  if (second.start - first.end <= 2 * AROUND) return [around(first, second)];
  return [around(first, first), around(second, second)];
}
