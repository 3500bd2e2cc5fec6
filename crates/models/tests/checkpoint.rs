//! Tiny checkpoints of every family, built from a formula, against the logits of `transformers`
//! (`scripts/train/checkpoint_reference.py`); and the sentence of every error.
#![allow(clippy::unwrap_used)]

mod checkpoint {
    mod compare;
    mod errors;
    mod folder;
    mod manifest;
    #[cfg(feature = "onnx")]
    mod onnx;
    #[cfg(feature = "torch")]
    mod torch;
    #[cfg(feature = "torch")]
    mod torch_errors;
}
