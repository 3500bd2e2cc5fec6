"""The teacher: all-mpnet-base-v2 (110 M parameters) with the heads of the joint model.

It is trained on the same data and never shipped. Its logits on the training sentences, and on sentences without labels,
are what the joint model learns from besides the gold labels (Hinton, Vinyals and Dean 2015).
"""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import MPNetModel

from model import CASE_PATTERNS, Heads


def ids_from_bert(bert_vocabulary: dict[str, int], mpnet_vocabulary: dict[str, int]) -> torch.Tensor:
    """MPNet's id of every BERT id. Both are the same uncased WordPiece; only the special tokens have other names."""
    special = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>", "[MASK]": "<mask>"}
    table = torch.zeros(max(bert_vocabulary.values()) + 1, dtype=torch.long)
    for token, number in bert_vocabulary.items():
        table[number] = mpnet_vocabulary.get(special.get(token, token), mpnet_vocabulary["[UNK]"])
    return table


class MpnetOverBertIds(nn.Module):
    """MPNet called as the joint model's encoder is: BERT's token ids, and the case patterns as token types.

    The lowest layers stay as they are, which saves a third of the backward pass; casing is therefore added above them,
    to the input of the first layer that learns.
    """

    def __init__(self, folder: Path, bert_vocabulary: dict[str, int], mpnet_vocabulary: dict[str, int], frozen_layers: int):
        super().__init__()
        self.mpnet = MPNetModel.from_pretrained(folder, add_pooling_layer=False)
        for part in (self.mpnet.embeddings, *self.mpnet.encoder.layer[:frozen_layers]):
            part.requires_grad_(False)
        self.register_buffer("table", ids_from_bert(bert_vocabulary, mpnet_vocabulary))
        self.casing = nn.Embedding(CASE_PATTERNS, self.mpnet.config.hidden_size)
        nn.init.zeros_(self.casing.weight)  # until it has learnt, the model is MPNet as it was
        self.types = None
        self.mpnet.encoder.layer[frozen_layers].register_forward_pre_hook(
            lambda layer, inputs: (inputs[0] + self.casing(self.types).to(inputs[0].dtype), *inputs[1:])
        )

    def forward(self, ids, attention_mask, token_type_ids):
        self.types = token_type_ids
        words = self.mpnet.embeddings.word_embeddings(self.table[ids])
        return self.mpnet(inputs_embeds=words, attention_mask=attention_mask)


class Teacher(nn.Module):
    """Encoder and heads with the interface of JointModel."""

    def __init__(self, folder: Path, bert_vocabulary: dict[str, int], bfloat16: bool = False, frozen_layers: int = 4):
        super().__init__()
        mpnet_vocabulary = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
        self.encoder = MpnetOverBertIds(folder, bert_vocabulary, mpnet_vocabulary, frozen_layers)
        self.heads = Heads(self.encoder.mpnet.config.hidden_size)
        self.bfloat16 = bfloat16

    def hidden(self, batch) -> torch.Tensor:
        """Last hidden states [batch, seq, size] in float32."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16 and self.training):
            out = self.encoder(batch.ids, attention_mask=batch.mask, token_type_ids=batch.types)
        return out.last_hidden_state.float()
