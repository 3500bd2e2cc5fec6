//! Every table read back from every format, and what describes them.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;
use std::time::Instant;

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use chrono::{DateTime, NaiveDate};
use dyad_analyze::OtherAnnotations;
use serde_json::Value as Json;

use super::table::{Cell, Column, ColumnType, iso};
use super::*;
use crate::fixture;

/// An analysis with rows for every table, and a value for every column.
fn complete() -> Analysis {
    let mut analysis = fixture::compared();
    let since = analysis.since_last.as_mut().expect("a report before");
    since.sources.then = Some(39);
    since.other_annotations = Some(OtherAnnotations { then: "older".to_owned(), now: "newer".to_owned() });
    analysis
}

fn written(analysis: &Analysis) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(analysis, dir.path(), &FORMATS).expect("written");
    dir
}

fn read(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).expect("a readable file")
}

fn json(dir: &Path, name: &str) -> Json {
    serde_json::from_str(&read(dir, name)).expect("JSON")
}

fn parquet(dir: &Path, table: &str) -> RecordBatch {
    let file = File::open(dir.join(format!("{table}.parquet"))).expect("opens");
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").with_batch_size(1 << 20);
    let schema = builder.schema().clone();
    let mut batches: Vec<RecordBatch> =
        builder.build().expect("a reader").map(|b| b.expect("a batch")).collect();
    assert!(batches.len() < 2, "{table} is small");
    batches.pop().unwrap_or_else(|| RecordBatch::new_empty(schema))
}

/// A cell as it comes back from Parquet.
fn stored(batch: &RecordBatch, column: usize, row: usize, kind: ColumnType) -> Cell<'static> {
    let array = batch.column(column);
    if array.is_null(row) {
        return Cell::Missing;
    }
    match kind {
        ColumnType::Text => Cell::Text(array.as_string::<i64>().value(row).to_owned().into()),
        ColumnType::Integer => Cell::Integer(array.as_primitive::<Int64Type>().value(row)),
        ColumnType::Number => Cell::Number(array.as_primitive::<Float64Type>().value(row)),
        ColumnType::Boolean => Cell::Boolean(array.as_boolean().value(row)),
        ColumnType::Date => {
            let days = array.as_primitive::<Date32Type>().value(row);
            Cell::Date(NaiveDate::from_epoch_days(days).expect("a day"))
        }
        ColumnType::Time => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            Cell::Time(DateTime::from_timestamp_micros(micros).expect("a time"))
        }
    }
}

/// Whether a field of CSV says the same as a cell, read by the column's type.
fn is_same(field: &str, cell: &Cell<'_>) -> bool {
    match cell {
        Cell::Missing => field.is_empty(),
        Cell::Text(text) => field == text || field == format!("'{text}"),
        Cell::Integer(n) => field.parse() == Ok(*n),
        Cell::Number(x) => field.parse().is_ok_and(|y: f64| (x - y).abs() <= 5e-7 * 1.000_001),
        Cell::Boolean(is) => field.parse() == Ok(*is),
        Cell::Date(day) => field.parse() == Ok(*day),
        Cell::Time(time) => DateTime::parse_from_rfc3339(field).is_ok_and(|t| t == *time),
    }
}

fn assert_same_in_every_format(table: &Table<'_>, dir: &Path) {
    let (name, columns) = (table.name, &table.columns);
    let header: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let batch = parquet(dir, name);
    assert_eq!(batch.schema().fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>(), header);
    let records = json(dir, &format!("{name}.json"));
    let records = records.as_array().expect("an array");
    let mut csv = ::csv::Reader::from_path(dir.join(format!("{name}.csv"))).expect("opens");
    assert_eq!(csv.headers().expect("a header").iter().collect::<Vec<_>>(), header);
    let fields: Vec<::csv::StringRecord> =
        csv.records().map(|row| row.expect("as long as the header")).collect();
    assert_eq!([batch.num_rows(), records.len(), fields.len()], [table.n_rows; 3], "{name}");
    for (row, cells) in table.rows().enumerate() {
        for (i, (cell, column)) in cells.zip(columns).enumerate() {
            let place = format!("{name}.{} in row {row}", column.name);
            assert_eq!(stored(&batch, i, row, column.kind), *cell, "{place}");
            let record = &records[row][&column.name];
            match cell {
                // serde_json reads the last bit wrongly now and then; it writes all of them.
                Cell::Number(x) => {
                    let found = record.as_f64().expect("a number");
                    assert!((found - x).abs() <= 2.0 * f64::EPSILON * x.abs(), "{place}: {found} is not {x}");
                }
                _ => assert_eq!(*record, serde_json::to_value(cell).expect("JSON"), "{place}"),
            }
            assert!(is_same(&fields[row][i], cell), "{place}: {} is not {cell:?}", &fields[row][i]);
        }
    }
}

