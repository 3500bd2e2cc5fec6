//! The tables of a report for who opens it in a notebook: tidy data (Wickham, "Tidy Data", Journal of Statistical
//! Software 59, 2014), an observation a row and a variable a column, as CSV, Parquet and JSON, described by a Frictionless
//! Data Package.
//!
//! A table is defined once, as a function from the analysis to a [`Table`]. Its files, its part of `datapackage.json`
//! and of `crates/report/TABLES.md` are made from that. To add one, in the file of its group or a new one:
//!
//! ```text
//! pub(super) fn overall(analysis: &Analysis) -> Table<'_> {
//!     Rows::new("A metric over all articles, dated or not.", &analysis.overall)
//!         .column("metric", METRIC, |overall| overall.metric.as_str())
//!         .estimate("value", "The metric", Scale::METRIC, |overall| overall.estimate)
//!         .refers(&["metric"], "metrics")
//!         .key(&["metric"])
//! }
//! ```
//!
//! add its name and function to [`TABLES`], and run `UPDATE_TABLES_MD=1 cargo test -p dyad-report tables_md`. Types, and
//! whether a value can be missing, follow from what the closures give ([`table::Value`]). The tests of this module then
//! cover it: they read every table back from every format, so that `tests::complete` must have rows for it.

use std::path::{Path, PathBuf};

use dyad_analyze::Analysis;
use dyad_core::ReportFormat;

use crate::{ReportError, write};

mod changes;
mod co_actors;
mod comparisons;
mod csv;
mod estimates;
mod events;
mod json;
mod package;
mod parquet;
mod run;
mod sentences;
mod since_last;
pub(crate) mod table;

#[cfg(test)]
mod documentation;
#[cfg(test)]
mod tests;

pub(crate) use self::csv::number;
use table::Table;

/// Version of the tables' schema. It is raised when a table or a column is removed or renamed, or changes its type, unit,
/// key or meaning. A table or a column that is added, or moves, does not raise it: select columns by name.
pub(crate) const TABLES_VERSION: u32 = 1;

/// What a column `metric` is.
const METRIC: &str = "Identifier of the metric";

/// Description of every table, for who opens the folder.
const PACKAGE: &str = "datapackage.json";

type MakeTable = for<'a> fn(&'a Analysis) -> Table<'a>;

/// Every table under its name, in the order of the documentation.
const TABLES: [(&str, MakeTable); 32] = [
    ("metrics", estimates::metrics),
    ("overall", estimates::overall),
    ("series", estimates::series),
    ("shifts", estimates::shifts),
    ("change_points", changes::change_points),
    ("change_point_frames", changes::frames),
    ("change_point_sources", changes::sources),
    ("change_point_co_actors", changes::co_actors),
    ("change_point_evidence", changes::evidence),
    ("events", events::events),
    ("co_actors", co_actors::co_actors),
    ("co_actor_periods", co_actors::periods),
    ("sources", estimates::sources),
    ("source_shrinkage", comparisons::source_shrinkage),
    ("source_groups", comparisons::source_groups),
    ("source_group_outlets", comparisons::source_group_outlets),
    ("before_after", comparisons::before_after),
    ("other_dyad_reports", comparisons::other_dyad_reports),
    ("other_dyads", comparisons::other_dyads),
    ("since_last", since_last::since_last),
    ("since_last_sources", since_last::sources),
    ("since_last_metrics", since_last::metrics),
    ("since_last_changes", since_last::changes),
    ("since_last_evidence", since_last::evidence),
    ("alerts", since_last::alerts),
    ("frames", sentences::frames),
    ("evidence", sentences::evidence),
    ("evidence_spans", sentences::spans),
    ("coverage", run::coverage),
    ("rejects_by_code", run::rejects_by_code),
    ("classifier_errors", run::classifier_errors),
    ("provenance", run::provenance),
];

/// Every table of a report.
fn all(analysis: &Analysis) -> impl Iterator<Item = Table<'_>> {
    TABLES.into_iter().map(|(name, make)| Table { name, ..make(analysis) })
}

/// How a table is written, the one that describes it best to other tools first.
const FORMATS: [ReportFormat; 3] = [ReportFormat::Csv, ReportFormat::Parquet, ReportFormat::Json];

/// Writes every table in those of the formats that are for tables, and `datapackage.json`; nothing, and no folder, where
/// none is. Returns the files.
pub(crate) fn write(
    analysis: &Analysis,
    folder: &Path,
    formats: &[ReportFormat],
) -> Result<Vec<PathBuf>, ReportError> {
    let formats: Vec<ReportFormat> = FORMATS.into_iter().filter(|f| formats.contains(f)).collect();
    let Some(&described) = formats.first() else { return Ok(Vec::new()) };
    write::create_folder(folder)?;
    let mut files = Vec::new();
    let mut package = package::Package::new(analysis);
    for table in all(analysis) {
        for &format in &formats {
            let path = folder.join(file_name(table.name, format));
            write::file(&path, &encode(&table, format, &path)?)?;
            files.push(path);
        }
        package.add(&table, described);
    }
    let path = folder.join(PACKAGE);
    write::file(&path, &package.to_json()?)?;
    files.push(path);
    Ok(files)
}

fn encode(table: &Table<'_>, format: ReportFormat, path: &Path) -> Result<Vec<u8>, ReportError> {
    match format {
        ReportFormat::Csv => {
            csv::encode(table).map_err(|source| ReportError::Csv { path: path.to_owned(), source })
        }
        ReportFormat::Parquet => {
            parquet::encode(table).map_err(|source| ReportError::Parquet { path: path.to_owned(), source })
        }
        _ => json::encode(table).map_err(|source| ReportError::Json { part: "a table", source }),
    }
}

/// The file of a table in a format.
pub(crate) fn file_name(table: &str, format: ReportFormat) -> String {
    format!("{table}.{format}")
}

/// Whether a file in the folder has a name that [`write`] gives.
pub(crate) fn is_table_file(name: &str) -> bool {
    let is_table = |(table, _): &(&str, MakeTable)| FORMATS.iter().any(|f| name == file_name(table, *f));
    name == PACKAGE || TABLES.iter().any(is_table)
}
