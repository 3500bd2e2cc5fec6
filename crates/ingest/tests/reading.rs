//! Reads real files through the public interface.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dyad_core::{Article, ArticleId, InputConfig, PublishedFrom, Reject, RejectCode};
use dyad_ingest::{
    IngestCounts, IngestError, IngestOptions, InputFormat, NearDuplicates, Record, read_inputs,
};
use support::gzip;

struct Reading {
    records: Vec<Record>,
    counts: IngestCounts,
}

impl Reading {
    fn articles(&self) -> Vec<&Article> {
        self.records.iter().filter_map(|r| if let Record::Article(a) = r { Some(a) } else { None }).collect()
    }

    fn rejects(&self) -> Vec<&Reject> {
        self.records.iter().filter_map(|r| if let Record::Reject(r) = r { Some(r) } else { None }).collect()
    }

    /// `name:position code` of every reject.
    fn reject_list(&self) -> Vec<String> {
        let name = |r: &Reject| Path::new(&r.origin.file).file_name().unwrap().to_string_lossy().into_owned();
        self.rejects()
            .iter()
            .map(|r| format!("{}:{} {}", name(r), r.origin.position, r.code.as_str()))
            .collect()
    }
}

fn read_with(path: &Path, options: &IngestOptions) -> Reading {
    let mut records = Vec::new();
    let counts = read_inputs::<IngestError>(&[path.to_string_lossy().into_owned()], options, &mut |record| {
        records.push(record);
        Ok(())
    })
    .unwrap();
    let articles = records.iter().filter(|r| matches!(r, Record::Article(_))).count() as u64;
    assert_eq!((counts.records, counts.articles), (records.len() as u64, articles));
    assert_eq!(counts.records, counts.articles + counts.rejects);
    Reading { records, counts }
}

fn read(path: &Path) -> Reading {
    read_with(path, &IngestOptions::default())
}

/// Reads one file of the given name and content.
fn read_file(name: &str, content: &[u8]) -> Reading {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    read(&file)
}

#[test]
fn every_format_gives_the_same_article() {
    let files: [(&str, Vec<u8>); 9] = [
        ("a.jsonl", br#"{"title":"Two firms agree","date":"2024-07-31","url":"https://e.com/a","text":"They agreed on Monday.\n\nNobody knows why."}"#.to_vec()),
        ("a.csv", b"Title,date,URL,Text\r\nTwo firms agree,2024-07-31,https://e.com/a,\"They agreed on Monday.\r\n\r\nNobody knows why.\"\r\n".to_vec()),
        ("b.csv", b"\xef\xbb\xbftext;title;date;url\n\"They agreed on Monday.\n\nNobody knows why.\";Two firms agree;2024-07-31;https://e.com/a\n".to_vec()),
        ("a.tsv", b"title\tdate\turl\ttext\nTwo firms agree\t2024-07-31\thttps://e.com/a\t\"They agreed on Monday.\n\nNobody knows why.\"\n".to_vec()),
        ("a.md", b"---\ntitle: Two firms agree\ndate: 2024-07-31\nurl: https://e.com/a\n---\n\nThey **agreed** on\nMonday.\n\nNobody [knows](x) why.\n".to_vec()),
        ("b.markdown", b"+++\r\ndate = 2024-07-31\r\nurl = \"https://e.com/a\"\r\n+++\r\n# Two firms agree\r\n\r\nThey agreed on Monday.\r\n\r\nNobody knows why.\r\n".to_vec()),
        ("dump", b" {\"headline\":\"Two firms agree\",\"pubDate\":1722384000,\"link\":\"https://e.com/a/\",\"body\":\"They agreed on Monday.\\r\\n\\r\\nNobody knows why.\"}".to_vec()),
        ("c.json-lines.gz", gzip(b"\xef\xbb\xbf\n{\"title\":\"Two firms agree\",\"date\":\"Wed, 31 Jul 2024 00:00:00 GMT\",\"id\":\"https://e.com/a\",\"content\":\"They agreed on Monday.\\n\\nNobody knows why.\"}\n")),
        ("d.csv", gzip(b"text,title,date,url\n\"They agreed on Monday.\n\nNobody knows why.\",Two firms agree,20240731,https://e.com/a")),
    ];
    for (name, content) in files {
        let reading = read_file(name, &content);
        let [article] = reading.articles()[..] else { panic!("{name}: {:?}", reading.rejects()) };
        assert_eq!(article.title.as_deref(), Some("Two firms agree"), "{name}");
        assert_eq!(article.text, "They agreed on Monday.\n\nNobody knows why.", "{name}");
        assert_eq!(article.url.as_deref(), Some("https://e.com/a"), "{name}");
        assert_eq!(article.source.as_deref(), Some("e.com"), "{name}");
        assert_eq!(article.published.unwrap().to_rfc3339(), "2024-07-31T00:00:00+00:00", "{name}");
        assert_eq!(article.published_from, PublishedFrom::Metadata, "{name}");
    }
    let reading =
        read_file("a.txt.gz", &gzip(b"Two firms agree\n\nThey agreed on Monday.\n\nNobody knows why.\n"));
    let article = reading.articles()[0];
    assert_eq!(article.title.as_deref(), Some("Two firms agree"));
    assert_eq!(article.text, "They agreed on Monday.\n\nNobody knows why.");
    assert_eq!((article.published, article.origin.position, reading.counts.undated), (None, 1, 1));
}

#[test]
fn bad_lines_are_rejects_and_the_rest_is_read() {
    let reading = read_file(
        "a.jsonl",
        b"{\"text\":\"one\"}\n\n{\"text\":\n[1]\n{\"title\":\"no text\"}\n{\"text\":7}\n{\"text\":\"\xff\"}\n{\"text\":\"two\"}\n{\"text\":\"\\n \"}\r\n{\"text\":\"![x](y)\"}\nnull\n",
    );
    let texts: Vec<&str> = reading.articles().iter().map(|a| a.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "![x](y)"]);
    assert_eq!(
        reading.reject_list(),
        [
            "a.jsonl:3 malformed",
            "a.jsonl:4 malformed",
            "a.jsonl:5 missing_text",
            "a.jsonl:6 malformed",
            "a.jsonl:7 invalid_utf8",
            "a.jsonl:9 missing_text",
            "a.jsonl:11 malformed",
        ]
    );
    let rejects = reading.rejects();
    assert!(rejects[0].reason.contains("middle of its JSON"), "{}", rejects[0].reason);
    assert_eq!(rejects[2].raw, "{\"title\":\"no text\"}");
    assert!(rejects[2].reason.contains("[input.fields]"), "{}", rejects[2].reason);
}

