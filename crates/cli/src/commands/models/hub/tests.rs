//! Against two servers on loopback: a hub, and the storage on another port that it redirects large files to.
#![allow(clippy::unwrap_used)]

mod server;

use std::net::TcpListener;
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::http::{self, Endpoint};
use super::transfer::ATTEMPTS;
use super::{FILES, Fetched, HubModel, fetch_from};
use crate::progress::ProgressMode;
use server::{Reply, Server};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const WEIGHTS: &[u8] = b"thirty-two bytes of real weights";
const TOKEN: &str = "hf_secret";

/// A storage that holds [`WEIGHTS`] and answers ranges, its first answers cut after so many bytes.
fn storage(cuts: &'static [usize]) -> Server {
    Server::start(move |request, n| {
        let reply = Reply::file(request, WEIGHTS, "\"v1\"");
        match cuts.get(n) {
            Some(&n_bytes) => reply.cut_after(n_bytes),
            None => reply,
        }
    })
}

/// A hub with these files, which keeps the weights in a storage.
fn hub(files: &'static [&'static str], storage: &Server, announced: &str) -> Server {
    let location = format!("location: {}/signed/weights", storage.url);
    let linked = format!("x-linked-etag: \"{announced}\"");
    Server::start(move |request, _| match request.path.as_str() {
        "/api/models/acme/tiny/revision/main" => Reply::body(listing(files)),
        "/acme/tiny/resolve/0123456789abcdef0123456789abcdef01234567/model.safetensors" => {
            Reply::status(302).with(location.clone()).with(linked.clone())
        }
        path if path.starts_with("/acme/tiny/resolve/") => {
            Reply::body(path).with("etag: \"ab12\"".to_owned()).with(format!("x-repo-commit: {COMMIT}"))
        }
        _ => Reply::status(404),
    })
}

const PLAIN: &[&str] =
    &["config.json", "model.safetensors", "pytorch_model.bin", "onnx/model.onnx", "README.md", "../evil"];

