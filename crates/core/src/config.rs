use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::co_actor::{self, CoActorDefinition};
use crate::frame::{self, FrameDefinition};
use crate::{Actor, ConfigError, Grains, ReportFormat, Side, optional_day, source_groups};

/// Everything a run can be told; read from `dyad.toml`, printed by `dyad run --print-config`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The two actors.
    pub actors: Actors,
    /// How input is read.
    pub input: InputConfig,
    /// Which model annotates, and how.
    pub model: ModelConfig,
    /// How sentences are split and batched.
    pub annotate: AnnotateConfig,
    /// What the report shows.
    pub report: ReportConfig,
    /// Frames for a zero-shot model in `model.frames`; the other models bring their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<FrameDefinition>,
    /// Other organisations and people of the story that the report counts under one name each and lists first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub co_actors: Vec<CoActorDefinition>,
}

/// The two sides of the dyad.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actors {
    /// The first actor.
    #[serde(rename = "A")]
    pub a: Actor,
    /// The second actor.
    #[serde(rename = "B")]
    pub b: Actor,
}

impl Config {
    /// The actor on one side.
    pub fn actor(&self, side: Side) -> &Actor {
        match side {
            Side::A => &self.actors.a,
            Side::B => &self.actors.b,
        }
    }

    /// Checks what types cannot: both actors are named, no name belongs to both, numbers
    /// are in range, frames are named, described and wanted by a model, co-actors are named, each once.
    ///
    /// # Errors
    /// [`ConfigError`] names the field and what to write instead.
    pub fn validate(&self) -> Result<(), ConfigError> {
        for side in Side::BOTH {
            if self.actor(side).names().any(|name| name.trim().is_empty()) {
                return Err(ConfigError::EmptyName { side });
            }
        }
        let mut lower: Vec<String> = self.actors.a.names().map(str::to_lowercase).collect();
        if let Some(name) = self.actors.b.names().find(|name| lower.contains(&name.to_lowercase())) {
            return Err(ConfigError::SharedName { name: name.to_owned() });
        }
        if !self.input.fields.text.iter().any(|name| !name.trim().is_empty()) {
            return Err(ConfigError::NoTextField);
        }
        if self.input.max_record_bytes == 0 {
            return Err(ConfigError::OutOfRange { field: "input.max_record_bytes", allowed: "at least 1" });
        }
        if self.input.max_expansion < 2 {
            return Err(ConfigError::OutOfRange { field: "input.max_expansion", allowed: "at least 2" });
        }
        if self.annotate.batch_tokens == 0 || self.annotate.window_articles == 0 {
            return Err(ConfigError::OutOfRange {
                field: "annotate.batch_tokens and annotate.window_articles",
                allowed: "at least 1",
            });
        }
        if self.report.bootstrap_draws < 100 {
            return Err(ConfigError::OutOfRange { field: "report.bootstrap_draws", allowed: "at least 100" });
        }
        source_groups::check(&self.report.source_groups)?;
        let is_allowed = |threshold: f64| threshold > 0.0 && threshold <= 2.0;
        if !self.report.watch.values().copied().all(is_allowed) {
            return Err(ConfigError::OutOfRange { field: "report.watch", allowed: "above 0, at most 2" });
        }
        if self.report.formats.is_empty() {
            return Err(ConfigError::OutOfRange {
                field: "report.formats",
                allowed: "at least one, such as [\"html\"]; without the line all are written",
            });
        }
        if !self.frames.is_empty() && self.model.frames.is_none() {
            return Err(ConfigError::FramesWithoutModel);
        }
        lower.extend(self.actors.b.names().map(str::to_lowercase));
        co_actor::check(&self.co_actors, &lower)?;
        frame::check(&self.frames)
    }
}

