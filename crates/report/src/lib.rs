//! Writes what an analysis found: a self-contained HTML report, Markdown for a pull request, JSON and CSV.
//!
//! Everything comes from [`dyad_analyze::Analysis`]; this crate computes no statistic of its own. Text of
//! articles is untrusted wherever it goes: escaped in HTML, Markdown and embedded JSON, neutralised in CSV
//! cells that a spreadsheet would read as a formula, and linked only over http and https.
#![deny(missing_docs)]

use std::path::{Path, PathBuf};

use dyad_analyze::Analysis;

mod charts;
mod csv_files;
mod escape;
mod evidence;
mod figures;
mod html;
mod markdown;
mod view;
mod write;

#[cfg(test)]
mod fixture;

/// The files of one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFiles {
    /// The page: one self-contained file that needs no network.
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
    /// A file could not be written; the file that stood there before is untouched.
    #[error("report: cannot write {path}: {source}; the earlier file, if any, is unchanged", path = path.display())]
    Write {
        /// The file under its final name.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of an earlier report could not be removed.
    #[error(
        "report: cannot remove {path}, which is of an earlier report: {source}; remove it by hand", path = path.display()
    )]
    Remove {
        /// The file, or the folder whose files could not be listed.
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

/// Writes `report.html`, `report.md`, `report.json`, `evidence.csv`, `change_points.csv` and `series/*.csv` under `out`.
///
/// Every file is written under a temporary name in its own folder and then renamed, so that a reader sees
/// the old file or the new one, never half of one. `report.html` comes last: who sees the new page finds
/// the new data next to it. The series of frames that an earlier report had and this one has not are then removed.
///
/// # Errors
/// [`ReportError`] names the file and the cause; files already renamed stay.
pub fn write_report(analysis: &Analysis, out: &Path) -> Result<ReportFiles, ReportError> {
    write::create_folder(out)?;
    let series = csv_files::write_series(analysis, &out.join("series"))?;
    let evidence = csv_files::write_evidence(analysis, &out.join("evidence.csv"))?;
    let change_points = csv_files::write_change_points(analysis, &out.join("change_points.csv"))?;
    let json = out.join("report.json");
    let body = serde_json::to_vec_pretty(analysis)
        .map_err(|source| ReportError::Json { part: "the analysis", source })?;
    write::replace(&json, &body)?;
    let markdown = out.join("report.md");
    write::replace(&markdown, markdown::render(analysis).as_bytes())?;
    let html = out.join("report.html");
    write::replace(&html, html::render(analysis)?.as_bytes())?;
    csv_files::remove_gone(&out.join("series"), &series)?;
    Ok(ReportFiles { html, markdown, json, evidence, change_points, series })
}

#[cfg(test)]
mod tests;
