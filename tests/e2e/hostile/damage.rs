//! Archives that are cut, and archives whose names lead elsewhere.

use std::io::Write;
use std::path::Path;

use super::zip::zip;
use super::{ingest_some, reasons, records};
use crate::support::query;

/// A response record (ISO 28500, 6.3) with a page of its own.
fn record(archive: usize, number: usize) -> Vec<u8> {
    let page = format!(
        "<html><head><title>Page {number} of {archive}</title></head><body><article><p>OpenAI and Microsoft agreed on \
         deal {number} of {archive} for years, both said on Monday.</p></article></body></html>"
    );
    let http = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}");
    let address = format!("https://a.example/{archive}/{number}");
    let header = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\n\
         Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n",
        http.len()
    );
    format!("{header}{http}\r\n\r\n").into_bytes()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(content).unwrap();
    gz.finish().unwrap()
}

#[test]
fn a_warc_cut_in_the_middle_keeps_the_pages_before() {
    const CUTS: usize = 30;
    let folder = tempfile::tempdir().unwrap();
    let (news, store) = (folder.path().join("news"), folder.path().join("store"));
    std::fs::create_dir(&news).unwrap();
    // For each file: how many pages are whole, and whether the cut falls within one.
    let mut expected = Vec::new();
    for archive in 0..2 * CUTS {
        let is_plain = archive < CUTS;
        let ending = if is_plain { "warc" } else { "warc.gz" };
        let pages = (0..3).map(|number| record(archive, number));
        let pages: Vec<Vec<u8>> = pages.map(|page| if is_plain { page } else { gzip(&page) }).collect();
        let whole = pages.concat();
        let cut = (archive % CUTS + 1) * (whole.len() - 1) / CUTS;
        let name = format!("{archive:02}.{ending}");
        std::fs::write(news.join(&name), &whole[..cut]).unwrap();
        let (mut left, mut n_whole) = (cut, 0);
        while left >= pages[n_whole].len() {
            left -= pages[n_whole].len();
            n_whole += 1;
        }
        expected.push((name, n_whole, left > 0));
    }
    let counts = ingest_some(news.to_str().unwrap(), &store);
    assert_eq!(counts["files"], 2 * CUTS);
    let rows = |sql: &str| -> Vec<String> {
        query(&store, sql).iter().map(|row| row["file"].as_str().unwrap().to_owned()).collect()
    };
    let articles = rows("SELECT input_file AS file FROM articles");
    let rejects = rows("SELECT file FROM rejects");
    for (name, n_whole, is_cut) in expected {
        let of = |files: &[String]| files.iter().filter(|file| file.ends_with(&format!("/{name}"))).count();
        let (n_articles, n_rejects) = (of(&articles), of(&rejects));
        // Of a page whose end alone is gone, the blank lines behind it, nothing is lost.
        assert!(
            (n_whole..=n_whole + 1).contains(&n_articles),
            "{name}: {n_articles} of {n_whole} whole pages"
        );
        assert!(
            n_rejects <= 1 && n_articles + n_rejects >= n_whole + usize::from(is_cut),
            "{name}: {n_rejects} rejects"
        );
    }
}

#[test]
fn names_in_a_zip_that_lead_outside_are_rejects_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (inner, store) = (folder.path().join("a/b/news"), folder.path().join("store"));
    std::fs::create_dir_all(&inner).unwrap();
    let mark = format!("dyad-hostile-{}.jsonl", std::process::id());
    let absolute = folder.path().join(&mark).display().to_string();
    let names = [
        format!("../{mark}"),
        format!("x/../../../{mark}"),
        absolute,
        format!("..\\{mark}"),
        format!("C:\\{mark}"),
        "x/../kept.jsonl".to_owned(),
        "good/one.jsonl".to_owned(),
    ];
    let lines: Vec<String> =
        (0..names.len()).map(|n| format!("{{\"text\":\"OpenAI met Microsoft {n} times.\"}}\n")).collect();
    let files: Vec<(&str, &[u8])> =
        names.iter().zip(&lines).map(|(name, line)| (name.as_str(), line.as_bytes())).collect();
    std::fs::write(inner.join("news.zip"), zip(&files)).unwrap();
    let counts = ingest_some(inner.to_str().unwrap(), &store);
    let found = records(&store);
    assert!(found.iter().any(|line| line == "one.jsonl:1 |OpenAI met Microsoft 6 times."), "{found:?}");
    assert!(counts["rejects"].as_u64() >= Some(5), "{counts}");
    for (number, reason) in reasons(&store).iter().take(5).enumerate() {
        assert!(found[number].ends_with(&format!("news.zip:{} malformed", number + 1)), "{found:?}");
        assert!(reason.contains("was not read"), "{reason}");
    }
    let outside = [
        folder.path(),
        &folder.path().join("a"),
        &folder.path().join("a/b"),
        &inner,
        &std::env::temp_dir(),
        Path::new("/"),
    ];
    for place in outside {
        assert!(!place.join(&mark).exists(), "{}", place.display());
    }
}
