//! Inputs behind addresses, from real servers on loopback.
//!
//! A plain web server is Python's own. A bucket needs `moto_server`; `scripts/test-remote` installs it and
//! names its address in `DYAD_TEST_S3`, without which that test says that it did not run.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::{count, dyad};

/// Serves a folder over HTTP until it is dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.split("port ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
        Self { port: port.parse().unwrap(), child }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_file_on_a_web_server_is_read_as_one_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..2_000)
        .map(|n| {
            format!("{{\"url\":\"https://a.example/{n}\",\"text\":\"Story {n}: OpenAI met Microsoft.\"}}\n")
        })
        .collect();
    std::fs::write(folder.path().join("news.jsonl"), &lines).unwrap();
    std::fs::write(folder.path().join("page.txt"), "A title\n\nOpenAI met Microsoft.\n").unwrap();
    let server = Server::start(folder.path());
    let store_path = folder.path().join("store");
    let store = store_path.to_str().unwrap();
    let address = |name: &str| format!("http://127.0.0.1:{}/{name}", server.port);
    dyad(&["ingest", &address("news.jsonl"), &address("page.txt"), "--store", store]).expect(0);
    assert_eq!(count(&store_path, "SELECT count(*) FROM articles"), 2_001);
    let sql = format!("SELECT count(*) FROM articles WHERE input_file = '{}'", address("news.jsonl"));
    assert_eq!(count(&store_path, &sql), 2_000);

    let missing = dyad(&["ingest", &address("missing.jsonl"), "--store", store]).expect(1).stderr;
    assert!(missing.contains("answered 404 Not Found") && missing.contains("check the address"), "{missing}");
    let secret = dyad(&["ingest", &address("page.txt?page=2&sig=hush"), "--store", store]).expect(0);
    assert!(!secret.stderr.contains("hush"), "{}", secret.stderr);
    let told = "SELECT count(*) FROM runs WHERE command LIKE '%page=2%'";
    assert_eq!(count(&store_path, told), 1);
    assert_eq!(count(&store_path, "SELECT count(*) FROM runs WHERE command LIKE '%hush%'"), 0);
    let nobody = dyad(&["ingest", "http://127.0.0.1:1/a.jsonl", "--store", store]).expect(1).stderr;
    assert!(nobody.contains("cannot be fetched"), "{nobody}");
    let listing = dyad(&["ingest", &address("folder/"), "--store", store]).expect(2).stderr;
    assert!(listing.contains("cannot be listed"), "{listing}");
}

#[test]
fn a_bucket_is_listed_and_read() {
    if std::env::var_os("DYAD_TEST_S3").is_none() {
        eprintln!("skipped: no bucket; scripts/test-remote starts one");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store_path = folder.path().join("store");
    let store = store_path.to_str().unwrap();
    // scripts/test-remote puts a.jsonl, deep/b.jsonl.gz, README.md and .hidden.jsonl below news/, and other.txt beside it.
    let said = dyad(&["ingest", "s3://dyad-test/news/", "--store", store]).expect(0).stderr;
    assert!(said.contains("5 new articles"), "{said}");
    let said = dyad(&["ingest", "s3://dyad-test/news/*.jsonl", "--store", store]).expect(0).stderr;
    assert!(said.contains("2 already known"), "{said}");
    let said = dyad(&["ingest", "s3://dyad-test/other.txt", "--store", store]).expect(0).stderr;
    assert!(said.contains("1 new articles"), "{said}");
    let missing = dyad(&["ingest", "s3://dyad-test/none.jsonl", "--store", store]).expect(2).stderr;
    assert!(missing.contains("s3://dyad-test/none.jsonl"), "{missing}");
    let empty = dyad(&["ingest", "s3://dyad-test/none/", "--store", store]).expect(2).stderr;
    assert!(empty.contains("matches nothing"), "{empty}");
}
