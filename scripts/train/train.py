"""Trains the joint model on all tasks; resumable. `run` calls it, then export.py, card.py and reference.py."""

import argparse
import json
import logging
import os
import random
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch

import checkpoint
from augment import augmented, names_by_pair
from base import base_folder, mpnet_folder
from calibrate import apply_biases, calibrate
from evaluate import MAIN_FIGURE, figures_for, logits
from features import Item, bucketed, build_item, collate
from distil import attach
from model import JointModel, LossWeights, task_loss
from splits import load_all
from teacher import Teacher
from tokens import load_tokenizer

log = logging.getLogger("train")
TASKS = ["entities", "sentiment", "stance", "frames"]
SOURCES = [*TASKS, "unlabelled"]  # of batches
HEADS_SEED = 1  # new heads begin alike whatever the seed of the run, so that soup.py can average runs


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the result, seed included."""

    seed: int = 1
    batch_size: int = 32
    epochs: dict = field(default_factory=lambda: {"entities": 6, "sentiment": 4, "stance": 3, "frames": 5, "unlabelled": 2})
    encoder_lr: float = 1.5e-4
    heads_lr: float = 1e-3
    weight_decay: float = 0.01
    warm_up: float = 0.06  # share of all steps
    clip: float = 1.0
    lower_case: float = 0.05  # share of sentences that lose their casing
    bfloat16: bool = True
    weights: LossWeights = LossWeights()


NOBODY = dict.fromkeys(SOURCES, 0)
# The teachers are larger and need fewer epochs.
RECIPES = {
    "joint": Recipe(),
    "tagger": Recipe(epochs=NOBODY | {"entities": 2}, encoder_lr=5e-5),
    "framer": Recipe(epochs=NOBODY | {"frames": 2}, encoder_lr=5e-5),
}


def plan_steps(recipe: Recipe, lengths: dict[str, list[int]]) -> list[tuple[str, int, list[int]]]:
    """The whole run as (task, epoch, item indices), the same for the same seed; tasks are mixed at random."""
    queues, order = {}, []
    for task in SOURCES:
        rng = random.Random(f"{recipe.seed}-{task}")
        queues[task] = [(task, epoch, batch) for epoch in range(recipe.epochs[task])
                        for batch in bucketed(lengths[task], recipe.batch_size, rng)]  # fmt: skip
        order += [task] * len(queues[task])
    random.Random(f"{recipe.seed}-mix").shuffle(order)
    iterators = {task: iter(queue) for task, queue in queues.items()}
    return [next(iterators[task]) for task in order]


class FrameEpochs:
    """The frame sentences of an epoch with new names; made when the epoch is first asked for."""

    def __init__(self, examples, tokenizer, seed: int):
        self.examples, self.tokenizer, self.seed = examples, tokenizer, seed
        self.pool = names_by_pair(examples)
        self.epochs: dict[int, list[Item]] = {}

    def __getitem__(self, epoch: int) -> list[Item]:
        if epoch not in self.epochs:
            rng = random.Random(f"{self.seed}-frames-{epoch}")
            made = [build_item(self.tokenizer, augmented(e, self.pool, rng), Counter()) for e in self.examples]
            self.epochs = {k: v for k, v in self.epochs.items() if k >= epoch - 1} | {epoch: made}
        return self.epochs[epoch]


def model_for(recipe: Recipe, role: str, tokenizer):
    """The joint model, or a teacher."""
    if role != "joint":
        return Teacher(mpnet_folder(), tokenizer.get_vocab(), recipe.bfloat16)
    return JointModel(base_folder(), recipe.bfloat16)


def optimiser_for(model, recipe: Recipe, total: int):
    """AdamW with warm-up and linear decay; what starts from nothing (heads, a teacher's casing) learns faster than the encoder."""
    groups, parameters = [], list(model.named_parameters())
    new = lambda name: name.startswith(("heads.", "encoder.casing."))
    for some, rate in ((False, recipe.encoder_lr), (True, recipe.heads_lr)):
        named = [(n, p) for n, p in parameters if new(n) == some]
        plain = lambda name: name.endswith("bias") or "LayerNorm" in name
        groups.append({"params": [p for n, p in named if not plain(n)], "lr": rate, "weight_decay": recipe.weight_decay})
        groups.append({"params": [p for n, p in named if plain(n)], "lr": rate, "weight_decay": 0.0})
    optimiser = torch.optim.AdamW(groups, fused=True)
    warm = max(1, int(recipe.warm_up * total))
    factor = lambda step: min((step + 1) / warm, max(0.0, (total - step) / max(1, total - warm)))
    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, factor)


