//! Series and evidence as CSV.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use dyad_analyze::{Analysis, ChangePoint, Estimate, Evidence, Point, Series};
use dyad_core::{Grain, Span};

use crate::ReportError;
use crate::escape::{csv_cell, file_stem};
use crate::write;

/// Every series in one file.
const ALL: &str = "all.csv";
const POINT_COLUMNS: [&str; 8] = ["period", "start", "end", "value", "low", "high", "articles", "sentences"];

/// Writes `<metric>.<grain>.csv` for every series and `all.csv`; returns the paths, `all.csv` last.
pub(crate) fn write_series(analysis: &Analysis, folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    write::create_folder(folder)?;
    let mut files = Vec::with_capacity(analysis.series.len() + 1);
    let mut taken = HashSet::new();
    for series in &analysis.series {
        let path = folder.join(file_name(series, &mut taken));
        let rows = series.points.iter().map(point_cells);
        write_table(&path, POINT_COLUMNS.map(str::to_owned).to_vec(), rows)?;
        files.push(path);
    }
    let path = folder.join(ALL);
    let header = ["metric", "grain"].into_iter().chain(POINT_COLUMNS).map(str::to_owned).collect();
    let rows = analysis.series.iter().flat_map(|series| {
        series.points.iter().map(move |point| {
            let mut row = vec![csv_cell(&series.metric).into_owned(), series.grain.as_str().to_owned()];
            row.extend(point_cells(point));
            row
        })
    });
    write_table(&path, header, rows)?;
    files.push(path);
    Ok(files)
}

/// Whether a file in `series` has a name that [`write_series`] gives.
pub(crate) fn is_series(name: &str) -> bool {
    let stem = name.strip_suffix(".csv").unwrap_or_default();
    let grain = stem.rsplit_once('.').map(|(_, grain)| grain);
    name == ALL || Grain::ALL.iter().any(|known| Some(known.as_str()) == grain)
}

/// Two frames whose names differ only in punctuation or case still get a file each.
fn file_name(series: &Series, taken: &mut HashSet<String>) -> String {
    let stem = file_stem(&series.metric);
    let grain = series.grain.as_str();
    let first = format!("{stem}.{grain}.csv");
    let name = std::iter::once(first)
        .chain((2..).map(|n| format!("{stem}-{n}.{grain}.csv")))
        .find(|name| !taken.contains(name))
        .unwrap_or_default();
    taken.insert(name.clone());
    name
}

/// A period without an estimate keeps its row, with empty cells.
fn point_cells(point: &Point) -> Vec<String> {
    let mut row = vec![csv_cell(&point.label).into_owned(), point.start.to_string(), point.end.to_string()];
    match &point.estimate {
        Some(e) => row.extend([
            number(e.value),
            number(e.low),
            number(e.high),
            e.articles.to_string(),
            e.sentences.to_string(),
        ]),
        None => row.extend(std::iter::repeat_n(String::new(), 5)),
    }
    row
}

/// Writes every sentence of the analysis, in its order.
pub(crate) fn write_evidence(analysis: &Analysis, path: &Path) -> Result<(), ReportError> {
    let fixed = ["article_id", "sentence_no", "date", "source", "url", "title", "text", "spans_a", "spans_b"];
    let scores = ["tone", "stance_a_to_b", "stance_b_to_a", "sentiment_a", "sentiment_b", "near_copies"];
    let frames = analysis.frames.iter().map(|name| format!("frame_{name}"));
    let header =
        fixed.map(str::to_owned).into_iter().chain(scores.map(str::to_owned)).chain(frames).collect();
    let n_frames = analysis.frames.len();
    write_table(path, header, analysis.evidence.iter().map(|e| evidence_cells(e, n_frames)))
}

/// Writes every change point, in the order of the analysis.
pub(crate) fn write_change_points(analysis: &Analysis, path: &Path) -> Result<(), ReportError> {
    let columns = [
        "metric",
        "date",
        "earliest",
        "latest",
        "since",
        "until",
        "before",
        "before_low",
        "before_high",
        "before_articles",
        "before_sentences",
        "after",
        "after_low",
        "after_high",
        "after_articles",
        "after_sentences",
        "difference",
        "difference_low",
        "difference_high",
        "p_value",
        "adjusted_p",
    ];
    let rows = analysis.change_points.iter().map(change_cells);
    write_table(path, columns.map(str::to_owned).to_vec(), rows)
}

