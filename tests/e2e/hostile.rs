//! Hostile disks, stores and input: each ends in a reject or in one clear sentence; never in a panic, a hang or a
//! half-written table.
//!
//! A truncated gz stands in `input.rs`, a second writer in `store.rs`, and a process that is killed in `kill.rs`.

mod damage;
mod disks;
mod encodings;
mod namespace;
mod size;
mod zip;

use std::path::Path;

use serde_json::Value;

use crate::support::{Output, dyad, query};

/// Fails unless a command run with `--quiet` stopped with one sentence that holds all of `named`.
#[track_caller]
fn stopped(output: Output, named: &[&str]) {
    let output = output.expect(2);
    let said: Vec<&str> = output.stderr.lines().collect();
    assert!(said.len() == 1 && said[0].starts_with("error: "), "not one sentence:\n{}", output.stderr);
    for name in named {
        assert!(said[0].contains(name), "'{name}' is not in: {}", said[0]);
    }
}

/// Ingests into a new store, some of it rejected, and checks the books: every record is an article or a reject, and
/// the tables hold what `runs` counted. Returns the counts.
#[track_caller]
fn ingest_some(input: &str, store: &Path) -> Value {
    let output = dyad(&["ingest", input, "--quiet", "--store", store.to_str().unwrap()]).expect(1);
    assert!(output.stderr.lines().all(|line| line.starts_with("warning: ")), "{}", output.stderr);
    accounted(store)
}

/// Checks the books of a store's only run; returns its counts.
#[track_caller]
fn accounted(store: &Path) -> Value {
    let sql = "SELECT counts, (SELECT count(*) FROM articles) AS articles, (SELECT count(*) FROM rejects) AS rejects \
               FROM runs";
    let runs = query(store, sql);
    assert_eq!(runs.len(), 1);
    let counts: Value = serde_json::from_str(runs[0]["counts"].as_str().unwrap()).unwrap();
    let counts = counts["ingest"].clone();
    let of = |name: &str| counts[name].as_u64().unwrap();
    assert_eq!(of("records"), of("articles") + of("rejects"), "{counts}");
    assert_eq!(
        of("articles"),
        of("new_articles") + of("known_articles") + of("changed_articles"),
        "{counts}"
    );
    assert_eq!(
        (&runs[0]["articles"], &runs[0]["rejects"]),
        (&counts["new_articles"], &counts["new_rejects"])
    );
    counts
}

/// `FILE:POSITION code` of every reject and `FILE:POSITION title|text` of every article, without the folders of files.
fn records(store: &Path) -> Vec<String> {
    let name = "regexp_replace(file, '^.*/', '') || ':' || position";
    let sql = format!(
        "SELECT {name} || ' ' || record AS line FROM (\
         SELECT file, position, code AS record FROM rejects UNION ALL \
         SELECT input_file, input_position, coalesce(title, '') || '|' || text FROM articles) ORDER BY file, position"
    );
    query(store, &sql).iter().map(|row| row["line"].as_str().unwrap().to_owned()).collect()
}

/// Reasons of the rejects, by file and position.
fn reasons(store: &Path) -> Vec<String> {
    let rows = query(store, "SELECT reason FROM rejects ORDER BY file, position");
    rows.iter().map(|row| row["reason"].as_str().unwrap().to_owned()).collect()
}
