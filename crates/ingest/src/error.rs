use crate::format::InputFormat;

/// Why nothing could be read at all. A single bad file or record is a [`dyad_core::Reject`] instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// No input was named.
    #[error("no input: name a file, a folder, a glob, an address or '-' for standard input")]
    NoInput,
    /// A named path does not exist.
    #[error("input '{path}' does not exist; check the path (it is relative to the current folder)")]
    NotFound {
        /// The path as given.
        path: String,
    },
    /// A glob matches no file.
    #[error("input pattern '{pattern}' matches nothing; check it, or name the files")]
    NoMatch {
        /// The pattern as given.
        pattern: String,
    },
    /// A glob that cannot be read.
    #[error("input pattern '{pattern}' is malformed ({source}); write e.g. 'news/**/*.jsonl'")]
    BadPattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        source: glob::PatternError,
    },
    /// An address that cannot be read.
    #[error("input '{address}': {reason}")]
    Remote {
        /// The address, without what may be secret.
        address: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The threads that parse records could not be started.
    #[error("cannot start {threads} reading threads ({source}); ask for fewer with --threads")]
    Threads {
        /// Threads asked for; 0 means one for each core.
        threads: usize,
        /// The cause.
        source: rayon::ThreadPoolBuildError,
    },
    /// A reading thread vanished; its records are lost, so the run must not count as complete.
    #[error("a reading thread stopped without an answer; this is a defect in Dyad, please report it")]
    ThreadLost,
}

/// A name that is no input format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{name}' is not an input format; known are {}", known())]
pub struct UnknownInputFormat {
    /// The name as given.
    pub name: String,
}

fn known() -> String {
    InputFormat::ALL.map(InputFormat::as_str).join(", ")
}
