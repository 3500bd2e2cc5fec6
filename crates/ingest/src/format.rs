use std::fmt;
use std::str::FromStr;

use crate::error::UnknownInputFormat;

/// How an input is laid out. Compression is no part of it: gzip is told from the first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputFormat {
    /// One JSON object a line.
    Jsonl,
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
}

impl InputFormat {
    /// Every format.
    pub const ALL: [InputFormat; 6] = [
        InputFormat::Jsonl,
        InputFormat::Csv,
        InputFormat::Tsv,
        InputFormat::Text,
        InputFormat::Markdown,
        InputFormat::Html,
    ];

    /// The name that `--input-format` takes.
    pub const fn as_str(self) -> &'static str {
        match self {
            InputFormat::Jsonl => "jsonl",
            InputFormat::Csv => "csv",
            InputFormat::Tsv => "tsv",
            InputFormat::Text => "text",
            InputFormat::Markdown => "markdown",
            InputFormat::Html => "html",
        }
    }

    /// The format that a file name stands for, if any.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match extension(name)?.as_str() {
            "jsonl" | "ndjson" | "json-lines" => Some(InputFormat::Jsonl),
            "csv" => Some(InputFormat::Csv),
            "tsv" => Some(InputFormat::Tsv),
            "txt" => Some(InputFormat::Text),
            "md" | "markdown" => Some(InputFormat::Markdown),
            "html" | "htm" | "xhtml" => Some(InputFormat::Html),
            _ => None,
        }
    }

    /// Whether one file holds one article.
    pub(crate) const fn is_whole_file(self) -> bool {
        matches!(self, InputFormat::Text | InputFormat::Markdown | InputFormat::Html)
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
        match name.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" | "json-lines" => Ok(InputFormat::Jsonl),
            "csv" => Ok(InputFormat::Csv),
            "tsv" => Ok(InputFormat::Tsv),
            "text" | "txt" => Ok(InputFormat::Text),
            "markdown" | "md" => Ok(InputFormat::Markdown),
            "html" | "htm" | "xhtml" => Ok(InputFormat::Html),
            _ => Err(UnknownInputFormat { name: name.to_owned() }),
        }
    }
}

/// The file ending in lower case, looking through `.gz`.
fn extension(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let inner = lower.strip_suffix(".gz").unwrap_or(&lower);
    let (stem, ending) = inner.rsplit_once('.')?;
    (!stem.is_empty() && !ending.is_empty()).then(|| ending.to_owned())
}

/// Tells a format from the first bytes of a file whose name says nothing.
///
/// # Errors
/// One sentence that says why the file cannot be read and what to do.
pub(crate) fn from_content(name: &str, head: &[u8]) -> Result<InputFormat, String> {
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let first_line = start.split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let ending = extension(name);
    let json_document = first_line == b"{" || (start.starts_with(b"[") && ending.as_deref() == Some("json"));
    if json_document {
        return Err("this is one JSON document over several lines, not one object a line; \
                    convert it with `jq -c '.[]?' FILE` or `jq -c . FILE`"
            .to_owned());
    }
    if start.starts_with(b"{") {
        return Ok(InputFormat::Jsonl);
    }
    // Before the ending: servers deliver pages as .php, .aspx and the like.
    let lower = start[..start.len().min(64)].to_ascii_lowercase();
    if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        return Ok(InputFormat::Html);
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

/// Whether the bytes start with the byte order mark of UTF-16, which Windows programs write.
pub(crate) fn is_utf16(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff")
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
        assert_eq!(InputFormat::from_name("notes"), None);
    }

    #[test]
    fn display_and_from_str_are_inverse() {
        for format in InputFormat::ALL {
            assert_eq!(format.to_string().parse::<InputFormat>(), Ok(format));
        }
        assert!("parquet".parse::<InputFormat>().unwrap_err().to_string().contains("jsonl, csv"));
    }

    #[test]
    fn content_tells_what_the_name_does_not() {
        assert_eq!(from_content("dump", b"\xef\xbb\xbf \n{\"text\":1}"), Ok(InputFormat::Jsonl));
        assert_eq!(from_content("part.json", b"{\"text\":1}\n"), Ok(InputFormat::Jsonl));
        assert_eq!(from_content("12345", b"A story."), Ok(InputFormat::Text));
        assert_eq!(from_content("x", b"[Updated] A story."), Ok(InputFormat::Text));
        assert_eq!(from_content("story.php", b"\n<!DOCTYPE html><p>"), Ok(InputFormat::Html));
        for (name, head) in [
            ("a.json", &b"[{}]"[..]),
            ("a.json", b"{\n \"text\": 1}"),
            ("a.pdf", b"%PDF-1.7"),
            ("blob", b"\x00\x01"),
        ] {
            assert!(from_content(name, head).is_err(), "{name}");
        }
    }
}