#[test]
fn every_format_holds_the_same_values() {
    for analysis in [complete(), fixture::analysis(), fixture::empty(), fixture::undated()] {
        let dir = written(&analysis);
        for table in all(&analysis) {
            assert_same_in_every_format(&table, dir.path());
        }
    }
}

#[test]
fn the_fixture_has_rows_for_every_table_and_a_value_for_every_column() {
    let analysis = complete();
    for table in all(&analysis) {
        assert!(table.n_rows > 0, "{}", table.name);
        for column in &table.columns {
            assert!(column.cells.iter().any(|cell| *cell != Cell::Missing), "{}.{}", table.name, column.name);
        }
    }
}

/// Cells of a column, as text that can be compared.
fn texts<'t>(table: &'t Table<'_>, name: &str) -> Vec<String> {
    let column: &'t Column<'_> = table.columns.iter().find(|column| column.name == name).expect("a column");
    column.cells.iter().map(|cell| format!("{cell:?}")).collect()
}

fn keys(table: &Table<'_>, columns: &[&str]) -> Vec<Vec<String>> {
    let columns: Vec<Vec<String>> = columns.iter().map(|name| texts(table, name)).collect();
    (0..table.n_rows).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect()
}

#[test]
fn keys_tell_rows_apart_and_references_lead_to_rows() {
    let mut analysis = complete();
    // Initials can stand for two co-actors, and a configuration can list an outlet twice.
    analysis.co_actors[1].name = analysis.co_actors[0].name.clone();
    let missing = &mut analysis.source_groups[0].missing;
    missing.push(missing[0].clone());
    let tables: Vec<Table<'_>> = all(&analysis).collect();
    for table in &tables {
        assert!(!table.key.is_empty(), "{}", table.name);
        let found = keys(table, &table.key);
        assert_eq!(found.iter().collect::<HashSet<_>>().len(), table.n_rows, "{}", table.name);
        assert!(found.iter().flatten().all(|cell| cell != "Missing"), "{}", table.name);
        for reference in &table.references {
            let other = tables.iter().find(|other| other.name == reference.table).expect("a table");
            let known: HashSet<Vec<String>> = keys(other, &reference.columns).into_iter().collect();
            for row in keys(table, &reference.columns) {
                assert!(known.contains(&row), "{} -> {}: {row:?}", table.name, other.name);
            }
        }
    }
}

#[test]
fn formulas_are_neutralised_in_csv_alone() {
    let dir = written(&fixture::analysis());
    let raw = "=HYPERLINK(\"https://evil.example\",\"click\")";
    assert!(read(dir.path(), "evidence.csv").contains("\"'=HYPERLINK("));
    let records = json(dir.path(), "evidence.json");
    assert!(records.as_array().expect("an array").iter().any(|record| record["source"] == raw));
    let batch = parquet(dir.path(), "evidence");
    let sources = batch.column_by_name("source").expect("a column").as_string::<i64>();
    assert!(sources.iter().any(|source| source == Some(raw)));
}

