"""Readers: each data set as a list of Example, one a sentence, with every label that the sentence has."""

import csv
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tokens import char_spans

ENTITIES = ["O"] + [f"{p}-{t}" for t in ("person", "organisation", "location", "misc") for p in "BI"]
POLARITIES = ["negative", "neutral", "positive"]
FRAMES = ["partnership", "rivalry", "tension", "dependence", "separation",
          "investment", "infrastructure", "governance", "regulation", "product"]  # fmt: skip
# Directed stance of DSE: class -> (A->B, B->A) as indices of POLARITIES.
DSE_CLASSES = [(1, 1), (2, 1), (1, 2), (0, 1), (1, 0)]
Spans = list[tuple[int, int]]  # character positions, end exclusive


@dataclass(frozen=True)
class Example:
    """One sentence. `targets` are (spans, polarity); `pairs` are (spans of A, spans of B, A->B, B->A); empty lists mean not labelled."""

    text: str
    words: list[tuple[int, int, str]] = field(default_factory=list)  # data-set words: start, end, BIO label
    targets: list[tuple[Spans, int]] = field(default_factory=list)
    pairs: list[tuple[Spans, Spans, int, int]] = field(default_factory=list)
    frames: tuple[int, ...] | None = None  # 0 or 1 in the order of FRAMES
    tone: int | None = None  # index of POLARITIES
    pair_name: str = ""  # "Toyota|Panasonic", frames only


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
    return [Example(text, pairs=pairs) for text, pairs in sentences.items()]


def read_frames(path: Path) -> list[Example]:
    """corpora/frames: JSON lines with byte spans; every sentence has frames, tone, sentiment and stance."""
    examples = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        a, b = char_spans(row["text"], row["a"]), char_spans(row["text"], row["b"])
        examples.append(Example(
            row["text"],
            targets=[(a, row["sentiment"]["A"] + 1), (b, row["sentiment"]["B"] + 1)],
            pairs=[(a, b, row["stance"]["A->B"] + 1, row["stance"]["B->A"] + 1)],
            frames=tuple(int(f in row["frames"]) for f in FRAMES),
            tone=row["tone"] + 1,
            pair_name=row["pair"],
        ))  # fmt: skip
    return examples


def hold_out(examples: list[Example], share: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Split by pair, no pair on both sides, until the held-out side has `share` of the sentences."""
    sizes = Counter(e.pair_name for e in examples)
    pairs = sorted(sizes)
    random.Random(seed).shuffle(pairs)
    held: set[str] = set()
    for pair in pairs:
        room = share * len(examples) - sum(sizes[p] for p in held)
        if sizes[pair] <= room + 3:
            held.add(pair)
    return [e for e in examples if e.pair_name not in held], [e for e in examples if e.pair_name in held]


def load_all(data: Path, corpora: Path) -> dict[str, dict[str, list[Example]]]:
    """All data sets: task -> split -> examples. The frames dev part is taken from train with a fixed seed."""
    ner, news, dse = data / "ner", data / "target-sentiment", data / "directed-stance"
    frames_train, frames_dev = hold_out(read_frames(corpora / "frames/train.jsonl"), 0.12, seed=1)
    return {
        "entities": {s: read_conll(ner / f"conll2003-{s}.tsv") for s in ("train", "dev", "test")},
        "sentiment": {s: read_newsmtsc(news / f"newsmtsc-{f}.jsonl")
                      for s, f in (("train", "train"), ("dev", "rw-dev"), ("test", "rw-test"))},
        "stance": {s: read_dse(dse / f"dse-{f}.tsv") for s, f in (("train", "train"), ("dev", "valid"), ("test", "test"))},
        "frames": {"train": frames_train, "dev": frames_dev, "test": read_frames(corpora / "frames/test.jsonl")},
    }  # fmt: skip
