"""Temperatures and frame thresholds, fitted on dev only."""

import numpy as np
import torch

from data import DSE_CLASSES, FRAMES
from evaluate import f1, frame_arrays, sentiment_arrays, stance_arrays
from model import dse_scores

GRID = np.exp(np.linspace(np.log(0.5), np.log(4.0), 85))


def best_temperature(loss) -> float:
    """The temperature of the grid with the lowest loss."""
    return float(min(GRID, key=loss))


def softmax_temperature(gold: np.ndarray, values: np.ndarray) -> float:
    """Fits one temperature for logits [n, classes]."""
    y, x = torch.tensor(gold), torch.tensor(values, dtype=torch.float)
    return best_temperature(lambda t: torch.nn.functional.cross_entropy(x / t, y).item())


def calibrate(items: dict, outputs: dict) -> dict:
    """Temperatures of all heads and thresholds of the frames, from dev items and logits of each task."""
    entity_gold = np.array([y for i in items["entities"] for y in i.labels])
    entity_values = np.concatenate([o["entities"] for o in outputs["entities"]])
    result = {"entities": softmax_temperature(entity_gold, entity_values),
              "sentiment": softmax_temperature(*sentiment_arrays(items["sentiment"], outputs["sentiment"]))}  # fmt: skip
    gold, values = stance_arrays(items["stance"], outputs["stance"])
    classes, x = torch.tensor([DSE_CLASSES.index(tuple(g)) for g in gold]), torch.tensor(values)
    result["stance"] = best_temperature(lambda t: torch.nn.functional.cross_entropy(dse_scores(x / t), classes).item())
    gold, tone, values = frame_arrays(items["frames"], outputs["frames"])
    x, y = torch.tensor(values[:, : len(FRAMES)]), torch.tensor(gold, dtype=torch.float)
    result["frames"] = best_temperature(lambda t: torch.nn.functional.binary_cross_entropy_with_logits(x / t, y).item())
    result["tone"] = softmax_temperature(tone, values[:, len(FRAMES) :])
    probabilities = 1 / (1 + np.exp(-values[:, : len(FRAMES)] / result["frames"]))
    return {"temperatures": result, "thresholds": choose_thresholds(gold, probabilities).tolist()}


def choose_thresholds(gold: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Half way between the best common threshold and each frame's own best: the dev part is small, so own optima are noisy."""
    grid = np.arange(0.15, 0.71, 0.025)

    def score(k: int, t: float) -> float:
        predicted = probabilities[:, k] >= t
        return f1(int((gold[:, k] * predicted).sum()), int(predicted.sum()), int(gold[:, k].sum()))

    table = np.array([[score(k, t) for t in grid] for k in range(gold.shape[1])])
    smooth = np.apply_along_axis(lambda row: np.convolve(np.pad(row, 2, "edge"), np.ones(5) / 5, "valid"), 1, table)
    common = grid[smooth.mean(0).argmax()]
    return np.round((common + grid[smooth.argmax(1)]) / 2, 3)
