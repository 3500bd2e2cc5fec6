//! `--format`: which files a report consists of, as told on the command line and in the configuration.

use crate::support::{dyad, file};

#[test]
fn a_report_is_written_in_the_formats_asked_for() {
    let (folder, news) =
        file("news.jsonl", "{\"text\":\"OpenAI thanked Microsoft.\",\"date\":\"2024-01-01\"}\n");
    let (store, out) = (folder.path().join("store"), folder.path().join("out"));
    let (store, out_arg) = (store.to_str().unwrap(), out.to_str().unwrap());
    let run = ["run", &news, "--store", store, "--out", out_arg, "--format", "csv,parquet"];
    let said = dyad(&run).expect(0).stdout;
    assert!(said.lines().last().is_some_and(|line| line.ends_with("report.json")), "{said}");
    assert!(out.join("tables/evidence.parquet").is_file() && out.join("evidence.csv").is_file());
    assert!(!out.join("report.html").exists() && !out.join("tables/evidence.json").exists());

    let (_config, config) = file("dyad.toml", "[report]\nformats = [\"md\"]\n");
    let report = ["report", "--store", store, "--out", out_arg, "--config", &config];
    let said = dyad(&report).expect(0).stdout;
    assert!(said.lines().last().is_some_and(|line| line.ends_with("report.md")), "{said}");
    assert!(out.join("report.json").is_file() && out.join("tables").symlink_metadata().is_err());
    // The command line goes before the configuration.
    let said = dyad(&[&report[..], &["--format", "html"]].concat()).expect(0).stdout;
    assert!(said.lines().last().is_some_and(|line| line.ends_with("report.html")), "{said}");

    let error = dyad(&[&report[..], &["--format", "html,pdf"]].concat()).expect(2).stderr;
    assert!(error.contains("'pdf'") && error.contains("html, md, json, csv, parquet"), "{error}");
    let (_config, config) = file("dyad.toml", "[report]\nformats = [\"pdf\"]\n");
    let error = dyad(&["run", "--print-config", "--config", &config]).expect(2).stderr;
    assert!(error.contains("pdf") && error.contains("parquet"), "{error}");
}
