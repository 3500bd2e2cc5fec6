//! Annotation: an article's text in, sentences with mentions, sentiment and relations out.
//!
//! The steps, each a module:
//!
//! 1. [`split`]: article -> sentences (the title is sentence 0);
//! 2. tokenize, and cut sentences longer than the model takes into overlapping windows ([`windows`]);
//! 3. [`plan`]: windows sorted by length, batched under a token budget;
//! 4. [`encode`] (the [`dyad_models::Encoder`] trait; this crate knows no runtime);
//! 5. [`entities`]: constrained BIO decoding;
//! 6. [`link`]: mentions to actors by aliases;
//! 7. heads: sentiment towards each actor; frames, tone and stance where both are mentioned;
//! 8. models that fill a role in place of a head ([`roles`]).
//!
//! Every item carries its article and sentence number; nothing relies on position across batches.
#![deny(missing_docs)]

mod annotator;
pub mod encode;
pub mod entities;
mod error;
pub mod jsonl;
pub mod link;
pub mod plan;
pub mod roles;
pub mod split;
pub mod windows;

pub use annotator::Annotator;
pub use error::AnnotateError;
pub use roles::{FrameModel, RoleModels, ZERO_SHOT_THRESHOLD, ZeroShot};
