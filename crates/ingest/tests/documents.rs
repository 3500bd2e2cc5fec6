//! JSON documents, JSON Feed, RSS and Atom, and HTML in the fields of records, through the public interface.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::io::Write;

use dyad_core::{InputConfig, Reject, RejectCode};
use dyad_ingest::{IngestOptions, InputFormat};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use support::{Reading, read_with};

fn read(name: &str, content: &[u8]) -> Reading {
    read_with(name, content, &IngestOptions::default())
}

fn json(content: &str) -> Reading {
    let options = IngestOptions { format: Some(InputFormat::Json), ..IngestOptions::default() };
    read_with("a.json", content.as_bytes(), &options)
}

fn feed(content: &str) -> Reading {
    read("feed.xml", content.as_bytes())
}

fn limited(max_record_bytes: u64, format: InputFormat) -> IngestOptions {
    let input = InputConfig { max_record_bytes, ..InputConfig::default() };
    IngestOptions { input, format: Some(format), ..IngestOptions::default() }
}

#[test]
fn documents_of_every_shape_hold_the_same_records() {
    let one = r#"{"id": 1, "text": "One.", "tags": [{"text": "no"}]}"#;
    let two = r#"{"title": "T {[\"", "text": "Two \\\" ]}."}"#;
    for document in [
        format!("[{one},{two}]"),
        format!("\u{feff}\n[\n  {one},\n  {two}\n]\n"),
        format!("{{\"articles\": [{one}, {two}], \"n\": 2}}"),
        format!("{{\"status\": \"ok\", \"meta\": {{\"a\": [1]}}, \"results\": [{one},\n{two}]}}"),
        format!("{{\"response\": {{\"n\": 2, \"docs\": [{one}, {two}]}}, \"x\": 1}}"),
        format!(
            "{{\"took\": 1, \"hits\": {{\"total\": 2, \"hits\": [{{\"_id\": 1, \"_source\": {one}}}, {{\"_source\": {two}}}]}}}}"
        ),
        format!(
            "{{\"stuff\": [1, {{\"a\": 1}}], \"links\": [{{\"a\": 1}}], \"Presse\": [{one}, {two}], \"c\": []}}"
        ),
        // A better list comes later.
        format!("{{\"related\": [{{\"text\": \"no\"}}], \"articles\": [{one}, {two}]}}"),
        format!("{{\"data\": [{{\"a\": \"no\"}}], \"Presse\": [{one}, {two}]}}"),
        format!("{one}\n{two}"),
        format!("{one}{two}"),
        format!("{one},\n{two},\n"),
        format!("[{one}]\n[]\n[{two}]"),
        format!("{{\"items\": [{one}]}}\n{{\"items\": []}}\n{{\"items\": [{two}]}}"),
    ] {
        let reading = json(&document);
        assert_eq!(reading.texts(), ["One.", "Two \\\" ]}."], "{document} {:?}", reading.rejects);
        assert!(reading.rejects.is_empty(), "{document} {:?}", reading.rejects);
        let positions: Vec<u64> = reading.articles.iter().map(|a| a.origin.position).collect();
        assert_eq!(positions, [1, 2], "{document}");
        assert_eq!(
            reading.articles[1].n_bytes,
            two.len() as u64 + if document.contains("_source") { 13 } else { 0 }
        );
    }
}

