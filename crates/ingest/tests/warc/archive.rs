//! Writes web archives and reads them.

use dyad_core::InputConfig;
use dyad_ingest::{IngestOptions, InputFormat};

use crate::support::read_with;
pub use crate::support::{Reading, brotli, gzip};

impl Reading {
    /// The positions of the articles.
    pub fn positions(&self) -> Vec<u64> {
        self.articles.iter().map(|article| article.origin.position).collect()
    }

    /// Position and code of every reject.
    pub fn reject_places(&self) -> Vec<(u64, &str)> {
        self.rejects.iter().map(|reject| (reject.origin.position, reject.code.as_str())).collect()
    }

    /// Records of any fate.
    pub fn n_records(&self) -> u64 {
        self.counts.articles + self.counts.rejects + self.counts.other_records
    }
}

pub fn read_limited(name: &str, content: &[u8], max_record_bytes: u64) -> Reading {
    let input = InputConfig { max_record_bytes, ..InputConfig::default() };
    let options =
        IngestOptions { input, format: Some(InputFormat::Warc), threads: 1, ..IngestOptions::default() };
    read_with(name, content, &options)
}

pub fn read(content: &[u8]) -> Reading {
    read_limited("a.warc", content, InputConfig::default().max_record_bytes)
}

/// A record with the two line ends behind it.
pub fn record(kind: &str, address: &str, content_type: &str, block: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Record-ID: <urn:uuid:0>\r\nContent-Length: {}\r\nWARC-Date: 2016-08-26T00:00:00Z\r\n\
         WARC-Type: {kind}\r\nWARC-Target-URI: {address}\r\nContent-Type: {content_type}\r\n\r\n",
        block.len()
    );
    [head.as_bytes(), block, b"\r\n\r\n"].concat()
}

pub fn answer(address: &str, head: &str, body: &[u8]) -> Vec<u8> {
    let block = [head.replace('\n', "\r\n").as_bytes(), b"\r\n\r\n", body].concat();
    record("response", address, "application/http; msgtype=response", &block)
}

pub const OK_HTML: &str = "HTTP/1.1 200 OK\nContent-Type: text/html; charset=utf-8";

pub fn page(name: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=en><head><title>Deal {name}</title></head><body><article><h1>Deal {name}</h1>\
         <p>Microsoft will invest in {name}, the companies said on Wednesday in a joint statement to the press.</p>\
         <p>Nobody at {name} would comment on the terms of the agreement, which run for several years.</p>\
         </article></body></html>"
    )
}

/// An answered page at `https://www.news.example/NAME`.
pub fn story(name: &str) -> Vec<u8> {
    answer(&format!("https://www.news.example/{name}"), OK_HTML, page(name).as_bytes())
}

pub fn chunked(body: &[u8]) -> Vec<u8> {
    let mut chunks = Vec::new();
    for piece in body.chunks(100) {
        chunks.extend(format!("{:x};x=y\r\n", piece.len()).into_bytes());
        chunks.extend_from_slice(piece);
        chunks.extend_from_slice(b"\r\n");
    }
    chunks.extend_from_slice(b"0\r\nX-Trailer: 1\r\n\r\n");
    chunks
}

pub fn latin(text: &str) -> Vec<u8> {
    encoding_rs::WINDOWS_1252.encode(text).0.into_owned()
}

/// An archive of the news crawl with the names of its pages; records without a name are none.
pub fn news() -> Vec<(Option<&'static str>, Vec<u8>)> {
    let get = b"GET / HTTP/1.1\r\n\r\n";
    let at = |name: &str| format!("https://www.news.example/{name}");
    let html = |name| page(name).into_bytes();
    vec![
        (None, record("warcinfo", "", "application/warc-fields", b"isPartOf: CC-NEWS\r\n\r\n")),
        (None, record("request", "https://www.news.example/plain", "application/http; msgtype=request", get)),
        (Some("plain"), story("plain")),
        (
            None,
            record(
                "metadata",
                "https://www.news.example/plain",
                "application/warc-fields",
                b"fetchTimeMs: 1",
            ),
        ),
        (
            Some("packed"),
            answer(
                &at("packed"),
                "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Encoding: gzip\nContent-Type: text/html",
                &chunked(&gzip(&html("packed"))),
            ),
        ),
        (
            None,
            answer(&at("photo.png"), "HTTP/1.1 200 OK\nContent-Type: image/png", b"\x89PNG\r\n\x1a\n\0\0\0"),
        ),
        (
            None,
            answer(&at("old"), "HTTP/1.1 301 Moved\nContent-Type: text/html\nLocation: /new", &html("old")),
        ),
        (
            Some("café"),
            answer(
                &at("caf%C3%A9"),
                "HTTP/1.1 203 Changed\nContent-Type: text/html;charset=WINDOWS-1252",
                &latin(&page("café")),
            ),
        ),
        (
            Some("unpacked"),
            answer(
                &format!("<{}>", at("unpacked")),
                "HTTP/1.1 200\ncontent-type: application/xhtml+xml\nX-Crawler-Content-Encoding: gzip\n\
                 X-Crawler-Transfer-Encoding: chunked\nTransfer-Encoding: chunked\nContent-Encoding: br",
                &html("unpacked"),
            ),
        ),
        (
            None,
            record(
                "revisit",
                "https://www.news.example/plain",
                "application/http",
                b"HTTP/1.1 200 OK\r\n\r\n",
            ),
        ),
        (Some("untyped"), answer(&at("untyped"), "HTTP/2 200\nServer: x", &html("untyped"))),
        (None, answer(&at("binary"), "HTTP/2 200\nServer: x", b"\0\x01\x02")),
        (None, answer(&at("robots.txt"), "HTTP/1.1 200 OK\nContent-Type: text/plain", b"User-agent: *")),
        (None, answer(&at("gone"), "HTTP/1.1 404 Not Found\nContent-Type: text/html", &html("gone"))),
        (
            None,
            record(
                "response",
                "dns:www.news.example",
                "text/dns",
                b"20160826\r\nwww.news.example. 1 IN A 1.1.1.1",
            ),
        ),
        (Some("saved"), record("resource", "https://www.news.example/saved", "text/html", &html("saved"))),
    ]
}
