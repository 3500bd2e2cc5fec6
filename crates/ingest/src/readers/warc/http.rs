use httparse::{EMPTY_HEADER, Error, ParserConfig, Response, Status};

/// Bytes that the headers of an answer may have.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// Headers that an answer may have.
const MAX_HEADERS: usize = 256;
/// What the status line is read as: httparse knows no `HTTP/2`, which crawlers write all the same.
const STATUS_LINE: &[u8] = b"HTTP/1.1 200 OK\r\n";

/// A media type with what matters of its parameters (RFC 9110, section 8.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MediaType {
    /// In lower case, such as `text/html`; empty where none is named.
    pub(super) essence: String,
    pub(super) charset: Option<String>,
}

impl MediaType {
    pub(super) fn parse(value: &str) -> Self {
        let mut parts = value.split(';');
        // Some servers forget the semicolon, others send the header twice in one.
        let essence =
            parts.next().unwrap_or_default().trim().split([' ', '\t', ',']).next().unwrap_or_default();
        let charset = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let value = value.trim().trim_matches(['"', '\'']).trim();
            (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then(|| value.to_owned())
        });
        Self { essence: essence.to_ascii_lowercase(), charset }
    }

    /// Whether a web page is delivered under it; `None` where it says nothing.
    pub(super) fn is_page(&self) -> Option<bool> {
        (!self.essence.is_empty())
            .then_some(matches!(self.essence.as_str(), "text/html" | "application/xhtml+xml"))
    }
}

/// The headers of an answer that matter here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) media_type: MediaType,
    /// Whether `Transfer-Encoding` names `chunked`.
    pub(super) is_chunked: bool,
    /// `Content-Encoding` in lower case, in the order in which the codings were applied.
    pub(super) codings: Vec<String>,
    /// Where the body begins.
    pub(super) body: usize,
}

/// The status code of an answer, and where its headers begin; `None` if this is no answer.
pub(super) fn status(block: &[u8]) -> Option<(u16, usize)> {
    if !block.starts_with(b"HTTP/") {
        return None;
    }
    let line_end = memchr::memchr(b'\n', &block[..block.len().min(MAX_HEAD_BYTES)])?;
    // A reason phrase in another charset is nothing to fail on.
    let line = String::from_utf8_lossy(&block[..line_end.min(64)]);
    let code = line.split_ascii_whitespace().nth(1)?;
    let code = code.get(..3)?.parse().ok()?;
    Some((code, line_end + 1))
}

/// Reads the headers that begin at `start`.
///
/// # Errors
/// One sentence that says what is wrong with them.
pub(super) fn head(block: &[u8], start: usize) -> Result<Head, &'static str> {
    let lines = &block[start..block.len().min(start + MAX_HEAD_BYTES)];
    let mut text = Vec::with_capacity(STATUS_LINE.len() + lines.len());
    text.extend_from_slice(STATUS_LINE);
    text.extend_from_slice(lines);
    let mut headers = [EMPTY_HEADER; MAX_HEADERS];
    let mut answer = Response::new(&mut headers);
    let mut config = ParserConfig::default();
    config
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    let length = match config.parse_response(&mut answer, &text) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Err("its HTTP headers do not end within 64 KiB or the record"),
        Err(Error::TooManyHeaders) => return Err("it has more than 256 HTTP headers"),
        Err(_) => return Err("its HTTP headers cannot be read"),
    };
    let mut head = Head { body: start + length - STATUS_LINE.len(), ..Head::default() };
    for header in answer.headers.iter() {
        let value = String::from_utf8_lossy(header.value);
        let tokens = || value.split(',').map(|token| token.trim().to_ascii_lowercase());
        match header.name.to_ascii_lowercase().as_str() {
            "content-type" if head.media_type.essence.is_empty() => {
                head.media_type = MediaType::parse(&value)
            }
            "transfer-encoding" => head.is_chunked |= tokens().any(|token| token == "chunked"),
            "content-encoding" => head.codings.extend(tokens().filter(|token| !token.is_empty())),
            _ => {}
        }
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Head {
        let (_, start) = status(text).expect("an answer");
        head(text, start).expect("headers")
    }

    #[test]
    fn status_lines_of_any_version_are_read() {
        for (line, code) in [
            ("HTTP/1.1 200 OK\r\n", Some(200)),
            ("HTTP/2 203\n", Some(203)),
            ("HTTP/1.0  404\t\r\n", Some(404)),
            ("HTTP/1.1 2\r\n", None),
            ("HTTP/1.1\r\n", None),
            ("<html>\r\n", None),
            ("HTTP/1.1 200 OK", None),
        ] {
            assert_eq!(status(line.as_bytes()).map(|(code, _)| code), code, "{line:?}");
        }
        assert_eq!(status(b"HTTP/1.1 301 D\xe9plac\xe9\r\n"), Some((301, 22)));
    }

    #[test]
    fn headers_are_read_leniently() {
        let text =
            b"HTTP/2 200\nno colon here\r\nCONTENT-type : Text/HTML;\r\n  Charset=\"windows-1252\"\r\n\
            X-Odd: caf\xe9\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Encoding: br , GZIP\r\n\r\n<p>";
        let found = read(text);
        assert_eq!(found.media_type.essence, "text/html");
        assert_eq!(found.media_type.charset.as_deref(), Some("windows-1252"));
        assert!(found.is_chunked);
        assert_eq!(found.codings, ["br", "gzip"]);
        assert_eq!(&text[found.body..], b"<p>");
    }

    #[test]
    fn media_types_tell_a_page() {
        for (value, is_page) in [
            ("text/html", Some(true)),
            ("text/html charset=utf-8", Some(true)),
            ("TEXT/HTML,text/html; charset=utf-8", Some(true)),
            ("application/xhtml+xml", Some(true)),
            ("text/plain; charset=utf-8", Some(false)),
            (" ; charset=utf-8", None),
            ("", None),
        ] {
            assert_eq!(MediaType::parse(value).is_page(), is_page, "{value:?}");
        }
    }

    #[test]
    fn endless_headers_are_refused() {
        for text in ["A: b\r\n".repeat(300), format!("A: {}\r\n\r\n", "b".repeat(70_000)), "A: b".to_owned()]
        {
            assert!(head(text.as_bytes(), 0).is_err());
        }
    }
}
