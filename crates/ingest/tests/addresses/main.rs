//! Reads files from web servers through the public interface.
#![allow(clippy::unwrap_used, missing_docs)]

mod log;
mod server;
#[path = "../support/mod.rs"]
mod support;

use dyad_core::{Article, RejectCode};
use dyad_ingest::{IngestError, IngestOptions, Record, read_inputs};

use server::{Server, answer, chunks, sized};
use support::{Reading, brotli, gzip, read_input};

const LINES: &str =
    "{\"text\": \"One signs with Two.\"}\n{\"text\": \"Three sues Four.\"}\n{\"text\": \"Five buys Six.\"}\n";
const TEXTS: [&str; 3] = ["One signs with Two.", "Three sues Four.", "Five buys Six."];
const SECRET: &str = "PRIVATE7";

fn read(address: &str) -> Reading {
    read_input(address, &IngestOptions::default())
}

/// The one reject of an input that gave nothing else.
fn failure(address: &str) -> String {
    let reading = read(address);
    let [reject] = &reading.rejects[..] else { panic!("{reading:?}") };
    assert_eq!((reject.code, reading.articles.len()), (RejectCode::Unreadable, 0));
    reject.reason.clone()
}

fn page(text: &str) -> String {
    let paragraph =
        format!("<p>{text} has agreed to buy its rival, the two companies said on Monday in New York.</p>");
    format!("<!DOCTYPE html><title>A deal</title><article><h1>A deal</h1>{}</article>", paragraph.repeat(3))
}

#[test]
fn an_answer_need_not_say_how_long_it_is() {
    let body = LINES.as_bytes();
    let chunked = answer("200 OK\nTransfer-Encoding: chunked", &chunks(body, 7));
    // The length of the chunked body, or of something else: it does not count.
    let both = answer("200 OK\nContent-Length: 9\nTransfer-Encoding: chunked", &chunks(body, 40));
    let until_closed = answer("200 OK", body);
    let old = [b"HTTP/1.0 200 OK\r\n\r\n", body].concat();
    for bytes in [sized(body), chunked, both, until_closed, old] {
        let reading = read(&Server::of(bytes.clone()).at("/a.jsonl"));
        assert_eq!(reading.texts(), TEXTS, "{}: {:?}", String::from_utf8_lossy(&bytes), reading.rejects);
        assert!(reading.rejects.is_empty(), "{:?}", reading.rejects);
    }
}

#[test]
fn an_answer_that_breaks_off_is_never_taken_to_be_whole() {
    let body = LINES.as_bytes();
    let first = LINES.find('\n').unwrap() + 1;
    let whole = chunks(body, first);
    let head = format!("{first:x}\r\n").len();
    // In a record, behind the first record and its chunk, before the last, empty chunk, and in it.
    for (cut, n_articles) in
        [(head + first + 9, 1), (head + first + 2, 1), (whole.len() - 5, 3), (whole.len() - 2, 3)]
    {
        let server = Server::of(answer("200 OK\nTransfer-Encoding: chunked", &whole[..cut]));
        let reading = read(&server.at("/a.jsonl"));
        assert_eq!(reading.texts(), &TEXTS[..n_articles], "cut at {cut}: {:?}", reading.rejects);
        let [reject] = &reading.rejects[..] else { panic!("cut at {cut}: {:?}", reading.rejects) };
        assert_eq!(reject.code, RejectCode::Unreadable);
        assert!(reject.reason.starts_with("the transfer broke off ("), "{}", reject.reason);
        assert!(reject.reason.ends_with("run again for the rest"), "{}", reject.reason);
    }
    let cut = answer(&format!("200 OK\nContent-Length: {}", body.len()), &body[..first]);
    let reading = read(&Server::of(cut).at("/a.jsonl"));
    assert_eq!((reading.texts(), reading.rejects.len()), (vec![TEXTS[0]], 1));
    let nothing = failure(&Server::of(answer("200 OK\nTransfer-Encoding: chunked", b"")).at("/a.jsonl"));
    assert!(nothing.starts_with("the transfer broke off ("), "{nothing}");
    assert_eq!(nothing.matches("run again").count(), 1, "{nothing}");
}

