//! Input in its forms, good and bad: nothing is lost, nothing stops the run.

use std::io::Write;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{count, dyad, dyad_with_input, query};

fn ingest(folder: &Path, store: &Path) -> crate::support::Output {
    dyad(&["ingest", folder.to_str().unwrap(), "--store", store.to_str().unwrap()])
}

#[test]
fn every_format_becomes_articles() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| std::fs::write(folder.path().join(name), content).unwrap();
    write(
        "a.jsonl",
        "{\"headline\":\"One\",\"body\":\"OpenAI spoke of one thing.\",\"date\":\"2024-07-31\"}\n",
    );
    write("b.csv", "title,text,published\nTwo,\"Microsoft, twice\nquoted\",2023-01-23T10:00:00+02:00\n");
    write("c.txt", "Three is the title\n\nThe text of the third article has no date.\n");
    write(
        "d.md",
        "---\ntitle: Four\ndate: 2025-01-21\nsource: The Ledger\n---\nThe **fourth** [link](https://x.example/).\n",
    );
    let gz = std::fs::File::create(folder.path().join("e.jsonl.gz")).unwrap();
    let mut gz = flate2::write::GzEncoder::new(gz, flate2::Compression::default());
    gz.write_all(b"{\"text\":\"The fifth article came compressed.\"}\n").unwrap();
    gz.finish().unwrap();
    let store = folder.path().join("store");
    dyad(&["ingest", &format!("{}/*.*", folder.path().display()), "--store", store.to_str().unwrap()])
        .expect(0);
    let rows = query(
        &store,
        "SELECT title, text, CAST(published AS VARCHAR) AS day, published_from FROM articles ORDER BY input_file",
    );
    assert_eq!(rows.len(), 5);
    assert_eq!(
        (rows[0]["title"].as_str(), rows[0]["published_from"].as_str()),
        (Some("One"), Some("metadata"))
    );
    assert_eq!(rows[1]["text"], "Microsoft, twice\nquoted");
    assert!(rows[1]["day"].as_str().unwrap().starts_with("2023-01-23T08:00"), "{}", rows[1]["day"]);
    assert_eq!(
        (rows[2]["title"].as_str(), rows[2]["published_from"].as_str()),
        (Some("Three is the title"), Some("none"))
    );
    assert_eq!(rows[3]["text"], "The fourth link.");
    assert_eq!(rows[4]["text"], "The fifth article came compressed.");
}

#[test]
fn bad_input_becomes_rejects_with_file_line_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("corpus");
    std::fs::create_dir(&corpus).unwrap();
    let mut lines: Vec<u8> =
        b"{\"text\":\"A good article about OpenAI.\"}\n{broken\n{\"title\":\"no text\"}\n".to_vec();
    lines.extend(b"{\"text\":\"bad \xff byte\"}\n{\"text\":\"Another good one, on Microsoft.\"}\n");
    std::fs::write(corpus.join("news.jsonl"), lines).unwrap();
    std::fs::write(corpus.join("empty.txt"), "").unwrap();
    std::os::unix::fs::symlink(&corpus, corpus.join("loop")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("gone"), corpus.join("dangling.txt")).unwrap();
    let store = folder.path().join("store");
    let output = ingest(&corpus, &store).expect(1);
    assert!(output.stderr.contains("news.jsonl:2"), "{}", output.stderr);
    let rows = query(&store, "SELECT file, position, code, reason FROM rejects ORDER BY code");
    let codes: Vec<&str> = rows.iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(
        codes,
        ["directory_loop", "empty_file", "invalid_utf8", "malformed", "missing_text", "unreadable"]
    );
    assert!(rows.iter().all(|row| !row["reason"].as_str().unwrap().is_empty()));
    assert_eq!(rows[3]["position"], 2);
    assert_eq!(count(&store, "SELECT count(*) FROM articles"), 2);
    // Nothing is stored twice, the good or the bad.
    ingest(&corpus, &store).expect(1);
    assert_eq!(count(&store, "SELECT count(*) FROM articles"), 2);
    assert_eq!(count(&store, "SELECT count(*) FROM rejects"), 6);
}

