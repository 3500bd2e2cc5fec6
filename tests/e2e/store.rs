//! What a store does over time: changed articles, older versions, compaction, several writers.

use std::path::Path;
use std::process::Command;

use crate::support::{count, dyad, query, repository};

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

/// A store that the first Dyad wrote: two inputs, of which the second changes an article, and an annotation between them.
#[test]
fn a_store_of_the_first_layout_is_read_as_it_is_and_brought_up_by_the_first_writer() {
    let folder = tempfile::tempdir().unwrap();
    let packed = repository().join("tests/e2e/fixtures/store-layout-1.tar.gz");
    let unpacked = Command::new("tar").arg("xzf").arg(packed).arg("-C").arg(folder.path()).status().unwrap();
    assert!(unpacked.success());
    let store_path = folder.path().join("store");
    let store = store_path.to_str().unwrap();
    let layout = || std::fs::read_to_string(store_path.join("dyad-store.json")).unwrap();
    let sql = "SELECT article_id, url, title, author, published, text FROM articles ORDER BY url";
    let before = query(&store_path, sql);
    assert_eq!(before.len(), 4);
    assert!(before.iter().all(|row| row.get("author").is_none_or(serde_json::Value::is_null)));
    let first = query(&store_path, "SELECT run_id FROM runs ORDER BY finished_at LIMIT 1");
    let as_of = |sql: &str| {
        let run = first[0]["run_id"].as_str().unwrap();
        dyad(&["query", sql, "--store", store, "--as-of", run, "--format", "csv"]).expect(0).stdout
    };
    let old = as_of(sql);
    assert!(old.contains("spoke of a rift") && !old.contains("an open rift"), "{old}");
    assert_eq!(layout(), "{\"version\":1}\n", "readers leave the store alone");

    let line = "{\"url\":\"https://d.example/1\",\"published\":\"2024-07-01\",\"author\":[\"Ann Lee\",{\"name\":\"Bo Li\"}],\
                \"text\":\"OpenAI and Microsoft part ways.\"}\n\
                {\"url\":\"https://a.example/undated\",\"text\":\"Nobody knows when OpenAI and Microsoft first spoke of an open rift.\"}\n";
    let said = ingest(store, folder.path(), line);
    assert!(said.contains("1 new articles") && said.contains("1 already known"), "{said}");
    assert_eq!(layout(), "{\"version\":2}\n");
    let after = query(&store_path, sql);
    assert_eq!(after[..4], before[..], "what was there stays as it was");
    assert_eq!(after[4]["author"], "Ann Lee, Bo Li");
    assert_eq!(as_of(sql), old, "older versions stay readable");
    // All of them, the new one included: the store was annotated by earlier weights.
    // 1, because an article is in a language that no model covers.
    let annotated = dyad(&["annotate", "--store", store]).expect(1).stderr;
    assert!(annotated.contains("annotated 4 articles"), "{annotated}");
    assert!(dyad(&["store", "compact", store]).expect(0).stdout.contains("files became"));
    assert_eq!(query(&store_path, sql), after);
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
