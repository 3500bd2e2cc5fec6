//! Evaluation: how good a model is on labelled data, measured with the code that annotates articles.
//!
//! - [`formats`]: readers of the published data sets, one type of case a task;
//! - [`scores`]: F1, accuracy and calibration from gold and predicted labels, no model needed;
//! - [`evaluate()`]: runs a model over a file and scores it;
//! - [`check`]: whether a model behaves at all, without labelled data.
#![deny(missing_docs)]

pub mod check;
mod error;
mod evaluate;
pub mod formats;
mod reading;
pub mod scores;

pub use error::EvaluateError;
pub use evaluate::{Evaluation, Task, evaluate};