#[test]
fn bad_rows_are_rejects_and_the_rest_is_read() {
    let reading = read_file(
        "a.csv",
        b"text,title\none,T\ntoo,many,fields\n\xff,U\n,empty\n\nfive,\"V\nW\"\nsix\nseven,X\n",
    );
    let texts: Vec<&str> = reading.articles().iter().map(|a| a.text.as_str()).collect();
    assert_eq!(texts, ["one", "five", "seven"]);
    assert_eq!(reading.articles()[1].title.as_deref(), Some("V W"));
    assert_eq!(
        reading.reject_list(),
        ["a.csv:2 malformed", "a.csv:3 invalid_utf8", "a.csv:4 missing_text", "a.csv:6 malformed"]
    );
    assert!(reading.rejects()[0].reason.contains("3 fields, the header 2"));
}

#[test]
fn a_quotation_mark_never_closed_costs_one_row() {
    let reading = read_file("a.csv", b"text,title\none,T\n\"two,U\nthree,V\nfour,W\n");
    let texts: Vec<&str> = reading.articles().iter().map(|a| a.text.as_str()).collect();
    assert_eq!(texts, ["one", "three", "four"]);
    assert_eq!(reading.articles()[2].origin.position, 4);
    assert_eq!(reading.reject_list(), ["a.csv:2 malformed"]);
}

#[test]
fn quotation_marks_never_closed_are_given_up_line_by_line_up_to_a_limit() {
    // Such a line leaves a quotation open, whether one was open before or not.
    let open = |n: usize| format!("z\",\"y{n}\n");
    let table = |n: usize| format!("text,title\none,T\n{}last,U\n", (0..n).map(open).collect::<String>());
    let reading = read_file("a.csv", table(16).as_bytes());
    let positions: Vec<u64> = reading.articles().iter().map(|a| a.origin.position).collect();
    assert_eq!((positions, reading.rejects().len()), (vec![1, 18], 16));
    let reading = read_file("a.csv", table(20).as_bytes());
    assert_eq!((reading.articles().len(), reading.rejects().len()), (1, 17));
    let rest = 3 * open(10).len() + "last,U\n".len();
    let reason = &reading.rejects()[16].reason;
    assert!(reason.contains(&format!("({rest} bytes that follow were given up")), "{reason}");
}

