//! `crates/report/TABLES.md`, made from the definitions of the tables.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::package::CONVENTIONS;
use super::table::{Column, ColumnType, Scale};
use super::*;
use crate::fixture;

const RENEW: &str = "UPDATE_TABLES_MD";

const INTRODUCTION: &str = "# The tables of a report

This file is made from `crates/report/src/tables`; `UPDATE_TABLES_MD=1 cargo test -p dyad-report tables_md` renews it.

Every report holds the folder `tables/` (`OUT/tables` leads to that of the latest report): tidy data, an observation a row
and a variable a column, each table as `.csv`, `.parquet` and `.json`. `--format` of `dyad report` and `dyad run`, or
`formats` under `[report]` in `dyad.toml`, chooses among them; `datapackage.json` describes the files with types, units,
keys and descriptions as a [Data Package](https://datapackage.org). `report.json` beside the folder holds the same analysis
as one nested document and is always written. Every table is in every report; one of something that was not asked for, such as
`before_after` without a day, has no rows.

```python
import polars as pl, duckdb, pandas as pd
pl.read_parquet(\"out/tables/series.parquet\")
duckdb.sql(\"SELECT source, avg(tone) FROM 'out/tables/evidence.parquet' GROUP BY source\")
pd.read_json(\"out/tables/change_points.json\", convert_dates=[\"date\"])
```";

const JSON: &str = "The JSON files are arrays of records, one record a line: a file that ends in `.json` is one JSON document to every \
reader, and `diff` still compares two reports line by line. A text can be empty in Parquet and JSON; in CSV it cannot be told \
from a missing one. A whole number has 64 bits, a number is a double; scores are the store’s single-precision numbers widened. \
A file of Parquet carries the table’s Table Schema as `dyad.table_schema` in its metadata, and description, unit and range of a \
column as metadata of Arrow’s field.";

const VERSION: &str = "It is raised when a table or a column is removed or renamed, or changes its type, unit, key or meaning. \
A table or a column that is added, or moves, does not raise it: select columns by name.";

/// The text of the file. A column there is for each frame stands once, as that of a frame called NAME.
fn document() -> String {
    let analysis =
        Analysis { frames: vec!["NAME".to_owned()], frame_thresholds: vec![0.5], ..fixture::empty() };
    let mut out = format!(
        "{INTRODUCTION}\n\n{CONVENTIONS}\n\n{JSON}\n\n**Version {TABLES_VERSION}** of the schema (`version` in \
         `datapackage.json`). {VERSION}\n"
    );
    for table in all(&analysis) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\n## {}\n\n{}\n\nKey: {}.", table.name, table.description, codes(&table.key));
        for reference in &table.references {
            let _ = write!(out, " Row of `{}`: {}.", reference.table, codes(&reference.columns));
        }
        out.push_str(
            "\n\n| Column | Type | Unit, range | Can be missing | What it is |\n|---|---|---|---|---|\n",
        );
        for column in &table.columns {
            let missing = if column.is_nullable { "yes" } else { "" };
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {missing} | {} |",
                column.name,
                column.kind.as_str(),
                scale(column),
                column.description
            );
        }
    }
    out
}

fn codes(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn scale(column: &Column<'_>) -> String {
    let Scale { unit, minimum, maximum } = column.scale;
    let range = match (minimum, maximum) {
        (Some(low), Some(high)) => format!("{low} to {high}"),
        // Every count is from 0.
        (Some(low), None) if column.kind != ColumnType::Integer => format!("from {low}"),
        _ => String::new(),
    };
    [unit, &range].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

#[test]
fn tables_md_is_what_the_definitions_say() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("TABLES.md");
    let wanted = document();
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(&path, &wanted).expect("written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(wanted.lines()).find(|(found, wanted)| found != wanted);
    assert!(
        found == wanted,
        "{} is stale ({differs:?}): run the test with {RENEW}=1, and look whether TABLES_VERSION must be raised",
        path.display()
    );
}

#[test]
fn what_the_file_says_of_columns_holds_for_markdown() {
    let analysis = fixture::analysis();
    for table in all(&analysis) {
        assert!(table.description.ends_with('.'), "{}", table.name);
        for column in &table.columns {
            let text = &column.description;
            assert!(!text.is_empty() && !text.contains(['|', '\n']) && !text.ends_with('.'), "{text}");
        }
    }
}
