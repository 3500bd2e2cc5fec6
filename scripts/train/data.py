"""Readers: each data set as a list of Example, one a sentence, with every label that the sentence has."""

import csv
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

ENTITIES = ["O"] + [f"{p}-{t}" for t in ("person", "organisation", "location", "misc") for p in "BI"]
POLARITIES = ["negative", "neutral", "positive"]
FRAMES = ["partnership", "rivalry", "tension", "dependence", "separation",
          "investment", "infrastructure", "governance", "regulation", "product"]  # fmt: skip
# Directed stance of DSE: class -> (A->B, B->A) as indices of POLARITIES.
DSE_CLASSES = [(1, 1), (2, 1), (1, 2), (0, 1), (1, 0)]
DSE_SHARES = [0.653, 0.102, 0.020, 0.195, 0.030]  # of the classes in the training part
Spans = list[tuple[int, int]]  # character positions, end exclusive


@dataclass(frozen=True)
class Example:
    """One sentence. `targets` are (spans, polarity, -1 if unknown); `pairs` are (spans of A, spans of B, A->B, B->A); empty lists mean not labelled."""

    text: str
    words: list[tuple[int, int, str]] = field(default_factory=list)  # data-set words: start, end, BIO label
    targets: list[tuple[Spans, int]] = field(default_factory=list)
    pairs: list[tuple[Spans, Spans, int, int]] = field(default_factory=list)
    frames: tuple[int, ...] | None = None  # 0 or 1 in the order of FRAMES
    tone: int | None = None  # index of POLARITIES
    frame_votes: tuple[float, ...] | None = None  # share of the labellers who saw each frame
    tone_votes: tuple[float, ...] | None = None  # share of the labellers for each of POLARITIES
    pair_name: str = ""  # "Toyota|Panasonic", frames only
    soft: dict | None = None  # a teacher's logits by head, one entry a word, target or pair


def read_conll(path: Path) -> list[Example]:
    """`word<TAB>BIO` lines, sentences parted by an empty line; the text is the words joined with one space."""
    examples, words = [], []
    for line in [*path.read_text(encoding="utf-8").split("\n"), ""]:
        if line.strip():
            word, label = line.rstrip("\n").split("\t")
            words.append((word, label))
        elif words:
            placed, at = [], 0
            for word, label in words:
                placed.append((at, at + len(word), label))
                at += len(word) + 1
            examples.append(Example(" ".join(w for w, _ in words), words=placed))
            words = []
    return examples


def read_newsmtsc(path: Path) -> list[Example]:
    """One target a line; lines of one sentence become one example, so that it is encoded once."""
    sentences: dict[str, list] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        sentences.setdefault(row["sentence"], []).append(([(row["from"], row["to"])], row["polarity"] + 1))
    return [Example(text, targets=targets) for text, targets in sentences.items()]


def read_dse(path: Path) -> list[Example]:
    """CSV with tabs; the two actors are bracketed, sometimes inside a word ("[Congre]ss"). Brackets go, spans stay."""
    sentences: dict[str, list] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for marked, a, b, label in csv.reader(file, delimiter="\t"):
            match = re.fullmatch(rf"(.*?)\[(\s*{re.escape(a)}\s*)\](.*?)\[(\s*{re.escape(b)}\s*)\](.*)", marked, re.DOTALL)
            if match is None:
                raise ValueError(f"{path}: no bracketed actors in {marked!r}")
            plain = "".join(match.groups())
            first, second = ([(match.start(g) - shift, match.end(g) - shift)] for g, shift in ((2, 1), (4, 3)))
            pair = (first, second, *DSE_CLASSES[int(label)])
            sentences.setdefault(plain, []).append(pair)
    unknown = lambda pairs: [(spans, -1) for a, b, *_ in pairs for spans in (a, b)]
    return [Example(text, targets=unknown(pairs), pairs=pairs) for text, pairs in sentences.items()]
