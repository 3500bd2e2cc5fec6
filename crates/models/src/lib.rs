//! Models: manifests, verification, tokenization, the [`Encoder`] trait with its backends, and the heads.
//!
//! A model is a folder under `models/` with a `model.toml`. The encoder is the only heavy part and the
//! only part that a backend implements; the heads are small matrices evaluated with `ndarray`, the same
//! code on every backend:
//!
//! ```text
//! text ── Tokenizer ──> Tokens ── Encoder ──> hidden states [tokens, hidden] ── Heads ──> probabilities
//! ```
//!
//! Two cargo features choose the backends that are compiled in: `onnx` (ONNX Runtime, loaded at run time)
//! and `torch` (rust-bert's layers on libtorch).
//!
//! Besides the joint model, any Hugging Face checkpoint of a known family fills one role: see [`checkpoint`]. A frame head
//! ([`FrameHeadModel`]) reads frames of the user's own off the joint model's hidden states; [`fit_frames`] makes one.
#![deny(missing_docs)]

pub mod backend;
mod batch;
pub mod checkpoint;
mod classifier_error;
mod error;
mod files;
mod frame_head;
mod heads;
mod joint;
mod kind;
mod manifest;
mod tokenize;

pub use batch::{PaddedBatch, RaggedBatch};
pub use checkpoint::{
    Architecture, CheckpointKind, CheckpointManifest, SequenceClassifier, SequenceLabel, TokenClassifier,
};
pub use error::ModelError;
pub use files::FileSpec;
pub use frame_head::{
    FitError, FrameExamples, FrameFit, FrameHeadKind, FrameHeadManifest, FrameHeadModel, FrameHeadSpecs,
    LOWEST_THRESHOLD, check_counts, fit as fit_frames,
};
pub use heads::{Heads, LabelScheme, RelationScores, Tag, relation_features};
pub use joint::{EncoderInfo, JointModel, ModelOptions};
pub use kind::ModelKind;
pub use manifest::{FrameHead, HeadSpec, Manifest, Role};
pub use tokenize::{CasePattern, EncodedPair, Token, Tokenizer, Tokens};

use ndarray::Array2;

/// Turns token ids into hidden states. The only thing a backend implements.
pub trait Encoder: Send {
    /// Hidden states of a batch, `[batch.n_tokens(), hidden]`, rows in the order of the ragged batch.
    ///
    /// A sequence's rows must not depend on its neighbours (to 1e-4 in fp32): padded backends pad with
    /// [`RaggedBatch::pad`] and always pass the mask.
    ///
    /// # Errors
    /// [`ModelError::Inference`] when the runtime fails; the batch may be tried again in halves.
    fn encode(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError>;

    /// Width of a hidden state.
    fn hidden_size(&self) -> usize;

    /// What runs, for the run record.
    fn info(&self) -> &EncoderInfo;
}
