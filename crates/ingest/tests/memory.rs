//! Inputs in memory are read as files are, through the public interface.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "archives/build.rs"]
#[allow(dead_code)]
mod build;
mod support;

use std::convert::Infallible;

use build::{Zipped, bzip2, gzip, tar, zip, zstandard};
use dyad_core::InputConfig;
use dyad_ingest::{IngestOptions, InputFormat, Record, read_bytes};
use support::{Reading, read_with};

fn read_memory(name: &str, content: &[u8], options: &IngestOptions) -> Reading {
    let (mut articles, mut rejects) = (Vec::new(), Vec::new());
    let counts = read_bytes::<Infallible>(name, content.to_vec(), options, &mut |record| {
        match record {
            Record::Article(article) => articles.push(article),
            Record::Reject(reject) => rejects.push(reject),
        }
        Ok(())
    })
    .unwrap();
    Reading { articles, rejects, counts }
}

/// The reading of a file, with its origins as if it lay in the current folder.
fn read_file(name: &str, content: &[u8], options: &IngestOptions) -> Reading {
    let mut reading = read_with(name, content, options);
    let origins = reading.articles.iter_mut().map(|article| &mut article.origin);
    for origin in origins.chain(reading.rejects.iter_mut().map(|reject| &mut reject.origin)) {
        let at = origin.file.find(name).unwrap();
        origin.file.drain(..at);
    }
    reading
}

const LINES: &[u8] =
    b"{\"text\": \"Acme agreed with Bolt.\", \"date\": \"2024-07-31\"}\nnonsense\n\n{\"text\": 1}\n";
const ROWS: &[u8] = b"title,text\nA deal,Acme agreed.\nA row of one\n";
const PAGE: &[u8] =
    b"<!doctype html><title>A deal</title><article><h1>A deal</h1><p>Acme agreed with Bolt on Monday to \
    build a plant for batteries, both firms said in a statement.</p></article>";

#[test]
fn an_input_in_memory_gives_what_a_file_gives() {
    let archive = zip(&[
        Zipped::stored("news/a.jsonl", LINES),
        Zipped::stored("README.md", b"about"),
        Zipped::stored("../b.txt", b"out"),
        Zipped::stored("c.csv", ROWS),
        Zipped::stored("d.tar.gz", &gzip(&tar(&[("e.html", PAGE), ("f.md", b"---\n: [\n---\n")]))),
    ]);
    let cut = gzip(&LINES.repeat(9));
    let inputs: [(&str, &[u8]); 20] = [
        ("a.jsonl", LINES),
        ("a.jsonl.gz", &gzip(LINES)),
        ("a.csv", ROWS),
        ("a.json", b"[{\"text\": \"Acme agreed.\"}, {\"text\": 7}]"),
        ("a.html", PAGE),
        ("a.html.bz2", &bzip2(PAGE)),
        ("a.md", b"---\ntitle: A deal\n---\n\nAcme *agreed*.\n"),
        ("a.txt", b"A deal\n\nAcme agreed."),
        ("a.txt", b""),
        ("a.txt", b" \n"),
        ("a.jsonl", b""),
        ("a.txt.zst", &zstandard(b"\xff\xfeA\0")),
        ("a.txt", b"\xff\xfeA\0"),
        ("a.jsonl.gz", &cut[..cut.len() - 9]),
        ("a.txt.gz", &cut[..12]),
        ("a.zip", &archive),
        ("noname", &archive[..archive.len() - 5]),
        ("a.pdf", b"%PDF-1.7"),
        ("a.txt", b"7z\xbc\xaf\x27\x1c\0\0"),
        ("a.warc", b"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: 0\r\n\r\n\r\n\r\n"),
    ];
    for (name, content) in inputs {
        for input in [InputConfig::default(), InputConfig { max_record_bytes: 60, ..InputConfig::default() }]
        {
            let options = IngestOptions { input, ..IngestOptions::default() };
            let (found, wanted) = (read_memory(name, content, &options), read_file(name, content, &options));
            assert_eq!(found.articles, wanted.articles, "{name}");
            assert_eq!(found.rejects, wanted.rejects, "{name}");
            assert_eq!(found.counts, wanted.counts, "{name}");
            assert_eq!(found.counts.records, (found.articles.len() + found.rejects.len()) as u64, "{name}");
        }
    }
    let reading = read_memory("a.zip", &archive, &IngestOptions::default());
    assert_eq!(
        reading.articles.iter().map(|article| article.origin.file.as_str()).collect::<Vec<_>>(),
        ["a.zip!/news/a.jsonl", "a.zip!/c.csv", "a.zip!/d.tar.gz!/e.html"]
    );
    assert_eq!((reading.counts.files, reading.counts.skipped_files), (6, 1));
}

#[test]
fn the_format_may_be_given_and_the_name_may_be_a_path() {
    let options = IngestOptions { format: Some(InputFormat::Text), ..IngestOptions::default() };
    let reading = read_memory("folder.csv/notes", b"Acme agreed.", &options);
    assert_eq!(reading.texts(), ["Acme agreed."]);
    assert_eq!(reading.articles[0].origin.file, "folder.csv/notes");
}

#[test]
fn an_error_of_the_sink_stops_the_reading() {
    let many = LINES.repeat(10_000);
    let mut n_records = 0;
    let outcome = read_bytes("a.jsonl", many, &IngestOptions::default(), &mut |_| {
        n_records += 1;
        if n_records == 3 { Err("enough") } else { Ok(()) }
    });
    assert_eq!((outcome, n_records), (Err("enough"), 3));
}
