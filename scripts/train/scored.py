"""What the exported model says of sentences whose actors are given: ONNX in fp32, as `dyad annotate` runs by default."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data import FRAMES, Example, read_dse
from evaluate import logits
from exported import load_heads, onnx_encoder
from features import build_item
from frame_data import hold_out, read_frames, read_real
from tokens import load_tokenizer


@dataclass
class Scored:
    """Model's expected values and labels of n pairs. `groups` holds what is not independent: sentences about one pair."""

    name: str
    groups: np.ndarray  # [n] text
    tone: np.ndarray  # [n, 2]: expected, label, both from -1 to 1
    stance: np.ndarray  # [n, 2 directions, 2]
    sentiment: np.ndarray  # [n, 2 actors, 2]
    frames: np.ndarray  # [n, 10, 2]: probability, label

    def part(self, keep: np.ndarray, name: str) -> "Scored":
        """Some of the rows under another name."""
        return Scored(name, *(getattr(self, f)[keep] for f in ("groups", "tone", "stance", "sentiment", "frames")))


class Model:
    """The files of an exported model, and its temperatures."""

    def __init__(self, folder: Path, threads: int):
        self.tokenizer = load_tokenizer(folder / "tokenizer.json")
        self.encode, self.heads = onnx_encoder(folder / "encoder.onnx", threads), load_heads(folder)
        self.temperatures = json.loads((folder / "eval/calibration.json").read_text())["temperatures"]

    def outputs(self, examples: list[Example]) -> tuple[list, list[dict]]:
        """Items and logits. Pairs that a cut lost are not among them."""
        items = [build_item(self.tokenizer, e, Counter()) for e in examples]
        return items, logits(self.encode, self.heads, items)

    def expected(self, head: str, values: np.ndarray) -> np.ndarray:
        """P(positive) - P(negative) of logits [..., 3]."""
        scaled = values / self.temperatures[head]
        p = np.exp(scaled - scaled.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        return p[..., 2] - p[..., 0]

    def relations(self, name: str, examples: list[Example]) -> Scored:
        """Frame sentences, one pair each."""
        items, outs = self.outputs(examples)
        whole = [k for k, i in enumerate(items) if len(i.pairs) == 1 and len(i.targets) == 2]
        of = lambda head: np.array([outs[k][head] for k in whole])
        frame_logits = of("frames")[:, 0]
        gold = lambda read: np.array([read(items[k]) for k in whole], float)
        beside = lambda x, y: np.stack([x, y], -1)
        return Scored(
            name,
            np.array([examples[k].pair_name for k in whole]),
            beside(self.expected("tone", frame_logits[:, len(FRAMES) :]), gold(lambda i: i.tone - 1)),
            beside(self.expected("stance", of("stance")[:, 0]), gold(lambda i: [y - 1 for y in i.pairs[0][2:]])),
            beside(self.expected("sentiment", of("sentiment")), gold(lambda i: [y - 1 for _, y in i.targets])),
            beside(1 / (1 + np.exp(-frame_logits[:, : len(FRAMES)] / self.temperatures["frames"])), gold(lambda i: i.frames)),
        )


def frame_sets(corpora: Path, data: Path) -> dict[str, list[Example]]:
    """Frame sentences that no model was trained on: the dev part, which chose temperatures and thresholds, and the test parts."""
    _, written_dev = hold_out(read_frames(corpora / "frames/train.jsonl"), 0.12, seed=1)
    real = read_real(corpora / "frames/real.jsonl", data)
    return {"dev, written": written_dev, "dev, real": real["dev"],
            "test, written": read_frames(corpora / "frames/test.jsonl"), "test, real": real["test"]}  # fmt: skip


def directed_set(data: Path) -> list[Example]:
    """DSE's test part, one pair an example, with the sign of the directed sentiment as the tone: people's labels, while frame sentences have language models'.

    DSE knows no sentence in which both directions are judged, so a pair's tone is the one direction that is not neutral. It says nothing of frames.
    """
    examples = []
    for e in read_dse(data / "directed-stance/dse-test.tsv"):
        name = lambda spans: " ".join(e.text[start:end].strip() for start, end in spans)
        for k, (a, b, ab, ba) in enumerate(e.pairs):
            examples.append(replace(e, pairs=[(a, b, ab, ba)], targets=e.targets[2 * k : 2 * k + 2], tone=ab + ba - 1,
                                    frames=(0,) * len(FRAMES), pair_name=f"{name(a)}|{name(b)}"))  # fmt: skip
    return examples
