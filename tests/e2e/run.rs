//! `dyad run`: articles in, report out; and what happens on the second call.

use std::path::Path;

use serde_json::Value;

use crate::support::{count, dyad, file, query, repository};

fn run(input: &str, out: &Path, status: i32) -> crate::support::Output {
    dyad(&["run", input, "--out", out.to_str().unwrap()]).expect(status)
}

fn analysis(out: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(out.join("report.json")).unwrap()).unwrap()
}

/// The estimate of a metric over a whole calendar quarter.
fn quarter<'v>(analysis: &'v Value, metric: &str, label: &str) -> &'v Value {
    let series = analysis["series"].as_array().unwrap();
    let series = series.iter().find(|s| s["metric"] == metric && s["grain"] == "quarter").unwrap();
    let point = series["points"].as_array().unwrap().iter().find(|point| point["label"] == label).unwrap();
    &point["estimate"]
}

#[test]
fn the_demo_tells_its_story() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let demo = repository().join("corpora/demo");
    let output = run(demo.to_str().unwrap(), &out, 0);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(lines.len(), 12, "eleven lines and the path:\n{}", output.stdout);
    assert!(lines[11].ends_with("report.html") && Path::new(lines[11]).exists());
    for name in [
        "report.md",
        "report.json",
        "evidence.csv",
        "change_points.csv",
        "series/all.csv",
        "series/tone.month.csv",
    ] {
        assert!(out.join(name).exists(), "{name}");
    }

    let analysis = analysis(&out);
    let coverage = &analysis["coverage"];
    assert_eq!((coverage["articles"].as_u64(), coverage["undated"].as_u64()), (Some(166), Some(5)));
    assert_eq!(coverage["duplicates"].as_u64(), Some(12));
    assert!(coverage["relations"].as_u64().unwrap() > 400, "{coverage}");
    assert!(coverage["relations_raw"].as_u64().unwrap() > coverage["relations"].as_u64().unwrap());

    // The corpus tells of investment first, governance in the board crisis, separation with Stargate.
    let value = |metric: &str, label: &str| quarter(&analysis, metric, label)["value"].as_f64().unwrap();
    assert!(value("frame_investment", "2019-Q3") > value("frame_investment", "2023-Q4"));
    assert!(value("frame_governance", "2023-Q4") > value("frame_governance", "2020-Q3"));
    assert!(value("frame_separation", "2025-Q1") > value("frame_separation", "2019-Q3"));
    assert!(value("tone", "2019-Q3") > value("tone", "2025-Q2"));
    for point in ["2019-Q3", "2023-Q4", "2025-Q1"] {
        let estimate = quarter(&analysis, "tone", point);
        let [low, value, high] = ["low", "value", "high"].map(|key| estimate[key].as_f64().unwrap());
        assert!(low <= value && value <= high && low < high, "{estimate}");
    }

    // The board crisis of November 2023 stands out without anybody naming it.
    let crisis = analysis["change_points"].as_array().unwrap().iter().find(|change| {
        let date = change["date"].as_str().unwrap();
        change["metric"] == "frame_governance" && ("2023-11-10".."2023-12-01").contains(&date)
    });
    let crisis = crisis.expect("a change of governance in November 2023");
    assert!(crisis["after"]["value"].as_f64() > crisis["before"]["value"].as_f64(), "{crisis}");
    assert!(
        !crisis["evidence"].as_array().unwrap().is_empty()
            && !crisis["sources"].as_array().unwrap().is_empty()
    );

    // Who else is in the story comes out under one name each, neither actor nor outlet among them.
    let others = analysis["co_actors"].as_array().unwrap();
    let named: Vec<&str> = others.iter().map(|other| other["name"].as_str().unwrap()).collect();
    for name in ["Oracle", "Google", "SoftBank", "Elon Musk"] {
        assert!(named.contains(&name), "{name}: {named:?}");
    }
    for name in ["Microsoft", "OpenAI", "Redmond", "Cascade Tech Wire", "AI", "Musk"] {
        assert!(!named.contains(&name), "{name}: {named:?}");
    }

    // Every relation is evidence with its sentence, outlet and link.
    let evidence = analysis["evidence"].as_array().unwrap();
    assert_eq!(evidence.len() as u64, analysis["evidence_total"].as_u64().unwrap());
    for item in evidence {
        let text = item["text"].as_str().unwrap();
        for spans in ["spans_a", "spans_b"] {
            let span = &item[spans][0];
            let range = span["start"].as_u64().unwrap() as usize..span["end"].as_u64().unwrap() as usize;
            assert!(text.get(range).is_some_and(|name| !name.is_empty()), "{item}");
        }
        assert!(item["source"].is_string() && item["url"].is_string());
    }
}