#[test]
fn a_document_on_one_line_is_told_from_lines_of_records() {
    let article = |n: usize| format!("{{\"text\":\"Story {n}.\"}}");
    // Shorter and longer than what is looked at to tell a format.
    for n_articles in [1, 3, 1_000] {
        let articles: Vec<String> = (0..n_articles).map(article).collect();
        let list = articles.join(",");
        let items = list.replace("text", "content_text");
        for (document, n_expected) in [
            (format!("{{\"status\":\"ok\",\"articles\":[{list}]}}"), n_articles),
            (
                format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{items}]}}\n"),
                n_articles,
            ),
            (format!("{{ \"articles\": [\n{}\n] }}", articles.join(",\n")), n_articles),
            (format!("[{list}]"), n_articles),
            (articles.join("\n"), n_articles),
            (format!("{}\n", articles.join("\n\n")), n_articles),
            (format!("{{\"text\":\"{}\"}}\n{}", "long ".repeat(4_000), articles.join("\n")), n_articles + 1),
        ] {
            for name in ["a.json", "a"] {
                let reading = read(name, document.as_bytes());
                let start = &document[..document.len().min(60)];
                assert_eq!(
                    reading.articles.len(),
                    n_expected,
                    "{name} {start} {:?}",
                    reading.rejects.first()
                );
                assert!(reading.rejects.is_empty(), "{name} {start}");
            }
        }
    }
    // A record on a line of its own keeps the number of its line, also where it holds lists of objects.
    let line = "{\"text\":\"One.\",\"articles\":[{\"text\":\"no\"}]}";
    let reading = read("a", format!("{line}\n\n{line}\n").as_bytes());
    assert_eq!(reading.articles.iter().map(|a| a.origin.position).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn an_object_with_a_text_is_an_article_whatever_lists_it_holds() {
    let reading = json(
        r#"{"items": [{"a": "b"}], "comments": [{"text": "no"}], "text": "One.", "data": [{"text": "x"}]}"#,
    );
    assert_eq!(reading.texts(), ["One."]);
    let mut options = IngestOptions { format: Some(InputFormat::Json), ..IngestOptions::default() };
    options.input.fields.text = vec!["story.body".into()];
    let content = br#"{"story": {"head": "h", "body": "One."}, "items": [{"text": "x"}]}"#;
    assert_eq!(read_with("a.json", content, &options).texts(), ["One."]);
}

#[test]
fn elements_that_are_no_articles_are_a_reject_each() {
    let reading = json(
        "[1, \"a\", {\"text\": \"One.\"}, null, [{\"text\": \"x\"}], {\"tekst\": \"x\"}, {\"text\": tru}, {\"text\": \"Two.\"}]",
    );
    assert_eq!(reading.texts(), ["One.", "Two."]);
    let expected =
        ["1 malformed", "2 malformed", "4 malformed", "5 malformed", "6 missing_text", "7 malformed"];
    assert_eq!(reading.reject_list(), expected);
    assert_eq!(reading.rejects[0].reason, "the record is a number; each record must be one JSON object");
    assert!(reading.rejects[5].reason.contains("line 1 of it, column 13"), "{}", reading.rejects[5].reason);
    // Records under the wrong name for their text say so one by one.
    let reading = json("{\"articles\": [{\"tekst\": \"a\"}, {\"tekst\": \"b\"}]}");
    assert_eq!(reading.reject_list(), ["1 missing_text", "2 missing_text"]);
    assert!(reading.rejects[0].reason.contains("fields found: tekst"));
    assert_eq!(json("{\"status\": \"error\", \"code\": 5}").reject_list(), ["1 missing_text"]);
    for empty in ["[]", "{\"articles\": []}", "[ ]\n[]", " "] {
        assert_eq!(json(empty).reject_list(), ["0 empty_file"], "{empty}");
    }
}

#[test]
fn a_broken_record_costs_itself() {
    for (document, expected, part) in [
        // A brace is missing.
        ("[{\"text\":\"One.\"},{\"text\":\"x\",\n{\"text\":\"Two.\"}]", "2", "is not closed before the next"),
        ("[{\"text\":\"One.\"},{\"text\":\"x\"\n{\"text\":\"Two.\"}]", "2", "begins at byte 30"),
        // A quotation mark is missing.
        (
            "[\n {\"text\":\"One.\"},\n {\"text\":\"x},\n {\"text\":\"Two.\"}\n]",
            "2",
            "line end within a string",
        ),
        // A quotation mark too many.
        (
            "[\n {\"text\":\"One.\"},\n {\"text\":\"x\"y\", \"a\": [{\n  \"text\":\"no\"}]},\n {\"text\":\"Two.\"}\n]",
            "2",
            "'y'",
        ),
        (
            "{\"a\":1,\"items\":[\n{\"text\":\"One.\"},\n{\"text\":[}},\n{\"text\":\"Two.\"}\n]}",
            "2",
            "unexpected '}'",
        ),
        ("{\"text\":\"One.\"}\n{\"text\" \"x\"}\n{\"text\":\"Two.\"}\n", "2", "unexpected"),
        ("{\"text\":\"One.\"}\nnonsense\n{\"text\":\"Two.\"}\n", "2", "unexpected 'n'"),
        ("[{\"text\":\"One.\"}},\n{\"text\":\"Two.\"}]", "2", "unexpected '}'"),
    ] {
        let reading = json(document);
        assert_eq!(reading.texts(), ["One.", "Two."], "{document} {:?}", reading.rejects);
        assert_eq!(
            reading.reject_list(),
            [format!("{expected} malformed")],
            "{document} {:?}",
            reading.rejects
        );
        assert!(reading.rejects[0].reason.contains(part), "{}", reading.rejects[0].reason);
        assert_eq!(reading.articles[1].origin.position, 3);
    }
    // All on one line: the rest cannot be told from what lies within it.
    let reading = json("[{\"text\":\"One.\"},{\"text\":\"x\"y\"},{\"text\":\"Two.\"}]");
    assert_eq!((reading.texts(), reading.reject_list()), (vec!["One."], vec!["2 malformed".to_owned()]));
    assert!(reading.rejects[0].reason.contains("(20 bytes that follow"), "{}", reading.rejects[0].reason);
}

#[test]
fn a_document_cut_anywhere_keeps_its_whole_records() {
    for (document, ends) in [
        ("[{\"text\":\"One [\\\"{.\"},\n {\"text\":\"Two.\",\"a\":{\"b\":[1,\"]\"]}}\n] ", [21, 57]),
        (
            "{\"a\":\"b\",\"articles\":[{\"text\":\"One [\\\"{.\"},{\"text\":\"Two.\"}],\"n\":{\"m\":[2]}}",
            [41, 57],
        ),
        ("{\"Presse\":[{\"text\":\"One [\\\"{.\"},{\"text\":\"Two.\"}],\"n\":{\"m\":[2]}}", [31, 47]),
    ] {
        let whole = json(document);
        assert_eq!((whole.texts(), whole.rejects.len()), (vec!["One [\"{.", "Two."], 0), "{document}");
        for length in 1..document.trim_end().len() {
            let reading = json(&document[..length]);
            let expected = ends.iter().filter(|end| **end <= length).count();
            let is_undecided = document.starts_with("{\"P");
            assert!(reading.articles.len() == expected || is_undecided, "{length}: {:?}", reading.articles);
            assert_eq!(reading.rejects.len(), 1, "{length}: {:?}", reading.rejects);
            assert_eq!(reading.rejects[0].origin.position, reading.articles.len() as u64 + 1, "{length}");
        }
    }
}

#[test]
fn a_record_above_the_limit_is_passed_over_and_the_document_may_be_larger() {
    let huge = "x ".repeat(100_000);
    for (start, end) in
        [("[", "]"), ("{\"articles\":[", "],\"n\":1}"), ("{\"Presse\":[", "],\"n\":1}"), ("", "")]
    {
        let many = "{\"text\":\"Small.\"},".repeat(100);
        let document =
            format!("{start}{{\"text\":\"One.\"}},{{\"text\":\"{huge}\"}},{many}{{\"text\":\"Two.\"}}{end}");
        let reading = read_with("a.json", document.as_bytes(), &limited(1_000, InputFormat::Json));
        assert_eq!(reading.articles.len(), 102, "{start} {:?}", reading.rejects);
        assert_eq!(reading.reject_list(), ["2 too_large"], "{start}");
        assert!(reading.rejects[0].raw.len() <= Reject::MAX_RAW_BYTES);
        assert_eq!(reading.articles[101].origin.position, 103);
    }
    let first_is_huge =
        format!("{{\"meta\":\"{huge}\",\"items\":[{{\"text\":\"{huge}\"}},{{\"text\":\"One.\"}}]}}");
    let reading = read_with("a.json", first_is_huge.as_bytes(), &limited(1_000, InputFormat::Json));
    assert_eq!((reading.texts(), reading.reject_list()), (vec!["One."], vec!["1 too_large".to_owned()]));
    let article = format!("{{\"text\":\"{huge}\"}}\n{{\"text\":\"One.\"}}");
    let reading = read_with("a.json", article.as_bytes(), &limited(1_000, InputFormat::Json));
    assert_eq!((reading.texts(), reading.reject_list()), (vec!["One."], vec!["1 too_large".to_owned()]));
}

#[test]
fn hostile_documents_are_rejects() {
    for unit in
        ["[", "{\"a\":", "[{\"a\":", "{\"items\":[", "{", "]", "\"", "{\"a\":[{\"text\":\"", "{\"a\":1,", ":"]
    {
        let reading = json(&unit.repeat(100_000));
        assert_eq!(reading.articles.len(), 0, "{unit}");
        assert!(!reading.rejects.is_empty(), "{unit}");
    }
    let deep = format!("[{}{},{{\"text\":\"One.\"}}]", "[".repeat(100_000), "]".repeat(100_000));
    let reading = json(&deep);
    assert_eq!((reading.texts(), reading.reject_list()), (vec!["One."], vec!["1 malformed".to_owned()]));
}

#[test]
fn damaged_compression_keeps_the_records_before() {
    let mut seed = 1_u64;
    let mut noise = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{seed:x}")
    };
    let records: Vec<String> =
        (0..300).map(|n| format!("{{\"text\":\"story {n} {}\"}}", noise().repeat(3))).collect();
    let entries: String =
        (0..300).map(|n| format!("<item><description>story {n} {}</description></item>", noise())).collect();
    for (name, content) in [
        ("a.json.gz", format!("[{}]", records.join(","))),
        ("a.rss.gz", format!("<rss><channel>{entries}</channel></rss>")),
    ] {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content.as_bytes()).unwrap();
        let whole = encoder.finish().unwrap();
        let reading = read(name, &whole[..whole.len() / 2]);
        let kept = reading.articles.len();
        assert!((50..250).contains(&kept), "{name}: {kept}");
        assert_eq!(reading.reject_list(), [format!("{} damaged_compression", kept + 1)], "{name}");
    }
}

