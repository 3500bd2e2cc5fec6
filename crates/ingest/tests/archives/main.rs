//! Reads compressed files and archives through the public interface.
#![allow(clippy::unwrap_used, missing_docs)]

mod build;
mod compressed;
#[path = "../support/mod.rs"]
mod support;
mod tars;
mod zips;

use std::fs;

use dyad_core::{Config, InputConfig, RejectCode};
use dyad_ingest::{IngestCounts, IngestError, IngestOptions, InputFormat, Record, read_inputs};

/// What reading one file gave, with the names of files as seen from its folder.
struct Reading {
    /// `FILE:POSITION TEXT` of every article.
    articles: Vec<String>,
    /// `FILE:POSITION CODE` of every reject.
    rejects: Vec<String>,
    reasons: Vec<String>,
    counts: IngestCounts,
}

impl Reading {
    /// The texts of the articles, without their places.
    fn texts(&self) -> Vec<&str> {
        self.articles.iter().map(|article| article.split_once(' ').unwrap().1).collect()
    }
}

fn read_with(name: &str, content: &[u8], options: &IngestOptions) -> Reading {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let prefix = format!("{}/", folder.path().display());
    read_path(&path.to_string_lossy(), &prefix, options)
}

/// Reads a file, whose name is given in the results without the prefix.
fn read_path(path: &str, prefix: &str, options: &IngestOptions) -> Reading {
    let (mut articles, mut rejects, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    let counts = read_inputs::<IngestError>(&[path.to_owned()], options, &mut |record| {
        match record {
            Record::Article(a) => articles.push(format!(
                "{}:{} {}",
                a.origin.file.strip_prefix(prefix).unwrap(),
                a.origin.position,
                a.text
            )),
            Record::Reject(r) => {
                let file = r.origin.file.strip_prefix(prefix).unwrap();
                rejects.push(format!("{file}:{} {}", r.origin.position, r.code.as_str()));
                reasons.push(r.reason);
            }
        }
        Ok(())
    })
    .unwrap();
    assert_eq!((counts.articles, counts.rejects), (articles.len() as u64, rejects.len() as u64));
    assert_eq!(counts.records, counts.articles + counts.rejects);
    Reading { articles, rejects, reasons, counts }
}

fn read(name: &str, content: &[u8]) -> Reading {
    read_with(name, content, &IngestOptions::default())
}

fn limited(input: InputConfig) -> IngestOptions {
    IngestOptions { input, ..IngestOptions::default() }
}

#[test]
fn archives_are_told_by_content_and_documents_are_none() {
    let inner = build::lines(&["one"]);
    let tar = build::tar(&[("a.jsonl", &inner)]);
    let zip = build::zip(&[build::Zipped::stored("a.jsonl", &inner)]);
    for (name, content) in [
        ("dump.gz", build::gzip(&tar)),
        ("dump", tar.clone()),
        ("a.tgz", build::gzip(&tar)),
        ("a.tar.bz2", build::bzip2(&tar)),
        ("a.tar", build::zstandard(&tar)),
        ("dump", zip.clone()),
        ("a.zip", build::zstandard(&zip)),
    ] {
        assert_eq!(read(name, &content).articles, [format!("{name}!/a.jsonl:1 one")]);
    }
    let reading = read("a.docx", &zip);
    assert_eq!(
        (reading.articles.len(), &reading.rejects[..]),
        (0, &["a.docx:0 unknown_format".to_owned()][..])
    );
}

#[test]
fn archives_lie_in_each_other_three_deep() {
    let mut content = build::lines(&["one"]);
    let mut name = "a.jsonl".to_owned();
    let mut origin = String::new();
    for depth in 1..=4 {
        let outer = if depth % 2 == 1 { format!("{depth}.zip") } else { format!("{depth}.tar.gz") };
        content = if depth % 2 == 1 {
            build::zip(&[
                build::Zipped::by(8, build::deflate, &name, &content),
                build::Zipped::stored("last.txt", b"Last."),
            ])
        } else {
            build::gzip(&build::tar(&[(&name, &content), ("last.txt", b"Last.")]))
        };
        origin = format!("!/{name}{origin}");
        name = outer;
        let reading = read(&name, &content);
        assert_eq!(reading.counts.articles, if depth < 4 { depth + 1 } else { 3 }, "{:?}", reading.rejects);
        if depth < 4 {
            assert_eq!(reading.articles[0], format!("{name}{origin}:1 one"));
            assert!(reading.rejects.is_empty());
        } else {
            // The fourth from outside is not opened; the files beside it on the way are.
            assert_eq!(reading.rejects, ["4.tar.gz!/3.zip!/2.tar.gz!/1.zip:0 malformed"]);
        }
    }
}

#[test]
fn a_given_format_is_that_of_the_files() {
    let zip = build::zip(&[build::Zipped::stored("a.log", b" \"one\"")]);
    let with = |format| IngestOptions { format: Some(format), ..IngestOptions::default() };
    assert_eq!(read("a.zip", &zip).rejects, ["a.zip!/a.log:0 unknown_format"]);
    assert_eq!(read_with("a.zip", &zip, &with(InputFormat::Jsonl)).rejects, ["a.zip!/a.log:1 malformed"]);
    assert_eq!(read_with("a.zip", &zip, &with(InputFormat::Text)).articles, ["a.zip!/a.log:1 \"one\""]);
    let zip = build::zip(&[build::Zipped::stored("a.txt", b"One.")]);
    assert_eq!(read_with("a.dat", &zip, &with(InputFormat::Zip)).articles, ["a.dat!/a.txt:1 One."]);
}

#[test]
fn copies_on_disk_are_limited() {
    let zip = build::zip(&[build::Zipped::stored("a.txt", b"One.")]);
    let limit = zip.len() as u64;
    for (name, content) in [("a.zip.gz", build::gzip(&zip)), ("a.tar", build::tar(&[("a.zip", &zip)]))] {
        let with = |max_spool_bytes| limited(InputConfig { max_spool_bytes, ..InputConfig::default() });
        assert_eq!(read_with(name, &content, &with(limit)).texts(), ["One."], "{name}");
        let reading = read_with(name, &content, &with(limit - 1));
        assert!(reading.rejects[0].ends_with(RejectCode::TooLarge.as_str()), "{:?}", reading.rejects);
        assert!(reading.reasons[0].contains("save it to disk, decompressed, first"), "{:?}", reading.reasons);
        assert_eq!(reading.counts.records, 1);
    }
    let small = limited(InputConfig { max_spool_bytes: 1, ..InputConfig::default() });
    assert_eq!(read_with("a.zip", &zip, &small).texts(), ["One."], "a file is read where it is");
}

#[test]
fn a_proportion_that_no_file_keeps_is_refused() {
    let mut config = Config::default();
    (config.actors.a.name, config.actors.b.name) = ("Microsoft".to_owned(), "OpenAI".to_owned());
    config.validate().unwrap();
    config.input.max_expansion = 1;
    assert!(config.validate().unwrap_err().to_string().contains("input.max_expansion"));
}
