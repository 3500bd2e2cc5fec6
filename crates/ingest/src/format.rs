use std::fmt;
use std::str::FromStr;

use encoding_rs::{Encoding, UTF_16BE};

use crate::error::UnknownInputFormat;
use crate::html::utf_16_by_zeros;
use crate::readers::json;

/// How an input is laid out. Compression is no part of it: gzip, Zstandard and bzip2 are told from the first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputFormat {
    /// One JSON object a line.
    Jsonl,
    /// One JSON document a file: an object that is an article, a list of such objects, or an object that holds the list;
    /// JSON Feed is one of these.
    Json,
    /// Comma-separated values with a header row; a header parted by semicolons or tabs is noticed.
    Csv,
    /// Tab-separated values with a header row.
    Tsv,
    /// One article a file, without markup.
    Text,
    /// One article a file, perhaps with YAML or TOML front matter.
    Markdown,
    /// One web page a file, of which the article is taken; see [`html`](crate::html).
    Html,
    /// RSS or Atom: every entry is an article.
    Feed,
    /// Web archive (ISO 28500), as Common Crawl's news crawl writes it: every page that was answered is an article.
    Warc,
    /// Apache Parquet: every row is a record.
    Parquet,
    /// Apache Arrow IPC, file or stream (also called Feather): every row is a record.
    Arrow,
    /// A zip archive of files in any of the formats.
    Zip,
    /// A tar archive of files in any of the formats.
    Tar,
}

impl InputFormat {
    /// Every format.
    pub const ALL: [InputFormat; 13] = [
        InputFormat::Jsonl,
        InputFormat::Json,
        InputFormat::Csv,
        InputFormat::Tsv,
        InputFormat::Text,
        InputFormat::Markdown,
        InputFormat::Html,
        InputFormat::Feed,
        InputFormat::Warc,
        InputFormat::Parquet,
        InputFormat::Arrow,
        InputFormat::Zip,
        InputFormat::Tar,
    ];

    /// The name that `--input-format` takes.
    pub const fn as_str(self) -> &'static str {
        match self {
            InputFormat::Jsonl => "jsonl",
            InputFormat::Json => "json",
            InputFormat::Csv => "csv",
            InputFormat::Tsv => "tsv",
            InputFormat::Text => "text",
            InputFormat::Markdown => "markdown",
            InputFormat::Html => "html",
            InputFormat::Feed => "feed",
            InputFormat::Warc => "warc",
            InputFormat::Parquet => "parquet",
            InputFormat::Arrow => "arrow",
            InputFormat::Zip => "zip",
            InputFormat::Tar => "tar",
        }
    }

    /// The format that a file name stands for, if any. `.json` says little: the content decides between one document and one object a line.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let ending = extension(name)?;
        if ["tgz", "taz", "tbz", "tbz2", "tb2", "tzst"].contains(&ending.as_str()) {
            return Some(InputFormat::Tar);
        }
        Self::from_ending(&ending)
    }

    fn from_ending(ending: &str) -> Option<Self> {
        match ending {
            "jsonl" | "ndjson" | "json-lines" => Some(InputFormat::Jsonl),
            "csv" => Some(InputFormat::Csv),
            "tsv" => Some(InputFormat::Tsv),
            "txt" => Some(InputFormat::Text),
            "md" | "markdown" => Some(InputFormat::Markdown),
            "html" | "htm" | "xhtml" => Some(InputFormat::Html),
            "rss" | "atom" => Some(InputFormat::Feed),
            "warc" => Some(InputFormat::Warc),
            "parquet" => Some(InputFormat::Parquet),
            "arrow" | "arrows" | "ipc" | "feather" => Some(InputFormat::Arrow),
            "zip" => Some(InputFormat::Zip),
            "tar" => Some(InputFormat::Tar),
            _ => None,
        }
    }

    /// Whether one file holds one article.
    pub(crate) const fn is_whole_file(self) -> bool {
        matches!(self, InputFormat::Text | InputFormat::Markdown | InputFormat::Html)
    }

    /// Whether it is text in UTF-8 and nothing else: XML and HTML name their charset, and the rest is no text.
    pub(crate) const fn must_be_utf8(self) -> bool {
        match self {
            InputFormat::Jsonl
            | InputFormat::Json
            | InputFormat::Csv
            | InputFormat::Tsv
            | InputFormat::Text
            | InputFormat::Markdown => true,
            InputFormat::Html
            | InputFormat::Feed
            | InputFormat::Warc
            | InputFormat::Parquet
            | InputFormat::Arrow
            | InputFormat::Zip
            | InputFormat::Tar => false,
        }
    }

    /// Whether one file holds many files.
    pub(crate) const fn is_archive(self) -> bool {
        matches!(self, InputFormat::Zip | InputFormat::Tar)
    }
}

