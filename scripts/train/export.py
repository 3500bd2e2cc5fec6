"""Writes the model folder: fp16 safetensors, fp32 heads, and two ONNX graphs that borrow their weights from the safetensors file.

`encoder.onnx` computes in float32; all its weights are external data inside `model.safetensors` (FLOAT16, cast when loaded), so it adds
only kilobytes. `encoder.int8.onnx` holds int8 matrices; its embeddings are the same fp16 rows of `model.safetensors`.
"""

import argparse
import hashlib
import json
import logging
import struct
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.torch import save_file

import checkpoint
from model import JointModel, load_encoder
from tokens import load_tokenizer
from base import base_folder

WEIGHTS = "model.safetensors"


class EncoderGraph(torch.nn.Module):
    """The encoder with the three inputs in a fixed order and one output."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.encoder(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state


def write_weights(model: JointModel, out: Path) -> None:
    """model.safetensors (encoder, fp16, BertModel names) and heads.safetensors (fp32)."""
    encoder = {k: v.half().contiguous() for k, v in model.encoder.state_dict().items() if "position_ids" not in k}
    save_file(encoder, out / WEIGHTS, {"format": "pt"})
    heads = {k.replace(".layers.", "."): v.float().contiguous() for k, v in model.heads.state_dict().items()}
    save_file(heads, out / "heads.safetensors", {"format": "pt"})


def write_config(out: Path) -> None:
    """config.json (four case patterns as token types) and tokenizer.json without padding and truncation."""
    config = json.loads((base_folder() / "config.json").read_text())
    config = {k: v for k, v in config.items() if not k.startswith("_") and k not in ("gradient_checkpointing", "transformers_version")}
    config |= {"type_vocab_size": 4, "torch_dtype": "float16"}
    (out / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    load_tokenizer(base_folder() / "tokenizer.json").save(str(out / "tokenizer.json"))


def tensor_places(path: Path) -> dict[str, tuple[list[int], int, int]]:
    """Name -> (shape, first byte in the file, length in bytes) of every tensor of a safetensors file."""
    with path.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
    return {name: (t["shape"], 8 + size + t["data_offsets"][0], t["data_offsets"][1] - t["data_offsets"][0])
            for name, t in header.items() if name != "__metadata__"}  # fmt: skip


def float_graph(encoder, path: Path) -> None:
    """A plain float32 ONNX graph of the encoder."""
    example = torch.ones(2, 8, dtype=torch.long)
    axes = {0: "batch", 1: "seq"}
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(EncoderGraph(encoder).eval(), (example, example, example), str(path), input_names=names,
                      output_names=["last_hidden_state"], opset_version=17,
                      dynamic_axes={n: axes for n in [*names, "last_hidden_state"]})  # fmt: skip


def fingerprint(values: np.ndarray) -> tuple:
    """Shape and content of an array."""
    return values.shape, hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def external(name: str, place: tuple[list[int], int, int]) -> TensorProto:
    """A FLOAT16 initialiser whose bytes are in the safetensors file."""
    shape, offset, length = place
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT16, dims=shape, data_location=TensorProto.EXTERNAL)
    for key, value in (("location", WEIGHTS), ("offset", str(offset)), ("length", str(length))):
        tensor.external_data.add(key=key, value=value)
    return tensor


def borrow_weights(graph: onnx.GraphProto, encoder, weights: Path) -> int:
    """Replace every initialiser that is in the safetensors file by a reference into it; returns how many were replaced."""
    places, known = tensor_places(weights), {}
    for name, value in encoder.state_dict().items():
        if name in places:
            array = value.float().numpy()
            if array.ndim == 2:
                known[fingerprint(array.T)] = (name, True)
            known[fingerprint(array)] = (name, False)
    nodes, replaced, shared = [], 0, set()
    for tensor in list(graph.initializer):
        found = known.get(fingerprint(numpy_helper.to_array(tensor))) if tensor.data_type == TensorProto.FLOAT else None
        if found is None:
            continue
        name, transposed = found
        half = f"{name}.f16"
        graph.initializer.remove(tensor)
        if name not in shared:
            graph.initializer.append(external(half, places[name]))
            shared.add(name)
        replaced += 1
        users = [n for n in graph.node if tensor.name in n.input]
        if not transposed and all(n.op_type == "Gather" and n.input[0] == tensor.name for n in users):
            for user in users:  # look up half rows, widen only those
                user.input[0] = half
                wide, user.output[0] = user.output[0], f"{user.output[0]}.f16"
                at = list(graph.node).index(user)
                graph.node.insert(at + 1, helper.make_node("Cast", [user.output[0]], [wide], f"{wide}.widen", to=TensorProto.FLOAT))
            continue
        widened = f"{tensor.name}.f32" if transposed else tensor.name
        nodes.append(helper.make_node("Cast", [half], [widened], f"{tensor.name}.widen", to=TensorProto.FLOAT))
        if transposed:
            nodes.append(helper.make_node("Transpose", [widened], [tensor.name], f"{tensor.name}.turn", perm=[1, 0]))
    for node in reversed(nodes):
        graph.node.insert(0, node)
    return replaced


def write_onnx(encoder, out: Path) -> None:
    """encoder.onnx and encoder.int8.onnx; `encoder` must already be rounded to fp16."""
    with tempfile.TemporaryDirectory() as folder:
        plain, int8 = Path(folder) / "plain.onnx", Path(folder) / "int8.onnx"
        float_graph(encoder, plain)
        quantize_dynamic(plain, int8, op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
        for source, name in ((plain, "encoder.onnx"), (int8, "encoder.int8.onnx")):
            model = onnx.load(source)
            del model.graph.value_info[:]
            count = borrow_weights(model.graph, encoder, out / WEIGHTS)
            (out / name).write_bytes(model.SerializeToString())
            logging.info("%s: %d weights borrowed, %d bytes", name, count, (out / name).stat().st_size)


def export(state: dict, out: Path) -> None:
    """The whole folder from a checkpoint."""
    out.mkdir(parents=True, exist_ok=True)
    model = JointModel(base_folder())
    model.load_state_dict(state["model"])
    write_weights(model, out)
    write_config(out)
    encoder = load_encoder(out, "eager").float().eval()
    write_onnx(encoder, out)


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    export(checkpoint.load(args.checkpoint), args.out)


if __name__ == "__main__":
    main()
