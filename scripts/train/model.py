"""The joint model: one BERT encoder, four small heads on its last hidden states."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from transformers import BertConfig, BertModel

from data import DSE_CLASSES, DSE_SHARES, ENTITIES, FRAMES, POLARITIES
from soft import soft_loss

CASE_PATTERNS = 4


def load_encoder(folder: Path, implementation: str = "sdpa") -> BertModel:
    """The base encoder with its token-type table widened to one row a case pattern, each new row a copy of row 0."""
    config = BertConfig.from_pretrained(folder)
    encoder = BertModel.from_pretrained(folder, config=config, add_pooling_layer=False, attn_implementation=implementation)
    table = encoder.embeddings.token_type_embeddings
    if table.num_embeddings < CASE_PATTERNS:
        wide = nn.Embedding(CASE_PATTERNS, config.hidden_size)
        with torch.no_grad():
            wide.weight[:] = table.weight[0]
            wide.weight[: table.num_embeddings] = table.weight[:1]
        encoder.embeddings.token_type_embeddings = wide
        encoder.config.type_vocab_size = CASE_PATTERNS
    return encoder


class Head(nn.Module):
    """Linear, tanh, Linear; dropout in training only."""

    def __init__(self, inputs: int, hidden: int, outputs: int, dropout: float = 0.1):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(inputs, hidden), nn.Linear(hidden, outputs)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers[1](self.dropout(torch.tanh(self.layers[0](self.dropout(x)))))


def gather_mean(hidden: torch.Tensor, rows: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """Mean hidden state of each mention set: hidden [batch, seq, size], rows [n], masks [n, seq] -> [n, size]."""
    return torch.einsum("nl,nlh->nh", masks, hidden[rows])


class Heads(nn.Module):
    """All heads, in float32. Inputs are hidden states [batch, seq, size]; outputs are logits."""

    def __init__(self, size: int = 384):
        super().__init__()
        self.dropout = nn.Dropout(0.1)
        self.entities = nn.Linear(size, len(ENTITIES))
        self.sentiment = Head(2 * size, size, len(POLARITIES))
        self.stance = Head(3 * size, size, len(POLARITIES))
        self.frames = Head(4 * size, size, len(FRAMES) + len(POLARITIES))

    def entity_logits(self, hidden):
        """[batch, seq, labels]."""
        return self.entities(self.dropout(hidden))

    def sentiment_logits(self, hidden, batch):
        """[n targets, 3]."""
        mention = gather_mean(hidden, batch.target_rows, batch.target_masks)
        return self.sentiment(torch.cat([mention, hidden[batch.target_rows, 0]], -1))

    def stance_logits(self, hidden, batch):
        """[n pairs, 2, 3]: A->B, then B->A, from the same directed head."""
        a = gather_mean(hidden, batch.pair_rows, batch.pair_a)
        b = gather_mean(hidden, batch.pair_rows, batch.pair_b)
        first = hidden[batch.pair_rows, 0]
        return torch.stack([self.stance(torch.cat([a, b, first], -1)), self.stance(torch.cat([b, a, first], -1))], 1)

    def frame_logits(self, hidden, batch):
        """[n pairs, 13]: ten frames, then the tone."""
        a = gather_mean(hidden, batch.pair_rows, batch.pair_a)
        b = gather_mean(hidden, batch.pair_rows, batch.pair_b)
        inner = batch.mask.float()
        inner[torch.arange(len(inner)), batch.mask.sum(1) - 1] = 0.0  # [SEP]
        inner[:, 0] = 0.0
        whole = torch.einsum("bl,blh->bh", inner / inner.sum(1, keepdim=True), hidden)
        return self.frames(torch.cat([a, b, hidden[batch.pair_rows, 0], whole[batch.pair_rows]], -1))


class JointModel(nn.Module):
    """Encoder and heads; the encoder may run in bfloat16, the heads never do."""

    def __init__(self, base: Path, bfloat16: bool = False):
        super().__init__()
        self.encoder = load_encoder(base)
        self.heads = Heads(self.encoder.config.hidden_size)
        self.bfloat16 = bfloat16

    def hidden(self, batch) -> torch.Tensor:
        """Last hidden states [batch, seq, size] in float32."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16 and self.training):
            out = self.encoder(batch.ids, attention_mask=batch.mask, token_type_ids=batch.types)
        return out.last_hidden_state.float()


