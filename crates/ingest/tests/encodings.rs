//! Files in UTF-16 and pages with stray bytes, through the public interface.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use dyad_ingest::IngestOptions;
use proptest::prelude::*;
use support::{Reading, gzip, read_with};

const STORY: &str = "The merger was “agreed” on Monday, both said in a filing.";

fn read(name: &str, content: &[u8]) -> Reading {
    read_with(name, content, &IngestOptions::default())
}

fn little(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn big(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// The same story in every format that must be UTF-8.
fn texts() -> [(&'static str, String); 8] {
    [
        ("a.jsonl", format!("{{\"text\":\"{STORY}\"}}\r\n").repeat(20)),
        ("a.json", format!("[{{\"text\":\"{STORY}\"}}]")),
        ("a", format!("{{\"text\":\"{STORY}\"}}\n").repeat(20)),
        ("a.csv", format!("title,text\r\nDeal,\"{STORY}\"\r\n")),
        ("a.tsv", format!("title\ttext\nDeal\t{STORY}\n")),
        ("a.txt", format!("“Yes”, he said. {STORY}")),
        ("a.md", format!("---\ntitle: Deal 😀\n---\n{STORY}")),
        ("b", STORY.to_owned()),
    ]
}

#[test]
fn utf_16_is_one_reject_with_its_remedy_with_and_without_a_mark() {
    for (name, text) in texts() {
        for (content, charset) in [
            (little(&text), "UTF-16LE"),
            (big(&text), "UTF-16BE"),
            (gzip(&little(&text)), "UTF-16LE"),
            ([b"\xff\xfe", &little(&text)[..]].concat(), "UTF-16"),
            ([b"\xfe\xff", &big(&text)[..]].concat(), "UTF-16"),
        ] {
            let reading = read(name, &content);
            assert_eq!(reading.reject_list(), ["0 invalid_utf8"], "{name} {:?}", reading.rejects);
            let remedy = format!("this is UTF-16, not UTF-8; convert it with `iconv -f {charset} -t UTF-8`");
            assert_eq!(reading.rejects[0].reason, remedy, "{name}");
        }
        assert!(!read(name, text.as_bytes()).articles.is_empty(), "{name}");
    }
}

#[test]
fn pages_and_feeds_in_utf_16_are_read_whatever_their_name() {
    let page = format!("<!DOCTYPE html><html><body><p>{}</p></body></html>", [STORY; 4].join(" "));
    let feed = format!(
        "<rss version=\"2.0\"><channel><item><description>{STORY}</description></item></channel></rss>"
    );
    for to_bytes in [little as fn(&str) -> Vec<u8>, big] {
        for (text, names) in [(&page, ["a.html", "a.php", "a"]), (&feed, ["a.rss", "a.xml", "a"])] {
            for name in names {
                let reading = read(name, &to_bytes(text));
                assert_eq!(reading.articles.len(), 1, "{name} {:?}", reading.rejects);
                assert!(reading.articles[0].text.contains(STORY), "{name}");
            }
        }
    }
}

/// Whether anything was said to be UTF-16.
fn is_called_utf_16(reading: &Reading) -> bool {
    reading.rejects.iter().any(|reject| reject.reason.contains("UTF-16"))
}

#[test]
fn zero_bytes_alone_are_no_utf_16() {
    let good = "{\"text\":\"One.\"}\n".repeat(3);
    let samples: Vec<u8> = (0..600u16).flat_map(|n| (n * 7 % 199).to_le_bytes()).collect();
    let counters: Vec<u8> = (0..300u32).flat_map(u32::to_le_bytes).collect();
    for bytes in [
        // A text that was taken for one of bytes, and holes as a crash leaves them, in an otherwise normal file.
        [b"{\"text\":\"", &little(&STORY.repeat(9))[..], b"\"}\n", good.as_bytes()].concat(),
        [b"{\"text\":\"a", &[0; 300][..], b"\"}\n", good.as_bytes()].concat(),
        [&[0; 4_096], good.as_bytes()].concat(),
        samples,
        counters,
        vec![0; 1_000],
        b"a\0".to_vec(),
    ] {
        for name in ["a.jsonl", "a.json", "a.csv", "a.txt", "a.md", "a", "a.parquet", "a.arrow", "a.zip"] {
            let reading = read(name, &bytes);
            assert!(!is_called_utf_16(&reading), "{name} {bytes:?} {:?}", reading.rejects);
        }
    }
    let reading = read("a.jsonl", &[b"{\"text\":\"a\0b\0\"}\n", good.as_bytes()].concat());
    assert_eq!((reading.texts(), reading.reject_list()), (vec!["One."; 3], vec!["1 malformed".to_owned()]));
    // What other formats hold is their own business.
    for name in ["a.parquet", "a.arrow", "a.zip", "a.tar"] {
        assert!(!is_called_utf_16(&read(name, &little(STORY))), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn numbers_in_a_row_are_no_utf_16(numbers in proptest::collection::vec(0u16..256, 300..600)) {
        for bytes in [
            numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>(),
            numbers.iter().flat_map(|n| n.to_be_bytes()).collect(),
        ] {
            prop_assert!(!is_called_utf_16(&read("a", &bytes)));
            prop_assert!(!is_called_utf_16(&read("a.txt", &bytes)));
        }
    }
}

#[test]
fn one_stray_byte_costs_a_short_page_one_character() {
    let story = "Les deux géants ont annoncé hier un accord très attendu, a déclaré le président.".repeat(3);
    for meta in ["<meta charset=utf-8>", "<meta charset=iso-8859-1>", ""] {
        let page =
            format!("<html><head>{meta}</head><body><p>{story}</p><p>Le café # {story}</p></body></html>");
        let bytes: Vec<u8> = page.bytes().map(|byte| if byte == b'#' { 0xe9 } else { byte }).collect();
        let reading = read("a.html", &bytes);
        let text = &reading.articles[0].text;
        assert!(text.contains("Le café \u{fffd} Les deux géants"), "{meta} {text}");
        // Most accents of this one are Latin-1, whatever it says.
        let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(&page);
        let latin = [&latin[..], "<p>Un deuxième café à Genève, très tôt.</p>".as_bytes()].concat();
        let text = &read("a.html", &latin).articles[0].text;
        assert!(text.contains("Le café # Les deux géants"), "{meta} {text}");
    }
}
