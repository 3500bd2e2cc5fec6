use std::path::PathBuf;

/// Why an evaluation stopped. A labelled file is trusted input: one bad line stops it, so that no figure is
/// silently computed on fewer cases.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The data file could not be read.
    #[error("{}: {source}; check --data", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// A line is not in the format of the task.
    #[error("{}, line {line}: {message}", path.display())]
    BadLine {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong and what is expected.
        message: String,
    },
    /// The file holds no case.
    #[error("{} holds no case of this task; check --task and --data", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A label of the data is not among the model's.
    #[error("{}: the data has the frame \"{label}\", which the model does not give ({known})", path.display())]
    UnknownFrame {
        /// The file.
        path: PathBuf,
        /// The label.
        label: String,
        /// The model's labels.
        known: String,
    },
    /// The batch limits do not fit the model.
    #[error(transparent)]
    Annotate(#[from] dyad_annotate::AnnotateError),
}
