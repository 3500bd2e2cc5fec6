//! Watching a number from one report to the next.

use std::path::Path;

use serde_json::Value;

use crate::moods::{FRIENDLY, HOSTILE, articles};
use crate::openmetrics;
use crate::support::{Output, dyad, file, query};

fn run(inputs: &[&str], out: &Path, options: &[&str]) -> Output {
    dyad(&[&["run"], inputs, &["--scope", "pair", "--out", out.to_str().unwrap()], options].concat())
}

fn report(out: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(out.join("report.json")).unwrap()).unwrap()
}

/// What the metrics file says of alerts and of the exit status.
fn figures(path: &Path) -> [f64; 2] {
    let samples = openmetrics::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    ["dyad_report_alerts", "dyad_last_run_exit_status"]
        .map(|name| samples.iter().find(|sample| sample.name == name).unwrap().value)
}

#[test]
fn a_watched_tone_that_falls_ends_with_3_once() {
    let folder = tempfile::tempdir().unwrap();
    let (out, prom) = (folder.path().join("out"), folder.path().join("dyad.prom"));
    let (_friendly, friendly) = file("friendly.jsonl", articles("friendly", &FRIENDLY));
    let (_hostile, hostile) = file("hostile.jsonl", articles("hostile", &HOSTILE));
    let (_broken, broken) = file("broken.jsonl", "{broken\n");
    let watch = ["--watch-threshold", "0.2", "--metrics", prom.to_str().unwrap()];

    // Nothing can be new in the first report.
    let first = run(&[&friendly], &out, &watch).expect(0);
    assert!(
        !first.stderr.contains("alert") && first.stderr.contains("from the next report on"),
        "{}",
        first.stderr
    );
    assert_eq!((&report(&out)["since_last"], figures(&prom)), (&Value::Null, [0.0, 0.0]));
    let kept = folder.path().join("first.json");
    std::fs::copy(out.join("report.json"), &kept).unwrap();

    // A reject is in it, too: what is watched counts for more.
    let output = run(&[&hostile, &broken], &out, &watch).expect(3);
    let warning = output.stderr.lines().find(|line| line.starts_with("warning: alert: Tone is −"));
    assert!(warning.is_some_and(|line| line.contains("watched from 0.2 on")), "{}", output.stderr);
    assert!(
        output.stdout.lines().any(|line| line.starts_with("Alerts        1: Tone −")),
        "{}",
        output.stdout
    );
    let analysis = report(&out);
    let alert = &analysis["alerts"][0];
    assert_eq!((&alert["kind"], &alert["metric"]), (&"level".into(), &"tone".into()), "{alert}");
    assert_eq!(analysis["since_last"]["new_articles"], 6);
    assert_eq!(analysis["since_last"]["new_outlets_total"], 6);
    let outcome = serde_json::json!(["Outcome", "complete, and a watched number moved"]);
    assert!(analysis["provenance"].as_array().unwrap().contains(&outcome), "{}", analysis["provenance"]);
    assert_eq!(figures(&prom), [1.0, 3.0]);
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("<section id=\"since\"") && page.contains("<a href=\"#since\">Alert</a>"));

    // The same again: the tone lies where it lay.
    run(&[&friendly, &hostile], &out, &watch).expect(0);
    assert_eq!((&report(&out)["since_last"]["new_articles"], figures(&prom)), (&0.into(), [0.0, 0.0]));
    let statuses: Vec<i64> = query(&out.join("store"), "SELECT exit_status FROM runs ORDER BY finished_at")
        .iter()
        .map(|run| run["exit_status"].as_i64().unwrap())
        .collect();
    assert_eq!(statuses, [0, 3, 0]);

    // A report of one's own choice, in JSON for a scheduler, from the configuration's threshold.
    let (store, other) = (out.join("store"), folder.path().join("other"));
    let (_config, config) = file("dyad.toml", "[report.watch]\ntone = 0.2\n");
    let said = dyad(&[
        "report",
        "--store",
        store.to_str().unwrap(),
        "--out",
        other.to_str().unwrap(),
        "--compare",
        kept.to_str().unwrap(),
        "--config",
        &config,
        "--log-format",
        "json",
        "--quiet",
    ])
    .expect(3)
    .stderr;
    let line: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!((&line["level"], &line["alert"]), (&"WARN".into(), &"tone".into()), "{line}");
}

#[test]
fn what_cannot_be_compared_or_watched_is_said_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let (_news, news) = file("news.jsonl", articles("news", &FRIENDLY[..1]));
    let (_other, other) = file(
        "other.json",
        r#"{"generated_at":"2026-01-01T00:00:00Z","actor_a":"Toyota","actor_b":"Panasonic","frames":[]}"#,
    );
    let cases = [
        (["--compare", "/does/not/exist.json"], "/does/not/exist.json: cannot be opened"),
        (["--compare", &news], "no report of Dyad"),
        (["--compare", &other], "about \"Toyota\" and \"Panasonic\", this report about \"Microsoft\""),
        (["--watch-threshold", "romance=0.2"], "share_tension"),
        (["--watch-threshold", "3"], "at most 2"),
    ];
    for (options, said) in cases {
        let error = run(&[&news], &out, &options).expect(2).stderr;
        assert!(error.contains(said), "{options:?}: {error}");
        assert!(!out.exists(), "{options:?}");
    }
}