#[test]
fn a_quotation_mark_never_closed_above_the_limit_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    let swallowed = format!("\"two,U\n{}", "three,V\n".repeat(1_000));
    fs::write(&file, format!("text,title\none,T\n{swallowed}")).unwrap();
    let input = InputConfig { max_record_bytes: 1_000, ..InputConfig::default() };
    let reading = read_with(&file, &IngestOptions { input, ..IngestOptions::default() });
    assert_eq!((reading.articles().len(), reading.reject_list()), (1, vec!["a.csv:2 malformed".to_owned()]));
    let reason = &reading.rejects()[0].reason;
    let bytes = format!("the {} bytes", swallowed.len());
    assert!(reason.contains("quotation mark") && reason.contains(&bytes), "{reason}");
}

#[test]
fn files_that_fail_as_a_whole_are_one_reject() {
    for (name, content, expected) in [
        ("a.jsonl", &b""[..], "a.jsonl:0 empty_file"),
        ("a.jsonl", b"\xef\xbb\xbf\n \n", "a.jsonl:0 empty_file"),
        ("a.txt", b" \n", "a.txt:0 empty_file"),
        ("a.csv", b"text,title\n", "a.csv:0 empty_file"),
        ("a.csv", b"tekst,title\na,b\n", "a.csv:0 missing_text"),
        ("a.csv", b"\"text,title\na,b\n", "a.csv:0 malformed"),
        ("a.txt", b"\xff\xfea\0", "a.txt:0 invalid_utf8"),
        ("a.jsonl", b"\xff\xfe{\0", "a.jsonl:0 invalid_utf8"),
        ("a.txt", b"caf\xe9", "a.txt:1 invalid_utf8"),
        ("a.pdf", b"%PDF", "a.pdf:0 unknown_format"),
        ("a.md", b"---\na: [\n---\nText", "a.md:1 malformed"),
        ("a.md", b"---\ntitle: T\n---\n```\ncode\n```\n", "a.md:1 missing_text"),
    ] {
        let reading = read_file(name, content);
        assert_eq!(reading.reject_list(), [expected], "{:?}", reading.records);
        assert!(reading.articles().is_empty());
    }
}

#[test]
fn files_that_did_not_change_since_a_time_are_counted_and_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.txt", "b.jsonl"] {
        fs::write(folder.path().join(name), "{\"text\": \"one\"}\n").unwrap();
    }
    // As `cp -p` and `rsync -a` leave a file that is new here.
    let copied = fs::File::options().write(true).open(folder.path().join("b.jsonl")).unwrap();
    copied.set_modified(std::time::UNIX_EPOCH).unwrap();
    let now = chrono::Utc::now();
    for (since, read, unchanged) in [(None, 2, 0), (Some(-1), 2, 0), (Some(1), 0, 2)] {
        let modified_since = since.map(|hours| now + chrono::TimeDelta::hours(hours));
        let reading = read_with(folder.path(), &IngestOptions { modified_since, ..IngestOptions::default() });
        assert_eq!((reading.counts.files, reading.counts.unchanged_files), (read, unchanged), "{since:?}");
        assert_eq!(reading.articles().len() as u64, read);
    }
}

#[test]
fn the_format_can_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.log");
    fs::write(&file, "{\"text\": \"one\"}\n").unwrap();
    let options = IngestOptions { format: Some(InputFormat::Text), ..IngestOptions::default() };
    assert_eq!(read_with(&file, &options).articles()[0].text, "{\"text\": \"one\"}");
    let options = IngestOptions { format: Some(InputFormat::Jsonl), ..IngestOptions::default() };
    assert_eq!(read_with(&file, &options).articles()[0].text, "one");
}