#[test]
fn json_feed_is_read_with_its_version_before_or_after() {
    let items = r#""items": [
        {"id": "1", "url": "https://e.com/a", "title": "One", "content_html": "<p>First &amp; best.</p><p>End.</p>",
         "content_text": "no", "date_published": "2024-07-31T10:00:00+02:00", "language": "de"},
        {"id": "2", "external_url": "https://e.com/b", "content_text": "Second a < b.", "tags": ["x"]},
        {"id": "3", "title": "Three"}]"#;
    let head = r#""version": "https://jsonfeed.org/version/1.1", "title": "The Ledger", "language": "en-US""#;
    for (document, source) in
        [(format!("{{{head}, {items}}}"), "The Ledger"), (format!("{{{items}, {head}}}"), "e.com")]
    {
        let reading = json(&document);
        assert_eq!(reading.texts(), ["First & best.\n\nEnd.", "Second a < b."]);
        assert_eq!(reading.reject_list(), ["3 missing_text"]);
        let [one, two] = &reading.articles[..] else { panic!() };
        assert_eq!(one.title.as_deref(), Some("One"));
        assert_eq!(one.published.unwrap().to_rfc3339(), "2024-07-31T08:00:00+00:00");
        assert_eq!((one.language.as_deref(), one.source.as_deref()), (Some("de"), Some(source)));
        assert_eq!(
            (one.url.as_deref(), two.url.as_deref()),
            (Some("https://e.com/a"), Some("https://e.com/b"))
        );
        assert_eq!(two.language.as_deref() == Some("en"), source == "The Ledger");
        assert_eq!(reading.counts.from_html_fields, 1);
    }
}