fn listing(files: &[&str]) -> String {
    let siblings: Vec<_> = files.iter().map(|name| serde_json::json!({"rfilename": name})).collect();
    serde_json::json!({"id": "acme/tiny", "sha": COMMIT, "siblings": siblings}).to_string()
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

fn fetch(url: &str, into: &Path) -> anyhow::Result<Fetched> {
    // Neither the proxy nor the certificates of the machine that runs the tests.
    let client = http::client().no_proxy().tls_certs_only([]);
    let endpoint = Endpoint::new(client, url, Some(TOKEN.to_owned()))?;
    fetch_from(&endpoint, &"acme/tiny".parse()?, into, ProgressMode { quiet: true, plain: true })
}

/// The sentence of a failure.
fn failure(url: &str, into: &Path) -> String {
    format!("{:#}", fetch(url, into).unwrap_err())
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn names_of_models_are_read_and_refused() {
    let model: HubModel = "sentence-transformers/all-MiniLM-L6-v2@v1.0_x".parse().unwrap();
    assert_eq!(
        (&*model.owner, &*model.name, model.revision.as_deref()),
        ("sentence-transformers", "all-MiniLM-L6-v2", Some("v1.0_x"))
    );
    assert_eq!(model.to_string(), "sentence-transformers/all-MiniLM-L6-v2@v1.0_x");
    assert_eq!("acme/tiny".parse::<HubModel>().unwrap().revision, None);
    let refused = "|tiny|/tiny|acme/|acme/tiny/x|../tiny|acme/..|acme/a..b|.hidden/tiny|-acme/tiny|acme/tiny@\
        |acme/tiny@a/b|acme/tiny@..|acme/tiny@a@b|acme/ti ny|acme/tiny?x|acme/tiny#x|acme/%2e%2e|acme\\x/tiny\
        |acme/tïny|hf:acme/tiny";
    for refused in refused.split('|') {
        let sentence = refused.parse::<HubModel>().unwrap_err().to_string();
        assert!(sentence.contains("OWNER/NAME@REVISION"), "{refused}: {sentence}");
    }
    assert!(format!("acme/{}", "x".repeat(97)).parse::<HubModel>().is_err());
}

#[test]
fn fetches_what_is_needed_once() {
    let storage = storage(&[]);
    let hub = hub(PLAIN, &storage, &sha256(WEIGHTS));
    let folder = TempDir::new().unwrap();
    let into = folder.path().join("models/tiny");
    let fetched = fetch(&hub.url, &into).unwrap();
    assert_eq!(fetched.commit, COMMIT);
    let listed: Vec<_> = fetched.files.iter().map(|file| file.name).collect();
    assert_eq!(listed, ["config.json", "README.md", "model.safetensors"]);
    for file in &fetched.files {
        assert_eq!(file.sha256, sha256(&std::fs::read(into.join(file.name)).unwrap()), "{}", file.name);
    }
    assert_eq!(std::fs::read(into.join("model.safetensors")).unwrap(), WEIGHTS);
    assert_eq!(names(&into), ["README.md", "config.json", "model.safetensors"]);
    assert!(!hub.paths().iter().any(|path| path.contains(".bin") || path.contains("evil")));

    assert_eq!(fetch(&hub.url, &into).unwrap(), fetched);
    assert_eq!(storage.paths(), ["/signed/weights"], "the second call took the file that was there");

    std::fs::write(into.join("model.safetensors"), "something else").unwrap();
    assert_eq!(fetch(&hub.url, &into).unwrap(), fetched);
    assert_eq!(std::fs::read(into.join("model.safetensors")).unwrap(), WEIGHTS);
}

#[test]
fn the_token_stays_with_the_hub() {
    let storage = storage(&[]);
    let hub = hub(PLAIN, &storage, &sha256(WEIGHTS));
    let folder = TempDir::new().unwrap();
    fetch(&hub.url, folder.path()).unwrap();
    assert_eq!(storage.seen("authorization"), [None]);
    assert_eq!(hub.seen("authorization"), vec![Some(format!("Bearer {TOKEN}")); 4]);
}

#[test]
fn a_cut_connection_is_continued() {
    let storage = storage(&[10, 5]);
    let hub = hub(PLAIN, &storage, &sha256(WEIGHTS));
    let folder = TempDir::new().unwrap();
    fetch(&hub.url, folder.path()).unwrap();
    assert_eq!(std::fs::read(folder.path().join("model.safetensors")).unwrap(), WEIGHTS);
    assert_eq!(storage.seen("range"), [None, Some("bytes=10-".to_owned()), Some("bytes=15-".to_owned())]);
    assert_eq!(storage.seen("if-range")[1..], [Some("\"v1\"".to_owned()), Some("\"v1\"".to_owned())]);
}

#[test]
fn a_later_call_continues_an_earlier_one() {
    const CUTS: [usize; ATTEMPTS] = [10, 0, 0, 0, 0];
    let storage = storage(&CUTS);
    let hub = hub(PLAIN, &storage, &sha256(WEIGHTS));
    let folder = TempDir::new().unwrap();
    let sentence = failure(&hub.url, folder.path());
    assert!(sentence.contains("model.safetensors broke off 5 times"), "{sentence}");
    assert!(sentence.contains("the same command goes on from there"), "{sentence}");
    assert_eq!(std::fs::read(folder.path().join("model.safetensors.part")).unwrap(), &WEIGHTS[..10]);
    assert!(!folder.path().join("model.safetensors").exists());

    fetch(&hub.url, folder.path()).unwrap();
    assert_eq!(storage.seen("range").last().unwrap().as_deref(), Some("bytes=10-"));
    assert_eq!(names(folder.path()), ["README.md", "config.json", "model.safetensors"]);
}

/// Nothing is built upon bytes of another version, bytes past the end, or bytes a server cannot continue.
#[test]
fn a_beginning_that_does_not_fit_is_dropped() {
    for (part, etag) in [("old weights", "\"v0\""), ("as long as the weights and longer", "\"v1\"")] {
        let storage = storage(&[]);
        let hub = hub(PLAIN, &storage, &sha256(WEIGHTS));
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("model.safetensors.part"), part).unwrap();
        std::fs::write(folder.path().join("model.safetensors.part.etag"), etag).unwrap();
        fetch(&hub.url, folder.path()).unwrap();
        assert_eq!(std::fs::read(folder.path().join("model.safetensors")).unwrap(), WEIGHTS);
        assert_eq!(storage.seen("range")[0], Some(format!("bytes={}-", part.len())));
        assert_eq!(storage.seen("if-range")[0].as_deref(), Some(etag));
        assert_eq!(names(folder.path()), ["README.md", "config.json", "model.safetensors"]);
    }
}

/// Servers that know no ranges, answer another one, or the one asked for but of another version.
#[test]
fn what_does_not_continue_the_beginning_is_not_appended() {
    for (status, range, etag) in [
        (200, "", "v1"),
        (206, "content-range: bytes 0-31/32", "v1"),
        (206, "content-range: bytes 7-31/32", "v2"),
    ] {
        let storage = Server::start(move |_, n| match n {
            0 => Reply::body(WEIGHTS).with("etag: \"v1\"".to_owned()).cut_after(7),
            1 if status == 206 => Reply { status, ..Reply::body(&WEIGHTS[7..]) }
                .with(range.to_owned())
                .with(format!("etag: \"{etag}\"")),
            _ => Reply::body(WEIGHTS),
        });
        // Without the sum nothing else would catch it.
        let hub = hub(PLAIN, &storage, "");
        let folder = TempDir::new().unwrap();
        fetch(&hub.url, folder.path()).unwrap();
        assert_eq!(storage.seen("range")[..2], [None, Some("bytes=7-".to_owned())]);
        assert_eq!(storage.paths().len(), if status == 206 { 3 } else { 2 });
        assert_eq!(std::fs::read(folder.path().join("model.safetensors")).unwrap(), WEIGHTS);
    }
}

#[test]
fn a_wrong_hash_leaves_nothing() {
    let storage = storage(&[]);
    let hub = hub(PLAIN, &storage, &sha256(b"other weights"));
    let folder = TempDir::new().unwrap();
    let sentence = failure(&hub.url, folder.path());
    assert!(
        sentence.contains(&sha256(WEIGHTS)) && sentence.contains(&sha256(b"other weights")),
        "{sentence}"
    );
    assert_eq!(names(folder.path()), ["README.md", "config.json"]);
}

#[test]
fn models_without_one_file_of_safetensors_are_refused() {
    let storage = storage(&[]);
    let cases: [(&'static [&'static str], &str); 3] = [
        (
            &["config.json", "pytorch_model.bin"],
            "has no model.safetensors, and pickled weights are never loaded",
        ),
        (&["config.json", "model-00001-of-00002.safetensors"], "has its weights in several files"),
        (&["model.safetensors"], "has no config.json"),
    ];
    for (files, expected) in cases {
        let hub = hub(files, &storage, "");
        let folder = TempDir::new().unwrap();
        let sentence = failure(&hub.url, folder.path());
        assert!(sentence.starts_with("acme/tiny ") && sentence.contains(expected), "{sentence}");
        assert_eq!(hub.paths().len(), 1, "nothing was fetched");
    }
}

