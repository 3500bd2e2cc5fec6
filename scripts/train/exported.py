"""The files of an exported model, in torch and in ONNX Runtime."""

from pathlib import Path

import onnxruntime
import torch
from safetensors.torch import load_file

from model import Heads, load_encoder


def load_heads(folder: Path) -> Heads:
    """The heads of an exported model."""
    stored = load_file(folder / "heads.safetensors")
    heads = Heads()
    rename = lambda k: k if k.startswith("entities.") else k.replace(".", ".layers.", 1)
    heads.load_state_dict({rename(k): v for k, v in stored.items()})
    return heads.eval()


def torch_encoder(folder: Path):
    """fp16-rounded weights, float32 arithmetic."""
    encoder = load_encoder(folder).float().eval()

    @torch.no_grad()
    def encode(ids, mask, types):
        return encoder(ids, attention_mask=mask, token_type_ids=types).last_hidden_state

    return encode


def onnx_encoder(path: Path, threads: int):
    """An exported graph in ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def encode(ids, mask, types):
        feeds = {"input_ids": ids.numpy(), "attention_mask": mask.numpy(), "token_type_ids": types.numpy()}
        return torch.from_numpy(session.run(None, feeds)[0])

    return encode