#[test]
fn the_same_input_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{\"url\":\"https://a.example/1\",\"published\":\"2024-07-31\",\"text\":\"Microsoft lists OpenAI as a competitor.\"}\n\
                 {\"url\":\"https://a.example/2\",\"text\":\"OpenAI praised Microsoft. It rained.\"}\n";
    let (_corpus, path) = file("news.jsonl", lines);
    let out = folder.path().join("out");
    let store = out.join("store");
    run(&path, &out, 0);
    let tables = ["articles", "sentences", "mentions", "relations"];
    let counts = || tables.map(|table| count(&store, &format!("SELECT count(*) FROM {table}")));
    let before = counts();
    assert_eq!((before[0], before[3]), (2, 2));
    let first = analysis(&out);
    run(&path, &out, 0);
    assert_eq!(counts(), before);
    assert_eq!(analysis(&out)["series"], first["series"]);
    assert_eq!(count(&store, "SELECT count(*) FROM runs"), 2);

    // A new article is added; the others are left alone.
    let (_more, extra) =
        file("more.jsonl", "{\"text\":\"OpenAI sues Microsoft.\",\"date\":\"2025-02-01\"}\n");
    run(&extra, &out, 0);
    assert_eq!(count(&store, "SELECT count(*) FROM relations"), 3);
    assert_eq!(count(&store, "SELECT count(DISTINCT run_id) FROM sentences"), 2);
}

#[test]
fn other_actors_annotate_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (_corpus, path) =
        file("news.jsonl", "{\"text\":\"Toyota left Panasonic while Microsoft paid OpenAI.\"}\n");
    let out = folder.path().join("out");
    let store = out.join("store");
    run(&path, &out, 0);
    let (_config, config) =
        file("c.toml", "[actors.A]\nname = \"Toyota\"\n[actors.B]\nname = \"Panasonic\"\n");
    dyad(&["run", &path, "--out", out.to_str().unwrap(), "--config", &config]).expect(0);
    assert_eq!(count(&store, "SELECT count(*) FROM sentences"), 1);
    let actors = query(&store, "SELECT text, actor FROM mentions WHERE actor IS NOT NULL ORDER BY actor");
    assert_eq!((actors[0]["text"].as_str(), actors[1]["text"].as_str()), (Some("Toyota"), Some("Panasonic")));
}

#[test]
fn an_undated_text_without_a_relation_gives_a_report_too() {
    let folder = tempfile::tempdir().unwrap();
    let (_corpus, path) = file("note.txt", "It rained all day and nobody spoke of any company.\n");
    let out = folder.path().join("out");
    run(&path, &out, 0);
    assert_eq!(analysis(&out)["coverage"]["undated"], 1);
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap().contains("OpenAI"));
}

#[test]
fn a_foreign_article_is_kept_counted_and_not_annotated() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{\"language\":\"de\",\"text\":\"Microsoft und OpenAI einigen sich.\"}\n{\"text\":\"OpenAI met Microsoft.\"}\n";
    let (_corpus, path) = file("news.jsonl", lines);
    let out = folder.path().join("out");
    let output = run(&path, &out, 1);
    assert!(output.stderr.contains("language"), "{}", output.stderr);
    let store = out.join("store");
    assert_eq!(count(&store, "SELECT count(*) FROM articles"), 2);
    assert_eq!(count(&store, "SELECT count(DISTINCT article_id) FROM sentences"), 1);
    assert_eq!(analysis(&out)["coverage"]["foreign"], 1);
}

#[test]
fn the_stages_one_by_one_equal_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let (_corpus, path) =
        file("news.jsonl", "{\"text\":\"OpenAI thanked Microsoft.\",\"date\":\"2024-01-01\"}\n");
    let (store, out) = (folder.path().join("store"), folder.path().join("out"));
    let (store_arg, out_arg) = (store.to_str().unwrap(), out.to_str().unwrap());
    dyad(&["ingest", &path, "--store", store_arg]).expect(0);
    dyad(&["annotate", "--store", store_arg]).expect(0);
    dyad(&["report", "--store", store_arg, "--out", out_arg]).expect(0);
    let whole = folder.path().join("whole");
    run(&path, &whole, 0);
    assert_eq!(analysis(&out)["series"], analysis(&whole)["series"]);
    assert_eq!(analysis(&out)["evidence"], analysis(&whole)["evidence"]);
}
