"""Frame sentences in other names: the model must learn how a relationship is told, not who is in it."""

import random

from data import Example

STEMS = ["Ara", "Bel", "Cor", "Del", "Ex", "Fen", "Gal", "Hal", "Ino", "Jun", "Kel", "Lum", "Mer", "Nor", "Oct", "Pal",
         "Quo", "Rav", "Sol", "Tal", "Ul", "Ver", "Wes", "Xen", "Yor", "Zan"]  # fmt: skip
ENDS = ["ton", "via", "dyne", "mar", "tec", "nova", "lis", "ridge", "gen", "core", "way", "quent", "sys", "io", "star"]
TAILS = ["", "", "", "", " Group", " Labs", " Inc", " AI", " Holdings", " Motors", " Energy"]


def invented(rng: random.Random) -> str:
    """A company name that no data set contains."""
    return rng.choice(STEMS) + rng.choice(ENDS) + rng.choice(TAILS)


def names_by_pair(examples: list[Example]) -> list[tuple[list[str], list[str]]]:
    """The distinct names of each side of every training pair."""
    names: dict[str, tuple[set, set]] = {}
    for e in examples:
        a, b = names.setdefault(e.pair_name, (set(), set()))
        spans_a, spans_b, *_ = e.pairs[0]
        a.update(e.text[s:t] for s, t in spans_a)
        b.update(e.text[s:t] for s, t in spans_b)
    return [(sorted(a), sorted(b)) for a, b in names.values()]


def replacements(surfaces: list[str], pool: list[str], rng: random.Random) -> dict[str, str]:
    """A new name for each distinct name of one actor: unchanged 35 %, another name 50 %, [MASK] 15 %."""
    draw = rng.random()
    if draw < 0.5:
        fresh = [invented(rng)] if rng.random() < 0.4 else pool
        return {s: rng.choice(fresh) for s in surfaces}
    if draw < 0.65:
        return {s: "[MASK]" for s in surfaces}
    return {s: s for s in surfaces}


def exchanged(soft: dict) -> dict:
    """A teacher's logits of a sentence with one pair, A and B exchanged."""
    turned = {"sentiment": lambda v: v[::-1], "stance": lambda v: v[:, ::-1], "frames": lambda v: v}
    return {head: turned[head](values).copy() for head, values in soft.items()}


def augmented(example: Example, pool: list[tuple[list[str], list[str]]], rng: random.Random) -> Example:
    """One frame sentence with new names and, half of the time, A and B exchanged."""
    spans_a, spans_b, ab, ba = example.pairs[0]
    other_a, other_b = rng.choice(pool)
    if rng.random() < 0.5:
        other_a, other_b = other_b, other_a
    text = example.text
    new_a = replacements(sorted({text[s:e] for s, e in spans_a}), other_a, rng)
    new_b = replacements(sorted({text[s:e] for s, e in spans_b}), other_b, rng)
    pieces, at, length, moved = [], 0, 0, {"a": [], "b": []}
    marks = sorted([(s, e, "a") for s, e in spans_a] + [(s, e, "b") for s, e in spans_b])
    for start, end, side in marks:
        name = (new_a if side == "a" else new_b)[text[start:end]]
        pieces += [text[at:start], name]
        length += start - at
        moved[side].append((length, length + len(name)))
        length, at = length + len(name), end
    a, b = moved["a"], moved["b"]
    (_, like_a), (_, like_b) = example.targets
    soft = example.soft
    if rng.random() < 0.5:
        a, b, ab, ba, like_a, like_b = b, a, ba, ab, like_b, like_a
        soft = soft and exchanged(soft)
    return Example("".join(pieces) + text[at:], targets=[(a, like_a), (b, like_b)], pairs=[(a, b, ab, ba)],
                   frames=example.frames, tone=example.tone, frame_votes=example.frame_votes,
                   tone_votes=example.tone_votes, pair_name=example.pair_name, soft=soft)  # fmt: skip
