"""What `transformers` computes for tiny checkpoints of every family that Dyad reads.

    .deps/train-venv/bin/python scripts/train/checkpoint_reference.py

writes crates/models/tests/fixtures/checkpoints.json and checkpoint-*.onnx. Weights are not stored: both sides
compute them from the tensor's name and the number's place (`weight` here, `weight` in tests/checkpoint/folder.rs).
Each text is computed alone; that neighbours change nothing is for the Rust test to show.
"""

import json
import math
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

FIXTURES = Path(__file__).parents[2] / "crates/models/tests/fixtures"

TEXTS = [
    "Microsoft backs OpenAI again.",
    "Deal!",
    "OpenAI's chief  said the “café” deal with Microsoft - a chip deal - is off, but in the end Microsoft backs OpenAI "
    "again and the chief said the deal is a deal.",
    "The end-to-end chip, said Microsoft.",
]
PAIRS = [
    ("Microsoft backs OpenAI again.", "OpenAI"),
    ("The deal is off, OpenAI said.", "Microsoft and OpenAI end the deal."),
    ("OpenAI's chief said the deal with Microsoft is off, but in the end Microsoft backs OpenAI again.", "Deal!"),
    ("Deal!", None),
]
PIECES = """[PAD] [UNK] [CLS] [SEP] [MASK] micro ##soft open ##ai deal the backs again chip said chief is off but in end to
and with a ' s , . ! - cafe ##s ##e ##a o ##pen m ##i ##cr""".split()
MERGES = ["Ġ t", "Ġ d", "e a", "Ġt h", "Ġth e", "Ġd ea", "Ġdea l", "M i", "c r", "Mi cr", "o f", "Micr o", "Micro s",
          "O p", "e n", "Op en", "A I", "Open AI", "Ġ Open", "i p", "' s", "Ġ -", "Ġ a", "i n", "a in", "g ain", "Ġa gain",
          "Ġ i", "Ġi s", "Ġ b", "c k", "a ck", "Ġb ack", "c h"]  # fmt: skip
WORDS = ["▁Microsoft", "▁Open", "AI", "▁deal", "▁the", "chip", "▁again", "ck", "▁is", "▁a", "soft", "end"]
ENTITY_LABELS = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG"]
SHAPE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48,
         "max_position_embeddings": 100}  # fmt: skip


def weight(name: str, index: int) -> float:
    phase = sum(byte * (place + 1) for place, byte in enumerate(name.encode())) % 1000
    wave = math.sin(0.37 * index + 0.11 * (index * index % 1009) + phase)
    is_gain = name.endswith(("LayerNorm.weight", "layer_norm.weight"))
    return 1 + 0.1 * wave if is_gain else 0.2 * wave


def fill(model: torch.nn.Module) -> dict[str, list[int]]:
    """Gives every parameter its computed value; returns the shapes by name."""
    shapes = {}
    for name, tensor in model.state_dict().items():
        values = torch.tensor([weight(name, index) for index in range(tensor.numel())], dtype=torch.float64)
        tensor.copy_(values.reshape(tensor.shape).float())
        shapes[name] = list(tensor.shape)
    return shapes


# --- tokenizers -----------------------------------------------------------------------------------------------------