const RSS: &str = r#"<?xml version="1.0"?>
<!DOCTYPE rss [<!ENTITY x "a>b">]>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>The Ledger &amp; Co</title><link>https://e.com/</link><language>en-us</language>
<managingEditor>“bob@e.com</managingEditor>
<item><title>One &lt;i&gt;firm&lt;/i&gt;</title><link>https://e.com/a?utm_source=rss</link><author>“ann@e.com (Ann)</author>
<description>Short.</description><pubDate>Wed, 31 Jul 2024 10:00:00 +0200</pubDate>
<content:encoded><![CDATA[<p>First.</p> <p>Second <a href="x">link</a>.</p><!-- </item> -->]]></content:encoded></item>
<item><title>Two</title><guid>https://e.com/b</guid><description>Only &lt;b&gt;a&lt;/b&gt; summary&amp;nbsp;here.</description>
<dc:date>2024-08-01T00:00:00Z</dc:date><dc:language>de</dc:language><source url="https://o.com/rss"><![CDATA[Other Paper]]></source></item>
<item><title>Three</title><link>https://e.com/c</link></item>
</channel></rss>
"#;

#[test]
fn rss_entries_are_articles() {
    let reading = feed(RSS);
    assert_eq!(reading.texts(), ["First.\n\nSecond link.", "Only a summary here."], "{:?}", reading.rejects);
    assert_eq!(reading.reject_list(), ["3 missing_text"]);
    let [one, two] = &reading.articles[..] else { panic!() };
    assert_eq!((one.title.as_deref(), one.source.as_deref()), (Some("One firm"), Some("The Ledger & Co")));
    assert_eq!((one.url.as_deref(), one.language.as_deref()), (Some("https://e.com/a"), Some("en")));
    assert_eq!(one.published.unwrap().to_rfc3339(), "2024-07-31T08:00:00+00:00");
    assert_eq!((two.url.as_deref(), two.language.as_deref()), (Some("https://e.com/b"), Some("de")));
    assert_eq!(two.source.as_deref(), Some("Other Paper"));
    assert_eq!(two.published.unwrap().to_rfc3339(), "2024-08-01T00:00:00+00:00");
    assert!(reading.rejects[0].raw.starts_with("<item><title>Three"));
}

