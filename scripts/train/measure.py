"""Measures the exported files, not the checkpoint: fp16 weights in torch and int8 in ONNX Runtime, on dev and test."""

import argparse
import json
import logging
from pathlib import Path

import numpy as np
import torch

import checkpoint
from evaluate import MAIN_FIGURE, figures_for, logits
from exported import load_heads, onnx_encoder, torch_encoder
from features import collate
from tokens import load_tokenizer
from train import TASKS, build_items

log = logging.getLogger("measure")


def largest_difference(a, b, items: list, batch_size: int = 16) -> float:
    """Largest difference of hidden states at real tokens."""
    worst = 0.0
    for at in range(0, len(items), batch_size):
        batch = collate(items[at : at + batch_size])
        gap = (a(batch.ids, batch.mask, batch.types) - b(batch.ids, batch.mask, batch.types)).abs().amax(-1)
        worst = max(worst, float((gap * batch.mask).max()))
    return worst


def write(args, result: dict) -> None:
    """eval/metrics.json."""
    (args.model / "eval" / "metrics.json").write_text(json.dumps(result, indent=1) + "\n")


def measure(args) -> None:
    """Figures of every precision, split and task, and the agreement of the ONNX graphs with torch."""
    tokenizer = load_tokenizer(args.model / "tokenizer.json")
    items, _, _ = build_items(args.data, args.corpora, tokenizer)
    heads, calibration = load_heads(args.model), checkpoint.load(args.checkpoint)["calibration"]
    thresholds, temperature = np.array(calibration["thresholds"]), calibration["temperatures"]["frames"]
    encoders = {"fp16": torch_encoder(args.model), "int8": onnx_encoder(args.model / "encoder.int8.onnx", args.threads)}
    sample = items["frames"]["dev"] + items["entities"]["dev"][:64]
    onnx_fp32 = onnx_encoder(args.model / "encoder.onnx", args.threads)
    result = {"hidden_state_difference": {"onnx-fp32": largest_difference(encoders["fp16"], onnx_fp32, sample),
                                          "onnx-int8": largest_difference(encoders["fp16"], encoders["int8"], sample)}}  # fmt: skip
    log.info("%s", result)
    for precision, encode in encoders.items():
        result[precision] = {}
        for split in ("dev", "test"):
            figures = {}
            for task in TASKS:
                outputs = logits(encode, heads, items[task][split])
                figures[task] = figures_for(task, items[task][split], outputs, thresholds, temperature)
            result[precision][split] = figures
            write(args, result)  # a stopped run keeps what it has
            log.info("%s %s %s", precision, split, {t: round(figures[t][MAIN_FIGURE[t]], 4) for t in TASKS})
        real = items["frames"]["real"]
        result.setdefault("real", {})[precision] = figures_for("frames", real, logits(encode, heads, real), thresholds, temperature)
        write(args, result)
        log.info("%s real frame sentences %.4f", precision, result["real"][precision]["micro_f1"])


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, required=True, help="final.pt, for the calibration")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path(__file__).parents[2] / "corpora")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    (args.model / "eval").mkdir(exist_ok=True)
    measure(args)


if __name__ == "__main__":
    main()