impl fmt::Display for InputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for InputFormat {
    type Err = UnknownInputFormat;

    /// Accepts the names of [`InputFormat::as_str`] and the usual file endings, in any case.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let lower = name.to_ascii_lowercase();
        let named = Self::ALL.into_iter().find(|format| format.as_str() == lower);
        named
            .or_else(|| Self::from_ending(&lower))
            .ok_or_else(|| UnknownInputFormat { name: name.to_owned() })
    }
}

/// How many bytes of what may be UTF-16 are spelled out.
const SPELLED_BYTES: usize = 512;
/// Endings of compressed files, through which the one before shows.
const COMPRESSED: [&str; 5] = [".gz", ".zst", ".zstd", ".bz2", ".gzip"];

/// The file ending in lower case, looking through that of a compression.
fn extension(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let inner = COMPRESSED.iter().find_map(|ending| lower.strip_suffix(ending)).unwrap_or(&lower);
    let (stem, ending) = inner.rsplit_once('.')?;
    (!stem.is_empty() && !ending.is_empty()).then(|| ending.to_owned())
}

/// Endings of documents and programs that are zip archives, but not of articles.
const ZIPPED_DOCUMENTS: [&str; 12] =
    ["docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "jar", "apk", "whl", "kmz", "xpi"];

/// Tells a format from the first bytes of a file whose name says nothing.
///
/// # Errors
/// One sentence that says why the file cannot be read and what to do.
pub(crate) fn from_content(name: &str, head: &[u8]) -> Result<InputFormat, String> {
    if let Some(reason) = unread_compression(head) {
        return Err(reason);
    }
    let ending = extension(name);
    let is_document = ending.as_deref().is_some_and(|ending| ZIPPED_DOCUMENTS.contains(&ending));
    if let Some(format) = from_magic(head).filter(|&format| format != InputFormat::Zip || !is_document) {
        return Ok(format);
    }
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if json::is_document(start, ending.as_deref() == Some("json")) {
        return Ok(InputFormat::Json);
    }
    if start.starts_with(b"{") {
        return Ok(InputFormat::Jsonl);
    }
    // Before the ending: servers deliver pages as .php, .aspx and the like.
    let lower = start[..start.len().min(64)].to_ascii_lowercase();
    if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        return Ok(InputFormat::Html);
    }
    if is_feed(start) {
        return Ok(InputFormat::Feed);
    }
    if let Some(ending) = ending {
        return Err(format!(
            "files that end in '.{ending}' are of no known format; if this one holds articles, name its format with --input-format"
        ));
    }
    if head.contains(&0) && !is_utf16(head) {
        return Err("this is binary data of no known format; if it holds articles, convert it to JSONL \
                    or name its format with --input-format"
            .to_owned());
    }
    Ok(InputFormat::Text)
}

