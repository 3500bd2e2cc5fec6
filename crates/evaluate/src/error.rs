use std::path::PathBuf;

/// Why an evaluation stopped. A labelled file is trusted input: one bad line stops it, so that no figure is
/// silently computed on fewer cases.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The data file could not be read.
    #[error("{} could not be read: {source}; check the path", path.display())]
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
    #[error("{} holds no case of this task; check that it is the file you mean", path.display())]
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
    /// The model does not answer the task.
    #[error("{model} does not answer the task {task}; it answers {known}")]
    OtherTask {
        /// Name of the model.
        model: String,
        /// The task.
        task: &'static str,
        /// Tasks that it answers.
        known: String,
    },
    /// A zero-shot model gives whatever frames a configuration describes.
    #[error(
        "{model} is a zero-shot model without frames of its own, so there is nothing to compare labels with; measure a joint model, a frame head, or a checkpoint of another role"
    )]
    ZeroShot {
        /// Name of the model.
        model: String,
    },
    /// The model does not load.
    #[error(transparent)]
    Model(#[from] dyad_models::ModelError),
    /// The frames asked for cannot be told apart or stored.
    #[error("--frames: \"{name}\" {problem}")]
    FrameNames {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// No frame head could be fitted on the examples.
    #[error("{}: {cause}", path.display())]
    Fit {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: dyad_models::FitError,
    },
    /// The batch limits do not fit the model.
    #[error(transparent)]
    Annotate(#[from] dyad_annotate::AnnotateError),
}
