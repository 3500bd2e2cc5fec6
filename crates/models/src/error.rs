use std::path::PathBuf;

/// Why a model could not be loaded or run. Every message names the model's file or field and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The folder has no readable manifest.
    #[error("model '{}': model.toml could not be read: {source}; check --models-dir and the model's name", path.display())]
    ManifestUnreadable {
        /// The folder.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// The manifest is not valid TOML or lacks a field.
    #[error("{}: {message}", path.display())]
    ManifestInvalid {
        /// The manifest.
        path: PathBuf,
        /// What is wrong, naming the field.
        message: String,
    },
    /// A file that the manifest names is not there.
    #[error("model '{model}': files.{role} = \"{}\" could not be read: {source}; restore it from git", path.display())]
    FileUnreadable {
        /// Name of the model.
        model: String,
        /// Key under `[files]`.
        role: String,
        /// The file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// A file differs from what the manifest promises.
    #[error(
        "model '{model}': files.{role}: sha256 is {found}, the manifest says {expected}; restore the file or update model.toml"
    )]
    WrongHash {
        /// Name of the model.
        model: String,
        /// Key under `[files]`.
        role: String,
        /// Hash in the manifest.
        expected: String,
        /// Hash of the file.
        found: String,
    },
    /// A frame head belongs to other hidden states.
    #[error(
        "model '{model}' was fitted on the hidden states of '{base}' with files.encoder {expected}, but the joint model here is {found}; fit it again: dyad models train-frames EXAMPLES.jsonl --name {model} --force"
    )]
    OtherBase {
        /// Name of the frame head.
        model: String,
        /// Name of the model it was fitted on.
        base: String,
        /// SHA-256 of that model's encoder.
        expected: String,
        /// The model it was loaded for.
        found: String,
    },
    /// The file for a backend and precision is not part of the model.
    #[error(
        "model '{model}' has no files.{role}, which backend {backend} with precision {precision} needs; choose another --backend or --precision"
    )]
    NotOffered {
        /// Name of the model.
        model: String,
        /// Key under `[files]`.
        role: &'static str,
        /// Backend asked for.
        backend: &'static str,
        /// Precision asked for.
        precision: &'static str,
    },
    /// The binary was built without a backend.
    #[error(
        "this dyad was built without the '{backend}' backend; build it with --features {backend} or choose another --backend"
    )]
    BackendMissing {
        /// The backend.
        backend: &'static str,
    },
    /// The tokenizer file does not load or fails on a text.
    #[error("tokenizer: {message}")]
    Tokenizer {
        /// Cause.
        message: String,
    },
    /// A weight is missing or has another shape than the manifest says.
    #[error("weights: {tensor}: {message}")]
    Weights {
        /// Tensor name.
        tensor: String,
        /// What is wrong.
        message: String,
    },
    /// A label that Dyad does not know.
    #[error("heads.{head}.labels: {message}")]
    Labels {
        /// Head.
        head: &'static str,
        /// What is wrong.
        message: String,
    },
    /// The runtime's library could not be loaded.
    #[error("ONNX Runtime: {message}; run scripts/prepare or set ORT_DYLIB_PATH to libonnxruntime.so")]
    RuntimeMissing {
        /// Cause.
        message: String,
    },
    /// The runtime failed while loading or running the encoder.
    #[error("{backend} backend: {message}")]
    Inference {
        /// Backend.
        backend: &'static str,
        /// Cause as the runtime puts it.
        message: String,
    },
}