/// How input is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InputConfig {
    /// Names of the fields of records, wherever a format has them: members in JSONL and JSON documents, columns in CSV, TSV,
    /// Parquet and Arrow, front matter in Markdown. Web pages, RSS, Atom and items of JSON Feed have names of their own,
    /// plain text has none. Each list is tried in order; the one for the text names at least one field.
    pub fields: FieldNames,
    /// Largest record in bytes, after decompression, at least 1; a larger one becomes a reject. A record is also what is
    /// read as one piece: a file of plain text, Markdown or HTML, a page of a web archive, and an RSS or Atom feed.
    pub max_record_bytes: u64,
    /// How many times the size of a file (or of what an address gives) all decompression of it together may give, at least
    /// 2; above that, and above 256 MiB, the rest of the file is a reject. It stops decompression bombs.
    pub max_expansion: u32,
    /// Largest copy on disk in bytes, made in the folder for temporary files where a format is read in any order (zip,
    /// Parquet, Arrow) and the input is compressed, in an archive, standard input or from an address; a larger input
    /// becomes a reject.
    pub max_spool_bytes: u64,
    /// Jaccard similarity of word shingles, in percent, from which an article counts as a near-copy of an
    /// earlier one; above 100 turns the detection off.
    pub duplicate_percent: u8,
}

impl Default for InputConfig {
    fn default() -> Self {
        Self {
            fields: FieldNames::default(),
            max_record_bytes: 64 << 20,
            max_expansion: 250,
            max_spool_bytes: 8 << 30,
            duplicate_percent: 60,
        }
    }
}

/// Field names, in order of preference. Dots reach into nested JSON objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct FieldNames {
    pub text: Vec<String>,
    pub title: Vec<String>,
    pub url: Vec<String>,
    pub source: Vec<String>,
    pub published: Vec<String>,
    pub language: Vec<String>,
    pub author: Vec<String>,
}

impl Default for FieldNames {
    fn default() -> Self {
        let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            text: list(&["text", "body", "content", "article", "maintext", "article_text", "full_text"]),
            title: list(&["title", "headline", "name"]),
            url: list(&["url", "link", "canonical_url", "permalink", "id"]),
            source: list(&["source", "outlet", "publisher", "site", "source_domain", "domain"]),
            published: list(&[
                "published",
                "date",
                "published_at",
                "publish_date",
                "date_publish",
                "pubDate",
                "timestamp",
                "created_at",
            ]),
            language: list(&["language", "lang"]),
            author: list(&["author", "authors", "byline", "creator", "written_by"]),
        }
    }
}

/// Which backend runs the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// ONNX Runtime: the fast path on a CPU.
    Onnx,
    /// rust-bert's layers on libtorch.
    Torch,
}

/// Numbers the encoder computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floating point: a sentence's scores do not depend on its neighbours (to 1e-4).
    Fp32,
    /// 8-bit integers, quantised per batch: faster, and scores move a little with the batch.
    Int8,
}

/// Which model annotates, and how it is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelConfig {
    /// Folder name under the models folder, or a path.
    pub name: String,
    /// The models folder; by default the one that belongs to the binary.
    pub dir: Option<PathBuf>,
    /// Backend.
    pub backend: Backend,
    /// Precision; the torch backend has fp32 only.
    pub precision: Precision,
    /// Threads of the encoder; 0 takes every core.
    pub threads: usize,
    /// Checkpoint that finds the entities instead of the joint model: a name like `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entities: Option<String>,
    /// Checkpoint that judges the sentiment towards actors instead of the joint model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<String>,
    /// What finds the frames instead of the joint model: a frame head fitted on it (`dyad models train-frames`), or a
    /// zero-shot checkpoint, which reads [`Config::frames`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<String>,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            name: "joint-minilm".to_owned(),
            dir: None,
            backend: Backend::Onnx,
            precision: Precision::Fp32,
            threads: 0,
            entities: None,
            sentiment: None,
            frames: None,
        }
    }
}

/// Which sentences the model reads; the others are stored without annotation and counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Every sentence: entities are found everywhere.
    #[default]
    All,
    /// Sentences that name at least one actor: enough for every number of the report.
    Either,
    /// Sentences that name both actors: relations only.
    Pair,
}

/// How sentences are chosen and batched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnnotateConfig {
    /// Which sentences the model reads.
    pub scope: Scope,
    /// Most tokens in a batch after padding (sentences times the longest of them).
    pub batch_tokens: usize,
    /// Most sentences in a batch.
    pub batch_sentences: usize,
    /// Articles read, sorted by length and annotated together; bounds memory.
    pub window_articles: usize,
    /// Languages (ISO 639-1) that are annotated; articles of others are kept, counted and skipped.
    pub languages: Vec<String>,
}

