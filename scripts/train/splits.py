"""Every data set with its splits."""

from pathlib import Path

from data import Example, read_conll, read_dse, read_newsmtsc
from frame_data import hold_out, read_frames, read_real
from unlabelled import unlabelled


def actors(example: Example) -> frozenset[str]:
    """The two actors of a frame sentence, in no order."""
    return frozenset(example.pair_name.split("|"))


def load_all(data: Path, corpora: Path) -> dict[str, dict[str, list[Example]]]:
    """All data sets: task -> split -> examples. 

    The dev part of the written frame sentences is taken from train with a fixed seed; no pair of it is in more.jsonl or three.jsonl.
    No pair of the test part is in training, in either order, also not among the real sentences.
    Pairs of DSE are also targets of unknown polarity, so that a teacher can say it.
    """
    ner, news, dse = data / "ner", data / "target-sentiment", data / "directed-stance"
    frames_train, frames_dev = hold_out(read_frames(corpora / "frames/train.jsonl"), 0.12, seed=1)
    frames_train += read_frames(corpora / "frames/more.jsonl") + read_frames(corpora / "frames/three.jsonl")
    real = read_real(corpora / "frames/real.jsonl", data)
    frames_test = read_frames(corpora / "frames/test.jsonl")
    held = {actors(e) for e in frames_test}
    new = lambda examples: [e for e in examples if actors(e) not in held]
    return {
        "entities": {s: read_conll(ner / f"conll2003-{s}.tsv") for s in ("train", "dev", "test")},
        "sentiment": {s: read_newsmtsc(news / f"newsmtsc-{f}.jsonl")
                      for s, f in (("train", "train"), ("dev", "rw-dev"), ("test", "rw-test"))},
        "stance": {s: read_dse(dse / f"dse-{f}.tsv") for s, f in (("train", "train"), ("dev", "valid"), ("test", "test"))},
        "frames": {"train": new(frames_train + real["train"]), "dev": frames_dev + real["dev"],
                   "test": frames_test, "real": real["test"]},
        "unlabelled": {"train": new(unlabelled(data, corpora))},
    }  # fmt: skip
