"""Text to token ids, case patterns and spans: the contract shared with the Rust loader.

A *word* is a BERT pre-token (split at whitespace and punctuation). Every sub-token of a word carries the case pattern of
the word's original characters as its token type id, which gives an uncased encoder its casing back.
Offsets are character positions in the original text, end exclusive; bytes appear only where a file format needs them.
"""

from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

LOWER, TITLE, UPPER, MIXED = range(4)
MAX_LENGTH = 256  # tokens, [CLS] and [SEP] included


@dataclass(frozen=True)
class Encoded:
    """One text as tokens; all lists have one entry a token, [CLS] and [SEP] included."""

    ids: list[int]
    types: list[int]
    starts: list[int]  # first character; specials have start == end
    ends: list[int]
    words: list[int]  # index of the word the token belongs to, -1 for specials


def case_pattern(word: str) -> int:
    """LOWER, TITLE, UPPER or MIXED, from the Unicode Uppercase and Lowercase properties of its characters."""
    upper = sum(c.isupper() for c in word)
    if upper == 0:
        return LOWER
    first = next(c for c in word if c.isalpha() or c.isupper())
    if upper == 1 and first.isupper():
        return TITLE
    if upper >= 2 and not any(c.islower() for c in word):
        return UPPER
    return MIXED


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer without padding and truncation, so that every cut is ours and is counted."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encode(tokenizer: Tokenizer, text: str) -> Encoded:
    """Tokenize one text and attach the case patterns."""
    enc = tokenizer.encode(text)
    words = [-1 if w is None else w for w in enc.word_ids]
    starts, ends = [o[0] for o in enc.offsets], [o[1] for o in enc.offsets]
    span: dict[int, tuple[int, int]] = {}
    for w, s, e in zip(words, starts, ends):
        if w >= 0:
            span[w] = (min(s, span[w][0]), max(e, span[w][1])) if w in span else (s, e)
    pattern = {w: case_pattern(text[s:e]) for w, (s, e) in span.items()}
    return Encoded(list(enc.ids), [pattern.get(w, LOWER) for w in words], starts, ends, words)


def overlapping(enc: Encoded, spans: list[tuple[int, int]]) -> list[int]:
    """Positions of all tokens that share a character with one of the spans."""
    return [
        i
        for i, (s, e) in enumerate(zip(enc.starts, enc.ends))
        if e > s and any(s < end and e > start for start, end in spans)
    ]


def window(enc: Encoded, keep: list[int], max_length: int = MAX_LENGTH) -> tuple[Encoded, dict[int, int], bool]:
    """Cut to `max_length` tokens around the positions in `keep`; returns the cut text, old -> new positions, and whether it was cut."""
    n = len(enc.ids)
    if n <= max_length:
        return enc, {i: i for i in range(n)}, False
    room = max_length - 2
    low, high = (min(keep), max(keep)) if keep else (1, 1)
    start = low if high - low >= room else (low + high + 1 - room) // 2
    start = max(1, min(start, n - 1 - room))
    positions = [0, *range(start, start + room), n - 1]
    pick = lambda values: [values[i] for i in positions]
    cut = Encoded(pick(enc.ids), pick(enc.types), pick(enc.starts), pick(enc.ends), pick(enc.words))
    return cut, {old: new for new, old in enumerate(positions)}, True


def first_subtokens(enc: Encoded) -> list[int]:
    """Position of the first sub-token of each word, in text order."""
    seen, firsts = set(), []
    for i, w in enumerate(enc.words):
        if w >= 0 and w not in seen:
            seen.add(w)
            firsts.append(i)
    return firsts


def byte_offsets(text: str) -> list[int]:
    """byte_offsets(text)[i] is the UTF-8 position of character i; one extra entry for the end."""
    offsets = [0]
    for c in text:
        offsets.append(offsets[-1] + len(c.encode("utf-8")))
    return offsets


def char_spans(text: str, spans: list[list[int]]) -> list[tuple[int, int]]:
    """Byte spans as character spans."""
    to_char = {b: i for i, b in enumerate(byte_offsets(text))}
    return [(to_char[s], to_char[e]) for s, e in spans]
