"""How far the mean of the model's scores may lie from the mean of labels on text of another kind: [errors] of model.toml.

For every metric and labelled set that the model was not trained on: mean of (expected value - label). The sets are pooled with
random effects (DerSimonian and Laird 1986): mean error m, variance t2 between sets, squared standard error s2 of m. The deviation of the
error on text of yet another kind, taken as without bias, is sqrt(m2 + t2 + s2). Prints what is in scripts/measured/classifier-error.txt.
"""

import argparse
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from closeness import index
from data import FRAMES, POLARITIES, read_dse, read_newsmtsc
from frame_data import rows_of
from scored import Model, Scored, frame_sets

SOURCES = {"ainews": "newsletters", "dse-train": "political news", "conll2003-train": "wire reports"}


@dataclass
class SetError:
    """Mean error on one set and its squared standard error."""

    name: str
    n: int
    mean: float
    variance: float


def set_error(name: str, errors: np.ndarray, groups: np.ndarray, chance: np.ndarray) -> SetError:
    """Mean of errors [n] whose standard error allows for groups; `chance` [n] is the variance of each if the model were right.

    Where a rare label never occurs errors hardly vary: what a calibrated model would leave to chance is then the least variance.
    """
    mean, n = errors.mean(), len(errors)
    _, inverse = np.unique(groups, return_inverse=True)
    sums = np.bincount(inverse, errors - mean)
    k = len(sums)
    variance = (sums**2).sum() / n**2 * k / max(1, k - 1)
    return SetError(name, n, float(mean), float(max(variance, chance.sum() / n**2)))


def pooled(sets: list[SetError]) -> tuple[float, float, float]:
    """DerSimonian and Laird: mean error, variance between sets, squared standard error."""
    y, v = np.array([s.mean for s in sets]), np.array([s.variance for s in sets])
    w = 1 / v
    fixed = (w * y).sum() / w.sum()
    q, df = (w * (y - fixed) ** 2).sum(), len(y) - 1
    scale = w.sum() - (w**2).sum() / w.sum()
    between = max(0.0, (q - df) / scale) if df else 0.0
    w = 1 / (v + between)
    return float((w * y).sum() / w.sum()), float(between), float(1 / w.sum())


def spread(expected: np.ndarray) -> np.ndarray:
    """The least variance that a label in -1, 0, 1 with this expected value can have."""
    return np.abs(expected) - expected**2


def relation_errors(scored: Scored, thresholds: list[float]) -> dict[str, SetError]:
    """Every metric on frame sentences."""
    found = {}

    def add(metric: str, pairs: np.ndarray, chance: np.ndarray) -> None:
        repeat = pairs.size // 2 // len(scored.groups)
        found[metric] = set_error(scored.name, (pairs[..., 0] - pairs[..., 1]).ravel(), np.repeat(scored.groups, repeat), chance.ravel())

    for metric in ("tone", "stance", "sentiment"):
        pairs = getattr(scored, metric)
        add(metric, pairs, spread(pairs[..., 0]))
    close = index(scored)
    add("closeness", np.stack([close, scored.tone[:, 1]], -1), spread(close))
    for k, frame in enumerate(FRAMES):
        p, label = scored.frames[:, k, 0], scored.frames[:, k, 1]
        add(f"frame_{frame}", np.stack([p, label], -1), p * (1 - p))
        add(f"share_{frame}", np.stack([p >= thresholds[k], label], -1).astype(float), p * (1 - p))
    return found


def sentiment_error(model: Model, path: Path) -> SetError:
    """NewsMTSC: targets of one sentence belong together."""
    items, outs = model.outputs(read_newsmtsc(path))
    rows = [(k, v, y - 1) for k, (i, o) in enumerate(zip(items, outs)) for v, (_, y) in zip(o["sentiment"], i.targets)]
    expected = model.expected("sentiment", np.array([v for _, v, _ in rows]))
    return set_error("NewsMTSC test-rw", expected - [y for *_, y in rows], np.array([k for k, *_ in rows]), spread(expected))


def stance_error(model: Model, path: Path) -> SetError:
    """DSE, both directions."""
    items, outs = model.outputs(read_dse(path))
    rows = [(k, v[d], p[2 + d] - 1) for k, (i, o) in enumerate(zip(items, outs)) for v, p in zip(o["stance"], i.pairs) for d in (0, 1)]
    expected = model.expected("stance", np.array([v for _, v, _ in rows]))
    return set_error("DSE test", expected - [y for *_, y in rows], np.array([k for k, *_ in rows]), spread(expected))


def by_source(scored: Scored, sources: list[str]) -> list[Scored]:
    """Real sentences by where they come from."""
    of = np.array(sources)
    return [scored.part(of == key, name) for key, name in SOURCES.items() if (of == key).sum() >= 20]


def report(errors: dict[str, list[SetError]]) -> None:
    """A line a metric and set, then the table for model.toml."""
    table = []
    print(f"\n{'metric':<22} {'set':<18} {'n':>5} {'mean error':>10} {'s.e.':>6}")
    for metric, sets in errors.items():
        for s in sets:
            print(f"{metric:<22} {s.name:<18} {s.n:5d} {s.mean:+10.4f} {s.variance**0.5:6.4f}")
        mean, between, squared = pooled(sets)
        deviation = (mean**2 + between + squared) ** 0.5
        table.append((metric, deviation))
        print(f"{metric:<22} {'pooled':<18} {'':5} {mean:+10.4f} {squared**0.5:6.4f}  between sets {between**0.5:.4f}  deviation {deviation:.4f}")
    print("\n[errors]")
    for metric, deviation in table:
        print(f"{metric} = {max(deviation, 0.001):.3f}")


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).parents[2]
    parser.add_argument("--model", type=Path, default=root / "models/joint-minilm")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=root / "corpora")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    model, manifest = Model(args.model, args.threads), tomllib.loads((args.model / "model.toml").read_text())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    print(f"Mean error of expected values, {manifest['name']} version {manifest['version']}, encoder {manifest['files']['encoder']['sha256'][:12]}, ONNX fp32;")
    print(f"code of commit {commit} and this one. Sets: test parts alone. Standard errors allow for sentences of one pair.")
    thresholds = manifest["heads"]["frames"]["thresholds"]
    sets = frame_sets(args.corpora, args.data)
    written, real = (model.relations(name, sets[name]) for name in ("test, written", "test, real"))
    written.name = "written"
    sources = [row["source"] for row in rows_of(args.corpora / "frames/real.jsonl") if row["split"] == "test"]
    assert len(sources) == len(real.groups), "a pair was cut"
    errors: dict[str, list[SetError]] = {}
    for scored in [written, *by_source(real, sources)]:
        for metric, error in relation_errors(scored, thresholds).items():
            if (metric, scored.name) != ("stance", SOURCES["dse-train"]):  # trained on the stance of these very sentences
                errors.setdefault(metric, []).append(error)
    errors["sentiment"].append(sentiment_error(model, args.data / "target-sentiment/newsmtsc-rw-test.jsonl"))
    errors["stance"].append(stance_error(model, args.data / "directed-stance/dse-test.tsv"))
    report(errors)


if __name__ == "__main__":
    main()
