//! Evaluation: how good a model is on labelled data, measured with the code that annotates articles.
//!
//! - [`formats`]: readers of the published data sets, one type of case a task;
//! - [`scores`]: F1, accuracy and calibration from gold and predicted labels, no model needed;
//! - [`evaluate()`]: runs a model over a file and scores it;
//! - [`train_frames`]: fits a frame head and cross-validates it;
//! - [`check`]: whether a model behaves at all, without labelled data.
#![deny(missing_docs)]

pub mod check;
mod error;
mod evaluate;
pub mod formats;
mod measured;
mod reading;
pub mod scores;
mod train;

pub use error::EvaluateError;
pub use evaluate::{Evaluation, Task, evaluate};
pub use measured::Measured;
pub use train::{FrameData, FrameTraining, train_frames};
