"""Readers of the frame sentences: written ones with their text, real ones as pointers into the public data."""

import gzip
import hashlib
import json
import random
import re
from collections import Counter
from pathlib import Path

from data import FRAMES, POLARITIES, Example, read_conll, read_dse
from tokens import char_spans


def example_of(row: dict, text: str) -> Example:
    """One sentence. The first of `labels` is the author's or first labeller's; training takes the mean of all."""
    a, b = char_spans(text, row["a"]), char_spans(text, row["b"])
    votes = row.get("labels") or [row]
    share = lambda hits: sum(hits) / len(votes)
    return Example(
        text,
        targets=[(a, row["sentiment"]["A"] + 1), (b, row["sentiment"]["B"] + 1)],
        pairs=[(a, b, row["stance"]["A->B"] + 1, row["stance"]["B->A"] + 1)],
        frames=tuple(int(f in row["frames"]) for f in FRAMES),
        tone=row["tone"] + 1,
        frame_votes=tuple(share(f in v["frames"] for v in votes) for f in FRAMES),
        tone_votes=tuple(share(v["tone"] + 1 == k for v in votes) for k in range(len(POLARITIES))),
        pair_name=row["pair"],
    )


def rows_of(path: Path) -> list[dict]:
    """JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_frames(path: Path) -> list[Example]:
    """Written sentences: JSON lines with text and byte spans."""
    return [example_of(row, row["text"]) for row in rows_of(path)]


def plain(markdown: str) -> str:
    """Newsletter text as real.jsonl counts its characters: no images, links as their text, no emphasis marks."""
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", markdown)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\*+|__|`", "", text)


def newsletters(path: Path) -> dict[str, str]:
    """Plain text by article id."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return {row["id"]: plain(row["text"]) for row in map(json.loads, file)}


def fingerprint(text: str) -> str:
    """Sixteen hexadecimal digits that prove a pointer still points at the sentence that was labelled."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_real(path: Path, data: Path) -> dict[str, list[Example]]:
    """Real sentences by split. The repository holds their labels and where they stand, `data` holds their text."""
    rows = rows_of(path)
    texts = {"ainews": newsletters(data / "corpora/ainews-2023-2024.jsonl.gz"),
             "conll2003-train": {str(i): e.text for i, e in enumerate(read_conll(data / "ner/conll2003-train.tsv"))},
             "dse-train": {fingerprint(e.text.replace("\n", " ")): e.text.replace("\n", " ")
                           for e in read_dse(data / "directed-stance/dse-train.tsv")}}  # fmt: skip
    examples: dict[str, list[Example]] = {"train": [], "dev": [], "test": []}
    for row in rows:
        text = texts[row["source"]][row["document"]][row["start"] : row["start"] + row["length"]]
        if fingerprint(text) != row["sha256"]:
            raise ValueError(f"{path}: {row['id']} does not find its sentence in {row['source']} {row['document']}")
        examples[row["split"]].append(example_of(row, text))
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