def encode_with(model):
    """The encoder of the model in evaluation mode, as evaluate.py wants it."""

    @torch.no_grad()
    def encode(ids, mask, types):
        model.eval()
        return model.encoder(ids, attention_mask=mask, token_type_ids=types).last_hidden_state.float()

    return encode


def evaluate_split(model, items: dict, split: str, tasks: list[str]) -> tuple[dict, dict]:
    """Logits and figures of every trained task on one split."""
    outputs = {task: logits(encode_with(model), model.heads, items[task][split]) for task in tasks}
    return outputs, {task: figures_for(task, items[task][split], outputs[task]) for task in tasks}


def dev_entry(step: int, figures: dict) -> dict:
    """The main figures after some steps, and their mean."""
    main = {t: figures[t][MAIN_FIGURE[t]] for t in figures}
    return {"step": step, "score": sum(main.values()) / len(main)} | main


def build_items(data: Path, corpora: Path, tokenizer, soft: Path | None = None) -> tuple[dict, dict, dict]:
    """Items of every task and split, the frame training examples, and what was cut or lost."""
    examples, counts, items = load_all(data, corpora), {}, {}
    if soft:
        attach(examples, soft)
    for task, splits in examples.items():
        items[task] = {}
        for split, some in splits.items():
            count = counts[f"{task}-{split}"] = Counter(sentences=len(some))
            items[task][split] = [build_item(tokenizer, e, count) for e in some]
    keep = lambda item: item.firsts or item.targets or item.pairs
    for task in SOURCES:
        items[task]["train"] = [i for i in items[task]["train"] if keep(i)]
    return items, examples, {k: dict(v) for k, v in counts.items()}


