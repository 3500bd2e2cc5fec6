"""Every data set with its splits."""

from pathlib import Path

from data import Example, read_conll, read_dse, read_newsmtsc
from frame_data import hold_out, read_frames, read_real


def load_all(data: Path, corpora: Path) -> dict[str, dict[str, list[Example]]]:
    """All data sets: task -> split -> examples. The dev part of the written frame sentences is taken from train with a fixed seed."""
    ner, news, dse = data / "ner", data / "target-sentiment", data / "directed-stance"
    frames_train, frames_dev = hold_out(read_frames(corpora / "frames/train.jsonl"), 0.12, seed=1)
    real = read_real(corpora / "frames/real.jsonl", data)
    return {
        "entities": {s: read_conll(ner / f"conll2003-{s}.tsv") for s in ("train", "dev", "test")},
        "sentiment": {s: read_newsmtsc(news / f"newsmtsc-{f}.jsonl")
                      for s, f in (("train", "train"), ("dev", "rw-dev"), ("test", "rw-test"))},
        "stance": {s: read_dse(dse / f"dse-{f}.tsv") for s, f in (("train", "train"), ("dev", "valid"), ("test", "test"))},
        "frames": {"train": frames_train + real["train"], "dev": frames_dev + real["dev"],
                   "test": read_frames(corpora / "frames/test.jsonl"), "real": real["test"]},
    }  # fmt: skip
