"""Checkpoints that survive a kill: written beside the old one, then renamed over it."""

import os
import random
from pathlib import Path

import torch


def save(path: Path, **state) -> None:
    """Write a checkpoint with the RNG states; a crash leaves the old file whole."""
    state["rng"] = {"torch": torch.get_rng_state(), "python": random.getstate()}
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load(path: Path) -> dict | None:
    """The checkpoint, or None where there is none."""
    return torch.load(path, weights_only=False) if path.exists() else None


def restore_rng(state: dict) -> None:
    """Set the random generators to where the checkpoint left them."""
    torch.set_rng_state(state["rng"]["torch"])
    random.setstate(state["rng"]["python"])
