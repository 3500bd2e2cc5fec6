"""Averages the weights of two stages of one run: tries a few shares on dev, keeps the best, calibrates it and writes final.pt."""

import argparse
import logging
from pathlib import Path

import torch

import checkpoint
from calibrate import calibrate
from evaluate import figures_for, logits
from model import JointModel
from tokens import load_tokenizer
from train import TASKS, base_folder, build_items, dev_score, encode_with

log = logging.getLogger("average")
SHARES = [0.0, 0.3, 0.5, 0.7, 1.0]  # of the second stage


def mixed(first: dict, second: dict, share: float) -> dict:
    """(1 - share) * first + share * second, tensor by tensor."""
    return {k: torch.lerp(v, second[k], share) if v.is_floating_point() else v for k, v in first.items()}


def judge(model: JointModel, items: dict) -> tuple[dict, dict, float]:
    """Calibration, main figures and mean score on dev."""
    outputs = {t: logits(encode_with(model), model.heads, items[t]["dev"]) for t in TASKS}
    calibration = calibrate({t: items[t]["dev"] for t in TASKS}, outputs)
    scale = calibration["temperatures"]["frames"]
    figures = {t: figures_for(t, items[t]["dev"], outputs[t], calibration["thresholds"], scale) for t in TASKS}
    return calibration, figures, dev_score(figures)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=Path, required=True, help="final.pt of the first stage")
    parser.add_argument("--second", type=Path, required=True, help="final.pt of the second stage")
    parser.add_argument("--out", type=Path, required=True, help="the final.pt to write")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path(__file__).parents[2] / "corpora")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    items, _, _ = build_items(args.data, args.corpora, load_tokenizer(base_folder() / "tokenizer.json"))
    first, second = checkpoint.load(args.first), checkpoint.load(args.second)
    model, best = JointModel(base_folder()), None
    tried = {}
    for share in SHARES:
        model.load_state_dict(mixed(first["model"], second["model"], share))
        calibration, figures, score = judge(model, items)
        tried[str(share)] = {"score": score} | {t: figures[t].get("f1", figures[t].get("macro_f1")) for t in TASKS}
        log.info("share %.1f %s", share, tried[str(share)])
        if best is None or score > best[0]:
            best = (score, share, calibration)
    _, share, calibration = best
    summary = first["summary"] | {"second_stage": second["summary"], "average": {"share_of_second": share, "tried": tried}}
    checkpoint.save(args.out, model=mixed(first["model"], second["model"], share), calibration=calibration, summary=summary)


if __name__ == "__main__":
    main()
