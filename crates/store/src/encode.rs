//! The nouns of `dyad-core` as rows.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::SchemaRef;
use dyad_core::{
    AnnotatedArticle, AnnotatedSentence, Article, Grain, Mention, Period, Polarity, Reject, Relation, Side,
};

use crate::schema::relation_schema;
use crate::{RunRecord, StoreError, Table};

/// Month of an article without a date.
pub(crate) const UNDATED: &str = "undated";

/// The partition of an article: `2024-07`, or `undated`.
pub(crate) fn month(article: &Article) -> String {
    match article.published {
        Some(published) => Period::containing(published.date_naive(), Grain::Month).label(),
        None => UNDATED.to_owned(),
    }
}

/// Run and fingerprint that end every row of an annotation.
#[derive(Clone, Copy)]
pub(crate) struct Provenance<'a> {
    pub(crate) run_id: &'a str,
    pub(crate) fingerprint: &'a str,
}

/// An article and what was found in it.
pub(crate) type Annotation = (Article, AnnotatedArticle);

/// Rows of `articles`.
pub(crate) fn articles(
    run_id: &str,
    ingested_at: DateTime<Utc>,
    rows: &[Article],
) -> Result<RecordBatch, StoreError> {
    let table = Table::Articles;
    let columns = vec![
        text(rows.iter().map(|a| a.article_id.as_str())),
        optional_text(rows.iter().map(|a| a.url.as_deref())),
        optional_text(rows.iter().map(|a| a.source.as_deref())),
        optional_text(rows.iter().map(|a| a.title.as_deref())),
        times(rows.iter().map(|a| a.published)),
        text(rows.iter().map(|a| a.published_from.as_str())),
        optional_text(rows.iter().map(|a| a.language.as_deref())),
        text(rows.iter().map(|a| a.text.as_str())),
        integers(table, "n_bytes", rows.iter().map(|a| a.n_bytes))?,
        optional_text(rows.iter().map(|a| a.duplicate_of.as_ref().map(|id| id.as_str()))),
        text(rows.iter().map(|a| a.origin.file.as_str())),
        integers(table, "input_position", rows.iter().map(|a| a.origin.position))?,
        times(rows.iter().map(|_| Some(ingested_at))),
        text(rows.iter().map(|_| run_id)),
        text(rows.iter().map(month)),
        optional_text(rows.iter().map(|a| a.author.as_deref())),
    ];
    batch(table, table.schema(), columns)
}

/// Rows of `rejects`.
pub(crate) fn rejects(
    run_id: &str,
    rejected_at: DateTime<Utc>,
    rows: &[&Reject],
) -> Result<RecordBatch, StoreError> {
    let table = Table::Rejects;
    let columns = vec![
        text(rows.iter().map(|r| r.origin.file.as_str())),
        integers(table, "position", rows.iter().map(|r| r.origin.position))?,
        text(rows.iter().map(|r| r.code.as_str())),
        text(rows.iter().map(|r| r.reason.as_str())),
        text(rows.iter().map(|r| r.raw.as_str())),
        text(rows.iter().map(|_| run_id)),
        times(rows.iter().map(|_| Some(rejected_at))),
    ];
    batch(table, table.schema(), columns)
}

/// The row of `runs`.
pub(crate) fn run(run: &RunRecord) -> Result<RecordBatch, StoreError> {
    let one = |value: String| text([value]);
    let columns = vec![
        one(run.run_id.clone()),
        one(run.command.clone()),
        times([Some(run.started_at)]),
        times([Some(run.finished_at)]),
        Arc::new(Int64Array::from(vec![i64::from(run.exit_status)])),
        one(run.config_toml.clone()),
        optional_text([run.fingerprint.as_deref()]),
        one(run.model.to_string()),
        one(run.counts.to_string()),
        one(run.timings.to_string()),
        one(run.version.clone()),
    ];
    batch(Table::Runs, Table::Runs.schema(), columns)
}

/// One sentence with the article and month it belongs to.
struct Row<'a, T> {
    article_id: &'a str,
    month: &'a str,
    sentence: &'a AnnotatedSentence,
    item: &'a T,
}

/// The rows that `items` finds in every sentence.
fn rows<'a, T, I: IntoIterator<Item = &'a T>>(
    annotations: &'a [Annotation],
    months: &'a [String],
    items: impl Fn(&'a AnnotatedSentence) -> I,
) -> Vec<Row<'a, T>> {
    let mut rows = Vec::new();
    for ((article, annotated), month) in annotations.iter().zip(months) {
        let article_id = article.article_id.as_str();
        for sentence in &annotated.sentences {
            rows.extend(items(sentence).into_iter().map(|item| Row { article_id, month, sentence, item }));
        }
    }
    rows
}