fn change_cells(change: &ChangePoint) -> Vec<String> {
    let interval = |e: &Estimate| [number(e.value), number(e.low), number(e.high)];
    let level = |e: &Estimate| {
        interval(e).into_iter().chain([e.articles.to_string(), e.sentences.to_string()]).collect::<Vec<_>>()
    };
    let days = [change.date, change.earliest, change.latest, change.since, change.until];
    let mut row = vec![csv_cell(&change.metric).into_owned()];
    row.extend(days.map(|day| day.to_string()));
    row.extend(level(&change.before));
    row.extend(level(&change.after));
    row.extend(interval(&change.difference));
    row.extend([number(change.p_value), number(change.adjusted_p)]);
    row
}

fn evidence_cells(e: &Evidence, n_frames: usize) -> Vec<String> {
    let text = |t: Option<&str>| csv_cell(t.unwrap_or_default()).into_owned();
    let mut row = vec![
        text(Some(&e.article_id)),
        e.sentence_no.to_string(),
        e.date.map(|d| d.to_string()).unwrap_or_default(),
        text(e.source.as_deref()),
        text(e.url.as_deref()),
        text(e.title.as_deref()),
        text(Some(&e.text)),
        span_cell(&e.spans_a),
        span_cell(&e.spans_b),
    ];
    let scores = [e.tone, e.stance_a_to_b, e.stance_b_to_a, e.sentiment_a, e.sentiment_b];
    row.extend(scores.map(|s| number(f64::from(s))));
    row.push(e.near_copies.to_string());
    // Always one cell per frame of the header: a short row would make the whole file unreadable.
    row.extend((0..n_frames).map(|i| e.frames.get(i).map_or(String::new(), |&p| number(f64::from(p)))));
    row
}

/// `start-end` in bytes of the text column before neutralising, end exclusive, parted by spaces.
fn span_cell(spans: &[Span]) -> String {
    let parts: Vec<String> = spans.iter().map(|s| format!("{}-{}", s.start, s.end)).collect();
    parts.join(" ")
}

/// Six decimals at most; nothing where there is no number.
fn number(x: f64) -> String {
    if !x.is_finite() {
        return String::new();
    }
    let digits = format!("{x:.6}");
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    if digits == "-0" { "0".to_owned() } else { digits.to_owned() }
}

fn write_table(
    path: &Path,
    header: Vec<String>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<(), ReportError> {
    let csv_error = |source| ReportError::Csv { path: path.to_owned(), source };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).map_err(csv_error)?;
    for row in rows {
        writer.write_record(&row).map_err(csv_error)?;
    }
    let body = writer.into_inner().map_err(|e| ReportError::Write {
        path: path.to_owned(),
        source: std::io::Error::other(e.to_string()),
    })?;
    write::file(path, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_noise() {
        assert_eq!(number(0.25), "0.25");
        assert_eq!(number(-0.000_000_1), "0");
        assert_eq!(number(12.0), "12");
        assert_eq!(number(-0.123_456_789), "-0.123457");
        assert_eq!(number(f64::NAN), "");
    }

    #[test]
    fn names_of_series_are_told_from_others() {
        for name in ["all.csv", "tone.month.csv", "frame_a-2.quarter.csv"] {
            assert!(is_series(name), "{name}");
        }
        for name in ["frame_notes.csv", "month.csv", "tone.month.csv.bak", "tone.csv", ".csv"] {
            assert!(!is_series(name), "{name}");
        }
    }

    #[test]
    fn colliding_file_names_are_numbered() {
        let series = |metric: &str| Series { metric: metric.to_owned(), grain: Grain::Month, points: vec![] };
        let mut taken = HashSet::new();
        assert_eq!(file_name(&series("frame_a/b"), &mut taken), "frame_a-b.month.csv");
        assert_eq!(file_name(&series("frame_a:b"), &mut taken), "frame_a-b-2.month.csv");
        assert_eq!(file_name(&series("frame_A-b"), &mut taken), "frame_a-b-3.month.csv");
    }
}
