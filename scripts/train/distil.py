"""Writes the teachers' logits on the training sentences.

The tagger is a large teacher trained on CoNLL-2003; it speaks about the words of its own sentences and of NewsMTSC's. The judge of
sentiment, on NewsMTSC and DSE, and of stance, on DSE, is a joint model of an earlier generation (Furlanello et al. 2018, Born-again
neural networks), which had itself learnt from a large teacher. A framer, if there is one, is a large teacher trained on frame sentences; it speaks about frames,
tone, stance and sentiment on these and on unlabelled sentences.
"""

import argparse
import logging
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

import checkpoint
from base import base_folder, mpnet_folder
from data import Example
from evaluate import logits
from exported import load_heads, torch_encoder
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
    if "entities" in wanted:
        for item in items:
            item.firsts = item.word_starts
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


def generation(folder: Path, _tokenizer):
    """An exported joint model, with the interface of a teacher."""
    return SimpleNamespace(heads=load_heads(folder)), torch_encoder(folder)


def write(args) -> None:
    """One file a source; a teacher adds its heads to what the file holds."""
    tokenizer = load_tokenizer(base_folder() / "tokenizer.json")
    examples = {source: splits["train"] for source, splits in load_all(args.data, args.corpora).items()}
    words = {source: ("entities",) for source in ("entities", "sentiment")}
    said = [(args.judge, generation, {"sentiment": ("sentiment",), "stance": ("sentiment", "stance")}),
            (args.tagger, teacher_from, words),
            (args.framer, teacher_from, {"frames": ("frames",), "unlabelled": ("sentiment", "stance", "frames")})]  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    for teacher, opened, sources in said:
        if not teacher:
            continue
        model, encode = opened(teacher, tokenizer)
        for source, heads in sources.items():
            result, file = heads_of(model, encode, tokenizer, examples[source], heads), args.out / f"{source}.pt"
            before = torch.load(file, weights_only=False) if file.exists() else [{} for _ in result]
            torch.save([known | new for known, new in zip(before, result, strict=True)], file)
            log.info("%s: %s on %d of %d sentences", source, ", ".join(heads), sum(map(bool, result)), len(result))


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path(__file__).parents[2] / "corpora")
    parser.add_argument("--judge", type=Path, help="folder of a joint model, the teacher of sentiment and stance")
    parser.add_argument("--tagger", type=Path, help="final.pt of the teacher of entities")
    parser.add_argument("--framer", type=Path, help="final.pt of the teacher of frames")
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    write(args)


if __name__ == "__main__":
    main()
