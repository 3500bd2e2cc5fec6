"""Predictions and figures. The encoder is a function, so torch and ONNX Runtime are measured by the same code."""

from collections.abc import Callable

import numpy as np
import torch

from data import DSE_CLASSES, ENTITIES, FRAMES, POLARITIES
from features import Item, collate
from model import Heads, dse_scores

Encode = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]  # ids, mask, types -> hidden states


@torch.no_grad()
def logits(encode: Encode, heads: Heads, items: list[Item], batch_size: int = 32) -> list[dict[str, np.ndarray]]:
    """Logits of every head that an item has labels for, in input order; batches are sorted by length."""
    heads.eval()
    results: list[dict] = [{} for _ in items]
    order = sorted(range(len(items)), key=lambda i: len(items[i].ids))
    for at in range(0, len(order), batch_size):
        chosen = order[at : at + batch_size]
        batch = collate([items[i] for i in chosen])
        hidden = encode(batch.ids, batch.mask, batch.types)
        if any(item.firsts for item in batch.items):
            scores = heads.entity_logits(hidden).numpy()
            for row, i in enumerate(chosen):
                results[i]["entities"] = scores[row, items[i].firsts]
        parts = {}
        if len(batch.target_rows):
            parts["sentiment"] = (batch.target_rows, heads.sentiment_logits(hidden, batch))
        if len(batch.pair_rows):
            parts["stance"] = (batch.pair_rows, heads.stance_logits(hidden, batch))
            parts["frames"] = (batch.pair_rows, heads.frame_logits(hidden, batch))
        for name, (rows, values) in parts.items():
            for row, value in zip(rows.tolist(), values.numpy()):
                results[chosen[row]].setdefault(name, []).append(value)
    return results


def viterbi(scores: np.ndarray) -> list[int]:
    """Best BIO path over log probabilities [words, labels]: I-x only after B-x or I-x."""
    allowed = np.zeros((len(ENTITIES), len(ENTITIES)))
    start = np.zeros(len(ENTITIES))
    for to, label in enumerate(ENTITIES):
        if label.startswith("I-"):
            start[to] = -np.inf
            for source, before in enumerate(ENTITIES):
                if before[2:] != label[2:] or before == "O":
                    allowed[source, to] = -np.inf
    logp = scores - np.log(np.exp(scores - scores.max(-1, keepdims=True)).sum(-1, keepdims=True)) - scores.max(-1, keepdims=True)
    best, back = logp[0] + start, []
    for row in logp[1:]:
        total = best[:, None] + allowed
        back.append(total.argmax(0))
        best = total.max(0) + row
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


def spans(labels: list[str]) -> set[tuple[int, int, str]]:
    """Entity spans of a BIO sequence, as conlleval reads it."""
    found, start, kind = set(), None, None
    for i, label in enumerate([*labels, "O"]):
        if start is not None and (label == "O" or label.startswith("B-") or label[2:] != kind):
            found.add((start, i, kind))
            start = None
        if label != "O" and start is None:
            start, kind = i, label[2:]
    return found


def f1(correct: int, predicted: int, gold: int) -> float:
    """F1 from counts; 0 where nothing was right."""
    return 2 * correct / (predicted + gold) if correct else 0.0


def entity_figures(items: list[Item], outputs: list[dict]) -> dict:
    """Strict span F1, micro over all entities and for each type."""
    counts = {t: np.zeros(3, int) for t in ["all", "person", "organisation", "location", "misc"]}
    for item, out in zip(items, outputs):
        path = viterbi(out["entities"])
        labels = ["O" if k < 0 else ENTITIES[path[k]] for k in item.source_words]
        predicted, gold = spans(labels), spans(item.source_labels)
        for kind in counts:
            of = lambda found: {s for s in found if kind in ("all", s[2])}
            counts[kind] += [len(of(predicted & gold)), len(of(predicted)), len(of(gold))]
    figures = {"f1": f1(*counts["all"]), "precision": counts["all"][0] / max(1, counts["all"][1]),
               "recall": counts["all"][0] / counts["all"][2]}  # fmt: skip
    return figures | {f"f1_{t}": f1(*counts[t]) for t in list(counts)[1:]}