def train(recipe: Recipe, args) -> None:
    """The run: resumes from the work folder where there is a checkpoint of the same recipe."""
    tokenizer = load_tokenizer(base_folder() / "tokenizer.json")
    items, examples, counts = build_items(args.data, args.corpora, tokenizer, args.soft)
    log.info("data %s", json.dumps(counts))
    frame_epochs = FrameEpochs(examples["frames"]["train"], tokenizer, recipe.seed)
    steps = plan_steps(recipe, {t: [len(i.ids) for i in items[t]["train"]] for t in SOURCES})
    torch.manual_seed(HEADS_SEED)
    model = model_for(recipe, args.role, tokenizer)
    torch.manual_seed(recipe.seed)
    optimiser, scheduler = optimiser_for(model, recipe, len(steps))
    state = checkpoint.load(args.work / "checkpoint.pt")
    done, history, seconds = 0, [], 0.0
    if state and state["recipe"] == asdict(recipe) and state["total"] == len(steps):
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        scheduler.load_state_dict(state["scheduler"])
        done, history, seconds = state["step"], state["history"], state["seconds"]
        checkpoint.restore_rng(state)
        log.info("resumed at step %d", done)
    per_task = Counter(task for task, *_ in steps)
    tasks = [t for t in TASKS if recipe.epochs[t]]
    log.info("recipe %s", json.dumps(asdict(recipe)))
    log.info("%d steps: %s", len(steps), dict(per_task))
    evaluations = {round(len(steps) * (k + 1) / args.evaluations) for k in range(args.evaluations - 1)}  # the last is in finish
    last = len(steps) if args.max_steps is None else min(len(steps), args.max_steps)
    saved = logged = time.monotonic()
    losses: dict[str, list[float]] = {t: [] for t in SOURCES}
    start = time.monotonic() - seconds

    def save_all(step: int) -> None:
        checkpoint.save(args.work / "checkpoint.pt", model=model.state_dict(), optimiser=optimiser.state_dict(),
                        scheduler=scheduler.state_dict(), step=step, total=len(steps), history=history,
                        seconds=time.monotonic() - start, recipe=asdict(recipe))  # fmt: skip

    for number in range(done, last):
        task, epoch, indices = steps[number]
        source = frame_epochs[epoch] if task == "frames" else items[task]["train"]
        rng = random.Random(f"{recipe.seed}-lower-{number}")
        batch = collate([source[i] for i in indices], {r for r in range(len(indices)) if rng.random() < recipe.lower_case})
        model.train()
        loss = task_loss(model, task, batch, recipe.weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        optimiser.step()
        scheduler.step()
        optimiser.zero_grad(set_to_none=True)
        losses[task].append(loss.item())
        if (number + 1) % 50 == 0:
            now = time.monotonic()
            means = {t: round(sum(v) / len(v), 3) for t, v in losses.items() if v}
            log.info("step %d/%d  %.2f steps/s  loss %s", number + 1, len(steps), 50 / (now - logged), means)
            logged, losses = now, {t: [] for t in SOURCES}
        if number + 1 in evaluations:
            _, figures = evaluate_split(model, items, "dev", tasks)
            history.append(dev_entry(number + 1, figures))
            log.info("dev %s", json.dumps(history[-1]))
            save_all(number + 1)
            saved = logged = time.monotonic()
        elif time.monotonic() - saved > args.save_every:
            save_all(number + 1)
            saved = time.monotonic()
    finish(model, items, args, {"recipe": asdict(recipe), "steps": len(steps), "steps_per_task": dict(per_task), "history": history,
                                "seconds": round(time.monotonic() - start), "data": counts, "threads": torch.get_num_threads()})  # fmt: skip


def finish(model, items: dict, args, summary: dict) -> None:
    """Calibrates the last weights on dev and writes what export.py needs.

    The last and not the best: the rate has decayed to 0 by then, and dev parts of 343 targets choose by chance.
    """
    tasks = [t for t in TASKS if t in summary["steps_per_task"]]
    outputs, figures = evaluate_split(model, items, "dev", tasks)
    summary["history"].append(dev_entry(summary["steps"], figures))
    log.info("final dev %s", json.dumps(figures))
    if args.role != "joint":  # only its logits are used
        checkpoint.save(args.work / "final.pt", model=model.state_dict(), summary=summary)
        return
    calibration = calibrate({t: items[t]["dev"] for t in TASKS}, outputs)
    apply_biases(model.heads, calibration)
    checkpoint.save(args.work / "final.pt", model=model.state_dict(), calibration=calibration, summary=summary)
    log.info("calibration %s", json.dumps(calibration))


def parse_arguments():
    """Command line of one training run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with ner/, target-sentiment/ and directed-stance/")
    parser.add_argument("--corpora", type=Path, default=Path(__file__).parents[2] / "corpora")
    parser.add_argument("--work", type=Path, required=True, help="checkpoints and log; a second start continues from here")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--soft", type=Path, metavar="FOLDER", help="the teachers' logits, as distil.py writes them")
    parser.add_argument("--role", choices=RECIPES, default="joint", help="the joint model or one of its teachers")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--evaluations", type=int, default=4, help="evaluations on dev over the run")
    parser.add_argument("--save-every", type=float, default=120, help="seconds between checkpoints")
    parser.add_argument("--max-steps", type=int, help="stop early (tests only)")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="change a field of the recipe (JSON values)")
    return parser.parse_args()


def main() -> None:
    """Entry point."""
    args = parse_arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s",
                        handlers=[logging.StreamHandler(), logging.FileHandler(args.work / "train.log")])  # fmt: skip
    torch.set_num_threads(args.threads)
    changes = {k: json.loads(v) for k, v in (s.split("=", 1) for s in args.set)}
    if "weights" in changes:
        changes["weights"] = LossWeights(**changes["weights"])
    train(replace(RECIPES[args.role], seed=args.seed, **changes), args)


if __name__ == "__main__":
    main()
