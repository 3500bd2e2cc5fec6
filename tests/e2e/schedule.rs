//! Dyad under a scheduler: how a run ends, what it tells, what it leaves out, and several at once.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;

use crate::openmetrics::{self, Sample};
use crate::support::{Output, count, dyad, file, query, repository};

const STORY: &str = "{\"url\":\"https://a.example/1\",\"published\":\"2024-07-31\",\"text\":\"Microsoft backs OpenAI again.\"}\n";

fn figures(path: &Path) -> Vec<Sample> {
    let text = std::fs::read_to_string(path).unwrap();
    openmetrics::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The value of the sample with this name and label, if there is one.
fn figure(figures: &[Sample], name: &str, label: Option<(&str, &str)>) -> Option<f64> {
    let fits = |sample: &&Sample| {
        sample.name == name
            && label.is_none_or(|(name, value)| sample.labels.get(name).is_some_and(|found| found == value))
    };
    figures.iter().find(fits).map(|sample| sample.value)
}

fn run(args: &[&str], out: &Path) -> Output {
    dyad(&[&["run"], args, &["--scope", "pair", "--out", out.to_str().unwrap()]].concat())
}

#[test]
fn the_recorded_status_is_the_one_the_process_ends_with() {
    let folder = tempfile::tempdir().unwrap();
    let (out, prom) = (folder.path().join("out"), folder.path().join("dyad.prom"));
    let metrics = ["--metrics", prom.to_str().unwrap()];
    let (_corpus, news) = file("news.jsonl", format!("{STORY}{{broken\n"));
    let status = || figure(&figures(&prom), "dyad_last_run_exit_status", None).unwrap();

    run(&[&[&news[..]][..], &metrics].concat(), &out).expect(1);
    assert_eq!(status(), 1.0);
    // The report is about the run that writes it.
    let report: Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("report.json")).unwrap()).unwrap();
    let outcome = serde_json::json!(["Outcome", "complete, with rejects or skips"]);
    assert!(report["provenance"].as_array().unwrap().contains(&outcome), "{}", report["provenance"]);

    // The report cannot be written: everything before is done, and the run has failed all the same.
    std::fs::remove_file(out.join("latest")).unwrap();
    std::fs::create_dir(out.join("latest")).unwrap();
    let error = run(&[&[&news[..]][..], &metrics].concat(), &out).expect(2).stderr;
    assert!(error.contains("latest"), "{error}");
    assert_eq!(status(), 2.0);
    std::fs::remove_dir(out.join("latest")).unwrap();
    // A model that is not there: read, but not annotated.
    run(&[&[&news[..], "--model", "no-such-model"][..], &metrics].concat(), &out).expect(2);
    let found = figures(&prom);
    assert_eq!(figure(&found, "dyad_last_run_exit_status", None), Some(2.0));
    assert_eq!(figure(&found, "dyad_last_run_articles", Some(("state", "known"))), Some(1.0));
    assert_eq!(figure(&found, "dyad_last_run_annotated", Some(("unit", "article"))), None);
    // Nothing to read at all.
    run(&[&["/does/not/exist"][..], &metrics].concat(), &out).expect(2);
    assert_eq!(status(), 2.0);

    run(&[&[&news[..]][..], &metrics].concat(), &out).expect(1);
    let runs =
        query(&out.join("store"), "SELECT exit_status, fingerprint, timings FROM runs ORDER BY finished_at");
    let statuses: Vec<i64> = runs.iter().map(|run| run["exit_status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [1, 2, 2, 2, 1]);
    let annotated: Vec<bool> = runs.iter().map(|run| run["fingerprint"].is_string()).collect();
    assert_eq!(annotated, [true, true, false, false, true]);
    assert!(runs[0]["timings"].as_str().unwrap().contains("\"report\""), "{}", runs[0]["timings"]);
}

#[test]
fn figures_of_a_run_are_valid_and_agree_with_the_store() {
    let folder = tempfile::tempdir().unwrap();
    // A name that must be escaped.
    let out = folder.path().join("a \"b\" é");
    let prom = folder.path().join("dyad.prom");
    let (_corpus, news) =
        file("news.jsonl", format!("{STORY}{{\"language\":\"de\",\"text\":\"Guten Tag.\"}}\n{{broken\n"));
    run(&[&news, "--metrics", prom.to_str().unwrap()], &out).expect(1);
    let found = figures(&prom);
    let get = |name: &str, label| figure(&found, &format!("dyad_{name}"), label);
    assert!(found.iter().all(|sample| sample.labels["store"] == out.join("store").to_str().unwrap()));
    assert!(found.iter().all(|sample| sample.labels["command"] == "run"));
    assert_eq!(get("build_info", Some(("version", env!("CARGO_PKG_VERSION")))), Some(1.0));
    for (name, label, expected) in [
        ("last_run_files", Some(("state", "opened")), 1.0),
        ("last_run_records", Some(("became", "article")), 2.0),
        ("last_run_records", Some(("became", "reject")), 1.0),
        ("last_run_articles", Some(("state", "new")), 2.0),
        ("last_run_annotated", Some(("unit", "article")), 1.0),
        ("last_run_annotated", Some(("unit", "relation")), 1.0),
        ("last_run_skips", Some(("reason", "foreign_article")), 1.0),
        ("last_run_truncations", Some(("kind", "windowed_sentence")), 0.0),
    ] {
        assert_eq!(get(name, label), Some(expected), "{name} {label:?}");
    }
    let [start, end] =
        ["start", "end"].map(|what| get(&format!("last_run_{what}_timestamp_seconds"), None).unwrap());
    assert!(start > 1.7e9 && end > start && end < start + 600.0);
    let stages = ["ingest", "annotate", "report"]
        .map(|stage| get("last_run_stage_duration_seconds", Some(("stage", stage))).unwrap());
    let whole = get("last_run_duration_seconds", None).unwrap();
    assert!(
        stages.iter().all(|&time| time > 0.0) && stages.iter().sum::<f64>() <= whole,
        "{stages:?} in {whole}"
    );
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 2, "no temporary file stays: {left:?}");

    let store = out.join("store");
    let store = store.to_str().unwrap();
    for args in [
        &["annotate", "--store", store][..],
        &["ingest", &news, "--store", store],
        &["report", "--store", store, "--out", out.to_str().unwrap()],
    ] {
        let status = if args[0] == "report" { 0 } else { 1 };
        let mut args = [args, &["--metrics", prom.to_str().unwrap()]].concat();
        if args[0] != "ingest" {
            args.extend(["--scope", "pair"]);
        }
        dyad(&args).expect(status);
        let found = figures(&prom);
        assert_eq!(
            figure(&found, "dyad_last_run_exit_status", Some(("command", args[0]))),
            Some(status.into())
        );
    }
}

