//! Reading one file through the public interface, for every test of a reader.
// Each test is a crate of its own and uses what it needs.
#![allow(dead_code)]

use std::fs;
use std::io::Write;

use dyad_core::{Article, Reject};
use dyad_ingest::{IngestCounts, IngestError, IngestOptions, Record, read_inputs};
use flate2::{Compression, write::GzEncoder};

/// What became of a file's records.
#[derive(Debug)]
pub struct Reading {
    pub articles: Vec<Article>,
    pub rejects: Vec<Reject>,
    pub counts: IngestCounts,
}

impl Reading {
    pub fn texts(&self) -> Vec<&str> {
        self.articles.iter().map(|article| article.text.as_str()).collect()
    }

    /// `position code` of every reject.
    pub fn reject_list(&self) -> Vec<String> {
        self.rejects.iter().map(|r| format!("{} {}", r.origin.position, r.code.as_str())).collect()
    }
}

/// Reads a file of the given name and content; fails unless the counts add up.
pub fn read_with(name: &str, content: &[u8], options: &IngestOptions) -> Reading {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    read_input(&file.to_string_lossy(), options)
}

/// Reads an input; fails unless the counts add up.
pub fn read_input(input: &str, options: &IngestOptions) -> Reading {
    let (mut articles, mut rejects) = (Vec::new(), Vec::new());
    let counts = read_inputs::<IngestError>(&[input.to_owned()], options, &mut |record| {
        match record {
            Record::Article(article) => articles.push(article),
            Record::Reject(reject) => rejects.push(reject),
        }
        Ok(())
    })
    .unwrap();
    assert_eq!((counts.articles, counts.rejects), (articles.len() as u64, rejects.len() as u64));
    assert_eq!(counts.records, counts.articles + counts.rejects);
    Reading { articles, rejects, counts }
}

/// One gzip member.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// One Brotli stream.
pub fn brotli(content: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    brotli::CompressorWriter::new(&mut packed, 4_096, 5, 18).write_all(content).unwrap();
    packed
}