#[test]
fn rss_of_every_version_and_atom_are_read() {
    let item = "<title>One</title><link>https://e.com/a</link><description>Text.</description>";
    for document in [
        format!("<rss><channel><title>The Ledger</title><item>{item}</item></channel></rss>"),
        format!("<rss version='0.93' xmlns='http://backend.userland.com/rss2'><channel><title>The Ledger</title><item>{item}</item></channel></rss>"),
        format!("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel rdf:about='x'><title>The Ledger</title><items/></channel><item rdf:about='y'>{item}</item></rdf:RDF>"),
        format!("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://my.netscape.com/rdf/simple/0.9/'><channel><title>The Ledger</title></channel><item>{item}</item></rdf:RDF>"),
        "<feed xmlns='http://www.w3.org/2005/Atom'><title type='html'>The Ledger</title><entry><title>One</title><link href='https://e.com/self' rel='self'/><link href='https://e.com/a'/><summary>Text.</summary></entry></feed>".to_owned(),
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#' xml:base='https://e.com/'><title>The Ledger</title><entry><title>One</title><link rel='alternate' href='a'/><content type='text/html' mode='escaped'>&lt;p>Text.</content></entry></feed>".to_owned(),
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>no</a:title><a:entry><a:title>One</a:title><a:source><a:id>i</a:id><a:title>The Ledger</a:title></a:source><a:link href='https://e.com/a'/><a:content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Text.</p></div></a:content></a:entry></a:feed>".to_owned(),
    ] {
        let reading = read("a.rss", document.as_bytes());
        assert_eq!(reading.texts(), ["Text."], "{document} {:?}", reading.rejects);
        let article = &reading.articles[0];
        assert_eq!(article.title.as_deref(), Some("One"), "{document}");
        assert_eq!(article.url.as_deref(), Some("https://e.com/a"), "{document}");
        assert_eq!(article.source.as_deref(), Some("The Ledger"), "{document}");
    }
    let dates = |date: &str| {
        let feed = feed(&format!("<feed><entry><summary>Text.</summary>{date}</entry></feed>"));
        (feed.articles[0].published.map(|date| date.to_rfc3339()), feed.counts.unreadable_dates)
    };
    assert_eq!(
        dates("<updated>2024-07-31T00:00:00Z</updated><published>2024-07-30T00:00:00Z</published>")
            .0
            .unwrap(),
        "2024-07-30T00:00:00+00:00"
    );
    assert_eq!(dates("<issued>2024-07-31</issued>").0.unwrap(), "2024-07-31T00:00:00+00:00");
    assert_eq!(dates("<updated>soon</updated>"), (None, 1));
}