#[test]
fn damaged_compression_keeps_what_stood_before() {
    // Random letters compress badly, so that the cut falls well behind the first records.
    let mut seed = 1u64;
    let lines: String = (0..500)
        .map(|n| {
            let noise: String = (0..200)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    char::from(b'a' + (seed >> 33) as u8 % 26)
                })
                .collect();
            format!("{{\"text\":\"story {n} {noise}\"}}\n")
        })
        .collect();
    let whole = gzip(lines.as_bytes());
    let reading = read_file("a.jsonl.gz", &whole[..whole.len() / 2]);
    let kept = reading.articles().len();
    assert!((100..400).contains(&kept), "{kept}");
    assert_eq!(reading.reject_list(), [format!("a.jsonl.gz:{} damaged_compression", kept + 1)]);

    let mut flipped = whole.clone();
    let end = flipped.len() - 6;
    flipped[end] ^= 0xff;
    let reading = read_file("a.jsonl.gz", &flipped);
    assert_eq!(reading.articles().len(), 500, "the checksum comes last");
    assert_eq!(reading.rejects()[0].code, RejectCode::DamagedCompression);

    for name in ["a.txt.gz", "a.csv.gz", "dump.gz"] {
        let reading = read_file(name, &whole[..8]);
        assert_eq!(reading.rejects()[0].code, RejectCode::DamagedCompression, "{name}");
        assert_eq!(reading.counts.records, 1, "{name}");
    }
}

#[test]
fn records_above_the_limit_are_rejects() {
    let folder = tempfile::tempdir().unwrap();
    let input = InputConfig { max_record_bytes: 1_000, ..InputConfig::default() };
    let options = IngestOptions { input, ..IngestOptions::default() };
    let huge = "x ".repeat(200_000);
    for (name, content, position) in [
        (
            "a.jsonl.gz",
            gzip(format!("{{\"text\":\"one\"}}\n{{\"text\":\"{huge}\"}}\n{{\"text\":\"two\"}}\n").as_bytes()),
            2,
        ),
        ("a.csv", format!("text\none\n\"{huge}\n\"\ntwo\n").into_bytes(), 2),
        ("a.txt.gz", gzip(huge.as_bytes()), 1),
        ("a.md", huge.clone().into_bytes(), 1),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, content).unwrap();
        let reading = read_with(&file, &options);
        assert_eq!(reading.reject_list(), [format!("{name}:{position} too_large")]);
        assert!(reading.rejects()[0].raw.len() <= Reject::MAX_RAW_BYTES);
        assert_eq!(reading.articles().len(), if position == 2 { 2 } else { 0 }, "{name}");
    }
}

#[test]
fn the_order_does_not_depend_on_the_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..40 {
        let lines: String = (0..300).map(|m| format!("{{\"text\":\"story {n} {m}\"}}\n")).collect();
        fs::write(folder.path().join(format!("{n:02}.jsonl")), lines).unwrap();
        fs::write(folder.path().join(format!("{n:02}.txt")), format!("Text {n}.")).unwrap();
    }
    fs::write(folder.path().join("README.md"), "About.").unwrap();
    let with = |threads| read_with(folder.path(), &IngestOptions { threads, ..IngestOptions::default() });
    let one = with(1);
    assert_eq!((one.counts.files, one.counts.skipped_files, one.counts.articles), (80, 1, 40 * 301));
    let places: Vec<_> = one.articles().iter().map(|a| a.origin.clone()).collect();
    assert!(places.is_sorted());
    for threads in [2, 7, 0] {
        let many = with(threads);
        assert_eq!(many.records, one.records);
        assert_eq!(many.counts, one.counts);
    }
}