#[test]
fn the_package_describes_the_files_as_they_are() {
    let analysis = fixture::analysis();
    let dir = written(&analysis);
    let package = json(dir.path(), "datapackage.json");
    assert_eq!(package["version"], TABLES_VERSION.to_string());
    let resources = package["resources"].as_array().expect("a list");
    assert_eq!(resources.len(), TABLES.len());
    for (resource, table) in resources.iter().zip(all(&analysis)) {
        let path = resource["path"].as_str().expect("a path");
        assert_eq!(
            (resource["name"].as_str(), path),
            (Some(table.name), format!("{}.csv", table.name).as_str())
        );
        let mut csv = ::csv::Reader::from_path(dir.path().join(path)).expect("opens");
        let header: Vec<String> = csv.headers().expect("a header").iter().map(str::to_owned).collect();
        let schema = &resource["schema"];
        let fields = schema["fields"].as_array().expect("fields");
        assert_eq!(fields.iter().map(|f| f["name"].as_str().expect("a name")).collect::<Vec<_>>(), header);
        for field in fields {
            assert!(field["description"].as_str().is_some_and(|text| !text.is_empty()), "{field}");
        }
        for key in schema["primaryKey"].as_array().expect("a key") {
            assert!(header.iter().any(|name| name == key), "{key}");
        }
    }
    // The same to a reader who has one file of Parquet only.
    let file = File::open(dir.path().join("evidence_spans.parquet")).expect("opens");
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let of_file = builder.metadata().file_metadata().key_value_metadata().expect("metadata");
    let of_file = |key: &str| of_file.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.clone());
    assert_eq!(of_file("dyad.tables_version"), Some(TABLES_VERSION.to_string()));
    let schema: Json = serde_json::from_str(&of_file("dyad.table_schema").expect("a schema")).expect("JSON");
    let described = resources.iter().find(|r| r["name"] == "evidence_spans").expect("described");
    assert_eq!(schema, described["schema"]);
    let start = builder.schema().field_with_name("start").expect("a column").clone();
    assert_eq!(start.metadata()["unit"], "bytes");
    assert!(start.metadata()["description"].starts_with("First byte") && !start.is_nullable());
}

#[test]
fn a_number_that_is_none_is_missing_everywhere() {
    let mut analysis = fixture::analysis();
    analysis.overall[0].estimate.low = f64::NAN;
    analysis.overall[1].estimate.value = f64::INFINITY;
    let dir = written(&analysis);
    let records = json(dir.path(), "overall.json");
    assert!(records[0]["low"].is_null() && records[0]["value"].is_f64() && records[1]["value"].is_null());
    assert!(parquet(dir.path(), "overall").column_by_name("low").expect("a column").is_null(0));
    assert!(read(dir.path(), "overall.csv").lines().nth(1).is_some_and(|row| row.contains(",,")));
}

#[test]
fn numbers_in_json_have_every_bit_and_columns_their_order() {
    let mut analysis = fixture::analysis();
    let numbers = [0.1 + 0.2, 1.0 / 3.0, 1e-7];
    let estimate = &mut analysis.overall[0].estimate;
    [estimate.value, estimate.low, estimate.high] = numbers;
    let dir = written(&analysis);
    let text = read(dir.path(), "overall.json");
    let record = text.lines().nth(1).expect("a record a line");
    let fields: Vec<(&str, &str)> =
        record.trim_matches(['{', '}', ',']).split(',').filter_map(|field| field.split_once(':')).collect();
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.trim_matches('"')).collect();
    assert_eq!(names, ["metric", "value", "low", "high", "articles", "sentences"]);
    for (number, (_, digits)) in numbers.iter().zip(&fields[1..]) {
        assert_eq!(digits.parse(), Ok(*number));
    }
}

#[test]
fn the_same_analysis_gives_the_same_bytes() {
    let (first, second) = (written(&fixture::analysis()), written(&fixture::analysis()));
    for (name, _) in TABLES {
        for format in FORMATS {
            let bytes = |dir: &Path| fs::read(dir.join(file_name(name, format))).expect("a file");
            assert!(bytes(first.path()) == bytes(second.path()), "{name}.{format}");
        }
    }
}

#[test]
fn mentions_are_the_words_under_their_spans() {
    let analysis = fixture::analysis();
    let dir = written(&analysis);
    let spans = json(dir.path(), "evidence_spans.json");
    let spans = spans.as_array().expect("an array");
    assert_eq!((spans[0]["actor"].as_str(), spans[0]["mention"].as_str()), (Some("A"), Some("Microsoft")));
    assert!(
        spans.iter().any(|span| span["mention"].is_null()),
        "a span outside of its sentence has no words"
    );
    let expected: usize = analysis.evidence.iter().map(|e| e.spans_a.len() + e.spans_b.len()).sum();
    assert_eq!(spans.len(), expected);
}