impl Default for AnnotateConfig {
    fn default() -> Self {
        Self {
            scope: Scope::All,
            batch_tokens: 4096,
            batch_sentences: 64,
            window_articles: 64,
            languages: vec!["en".to_owned()],
        }
    }
}

/// Length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    /// A calendar day.
    Day,
    /// An ISO week, Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
}

impl Grain {
    /// Every grain, shortest first.
    pub const ALL: [Grain; 5] = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];

    /// Lower-case name, as in file names of exported series.
    pub const fn as_str(self) -> &'static str {
        match self {
            Grain::Day => "day",
            Grain::Week => "week",
            Grain::Month => "month",
            Grain::Quarter => "quarter",
            Grain::Year => "year",
        }
    }
}

/// What the report shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportConfig {
    /// Period lengths for which series are made: `"auto"`, or a list.
    pub grains: Grains,
    /// Bootstrap draws for every interval.
    pub bootstrap_draws: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Most relations embedded in the page as evidence; all of them stay in the `relations` table.
    pub max_evidence: usize,
    /// Count near-copies of an article as evidence of their own.
    pub count_duplicates: bool,
    /// How many reports the report folder keeps, the latest included; 0 keeps all.
    pub keep: usize,
    /// A day of the user's choice: every metric is compared before it and from it on.
    #[serde(with = "optional_day")]
    pub split: Option<NaiveDate>,
    /// `report.json` of other pairs of actors to compare with; in a file, paths are relative to it.
    pub against: Vec<PathBuf>,
    /// Groups of outlets by name, each compared with the rest of the corpus; outlets are told apart without case, and
    /// those in no group form the group "other".
    pub source_groups: BTreeMap<String, Vec<String>>,
    /// Metrics to watch (`tone`, `share_NAME`, …), each with the size from which a difference between the articles new
    /// since the report before and all others is an alert, above 0 and at most 2.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub watch: BTreeMap<String, f64>,
    /// What a report is written as, at least one; `report.json` is always written.
    pub formats: Vec<ReportFormat>,
    /// A CSV file of events (`date,label,link`) for the charts to mark; relative to the folder of `dyad.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<PathBuf>,
}

impl Default for ReportConfig {
    fn default() -> Self {
        Self {
            grains: Grains::Auto,
            bootstrap_draws: 2000,
            seed: 20_190_722,
            max_evidence: 10_000,
            count_duplicates: false,
            keep: 30,
            split: None,
            against: Vec::new(),
            source_groups: BTreeMap::new(),
            watch: BTreeMap::new(),
            formats: ReportFormat::ALL.to_vec(),
            events: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let mut config = Config::default();
        (config.actors.a.name, config.actors.b.name) = ("Microsoft".to_owned(), "OpenAI".to_owned());
        config
    }

    #[test]
    fn thresholds_of_watched_metrics_lie_above_0_and_within_2() {
        for (threshold, is_allowed) in
            [(0.2, true), (2.0, true), (0.0, false), (2.1, false), (f64::NAN, false)]
        {
            let mut watching = config();
            watching.report.watch.insert("tone".to_owned(), threshold);
            let error = watching.validate().err().map(|error| error.to_string());
            assert_eq!(error.is_none(), is_allowed, "{threshold}");
            assert!(error.is_none_or(|error| error.contains("report.watch")), "{threshold}");
        }
    }

    #[test]
    fn input_that_no_record_could_pass_is_refused() {
        assert_eq!(config().validate(), Ok(()));
        let mut none = config();
        none.input.max_record_bytes = 0;
        assert!(none.validate().unwrap_err().to_string().contains("input.max_record_bytes"));
        none.input.max_record_bytes = 1;
        assert_eq!(none.validate(), Ok(()));
        for names in [vec![], vec![" ".to_owned()]] {
            let mut none = config();
            none.input.fields.text = names;
            assert_eq!(none.validate(), Err(ConfigError::NoTextField));
        }
    }

    #[test]
    fn a_report_in_no_format_is_refused() {
        let mut none = config();
        none.report.formats.clear();
        assert!(none.validate().unwrap_err().to_string().contains("report.formats"));
        none.report.formats.push(ReportFormat::Png);
        assert_eq!(none.validate(), Ok(()));
    }
}
