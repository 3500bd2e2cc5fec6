//! Input that is too large in one way or another: a line of 200 MB, a page nested a million deep.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};

use super::{ingest_some, records};
use crate::support::file;

const MB: usize = 1 << 20;
/// Above what any record may have by itself (64 MiB), to be read without being held.
const LINE_MB: usize = 200;
const FIRST: &str = "{\"text\":\"OpenAI met Microsoft before the long line.\"}\n";
const LAST: &str = "{\"text\":\"OpenAI left Microsoft after the long line.\"}\n";

/// Ingests into a new store, watched; returns the exit status, standard error and the peak of resident memory in bytes.
fn watched(input: &str, store: &Path, feed: impl FnOnce(&mut dyn Write)) -> (i32, String, usize) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dyad"))
        .args(["ingest", input, "--quiet", "--store", store.to_str().unwrap()])
        .current_dir(store.parent().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status_file = format!("/proc/{}/status", child.id());
    // The kernel keeps the peak; only that of the very last moment before the end is missed.
    let watcher = std::thread::spawn(move || {
        let mut peak = 0;
        while let Ok(text) = std::fs::read_to_string(&status_file) {
            let Some(line) = text.lines().find(|line| line.starts_with("VmHWM:")) else { break };
            let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
            peak = kib << 10;
            std::thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    feed(&mut child.stdin.take().unwrap());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    let peak = watcher.join().unwrap();
    (child.wait().unwrap().code().unwrap_or(-1), stderr, peak)
}

/// A megabyte that compresses, but not so well that it looks like a bomb.
fn megabyte() -> Vec<u8> {
    let mut random = SmallRng::seed_from_u64(4);
    let words: Vec<u8> = (0..8192).map(|_| random.random_range(b'a'..=b'z')).collect();
    words.repeat(MB / words.len())
}

#[test]
fn a_line_of_200_mb_is_a_reject_and_held_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (small, plain, compressed) = (path("small.jsonl"), path("plain.jsonl"), path("gz.jsonl.gz"));
    std::fs::write(&small, [FIRST, LAST].concat()).unwrap();

    // Zeros that take no room on the disk.
    let mut sparse = File::create(&plain).unwrap();
    sparse.write_all(FIRST.as_bytes()).unwrap();
    sparse.seek(SeekFrom::Current((LINE_MB * MB) as i64)).unwrap();
    sparse.write_all(format!("\n{LAST}").as_bytes()).unwrap();

    // Members of a gz file run on in each other, so one is compressed once (RFC 1952, 2.2).
    let member = |content: &[u8]| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(content).unwrap();
        gz.finish().unwrap()
    };
    let megabyte = megabyte();
    let (begin, end) = (format!("{FIRST}{{\"text\":\""), format!("\"}}\n{LAST}"));
    let members = [member(begin.as_bytes()), member(&megabyte).repeat(LINE_MB), member(end.as_bytes())];
    std::fs::write(&compressed, members.concat()).unwrap();

    let store = path("small");
    let (status, stderr, usual) = watched(small.to_str().unwrap(), &store, |_| ());
    assert!(status == 0 && usual > 0, "{status}: {stderr}");
    let piped = |stdin: &mut dyn Write| {
        stdin.write_all(begin.as_bytes()).unwrap();
        (0..LINE_MB).for_each(|_| stdin.write_all(&megabyte).unwrap());
        stdin.write_all(end.as_bytes()).unwrap();
    };
    for (number, input) in
        [plain.to_str().unwrap(), compressed.to_str().unwrap(), "-"].into_iter().enumerate()
    {
        let store = path(&format!("store-{number}"));
        let (status, stderr, peak) = watched(input, &store, |stdin| {
            if input == "-" {
                piped(stdin);
            }
        });
        assert_eq!(status, 1, "{input}: {stderr}");
        assert!(stderr.lines().count() == 1 && stderr.contains("max_record_bytes"), "{input}: {stderr}");
        assert_eq!(super::accounted(&store)["records"], 3, "{input}");
        let found = records(&store);
        assert!(found[0].contains("before") && found[2].contains("after"), "{input}: {found:?}");
        assert!(found[1].ends_with(":2 too_large"), "{input}: {found:?}");
        // At most what one record may have is held, and what is read ahead of it.
        let more = peak.saturating_sub(usual) / MB;
        assert!(more < 130, "{input}: {more} MiB more than for two short lines");
    }
}

/// A page, or a piece of one, whose tags are opened `depth` times.
fn nested(tags: &str, depth: usize) -> String {
    let story = "<p>OpenAI and Microsoft agreed on a deal that runs for years, both said on Monday.</p>";
    format!("{story}{}<p>The price was not named by those who spoke for OpenAI.</p>", tags.repeat(depth))
}

#[test]
fn depth_is_no_stack_overflow_and_takes_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let news = folder.path().join("news");
    std::fs::create_dir(&news).unwrap();
    let mut n_articles = 0;
    for depth in [10_000, 1_000_000] {
        for (name, tags) in
            [("div", "<div>"), ("table", "<table><tr><td>"), ("b", "<p><b>"), ("ul", "<ul><li>")]
        {
            let page =
                format!("<html><head><title>Deep {name} {depth}</title></head><body>{}", nested(tags, depth));
            std::fs::write(news.join(format!("{name}-{depth}.html")), page).unwrap();
            n_articles += 1;
        }
        let field = serde_json::json!({ "text": format!("{} {depth}", nested("<div>", depth)) });
        let value = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let lines = format!("{field}\n{value}\n{{\"text\":\"A deep note.\",\"x\":{value}}}\n{FIRST}");
        std::fs::write(news.join(format!("fields-{depth}.jsonl")), lines).unwrap();
        std::fs::write(news.join(format!("document-{depth}.json")), format!("[{value},{FIRST}]")).unwrap();
        std::fs::write(news.join(format!("quotes-{depth}.md")), format!("{}OpenAI.", "> ".repeat(depth)))
            .unwrap();
        n_articles += 4;
    }
    let store = folder.path().join("store");
    let began = Instant::now();
    let counts = ingest_some(news.to_str().unwrap(), &store);
    // A second or two; what grows with the square of the depth takes hours.
    assert!(began.elapsed() < Duration::from_secs(60), "{:.0?}", began.elapsed());
    assert_eq!(
        (counts["articles"].as_u64(), counts["rejects"].as_u64()),
        (Some(n_articles), Some(6)),
        "{counts}"
    );
    let found = records(&store);
    let page = found.iter().find(|line| line.starts_with("div-1000000.html:1 ")).unwrap();
    assert!(page.contains("both said"), "{page}");
}

#[test]
fn front_matter_nested_deep_takes_no_time() {
    let depth = 60_000;
    let (folder, path) =
        file("deep.md", format!("---\na: {}{}\n---\nOpenAI.\n", "[".repeat(depth), "]".repeat(depth)));
    let began = Instant::now();
    let counts = ingest_some(&path, &folder.path().join("store"));
    assert!(began.elapsed() < Duration::from_secs(5), "{:.0?}", began.elapsed());
    assert_eq!(counts["rejects"], 1);
}
