//! The tags of an XML document, as far as cutting it into elements needs them.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memmem};

/// What a tag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Start,
    End,
    /// Start and end in one.
    Empty,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag<'t> {
    pub(super) kind: Kind,
    /// With its prefix.
    pub(super) name: &'t str,
    /// Where the tag stands, with its brackets.
    pub(super) range: Range<usize>,
}

impl<'t> Tag<'t> {
    /// The name without its prefix.
    pub(super) fn local(&self) -> &'t str {
        self.name.rsplit(':').next().unwrap_or(self.name)
    }

    /// The prefix of the name, if there is one.
    pub(super) fn prefix(&self) -> Option<&'t str> {
        self.name.split_once(':').map(|(prefix, _)| prefix)
    }
}

/// The first tag at or behind a place, outside of comments, CDATA sections and declarations.
pub(super) fn next_tag(text: &str, mut at: usize) -> Option<Tag<'_>> {
    let bytes = text.as_bytes();
    loop {
        let start = at + memchr(b'<', &bytes[at..])?;
        let rest = &bytes[start..];
        let end_of = |mark: &[u8]| memmem::find(rest, mark).map(|found| start + found + mark.len());
        at = match rest {
            [b'<', b'!', b'-', b'-', ..] => end_of(b"-->")?,
            [b'<', b'!', b'[', ..] => end_of(b"]]>")?,
            [b'<', b'?', ..] => end_of(b"?>")?,
            [b'<', b'!', ..] => {
                let end = end_of(b">")?;
                // A document type may hold declarations in square brackets.
                if memchr(b'[', &bytes[start..end]).is_some() { end_of(b"]>")? } else { end }
            }
            _ => match tag(text, start) {
                Some(tag) => return Some(tag),
                None => start + 1,
            },
        };
    }
}

fn tag(text: &str, start: usize) -> Option<Tag<'_>> {
    let bytes = text.as_bytes();
    let is_end = bytes.get(start + 1) == Some(&b'/');
    let name_start = start + 1 + usize::from(is_end);
    let is_name = |b: &u8| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'>' | b'<' | b'=' | b'"' | b'\'');
    let length = bytes.get(name_start..)?.iter().take_while(|b| is_name(b)).count();
    let name = text.get(name_start..name_start + length).filter(|name| !name.is_empty())?;
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate().skip(name_start + length) {
        match byte {
            // XML allows none within a tag: a quotation mark was not closed.
            b'<' => return None,
            b'"' | b'\'' if quote.is_none() => quote = Some(byte),
            _ if quote == Some(byte) => quote = None,
            b'>' if quote.is_none() => {
                let kind = match bytes[at - 1] {
                    _ if is_end => Kind::End,
                    b'/' => Kind::Empty,
                    _ => Kind::Start,
                };
                return Some(Tag { kind, name, range: start..at + 1 });
            }
            _ => {}
        }
    }
    None
}

/// The text with processing instructions of another name in place of XML declarations, which may only stand at the start of
/// a document: quick-xml panics on one further on that names another encoding. CDATA sections stay as they are.
pub(super) fn without_declarations(text: &str) -> Cow<'_, str> {
    const DECLARATION: &str = "<?xml";
    if !text.contains(DECLARATION) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, section)) = rest.split_once("<![CDATA[") {
        let end = section.find("]]>").map_or(section.len(), |at| at + 3);
        out += &before.replace(DECLARATION, "<?no-xml");
        out += "<![CDATA[";
        out += &section[..end];
        rest = &section[end..];
    }
    out += &rest.replace(DECLARATION, "<?no-xml");
    Cow::Owned(out)
}

/// The attributes of a tag: names, and values in their quotation marks.
pub(super) fn attributes<'t>(text: &'t str, tag: &Tag<'_>) -> Vec<(&'t str, &'t str)> {
    let start = tag.range.start + 1 + tag.name.len();
    let mut rest = text.get(start..tag.range.end - 1).unwrap_or_default();
    let mut found = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { break };
        let Some(length) = after[1..].find(quote) else { break };
        found.push((name.trim(), &after[..length + 2]));
        rest = &after[length + 2..];
    }
    found
}

/// The place of the end tag that closes an element, and the place behind it.
pub(super) fn end_of(text: &str, start: &Tag<'_>) -> Option<Range<usize>> {
    let mut depth = 1;
    let mut at = start.range.end;
    while let Some(tag) = next_tag(text, at) {
        at = tag.range.end;
        if tag.name == start.name {
            match tag.kind {
                Kind::Start => depth += 1,
                Kind::End => depth -= 1,
                Kind::Empty => {}
            }
            if depth == 0 {
                return Some(tag.range);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_are_found_outside_of_everything_else() {
        let text = "<?xml v?><!DOCTYPE r [<!ENTITY a \"b>\">]><!-- <a> --><r x='>' y = \"1\"><![CDATA[<b>]]> 1 < 2 <c/></r >";
        let mut at = 0;
        let mut found = Vec::new();
        while let Some(tag) = next_tag(text, at) {
            at = tag.range.end;
            found.push((tag.kind, tag.name));
        }
        assert_eq!(found, [(Kind::Start, "r"), (Kind::Empty, "c"), (Kind::End, "r")]);
        let root = next_tag(text, 0).expect("a tag");
        assert_eq!(attributes(text, &root), [("x", "'>'"), ("y", "\"1\"")]);
    }

    #[test]
    fn declarations_are_renamed_outside_of_cdata() {
        let text = "a<?xml version='1.0'?><![CDATA[<?xml?>]]><?xml?><![CDATA[<?xml";
        let renamed = "a<?no-xml version='1.0'?><![CDATA[<?xml?>]]><?no-xml?><![CDATA[<?xml";
        assert_eq!(without_declarations(text), renamed);
        assert!(matches!(without_declarations("<a>xml?></a>"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn any_text_has_tags_in_order(text in "(</?[a-b:]{0,2}( [a-z]=?[\"'é]?)?/?>?|<!--|-->|<!\\[CDATA\\[|]]>|<!|[é<>\\[\\]]){0,30}") {
            let mut at = 0;
            while let Some(tag) = next_tag(&text, at) {
                prop_assert!(tag.range.start >= at && tag.range.end > tag.range.start);
                attributes(&text, &tag);
                end_of(&text, &tag);
                at = tag.range.end;
            }
        }
    }
}
