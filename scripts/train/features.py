"""Examples to tensors: token positions of every label, length-bucketed batches, padding."""

import random
from collections import Counter
from dataclasses import dataclass, field

import torch
from tokenizers import Tokenizer

import tokens
from data import ENTITIES, Example


@dataclass
class Item:
    """An Example in token positions. A `target` is (positions, polarity), a `pair` (positions A, positions B, A->B, B->A)."""

    ids: list[int]
    types: list[int]
    word_starts: list[int] = field(default_factory=list)  # first sub-token of each word
    firsts: list[int] = field(default_factory=list)  # the same where words are labelled, else empty
    labels: list[int] = field(default_factory=list)  # index of ENTITIES for each of `firsts`
    source_words: list[int] = field(default_factory=list)  # for each data-set word: index into `firsts`, -1 if cut
    source_labels: list[str] = field(default_factory=list)
    targets: list[tuple[list[int], int]] = field(default_factory=list)
    pairs: list[tuple[list[int], list[int], int, int]] = field(default_factory=list)
    frames: tuple[int, ...] | None = None
    tone: int | None = None
    frame_votes: tuple[float, ...] | None = None
    tone_votes: tuple[float, ...] | None = None
    soft: dict | None = None


def build_item(tokenizer: Tokenizer, example: Example, counts: Counter) -> Item:
    """Tokenize, cut to the maximum length around the mentions, and place the labels. Cuts and lost labels go to `counts`."""
    enc = tokens.encode(tokenizer, example.text)
    targets = [(tokens.overlapping(enc, spans), y) for spans, y in example.targets]
    pairs = [(tokens.overlapping(enc, a), tokens.overlapping(enc, b), ab, ba) for a, b, ab, ba in example.pairs]
    keep = [i for p, _ in targets for i in p] + [i for a, b, *_ in pairs for i in a + b]
    enc, moved, was_cut = tokens.window(enc, keep)
    counts["cut"] += was_cut
    item = Item(enc.ids, enc.types, tokens.first_subtokens(enc), frames=example.frames, tone=example.tone,
                frame_votes=example.frame_votes, tone_votes=example.tone_votes)  # fmt: skip
    place = lambda positions: [moved[i] for i in positions if i in moved]
    item.targets = [(place(p), y) for p, y in targets]
    item.pairs = [(place(a), place(b), ab, ba) for a, b, ab, ba in pairs]
    counts["lost"] += sum(not p for p, _ in item.targets) + sum(not (a and b) for a, b, *_ in item.pairs)
    if all(p for p, _ in item.targets) and all(a and b for a, b, *_ in item.pairs):
        item.soft = example.soft  # else its entries no longer belong to the targets that are left
    item.targets = [t for t in item.targets if t[0]]
    item.pairs = [p for p in item.pairs if p[0] and p[1]]
    if example.words:
        place_words(item, enc, example)
    return item


def place_words(item: Item, enc: tokens.Encoded, example: Example) -> None:
    """Data-set words to BERT words: B- stays on the first part, I- on the rest."""
    item.firsts = item.word_starts
    owner = {}  # character -> data-set word
    for w, (start, end, _) in enumerate(example.words):
        for c in range(start, end):
            owner[c] = w
    item.source_words = [-1] * len(example.words)
    item.source_labels = [label for *_, label in example.words]
    for k, position in enumerate(item.firsts):
        w = owner[enc.starts[position]]
        label = example.words[w][2]
        if item.source_words[w] < 0:
            item.source_words[w] = k
        else:
            label = label.replace("B-", "I-")
        item.labels.append(ENTITIES.index(label))


@dataclass
class Batch:
    """Padded tensors. Masks of mentions are [n, seq] and sum to 1 a row, so that a matrix product is a mean."""

    ids: torch.Tensor  # [batch, seq] int64
    types: torch.Tensor
    mask: torch.Tensor
    items: list[Item]
    target_rows: torch.Tensor  # [n targets]
    target_masks: torch.Tensor
    target_labels: torch.Tensor
    pair_rows: torch.Tensor  # [n pairs]
    pair_a: torch.Tensor
    pair_b: torch.Tensor
    pair_labels: torch.Tensor  # [n pairs, 2]: A->B, B->A


def mean_masks(positions: list[list[int]], width: int) -> torch.Tensor:
    """One row a mention set, 1/n at its n tokens."""
    masks = torch.zeros(len(positions), width)
    for row, where in enumerate(positions):
        masks[row, where] = 1.0 / len(where)
    return masks


def collate(items: list[Item], lower_rows: set[int] = frozenset()) -> Batch:
    """Pad a list of items; rows in `lower_rows` lose their casing."""
    width = max(len(i.ids) for i in items)
    ids, types, mask = (torch.zeros(len(items), width, dtype=torch.long) for _ in range(3))
    for row, item in enumerate(items):
        n = len(item.ids)
        ids[row, :n] = torch.tensor(item.ids)
        mask[row, :n] = 1
        if row not in lower_rows:
            types[row, :n] = torch.tensor(item.types)
    targets = [(row, *t) for row, item in enumerate(items) for t in item.targets]
    pairs = [(row, *p) for row, item in enumerate(items) for p in item.pairs]
    long = lambda values: torch.tensor(values, dtype=torch.long)
    return Batch(
        ids, types, mask, items,
        long([t[0] for t in targets]), mean_masks([t[1] for t in targets], width), long([t[2] for t in targets]),
        long([p[0] for p in pairs]), mean_masks([p[1] for p in pairs], width), mean_masks([p[2] for p in pairs], width),
        long([[p[3], p[4]] for p in pairs]).reshape(-1, 2),
    )  # fmt: skip


def bucketed(lengths: list[int], batch_size: int, rng: random.Random) -> list[list[int]]:
    """Indices in batches of similar length: shuffled, sorted within stretches of 40 batches, batches shuffled again."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    batches = []
    for at in range(0, len(order), 40 * batch_size):
        stretch = sorted(order[at : at + 40 * batch_size], key=lambda i: lengths[i])
        batches += [stretch[i : i + batch_size] for i in range(0, len(stretch), batch_size)]
    rng.shuffle(batches)
    return batches
