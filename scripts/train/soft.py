"""Learning from a teacher's logits (Hinton, Vinyals and Dean 2015, Distilling the knowledge in a neural network)."""

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from data import ENTITIES, FRAMES

TEMPERATURE = 2.0


def collected(items: list, name: str, counts: list[int], shape: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """The teacher's logits of one head for a batch, [n, *shape], and which of the n rows have any, [n]."""
    values, known = [], []
    for item, count in zip(items, counts):
        soft = (item.soft or {}).get(name)
        if soft is not None and len(soft) != count:
            raise ValueError(f"{len(soft)} soft targets for {count} {name}")
        values.append(np.zeros((count, *shape), np.float32) if soft is None else np.asarray(soft, np.float32))
        known += [soft is not None] * count
    return torch.from_numpy(np.concatenate(values)), torch.tensor(known, dtype=torch.bool)


def softmax_loss(student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Cross-entropy between softened distributions over the last axis, scaled by the squared temperature as the paper has it."""
    width = student.shape[-1]
    target = (teacher.reshape(-1, width) / TEMPERATURE).softmax(-1)
    return cross_entropy(student.reshape(-1, width) / TEMPERATURE, target) * TEMPERATURE**2


def soft_loss(model, hidden: torch.Tensor, batch, frames_weight: float) -> torch.Tensor:
    """What the teacher says about a batch, summed over the heads about which it says anything."""
    heads, total = model.heads, hidden.new_zeros(())
    items = batch.items
    if any("entities" in (i.soft or {}) for i in items):
        starts = [i.word_starts for i in items]
        teacher, known = collected(items, "entities", [len(s) for s in starts], (len(ENTITIES),))
        rows, columns = [r for r, s in enumerate(starts) for _ in s], [c for s in starts for c in s]
        total = total + softmax_loss(heads.entity_logits(hidden)[rows, columns][known], teacher[known])
    if any("sentiment" in (i.soft or {}) for i in items):
        teacher, known = collected(items, "sentiment", [len(i.targets) for i in items], (3,))
        total = total + softmax_loss(heads.sentiment_logits(hidden, batch)[known], teacher[known])
    pairs = [len(i.pairs) for i in items]
    if any("stance" in (i.soft or {}) for i in items):
        teacher, known = collected(items, "stance", pairs, (2, 3))
        total = total + softmax_loss(heads.stance_logits(hidden, batch)[known], teacher[known])
    if any("frames" in (i.soft or {}) for i in items):
        teacher, known = collected(items, "frames", pairs, (len(FRAMES) + 3,))
        student, teacher, n = heads.frame_logits(hidden, batch)[known], teacher[known], len(FRAMES)
        total = total + frames_weight * binary_cross_entropy_with_logits(student[:, :n], teacher[:, :n].sigmoid())
        total = total + softmax_loss(student[:, n:], teacher[:, n:])
    return total
