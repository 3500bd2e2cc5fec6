//! SIGKILL at random moments, and between two commits of an annotation: nothing committed is lost, nothing is
//! there twice.
//!
//! `DYAD_KILLS=100` kills a hundred times (the measured figure in the README); the suite kills ten times.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use crate::support::{dyad, repository};

/// Every table in a fixed order of rows, without what tells one run from another.
const TABLES: [(&str, &str, &str); 5] = [
    ("articles", "ingested_at, run_id", "article_id"),
    ("sentences", "run_id", "article_id, sentence_no"),
    ("mentions", "run_id", "article_id, sentence_no, start_byte, end_byte"),
    ("relations", "run_id", "article_id, sentence_no"),
    ("rejects", "run_id, rejected_at", "file, position"),
];

fn start(out: &Path) -> Child {
    let demo = repository().join("corpora/demo");
    Command::new(env!("CARGO_BIN_EXE_dyad"))
        .args(["run", demo.to_str().unwrap(), "--out", out.to_str().unwrap(), "--scope", "pair"])
        .current_dir(out.parent().unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Commits of the three tables that an annotation writes.
fn annotation_commits(out: &Path) -> usize {
    let entries = |table: &str| std::fs::read_dir(out.join("store").join(table).join("_delta_log"));
    ["mentions", "relations", "sentences"]
        .into_iter()
        .filter_map(|table| entries(table).ok())
        .map(|entries| {
            entries.flatten().filter(|e| e.path().extension().is_some_and(|x| x == "json")).count()
        })
        .sum()
}

pub fn tables(out: &Path) -> Vec<String> {
    let store = out.join("store");
    let table = |(name, without, order): (&str, &str, &str)| {
        let sql = format!("SELECT * EXCEPT ({without}) FROM {name} ORDER BY {order}");
        dyad(&["query", &sql, "--store", store.to_str().unwrap(), "--format", "json"]).expect(0).stdout
    };
    TABLES.into_iter().map(table).collect()
}

/// Rows as they are, or the first line in which two tables differ.
#[track_caller]
pub fn assert_same(found: &[String], expected: &[String]) {
    for ((name, ..), (found, expected)) in TABLES.iter().zip(found.iter().zip(expected)) {
        assert_eq!(found.lines().count(), expected.lines().count(), "rows of {name}");
        for (found, expected) in found.lines().zip(expected.lines()) {
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[test]
fn killed_at_random_moments_the_tables_end_the_same() {
    let wanted: u32 = std::env::var("DYAD_KILLS").map_or(10, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let reference = folder.path().join("undisturbed");
    let began = Instant::now();
    assert!(start(&reference).wait().unwrap().success());
    let undisturbed = began.elapsed();
    let expected = tables(&reference);
    assert!(expected[3].lines().count() > 400);

    let mut random = SmallRng::seed_from_u64(17);
    let (mut kills, mut finished, mut stores) = (0, 0, 0);
    while kills < wanted {
        stores += 1;
        let out = folder.path().join(format!("killed-{stores}"));
        // Some stores are killed many times, some once: until a run comes to its end before its kill.
        loop {
            // Each of the three tables is made by a commit; the first, second or third of an annotation follows.
            let commits = annotation_commits(&out).max(3) + random.random_range(0..3);
            let mut child = start(&out);
            // The commits of an annotation follow each other too quickly for a random moment to part them often.
            let at_commit = random.random_range(0..2) == 0;
            let moment = undisturbed.mul_f64(random.random_range(0.0..1.0));
            let deadline = Instant::now() + moment;
            while child.try_wait().unwrap().is_none() {
                let is_time =
                    if at_commit { annotation_commits(&out) > commits } else { Instant::now() >= deadline };
                if is_time {
                    break;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            if child.try_wait().unwrap().is_some() {
                finished += 1;
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            if kills == wanted || random.random_range(0..6) == 0 {
                break;
            }
        }
        assert!(start(&out).wait().unwrap().success(), "the run after {kills} kills");
        assert_same(&tables(&out), &expected);
        std::fs::remove_dir_all(&out).unwrap();
    }
    eprintln!(
        "{kills} kills over {stores} stores, {finished} runs ended before their kill; an undisturbed run took {undisturbed:.1?}; \
         all tables equal"
    );
}