#[test]
fn a_transfer_that_breaks_off_goes_on_where_the_server_knows_its_version() {
    let at = LINES.len() / 2;
    let rest = move |body: &str| {
        let range = format!("Content-Range: bytes {at}-{}/{}", LINES.len() - 1, LINES.len());
        answer(
            &format!("206 Partial Content\nETag: \"v\"\nContent-Length: {}\n{range}", body.len()),
            body.as_bytes(),
        )
    };
    let length = format!("Content-Length: {}", LINES.len());
    let chunked = |body: &[u8]| [format!("{:x}\r\n", LINES.len()).as_bytes(), body].concat();
    for (kind, body) in [
        (&*length, LINES.as_bytes()[..at].to_vec()),
        ("Transfer-Encoding: chunked", chunked(&LINES.as_bytes()[..at])),
    ] {
        let start = answer(&format!("200 OK\nETag: \"v\"\n{kind}"), &body);
        let server = Server::start(move |n, _| if n == 0 { start.clone() } else { rest(&LINES[at..]) });
        let reading = read(&server.at("/a.jsonl?id=3"));
        assert_eq!(reading.texts(), TEXTS, "{kind}: {:?}", reading.rejects);
        assert_eq!(server.asked(), ["GET /a.jsonl?id=3 HTTP/1.1"; 2]);
        assert!(server.requests()[1].contains(&format!("range: bytes={at}-")), "{:?}", server.requests());
    }
    // Another version, and a server that starts again: what came is kept, and nothing is added.
    for second in [
        rest(&LINES[at..]).iter().map(|&b| if b == b'v' { b'w' } else { b }).collect(),
        sized(LINES.as_bytes()),
    ] {
        let start = answer(&format!("200 OK\nETag: \"v\"\n{length}"), &LINES.as_bytes()[..at]);
        let server = Server::start(move |n, _| if n == 0 { start.clone() } else { second.clone() });
        let reading = read(&server.at("/a.jsonl"));
        assert_eq!((reading.texts(), reading.rejects.len()), (vec![TEXTS[0]], 1), "{:?}", reading.rejects);
    }
}

#[test]
fn a_server_that_refuses_is_one_sentence() {
    for (status, reason) in [
        ("404 Not Found", "the server answered 404 Not Found instead of the file; check the address"),
        (
            "403 Forbidden",
            "the server answered 403 Forbidden instead of the file; \
             it may want a login or a newer signature: download the file first",
        ),
        ("202 Accepted", "the server answered 202 Accepted instead of the file; check the address"),
        (
            "206 Partial Content",
            "the server answered 206 Partial Content instead of the file; check the address",
        ),
        ("304 Not Modified", "the server answered 304 Not Modified instead of the file; check the address"),
    ] {
        let server = Server::of(answer(&format!("{status}\nContent-Length: 0"), b""));
        assert_eq!(failure(&server.at("/a.jsonl")), reason);
        assert_eq!(server.requests().len(), 1, "asked once");
    }
    let busy = Server::start(|n, _| match n {
        0 => answer("503 Service Unavailable\nContent-Length: 0", b""),
        _ => sized(LINES.as_bytes()),
    });
    assert_eq!(read(&busy.at("/a.jsonl")).texts(), TEXTS, "asked again");
}

#[test]
fn redirects_are_followed_and_not_told_the_query() {
    let target = Server::of(sized(LINES.as_bytes()));
    let location = format!("302 Found\nLocation: {}\nContent-Length: 0", target.at("/b?x=1"));
    let server = Server::of(answer(&location, b""));
    let address = server.at("/a.jsonl?id=3&token=");
    let reading = read(&format!("{address}{SECRET}"));
    assert_eq!(reading.texts(), TEXTS, "{:?}", reading.rejects);
    assert!(reading.articles.iter().all(|article| article.origin.file == format!("{address}…")));
    assert_eq!(target.asked(), ["GET /b?x=1 HTTP/1.1"]);
    assert!(!target.requests().concat().contains(SECRET), "{:?}", target.requests());

    let endless = Server::of(answer("302 Found\nLocation: /a.jsonl\nContent-Length: 0", b""));
    let reason = failure(&endless.at("/a.jsonl"));
    assert!(reason.contains("redirects more than ten times"), "{reason}");
}

#[test]
fn a_query_is_sent_as_given_and_the_path_tells_the_format() {
    let server = Server::of(sized(LINES.as_bytes()));
    let reading = read(&server.at("/feed.jsonl?format=csv&q=a%20b+c/d.zip&x#top"));
    assert_eq!(reading.texts(), TEXTS, "{:?}", reading.rejects);
    assert_eq!(reading.articles[0].origin.file, server.at("/feed.jsonl?format=csv&q=a%20b+c/d.zip&x"));
    let feed = "<rss version='2.0'><channel><item><title>T</title><description>One signs with Two.</description></item></channel></rss>";
    let home = Server::of(sized(feed.as_bytes()));
    assert_eq!(read(&home.at("/?feed=rss2")).texts(), [TEXTS[0]]);
    let asked = [server.asked(), home.asked()].concat();
    assert_eq!(asked, ["GET /feed.jsonl?format=csv&q=a%20b+c/d.zip&x HTTP/1.1", "GET /?feed=rss2 HTTP/1.1"]);
    // Paths too: an escaped slash is no slash.
    let server = Server::of(sized(LINES.as_bytes()));
    assert_eq!(read(&server.at("/a%2Fb//c.jsonl")).texts(), TEXTS);
    assert_eq!(server.asked(), ["GET /a%2Fb//c.jsonl HTTP/1.1"]);
}

