"""Temperatures, class biases and frame thresholds, fitted on dev only."""

import numpy as np
import torch

from data import DSE_CLASSES, FRAMES
from evaluate import f1, frame_arrays, sentiment_arrays, stance_arrays
from model import dse_scores

GRID = np.exp(np.linspace(np.log(0.5), np.log(4.0), 85))


def best_temperature(loss) -> float:
    """The temperature of the grid with the lowest loss."""
    return float(min(GRID, key=loss))


def fit_softmax(loss) -> tuple[float, list[float]]:
    """Temperature and class biases (that of neutral is 0) of least loss: bias-corrected temperature scaling (Alexandari et al. 2020).

    The biases take back what class weights in training shift and what differs between the classes' shares in training and dev.
    """
    log_t, bias = torch.zeros(1, requires_grad=True), torch.zeros(3, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_t, bias], max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        value = loss(log_t.exp(), bias - bias[1])
        value.backward()
        return value

    optimiser.step(closure)
    return log_t.exp().item(), (bias - bias[1]).tolist()


def softmax_head(gold: np.ndarray, values: np.ndarray) -> tuple[float, list[float]]:
    """The same for logits [n, 3] against classes [n]."""
    y, x = torch.tensor(gold), torch.tensor(values, dtype=torch.float)
    return fit_softmax(lambda t, b: torch.nn.functional.cross_entropy(x / t + b, y))


def calibrate(items: dict, outputs: dict) -> dict:
    """Temperatures and biases of the heads and thresholds of the frames, from dev items and logits of each task."""
    y = torch.tensor([y for i in items["entities"] for y in i.labels])
    x = torch.tensor(np.concatenate([o["entities"] for o in outputs["entities"]]))
    temperatures = {"entities": best_temperature(lambda t: torch.nn.functional.cross_entropy(x / t, y).item())}
    biases = {}
    temperatures["sentiment"], biases["sentiment"] = softmax_head(*sentiment_arrays(items["sentiment"], outputs["sentiment"]))
    gold, values = stance_arrays(items["stance"], outputs["stance"])
    classes, pairs = torch.tensor([DSE_CLASSES.index(tuple(g)) for g in gold]), torch.tensor(values)
    temperatures["stance"], biases["stance"] = fit_softmax(
        lambda t, b: torch.nn.functional.cross_entropy(dse_scores(pairs / t + b), classes))
    gold, tone, values = frame_arrays(items["frames"], outputs["frames"])
    frames, labels = torch.tensor(values[:, : len(FRAMES)]), torch.tensor(gold, dtype=torch.float)
    temperatures["frames"] = best_temperature(
        lambda t: torch.nn.functional.binary_cross_entropy_with_logits(frames / t, labels).item())
    temperatures["tone"], biases["tone"] = softmax_head(tone, values[:, len(FRAMES) :])
    probabilities = 1 / (1 + np.exp(-values[:, : len(FRAMES)] / temperatures["frames"]))
    return {"temperatures": temperatures, "biases": biases, "thresholds": choose_thresholds(gold, probabilities).tolist()}


@torch.no_grad()
def apply_biases(heads, calibration: dict) -> None:
    """Puts the biases into the heads' last layers, so that logits divided by the temperature are the calibrated ones."""
    last = {"sentiment": heads.sentiment.layers[1].bias, "stance": heads.stance.layers[1].bias,
            "tone": heads.frames.layers[1].bias[len(FRAMES) :]}  # fmt: skip
    for name, bias in last.items():
        bias += calibration["temperatures"][name] * torch.tensor(calibration["biases"][name])


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
