//! Rows read back as the nouns of `dyad-core`, and the record of a run.

use chrono::{DateTime, Utc};
use dyad_core::{Article, ArticleId, Origin, PublishedFrom};
use serde_json::Value;

use crate::StoreError;
use crate::columns::Columns;

/// What is kept of one run: how it was called, what it did, how it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// Identifies the run; the other tables carry it in `run_id`.
    pub run_id: String,
    /// The command line.
    pub command: String,
    /// When the run began, UTC, kept to the microsecond.
    pub started_at: DateTime<Utc>,
    /// When the run ended, UTC, kept to the microsecond.
    pub finished_at: DateTime<Utc>,
    /// Exit status of the process: 0, 1, 2 or 3 (done, and a watched number moved).
    pub exit_status: i32,
    /// The whole configuration as TOML.
    pub config_toml: String,
    /// Pipeline fingerprint; `None` for a run that annotated nothing (`dyad ingest`).
    pub fingerprint: Option<String>,
    /// Model, backend, device and precision; `Null` for a run without a model. Stored as JSON text.
    pub model: Value,
    /// Articles, rejects, truncations, skips and so on. Stored as JSON text.
    pub counts: Value,
    /// Seconds a stage. Stored as JSON text.
    pub timings: Value,
    /// Version of Dyad.
    pub version: String,
}

/// The columns of `articles` that make an [`Article`].
pub(crate) const ARTICLE_COLUMNS: [&str; 13] = [
    "article_id",
    "url",
    "source",
    "title",
    "author",
    "published",
    "published_from",
    "language",
    "text",
    "n_bytes",
    "duplicate_of",
    "input_file",
    "input_position",
];

/// One row of `articles` as it was ingested.
pub(crate) fn article(columns: &Columns, row: usize) -> Result<Article, StoreError> {
    let text = |column| columns.text(column).map(|values| values.value(row).to_owned());
    let published_from = PublishedFrom::parse(columns.text("published_from")?.value(row))
        .ok_or_else(|| columns.error("published_from", "an unknown origin of a date"))?;
    Ok(Article {
        article_id: ArticleId(text("article_id")?),
        url: columns.optional_text("url", row)?,
        source: columns.optional_text("source", row)?,
        title: columns.optional_text("title", row)?,
        author: columns.optional_text("author", row)?,
        published: columns.time("published", row)?,
        published_from,
        language: columns.optional_text("language", row)?,
        text: text("text")?,
        n_bytes: columns.count("n_bytes", row)?,
        duplicate_of: columns.optional_text("duplicate_of", row)?.map(ArticleId),
        origin: Origin { file: text("input_file")?, position: columns.count("input_position", row)? },
    })
}

/// One row of `runs`.
pub(crate) fn run(columns: &Columns, row: usize) -> Result<RunRecord, StoreError> {
    let text = |column| columns.text(column).map(|values| values.value(row).to_owned());
    let json = |column| -> Result<Value, StoreError> {
        serde_json::from_str(columns.text(column)?.value(row))
            .map_err(|error| columns.error(column, &format!("is no JSON ({error})")))
    };
    let time = |column| columns.time(column, row)?.ok_or_else(|| columns.error(column, "is empty"));
    let exit_status = i32::try_from(columns.integer("exit_status")?.value(row))
        .map_err(|_| columns.error("exit_status", "is no exit status"))?;
    Ok(RunRecord {
        run_id: text("run_id")?,
        command: text("command")?,
        started_at: time("started_at")?,
        finished_at: time("finished_at")?,
        exit_status,
        config_toml: text("config_toml")?,
        fingerprint: columns.optional_text("fingerprint", row)?,
        model: json("model")?,
        counts: json("counts")?,
        timings: json("timings")?,
        version: text("version")?,
    })
}
