"""Writes the teachers' logits on the training sentences.

Two teachers of the same kind: the judge was trained on NewsMTSC and DSE, the framer on frame sentences. Each speaks where it was
trained, the judge also about sentiment on DSE, the framer also about frames, tone, stance and sentiment on unlabelled sentences.
"""

import argparse
import logging
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

import checkpoint
from base import base_folder, mpnet_folder
from data import Example
from evaluate import logits
from features import build_item
from splits import load_all
from teacher import Teacher
from tokens import load_tokenizer

log = logging.getLogger("distil")


def attach(examples: dict, folder: Path) -> None:
    """Gives the training examples of each source what the folder holds for them."""
    for file in sorted(folder.glob("*.pt")):
        source, entries = file.stem, torch.load(file, weights_only=False)
        train = examples[source]["train"]
        if len(entries) != len(train):
            raise ValueError(f"{file}: {len(entries)} entries for {len(train)} sentences of {source}; run distil.py again")
        examples[source]["train"] = [replace(e, soft=soft or None) for e, soft in zip(train, entries)]


def heads_of(model, encode, tokenizer, examples: list[Example], wanted: tuple[str, ...]) -> list[dict]:
    """For each example the logits of the wanted heads as float16 arrays; empty where a target was cut off."""
    counts = Counter()
    items = [build_item(tokenizer, e, counts) for e in examples]
    whole = [len(i.targets) == len(e.targets) and len(i.pairs) == len(e.pairs) for i, e in zip(items, examples)]
    outputs = logits(encode, model.heads, items)
    return [{h: np.asarray(out[h], np.float16) for h in wanted if h in out} if ok else {} for out, ok in zip(outputs, whole)]


def teacher_from(path: Path, tokenizer):
    """A trained teacher and its encoder function, in bfloat16 as it was trained."""
    model = Teacher(mpnet_folder(), tokenizer.get_vocab())
    model.load_state_dict(checkpoint.load(path)["model"])

    @torch.no_grad()
    def encode(ids, mask, types):
        model.eval()
        with torch.autocast("cpu", torch.bfloat16):
            return model.encoder(ids, attention_mask=mask, token_type_ids=types).last_hidden_state.float()

    return model, encode


def write(args) -> None:
    """One file a source, for the teachers that are given."""
    tokenizer = load_tokenizer(base_folder() / "tokenizer.json")
    examples = {source: splits["train"] for source, splits in load_all(args.data, args.corpora).items()}
    said = [(args.judge, {"sentiment": ("sentiment",), "stance": ("sentiment", "stance")}),
            (args.framer, {"frames": ("frames",), "unlabelled": ("sentiment", "stance", "frames")})]  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    for teacher, sources in said:
        if not teacher:
            continue
        model, encode = teacher_from(teacher, tokenizer)
        for source, heads in sources.items():
            result = heads_of(model, encode, tokenizer, examples[source], heads)
            torch.save(result, args.out / f"{source}.pt")
            log.info("%s: %s on %d of %d sentences", source, ", ".join(heads), sum(map(bool, result)), len(result))


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path(__file__).parents[2] / "corpora")
    parser.add_argument("--judge", type=Path, help="final.pt of the teacher of sentiment and stance")
    parser.add_argument("--framer", type=Path, help="final.pt of the teacher of frames")
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    write(args)


if __name__ == "__main__":
    main()
