//! What a store does over time: changed articles, older versions, compaction, several writers.

use std::path::Path;

use crate::support::{count, dyad, query};

fn ingest(store: &str, folder: &Path, lines: &str) -> String {
    let path = folder.join("news.jsonl");
    std::fs::write(&path, lines).unwrap();
    dyad(&["ingest", path.to_str().unwrap(), "--store", store]).expect(0).stderr
}

#[test]
fn a_changed_article_replaces_its_rows_and_the_old_ones_stay_reachable() {
    let folder = tempfile::tempdir().unwrap();
    let store_path = folder.path().join("store");
    let store = store_path.to_str().unwrap();
    let first = "{\"url\":\"https://a.example/1\",\"published\":\"2024-07-31\",\"text\":\"Microsoft praised OpenAI.\"}\n\
                 {\"url\":\"https://a.example/1\",\"published\":\"2024-07-31\",\"text\":\"A second version in one file.\"}\n\
                 {\"url\":\"https://a.example/2\",\"text\":\"OpenAI thanked Microsoft.\"}\n";
    ingest(store, folder.path(), first);
    dyad(&["annotate", "--store", store]).expect(0);
    let texts = || query(&store_path, "SELECT text FROM articles ORDER BY url");
    let before = texts();
    assert_eq!(before[0]["text"], "Microsoft praised OpenAI.", "of two in one input the first counts");

    assert!(ingest(store, folder.path(), first).contains("0 changed"));
    assert_eq!(texts(), before);
    assert_eq!(count(&store_path, "SELECT count(*) FROM relations"), 2);

    let run = query(&store_path, "SELECT run_id FROM runs ORDER BY finished_at DESC LIMIT 1");
    let run = run[0]["run_id"].as_str().unwrap();
    let message = ingest(store, folder.path(), &first.replace("praised", "sued"));
    assert!(message.contains("1 changed"), "{message}");
    assert_eq!(texts()[0]["text"], "Microsoft sued OpenAI.");
    assert_eq!(count(&store_path, "SELECT count(*) FROM articles"), 2);
    assert_eq!(count(&store_path, "SELECT count(*) FROM relations"), 1, "the old annotation is gone");
    dyad(&["annotate", "--store", store]).expect(0);
    assert_eq!(count(&store_path, "SELECT count(*) FROM relations"), 2);

    let sql = "SELECT text FROM sentences WHERE text LIKE '%Microsoft % OpenAI%'";
    let as_of = |when: &str| {
        dyad(&["query", sql, "--store", store, "--as-of", when, "--format", "csv"]).expect(0).stdout
    };
    assert_eq!(as_of(run), "text\nMicrosoft praised OpenAI.\n");
    assert_eq!(as_of("2100-01-01"), "text\nMicrosoft sued OpenAI.\n");
    let out = folder.path().join("old-report");
    dyad(&["report", "--store", store, "--out", out.to_str().unwrap(), "--as-of", run]).expect(0);
    assert!(std::fs::read_to_string(out.join("evidence.csv")).unwrap().contains("praised"));
    let error = dyad(&["query", sql, "--store", store, "--as-of", "yesterday"]).expect(2).stderr;
    assert!(error.contains("neither a time"), "{error}");
}

#[test]
fn compaction_keeps_every_row_and_says_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let store_path = folder.path().join("store");
    let store = store_path.to_str().unwrap();
    for n in 0..6 {
        let line = format!(
            "{{\"url\":\"https://a.example/{n}\",\"date\":\"2024-07-0{}\",\"text\":\"OpenAI met Microsoft {n} times.\"}}\n",
            n + 1
        );
        ingest(store, folder.path(), &line);
    }
    dyad(&["annotate", "--store", store]).expect(0);
    let rows = || query(&store_path, "SELECT article_id, text, url FROM articles ORDER BY url");
    let before = rows();
    let said = dyad(&["store", "compact", store, "--keep", "0d"]).expect(0).stdout;
    assert!(said.contains("files became"), "{said}");
    assert_eq!(rows(), before);
    let files = std::fs::read_dir(store_path.join("articles/month=2024-07")).unwrap().count();
    assert_eq!(files, 1);
    assert!(ingest(store, folder.path(), "{\"url\":\"https://a.example/0\",\"date\":\"2024-07-01\",\"text\":\"OpenAI met Microsoft 0 times.\"}\n").contains("1 already known"));
    let error = dyad(&["query", "SELECT 1", "--store", store, "--as-of", "2024-01-01"]).expect(2).stderr;
    assert!(error.contains("keeps its versions since"), "{error}");
    assert!(dyad(&["store", "compact", store, "--keep", "soon"]).expect(2).stderr.contains("30d"));
}

#[test]
fn a_second_writer_is_told_so_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store_path = folder.path().join("store");
    let store = store_path.to_str().unwrap();
    ingest(store, folder.path(), "{\"text\":\"OpenAI met Microsoft.\"}\n");
    let lock = std::fs::OpenOptions::new().write(true).open(store_path.join("dyad-store.lock")).unwrap();
    lock.try_lock().unwrap();
    let error = dyad(&["annotate", "--store", store]).expect(2).stderr;
    assert!(error.contains("another Dyad process"), "{error}");
    assert_eq!(count(&store_path, "SELECT count(*) FROM articles"), 1, "readers are let in");
    drop(lock);
    dyad(&["annotate", "--store", store]).expect(0);
}