@dataclass(frozen=True)
class LossWeights:
    """Weight of each loss inside a batch of its task, and of the side tasks on frame sentences."""

    entities: float = 1.0
    sentiment: float = 1.0
    stance: float = 1.0
    frames: float = 4.0  # the mean over ten mostly empty labels is small
    tone: float = 1.0
    side: float = 0.5
    smoothing: float = 0.05  # label smoothing of sentiment: its labels are the least certain
    soft: float = 1.0  # of a teacher's logits, where there are any
    rare: float = 0.25  # a DSE class of share p weighs p to the power of minus this, so that the rare ones are learnt


def dse_scores(stance_logits: torch.Tensor) -> torch.Tensor:
    """Log scores [n, 5] of the DSE classes from [n, 2, 3] stance logits, not normalised."""
    logp = stance_logits.log_softmax(-1)
    return torch.stack([logp[:, 0, ab] + logp[:, 1, ba] for ab, ba in DSE_CLASSES], -1)


def class_weights(shares: list[float], power: float) -> torch.Tensor:
    """Weights of classes by their share of the training data; their mean over the data is 1."""
    weights = torch.tensor(shares) ** -power
    return weights / (weights * torch.tensor(shares)).sum()


def task_loss(model: JointModel, task: str, batch, weights: LossWeights) -> torch.Tensor:
    """Loss of one batch of one task. Frame sentences also train the sentiment and stance heads, and a teacher may train any head."""
    heads, hidden = model.heads, model.hidden(batch)
    loss = gold_loss(heads, hidden, task, batch, weights) if task != "unlabelled" else hidden.new_zeros(())
    return loss + weights.soft * soft_loss(model, hidden, batch, weights.frames) if weights.soft else loss


def gold_loss(heads: Heads, hidden: torch.Tensor, task: str, batch, weights: LossWeights) -> torch.Tensor:
    """Loss against the labels of the data."""
    cross_entropy = nn.functional.cross_entropy
    if task == "entities":
        logits = heads.entity_logits(hidden)
        rows = [r for r, item in enumerate(batch.items) for _ in item.firsts]
        columns = [c for item in batch.items for c in item.firsts]
        labels = torch.tensor([y for item in batch.items for y in item.labels])
        return weights.entities * cross_entropy(logits[rows, columns], labels)
    if task == "sentiment":
        return weights.sentiment * cross_entropy(heads.sentiment_logits(hidden, batch), batch.target_labels, label_smoothing=weights.smoothing)
    if task == "stance":
        labels = torch.tensor([DSE_CLASSES.index(tuple(pair)) for pair in batch.pair_labels.tolist()])
        return weights.stance * cross_entropy(dse_scores(heads.stance_logits(hidden, batch)), labels, class_weights(DSE_SHARES, weights.rare))
    logits = heads.frame_logits(hidden, batch)
    # Where labellers disagreed, the target is their mean: the model learns how sure one can be.
    gold = torch.tensor([batch.items[r].frame_votes for r in batch.pair_rows.tolist()])
    tone = torch.tensor([batch.items[r].tone_votes for r in batch.pair_rows.tolist()])
    loss = weights.frames * nn.functional.binary_cross_entropy_with_logits(logits[:, : len(FRAMES)], gold)
    loss = loss + weights.tone * cross_entropy(logits[:, len(FRAMES) :], tone)
    side = cross_entropy(heads.sentiment_logits(hidden, batch), batch.target_labels)
    side = side + cross_entropy(heads.stance_logits(hidden, batch).reshape(-1, 3), batch.pair_labels.reshape(-1))
    return loss + weights.side * side