#[test]
fn feeds_in_other_charsets_are_read() {
    let text = "<?xml version=\"1.0\" encoding=\"CHARSET\"?><rss version=\"2.0\"><channel><item><title>T</title><description>Zażółć gęślą.</description></item></channel></rss>";
    let utf_16 = |name: &str, to_bytes: fn(u16) -> [u8; 2], mark: &[u8]| {
        let units = text.replace("CHARSET", name);
        [mark, &units.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>()].concat()
    };
    let latin = encoding_rs::ISO_8859_2.encode(&text.replace("CHARSET", "iso-8859-2")).0.into_owned();
    let windows = encoding_rs::WINDOWS_1250.encode(&text.replace("CHARSET", "windows-1250")).0.into_owned();
    for (name, bytes) in [
        ("a.xml", latin),
        ("a.rss", windows),
        ("a.xml", utf_16("utf-16", u16::to_le_bytes, b"\xff\xfe")),
        ("a.rss", utf_16("utf-16", u16::to_be_bytes, b"\xfe\xff")),
        ("a.rss", utf_16("utf-16", u16::to_le_bytes, b"")),
        ("a.xml", [b"\xef\xbb\xbf", text.replace("CHARSET", "utf-8").as_bytes()].concat()),
        ("a.xml", text.replace("CHARSET", "iso-8859-1").into_bytes()),
    ] {
        let reading = read(name, &bytes);
        assert_eq!(reading.texts(), ["Zażółć gęślą."], "{name} {:?}", reading.rejects);
    }
}

#[test]
fn a_bad_entry_costs_itself_and_a_bad_feed_is_one_reject() {
    let item = |text: &str| format!("<item><description>{text}</description></item>");
    let (one, two) = (item("One."), item("Two."));
    for (bad, code) in [
        (item("a <b> b"), "malformed"),
        (item("&#xFFFFFFFF;"), "malformed"),
        ("<item><description>a</item>".to_owned(), "malformed"),
        ("<item><description>a</description>".to_owned(), "malformed"),
        ("<item/>".to_owned(), "missing_text"),
        (item(" "), "missing_text"),
        (item("&lt;img src='x'/&gt;"), "missing_text"),
    ] {
        let reading = feed(&format!("<rss version=\"2.0\"><channel>{one}{bad}{two}</channel></rss>"));
        assert_eq!(reading.texts(), ["One.", "Two."], "{bad} {:?}", reading.rejects);
        assert_eq!(reading.reject_list(), [format!("2 {code}")], "{bad}");
    }
    let odd =
        "<item><description>Odd.</description><itunes:duration>99999999999999999999</itunes:duration></item>";
    assert_eq!(feed(&format!("<rss><channel>{odd}</channel></rss>")).texts(), ["Odd."]);
    let all = |content: &str| read_with("a.rss", content.as_bytes(), &IngestOptions::default()).reject_list();
    assert_eq!(all("<html><body></body></html>"), ["0 malformed"]);
    assert_eq!(all("no feed"), ["0 malformed"]);
    assert_eq!(all("<rss><channel><title>x</title></channel></rss>"), ["0 empty_file"]);
    let large = read_with("a.rss", RSS.as_bytes(), &limited(500, InputFormat::Feed));
    assert_eq!(large.reject_list(), ["0 too_large"]);
}

