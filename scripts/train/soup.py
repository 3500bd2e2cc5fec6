"""Averages the weights of those joint models whose average is best on dev (greedy soup, Wortsman et al. 2022), calibrates it and writes its final.pt.

The models must have begun from the same encoder and the same heads (train.py sees to that for every seed), or their average is worth nothing.
Size and speed stay those of one model.
"""

import argparse
import json
import logging
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

import checkpoint
from base import base_folder
from calibrate import apply_biases, calibrate
from evaluate import MAIN_FIGURE, figures_for
from exported import load_heads
from model import JointModel
from tokens import load_tokenizer
from train import TASKS, build_items, evaluate_split

log = logging.getLogger("soup")


def weights_of(path: Path) -> dict[str, torch.Tensor]:
    """Float32 weights of a final.pt, or of the folder of an exported model."""
    if not path.is_dir():
        return {name: tensor.float() for name, tensor in checkpoint.load(path)["model"].items()}
    encoder = {f"encoder.{name}": tensor.float() for name, tensor in load_file(path / "model.safetensors").items()}
    return encoder | {f"heads.{name}": tensor for name, tensor in load_heads(path).state_dict().items()}


def average(models: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of each weight; all must have the same names."""
    if any(model.keys() != models[0].keys() for model in models):
        raise ValueError("the models have different weights; average models of one architecture")
    return {name: torch.stack([model[name] for model in models]).mean(0) for name in models[0]}


def measured(model: JointModel, items: dict) -> tuple[dict, dict]:
    """Calibration on dev, and the main figures there with it (percent)."""
    outputs, figures = evaluate_split(model, items, "dev", TASKS)
    calibration = calibrate({t: items[t]["dev"] for t in TASKS}, outputs)
    thresholds = np.array(calibration["thresholds"])
    figures["frames"] = figures_for("frames", items["frames"]["dev"], outputs["frames"], thresholds, calibration["temperatures"]["frames"])
    main = {t: figures[t][MAIN_FIGURE[t]] for t in TASKS} | {"tone": figures["frames"]["tone"]["macro_f1"]}
    return calibration, {t: round(100 * v, 2) for t, v in (main | {"mean": float(np.mean(list(main.values())))}).items()}


def name_of(path: Path) -> str:
    """The run's folder, or the model's."""
    return path.name if path.is_dir() else path.parent.name


class Kitchen:
    """Measures averages on dev, each once: a minute or two."""

    def __init__(self, args, items: dict):
        self.items, self.model, self.cache = items, JointModel(base_folder()), args.out.with_name("averages.json")
        self.states = {name_of(path): weights_of(path) for path in args.models}
        self.known = json.loads(self.cache.read_text()) if self.cache.exists() else {}

    def load(self, names: list[str]) -> None:
        """Puts the average of some models into the model."""
        self.model.load_state_dict(average([self.states[name] for name in names]))

    def figures(self, names: list[str]) -> dict:
        """The main figures of the average of some models on dev."""
        key = " + ".join(names)
        if key not in self.known:
            self.load(names)
            self.known[key] = measured(self.model, self.items)[1]
            self.cache.write_text(json.dumps(self.known, indent=1) + "\n")
            log.info("%s %s", key, json.dumps(self.known[key]))
        return self.known[key]


def greedy(kitchen: Kitchen) -> list[str]:
    """The best model, and in the order of their figures those others whose addition does not lower the mean figure of the average."""
    order = sorted(kitchen.states, key=lambda name: -kitchen.figures([name])["mean"])
    taken = order[:1]
    for name in order[1:]:
        if kitchen.figures([*taken, name])["mean"] >= kitchen.figures(taken)["mean"]:
            taken.append(name)
    return taken


def summary_of(models: list[Path], taken: list[str]) -> dict:
    """How the best of the runs that were taken was trained; of no run but the first where only exported models were."""
    runs = {name_of(path): path for path in models if not path.is_dir()}
    path = next((runs[name] for name in taken if name in runs), next(iter(runs.values())))
    return checkpoint.load(path)["summary"]


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+", help="final.pt of a run, or folder of an exported model")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpora", type=Path, default=Path(__file__).parents[2] / "corpora")
    parser.add_argument("--out", type=Path, required=True, help="final.pt to write")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    items, _, _ = build_items(args.data, args.corpora, load_tokenizer(base_folder() / "tokenizer.json"))
    kitchen = Kitchen(args, items)
    taken = greedy(kitchen)
    log.info("taken: %s", ", ".join(taken))
    kitchen.load(taken)
    calibration, _ = measured(kitchen.model, items)
    apply_biases(kitchen.model.heads, calibration)
    summary = summary_of(args.models, taken) | {"averages": kitchen.known, "taken": taken}
    checkpoint.save(args.out, model=kitchen.model.state_dict(), calibration=calibration, summary=summary)


if __name__ == "__main__":
    main()