#[test]
fn a_truncated_gz_keeps_what_came_before() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("corpus");
    std::fs::create_dir(&corpus).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    for number in 0..2000 {
        writeln!(gz, "{{\"text\":\"Article number {number} tells of OpenAI and {} things.\"}}", number * 7)
            .unwrap();
    }
    let whole = gz.finish().unwrap();
    std::fs::write(corpus.join("cut.jsonl.gz"), &whole[..whole.len() / 2]).unwrap();
    let store = folder.path().join("store");
    ingest(&corpus, &store).expect(1);
    assert!(count(&store, "SELECT count(*) FROM articles") > 500);
    assert!(count(&store, "SELECT count(*) FROM rejects WHERE code = 'damaged_compression'") == 1);
}

#[test]
fn standard_input_is_read() {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let args = ["ingest", "-", "--store", store.to_str().unwrap()];
    dyad_with_input(&args, b"{\"text\":\"OpenAI came through a pipe.\"}\n").expect(0);
    assert_eq!(count(&store, "SELECT count(*) FROM articles WHERE input_file = '-'"), 1);
}

#[test]
fn near_copies_are_marked() {
    let folder = tempfile::tempdir().unwrap();
    let body = "Microsoft said on Monday that it would put another billion dollars into OpenAI, the laboratory behind \
                ChatGPT, in a deal that gives its Azure cloud the laboratory's growing bill for computing power, and \
                that nobody on either side wanted to put a date on, according to two people who had seen the papers.";
    let lines = format!("{{\"text\":\"{body}\"}}\n{{\"text\":\"FENWICK (Wire) {body} More follows.\"}}\n");
    std::fs::write(folder.path().join("news.jsonl"), lines).unwrap();
    let store = folder.path().join("store");
    ingest(&folder.path().join("news.jsonl"), &store).expect(0);
    assert_eq!(count(&store, "SELECT count(duplicate_of) FROM articles"), 1);
}

#[test]
fn every_record_of_every_reader_is_accounted_for_in_runs() {
    let folder = tempfile::tempdir().unwrap();
    let news = folder.path().join("news");
    std::fs::create_dir(&news).unwrap();
    let page = "<html><head><title>A deal</title></head><body><article><p>OpenAI and Microsoft agreed on a deal that runs for years, both said on Monday.</p>\
                <p>Neither named a price, and neither would say who had asked for the talks in the first place.</p></article></body></html>";
    let http = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}");
    let warc = format!(
        "WARC/1.0\r\nWARC-Type: request\r\nContent-Type: application/http; msgtype=request\r\nContent-Length: 0\r\n\r\n\r\n\r\n\
         WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/deal\r\nContent-Type: application/http; msgtype=response\r\n\
         Content-Length: {}\r\n\r\n{http}\r\n\r\n",
        http.len()
    );
    let feed = "<rss version=\"2.0\"><channel><title>T</title><item><title>One</title><link>https://a.example/f</link>\
                <description>OpenAI met Microsoft again.</description></item></channel></rss>";
    for (name, content) in [
        ("a.jsonl", "{\"text\":\"OpenAI met Microsoft.\"}\n{\"text\":\"OpenAI met Microsoft.\"}\nbroken\n"),
        ("b.csv", "title,text\nA,Microsoft thanked OpenAI.\nB,one,two\n"),
        ("c.json", "{\"articles\":[{\"text\":\"Microsoft sued OpenAI.\"},{\"title\":\"no text\"}]}"),
        ("d.rss", feed),
        ("e.warc", &warc),
        ("f.html", page),
        ("g.md", "---\ntitle: G\n---\nOpenAI left Microsoft.\n"),
        ("README.md", "about"),
    ] {
        std::fs::write(news.join(name), content).unwrap();
    }
    let store_path = folder.path().join("store");
    let store = store_path.to_str().unwrap();
    dyad(&["ingest", news.to_str().unwrap(), "--store", store]).expect(1);
    let runs = query(&store_path, "SELECT counts FROM runs");
    let counts: serde_json::Value = serde_json::from_str(runs[0]["counts"].as_str().unwrap()).unwrap();
    let of = |name: &str| counts["ingest"][name].as_u64().unwrap();
    assert_eq!(of("records"), of("articles") + of("rejects"), "{counts}");
    assert_eq!(
        of("articles"),
        of("new_articles") + of("known_articles") + of("changed_articles"),
        "{counts}"
    );
    assert_eq!((of("files"), of("skipped_files"), of("other_records")), (7, 1, 1), "{counts}");
    assert_eq!((of("rejects"), of("known_articles")), (3, 1), "{counts}");
    let tables = ["articles", "rejects"]
        .map(|table| count(&store_path, &format!("SELECT count(*) FROM {table}")) as u64);
    assert_eq!(tables, [of("new_articles"), of("new_rejects")]);
}
