//! Bodies of answers as their servers meant them: chunks put together (RFC 9112, section 7.1), codings undone (RFC 9110,
//! section 8.4). Archives often keep the headers but store the body decoded, so the bytes are believed more than the headers.

use std::io::Read;

use dyad_core::RejectCode;
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};

use crate::stream::Brotli;

/// Codings that one body may have gone through.
const MAX_CODINGS: usize = 4;
/// Longest line before a chunk in bytes, its extensions among them.
const MAX_CHUNK_LINE: usize = 4 << 10;
/// Base-2 logarithm of the largest window of Zstandard in bytes that answers may ask for (RFC 9659).
const MAX_ZSTD_WINDOW_LOG: u32 = 23;
/// Bytes at the start of a body in which markup is looked for.
const SNIFF_BYTES: usize = 1 << 10;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// The kind of failure and one sentence about it.
pub(super) type Fault = (RejectCode, String);

/// What holds for all the layers of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Largest body in bytes, at every layer.
    pub(super) bytes: u64,
    /// Whether the archive says that the body is cut, so that a layer that ends early is no fault.
    pub(super) is_truncated: bool,
}

/// Whether the bytes are a web page, by their first element.
pub(super) fn is_html(body: &[u8]) -> bool {
    let start = &body[..body.len().min(SNIFF_BYTES)];
    let lower = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start().to_ascii_lowercase();
    let names: [&[u8]; 2] = [b"<!doctype html", b"<html"];
    // Behind a comment or an XML declaration too.
    lower.starts_with(b"<") && names.iter().any(|name| memchr::memmem::find(&lower, name).is_some())
}

/// Whether the bytes begin with a tag, as no compressed data is likely to.
fn is_markup(body: &[u8]) -> bool {
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let is_name = |byte: &u8| byte.is_ascii_alphabetic() || b"!?".contains(byte);
    start.first() == Some(&b'<') && start.get(1).is_some_and(is_name)
}

/// Puts the chunks of a body together; a body that is not in chunks stays as it is.
///
/// # Errors
/// A [`Fault`] for chunks that break off or have no size.
pub(super) fn dechunk(body: Vec<u8>, limits: Limits) -> Result<Vec<u8>, Fault> {
    let Some(first) = chunk_size(&body) else { return Ok(body) };
    let mut whole = Vec::with_capacity(body.len());
    let mut rest = &body[..];
    let mut next = Some(first);
    while let Some((size, line)) = next {
        // What follows the last chunk is trailers, which say nothing about the text.
        if size == 0 {
            return Ok(whole);
        }
        rest = &rest[line..];
        let there = usize::try_from(size).unwrap_or(usize::MAX).min(rest.len());
        whole.extend_from_slice(&rest[..there]);
        rest = &rest[there..];
        if (there as u64) < size {
            return if limits.is_truncated { Ok(whole) } else { Err(cut_chunk(there, size)) };
        }
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest);
        next = chunk_size(rest);
    }
    // Some crawlers leave the last, empty chunk out.
    if rest.trim_ascii().is_empty() || limits.is_truncated {
        return Ok(whole);
    }
    let reason = format!(
        "the size of a chunk of this answer is no number, after {} bytes; fetch the page again",
        whole.len()
    );
    Err((RejectCode::Malformed, reason))
}

fn cut_chunk(there: usize, size: u64) -> Fault {
    let reason = format!(
        "this answer ends within a chunk ({there} of its {size} bytes are there); fetch the page again"
    );
    (RejectCode::Malformed, reason)
}

/// The size of the chunk that begins here, and the length of the line that gives it.
fn chunk_size(bytes: &[u8]) -> Option<(u64, usize)> {
    let line_end = memchr::memchr(b'\n', &bytes[..bytes.len().min(MAX_CHUNK_LINE)])?;
    let line = bytes[..line_end].split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    // A sign would parse as well.
    if !line.first()?.is_ascii_hexdigit() {
        return None;
    }
    let size = u64::from_str_radix(std::str::from_utf8(line).ok()?, 16).ok()?;
    Some((size, line_end + 1))
}

