//! Writes what an analysis found: a self-contained HTML report, Markdown for a pull request, JSON and CSV.
//!
//! Everything comes from [`dyad_analyze::Analysis`]; this crate computes no statistic of its own. Text of
//! articles is untrusted wherever it goes: escaped in HTML, Markdown and embedded JSON, neutralised in CSV
//! cells that a spreadsheet would read as a formula, and linked only over http and https.
#![deny(missing_docs)]

use std::path::{Path, PathBuf};

use dyad_analyze::Analysis;

use crate::history::History;
use crate::view::View;

mod charts;
mod csv_files;
mod escape;
mod events;
mod evidence;
mod figures;
mod history;
mod html;
mod markdown;
mod static_charts;
mod takeover;
mod view;
mod write;

#[cfg(test)]
mod fixture;

/// The files of one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFiles {
    /// The page: one self-contained file that needs no network. As the others, a link into the latest report.
    pub html: PathBuf,
    /// The summary for a pull request.
    pub markdown: PathBuf,
    /// The analysis as it is, pretty-printed.
    pub json: PathBuf,
    /// The sentences behind the numbers, one relation a row.
    pub evidence: PathBuf,
    /// The days on which a metric changed its level, one a row.
    pub change_points: PathBuf,
    /// One file per metric and grain, then `series/all.csv` with all of them.
    pub series: Vec<PathBuf>,
    /// The folder of the charts as pictures, SVG and PNG; empty where no article has a date.
    pub charts: PathBuf,
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A folder of the report could not be made.
    #[error("report: cannot create the folder {path}: {source}; check that its parent exists and is writable", path = path.display())]
    CreateFolder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be written; the report before is untouched.
    #[error("report: cannot write {path}: {source}; the report before, if any, is unchanged", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something else could not be done in the folder of reports.
    #[error("report: cannot {action} {path}: {source}; check who owns the folder and that the disk is not full", path = path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something stands where the link into the latest report must be.
    #[error("report: cannot put the link {path}: {source}; move away what stands there, or name another folder", path = path.display())]
    Link {
        /// The link.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A table could not be encoded as CSV.
    #[error("report: cannot encode {path} as CSV: {source}", path = path.display())]
    Csv {
        /// The file under its final name.
        path: PathBuf,
        /// What the encoder said.
        source: csv::Error,
    },
    /// A part of the report could not be encoded as JSON.
    #[error("report: cannot encode {part} as JSON: {source}; this is a bug in Dyad")]
    Json {
        /// Which part.
        part: &'static str,
        /// What the encoder said.
        source: serde_json::Error,
    },
    /// A chart could not be drawn as a picture.
    #[error("report: cannot draw the pictures of the charts: {detail}; this is a bug in Dyad")]
    Picture {
        /// Which, and why.
        detail: String,
    },
    /// The charts or Plotly's script could not be compressed.
    #[error("report: cannot compress a part of the page: {source}")]
    Pack {
        /// What the encoder said.
        source: std::io::Error,
    },
    /// The plotly crate no longer carries its script where this crate looks for it.
    #[error(
        "report: the plotly crate carries no embedded script ({detail}); build with its feature plotly_embed_js"
    )]
    PlotlyScript {
        /// What was missing.
        detail: &'static str,
    },
}

/// Writes `report.html`, `report.md`, `report.json`, `evidence.csv`, `change_points.csv`, `series/*.csv` and `charts/*` as the latest report of `out`.
///
/// The report is written aside, as a folder of its own under `out/reports`, and shown as a whole by replacing one link,
/// `out/latest`; `out/report.html` and the others are links into that. A reader sees the report before or this one, never
/// half of one, at whatever moment the process is killed. Two processes that write to one folder do so one after the
/// other. Plain files of an earlier Dyad become the first report of the history.
///
/// The `keep` newest reports stay, this one included, and older ones are removed; 0 keeps all.
///
/// # Errors
/// [`ReportError`] names the file and the cause; the report before is then still the latest, unless what failed is the
/// removal of an old one.
pub fn write_report(analysis: &Analysis, out: &Path, keep: usize) -> Result<ReportFiles, ReportError> {
    let history = History::open(out)?;
    let series = history.publish(|folder| write_files(analysis, folder))?;
    history.retain(keep)?;
    let series_folder = out.join(history::SERIES);
    let [evidence, change_points, markdown, json, html] = history::FILES.map(|name| out.join(name));
    let series = series.iter().filter_map(|path| Some(series_folder.join(path.file_name()?))).collect();
    let charts = out.join(history::CHARTS);
    Ok(ReportFiles { html, markdown, json, evidence, change_points, series, charts })
}

/// Writes every file into an empty folder, and returns those of the series.
fn write_files(analysis: &Analysis, folder: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let [evidence, change_points, markdown, json, html] = history::FILES.map(|name| folder.join(name));
    let series = csv_files::write_series(analysis, &folder.join(history::SERIES))?;
    static_charts::write(&View::new(analysis), &folder.join(history::CHARTS), true, true)?;
    csv_files::write_evidence(analysis, &evidence)?;
    csv_files::write_change_points(analysis, &change_points)?;
    let body = serde_json::to_vec_pretty(analysis)
        .map_err(|source| ReportError::Json { part: "the analysis", source })?;
    write::file(&json, &body)?;
    write::file(&markdown, markdown::render(analysis).as_bytes())?;
    write::file(&html, html::render(analysis)?.as_bytes())?;
    Ok(series)
}

#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod tests;