/// The columns that begin every table of annotations.
fn place<T>(table: Table, rows: &[Row<'_, T>]) -> Result<Vec<ArrayRef>, StoreError> {
    let numbers = rows.iter().map(|row| row.sentence.sentence.sentence_no);
    Ok(vec![text(rows.iter().map(|row| row.article_id)), integers(table, "sentence_no", numbers)?])
}

/// The columns that end every table of annotations, before those of the frames.
fn origin<T>(provenance: Provenance<'_>, rows: &[Row<'_, T>]) -> [ArrayRef; 3] {
    [
        text(rows.iter().map(|_| provenance.fingerprint)),
        text(rows.iter().map(|_| provenance.run_id)),
        text(rows.iter().map(|row| row.month)),
    ]
}

fn months(annotations: &[Annotation]) -> Vec<String> {
    annotations.iter().map(|(article, _)| month(article)).collect()
}

/// Rows of `sentences`.
pub(crate) fn sentences(
    provenance: Provenance<'_>,
    annotations: &[Annotation],
) -> Result<RecordBatch, StoreError> {
    let table = Table::Sentences;
    let months = months(annotations);
    let rows: Vec<Row<'_, AnnotatedSentence>> = rows(annotations, &months, std::iter::once);
    let sentences = || rows.iter().map(|row| row.item);
    let of_side = |side| {
        sentences().map(move |s| s.mentions.iter().filter(|mention| mention.actor == Some(side)).count())
    };
    let mut columns = place(table, &rows)?;
    columns.extend([
        integers(table, "start_byte", sentences().map(|s| s.sentence.span.start))?,
        integers(table, "end_byte", sentences().map(|s| s.sentence.span.end))?,
        text(sentences().map(|s| s.sentence.text.as_str())),
        Arc::new(sentences().map(|s| Some(s.sentence.is_title)).collect::<BooleanArray>()),
        integers(table, "n_mentions", sentences().map(|s| s.mentions.len()))?,
        integers(table, "n_mentions_a", of_side(Side::A))?,
        integers(table, "n_mentions_b", of_side(Side::B))?,
    ]);
    columns.extend(polarities(|| sentences().map(|s| s.sentiment_a)));
    columns.extend(polarities(|| sentences().map(|s| s.sentiment_b)));
    columns.extend(origin(provenance, &rows));
    batch(table, table.schema(), columns)
}

/// Rows of `mentions`.
pub(crate) fn mentions(
    provenance: Provenance<'_>,
    annotations: &[Annotation],
) -> Result<RecordBatch, StoreError> {
    let table = Table::Mentions;
    let months = months(annotations);
    let rows: Vec<Row<'_, Mention>> = rows(annotations, &months, |sentence| &sentence.mentions);
    let mentions = || rows.iter().map(|row| row.item);
    let mut columns = place(table, &rows)?;
    columns.extend([
        integers(table, "start_byte", mentions().map(|m| m.span.start))?,
        integers(table, "end_byte", mentions().map(|m| m.span.end))?,
        text(mentions().map(|m| m.text.as_str())),
        text(mentions().map(|m| m.entity_type.as_str())),
        optional_text(mentions().map(|m| m.actor.map(Side::as_str))),
        scores(mentions().map(|m| m.score)),
    ]);
    columns.extend(polarities(|| mentions().map(|m| m.sentiment)));
    columns.extend(origin(provenance, &rows));
    batch(table, table.schema(), columns)
}

/// Rows of `relations`; every relation holds one probability a frame.
pub(crate) fn relations(
    provenance: Provenance<'_>,
    frames: &[String],
    annotations: &[Annotation],
) -> Result<RecordBatch, StoreError> {
    let table = Table::Relations;
    let months = months(annotations);
    let rows: Vec<Row<'_, Relation>> = rows(annotations, &months, |sentence| &sentence.relation);
    let relations = || rows.iter().map(|row| row.item);
    let mut columns = place(table, &rows)?;
    columns.extend([
        integers(table, "span_a_start", relations().map(|r| r.span_a.start))?,
        integers(table, "span_a_end", relations().map(|r| r.span_a.end))?,
        integers(table, "span_b_start", relations().map(|r| r.span_b.start))?,
        integers(table, "span_b_end", relations().map(|r| r.span_b.end))?,
    ]);
    columns.extend(polarities(|| relations().map(|r| Some(r.stance_a_to_b))));
    columns.extend(polarities(|| relations().map(|r| Some(r.stance_b_to_a))));
    columns.extend(polarities(|| relations().map(|r| Some(r.sentiment_a))));
    columns.extend(polarities(|| relations().map(|r| Some(r.sentiment_b))));
    columns.push(scores(relations().map(|r| r.tone)));
    columns.extend(origin(provenance, &rows));
    for frame in 0..frames.len() {
        let scores: Float32Array = relations().map(|r| r.frames.get(frame).copied()).collect();
        columns.push(Arc::new(scores));
    }
    batch(table, relation_schema(frames), columns)
}

