//! A whole model as one ONNX graph, head included, through `ort`.

use std::borrow::Cow;
use std::path::Path;

use ndarray::Array2;
use ort::session::{Session, SessionInputValue};

use super::classifier::{HeadKind, Network};
use crate::backend::onnx::{self, NAME, tensor};
use crate::{EncoderInfo, ModelError, RaggedBatch};

/// A graph that takes any of `input_ids`, `attention_mask` and `token_type_ids` (int64 `[batch, length]`) and
/// gives `logits` (f32, `[batch, length, labels]` or `[batch, labels]`).
pub(super) struct WholeModel {
    session: Session,
    kind: HeadKind,
    n_labels: usize,
    info: EncoderInfo,
}

impl WholeModel {
    /// Loads a graph and checks the names of what goes in and out.
    ///
    /// # Errors
    /// [`ModelError::RuntimeMissing`] without ONNX Runtime's library, [`ModelError::Inference`] when the
    /// graph does not load or asks for another input.
    pub fn load(path: &Path, kind: HeadKind, n_labels: usize, threads: usize) -> Result<Self, ModelError> {
        let session = onnx::session(path, threads)?;
        let failed = |message: String| failed(format!("files.onnx-fp32: {message}"));
        let known = ["input_ids", "attention_mask", "token_type_ids"];
        if let Some(input) = session.inputs().iter().find(|input| !known.contains(&input.name())) {
            return Err(failed(format!(
                "input \"{}\" is not known; known are {}",
                input.name(),
                known.join(", ")
            )));
        }
        if !session.outputs().iter().any(|output| output.name() == "logits") {
            return Err(failed(
                "the graph has no output \"logits\"; export the model with its head".to_owned(),
            ));
        }
        let info = EncoderInfo { backend: NAME, precision: "fp32", device: "cpu", threads };
        Ok(Self { session, kind, n_labels, info })
    }

    fn run(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, String> {
        let padded = batch.pad();
        let mut arrays = vec![
            ("input_ids", padded.input_ids),
            ("attention_mask", padded.attention_mask),
            ("token_type_ids", padded.token_type_ids),
        ];
        arrays.retain(|(name, _)| self.session.inputs().iter().any(|input| input.name() == *name));
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::with_capacity(arrays.len());
        for (name, array) in arrays {
            inputs.push((name.into(), tensor(array)?.into()));
        }
        let outputs = self.session.run(inputs).map_err(|e| e.to_string())?;
        let output = outputs.get("logits").ok_or("the graph has no output logits")?;
        let (shape, values) = output.try_extract_tensor::<f32>().map_err(|e| e.to_string())?;
        let logits = match self.kind {
            HeadKind::Token => batch.unpad(values, self.n_labels),
            HeadKind::Sequence => Array2::from_shape_vec((batch.len(), self.n_labels), values.to_vec()).ok(),
        };
        logits.ok_or_else(|| {
            format!(
                "logits have shape {shape:?} for {} sequences of {} and {} labels",
                batch.len(),
                batch.max_length(),
                self.n_labels
            )
        })
    }
}

impl Network for WholeModel {
    fn logits(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError> {
        if batch.is_empty() {
            return Ok(Array2::zeros((0, self.n_labels)));
        }
        self.run(batch).map_err(failed)
    }

    fn info(&self) -> &EncoderInfo {
        &self.info
    }
}

fn failed(message: String) -> ModelError {
    ModelError::Inference { backend: NAME, message }
}
