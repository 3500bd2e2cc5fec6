//! The bytes of a page as text.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes at the start of a page in which its charset is looked for.
const PRESCAN_BYTES: usize = 8 * 1024;
/// Malformed characters in a thousand bytes above which a declared charset is not believed.
const MAX_MALFORMED_PER_1000: usize = 1;

/// A page as text.
pub(crate) struct Decoded<'b> {
    pub(crate) text: Cow<'b, str>,
    pub(crate) charset: &'static Encoding,
    /// Characters that could not be read and are U+FFFD now.
    pub(crate) n_malformed: usize,
}

/// Decodes a page. A byte order mark decides, then the HTTP header, then the page's own `<meta>`; bytes
/// that contradict them (valid UTF-8 with non-ASCII characters, or many malformed characters) are
/// believed more than any label. Without a label the bytes decide. UTF-8 in which some bytes are broken stays UTF-8 while
/// most of its characters beyond ASCII are whole, unless another label than windows-1252 fits: servers give that one
/// (also as ISO 8859-1) without knowing.
pub(crate) fn decode<'b>(bytes: &'b [u8], hint: Option<&str>) -> Decoded<'b> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return with(encoding, &bytes[length..]);
    }
    if let Some(encoding) = utf_16_by_zeros(bytes) {
        return with(encoding, bytes);
    }
    // A cut page may end within a character.
    let is_utf_8 = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    if is_utf_8 {
        return with(UTF_8, bytes);
    }
    let declared = hint
        .and_then(|label| Encoding::for_label(label.trim().as_bytes()))
        .or_else(|| declared_in(bytes))
        // A page read byte by byte this far is not UTF-16, whatever it says.
        .map(|encoding| if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding });
    let is_mostly_utf_8 = is_mostly_utf_8(bytes);
    if let Some(encoding) = declared.filter(|encoding| !(is_mostly_utf_8 && *encoding == WINDOWS_1252)) {
        let decoded = with(encoding, bytes);
        if decoded.n_malformed * 1000 <= bytes.len() * MAX_MALFORMED_PER_1000 {
            return decoded;
        }
    }
    if is_mostly_utf_8 {
        return with(UTF_8, bytes);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    with(detector.guess(None, Utf8Detection::Allow), bytes)
}

/// Whether more characters beyond ASCII are well-formed UTF-8 than are not. In the older charsets, two letters rarely
/// happen to be such a character.
fn is_mostly_utf_8(bytes: &[u8]) -> bool {
    let (mut n_whole, mut n_broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        n_whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        n_broken += usize::from(!chunk.invalid().is_empty());
    }
    n_whole > n_broken
}

fn with<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> Decoded<'b> {
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    let n_malformed = if had_errors { text.matches('\u{fffd}').count() } else { 0 };
    Decoded { text, charset: encoding, n_malformed }
}

/// UTF-16 without a mark: every second byte of the markup is zero.
pub(crate) fn utf_16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(512)];
    let zeros = |parity: usize| start.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = start.len() / 4;
    match () {
        () if start.len() < 8 => None,
        () if odd > many && even * 8 < odd => Some(UTF_16LE),
        () if even > many && odd * 8 < even => Some(UTF_16BE),
        () => None,
    }
}

/// The charset in `<meta charset=…>`, `<meta … content="…; charset=…">` or an XML declaration.
fn declared_in(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes[..bytes.len().min(PRESCAN_BYTES)].to_ascii_lowercase();
    for key in [b"charset".as_slice(), b"encoding".as_slice()] {
        for found in memchr::memmem::find_iter(&start, key) {
            let rest = start[found + key.len()..].trim_ascii_start();
            let Some(rest) = rest.strip_prefix(b"=") else { continue };
            let rest = rest.trim_ascii_start();
            let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
            let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || b"-_:.".contains(b)).count();
            if let Some(encoding) = Encoding::for_label(&rest[..length]) {
                return Some(encoding);
            }
        }
    }
    None
}

