//! Names and columns of the six tables.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::StoreError;

/// One of the six tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// One row an article.
    Articles,
    /// One row a sentence (or title) of an annotated article; tells which articles are annotated.
    Sentences,
    /// One row a name in a sentence.
    Mentions,
    /// One row a sentence that mentions both actors.
    Relations,
    /// One row an input that could not become an article.
    Rejects,
    /// One row a run, written at its end.
    Runs,
}

impl Table {
    /// Every table, in the order in which a reader opens them: `sentences` before `mentions` and
    /// `relations`, so that whatever a reader sees as annotated is complete even while a run writes.
    pub const ALL: [Table; 6] =
        [Table::Sentences, Table::Mentions, Table::Relations, Table::Articles, Table::Rejects, Table::Runs];

    /// Folder name under the store and name in SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Table::Articles => "articles",
            Table::Sentences => "sentences",
            Table::Mentions => "mentions",
            Table::Relations => "relations",
            Table::Rejects => "rejects",
            Table::Runs => "runs",
        }
    }

    /// Whether the table is partitioned by `month`.
    pub(crate) const fn is_partitioned(self) -> bool {
        !matches!(self, Table::Rejects | Table::Runs)
    }

    /// The columns for which Delta keeps minima and maxima. Keys only: statistics of running text prune
    /// nothing and would fill the log.
    pub(crate) const fn statistics(self) -> &'static str {
        match self {
            Table::Articles => "article_id,language",
            Table::Sentences | Table::Mentions | Table::Relations => "article_id,sentence_no,fingerprint",
            Table::Rejects => "position,code",
            Table::Runs => "run_id,finished_at",
        }
    }

    /// The columns of a new table; `relations` gains a column a frame when the frames are first written.
    pub(crate) fn schema(self) -> SchemaRef {
        let fields = match self {
            Table::Articles => article_fields(),
            Table::Sentences => sentence_fields(),
            Table::Mentions => mention_fields(),
            Table::Relations => relation_fields(),
            Table::Rejects => reject_fields(),
            Table::Runs => run_fields(),
        };
        Arc::new(Schema::new(fields))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The column of a frame's probability in `relations`: `frame_<name>`.
pub fn frame_column(frame: &str) -> String {
    format!("frame_{frame}")
}

/// The columns of `relations` with this frame set.
pub(crate) fn relation_schema(frames: &[String]) -> SchemaRef {
    let mut fields = relation_fields();
    fields.extend(frames.iter().map(|frame| Field::new(frame_column(frame), DataType::Float32, true)));
    Arc::new(Schema::new(fields))
}

/// Checks that every frame can be a column of its own; Delta compares column names in any case and
/// forbids some characters.
pub(crate) fn check_frames(frames: &[String]) -> Result<(), StoreError> {
    let mut seen = HashSet::new();
    for name in frames {
        let error = |problem| StoreError::FrameName { name: name.clone(), problem };
        if name.is_empty() {
            return Err(error("the name is empty"));
        }
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            return Err(error("a character that a column name cannot hold"));
        }
        if !seen.insert(name.to_ascii_lowercase()) {
            return Err(error("the name is given twice"));
        }
    }
    Ok(())
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

fn optional_text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

fn integer(name: &str) -> Field {
    Field::new(name, DataType::Int64, false)
}

fn score(name: impl Into<String>) -> Field {
    Field::new(name, DataType::Float32, false)
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn time(name: &str) -> Field {
    Field::new(name, time_type(), false)
}

fn polarity(prefix: &str, nullable: bool) -> impl Iterator<Item = Field> + '_ {
    ["negative", "neutral", "positive"]
        .into_iter()
        .map(move |judgement| score(format!("{prefix}_{judgement}")).with_nullable(nullable))
}

fn article_fields() -> Vec<Field> {
    vec![
        text("article_id"),
        optional_text("url"),
        optional_text("source"),
        optional_text("title"),
        time("published").with_nullable(true),
        text("published_from"),
        optional_text("language"),
        text("text"),
        integer("n_bytes"),
        optional_text("duplicate_of"),
        text("input_file"),
        integer("input_position"),
        time("ingested_at"),
        text("run_id"),
        text("month"),
        // Since layout 2; at the end, where a migration adds it.
        optional_text("author"),
    ]
}

/// The columns that end every table of annotations.
fn provenance() -> [Field; 3] {
    [text("fingerprint"), text("run_id"), text("month")]
}

fn sentence_fields() -> Vec<Field> {
    let mut fields = vec![
        text("article_id"),
        integer("sentence_no"),
        integer("start_byte"),
        integer("end_byte"),
        text("text"),
        Field::new("is_title", DataType::Boolean, false),
        integer("n_mentions"),
        integer("n_mentions_a"),
        integer("n_mentions_b"),
    ];
    fields.extend(polarity("sentiment_a", true));
    fields.extend(polarity("sentiment_b", true));
    fields.extend(provenance());
    fields
}

fn mention_fields() -> Vec<Field> {
    let mut fields = vec![
        text("article_id"),
        integer("sentence_no"),
        integer("start_byte"),
        integer("end_byte"),
        text("text"),
        text("type"),
        optional_text("actor"),
        score("score"),
    ];
    fields.extend(polarity("sentiment", true));
    fields.extend(provenance());
    fields
}

fn relation_fields() -> Vec<Field> {
    let mut fields = vec![
        text("article_id"),
        integer("sentence_no"),
        integer("span_a_start"),
        integer("span_a_end"),
        integer("span_b_start"),
        integer("span_b_end"),
    ];
    for prefix in ["stance_a_to_b", "stance_b_to_a", "sentiment_a", "sentiment_b"] {
        fields.extend(polarity(prefix, false));
    }
    fields.push(score("tone"));
    fields.extend(provenance());
    fields
}

fn reject_fields() -> Vec<Field> {
    vec![
        text("file"),
        integer("position"),
        text("code"),
        text("reason"),
        text("raw"),
        text("run_id"),
        time("rejected_at"),
    ]
}

fn run_fields() -> Vec<Field> {
    vec![
        text("run_id"),
        text("command"),
        time("started_at"),
        time("finished_at"),
        integer("exit_status"),
        text("config_toml"),
        optional_text("fingerprint"),
        text("model"),
        text("counts"),
        text("timings"),
        text("version"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_names_must_be_columns() {
        let check = |names: &[&str]| check_frames(&names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>());
        assert!(check(&["partnership", "power-struggle", "ip_2"]).is_ok());
        for bad in [&["a b"][..], &[""], &["Race", "race"], &["a;b"], &["é"]] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn statistics_name_columns_that_exist() {
        for table in Table::ALL {
            for column in table.statistics().split(',') {
                assert!(table.schema().field_with_name(column).is_ok(), "{table}.{column}");
            }
            assert_eq!(table.schema().field_with_name("month").is_ok(), table.is_partitioned());
        }
    }
}