/// Undoes the codings of a body, the last one first; a body that is stored decoded stays as it is.
///
/// # Errors
/// A [`Fault`] for a coding that is unknown, data that is damaged, and a body above the limit.
pub(super) fn decode(mut body: Vec<u8>, codings: &[String], limits: Limits) -> Result<Vec<u8>, Fault> {
    if codings.len() > MAX_CODINGS {
        let reason = format!(
            "this answer went through {} codings, more than {MAX_CODINGS}; fetch the page again",
            codings.len()
        );
        return Err((RejectCode::Malformed, reason));
    }
    // Codings that a crawler noted under a name of its own show in the bytes.
    if codings.is_empty() && body.starts_with(GZIP_MAGIC) {
        return decode_gzip(&body, limits);
    }
    for coding in codings.iter().rev() {
        body = match coding.as_str() {
            "gzip" | "x-gzip" if body.starts_with(GZIP_MAGIC) => decode_gzip(&body, limits)?,
            "zstd" if body.starts_with(ZSTD_MAGIC) => decode_zstd(&body, limits)?,
            "deflate" => decode_deflate(body, limits)?,
            "gzip" | "x-gzip" | "zstd" | "identity" | "none" | "utf-8" => body,
            _ if body.is_empty() || is_markup(&body) => body,
            // Behind markup: no Brotli stream begins with '<' or a byte order mark (RFC 7932, section 9).
            "br" => decode_brotli(&body, limits)?,
            _ => return Err(unknown(coding)),
        };
    }
    Ok(body)
}

fn unknown(coding: &str) -> Fault {
    let coding: String = coding.chars().filter(|c| !c.is_control()).take(40).collect();
    let reason = format!(
        "the page is compressed as '{coding}', which Dyad does not read; \
         store it decoded, or ask the server for gzip"
    );
    (RejectCode::Malformed, reason)
}

fn decode_gzip(body: &[u8], limits: Limits) -> Result<Vec<u8>, Fault> {
    // One member only: what stands behind it in an answer is a stray line end rather than another.
    read_bounded(GzDecoder::new(body), "gzip", limits)
}

fn decode_zstd(body: &[u8], limits: Limits) -> Result<Vec<u8>, Fault> {
    let decoder = zstd::stream::read::Decoder::with_buffer(body)
        .and_then(|mut decoder| decoder.window_log_max(MAX_ZSTD_WINDOW_LOG).map(|()| decoder));
    read_bounded(decoder.map_err(|error| damaged("zstd", &error))?, "zstd", limits)
}

fn decode_brotli(body: &[u8], limits: Limits) -> Result<Vec<u8>, Fault> {
    read_bounded(Brotli::new(body), "br", limits)
}

/// The standard means zlib's format, but some servers send bare deflate (RFC 9110, section 8.4.1.2).
fn decode_deflate(body: Vec<u8>, limits: Limits) -> Result<Vec<u8>, Fault> {
    let is_zlib = match body[..] {
        [cmf, flg, ..] => cmf & 0x0f == 8 && u16::from_be_bytes([cmf, flg]).is_multiple_of(31),
        _ => false,
    };
    if is_zlib {
        return read_bounded(ZlibDecoder::new(&body[..]), "deflate", limits);
    }
    match read_bounded(DeflateDecoder::new(&body[..]), "deflate", limits) {
        Err((RejectCode::DamagedCompression, _)) if body.is_empty() || is_markup(&body) => Ok(body),
        decoded => decoded,
    }
}

fn read_bounded(decoder: impl Read, coding: &str, limits: Limits) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    let read = decoder.take(limits.bytes.saturating_add(1)).read_to_end(&mut body);
    if body.len() as u64 > limits.bytes {
        let reason = format!(
            "the page has more than {} bytes once it is decompressed; \
             raise max_record_bytes under [input] in dyad.toml if it is an article",
            limits.bytes
        );
        return Err((RejectCode::TooLarge, reason));
    }
    match read {
        Err(error) if !limits.is_truncated => Err(damaged(coding, &error)),
        _ => Ok(body),
    }
}