/// Numeric references to 128..=159 mean windows-1252 on the web.
pub(crate) fn c1_as_windows_1252(c: char) -> char {
    match u8::try_from(u32::from(c)) {
        Ok(byte @ 0x80..=0x9f) => WINDOWS_1252.decode(&[byte]).0.chars().next().unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], hint: Option<&str>) -> (String, &'static str) {
        let decoded = decode(bytes, hint);
        (decoded.text.into_owned(), decoded.charset.name())
    }

    #[test]
    fn marks_headers_and_meta_decide_in_this_order() {
        let latin = b"<meta charset='iso-8859-2'><p>\xb1\xe6</p>";
        assert_eq!(read(latin, None).1, "ISO-8859-2");
        assert_eq!(read(latin, Some("windows-1250")).1, "windows-1250");
        assert_eq!(read(b"\xef\xbb\xbf<p>\xc3\xa9", Some("windows-1250")), ("<p>é".into(), "UTF-8"));
        let meta =
            b"<meta http-equiv=content-type content=\"text/html; charset=Shift_JIS\"><p>\x93\xfa\x96\x7b";
        assert!(read(meta, None).0.ends_with("日本"));
    }

    #[test]
    fn bytes_are_believed_more_than_a_wrong_label() {
        assert_eq!(read("<p>é–”</p>".as_bytes(), Some("iso-8859-1")).0, "<p>é–”</p>");
        let cp1252 = "Il a déclaré".replace('é', "\u{1}").into_bytes();
        let cp1252: Vec<u8> = cp1252.into_iter().map(|b| if b == 1 { 0xe9 } else { b }).collect();
        assert_eq!(read(&cp1252, Some("utf-8")).0, "Il a déclaré");
        assert_eq!(read(b"<p>caf\xc3", None).0, "<p>caf\u{fffd}", "cut within a character");
    }

    #[test]
    fn a_stray_byte_is_one_malformed_character() {
        let stray = b"<p>caf\xc3\xa9, na\xc3\xafve, \xe9</p>";
        for hint in [None, Some("utf-8"), Some("utf-16"), Some("iso-8859-1"), Some("windows-1252")] {
            assert_eq!(read(stray, hint), ("<p>café, naïve, \u{fffd}</p>".into(), "UTF-8"), "{hint:?}");
        }
        let decoded = decode(stray, Some("utf-8"));
        assert_eq!(decoded.n_malformed, 1);
        assert_ne!(read(b"<p>caf\xc3\xa9, \xe9\xe8</p>", Some("utf-8")).1, "UTF-8", "most of it is broken");
        assert_eq!(read(stray, Some("windows-1250")).1, "windows-1250", "a label that says something");
    }

    #[test]
    fn older_charsets_are_not_taken_for_broken_utf_8() {
        use encoding_rs as e;
        for (charset, text) in [
            (
                e::EUC_KR,
                "마이크로소프트와 오픈에이아이는 월요일 새로운 계약을 발표했다. 두 회사는 협력을 이어 간다고 밝혔다.",
            ),
            (
                e::GBK,
                "微软与开放人工智能公司周一宣布了一项新的协议，双方表示将继续合作，并公布了相关的财务数据。",
            ),
            (
                e::BIG5,
                "微軟與開放人工智慧公司週一宣布了一項新的協議，雙方表示將繼續合作，並公布了相關的財務數據。",
            ),
            (
                e::SHIFT_JIS,
                "マイクロソフトとオープンAIは月曜日、新しい契約を発表した。両社は協力を続けるとしている。",
            ),
            (
                e::EUC_JP,
                "マイクロソフトとオープンAIは月曜日、新しい契約を発表した。両社は協力を続けるとしている。",
            ),
            (e::WINDOWS_874, "ไมโครซอฟท์และโอเพนเอไอประกาศข้อตกลงใหม่เมื่อวันจันทร์ ทั้งสองบริษัทจะร่วมมือกันต่อไป"),
            (
                e::WINDOWS_1251,
                "Компании объявили в понедельник о новом соглашении, сотрудничество продолжится.",
            ),
            (e::KOI8_R, "Компании объявили в понедельник о новом соглашении, сотрудничество продолжится."),
            (e::WINDOWS_1253, "Οι εταιρείες ανακοίνωσαν τη Δευτέρα μια νέα συμφωνία και θα συνεχίσουν."),
            (e::WINDOWS_1255, "החברות הודיעו ביום שני על הסכם חדש, שיתוף הפעולה יימשך."),
            (e::WINDOWS_1256, "أعلنت الشركتان يوم الاثنين عن اتفاق جديد وسيستمر التعاون بينهما."),
            (e::WINDOWS_1252, "«CAFÉ» à l’été: déjà vu, très tôt."),
        ] {
            let bytes = charset.encode(text).0;
            assert!(!is_mostly_utf_8(&bytes), "{}", charset.name());
            assert_eq!(read(&bytes, Some(charset.name())), (text.to_owned(), charset.name()));
        }
    }

    #[test]
    fn utf_16_is_known_with_and_without_its_mark() {
        let little: Vec<u8> = "<html><p>Zażółć".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "<html><p>Zażółć".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [&little, &big, &[b"\xff\xfe".as_slice(), &little].concat()] {
            assert_eq!(read(bytes, None).0, "<html><p>Zażółć");
        }
    }

    #[test]
    fn low_numeric_references_are_windows_1252() {
        assert_eq!(c1_as_windows_1252('\u{92}'), '’');
        assert_eq!(c1_as_windows_1252('é'), 'é');
    }
}