#[test]
fn an_error_of_the_sink_stops_the_reading() {
    #[derive(Debug)]
    enum Failure {
        Ingest(#[allow(dead_code)] IngestError),
        DiskFull,
    }
    impl From<IngestError> for Failure {
        fn from(error: IngestError) -> Self {
            Failure::Ingest(error)
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.jsonl");
    fs::write(&file, "{\"text\":\"a story\"}\n".repeat(50_000)).unwrap();
    let mut seen = 0;
    let result = read_inputs(&[file.to_string_lossy().into_owned()], &IngestOptions::default(), &mut |_| {
        seen += 1;
        if seen == 10 { Err(Failure::DiskFull) } else { Ok(()) }
    });
    assert!(matches!(result, Err(Failure::DiskFull)));
    assert_eq!(seen, 10);
}

#[cfg(unix)]
#[test]
fn a_folder_with_a_loop_and_an_unreadable_file_is_read_to_the_end() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("b")).unwrap();
    symlink(root, root.join("b/loop")).unwrap();
    symlink(root.join("nowhere.txt"), root.join("c.txt")).unwrap();
    fs::write(root.join("a.txt"), "First.").unwrap();
    fs::write(root.join("d.txt"), "Locked.").unwrap();
    fs::write(root.join("e.txt"), "Last.").unwrap();
    fs::set_permissions(root.join("d.txt"), fs::Permissions::from_mode(0o000)).unwrap();
    let reading = read(root);
    let rejects = reading.reject_list();
    assert_eq!(rejects[..2], ["loop:0 directory_loop", "c.txt:0 unreadable"]);
    // Root may read what nobody may read.
    assert!(rejects.len() == 2 || rejects[2] == "d.txt:0 unreadable", "{rejects:?}");
    assert_eq!(reading.articles().last().unwrap().text, "Last.");
}

#[test]
fn the_demo_corpus_reads_without_a_reject_and_its_reprints_are_found() {
    let reading = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora/demo"));
    assert!(reading.articles().len() >= 150 && reading.rejects().is_empty(), "{:?}", reading.reject_list());
    let sources: BTreeMap<&ArticleId, &str> =
        reading.articles().iter().map(|a| (&a.article_id, a.source.as_deref().unwrap_or_default())).collect();
    assert!(reading.articles().iter().all(|a| a.language.as_deref() == Some("en")));
    let mut index = NearDuplicates::new(InputConfig::default().duplicate_percent);
    let mut reprints = 0;
    for article in reading.articles() {
        if let Some(original) = index.insert(&article.article_id, &article.text) {
            let pair = [sources[&original], sources[&article.article_id]];
            assert!(pair.contains(&"Fenwick Gazette") && pair.contains(&"Cascade Tech Wire"), "{pair:?}");
            reprints += 1;
        }
    }
    assert_eq!(reprints, 12);
}

#[test]
fn a_page_becomes_the_article_it_shows() {
    let page = "<!doctype html><html lang=en><head><meta charset=windows-1252><title>Deal struck - The Example</title>\
        <link rel=canonical href=https://news.example/2024/deal?utm_source=x>\
        <script type=application/ld+json>{\"@type\":\"NewsArticle\",\"headline\":\"Deal struck\",\
        \"datePublished\":\"2024-07-31T12:00:00+02:00\"}</script></head><body><nav><a href=/>Home</a></nav>\
        <article><h1>Deal struck</h1><p>Microsoft will invest in OpenAI, the companies said on Wednesday in a joint statement.\
        <p>The caf\u{e9} in Redmond was closed, and nobody there would comment on the terms of the agreement.</article>\
        <footer>All rights reserved</footer></body></html>";
    let (page, _, _) = encoding_rs::WINDOWS_1252.encode(page);
    for name in ["a.html", "a.php", "noname"] {
        let reading = read_file(name, &page);
        let article = reading.articles()[0];
        assert_eq!(article.title.as_deref(), Some("Deal struck"), "{name}");
        assert!(
            article.text.starts_with("Microsoft will invest") && article.text.ends_with("agreement."),
            "{}",
            article.text
        );
        assert!(article.text.contains("caf\u{e9}"), "{}", article.text);
        assert_eq!(article.url.as_deref(), Some("https://news.example/2024/deal"));
        let published = article.published.unwrap().to_rfc3339();
        assert_eq!(
            (published.as_str(), article.published_from),
            ("2024-07-31T10:00:00+00:00", PublishedFrom::Metadata)
        );
        assert_eq!(article.language.as_deref(), Some("en"));
        assert_eq!((reading.counts.from_html, reading.counts.undated), (1, 0));
    }
}

#[test]
fn pages_without_an_article_are_rejects() {
    let pages: [(&str, &[u8], &str); 3] = [
        (
            "list.html",
            b"<html><body><nav><a href=/a>A</a><a href=/b>B</a></nav></body></html>",
            "missing_text",
        ),
        ("binary.html", &[0, 159, 146, 150, 1, 2, 3, 255, 254, 200], "malformed"),
        ("blank.html", b" \n", "empty_file"),
    ];
    for (name, bytes, code) in pages {
        let reading = read_file(name, bytes);
        assert_eq!(reading.rejects()[0].code.as_str(), code, "{name}");
    }
}

#[test]
fn a_page_nested_ten_thousand_deep_or_in_utf16_is_read() {
    let story = "<p>Microsoft will invest in OpenAI, the companies said on Wednesday in a joint statement to the press.</p>";
    let deep = format!("<html><body>{}{story}", "<div>".repeat(10_000));
    assert_eq!(read_file("deep.html", deep.as_bytes()).counts.articles, 1);
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(format!("<html><body>{story}</body></html>").encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(read_file("wide.html", &wide).articles()[0].text.split(' ').next(), Some("Microsoft"));
}