fn damaged(coding: &str, error: &std::io::Error) -> Fault {
    let reason =
        format!("the {coding} data of the page is damaged or ends early ({error}); fetch the page again");
    (RejectCode::DamagedCompression, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    const LIMITS: Limits = Limits { bytes: 10_000, is_truncated: false };
    const PAGE: &[u8] = b"<!DOCTYPE html><p>A page of some words.</p>";

    fn dechunked(body: &[u8]) -> Result<String, RejectCode> {
        let whole = dechunk(body.to_vec(), LIMITS).map_err(|(code, _)| code)?;
        Ok(String::from_utf8_lossy(&whole).into_owned())
    }

    #[test]
    fn chunks_are_put_together_if_there_are_any() {
        let whole = Ok("<p>abc".to_owned());
        for body in [
            &b"3\r\n<p>\r\n3;ext=\"1\"\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n"[..],
            b"6 \n<p>abc\n0\n\n",
            b"000006\r\n<p>abc\r\n",
            b"<p>abc",
        ] {
            assert_eq!(dechunked(body), whole, "{:?}", String::from_utf8_lossy(body));
        }
        for body in [&b"6\r\n<p>"[..], b"ffffffffffffffff\r\n<p>", b"3\r\n<p>\r\n+3\r\nabc\r\n0\r\n\r\n"] {
            assert_eq!(dechunked(body), Err(RejectCode::Malformed));
        }
    }

    fn decoded(body: &[u8], codings: &[&str]) -> Result<Vec<u8>, RejectCode> {
        let codings: Vec<String> = codings.iter().map(|&coding| coding.to_owned()).collect();
        decode(body.to_vec(), &codings, LIMITS).map_err(|(code, _)| code)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory writes");
        encoder.finish().expect("memory writes")
    }

    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        brotli::CompressorWriter::new(&mut packed, 4_096, 5, 18).write_all(bytes).expect("memory writes");
        packed
    }

    #[test]
    fn codings_are_undone_if_the_bytes_have_them() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(PAGE).expect("memory writes");
        let zlib = zlib.finish().expect("memory writes");
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
        bare.write_all(PAGE).expect("memory writes");
        let bare = bare.finish().expect("memory writes");
        let zstd = zstd::encode_all(PAGE, 1).expect("memory writes");
        let page = Ok(PAGE.to_vec());
        assert_eq!(decoded(&gzip(PAGE), &["gzip"]), page);
        assert_eq!(decoded(&gzip(PAGE), &[]), page);
        assert_eq!(decoded(&gzip(&zlib), &["deflate", "x-gzip"]), page);
        assert_eq!(decoded(&bare, &["deflate"]), page);
        assert_eq!(decoded(&zstd, &["zstd"]), page);
        assert_eq!(decoded(&brotli(PAGE), &["br"]), page);
        assert_eq!(decoded(&gzip(&brotli(PAGE)), &["br", "gzip"]), page);
        assert_eq!(decoded(&brotli(&gzip(PAGE)), &["gzip", "br"]), page);
        for coding in ["gzip", "deflate", "br", "zstd", "identity", "compress"] {
            assert_eq!(decoded(PAGE, &[coding]), page, "{coding}");
        }
        assert_eq!(decoded(b"\x1f\x9d\x90abc", &["compress"]), Err(RejectCode::Malformed));
        assert_eq!(
            decoded(b"\x0b\x01\x80abc\x03\r\n", &["br"]),
            Ok(b"abc".to_vec()),
            "by hand, with a stray line end"
        );
        assert_eq!(decoded(&brotli(PAGE)[..20], &["br"]), Err(RejectCode::DamagedCompression));
        assert_eq!(decoded(b"plain words", &["br"]), Err(RejectCode::DamagedCompression));
        assert_eq!(decoded(&brotli(&[b' '; 10_001]), &["br"]), Err(RejectCode::TooLarge));
        assert_eq!(decoded(&brotli(&[b' '; 10_000]), &["br"]), Ok(vec![b' '; 10_000]));
        assert_eq!(decoded(&gzip(PAGE)[..20], &["gzip"]), Err(RejectCode::DamagedCompression));
        assert_eq!(decoded(&gzip(&[b' '; 10_001]), &["gzip"]), Err(RejectCode::TooLarge));
        assert_eq!(decoded(PAGE, &["gzip"; 5]), Err(RejectCode::Malformed));
    }

    #[test]
    fn a_body_known_to_be_cut_is_read_as_far_as_it_goes() {
        let limits = Limits { is_truncated: true, ..LIMITS };
        let cut = gzip(&PAGE.repeat(3));
        let found = decode(cut[..cut.len() - 9].to_vec(), &["gzip".to_owned()], limits).expect("a start");
        assert!(found.starts_with(b"<!DOCTYPE"));
        let cut = brotli(&PAGE.repeat(3));
        let found = decode(cut[..cut.len() - 4].to_vec(), &["br".to_owned()], limits).expect("a start");
        assert!(found.starts_with(b"<!DOCTYPE"));
        assert_eq!(dechunk(b"9\r\n<p>".to_vec(), limits), Ok(b"<p>".to_vec()));
    }

    #[test]
    fn pages_are_known_by_their_first_element() {
        assert!(is_html(b"\xef\xbb\xbf\n<!-- x --><HTML lang=en>"));
        assert!(is_html(b"<?xml version='1.0'?>\n<!DOCTYPE HTML>"));
        assert!(!is_html(b"A text on <html>"));
        assert!(!is_html(b"<rss>"));
    }

    proptest! {
        #[test]
        fn any_split_into_chunks_is_undone(pieces in prop::collection::vec("[ -~\r\n]{1,20}", 0..8)) {
            let mut body: String = pieces.iter().map(|piece| format!("{:X};a=b\r\n{piece}\r\n", piece.len())).collect();
            body.push_str("0\r\n\r\n");
            prop_assert_eq!(dechunked(body.as_bytes()), Ok(pieces.concat()));
        }

        #[test]
        fn random_bodies_never_panic(body: Vec<u8>, coding in "gzip|deflate|zstd|br") {
            let _ = decoded(&body, &[&coding]);
            let _ = dechunked(&body);
        }
    }
}
