//! Any Hugging Face checkpoint of a known family as a model that fills one role.
//!
//! A folder from a model hub needs a `model.toml` with `kind = "checkpoint"`, which
//! [`CheckpointManifest::describe`] writes for it:
//!
//! ```text
//! text ── Tokenizer ──> Tokens ── encoder ──> hidden states ── head ──> tags of words, or label of the text
//!         tokenizer.json          model.safetensors on libtorch, or the whole model as ONNX
//! ```
//!
//! [`TokenClassifier`] finds entities; [`SequenceClassifier`] judges sentiment towards a target (a pair of
//! sentence and name) or scores frames without training (a pair of sentence and statement, by natural
//! language inference). Labels are the model's own, read from `config.json` once and checked at load.

mod classifier;
mod config;
mod describe;
#[cfg(feature = "torch")]
mod heads;
mod labels;
mod manifest;
#[cfg(feature = "onnx")]
mod onnx;
mod tokenizer;
#[cfg(feature = "torch")]
mod torch;
#[cfg(feature = "torch")]
mod weights;
mod words;

pub use classifier::{SequenceClassifier, TokenClassifier};
pub use config::Architecture;
pub use labels::SequenceLabel;
pub use manifest::{CheckpointKind, CheckpointManifest};

pub(crate) use words::part_words;