def class_figures(gold: np.ndarray, predicted: np.ndarray, names: list[str]) -> dict:
    """Macro F1, accuracy, average recall and the F1 of each class."""
    per_class, recalls = [], []
    for k in range(len(names)):
        hit = int(((gold == k) & (predicted == k)).sum())
        per_class.append(f1(hit, int((predicted == k).sum()), int((gold == k).sum())))
        recalls.append(hit / max(1, int((gold == k).sum())))
    figures = {"macro_f1": float(np.mean(per_class)), "accuracy": float((gold == predicted).mean()), "average_recall": float(np.mean(recalls))}
    return figures | {f"f1_{n}": v for n, v in zip(names, per_class)}


def sentiment_arrays(items, outputs) -> tuple[np.ndarray, np.ndarray]:
    """Gold polarity [n] and logits [n, 3] of every target."""
    return np.array([y for i in items for _, y in i.targets]), np.array([v for o in outputs for v in o["sentiment"]])


def stance_arrays(items, outputs) -> tuple[np.ndarray, np.ndarray]:
    """Gold [n, 2] and logits [n, 2, 3] of every pair."""
    return np.array([p[2:] for i in items for p in i.pairs]), np.array([v for o in outputs for v in o["stance"]])


def frame_arrays(items, outputs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gold frames [n, 10], gold tone [n], logits [n, 13]."""
    return np.array([i.frames for i in items]), np.array([i.tone for i in items]), np.array([o["frames"][0] for o in outputs])


def dse_figures(items, outputs) -> dict:
    """Macro F1 over the five DSE classes."""
    gold, values = stance_arrays(items, outputs)
    classes = np.array([DSE_CLASSES.index(tuple(g)) for g in gold])
    predicted = dse_scores(torch.tensor(values)).argmax(-1).numpy()
    return class_figures(classes, predicted, ["neutral", "ab_positive", "ba_positive", "ab_negative", "ba_negative"])


def frame_figures(items, outputs, thresholds: np.ndarray, temperature: float = 1.0) -> dict:
    """Frames at their thresholds, `none` as the absence of all, tone, and sentiment and stance on frame sentences."""
    gold, tone, values = frame_arrays(items, outputs)
    predicted = 1 / (1 + np.exp(-values[:, : len(FRAMES)] / temperature)) >= thresholds
    per_frame = [f1(int((gold[:, k] * predicted[:, k]).sum()), int(predicted[:, k].sum()), int(gold[:, k].sum())) for k in range(len(FRAMES))]
    none_gold, none_predicted = gold.sum(1) == 0, predicted.sum(1) == 0
    figures = {
        "macro_f1": float(np.mean(per_frame)),
        "micro_f1": f1(int((gold * predicted).sum()), int(predicted.sum()), int(gold.sum())),
        "exact_match": float((gold == predicted).all(1).mean()),
        "f1_none": f1(int((none_gold & none_predicted).sum()), int(none_predicted.sum()), int(none_gold.sum())),
        "always_frame_macro_f1": float(np.mean([2 * g / (1 + g) for g in gold.mean(0)])),  # baseline: every frame everywhere
    } | {f"f1_{n}": v for n, v in zip(FRAMES, per_frame)}
    guess = np.bincount(tone, minlength=3).argmax()
    figures["tone"] = class_figures(tone, values[:, len(FRAMES) :].argmax(-1), POLARITIES)
    figures["tone"]["majority_accuracy"] = float((tone == guess).mean())
    y, v = sentiment_arrays(items, outputs)
    figures["sentiment"] = class_figures(y, v.argmax(-1), POLARITIES)
    y, v = stance_arrays(items, outputs)
    figures["stance"] = class_figures(y.reshape(-1), v.reshape(-1, 3).argmax(-1), POLARITIES)
    return figures


def figures_for(task: str, items: list[Item], outputs: list[dict], thresholds: np.ndarray | None = None, temperature: float = 1.0) -> dict:
    """The figures of one task on one split."""
    if task == "entities":
        return entity_figures(items, outputs)
    if task == "sentiment":
        gold, values = sentiment_arrays(items, outputs)
        return class_figures(gold, values.argmax(-1), POLARITIES)
    if task == "stance":
        return dse_figures(items, outputs)
    return frame_figures(items, outputs, np.full(len(FRAMES), 0.4) if thresholds is None else thresholds, temperature)


MAIN_FIGURE = {"entities": "f1", "sentiment": "macro_f1", "stance": "macro_f1", "frames": "macro_f1"}