#[test]
fn a_feed_cut_anywhere_keeps_its_whole_entries() {
    let text = "<rss><channel><title>T</title><item><description>One.</description></item><!-- - --><item><description><![CDATA[<p>Two.]]></description></item></channel></rss>";
    let ends: Vec<usize> = text.match_indices("</item>").map(|(at, end)| at + end.len()).collect();
    assert_eq!(feed(text).texts(), ["One.", "Two."]);
    for length in 5..text.len() {
        let reading = read("a.rss", &text.as_bytes()[..length]);
        let expected = ends.iter().filter(|end| **end <= length).count();
        assert_eq!(reading.articles.len(), expected, "{length}");
        assert_eq!(reading.rejects.len(), 1, "{length}: {:?}", reading.rejects);
        let position = reading.rejects[0].origin.position;
        assert_eq!(position as usize, expected + 1, "{length}: {:?}", reading.rejects);
        assert_eq!(reading.rejects[0].code, RejectCode::Malformed);
    }
}

#[test]
fn html_in_fields_becomes_paragraphs_in_every_format() {
    let expected = "First & best.\n\nSecond:\n\none\ntwo";
    let html = "<p>First &amp; best.</p><script>x()</script><p>Second:</p><ul><li>one</li><li>two</li></ul>";
    for (name, content) in [
        ("a.jsonl", format!("{{\"title\":\"<b>T</b>\",\"text\":\"{html}\"}}")),
        ("a.csv", format!("title,text\n<b>T</b>,\"{html}\"\n")),
        ("a.json", format!("[{{\"title\":\"<b>T</b>\",\"text\":\"{html}\"}}]")),
    ] {
        let reading = read(name, content.as_bytes());
        assert_eq!(reading.texts(), [expected], "{name}");
        assert_eq!(reading.articles[0].title.as_deref(), Some("T"));
        assert_eq!((reading.counts.from_html_fields, reading.counts.from_html), (1, 0));
    }
    let plain = "a < b, List<String>, <unk> and x <p y> z";
    let reading = read("a.jsonl", format!("{{\"text\":\"{plain}\"}}").as_bytes());
    assert_eq!((reading.texts(), reading.counts.from_html_fields), (vec![plain], 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_json_like_document_is_read_without_loss_of_count(document in "([\\[\\]{}:,\" \\n]|\"text\":|\"items\":|\"a\":|\"x\"|1|\\{\"text\":\"y\"\\}){0,30}") {
        // The counts are checked by `read_with`.
        let reading = json(&document);
        prop_assert!(reading.counts.records > 0);
    }

    #[test]
    fn every_element_of_a_list_is_one_record(
        elements in prop::collection::vec(prop_oneof![Just("{\"text\":\"a]\\\"\"}"), Just("{\"a\":[{\"text\":\"x\"}]}"), Just("1"), Just("[{}]"), Just("\"}\"")], 1..12),
        separator in prop_oneof![Just(","), Just(",\n  "), Just(" , ")],
        is_wrapped: bool,
    ) {
        let list = format!("[{}]", elements.join(separator));
        let first_is_object = elements[0].starts_with('{');
        let document = if is_wrapped && first_is_object { format!("{{\"n\":1,\"items\":{list}}}") } else { list };
        let reading = json(&document);
        prop_assert_eq!(reading.counts.records as usize, elements.len());
        prop_assert_eq!(reading.articles.len(), elements.iter().filter(|e| e.starts_with("{\"text")).count());
    }
}