#[test]
fn secrets_of_a_query_are_sent_and_shown_nowhere() {
    log::start();
    // A server that repeats the query, as those of buckets do, and one whose transfers break off.
    let echo = |status: &'static str| {
        Server::start(move |_, request| answer(&format!("{status}\nX: {request:?}"), request.as_bytes()))
    };
    let broken = || {
        Server::start(|n, request| match n {
            0 => answer("200 OK\nETag: \"v\"\nContent-Length: 999", LINES.as_bytes()),
            _ => answer("403 Forbidden", request.as_bytes()),
        })
    };
    let good = Server::of(sized(LINES.as_bytes()));
    let servers =
        [good, echo("403 Forbidden"), echo("404 Not Found"), echo("302 Found\nLocation: ://"), broken()];
    let mut shown = String::new();
    for server in &servers {
        let address = server.at("/a.jsonl?id=3&X-Amz-Signature=");
        let reading = read(&format!("{address}{SECRET}&key={SECRET}&b={SECRET}.{SECRET}"));
        assert!(server.asked()[0].contains(&format!("id=3&X-Amz-Signature={SECRET}&key={SECRET}&b=")));
        let origins = reading.articles.iter().map(|article| &article.origin);
        for origin in origins.chain(reading.rejects.iter().map(|reject| &reject.origin)) {
            assert_eq!(
                origin.file,
                format!("{address}…&key=…&b={SECRET}.{SECRET}"),
                "other values are shown"
            );
        }
        shown += &format!("{reading:?}").replace(&format!("{SECRET}.{SECRET}"), "");
    }
    assert!(shown.contains("403 Forbidden") && shown.contains("the transfer broke off"), "{shown}");
    assert!(!shown.contains(SECRET), "{shown}");
    let log = log::text();
    assert!(log.contains("error while reading response body"), "{log}");
    assert!(!log.contains(SECRET), "{log}");
    for refused in
        [format!("https://me:{SECRET}@e.com/a?key={SECRET}"), format!("https://e.com/*?key={SECRET}")]
    {
        let error =
            read_inputs::<IngestError>(&[refused], &IngestOptions::default(), &mut |_: Record| Ok(()));
        let error = error.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}");
    }
}

#[test]
fn compressed_files_and_coded_answers_are_read() {
    let body = LINES.as_bytes();
    let packed = chunks(&gzip(body), 20);
    let whole = answer("200 OK\nTransfer-Encoding: chunked", &packed);
    assert_eq!(read(&Server::of(whole).at("/a.jsonl.gz?id=3")).texts(), TEXTS);
    let cut = answer("200 OK", &gzip(body)[..gzip(body).len() - 9]);
    let reading = read(&Server::of(cut).at("/a.jsonl.gz?id=3"));
    assert_eq!(reading.reject_list(), ["3 damaged_compression"], "{:?}", reading.rejects);

    let coded = |body: &[u8]| Server::of(answer("200 OK\nContent-Encoding: br", body));
    assert_eq!(read(&coded(&brotli(body)).at("/a.jsonl")).texts(), TEXTS);
    assert_eq!(read(&coded(&brotli(&gzip(body))).at("/a.jsonl.gz")).texts(), TEXTS);
    for damaged in [&brotli(body)[..40], b"\x9fno Brotli", b""] {
        let reading = read(&coded(damaged).at("/a.jsonl"));
        let [reject] = &reading.rejects[..] else { panic!("{:?}", reading.rejects) };
        assert_eq!(reject.code, RejectCode::DamagedCompression);
        assert!(reject.reason.starts_with("the Brotli data ends early or is damaged"), "{}", reject.reason);
    }
}

#[test]
fn pages_behind_addresses_are_known_by_them_unless_something_is_hidden() {
    let article = |path: &str, text: &str| -> Article {
        let server = Server::of(sized(page(text).as_bytes()));
        let mut reading = read(&server.at(path));
        assert_eq!(reading.articles.len(), 1, "{:?}", reading.rejects);
        let mut article = reading.articles.remove(0);
        let port = server.at("");
        article.url = article.url.map(|url| url.replace(&port, "http://host"));
        article
    };
    assert_eq!(article("/a?id=3", "Acme").url.as_deref(), Some("http://host/a?id=3"));
    let (one, two) = (article("/a?key=1", "Acme"), article("/a?key=2", "Apex"));
    let host = Some("http://host/");
    assert_eq!((one.url.as_deref(), two.url.as_deref()), (host, host));
    assert_ne!(one.article_id, two.article_id);
}