fn batch(table: Table, schema: SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch, StoreError> {
    RecordBatch::try_new(schema, columns).map_err(|error| StoreError::rows(table, error))
}

fn text<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn optional_text<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}

/// Delta has no unsigned numbers; a count beyond 63 bits is an error, never a wrapped value.
fn integers<N: TryInto<i64> + Copy + std::fmt::Display>(
    table: Table,
    column: &'static str,
    values: impl Iterator<Item = N>,
) -> Result<ArrayRef, StoreError> {
    let error = |value: N| StoreError::OutOfRange { table, column, value: value.to_string() };
    let values = values.map(|value| value.try_into().map_err(|_| error(value)));
    Ok(Arc::new(values.collect::<Result<Vec<i64>, _>>().map(Int64Array::from)?))
}

fn scores(values: impl Iterator<Item = f32>) -> ArrayRef {
    Arc::new(Float32Array::from_iter_values(values))
}

/// Microseconds since 1970; every time that chrono can express fits.
fn times(values: impl IntoIterator<Item = Option<DateTime<Utc>>>) -> ArrayRef {
    let micros = values.into_iter().map(|time| time.map(|time| time.timestamp_micros()));
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

fn polarities<I: Iterator<Item = Option<Polarity>>>(values: impl Fn() -> I) -> [ArrayRef; 3] {
    let column = |part: fn(Polarity) -> f32| -> ArrayRef {
        Arc::new(values().map(|polarity| polarity.map(part)).collect::<Float32Array>())
    };
    [column(|p| p.negative), column(|p| p.neutral), column(|p| p.positive)]
}

/// Most bytes of text put into one array: its offsets have 31 bits, and 256 MiB leaves room for the
/// largest single text that input allows.
pub(crate) const GROUP_BYTES: usize = 256 << 20;

/// Splits items so that no group exceeds `limit` bytes, unless a single item does.
pub(crate) fn groups<T>(items: &[T], limit: usize, bytes: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let (mut groups, mut start, mut total) = (Vec::new(), 0, 0_usize);
    for (index, item) in items.iter().enumerate() {
        let size = bytes(item);
        if index > start && total.saturating_add(size) > limit {
            groups.push(&items[start..index]);
            (start, total) = (index, 0);
        }
        total = total.saturating_add(size);
    }
    if start < items.len() {
        groups.push(&items[start..]);
    }
    groups
}

/// The rows of articles ingested now, in batches of a bounded size.
///
/// # Errors
/// A text exceeds 1 GiB.
pub(crate) fn article_rows(run_id: &str, some: &[Article]) -> Result<Vec<RecordBatch>, StoreError> {
    for article in some {
        check_text(Table::Articles, article)?;
    }
    let now = Utc::now();
    let groups = groups(some, GROUP_BYTES, text_bytes).into_iter();
    groups.map(|group| articles(run_id, now, group)).collect()
}

/// Refuses a text that no array can hold.
pub(crate) fn check_text(table: Table, article: &Article) -> Result<(), StoreError> {
    let bytes = article.text.len().max(article.title.as_ref().map_or(0, String::len));
    if bytes > GROUP_BYTES * 4 {
        let value = format!("a text of {bytes} bytes ({})", article.origin);
        return Err(StoreError::OutOfRange { table, column: "text", value });
    }
    Ok(())
}

/// Bytes of running text an article brings along.
pub(crate) fn text_bytes(article: &Article) -> usize {
    article.text.len().saturating_add(article.title.as_ref().map_or(0, String::len))
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn groups_keep_order_and_limit() {
        let sizes = [3_usize, 3, 5, 9, 1];
        let split: Vec<&[usize]> = groups(&sizes, 6, |&size| size);
        assert_eq!(split, [&[3, 3][..], &[5], &[9], &[1]]);
        assert!(groups(&[] as &[usize], 6, |&size| size).is_empty());
    }
}
