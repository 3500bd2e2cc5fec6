//! What must hold for every input, whatever its bytes: what [`read_bytes`] promises. The fuzz targets look for inputs that
//! break it; `crates/ingest/tests/fuzz_corpus.rs`, which includes this file, reads those that were found, and the corpus.

use std::borrow::Cow;
use std::convert::Infallible;
use std::time::SystemTime;

use dyad_core::{Article, InputConfig, PublishedFrom, Reject, RejectCode};
use dyad_ingest::{IngestCounts, IngestOptions, InputFormat, Record, html, read_bytes};

/// The name of the input, which tells no format.
const NAME: &str = "input";
/// Largest record in bytes: below the 64 KiB of the largest input, so that the limit is met.
const MAX_RECORD_BYTES: u64 = 16 << 10;
/// Largest copy on disk in bytes, likewise.
const MAX_SPOOL_BYTES: u64 = 48 << 10;
const MAX_EXPANSION: u32 = 4;
/// How much longer than its record a text may be: a byte that is no UTF-8 becomes a mark of three.
const MAX_GROWTH: u64 = 4;
const MAX_REASON_CHARS: usize = 2_000;
/// The first day of 1990, less a time zone, in seconds since 1970.
const EARLIEST: i64 = 631_152_000 - 86_400;
/// How far ahead of now a date may lie, in seconds: two days and a time zone.
const MOST_AHEAD: i64 = 3 * 86_400;
const BLOCK: usize = 512;

/// Reads an input, and panics unless it is read as promised.
pub type Check = fn(&[u8]);

/// Every target's name and check.
pub const TARGETS: [(&str, Check); 12] = [
    ("jsonl", jsonl),
    ("json", json),
    ("csv", csv),
    ("feed", feed),
    ("warc", warc),
    ("parquet", parquet),
    ("arrow", arrow),
    ("zip", zip),
    ("tar", tar),
    ("compressed", compressed),
    ("text", text),
    ("html", page),
];

/// Lines of JSON.
pub fn jsonl(bytes: &[u8]) {
    read(bytes, Some(InputFormat::Jsonl));
}

/// JSON documents and JSON Feed.
pub fn json(bytes: &[u8]) {
    read(bytes, Some(InputFormat::Json));
}

/// Rows, once parted as the header says and once by tabs.
pub fn csv(bytes: &[u8]) {
    read(bytes, Some(InputFormat::Csv));
    read(bytes, Some(InputFormat::Tsv));
}

/// RSS and Atom.
pub fn feed(bytes: &[u8]) {
    read(bytes, Some(InputFormat::Feed));
}

/// Web archives.
pub fn warc(bytes: &[u8]) {
    read(bytes, Some(InputFormat::Warc));
}

/// Parquet.
pub fn parquet(bytes: &[u8]) {
    read(bytes, Some(InputFormat::Parquet));
}

/// Arrow files and streams.
pub fn arrow(bytes: &[u8]) {
    read(bytes, Some(InputFormat::Arrow));
}

/// Zip archives of files of any format.
pub fn zip(bytes: &[u8]) {
    read(bytes, Some(InputFormat::Zip));
}

/// Tar archives of files of any format: as they are, and with right checksums, which chance does not find.
pub fn tar(bytes: &[u8]) {
    read(bytes, Some(InputFormat::Tar));
    if let Cow::Owned(summed) = with_checksums(bytes) {
        read(&summed, Some(InputFormat::Tar));
    }
}

/// gzip, Zstandard and bzip2 around inputs of any format, and no compression around those that begin with bytes of their own.
pub fn compressed(bytes: &[u8]) {
    read(bytes, None);
}

/// Plain text, and Markdown with front matter.
pub fn text(bytes: &[u8]) {
    read(bytes, Some(InputFormat::Text));
    read(bytes, Some(InputFormat::Markdown));
}

/// Web pages, as files and as the extractor sees those of a known address.
pub fn page(bytes: &[u8]) {
    read(bytes, Some(InputFormat::Html));
    let Ok(page) = html::extract(bytes, Some("windows-1252"), Some("https://news.example/2024/07/31/a-deal"))
    else {
        return;
    };
    assert!(!page.paragraphs.is_empty(), "an article without text");
    for line in page.paragraphs.iter().chain(&page.title).chain(&page.author).chain(&page.source) {
        check_line("a part of the page", line);
    }
    if let Some((date, from)) = page.published {
        check_date(date.timestamp());
        assert_ne!(from, PublishedFrom::None);
    }
}

/// What was counted of an input from the outside, to compare.
#[derive(Default)]
struct Seen {
    articles: Vec<Article>,
    rejects: Vec<Reject>,
}

fn read(bytes: &[u8], format: Option<InputFormat>) {
    let mut input = InputConfig {
        max_record_bytes: MAX_RECORD_BYTES,
        max_expansion: MAX_EXPANSION,
        max_spool_bytes: MAX_SPOOL_BYTES,
        ..InputConfig::default()
    };
    // A name that reaches into an object.
    input.fields.text.push("article.words".to_owned());
    let options = IngestOptions { input, format, threads: 1, ..IngestOptions::default() };
    let mut seen = Seen::default();
    let mut last = 0;
    // An archive may hold two files of one name.
    let is_in_order = !matches!(format, None | Some(InputFormat::Zip | InputFormat::Tar));
    let outcome = read_bytes::<Infallible>(NAME, bytes.to_vec(), &options, &mut |record| {
        let origin = match &record {
            Record::Article(article) => &article.origin,
            Record::Reject(reject) => &reject.origin,
        };
        let rest = origin.file.strip_prefix(NAME);
        assert!(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("!/")), "{origin:?}");
        // At 0 stands what is said of the whole input, at any time.
        if is_in_order && origin.position > 0 {
            assert!(origin.position >= last, "{last} before {origin:?}");
            last = origin.position;
        }
        match record {
            Record::Article(article) => {
                check_article(&article);
                seen.articles.push(article);
            }
            Record::Reject(reject) => {
                check_reject(&reject);
                seen.rejects.push(reject);
            }
        }
        Ok(())
    });
    let Ok(counts) = outcome;
    check_counts(&counts, &seen, format);
}