#[test]
fn refusals_say_what_to_do() {
    for (status, code, expected) in [
        (401, "RepoNotFound", "gated, private or does not exist (401 Unauthorized)"),
        (403, "GatedRepo", "the model is gated (403 Forbidden)"),
        (404, "RepoNotFound", "no such model"),
        (404, "RevisionNotFound", "no such revision (404 Not Found)"),
        (429, "", "no more requests for now"),
        (503, "", "the hub answered 503 Service Unavailable"),
    ] {
        let hub = Server::start(move |_, _| Reply::status(status).with(format!("x-error-code: {code}")));
        let folder = TempDir::new().unwrap();
        let sentence = failure(&hub.url, folder.path());
        assert!(
            sentence.starts_with(&format!("{}/api/models/acme/tiny/revision/main: ", hub.url)),
            "{sentence}"
        );
        assert!(sentence.contains(expected), "{sentence}");
        assert!(sentence.contains("`dyad models add PATH`") && !sentence.contains(TOKEN), "{sentence}");
    }
}

#[test]
fn without_a_network_the_sentence_names_url_cause_and_way_out() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = TempDir::new().unwrap();
    let sentence = failure(&format!("http://{closed}"), folder.path());
    assert!(
        sentence.starts_with(&format!("http://{closed}/api/models/acme/tiny/revision/main ")),
        "{sentence}"
    );
    assert!(sentence.contains("Connection refused"), "{sentence}");
    assert!(sentence.contains("download the folder elsewhere and run `dyad models add PATH`"), "{sentence}");
}

#[test]
fn what_is_no_hub_is_told() {
    let folder = TempDir::new().unwrap();
    let portal = Server::start(|_, _| Reply::body("<html>Please log in</html>"));
    assert!(failure(&portal.url, folder.path()).contains("did not answer as a hub does"));
    let circle = Server::start(|_, _| Reply::status(302).with("location: /again".to_owned()));
    assert!(failure(&circle.url, folder.path()).contains("redirects more than 10 times"));
    for sha in ["abc", "../../../../../../../../../../../../main", ""] {
        let strange = Server::start(move |_, _| Reply::body(listing(PLAIN).replace(COMMIT, sha)));
        assert!(failure(&strange.url, folder.path()).contains("not 40 hex digits"));
    }
    let moved = Server::start(|request, _| match request.path.starts_with("/api/") {
        true => Reply::body(listing(PLAIN)),
        false => Reply::body("{}").with("x-repo-commit: fedcba".to_owned()),
    });
    assert!(failure(&moved.url, folder.path()).contains("answered with commit fedcba"));
    assert_eq!(names(folder.path()), [""; 0]);
    for endpoint in ["ftp://hub", "hub", "http://user:secret@hub"] {
        let sentence = failure(endpoint, folder.path());
        assert!(sentence.starts_with("HF_ENDPOINT must be") && !sentence.contains("secret"), "{sentence}");
    }
}

#[test]
fn redirects_never_leave_https() {
    let from = reqwest::Url::parse("https://hub/a").unwrap();
    assert_eq!(http::redirect_target(&from, Some("/b")).unwrap().as_str(), "https://hub/b");
    for refused in [Some("http://hub/b"), Some("file:///etc/passwd"), None] {
        assert_eq!(http::redirect_target(&from, refused), None);
    }
}

/// A file that is fetched is a plain name: the folder is the caller's, nothing is written beside it.
#[test]
fn wanted_files_are_plain_names() {
    assert!(FILES.iter().all(|name| !name.contains(['/', '\\']) && !name.ends_with(".bin")));
}