def word_piece(kind, lower: bool):
    """vocab.txt, and the tokenizer that `transformers` builds from it."""
    pieces = PIECES if lower else PIECES + ["Micro", "Open", "##AI", "Deal", "The", "café"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vocab.txt"
        path.write_text("\n".join(pieces) + "\n", encoding="utf-8")
        return kind(vocab_file=str(path), do_lower_case=lower), {"vocab.txt": path.read_text(encoding="utf-8")}


def characters(pre_tokenizer) -> list[str]:
    """Every character that a pre-tokenizer makes of the texts, sorted: training a tokenizer has ties."""
    texts = TEXTS + [text for pair in PAIRS for text in pair if text is not None]
    return sorted({char for text in texts for word, _ in pre_tokenizer.pre_tokenize_str(text) for char in word})


def byte_level():
    """vocab.json and merges.txt, and the tokenizer that `transformers` builds from them."""
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    vocabulary += characters(pre_tokenizers.ByteLevel(add_prefix_space=False))
    vocabulary += [merge.replace(" ", "") for merge in MERGES]
    files = {
        "vocab.json": json.dumps({piece: number for number, piece in enumerate(vocabulary)}),
        "merges.txt": "\n".join(["#version: 0.2", *MERGES, ""]),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        return transformers.RobertaTokenizerFast(f"{folder}/vocab.json", f"{folder}/merges.txt"), files


def unigram(specials: list[str], cls: str, sep: str, unknown: str, kind, type_of_pair: int, doubled: list[str]):
    """A SentencePiece-like tokenizer.json."""
    pieces = [(piece, 0.0) for piece in specials]
    pieces += [(char, -6.0) for char in characters(pre_tokenizers.Metaspace())]
    pieces += [(word, -4.0 - 0.1 * place) for place, word in enumerate(WORDS)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=specials.index(unknown)))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{cls}:0 $A:0 {sep}:0",
        pair=[f"{cls}:0", "$A:0", f"{sep}:0", *doubled, f"$B:{type_of_pair}", f"{sep}:{type_of_pair}"],
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in (cls, sep)],
    )
    return kind(tokenizer_object=tokenizer), {"tokenizer.json": tokenizer.to_str()}


def xlm_roberta():
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    return unigram(specials, "<s>", "</s>", "<unk>", transformers.XLMRobertaTokenizerFast, 0, ["</s>:0"])


def deberta():
    specials = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    return unigram(specials, "[CLS]", "[SEP]", "[UNK]", transformers.DebertaV2TokenizerFast, 1, [])


# --- families -------------------------------------------------------------------------------------------------------


def families():
    """(name, configuration class, its fields, tokenizer, its files)"""
    t = transformers
    bert, bert_files = word_piece(t.BertTokenizerFast, lower=True)
    bert_files["tokenizer_config.json"] = json.dumps({"do_lower_case": True, "model_max_length": 64})
    yield "bert", t.BertConfig, {**SHAPE, "hidden_act": "gelu_new"}, bert, bert_files

    cased, _ = word_piece(t.DistilBertTokenizerFast, lower=False)
    shape = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 48, "max_position_embeddings": 100}
    yield "distilbert", t.DistilBertConfig, shape, cased, {"tokenizer.json": cased.backend_tokenizer.to_str()}

    electra, electra_files = word_piece(t.ElectraTokenizerFast, lower=False)
    yield "electra", t.ElectraConfig, {**SHAPE, "embedding_size": 16}, electra, electra_files

    # Large epsilons: a layer that ignores them is far off.
    roberta = {**SHAPE, "layer_norm_eps": 0.02, "type_vocab_size": 1}
    tokenizer, files = byte_level()
    yield "roberta", t.RobertaConfig, roberta, tokenizer, files
    tokenizer, files = xlm_roberta()
    yield "xlm-roberta", t.XLMRobertaConfig, {**roberta, "layer_norm_eps": 1e-5}, tokenizer, files

    tokenizer, files = deberta()
    v3 = {**SHAPE, "relative_attention": True, "position_buckets": 8, "max_relative_positions": -1,
          "norm_rel_ebd": "layer_norm", "share_att_key": True, "pos_att_type": "p2c|c2p",
          "position_biased_input": False, "type_vocab_size": 0}  # fmt: skip
    yield "deberta-v3", t.DebertaV2Config, v3, tokenizer, files
    v2 = {**v3, "share_att_key": False, "conv_kernel_size": 3, "conv_act": "gelu", "type_vocab_size": 2,
          "position_biased_input": True, "position_buckets": -1, "max_relative_positions": 12,
          "norm_rel_ebd": "none"}  # fmt: skip
    yield "deberta-v2-conv", t.DebertaV2Config, v2, tokenizer, files


def configuration(kind, fields: dict, labels: list[str], tokenizer) -> transformers.PretrainedConfig:
    names = dict(enumerate(labels))
    return kind(
        **fields,
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        id2label=names,
        label2id={label: index for index, label in names.items()},
        attn_implementation="eager",
    )


def rounded(rows) -> list:
    return [[round(value, 6) for value in row] for row in rows]