#[test]
fn a_table_of_what_was_not_asked_for_has_a_header_and_no_row() {
    let dir = written(&fixture::empty());
    for table in ["before_after", "since_last", "alerts", "other_dyads", "co_actors"] {
        assert_eq!(read(dir.path(), &format!("{table}.csv")).lines().count(), 1, "{table}");
        assert_eq!(json(dir.path(), &format!("{table}.json")), Json::Array(Vec::new()), "{table}");
        assert_eq!(parquet(dir.path(), table).num_rows(), 0, "{table}");
    }
}

#[test]
fn an_alert_has_the_columns_of_its_kind_and_changes_without_a_place_are_none() {
    let dir = written(&fixture::compared());
    let alerts = json(dir.path(), "alerts.json");
    assert_eq!(
        (alerts[0]["kind"].as_str(), alerts[0]["metric"].as_str()),
        (Some("change_point"), Some("tone"))
    );
    assert_eq!(alerts[0]["change_date"], "2025-01-21");
    assert!(alerts[0]["new"].is_null() && alerts[0]["difference_low"].is_null());
    assert_eq!((alerts[1]["kind"].as_str(), alerts[1]["new"].as_f64()), (Some("level"), Some(-0.31)));
    assert!(alerts[1]["change_metric"].is_null() && alerts[1]["change_date"].is_null());
    let changes = json(dir.path(), "since_last_changes.json");
    let changes: Vec<(&str, &str)> = changes
        .as_array()
        .expect("an array")
        .iter()
        .filter_map(|change| Some((change["change"].as_str()?, change["metric"].as_str()?)))
        .collect();
    assert_eq!(changes, [("appeared", "tone"), ("went", "frame_tension")]);
    let since = json(dir.path(), "since_last.json");
    assert_eq!((since[0]["sources_now"].as_u64(), since[0]["new_sources"].as_u64()), (Some(42), Some(3)));
    assert!(since[0]["sources_before"].is_null() && since[0]["same_annotations"] == true);
}

#[test]
fn an_outlet_of_a_group_is_found_or_only_configured() {
    let dir = written(&fixture::analysis());
    let outlets = read(dir.path(), "source_group_outlets.csv");
    assert!(
        outlets.contains("agencies,Reuters,true\n") && outlets.contains("agencies,AP <b>wire</b>,false\n")
    );
    assert!(outlets.contains(",Nowhere,false\n"), "{outlets}");
}

#[test]
fn names_of_tables_are_told_from_others() {
    for name in ["overall.csv", "evidence_spans.parquet", "datapackage.json", "series.json"] {
        assert!(is_table_file(name), "{name}");
    }
    for name in ["overall", "mine.csv", "overall.csv.bak", "overall.txt", "../overall.csv", "overall.svg", ""]
    {
        assert!(!is_table_file(name), "{name}");
    }
}

#[test]
fn moments_are_cut_to_the_microsecond_for_every_format() {
    let mut analysis = fixture::analysis();
    analysis.generated_at = DateTime::from_timestamp(1_795_000_000, 123_456_789).expect("a time");
    let dir = written(&analysis);
    let table = run::coverage(&analysis);
    assert_same_in_every_format(&Table { name: "coverage", ..table }, dir.path());
    let expected = DateTime::from_timestamp(1_795_000_000, 123_456_000).expect("a time");
    assert_eq!(json(dir.path(), "coverage.json")[0]["generated_at"], iso(&expected));
}

/// Time and size of the largest table, to be read: `cargo nextest run … --run-ignored only --no-capture`.
#[test]
#[ignore = "prints times"]
fn time_of_ten_thousand_sentences() {
    let analysis = fixture::large(10_000);
    let began = Instant::now();
    let tables: Vec<Table<'_>> = all(&analysis).collect();
    let mut lines = vec![format!("all tables as cells: {:.3} s", began.elapsed().as_secs_f64())];
    for table in tables.iter().filter(|table| table.name == "evidence") {
        for format in FORMATS {
            let began = Instant::now();
            let bytes = encode(table, format, Path::new("evidence")).expect("encodes").len();
            let seconds = began.elapsed().as_secs_f64();
            let (rows, columns) = (table.n_rows, table.columns.len());
            lines.push(format!("evidence, {rows} x {columns}, {format}: {seconds:.3} s, {bytes} bytes"));
        }
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let began = Instant::now();
    let files = write(&analysis, dir.path(), &FORMATS).expect("written").len();
    lines.push(format!("{files} files on disk: {:.3} s", began.elapsed().as_secs_f64()));
    eprintln!("{}", lines.join("\n"));
}
