//! ONNX Runtime through `ort`, its library loaded at run time.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ndarray::Array2;
use ort::environment::Environment;
use ort::session::Session;
use ort::value::Tensor;

use crate::{Encoder, EncoderInfo, ModelError, RaggedBatch};

pub(crate) const NAME: &str = "onnx";

/// An encoder as an ONNX graph: `input_ids`, `attention_mask` and `token_type_ids` (int64 `[batch, length]`)
/// in, `last_hidden_state` (f32 `[batch, length, hidden]`) out.
pub struct OnnxEncoder {
    session: Session,
    hidden_size: usize,
    takes_token_types: bool,
    info: EncoderInfo,
}

impl OnnxEncoder {
    /// Loads a graph.
    ///
    /// # Errors
    /// [`ModelError::RuntimeMissing`] without ONNX Runtime's library, [`ModelError::Inference`] when the
    /// graph does not load.
    pub fn load(
        path: &Path,
        hidden_size: usize,
        precision: &'static str,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let session = session(path, threads)?;
        let takes_token_types = session.inputs().iter().any(|input| input.name() == "token_type_ids");
        let info = EncoderInfo { backend: NAME, precision, device: "cpu", threads };
        Ok(Self { session, hidden_size, takes_token_types, info })
    }

    fn run(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, String> {
        let padded = batch.pad();
        let mut inputs = ort::inputs![
            "input_ids" => tensor(padded.input_ids)?,
            "attention_mask" => tensor(padded.attention_mask)?,
        ];
        if self.takes_token_types {
            inputs.push(("token_type_ids".into(), tensor(padded.token_type_ids)?.into()));
        }
        let outputs = self.session.run(inputs).map_err(|e| e.to_string())?;
        let output = outputs.get("last_hidden_state").ok_or("the graph has no output last_hidden_state")?;
        let (shape, states) = output.try_extract_tensor::<f32>().map_err(|e| e.to_string())?;
        batch.unpad(states, self.hidden_size).ok_or_else(|| {
            format!(
                "last_hidden_state has shape {shape:?} for {} sequences of {}",
                batch.len(),
                batch.max_length()
            )
        })
    }
}

impl Encoder for OnnxEncoder {
    fn encode(&mut self, batch: &RaggedBatch) -> Result<Array2<f32>, ModelError> {
        if batch.is_empty() {
            return Ok(Array2::zeros((0, self.hidden_size)));
        }
        self.run(batch).map_err(|message| ModelError::Inference { backend: NAME, message })
    }

    fn hidden_size(&self) -> usize {
        self.hidden_size
    }

    fn info(&self) -> &EncoderInfo {
        &self.info
    }
}

/// A session over a graph on disk.
///
/// # Errors
/// [`ModelError::RuntimeMissing`] without ONNX Runtime's library, [`ModelError::Inference`] when the graph
/// does not load.
pub(crate) fn session(path: &Path, threads: usize) -> Result<Session, ModelError> {
    let failed = |error: String| ModelError::Inference { backend: NAME, message: error };
    let mut builder = Session::builder(environment()?)
        .map_err(|e| failed(e.to_string()))?
        .with_intra_threads(threads)
        .map_err(|e| failed(e.to_string()))?;
    builder.commit_from_file(path).map_err(|e| failed(format!("{}: {e}", path.display())))
}

/// An int64 tensor as ONNX Runtime takes it.
pub(crate) fn tensor(array: Array2<i64>) -> Result<Tensor<i64>, String> {
    let shape = [array.nrows(), array.ncols()];
    Tensor::from_array((shape, array.into_raw_vec_and_offset().0)).map_err(|e| e.to_string())
}

/// The process-wide environment; the library is loaded once, from the first place that has it.
fn environment() -> Result<&'static Environment, ModelError> {
    static ENVIRONMENT: OnceLock<Result<Environment, String>> = OnceLock::new();
    ENVIRONMENT
        .get_or_init(|| {
            let path = library()?;
            ort::init_from(&path)
                .map_err(|e| format!("{}: {e}", path.display()))?
                .with_telemetry(false)
                .build()
                .map_err(|e| e.to_string())
        })
        .as_ref()
        .map_err(|message| ModelError::RuntimeMissing { message: message.clone() })
}

/// `ORT_DYLIB_PATH`, else the folder `lib` beside the binary's, else the source tree the binary was built in.
fn library() -> Result<PathBuf, String> {
    const FILE: &str = "libonnxruntime.so";
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        return if path.exists() {
            Ok(path)
        } else {
            Err(format!("ORT_DYLIB_PATH={} does not exist", path.display()))
        };
    }
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("../lib").join(FILE)));
    let source_tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.deps/onnxruntime").join(FILE);
    beside
        .into_iter()
        .chain([source_tree])
        .find(|path| path.exists())
        .ok_or_else(|| format!("{FILE} was found neither beside the binary nor in .deps/onnxruntime"))
}
