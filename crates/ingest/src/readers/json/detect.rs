//! Whether JSON is one document or has a record on each line, told from its first bytes.

use super::members::LIST_NAMES;

/// Whether JSON is a document; `start` is the beginning of the file up to some length, without white space in front.
/// `is_named` says that the file calls itself JSON.
///
/// Lines of records begin with a whole object, and the next line with another one. A single line may be either: it is
/// a document if it holds a list of objects, of which the reader of documents finds out whether they are the records.
/// Where the first line goes on behind `start`, a list under a usual name near its begin makes it a document: the reader
/// of documents could read lines too, but numbers records, not lines.
pub(crate) fn is_document(start: &[u8], is_named: bool) -> bool {
    match start.first() {
        Some(b'[') => return is_named || start[1..].trim_ascii_start().starts_with(b"{"),
        Some(b'{') => {}
        _ => return false,
    }
    let (first, rest) = match memchr::memchr(b'\n', start) {
        Some(end) => (&start[..end], Some(start[end..].trim_ascii_start())),
        None => (start, None),
    };
    if is_object(first) {
        let is_followed = rest.is_some_and(|rest| rest.starts_with(b"{"));
        return !is_followed
            && holds_list(first, |name, first| first == b'{' || first == b']' && is_usual(name));
    }
    rest.is_some() || is_named || holds_list(first, |name, first| first == b'{' && is_usual(name))
}

/// Whether a line is one whole JSON object.
fn is_object(line: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}

fn is_usual(name: &[u8]) -> bool {
    LIST_NAMES.iter().any(|usual| usual.as_bytes().eq_ignore_ascii_case(name))
}

/// Whether a member of an object, or of an object in it, is a list that is wanted by its name and the first byte in it.
/// The object may be cut off.
fn holds_list(object: &[u8], is_wanted: impl Fn(&[u8], u8) -> bool) -> bool {
    let mut depth = 0_u32;
    let mut at = 0;
    while let Some(&byte) = object.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let Some(length) = string_length(&object[at..]) else { return false };
                let name = &object[at + 1..at + length - 1];
                at += length;
                let first = first_of_list(&object[at..]).filter(|_| depth <= 2);
                if first.is_some_and(|first| is_wanted(name, first)) {
                    return true;
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// The first byte in the list that is the value of a name, which stands in front.
fn first_of_list(behind: &[u8]) -> Option<u8> {
    let value = behind.trim_ascii_start().strip_prefix(b":")?;
    value.trim_ascii_start().strip_prefix(b"[")?.trim_ascii_start().first().copied()
}

/// Bytes of a string with its quotation marks, if it ends.
fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    let end = bytes.iter().skip(1).position(|&byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map(|end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_a_document_if_it_holds_a_list_of_objects() {
        for document in [
            r#"{"articles":[{"text":"One."},{"text":"Two."}]}"#,
            "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"content_text\":\"x\"}]}\n",
            r#"{"response":{"docs":[{"text":"One."}]}}"#,
            r#"{"a":"\"}{","Presse" : [ {"text":"One."}]}"#,
            r#"{"status":"ok","articles":[]}"#,
            "{\"articles\":[{\"text\":\"One.\"}]}\n\n",
        ] {
            assert!(is_document(document.as_bytes(), false), "{document}");
        }
        for line in [
            r#"{"text":"One."}"#,
            r#"{"text":"\"articles\":[{","tags":["a"]}"#,
            r#"{"a":{"b":{"articles":[{"text":"too deep"}]}}}"#,
            r#"{"text":"One.","tags":[]}"#,
            "{\"text\":\"One.\",\"images\":[{\"a\":1}]}\n\n{\"text\":\"Two.\"}\n",
            "{\"text\":\"One.\"}\nnonsense\n",
        ] {
            assert!(!is_document(line.as_bytes(), false) && !is_document(line.as_bytes(), true), "{line}");
        }
    }

    #[test]
    fn an_object_over_several_lines_is_a_document() {
        for document in [
            "{\n",
            "{ \"articles\": [\n",
            "{\"articles\": [\n{\"text\":\"One.\"},\n{\"text\":\"Two.\"}\n]}",
            "[{",
        ] {
            assert!(is_document(document.as_bytes(), false), "{document}");
        }
        assert!(is_document(b"[\n", true) && !is_document(b"[Updated] A story.", false));
        assert!(!is_document(b"A story.", true) && !is_document(b"", true));
    }

    #[test]
    fn of_a_first_line_that_goes_on_name_and_usual_lists_decide() {
        for (start, expected) in [
            (r#"{"text":"It goes"#, false),
            (r#"{"images":[{"url":"x"}],"text":"It goes"#, false),
            (r#"{"status":"ok","articles":[{"text":"It goes"#, true),
            (r#"{"response":{"docs":[{"text":"It goes"#, true),
            (r#"{"Items":["#, false),
        ] {
            assert_eq!(is_document(start.as_bytes(), false), expected, "{start}");
            assert!(is_document(start.as_bytes(), true), "{start}");
        }
    }
}