/// First bytes of compressed data that is not read, what it is called, and how to unpack it: the specifications of the .xz
/// file format (2.1.1.1), 7-Zip (`7zFormat.txt`), RAR (`technote.txt`) and of LZ4 frames.
const UNREAD_COMPRESSIONS: [(&[u8], &str, &str); 4] = [
    (b"\xfd7zXZ\0", "xz", "decompress it first (`xz -d FILE`)"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip", "unpack it first (`7z x FILE`)"),
    (b"Rar!\x1a\x07", "RAR", "unpack it first (`unrar x FILE`)"),
    (b"\x04\x22\x4d\x18", "LZ4", "decompress it first (`lz4 -d FILE`)"),
];

/// What to say about data whose compression is not read, whatever its name or format; `None` for all else.
pub(crate) fn unread_compression(head: &[u8]) -> Option<String> {
    let (_, name, remedy) = UNREAD_COMPRESSIONS.iter().find(|(magic, ..)| head.starts_with(magic))?;
    Some(format!("compressed with {name}, which Dyad does not read; {remedy}"))
}

/// Tells a format that may be written in UTF-16 from the first bytes of a file whose name says nothing.
pub(crate) fn from_utf16(name: &str, head: &[u8]) -> Option<InputFormat> {
    let marked = Encoding::for_bom(head).map(|(encoding, _)| encoding).filter(|_| is_utf16(head));
    let (text, _) = marked.or_else(|| unmarked_utf16(head))?.decode_with_bom_removal(head);
    from_content(name, text.as_bytes())
        .ok()
        .filter(|format| matches!(format, InputFormat::Html | InputFormat::Feed))
}

/// Formats that begin with bytes of their own.
fn from_magic(head: &[u8]) -> Option<InputFormat> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    if starts(b"PAR1") {
        return Some(InputFormat::Parquet);
    }
    if starts(b"ARROW1") {
        return Some(InputFormat::Arrow);
    }
    if starts(b"WARC/1.") {
        return Some(InputFormat::Warc);
    }
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        return Some(InputFormat::Zip);
    }
    (head.get(257..262) == Some(b"ustar")).then_some(InputFormat::Tar)
}

/// Whether the first element of an XML file is one of a feed.
fn is_feed(start: &[u8]) -> bool {
    let names: [&[u8]; 3] = [b"<rss", b"<feed", b"<rdf:RDF"];
    let root = names.iter().filter_map(|name| memchr::memmem::find(start, name)).min();
    root.is_some_and(|at| {
        let before = start[..at].trim_ascii();
        before.is_empty() || before.starts_with(b"<?xml") || before.starts_with(b"<!--")
    })
}

/// Whether the bytes are UTF-16: they start with its byte order mark, which Windows programs write, or are
/// [`unmarked_utf16`].
pub(crate) fn is_utf16(head: &[u8]) -> bool {
    has_utf16_mark(head) || unmarked_utf16(head).is_some()
}

fn has_utf16_mark(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")
}

/// UTF-16 without a mark, little or big endian: every second byte is mostly zero, and what the pairs spell is text. So
/// it is found in languages with Latin letters, and in others where the markup outweighs the text.
pub(crate) fn unmarked_utf16(head: &[u8]) -> Option<&'static Encoding> {
    let encoding = utf_16_by_zeros(head).filter(|_| !has_utf16_mark(head))?;
    // Text of single bytes may hold zeros too, and so may numbers of two bytes each.
    let begins_with_bytes =
        head.iter().take(2).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    (!begins_with_bytes && spells_text(&head[..head.len().min(SPELLED_BYTES)], encoding)).then_some(encoding)
}

