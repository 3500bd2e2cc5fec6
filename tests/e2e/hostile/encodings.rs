//! Bytes that are no text, or text in other encodings than it says.

use std::path::Path;

use super::zip::zip;
use super::{accounted, ingest_some, reasons, records};
use crate::support::{count, dyad};

const PAGE: &str = "<html><head><meta charset=\"CHARSET\"><title>Café</title></head><body><article>\
                    <p>OpenAI and Microsoft met in a café for a deal, both said on Monday — “naïve”, said one.</p>\
                    </article></body></html>";
const STORY: &str = "OpenAI and Microsoft met in a café for a deal, both said on Monday — “naïve”, said one.";

/// Text as Windows-1252 has it; of what stands above Latin-1 only the characters used here.
fn windows_1252(text: &str) -> Vec<u8> {
    let byte = |c: char| match c {
        '—' => 0x97,
        '“' => 0x93,
        '”' => 0x94,
        _ => u8::try_from(u32::from(c)).unwrap(),
    };
    text.chars().map(byte).collect()
}

fn utf_16(text: &str, is_little: bool, has_mark: bool) -> Vec<u8> {
    let mark = if has_mark { "\u{feff}" } else { "" };
    let units = [mark, text].concat().encode_utf16().collect::<Vec<u16>>();
    units.iter().flat_map(|unit| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

fn write(folder: &Path, files: &[(&str, &[u8])]) {
    std::fs::create_dir_all(folder).unwrap();
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
}

#[test]
fn nul_bytes_cost_no_more_than_their_record_in_tables_and_report() {
    let folder = tempfile::tempdir().unwrap();
    let (news, out) = (folder.path().join("news"), folder.path().join("out"));
    let lines = b"{\"text\":\"A raw \x00 byte.\"}\n{\"title\":\"Esc\\u0000aped\",\"text\":\"OpenAI\\u0000 met Microsoft.\"}\n\
                  \x00\x00\x00\n{\"text\":\"\\u0000\\u0000\"}\n{\"text\":\"The good one is on OpenAI.\"}\n";
    let archive = zip(&[
        ("a\0.jsonl", b"{\"text\":\"Its name holds a NUL.\"}\n"),
        ("b.jsonl", b"{\"text\":\"The name of this one on Microsoft is fine.\"}\n"),
    ]);
    let page = PAGE.replace("Café", "Ca\0fé").replace(" met", " \0met").replace("CHARSET", "utf-8");
    write(
        &news,
        &[
            ("a.jsonl", lines),
            ("b.csv", b"title,text\nN\0ul,Microsoft \0thanked OpenAI.\n\0,\0\nNo,Microsoft left OpenAI.\n"),
            ("c.html", page.as_bytes()),
            ("d.txt", b"Nobody at OpenAI\0 knew.\n"),
            ("e.zip", &archive),
            ("f.jsonl", &[0; 5000]),
            ("g.json", b"[{\"text\":\"A raw \0 byte.\"},{\"text\":\"Then OpenAI paid Microsoft.\"}]"),
        ],
    );
    let said = dyad(&["run", news.to_str().unwrap(), "--quiet", "--out", out.to_str().unwrap()]).expect(1);
    assert!(said.stderr.lines().all(|line| line.starts_with("warning: ")), "{}", said.stderr);
    let store = out.join("store");
    accounted(&store);
    let found = records(&store);
    assert!(!found.iter().any(|line| line.contains('\0')), "{found:?}");
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(
        found,
        [
            "a.jsonl:1 malformed",
            "a.jsonl:2 Escaped|OpenAI met Microsoft.",
            "a.jsonl:3 malformed",
            "a.jsonl:4 missing_text",
            "a.jsonl:5 |The good one is on OpenAI.",
            "b.csv:1 Nul|Microsoft thanked OpenAI.",
            "b.csv:2 missing_text",
            "b.csv:3 No|Microsoft left OpenAI.",
            &format!("c.html:1 Café|{STORY}"),
            "d.txt:1 |Nobody at OpenAI knew.",
            "e.zip:1 malformed",
            "b.jsonl:1 |The name of this one on Microsoft is fine.",
            "f.jsonl:1 malformed",
            "g.json:1 malformed",
            "g.json:2 |Then OpenAI paid Microsoft.",
        ]
    );
    assert_eq!(count(&store, "SELECT count(*) FROM relations"), 5);
    for name in ["report.html", "report.json", "evidence.csv"] {
        assert!(!std::fs::read(out.join(name)).unwrap().contains(&0), "{name}");
    }
}

#[test]
fn utf_16_is_read_where_a_format_knows_of_it_and_named_where_not() {
    let folder = tempfile::tempdir().unwrap();
    let page = PAGE.replace("CHARSET", "utf-8");
    let feed = "<?xml version=\"1.0\" encoding=\"utf-16\"?><rss version=\"2.0\"><channel><item><title>Café</title>\
                <description>OpenAI met Microsoft in a café.</description></item></channel></rss>";
    let line = "{\"text\":\"OpenAI met Microsoft in a café.\"}\n".repeat(3);
    let (news, store) = (folder.path().join("news"), folder.path().join("store"));
    std::fs::create_dir(&news).unwrap();
    let mut articles = Vec::new();
    for (kind, is_little, has_mark) in
        [("be", false, false), ("be-mark", false, true), ("le", true, false), ("le-mark", true, true)]
    {
        for (name, content) in [
            ("a.html", page.replace("Café", kind).as_str()),
            ("b.rss", &feed.replace("Café", kind)),
            ("c.jsonl", &line),
            ("d.json", "[{\"text\":\"OpenAI met Microsoft in a café.\"}]"),
            ("e.csv", "title,text\nA,OpenAI left the café.\n"),
            ("f.txt", "Title\n\nOpenAI left the café.\n"),
            ("g.md", "---\ntitle: A\n---\nOpenAI left the café.\n"),
        ] {
            std::fs::write(news.join(format!("{kind}.{name}")), utf_16(content, is_little, has_mark))
                .unwrap();
        }
        articles.push(format!("{kind}.a.html:1 {kind}|{STORY}"));
        articles.push(format!("{kind}.b.rss:1 {kind}|OpenAI met Microsoft in a café."));
    }
    let counts = ingest_some(news.to_str().unwrap(), &store);
    let mut found = records(&store);
    found.retain(|line| line.contains('|'));
    found.sort();
    articles.sort();
    assert_eq!(found, articles);
    // A file, not a line, is what is to be converted.
    let reasons = reasons(&store);
    assert!(reasons.iter().all(|reason| reason.contains("UTF-16")), "{reasons:#?}");
    assert_eq!(counts["rejects"], 4 * 5);
}

#[test]
fn the_good_lines_of_a_file_in_two_encodings_survive() {
    let folder = tempfile::tempdir().unwrap();
    let (news, store) = (folder.path().join("news"), folder.path().join("store"));
    let line = |number: u8| format!("{{\"text\":\"OpenAI’s café, “naïve” {number}.\"}}\n").replace('’', "'");
    let lines = [line(1).into_bytes(), windows_1252(&line(2)), line(3).into_bytes(), windows_1252(&line(4))];
    let rows = [b"title,text\nA,Microsoft \xe2\x80\x94 good.\n".to_vec(), windows_1252("B,OpenAI's café.\n")];
    let rows = [rows.concat(), "C,OpenAI’s café.\n".into()].concat();
    let page = |charset: &str| PAGE.replace("CHARSET", charset);
    // One paragraph of a long page was pasted in from elsewhere.
    let long = page("utf-8").replace("</article>", &"<p>And the café stood by, said OpenAI.</p>".repeat(40));
    let pasted =
        [long.into_bytes(), windows_1252("<p>Another café was not asked by Microsoft.</p>")].concat();
    write(
        &news,
        &[
            ("a.jsonl", &lines.concat()),
            ("b.csv", &rows),
            ("c.html", &windows_1252(&page("utf-8"))),
            ("d.html", page("windows-1252").replace("Café", "Other").as_bytes()),
            ("e.html", page("utf-16").replace("Café", "Third").as_bytes()),
            ("f.html", page("x-klingon").replace("Café", "Fourth").as_bytes()),
            ("g.html", &pasted),
            ("h.txt", &["OpenAI’s café.\n".as_bytes(), b"Another caf\xe9.\n"].concat()),
        ],
    );
    ingest_some(news.to_str().unwrap(), &store);
    let mut found = records(&store);
    let long = found.remove(found.len() - 2);
    assert!(
        long.starts_with(&format!("g.html:1 Café|{STORY}")) && long.contains("the café stood by"),
        "{long}"
    );
    assert_eq!(
        found,
        [
            "a.jsonl:1 |OpenAI's café, “naïve” 1.",
            "a.jsonl:2 invalid_utf8",
            "a.jsonl:3 |OpenAI's café, “naïve” 3.",
            "a.jsonl:4 invalid_utf8",
            "b.csv:1 A|Microsoft — good.",
            "b.csv:2 invalid_utf8",
            "b.csv:3 C|OpenAI’s café.",
            &format!("c.html:1 Café|{STORY}"),
            &format!("d.html:1 Other|{STORY}"),
            &format!("e.html:1 Third|{STORY}"),
            &format!("f.html:1 Fourth|{STORY}"),
            "h.txt:1 invalid_utf8",
        ]
    );
}
