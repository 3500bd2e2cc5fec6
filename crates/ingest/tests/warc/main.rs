//! Reads web archives through the public interface.
#![allow(clippy::unwrap_used, missing_docs)]

mod archive;
mod damage;
#[path = "../support/mod.rs"]
mod support;

use dyad_core::PublishedFrom;

use archive::{OK_HTML, answer, brotli, chunked, gzip, news, page, read, read_limited, record, story};

#[test]
fn the_pages_of_a_news_crawl_are_articles_and_all_else_is_counted() {
    let records = news();
    let plain: Vec<u8> = records.iter().flat_map(|(_, record)| record.clone()).collect();
    let members: Vec<u8> = records.iter().flat_map(|(_, record)| gzip(record)).collect();
    let expected: Vec<(u64, &str)> =
        (1..).zip(&records).filter_map(|(position, (name, _))| Some((position, (*name)?))).collect();
    for (name, content) in [("a.warc", &plain), ("a.warc.gz", &members), ("b.warc.gz", &gzip(&plain))] {
        let reading = read_limited(name, content, 1 << 20);
        assert!(reading.rejects.is_empty(), "{name}: {:?}", reading.rejects);
        assert_eq!(reading.positions(), expected.iter().map(|(position, _)| *position).collect::<Vec<_>>());
        for (article, (_, name)) in reading.articles.iter().zip(&expected) {
            assert_eq!(article.title, Some(format!("Deal {name}")));
            assert!(
                article.text.starts_with(&format!("Microsoft will invest in {name}, ")),
                "{}",
                article.text
            );
            assert!(article.text.ends_with("several years."), "{}", article.text);
        }
        assert_eq!(reading.counts.other_records, (records.len() - expected.len()) as u64);
        assert_eq!(reading.n_records(), records.len() as u64);
        assert_eq!(reading.counts.from_html, expected.len() as u64);
    }
}

#[test]
fn the_address_that_was_asked_for_stands_in_for_what_the_page_does_not_say() {
    let canonical = page("b").replace("<title>", "<link rel=canonical href=/deals/b><title>");
    let dated = answer("<https://www.news.example/2016/03/04/c?utm_source=x>", OK_HTML, page("c").as_bytes());
    let archive =
        [story("a"), answer("https://www.news.example/b?id=1", OK_HTML, canonical.as_bytes()), dated]
            .concat();
    let reading = read(&archive);
    let urls: Vec<&str> = reading.articles.iter().filter_map(|article| article.url.as_deref()).collect();
    assert_eq!(
        urls,
        [
            "https://www.news.example/a",
            "https://www.news.example/deals/b",
            "https://www.news.example/2016/03/04/c"
        ]
    );
    assert!(reading.articles.iter().all(|article| article.source.as_deref() == Some("news.example")));
    let dates: Vec<PublishedFrom> = reading.articles.iter().map(|article| article.published_from).collect();
    assert_eq!(dates, [PublishedFrom::None, PublishedFrom::None, PublishedFrom::Url], "never by WARC-Date");
}

#[test]
fn pages_that_cannot_be_read_are_rejects_with_a_remedy() {
    let segment =
        String::from_utf8(story("segment")).unwrap().replacen("\r\n", "\r\nWARC-Segment-Number: 1\r\n", 1);
    let untyped = String::from_utf8(story("untyped")).unwrap().replace("WARC-Type: response\r\n", "");
    let many = "\nX-A: b".repeat(300);
    let packed = gzip(page("p").as_bytes());
    let brotli_head = format!("{OK_HTML}\nContent-Encoding: br");
    let cases: [(Vec<u8>, &str, &str); 11] = [
        (
            answer("u", &format!("{OK_HTML}\nContent-Encoding: compress"), b"\x1f\x9d\x90abc"),
            "malformed",
            "'compress'",
        ),
        (answer("u", &brotli_head, &brotli(page("p").as_bytes())[..50]), "damaged_compression", "has no end"),
        (answer("u", &brotli_head, b"\x9fno Brotli at all"), "damaged_compression", "no Brotli data"),
        (segment.into_bytes(), "malformed", "segment"),
        (record("continuation", "u", "text/html", b"rest"), "malformed", "segment"),
        (untyped.into_bytes(), "malformed", "WARC-Type"),
        (record("response", "u", "application/http", b"<html>"), "malformed", "status line"),
        (answer("u", &format!("{OK_HTML}{many}"), b"<p>"), "malformed", "256"),
        (answer("u", &format!("{OK_HTML}\nTransfer-Encoding: chunked"), b"ff\r\n<p>"), "malformed", "chunk"),
        (
            answer("u", &format!("{OK_HTML}\nContent-Encoding: gzip"), &packed[..50]),
            "damaged_compression",
            "gzip",
        ),
        (answer("u", OK_HTML, b"<html><nav><a href=/>Home</a></nav></html>"), "missing_text", "no article"),
    ];
    let archive: Vec<u8> =
        cases.iter().flat_map(|(record, _, _)| record.clone()).chain(story("last")).collect();
    let reading = read(&archive);
    assert_eq!(reading.positions(), [12]);
    assert_eq!(reading.rejects.len(), cases.len(), "{:?}", reading.rejects);
    for (position, ((_, code, words), reject)) in (1..).zip(cases.iter().zip(&reading.rejects)) {
        assert_eq!((reject.origin.position, reject.code.as_str()), (position, *code), "{}", reject.reason);
        assert!(reject.reason.contains(words), "{}", reject.reason);
    }
}

