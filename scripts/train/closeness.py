"""Chooses the definition of the closeness index on dev sentences and measures it on test sentences, against labelled tone.

Prints what is in scripts/measured/closeness.txt. Closeness is computed by crates/analyze/src/closeness.rs; `CHOSEN` is its definition.
"""

import argparse
import subprocess
import tomllib
from pathlib import Path

import numpy as np

from data import FRAMES
from scored import Model, Scored, directed_set, frame_sets

COOPERATIVE, CONFLICTING = ("partnership", "investment"), ("tension", "separation", "rivalry")
NO_RIVALRY = ("tension", "separation")


def largest(frames: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Largest probability of some frames."""
    return frames[:, [FRAMES.index(n) for n in names]].max(1)


def balance(frames: np.ndarray, conflicting: tuple[str, ...] = CONFLICTING) -> np.ndarray:
    """From -1 (a conflicting frame) to 1 (a cooperative one)."""
    return largest(frames, COOPERATIVE) - largest(frames, conflicting)


def any_of(frames: np.ndarray, conflicting: tuple[str, ...] = CONFLICTING) -> np.ndarray:
    """The same with the probability that any of the frames is there, were they independent."""
    some = lambda names: 1 - (1 - frames[:, [FRAMES.index(n) for n in names]]).prod(1)
    return some(COOPERATIVE) - some(conflicting)


def clear(frames: np.ndarray) -> np.ndarray:
    """Balance of the frames whose sentences mostly have one tone: partnership against tension and separation."""
    return largest(frames, ("partnership",)) - largest(frames, NO_RIVALRY)


# Of tone [n], stance both ways [n] (their mean) and frame probabilities [n, 10].
DEFINITIONS = {
    "tone": lambda t, s, f: t,
    "(tone + stance) / 2": lambda t, s, f: (t + s) / 2,
    "(2 tone + stance) / 3": lambda t, s, f: (2 * t + s) / 3,
    "(tone + balance) / 2": lambda t, s, f: (t + balance(f)) / 2,
    "(2 tone + balance) / 3": lambda t, s, f: (2 * t + balance(f)) / 3,
    "(tone + balance without rivalry) / 2": lambda t, s, f: (t + balance(f, NO_RIVALRY)) / 2,
    "(2 tone + balance without rivalry) / 3": lambda t, s, f: (2 * t + balance(f, NO_RIVALRY)) / 3,
    "(tone + any) / 2": lambda t, s, f: (t + any_of(f)) / 2,
    "(tone + any without rivalry) / 2": lambda t, s, f: (t + any_of(f, NO_RIVALRY)) / 2,
    "(tone + stance + balance) / 3": lambda t, s, f: (t + s + balance(f)) / 3,
    "(2 tone + stance + balance) / 4": lambda t, s, f: (2 * t + s + balance(f)) / 4,
    "(2 tone + stance + balance without rivalry) / 4": lambda t, s, f: (2 * t + s + balance(f, NO_RIVALRY)) / 4,
    "(tone + clear) / 2": lambda t, s, f: (t + clear(f)) / 2,
    "(2 tone + clear) / 3": lambda t, s, f: (2 * t + clear(f)) / 3,
    "(tone + stance + clear) / 3": lambda t, s, f: (t + s + clear(f)) / 3,
    "(2 tone + stance + clear) / 4": lambda t, s, f: (2 * t + s + clear(f)) / 4,
}
CHOSEN = "(2 tone + stance + balance without rivalry) / 4"  # nothing beats tone clearly on dev: see scripts/measured/closeness.txt


def index(scored: Scored, definition: str = CHOSEN) -> np.ndarray:
    """The index of every pair."""
    return DEFINITIONS[definition](scored.tone[:, 0], scored.stance[:, :, 0].mean(1), scored.frames[:, :, 0])


def ranks(x: np.ndarray) -> np.ndarray:
    """Ranks, ties shared."""
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def rho(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rank correlation."""
    return float(np.corrcoef(ranks(x), ranks(y))[0, 1])


def classes(x: np.ndarray, cut: float) -> np.ndarray:
    """-1, 0 or 1."""
    return np.sign(x) * (np.abs(x) >= cut)


def kappa(x: np.ndarray, y: np.ndarray) -> float:
    """Quadratically weighted kappa of values in -1, 0, 1 (Cohen 1968)."""
    seen = np.mean((x - y) ** 2)
    expected = np.mean((x[:, None] - y[None, :]) ** 2)
    return float(1 - seen / expected)


def macro_f1(x: np.ndarray, y: np.ndarray) -> float:
    """Mean F1 of the three classes."""
    score = lambda k: 2 * np.sum((x == k) & (y == k)) / max(1, np.sum(x == k) + np.sum(y == k))
    return float(np.mean([score(k) for k in (-1, 0, 1)]))


def best_cut(x: np.ndarray, y: np.ndarray) -> float:
    """The cut-off of highest weighted kappa."""
    return float(max(np.arange(0.05, 0.71, 0.025), key=lambda c: kappa(classes(x, c), y)))


def groups_of(n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Rows [groups, size] in random order; what does not fill a group is left out."""
    return rng.permutation(n)[: n // size * size].reshape(-1, size)


def group_agreement(x: np.ndarray, y: np.ndarray, size: int = 10, rounds: int = 500) -> float:
    """Mean Pearson correlation of the means of random groups of sentences."""
    rng = np.random.default_rng(3)
    drawn = [groups_of(len(x), size, rng) for _ in range(rounds)]
    return float(np.mean([np.corrcoef(x[g].mean(1), y[g].mean(1))[0, 1] for g in drawn]))


def pair_agreement(scored: Scored, x: np.ndarray, least: int = 5) -> tuple[float, int]:
    """Pearson correlation of the means of pairs with at least so many sentences, and the number of such pairs."""
    names, inverse, counts = np.unique(scored.groups, return_inverse=True, return_counts=True)
    means = lambda v: np.bincount(inverse, v) / counts
    keep = counts >= least
    n = int(keep.sum())
    return (float(np.corrcoef(means(x)[keep], means(scored.tone[:, 1])[keep])[0, 1]) if n > 1 else float("nan")), n


def resampled(scored: Scored, draws: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Rows of bootstrap samples that draw pairs, since sentences about one pair are not independent."""
    names, inverse = np.unique(scored.groups, return_inverse=True)
    rows = [np.flatnonzero(inverse == k) for k in range(len(names))]
    return [np.concatenate([rows[k] for k in rng.integers(0, len(rows), len(rows))]) for _ in range(draws)]


def interval(values: list[float]) -> str:
    """95 % percentiles."""
    low, high = np.percentile(values, [2.5, 97.5])
    return f"[{low:+.3f}, {high:+.3f}]"


def gain_of_rho(dev: Scored, name: str, samples: list[np.ndarray]) -> str:
    """95 % interval of what a definition adds to tone's rank correlation."""
    x, t, y = index(dev, name), dev.tone[:, 0], dev.tone[:, 1]
    return interval([rho(x[rows], y[rows]) - rho(t[rows], y[rows]) for rows in samples])


def choice(dev: Scored) -> dict[str, float]:
    """Prints the definitions on dev; gives the cut-off of each."""
    cuts, y, samples = {}, dev.tone[:, 1], resampled(dev, 1000, np.random.default_rng(2))
    print(f"\nDev ({len(y)} sentences): chooses the definition and the cut-off for classes")
    print(f"{'definition':<50} {'rho':>6} {'kappa':>6} {'F1':>6} {'groups':>6} {'m.s.e.':>6} {'cut':>6} {'mean':>7} rho less tone's (mean of labels {y.mean():+.3f})")
    for name in DEFINITIONS:
        x = index(dev, name)
        cuts[name] = best_cut(x, y)
        c = classes(x, cuts[name])
        print(f"{name:<50} {rho(x, y):6.3f} {kappa(c, y):6.3f} {macro_f1(c, y):6.3f} {group_agreement(x, y):6.3f} {((x - y) ** 2).mean():6.3f} {cuts[name]:6.3f} {x.mean():+7.3f} {gain_of_rho(dev, name, samples)}")
    return cuts


def test(scored: Scored, cuts: dict[str, float], draws: int) -> None:
    """Prints tone and the chosen definition with intervals, and their difference from the same draws."""
    y, samples = scored.tone[:, 1], resampled(scored, draws, np.random.default_rng(1))
    figures = {"rho": rho, "kappa": lambda x, y, c: kappa(classes(x, c), y), "macro F1": lambda x, y, c: macro_f1(classes(x, c), y)}
    print(f"\n{scored.name}: {len(y)} sentences, {len(set(scored.groups))} pairs; labels -1/0/1: {[int((y == k).sum()) for k in (-1, 0, 1)]}")
    for figure, of in figures.items():
        value = lambda x, rows, cut: of(x[rows], y[rows]) if figure == "rho" else of(x[rows], y[rows], cut)
        all_rows, drawn = np.arange(len(y)), {}
        for name in ("tone", CHOSEN):
            x = index(scored, name)
            drawn[name] = [value(x, rows, cuts[name]) for rows in samples]
            print(f"  {figure:<9} {name:<48} {value(x, all_rows, cuts[name]):+.3f} {interval(drawn[name])}")
        gain = [b - a for a, b in zip(drawn["tone"], drawn[CHOSEN])]
        print(f"  {figure:<9} {'difference':<48} {np.mean(gain):+.3f} {interval(gain)}")
    for name in ("tone", CHOSEN):
        x = index(scored, name)
        pairs, n = pair_agreement(scored, x)
        by_pair = f"; by pair, 5 sentences or more ({n} pairs): {pairs:.3f}" if n >= 10 else ""
        print(f"  mean of 10 sentences, Pearson's r: {name:<48} {group_agreement(x, y):.3f}{by_pair}; mean {x.mean():+.3f} (labels {y.mean():+.3f})")


def frames_and_tone(scored: Scored) -> None:
    """Mean labelled tone of the sentences of each labelled frame: which frames go with which tone."""
    print("\nMean labelled tone by labelled frame, dev (sentences)")
    for k, name in enumerate(FRAMES):
        y = scored.tone[scored.frames[:, k, 1] > 0, 1]
        print(f"  {name:<16} {y.mean() if len(y) else float('nan'):+.2f} ({len(y)})")


def joined(parts: list[Scored], name: str) -> Scored:
    """Several sets as one."""
    return Scored(name, *(np.concatenate([getattr(p, f) for p in parts]) for f in ("groups", "tone", "stance", "sentiment", "frames")))


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).parents[2]
    parser.add_argument("--model", type=Path, default=root / "models/joint-minilm")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=root / "corpora")
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    model = Model(args.model, args.threads)
    manifest = tomllib.loads((args.model / "model.toml").read_text())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    print(f"Closeness index against labelled tone. {manifest['name']} version {manifest['version']}, encoder {manifest['files']['encoder']['sha256'][:12]},")
    print(f"ONNX fp32; code of commit {commit} and this one. Labels by language models after a guide (corpora/frames/README.md), except the last set:")
    print("DSE test has people's labels of who is for or against whom; tone there is their sign (for, against, neither). Its training part trained the stance head, not the tone.")
    print(f"Intervals: 95 %, {args.draws} bootstrap draws of pairs. kappa: quadratically weighted, -1/0/1 by a cut-off chosen on dev. chosen: {CHOSEN}")
    scored = {name: model.relations(name, examples) for name, examples in frame_sets(args.corpora, args.data).items()}
    dev = joined([scored["dev, written"], scored["dev, real"]], "dev")
    frames_and_tone(dev)
    cuts = choice(dev)
    for name in ("test, written", "test, real"):
        test(scored[name], cuts, args.draws)
    test(model.relations("DSE test, labelled by people", directed_set(args.data)), cuts, args.draws)


if __name__ == "__main__":
    main()
