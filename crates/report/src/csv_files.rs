//! A file of CSV for each series.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use dyad_analyze::{Analysis, Point, Series};
use dyad_core::Grain;

use crate::ReportError;
use crate::escape::{csv_cell, file_stem};
use crate::tables::number;
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