/// Whether the bytes are UTF-16 without characters that no text has; it may be cut within a character.
fn spells_text(bytes: &[u8], encoding: &'static Encoding) -> bool {
    let to_unit = if encoding == UTF_16BE { u16::from_be_bytes } else { u16::from_le_bytes };
    let units = bytes.chunks_exact(2).map(|pair| to_unit([pair[0], pair[1]]));
    let mut characters = char::decode_utf16(units).peekable();
    while let Some(character) = characters.next() {
        let is_text = match character {
            Ok(c) => !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}'),
            Err(_) => characters.peek().is_none(),
        };
        if !is_text {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_format_through_compression_and_case() {
        assert_eq!(InputFormat::from_name("a.JSONL.gz"), Some(InputFormat::Jsonl));
        assert_eq!(InputFormat::from_name("a.b.markdown"), Some(InputFormat::Markdown));
        assert_eq!(InputFormat::from_name("a.txt.gz"), Some(InputFormat::Text));
        assert_eq!(InputFormat::from_name("A.HTM"), Some(InputFormat::Html));
        assert_eq!(InputFormat::from_name("dump.gz"), None);
        for name in ["a.tgz", "a.tar.bz2", "a.TAR.zst", "a.tbz2"] {
            assert_eq!(InputFormat::from_name(name), Some(InputFormat::Tar), "{name}");
        }
        assert_eq!(InputFormat::from_name("notes"), None);
    }

    #[test]
    fn display_and_from_str_are_inverse() {
        for format in InputFormat::ALL {
            assert_eq!(format.to_string().parse::<InputFormat>(), Ok(format));
        }
        assert_eq!("NDJSON".parse(), Ok(InputFormat::Jsonl));
        assert!("pdf".parse::<InputFormat>().unwrap_err().to_string().contains("jsonl, json"));
    }

    #[test]
    fn content_tells_what_the_name_does_not() {
        assert_eq!(from_content("dump", b"\xef\xbb\xbf \n{\"text\":1}"), Ok(InputFormat::Jsonl));
        assert_eq!(from_content("part.json", b"{\"text\":1}\n"), Ok(InputFormat::Jsonl));
        assert_eq!(from_content("12345", b"A story."), Ok(InputFormat::Text));
        assert_eq!(from_content("x", b"[Updated] A story."), Ok(InputFormat::Text));
        assert_eq!(from_content("story.php", b"\n<!DOCTYPE html><p>"), Ok(InputFormat::Html));
        for head in [&b"[{}]"[..], b"{\n \"text\": 1}", b" [\n{\"a\":1},", b"{\"articles\": [{\"a\":"] {
            assert_eq!(from_content("a.json", head), Ok(InputFormat::Json));
        }
        let minified = b"{\"articles\":[{\"text\":1}]}";
        for (name, head) in [
            ("x", &b"[{\"text\": 1}]"[..]),
            ("x", minified),
            ("x.json", minified),
            ("", b"{ \"articles\": [\n"),
        ] {
            assert_eq!(from_content(name, head), Ok(InputFormat::Json), "{name}");
        }
        for feed in [
            &b"<?xml version=\"1.0\"?>\n<rss version=\"2.0\">"[..],
            b"<feed xmlns=\"http://www.w3.org/2005/Atom\">",
        ] {
            assert_eq!(from_content("feed.xml", feed), Ok(InputFormat::Feed));
        }
        for (head, format) in [
            (&b"PAR1\x15"[..], InputFormat::Parquet),
            (b"ARROW1\0\0", InputFormat::Arrow),
            (b"WARC/1.0\r\n", InputFormat::Warc),
            (b"PK\x03\x04", InputFormat::Zip),
        ] {
            assert_eq!(from_content("x", head), Ok(format));
        }
        for (name, head) in [("a.pdf", &b"%PDF-1.7"[..]), ("blob", b"\x00\x01"), ("a.docx", b"PK\x03\x04")] {
            assert!(from_content(name, head).is_err(), "{name}");
        }
    }

    #[test]
    fn a_compression_that_is_not_read_is_named_with_its_remedy() {
        for (head, name, remedy) in [
            (&b"\xfd\x37\x7a\x58\x5a\x00\x00\x04"[..], "xz", "`xz -d FILE`"),
            (b"\x37\x7a\xbc\xaf\x27\x1c\x00\x04", "7-Zip", "`7z x FILE`"),
            (b"Rar!\x1a\x07\x01\x00", "RAR", "`unrar x FILE`"),
            (b"\x04\x22\x4d\x18\x64", "LZ4", "`lz4 -d FILE`"),
        ] {
            for file in ["x", "a.jsonl.xz", "a.bin"] {
                let reason = from_content(file, head).unwrap_err();
                assert!(reason.contains(name) && reason.contains(remedy), "{reason}");
            }
        }
        assert_eq!(unread_compression(b"Rar! A cry in the night."), None);
    }
}
