//! Writes what an analysis found: a self-contained HTML report, Markdown for a pull request, JSON, and tables as CSV,
//! Parquet and JSON.
//!
//! Everything comes from [`dyad_analyze::Analysis`]; this crate computes no statistic of its own. Text of
//! articles is untrusted wherever it goes: escaped in HTML, Markdown and embedded JSON, neutralised in CSV
//! cells that a spreadsheet would read as a formula, and linked only over http and https.
#![deny(missing_docs)]

use std::path::{Path, PathBuf};

use dyad_analyze::Analysis;
use dyad_core::{ReportConfig, ReportFormat};

use crate::history::History;
use crate::view::View;

mod charts;
mod csv_files;
mod escape;
mod events;
mod evidence;
mod excerpt;
mod figures;
mod history;
mod html;
mod markdown;
mod static_charts;
mod tables;
mod takeover;
mod view;
mod write;

#[cfg(test)]
mod fixture;

/// The files of one report under the names that lead to the latest; those of a format left out are not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFiles {
    /// The page: one self-contained file that needs no network.
    pub html: Option<PathBuf>,
    /// The summary for a pull request.
    pub markdown: Option<PathBuf>,
    /// The analysis as it is, pretty-printed; written whatever the formats are.
    pub json: PathBuf,
    /// The sentences behind the numbers, one relation a row: `tables/evidence.csv` under its earlier name.
    pub evidence: Option<PathBuf>,
    /// The days on which a metric changed its level, one a row: `tables/change_points.csv` under its earlier name.
    pub change_points: Option<PathBuf>,
    /// One file per metric and grain, then `series/all.csv` with all of them.
    pub series: Vec<PathBuf>,
    /// The tables in their formats, then `tables/datapackage.json`, which describes them.
    pub tables: Vec<PathBuf>,
    /// The folder of the charts as pictures; empty where no article has a date.
    pub charts: Option<PathBuf>,
}

impl ReportFiles {
    /// The file to name to who asked for the report: the page, else the summary, else the analysis.
    pub fn first(&self) -> &Path {
        self.html.as_ref().or(self.markdown.as_ref()).unwrap_or(&self.json)
    }

    /// The same files under the names in another folder.
    fn under(self, out: &Path) -> Self {
        let file = |path: PathBuf| path.file_name().map_or_else(|| path.clone(), |name| out.join(name));
        let within = |paths: Vec<PathBuf>, folder: &str| {
            let place = out.join(folder);
            paths.iter().filter_map(|path| Some(place.join(path.file_name()?))).collect()
        };
        Self {
            html: self.html.map(file),
            markdown: self.markdown.map(file),
            json: file(self.json),
            evidence: self.evidence.map(file),
            change_points: self.change_points.map(file),
            series: within(self.series, history::SERIES),
            tables: within(self.tables, history::TABLES),
            charts: self.charts.map(file),
        }
    }
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
    /// A table could not be encoded as Parquet.
    #[error("report: cannot encode {path} as Parquet: {source}; this is a bug in Dyad", path = path.display())]
    Parquet {
        /// The file under its final name.
        path: PathBuf,
        /// What the encoder said.
        source: parquet::errors::ParquetError,
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

/// Where the latest report of a folder keeps its analysis; there need not be one.
pub fn latest_json(out: &Path) -> PathBuf {
    history::latest_json(out)
}

/// Writes `report.json` and what the formats ask for as the latest report of `out`: `report.html`, `report.md`, `tables/*`, `charts/*`,
/// and with the tables as CSV also `evidence.csv`, `change_points.csv` and `series/*.csv`.
///
/// `report.json` does not depend on the formats: the next report compares itself with it.
///
/// The report is written aside, as a folder of its own under `out/reports`, and shown as a whole by replacing one link,
/// `out/latest`; `out/report.html` and the others are links into that. A reader sees the report before or this one, never
/// half of one, at whatever moment the process is killed. Two processes that write to one folder do so one after the
/// other. Plain files of an earlier Dyad become the first report of the history.
///
/// Of the options, `formats` and `keep` count: the `keep` newest reports stay, this one included, and older ones are
/// removed; 0 keeps all.
///
/// # Errors
/// [`ReportError`] names the file and the cause; the report before is then still the latest, unless what failed is the
/// removal of an old one.
pub fn write_report(
    analysis: &Analysis,
    out: &Path,
    options: &ReportConfig,
) -> Result<ReportFiles, ReportError> {
    let history = History::open(out)?;
    let files = history.publish(|folder| write_files(analysis, folder, &options.formats))?;
    history.retain(options.keep)?;
    Ok(files.under(out))
}

/// Writes every file into an empty folder.
fn write_files(
    analysis: &Analysis,
    folder: &Path,
    formats: &[ReportFormat],
) -> Result<ReportFiles, ReportError> {
    let [evidence, change_points, markdown, json, html] = history::FILES.map(|name| folder.join(name));
    let has = |format| formats.contains(&format);
    let tables = folder.join(history::TABLES);
    let mut files = ReportFiles {
        html: has(ReportFormat::Html).then_some(html),
        markdown: has(ReportFormat::Md).then_some(markdown),
        json,
        evidence: has(ReportFormat::Csv).then_some(evidence),
        change_points: has(ReportFormat::Csv).then_some(change_points),
        series: Vec::new(),
        tables: tables::write(analysis, &tables, formats)?,
        charts: (has(ReportFormat::Svg) || has(ReportFormat::Png)).then(|| folder.join(history::CHARTS)),
    };
    if has(ReportFormat::Csv) {
        files.series = csv_files::write_series(analysis, &folder.join(history::SERIES))?;
    }
    for (table, path) in [("evidence", &files.evidence), ("change_points", &files.change_points)] {
        if let Some(path) = path {
            write::second_name(&tables.join(tables::file_name(table, ReportFormat::Csv)), path)?;
        }
    }
    let body = serde_json::to_vec_pretty(analysis)
        .map_err(|source| ReportError::Json { part: "the analysis", source })?;
    write::file(&files.json, &body)?;
    if let Some(path) = &files.markdown {
        write::file(path, markdown::render(analysis).as_bytes())?;
    }
    if let Some(path) = &files.charts {
        static_charts::write(&View::new(analysis), path, has(ReportFormat::Svg), has(ReportFormat::Png))?;
    }
    if let Some(path) = &files.html {
        write::file(path, html::render(analysis)?.as_bytes())?;
    }
    Ok(files)
}

#[cfg(test)]
mod co_actors_tests;
#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod history_tests;
#[cfg(test)]
mod tests;
