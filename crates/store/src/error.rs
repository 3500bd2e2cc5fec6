use std::error::Error;
use std::io;
use std::path::PathBuf;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;
use dyad_core::ArticleId;

use crate::{Table, layout};

/// What can go wrong with a store. Each message names the place, the cause and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The path does not exist.
    #[error("{}: no such store; check the path, or create one with `dyad ingest` or `dyad run`", .path.display())]
    Missing {
        /// The path given.
        path: PathBuf,
    },
    /// The path is a file.
    #[error("{}: not a folder; a store is a folder", .path.display())]
    NotAFolder {
        /// The path given.
        path: PathBuf,
    },
    /// The folder holds other things than a store.
    #[error("{}: the folder is not a Dyad store and not empty; name a new folder", .path.display())]
    NotAStore {
        /// The path given.
        path: PathBuf,
    },
    /// The marker file does not parse.
    #[error("{}: the marker is damaged ({problem}); it should read {{\"version\":{}}}", .path.display(), layout::CURRENT)]
    DamagedMarker {
        /// The marker file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A later Dyad wrote the store.
    #[error("{}: the store has layout version {found}, this Dyad reads up to {known}; use a newer Dyad", .path.display())]
    NewerVersion {
        /// The store.
        path: PathBuf,
        /// The version in the marker.
        found: u64,
        /// The latest version this code knows.
        known: u64,
    },
    /// Another process writes to the store.
    #[error("{}: another Dyad process{holder} writes to this store; wait for it to end, or name another store", .path.display())]
    Locked {
        /// The store.
        path: PathBuf,
        /// ` (process N)` where it is known, otherwise empty.
        holder: String,
    },
    /// A writing method was called on a store opened for reading.
    #[error("{}: the store was opened for reading only", .path.display())]
    ReadOnly {
        /// The store.
        path: PathBuf,
    },
    /// The store's creation was cut short.
    #[error("{}: table {table} is missing; run a command that writes (`dyad ingest`) to complete the store", .path.display())]
    Incomplete {
        /// The store.
        path: PathBuf,
        /// The first table that is missing.
        table: Table,
    },
    /// The files of an older version are gone.
    #[error("{}: the store keeps its versions since {}, not as of {}; \
             `dyad store compact --keep` says for how long", .path.display(), first_second(*.kept_since), first_second(*.at))]
    NoLongerKept {
        /// The store.
        path: PathBuf,
        /// The time asked for.
        at: DateTime<Utc>,
        /// The first time that can be asked for.
        kept_since: DateTime<Utc>,
    },
    /// The file system refused.
    #[error("{}: cannot {action}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The reason.
        source: io::Error,
    },
    /// Another program wrote a table with a later version of Delta's protocol.
    #[error("{}: this Dyad cannot read the table's version of Delta ({problem}); \
             use a newer Dyad, or the program that wrote it", .path.display())]
    NewerProtocol {
        /// The table's folder.
        path: PathBuf,
        /// What is not known.
        problem: String,
    },
    /// A Delta operation failed; nothing of it is visible in the table.
    #[error("{}: cannot {action}: {source}", .path.display())]
    Delta {
        /// The table's folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The reason.
        source: Box<DeltaTableError>,
    },
    /// Reading a table failed.
    #[error("table {table}: cannot read: {source}")]
    Read {
        /// The table.
        table: Table,
        /// The reason.
        source: Box<DataFusionError>,
    },
    /// A table lacks a column, or holds something in it that Dyad never writes.
    #[error("table {table}, column {column}: {problem}; was the table changed by another program?")]
    Column {
        /// The table.
        table: Table,
        /// The column.
        column: String,
        /// What is wrong.
        problem: String,
    },
    /// A SQL statement does not parse, names something unknown, or fails while it runs.
    #[error("SQL: {message}")]
    Sql {
        /// DataFusion's message without its back trace.
        message: String,
    },
    /// A result cannot be written in the format asked for.
    #[error("cannot write the result as {format}: {source}")]
    Format {
        /// The format's name.
        format: &'static str,
        /// The reason.
        source: Box<ArrowError>,
    },
    /// Writing a query's result failed (a closed pipe, a full disk).
    #[error("cannot write the result: {source}")]
    Output {
        /// The reason.
        #[from]
        source: io::Error,
    },
    /// A value does not fit its column.
    #[error("table {table}, column {column}: {value} is out of range")]
    OutOfRange {
        /// The table.
        table: Table,
        /// The column.
        column: &'static str,
        /// The value.
        value: String,
    },
    /// Rows could not be put into Arrow arrays; a defect of this crate.
    #[error("table {table}: cannot build rows: {source}")]
    Rows {
        /// The table.
        table: Table,
        /// The reason.
        source: Box<ArrowError>,
    },
    /// A frame's name cannot be a column.
    #[error("frame '{name}': {problem}; use letters, digits, '_' and '-', each name once in any case")]
    FrameName {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// An annotation cannot be stored as it is; nothing of the call was written.
    #[error("article {article_id}: cannot store the annotation: {problem}")]
    Annotation {
        /// The article.
        article_id: ArticleId,
        /// What is wrong with it.
        problem: String,
    },
    /// A call-back of the caller failed.
    #[error("{source}")]
    Caller {
        /// The caller's error.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What the operating system said, where that is what went wrong.
fn file_system_error(error: &DeltaTableError) -> Option<io::Error> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(code) = error.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) {
            return Some(io::Error::from_raw_os_error(code));
        }
        cause = error.source();
    }
    None
}

/// A time as it may be typed again: the first whole second that is not before it.
fn first_second(time: DateTime<Utc>) -> String {
    let up = if time.timestamp_subsec_nanos() == 0 { 0 } else { 1 };
    (time + Duration::seconds(up)).to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl StoreError {
    /// Wraps an error of a call-back given to [`crate::Store::query_stream`].
    pub fn caller(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        StoreError::Caller { source: source.into() }
    }

    pub(crate) fn sql(error: &DataFusionError) -> Self {
        StoreError::Sql { message: error.strip_backtrace().trim_end().to_owned() }
    }

    /// A failed operation of Delta on the table in the folder. What the file system said is said without the layers
    /// around it, which do not name a place.
    pub(crate) fn delta(path: PathBuf, action: &'static str, source: DeltaTableError) -> Self {
        if let Some(source) = file_system_error(&source) {
            return StoreError::Io { path, action, source };
        }
        // The kernel's own type of error is not exported.
        let unsupported = matches!(source, DeltaTableError::KernelError(_)).then(|| source.to_string());
        match unsupported.as_deref().and_then(|text| text.split_once("Unsupported: ")) {
            Some((_, problem)) => StoreError::NewerProtocol { path, problem: problem.to_owned() },
            None => StoreError::Delta { path, action, source: Box::new(source) },
        }
    }

    pub(crate) fn read(table: Table, source: DataFusionError) -> Self {
        StoreError::Read { table, source: Box::new(source) }
    }

    pub(crate) fn rows(table: Table, source: ArrowError) -> Self {
        StoreError::Rows { table, source: Box::new(source) }
    }
}