#[test]
fn since_last_leaves_out_files_that_did_not_change() {
    let folder = tempfile::tempdir().unwrap();
    let (store, fresh) = (folder.path().join("store"), folder.path().join("news.jsonl"));
    std::fs::write(&fresh, STORY).unwrap();
    // Checked out long ago.
    let old = repository().join("corpora/demo/README.md");
    let (old, fresh_arg) = (old.to_str().unwrap(), fresh.to_str().unwrap());
    let ingest = |args: &[&str]| dyad(&[&["ingest", "--store", store.to_str().unwrap()], args].concat());
    let since = |when: &str, inputs: &[&str]| ingest(&[&["--since", when], inputs].concat()).expect(0).stderr;
    let both = [old, fresh_arg];
    assert!(since("last", &both).contains("reading everything"), "the first run reads everything");
    let articles = || count(&store, "SELECT count(*) FROM articles");
    assert_eq!(articles(), 2);

    std::fs::write(&fresh, format!("{STORY}{}", STORY.replace("a.example/1", "a.example/2"))).unwrap();
    let said = since("last", &both);
    assert!(said.contains("1 files did not change") && said.contains("1 new articles"), "{said}");
    let counts = query(&store, "SELECT counts FROM runs ORDER BY finished_at DESC LIMIT 1");
    assert!(counts[0]["counts"].as_str().unwrap().contains("\"unchanged_files\":1"), "{counts:?}");

    // A run on other inputs says nothing about these, and neither does one that failed.
    let (_other, other) = file("other.txt", "OpenAI met Microsoft.");
    since("last", &[&other]);
    ingest(&[old, fresh_arg, "/does/not/exist", "--since", "last"]).expect(2);
    std::fs::write(&fresh, format!("{STORY}{}", STORY.replace("a.example/1", "a.example/3"))).unwrap();
    assert!(since("last", &both).contains("1 new articles"));
    assert_eq!(articles(), 5);

    // A time of one's own.
    let said = since("2100-01-01", &both);
    assert!(said.contains("2 files did not change"), "{said}");
    assert!(!since("2000-01-01", &both).contains("did not change"));
    let wrong = ingest(&[old, "--since", "yesterday"]).expect(2).stderr;
    assert!(wrong.contains("neither 'last' nor a time"), "{wrong}");
}

#[test]
fn a_second_writer_waits_as_long_as_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store_path = folder.path().join("store");
    let store = store_path.to_str().unwrap();
    let (_corpus, news) = file("news.jsonl", STORY);
    dyad(&["ingest", &news, "--store", store]).expect(0);
    let lock = std::fs::OpenOptions::new().write(true).open(store_path.join("dyad-store.lock")).unwrap();
    lock.try_lock().unwrap();
    let start = Instant::now();
    let said = dyad(&["annotate", "--store", store, "--wait", "1"]).expect(2).stderr;
    assert!(said.contains("waiting for at most 1 s") && said.contains("another Dyad process"), "{said}");
    assert!(start.elapsed() >= Duration::from_secs(1));

    let mut child = Command::new(env!("CARGO_BIN_EXE_dyad"))
        .args(["annotate", "--store", store, "--wait", "300", "--scope", "pair"])
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("waiting"), "{line}");
    drop(lock);
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success(), "{rest}");
    assert_eq!(count(&store_path, "SELECT count(*) FROM relations"), 1);
}