#[test]
fn brotli_is_read_alone_in_chunks_and_with_another_coding() {
    let packed = brotli(page("p").as_bytes());
    let coded = |codings: &str, body: &[u8]| {
        answer("https://www.news.example/p", &format!("{OK_HTML}\nContent-Encoding: {codings}"), body)
    };
    let archive = [
        coded("br", &packed),
        coded("BR\nTransfer-Encoding: chunked", &chunked(&packed)),
        coded("br, gzip", &gzip(&packed)),
        coded("gzip\nContent-Encoding: br", &brotli(&gzip(page("p").as_bytes()))),
        coded("br", page("p").as_bytes()),
    ]
    .concat();
    let reading = read(&archive);
    assert_eq!(reading.positions(), [1, 2, 3, 4, 5], "{:?}", reading.rejects);
    let plain = read(&story("p"));
    assert!(reading.articles.iter().all(|article| article.text == plain.articles[0].text));
}

#[test]
fn a_page_that_the_crawler_cut_is_read_as_far_as_it_goes() {
    let body = page("cut").replace("</article></body></html>", "<p>And th");
    let cut = |head: &str, body: &[u8]| {
        let record = answer("https://www.news.example/cut", head, body);
        let end = record.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        [&record[..end], b"WARC-Truncated: length\r\n", &record[end..]].concat()
    };
    let chunks = chunked(body.as_bytes());
    let long = gzip(body.as_bytes());
    let short = brotli(body.as_bytes());
    let archive = [
        cut(OK_HTML, body.as_bytes()),
        cut(&format!("{OK_HTML}\nTransfer-Encoding: chunked"), &chunks[..chunks.len() - 40]),
        cut(&format!("{OK_HTML}\nContent-Encoding: gzip"), &long[..long.len() - 4]),
        cut(&format!("{OK_HTML}\nContent-Encoding: br"), &short[..short.len() - 4]),
    ]
    .concat();
    let reading = read(&archive);
    assert_eq!(reading.positions(), [1, 2, 3, 4], "{:?}", reading.rejects);
}

#[test]
fn a_page_above_the_limit_is_a_reject_and_an_image_is_none() {
    let huge = format!("{}{}", page("huge"), "<p>More of it.".repeat(20_000));
    let bomb = format!("{OK_HTML}\nContent-Encoding: gzip");
    let archive = [
        answer("https://e.com/huge", OK_HTML, huge.as_bytes()),
        answer("https://e.com/photo", "HTTP/1.1 200 OK\nContent-Type: image/jpeg", &[7; 300_000]),
        answer("https://e.com/untyped", "HTTP/1.1 200 OK", &[7; 300_000]),
        answer("https://e.com/bomb", &bomb, &gzip(huge.as_bytes())),
        answer("https://e.com/bomb", &bomb.replace("gzip", "br"), &brotli(huge.as_bytes())),
        story("last"),
    ]
    .concat();
    for (name, content) in [("a.warc", archive.clone()), ("a.warc.gz", gzip(&archive))] {
        for limit in [1_500, 200_000] {
            let reading = read_limited(name, &content, limit);
            assert_eq!(reading.reject_places(), [(1, "too_large"), (4, "too_large"), (5, "too_large")]);
            assert_eq!((reading.positions(), reading.counts.other_records), (vec![6], 2));
        }
    }
    let reading = read(&archive);
    assert_eq!((reading.counts.articles, reading.counts.other_records), (4, 2));
}

#[test]
fn headers_are_read_however_they_are_written() {
    let block = format!("HTTP/1.1 200 OK\nContent-Type:text/html\n\n{}", page("x"));
    let heads = [
        "WARC/1.1\nwarc-type:RESPONSE\ncontent-length:{}\nwarc-target-uri:https://e.com/x\ncontent-type:application/http\n\n",
        "WARC/1.0 \r\nContent-Type: Application/HTTP;\r\n msgtype=response\r\nWARC-Target-URI:\r\n\t<https://e.com/x>\r\n\
         WARC-Type : response\r\nContent-Length: {}\r\nContent-Length: 7\r\nno colon\r\n\r\n",
        "WARC/0.18\r\nContent-Length: {}\r\nWARC-Type: response\r\nWARC-Target-URI: https://e.com/x\r\nX: caf\u{e9}\r\n\r\n",
    ];
    for between in ["", "\n", "\r\n\r\n", "\r\n\r\n\r\n \n"] {
        let record =
            |head: &&str| format!("{}{block}{between}", head.replace("{}", &block.len().to_string()));
        let archive: String = heads.iter().map(record).collect();
        let reading = read(format!("\n{archive}").as_bytes());
        assert_eq!(reading.positions(), [1, 2, 3], "{between:?} {:?}", reading.rejects);
        assert!(reading.articles.iter().all(|article| article.url.as_deref() == Some("https://e.com/x")));
    }
}

#[test]
fn what_is_no_archive_is_one_reject() {
    let zeros = vec![0; 300_000];
    for (content, code) in [
        (&b""[..], "empty_file"),
        (b"\r\n \r\n", "empty_file"),
        (b"{\"text\": \"one\"}\n{}\n", "unknown_format"),
        (b"\x1f", "unknown_format"),
        (b"WARC/2.0\r\n", "unknown_format"),
        (&zeros, "unknown_format"),
    ] {
        let reading = read(content);
        assert_eq!(reading.reject_places(), [(0, code)], "{:?}", reading.rejects);
    }
    let reading = read(b"WARC/1.0");
    assert_eq!(reading.reject_places(), [(1, "malformed")]);
}

#[test]
fn an_archive_without_pages_is_no_failure() {
    let reading = read(&record("warcinfo", "", "application/warc-fields", b"a: b\r\n"));
    assert_eq!((reading.counts.records, reading.counts.other_records), (0, 1));
}
