use std::path::PathBuf;

use dyad_store::StoreError;

/// Why an analysis could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyzeError {
    /// The store could not be read.
    #[error("analysis could not read {table}: {source}")]
    Store {
        /// The table that was being read.
        table: &'static str,
        /// What the store says.
        source: StoreError,
    },
    /// A column is missing or of a type that cannot be read as the one expected.
    #[error(
        "analysis: column '{column}' of {table} cannot be read as {expected}: {found}; \
         the store may come from another version of Dyad or have other frames: annotate again with `dyad annotate --store DIR`"
    )]
    Column {
        /// The table that was being read.
        table: &'static str,
        /// Name of the column.
        column: String,
        /// What it should hold.
        expected: &'static str,
        /// What is there instead.
        found: String,
    },
    /// The store was annotated with other frames, or other thresholds.
    #[error(
        "analysis: the store was last annotated with the frames {found}; the configuration asks for {wanted}; name the same model as when it was annotated, or annotate again with `dyad annotate --store DIR`"
    )]
    OtherFrames {
        /// Frames and thresholds of the last annotation.
        found: String,
        /// Those of the configuration.
        wanted: String,
    },
    /// The store has frames of these names and thresholds, but another model gave them.
    #[error(
        "analysis: the store's frames are from another model than the configured one, or from an earlier state of it (fingerprint {found}, not {wanted}); annotate again with `dyad annotate --store DIR` or `dyad run`, or configure the model of then"
    )]
    OtherFrameModel {
        /// Fingerprint in the last annotation's record.
        found: String,
        /// That of the configuration.
        wanted: String,
    },
    /// A score is missing, not a number or infinite.
    #[error(
        "analysis: article {article_id} has no finite '{column}' in {table}; annotate it again with `dyad annotate --store DIR`"
    )]
    NotFinite {
        /// The table that was being read.
        table: &'static str,
        /// Name of the column.
        column: String,
        /// The article with the value.
        article_id: String,
    },
    /// A row points to one that is not there.
    #[error(
        "analysis: {wanted} of article {article_id} is missing though another table names it; \
         an interrupted run may have left it so: annotate again with `dyad annotate --store DIR`"
    )]
    Missing {
        /// What was looked for.
        wanted: &'static str,
        /// The article it belongs to.
        article_id: String,
    },
    /// As many thresholds as frames are needed.
    #[error("analysis: {frames} frames but {thresholds} thresholds; name one threshold per frame")]
    Thresholds {
        /// Frames in the options.
        frames: usize,
        /// Thresholds in the options.
        thresholds: usize,
    },
    /// A standard deviation that is none.
    #[error(
        "analysis: the classifier's error of {metric} is {deviation}, which is no standard deviation; mend or remove errors.{metric} in the model's model.toml"
    )]
    ClassifierError {
        /// The metric.
        metric: String,
        /// What was given.
        deviation: f64,
    },
    /// A file that should hold the report of another pair of actors does not.
    #[error(
        "analysis: {path} cannot be compared with: {cause}; name a report.json that `dyad report` wrote for another pair of actors, or leave it out of --against and report.against",
        path = path.display()
    )]
    OtherReport {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// There is no such metric to watch.
    #[error("[report.watch] or --watch-threshold: there is no metric '{metric}'; those there are: {known}")]
    UnknownMetric {
        /// The metric asked for.
        metric: String,
        /// Every metric that can be watched.
        known: String,
    },
    /// A bootstrap without draws has no interval.
    #[error("analysis: report.bootstrap_draws is 0; set it to at least 100")]
    NoDraws,
}
