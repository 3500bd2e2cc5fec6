//! What went in, and what did not count.

use std::collections::HashSet;

use dyad_core::Side;
use dyad_store::{RunRecord, Store};
use serde_json::Value;

use crate::AnalyzeError;
use crate::metric::Population;
use crate::model::Coverage;
use crate::rows::{stream, text};
use crate::table::ArticleTable;

/// Completes what the pass over all articles has counted.
pub(crate) fn coverage(
    store: &Store,
    table: &ArticleTable,
    mut coverage: Coverage,
    unrecorded: Option<&RunRecord>,
) -> Result<Coverage, AnalyzeError> {
    let articles = |population| {
        table.counted().iter().filter(|&&row| table.sentences(row, population) > 0.0).count() as u64
    };
    let related: Vec<usize> = table
        .counted()
        .iter()
        .copied()
        .filter(|&row| table.sentences(row, Population::Relations) > 0.0)
        .collect();
    let outlets: HashSet<&str> =
        related.iter().filter_map(|&row| table.articles[row].source.as_deref()).collect();
    let dates = || related.iter().filter_map(|&row| table.articles[row].date);
    coverage.articles_a = articles(Population::Mentions(Side::A));
    coverage.articles_b = articles(Population::Mentions(Side::B));
    coverage.articles_related = related.len() as u64;
    coverage.relations =
        related.iter().map(|&row| table.sentences(row, Population::Relations)).sum::<f64>() as u64;
    coverage.relations_raw = table.relations_raw();
    coverage.sources = outlets.len() as u64;
    coverage.first_date = dates().min();
    coverage.last_date = dates().max();
    coverage.sentences = count_sentences(store)?;
    coverage.rejects_by_code = rejects(store)?;
    coverage.rejected = coverage.rejects_by_code.iter().map(|(_, count)| count).sum();
    coverage.annotation_notes = annotation_notes(store, unrecorded)?;
    Ok(coverage)
}

fn count_sentences(store: &Store) -> Result<u64, AnalyzeError> {
    let mut total = 0;
    stream(store, "sentences", "SELECT count(*) AS n FROM sentences", |rows| {
        let counts = rows.integers("n")?;
        total += (0..rows.len()).map(|i| counts.value(i)).sum::<i64>();
        Ok(())
    })?;
    Ok(total.max(0) as u64)
}

/// Rejects by code, the most frequent first. The store keeps an input that several runs rejected once.
fn rejects(store: &Store) -> Result<Vec<(String, u64)>, AnalyzeError> {
    let sql = "SELECT code, count(*) AS n FROM rejects GROUP BY code ORDER BY n DESC, code";
    let mut codes = Vec::new();
    stream(store, "rejects", sql, |rows| {
        let (names, counts) = (rows.strings("code")?, rows.integers("n")?);
        codes.extend((0..rows.len()).map(|i| (names.value(i).to_owned(), counts.value(i).max(0) as u64)));
        Ok(())
    })?;
    Ok(codes)
}

/// The counts of [`AnnotationCounts`](dyad_core::AnnotationCounts) that a reader should know of.
const NOTES: [&str; 9] = [
    "out_of_scope_sentences",
    "windowed_sentences",
    "split_relations",
    "hard_split_sentences",
    "empty_sentences",
    "cut_targets",
    "cut_relations",
    "retried_batches",
    "failed_sentences",
];

/// What annotation had to do out of the ordinary, over all runs with the present fingerprint, also one not recorded yet.
fn annotation_notes(
    store: &Store,
    unrecorded: Option<&RunRecord>,
) -> Result<Vec<(String, u64)>, AnalyzeError> {
    // Runs with a model that has since been replaced annotated nothing that is counted here.
    let sql = "SELECT counts, fingerprint FROM runs WHERE fingerprint IS NOT NULL ORDER BY finished_at DESC";
    let unrecorded = unrecorded.filter(|run| run.fingerprint.is_some());
    let mut present = unrecorded.and_then(|run| run.fingerprint.clone());
    let mut totals = NOTES.map(|note| (note, unrecorded.map_or(0, |run| sum_of(&run.counts, note))));
    stream(store, "runs", sql, |rows| {
        let (counts, fingerprints) = (rows.strings("counts")?, rows.strings("fingerprint")?);
        for i in 0..rows.len() {
            let Some(fingerprint) = text(&fingerprints, i) else { continue };
            if present.get_or_insert_with(|| fingerprint.to_owned()) == fingerprint {
                let json = serde_json::from_str(counts.value(i)).unwrap_or(Value::Null);
                totals.iter_mut().for_each(|(note, total)| *total += sum_of(&json, note));
            }
        }
        Ok(())
    })?;
    Ok(totals.into_iter().filter(|&(_, n)| n > 0).map(|(note, n)| (note.to_owned(), n)).collect())
}

/// The sum of a field's values at any depth, so that a run may file its counts by stage.
fn sum_of(json: &Value, field: &str) -> u64 {
    let Value::Object(fields) = json else { return 0 };
    let own = fields.get(field).and_then(Value::as_u64).unwrap_or(0);
    own + fields.values().map(|value| sum_of(value, field)).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dyad_core::AnnotationCounts;

    #[test]
    fn notes_are_fields_of_the_counts_and_found_at_any_depth() {
        let json = serde_json::to_value(AnnotationCounts::default()).expect("plain data");
        assert!(NOTES.iter().all(|note| json.get(note).is_some()));
        let nested = serde_json::json!({"articles": 2, "annotate": {"failed_sentences": 3, "x": [1]}});
        assert_eq!(sum_of(&nested, "failed_sentences"), 3);
        assert_eq!(sum_of(&nested, "windowed_sentences"), 0);
        assert_eq!(sum_of(&Value::Null, "articles"), 0);
    }
}