def token_case(model, tokenizer, text: str) -> dict:
    encoded = tokenizer(text, return_offsets_mapping=True)
    words = [span for _, span in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(text)]
    to_byte = [len(text[:place].encode()) for place in range(len(text) + 1)]
    tokens = []
    for start, end in encoded["offset_mapping"]:
        while start < end and text[start].isspace():
            start += 1
        word = next((number for number, (first, last) in enumerate(words) if first <= start < last), None)
        tokens.append([to_byte[start], to_byte[end], word] if start < end else None)
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([encoded["input_ids"]])).logits[0]
    return {"text": text, "ids": encoded["input_ids"], "tokens": tokens, "logits": rounded(logits.tolist())}


def sequence_case(model, tokenizer, text: str, pair: str | None) -> dict:
    encoded = tokenizer(text, pair) if pair is not None else tokenizer(text)
    inputs = {name: torch.tensor([encoded[name]]) for name in tokenizer.model_input_names if name in encoded}
    with torch.no_grad():
        logits = model(**inputs).logits
    types = encoded["token_type_ids"] if "token_type_ids" in tokenizer.model_input_names else None
    [values] = rounded(logits.tolist())
    return {"text": text, "pair": pair, "ids": encoded["input_ids"], "types": types, "logits": values}


def describe(model, files: dict) -> dict:
    shapes = fill(model)
    model.eval()
    # What `save_pretrained` would write.
    model.config.architectures = [type(model).__name__]
    return {"config": json.loads(model.config.to_json_string()), "files": files, "tensors": shapes}


def token_model(name: str, kind, fields: dict, tokenizer, files: dict) -> tuple[dict, torch.nn.Module]:
    config = configuration(kind, fields, ENTITY_LABELS, tokenizer)
    model = transformers.AutoModelForTokenClassification.from_config(config, attn_implementation="eager")
    entry = {"name": name, **describe(model, files)}
    entry["tokens"] = [token_case(model, tokenizer, text) for text in TEXTS]
    return entry, model


def sequence_model(name: str, kind, fields: dict, tokenizer, files: dict) -> tuple[dict, torch.nn.Module]:
    config = configuration(kind, fields, ["contradiction", "neutral", "entailment"], tokenizer)
    model = transformers.AutoModelForSequenceClassification.from_config(config, attn_implementation="eager")
    entry = {"name": name, **describe(model, files)}
    entry["sequences"] = [sequence_case(model, tokenizer, *pair) for pair in PAIRS]
    return entry, model


def export(model, path: Path, is_token: bool) -> None:
    ids = torch.tensor([[2, 6, 7, 3], [2, 8, 9, 3]])
    example = (ids, torch.ones_like(ids), torch.zeros_like(ids))
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        model, example, str(path), input_names=names, output_names=["logits"], opset_version=14,
        dynamic_axes={**dict.fromkeys(names, axes), "logits": axes if is_token else {0: "batch"}},
    )  # fmt: skip
    if path.stat().st_size > 60_000:
        sys.exit(f"{path}: {path.stat().st_size} bytes is too much for a fixture")


def main() -> None:
    torch.manual_seed(0)
    reference = {"transformers": transformers.__version__, "torch": torch.__version__, "token": [], "sequence": []}
    for name, kind, fields, tokenizer, files in families():
        reference["token"].append(token_model(name, kind, fields, tokenizer, files)[0])
        reference["sequence"].append(sequence_model(name, kind, fields, tokenizer, files)[0])

    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
             "max_position_embeddings": 64}  # fmt: skip
    tokenizer, files = word_piece(transformers.BertTokenizerFast, lower=True)
    entry, model = token_model("onnx", transformers.BertConfig, small, tokenizer, files)
    export(model, FIXTURES / "checkpoint-token.onnx", is_token=True)
    reference["onnx_token"] = entry
    entry, model = sequence_model("onnx", transformers.BertConfig, small, tokenizer, files)
    export(model, FIXTURES / "checkpoint-sequence.onnx", is_token=False)
    reference["onnx_sequence"] = entry

    path = FIXTURES / "checkpoints.json"
    path.write_text(json.dumps(reference, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