/// A report folder as a reader finds it: one report, whole.
#[track_caller]
fn assert_whole(out: &Path) {
    let latest = out.join(std::fs::read_link(out.join("latest")).unwrap());
    let page = std::fs::read_to_string(latest.join("report.html")).unwrap();
    assert!(page.trim_end().ends_with("</html>"));
    let report: Value =
        serde_json::from_str(&std::fs::read_to_string(latest.join("report.json")).unwrap()).unwrap();
    assert_eq!(report["evidence"].as_array().unwrap().len(), 1);
    for name in ["report.html", "report.md", "report.json", "evidence.csv", "series/all.csv"] {
        assert_eq!(
            std::fs::read(out.join(name)).unwrap(),
            std::fs::read(latest.join(name)).unwrap(),
            "{name}"
        );
    }
}

fn hidden_reports(out: &Path) -> usize {
    let is_hidden = |e: &std::fs::DirEntry| {
        let name = e.file_name();
        name.to_string_lossy().starts_with('.') && name != ".lock"
    };
    std::fs::read_dir(out.join("reports")).unwrap().flatten().filter(is_hidden).count()
}

#[test]
fn a_report_killed_at_any_moment_leaves_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let (_corpus, news) = file("news.jsonl", STORY);
    let out = folder.path().join("out");
    let began = Instant::now();
    run(&[&news], &out).expect(0);
    let undisturbed = began.elapsed();
    let store = out.join("store");
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_dyad"))
            .args([
                "report",
                "--store",
                store.to_str().unwrap(),
                "--out",
                out.to_str().unwrap(),
                "--keep",
                "2",
            ])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut random = SmallRng::seed_from_u64(5);
    let (mut kills, mut halves) = (0, 0);
    while kills < 10 {
        let mut child = start();
        // At a random moment, or as soon as the new folder appears, or some time after that.
        let mut deadline = Instant::now() + undisturbed.mul_f64(random.random_range(0.0..0.5));
        let mut is_seen = random.random_range(0..3) == 0;
        if !is_seen {
            deadline += Duration::from_secs(60);
        }
        while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
            if !is_seen && hidden_reports(&out) > 0 {
                is_seen = true;
                let longest = if kills % 2 == 0 { 1 } else { 300 };
                deadline = Instant::now() + Duration::from_millis(random.random_range(0..longest));
            }
            std::thread::yield_now();
        }
        kills += usize::from(child.try_wait().unwrap().is_none());
        let _ = child.kill();
        child.wait().unwrap();
        halves += hidden_reports(&out);
        assert_whole(&out);
    }
    assert!(halves > 0, "no kill hit a report half written");
    assert!(start().wait().unwrap().success());
    assert_eq!(hidden_reports(&out), 0, "the next report removes what is left");
    assert_whole(&out);
    assert!(std::fs::read_dir(out.join("reports")).unwrap().count() <= 3, "two reports and the lock");
}

#[test]
fn every_message_is_json_if_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let (_corpus, news) =
        file("news.jsonl", format!("{STORY}{{broken\n{{\"language\":\"de\",\"text\":\"Guten Tag.\"}}\n"));
    let cases: [(&[&str], i32); 6] = [
        (&["run", &news, "--out", out, "--scope", "pair"], 1),
        (&["run", "/does/not/exist", "--out", out], 2),
        (&["run", &news, "--out", out, "--model", "no-such-model"], 2),
        (&["run", &news, "--out", out, "--nonsense"], 2),
        (&["frobnicate"], 2),
        (&["query", "SELECT nothing", "--store", out], 2),
    ];
    for (args, status) in cases {
        let said = dyad(&[args, &["--log-format", "json"]].concat()).expect(status).stderr;
        let lines: Vec<Value> = said
            .lines()
            .map(|l| serde_json::from_str(l).unwrap_or_else(|_| panic!("{args:?}: {said}")))
            .collect();
        for line in &lines {
            let has = |key: &str| line[key].as_str().is_some_and(|text| !text.is_empty());
            assert!(has("message") && has("level") && has("timestamp"), "{line}");
        }
        let errors = lines.iter().filter(|line| line["level"] == "ERROR").count();
        assert_eq!(errors, usize::from(status == 2), "one error says why it ended: {said}");
        assert!(status != 2 || lines.last().unwrap()["level"] == "ERROR", "{said}");
    }
    // Help is no error and goes to stdout.
    let help = dyad(&["run", "--help", "--log-format", "json"]).expect(0);
    assert!(help.stdout.contains("Usage") && help.stderr.is_empty());
}