fn check_counts(counts: &IngestCounts, seen: &Seen, format: Option<InputFormat>) {
    let count = |matches: fn(&Article) -> bool| seen.articles.iter().filter(|a| matches(a)).count() as u64;
    assert_eq!(counts.articles, seen.articles.len() as u64, "articles");
    assert_eq!(counts.rejects, seen.rejects.len() as u64, "rejects");
    assert_eq!(counts.records, counts.articles + counts.rejects, "records");
    assert_eq!(counts.undated, count(|article| article.published.is_none()), "undated");
    assert_eq!(
        counts.dated_by_url,
        count(|article| article.published_from == PublishedFrom::Url),
        "by address"
    );
    assert_eq!(counts.unknown_language, count(|article| article.language.is_none()), "unknown languages");
    assert!(counts.unreadable_dates <= counts.articles, "{counts:?}");
    assert!(
        counts.from_markdown + counts.from_html + counts.from_html_fields <= counts.articles,
        "{counts:?}"
    );
    assert!(counts.files >= 1, "{counts:?}");
    if !matches!(format, None | Some(InputFormat::Zip | InputFormat::Tar)) {
        assert_eq!((counts.files, counts.skipped_files), (1, 0), "one input is one file");
    }
    let is_warc = matches!(format, None | Some(InputFormat::Warc | InputFormat::Zip | InputFormat::Tar));
    assert!(counts.other_records == 0 || is_warc, "{counts:?}");
    // An archive may hold nothing but hidden files, descriptions and records that are no page.
    let is_silent =
        counts.skipped_files > 0 || matches!(format, None | Some(InputFormat::Zip | InputFormat::Tar));
    assert!(counts.records + counts.other_records > 0 || is_silent, "the input left no trace: {counts:?}");
}

fn check_article(article: &Article) {
    let text = &article.text;
    assert!(!text.is_empty() && text.trim() == text, "text with white space around it: {article:?}");
    assert!(!text.contains("\n\n\n"), "text with two blank lines: {article:?}");
    assert!(
        !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')),
        "control characters: {article:?}"
    );
    assert!(article.n_bytes <= MAX_RECORD_BYTES, "a record above the limit: {article:?}");
    assert!(text.len() as u64 <= MAX_RECORD_BYTES * MAX_GROWTH, "a text of {} bytes", text.len());
    for line in article.title.iter().chain(&article.source) {
        check_line("title or source", line);
    }
    let id = article.article_id.as_str();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()), "{id}");
    assert!(article.url.as_ref().is_none_or(|url| url.starts_with("http")), "{article:?}");
    assert_eq!(article.published.is_none(), article.published_from == PublishedFrom::None, "{article:?}");
    if let Some(date) = article.published {
        check_date(date.timestamp());
    }
    let is_code = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase());
    assert!(article.language.as_ref().is_none_or(is_code), "{article:?}");
    assert!(article.duplicate_of.is_none() && article.origin.position >= 1, "{article:?}");
}

fn check_reject(reject: &Reject) {
    let reason = &reject.reason;
    check_line("reason", reason);
    assert!(reason.chars().count() <= MAX_REASON_CHARS, "a reason of {} bytes: {reason}", reason.len());
    assert!(!reason.starts_with("Dyad failed"), "a panic was caught: {reject:?}");
    assert!(!reason.contains("check the disk"), "no disk is at fault: {reject:?}");
    assert!(reject.raw.len() <= 3 * Reject::MAX_RAW_BYTES, "{} bytes kept", reject.raw.len());
    assert!(!matches!(reject.code, RejectCode::DirectoryLoop | RejectCode::AnnotationFailed), "{reject:?}");
}

/// What is shown on one line must be one, and not empty.
fn check_line(what: &str, line: &str) {
    let is_line = !line.is_empty() && line.trim() == line && !line.chars().any(char::is_control);
    assert!(is_line, "{what} is not one line: {line:?}");
}

/// A date as seconds since 1970 must be one that [`dyad_ingest`] may believe.
fn check_date(seconds: i64) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_secs() as i64);
    assert!((EARLIEST..=now + MOST_AHEAD).contains(&seconds), "published {seconds} seconds after 1970");
}

/// The bytes with the checksum of every header that has the mark of POSIX put right.
fn with_checksums(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut bytes = Cow::Borrowed(bytes);
    for start in (0..bytes.len()).step_by(BLOCK) {
        let Some(block) = bytes.get(start..start + BLOCK).filter(|block| &block[257..262] == b"ustar") else {
            continue;
        };
        let sum: u32 =
            block[..148].iter().chain(&block[156..]).map(|&byte| u32::from(byte)).sum::<u32>() + 8 * 32;
        let field = format!("{sum:06o}\0 ");
        if block[148..156] != *field.as_bytes() {
            bytes.to_mut()[start + 148..start + 156].copy_from_slice(field.as_bytes());
        }
    }
    bytes
}
