//! Which files are there for which formats, now and after a report in other formats.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use dyad_core::{ReportConfig, ReportFormat};

use crate::{ReportFiles, fixture, write_report};

fn write(out: &Path, formats: &[ReportFormat]) -> ReportFiles {
    let options = ReportConfig { formats: formats.to_vec(), keep: 0, ..ReportConfig::default() };
    write_report(&fixture::analysis(), out, &options).expect("written")
}

/// Names in the folder that lead into the latest report, all of which must lead to something.
fn links(out: &Path) -> Vec<String> {
    let entries = fs::read_dir(out).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name != "latest" && name != "reports");
    names.sort();
    for name in &names {
        assert!(out.join(name).exists(), "{name} leads nowhere");
    }
    names
}

/// Endings of the files in `tables`, each once.
fn endings(out: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(out.join("tables")) else { return Vec::new() };
    let names = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned());
    let mut endings: Vec<String> = names
        .filter(|name| name != "datapackage.json")
        .filter_map(|name| Some(name.rsplit_once('.')?.1.to_owned()))
        .collect();
    endings.sort();
    endings.dedup();
    endings
}

#[test]
fn each_format_writes_its_files_and_the_analysis_is_always_there() {
    let cases: [(ReportFormat, &[&str], &[&str], &str); 7] = [
        (ReportFormat::Html, &["report.html", "report.json"], &[], "report.html"),
        (ReportFormat::Md, &["report.json", "report.md"], &[], "report.md"),
        (ReportFormat::Json, &["report.json", "tables"], &["json"], "report.json"),
        (
            ReportFormat::Csv,
            &["change_points.csv", "evidence.csv", "report.json", "series", "tables"],
            &["csv"],
            "report.json",
        ),
        (ReportFormat::Parquet, &["report.json", "tables"], &["parquet"], "report.json"),
        (ReportFormat::Svg, &["charts", "report.json"], &[], "report.json"),
        (ReportFormat::Png, &["charts", "report.json"], &[], "report.json"),
    ];
    for (format, names, tables, first) in cases {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let files = write(dir.path(), &[format]);
        assert_eq!(links(dir.path()), names, "{format}");
        assert_eq!(endings(dir.path()), tables, "{format}");
        assert_eq!(files.first(), dir.path().join(first), "{format}");
        let described = dir.path().join("tables/datapackage.json");
        assert_eq!(described.exists(), !tables.is_empty(), "{format}");
        if let [ending] = tables {
            let package: serde_json::Value =
                serde_json::from_str(&fs::read_to_string(described).expect("text")).expect("JSON");
            assert_eq!(package["resources"][0]["path"], format!("metrics.{ending}"));
        }
    }
}

#[test]
fn a_format_left_out_loses_its_links_and_stays_in_the_history() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path();
    write(out, &ReportFormat::ALL);
    let first = fs::read_link(out.join("latest")).expect("a link");
    let all = links(out);
    let files = write(out, &[ReportFormat::Md, ReportFormat::Parquet]);
    assert_eq!(links(out), ["report.json", "report.md", "tables"]);
    assert_eq!((files.html, files.evidence, files.series.len()), (None, None, 0));
    assert!(out.join(&first).join("report.html").is_file() && out.join(first).join("evidence.csv").is_file());
    // What is no link of ours stays, whatever its name is.
    std::os::unix::fs::symlink("elsewhere.csv", out.join("evidence.csv")).expect("a link");
    fs::write(out.join("elsewhere.csv"), "mine").expect("written");
    write(out, &[ReportFormat::Md]);
    assert_eq!(links(out), ["elsewhere.csv", "evidence.csv", "report.json", "report.md"]);
    fs::remove_file(out.join("elsewhere.csv")).expect("removed");
    write(out, &ReportFormat::ALL);
    assert_eq!(links(out), all, "and all are back");
}

#[test]
fn reports_in_few_formats_count_among_those_to_keep() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path();
    for format in ReportFormat::ALL {
        write(out, &[format]);
    }
    let options = ReportConfig { keep: 1, ..ReportConfig::default() };
    write_report(&fixture::empty(), out, &options).expect("written");
    let left = fs::read_dir(out.join("reports")).expect("a folder").flatten();
    assert_eq!(left.filter(|e| e.file_name() != ".lock").count(), 1);
}

#[test]
fn a_table_of_the_readers_own_keeps_its_report() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path();
    write(out, &ReportFormat::ALL);
    let first = out.join(fs::read_link(out.join("latest")).expect("a link"));
    fs::write(first.join("tables/mine.csv"), "mine").expect("written");
    let options = ReportConfig { keep: 1, ..ReportConfig::default() };
    write_report(&fixture::empty(), out, &options).expect("written");
    assert!(first.join("tables/mine.csv").is_file());
}

#[test]
fn the_earlier_names_are_the_same_bytes_and_take_no_space() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let out = dir.path();
    write(out, &[ReportFormat::Csv]);
    for (name, table) in [("evidence.csv", "evidence.csv"), ("change_points.csv", "change_points.csv")] {
        let data = |path: &Path| fs::metadata(path).expect("a file").ino();
        assert_eq!(data(&out.join(name)), data(&out.join("tables").join(table)), "{name}");
    }
    let read = |name: &str| fs::read_to_string(out.join(name)).expect("text");
    assert_eq!(read("series/all.csv"), read("tables/series.csv"));
    // What readers of earlier reports select.
    let header = |name: &str| read(name).lines().next().map(str::to_owned).unwrap_or_default();
    assert!(header("evidence.csv").starts_with(
        "article_id,sentence_no,date,source,url,title,text,spans_a,spans_b,tone,stance_a_to_b,stance_b_to_a,\
             sentiment_a,sentiment_b,near_copies,frame_partnership,"
    ));
    assert_eq!(
        header("change_points.csv"),
        "metric,date,earliest,latest,since,until,before,before_low,before_high,before_articles,before_sentences,\
         after,after_low,after_high,after_articles,after_sentences,difference,difference_low,difference_high,p_value,adjusted_p"
    );
}

#[test]
fn a_file_of_the_readers_own_is_not_replaced() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("tables"), "mine").expect("written");
    let error = write_report(&fixture::empty(), dir.path(), &ReportConfig::default()).expect_err("taken");
    assert!(error.to_string().contains("tables") && error.to_string().contains("move away"), "{error}");
    assert_eq!(fs::read_to_string(dir.path().join("tables")).expect("text"), "mine");
    assert!(!dir.path().join("latest").exists(), "nothing is shown");
    // Where no table is asked for, its place is free to use.
    write(dir.path(), &[ReportFormat::Html]);
}
