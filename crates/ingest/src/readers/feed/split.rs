//! A feed as entries and what stands around them.

use std::ops::Range;

use super::tags::{Kind, Tag, attributes, next_tag};

/// How often reading goes back to an entry that an unclosed one before has swallowed.
const MAX_RESUMPTIONS: u32 = 16;
/// Prefixes that feeds use, sometimes without declaring them.
const PREFIXES: [(&str, &str); 3] = [
    ("xmlns:content", "\"http://purl.org/rss/1.0/modules/content/\""),
    ("xmlns:dc", "\"http://purl.org/dc/elements/1.1/\""),
    ("xmlns:atom", "\"http://www.w3.org/2005/Atom\""),
];

/// A part of a feed, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// An entry.
    Whole(Range<usize>),
    /// An entry without an end, up to where reading goes on.
    Unclosed(Range<usize>),
    /// What stands behind the last whole entry of a feed that ends early.
    Cut(Range<usize>),
}

/// A feed taken apart.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) pieces: Vec<Piece>,
    /// The feed without its entries.
    pub(super) frame: String,
    /// The same up to the first entry, with every element closed; for a feed that ends early.
    pub(super) head: String,
    /// What an entry is put between to be a feed of its own.
    pub(super) around: (String, String),
}

/// Cuts a feed into its entries.
///
/// # Errors
/// One sentence, when the text is no feed.
pub(super) fn split(text: &str) -> Result<Feed, String> {
    let root = root_of(text)?;
    let is_atom = root.local() == "feed" || root.local() == "entry";
    let mut splitter =
        Splitter { text, root: &root, pieces: Vec::new(), outside: Vec::new(), is_closed: false };
    if root.local() == "entry" {
        splitter.entry(&root, &mut 0);
        splitter.is_closed = true;
    } else {
        splitter.run(if is_atom { "entry" } else { "item" });
    }
    let Splitter { pieces, outside, .. } = splitter;
    // The default namespace is left to feed-rs, which knows fewer of them than feeds name.
    let version = if root.local() == "rss" { " version=\"2.0\"" } else { "" };
    let name = if root.local() == "entry" { "feed" } else { root.name };
    let opening = format!("<{name}{version}{}>", kept_attributes(text, &root));
    let closing = format!("</{name}>");
    let outer: String = outside.iter().map(|range| &text[range.clone()]).collect();
    let first = outside.first().map_or("", |range| &text[range.clone()]);
    let channel = if root.local() == "rss" { "</channel>" } else { "" };
    let around = if is_atom {
        (opening.clone(), closing.clone())
    } else {
        // RSS 1.0 as well: feed-rs would drop its entries without a link.
        let channel = channel_attributes(text);
        (
            format!("<rss version=\"2.0\"{}><channel{channel}>", kept_attributes(text, &root)),
            "</channel></rss>".into(),
        )
    };
    Ok(Feed {
        pieces,
        frame: format!("{opening}{outer}{closing}"),
        head: format!("{opening}{first}{channel}{closing}"),
        around,
    })
}

fn root_of(text: &str) -> Result<Tag<'_>, String> {
    let remedy = "if this is a web page or another document, name its format with --input-format";
    let root = next_tag(text, 0).ok_or_else(|| format!("the file holds no XML element; {remedy}"))?;
    if root.kind != Kind::End && ["rss", "RDF", "feed", "entry"].contains(&root.local()) {
        return Ok(root);
    }
    let name: String = root.name.chars().take(40).collect();
    Err(format!("the file is no RSS or Atom feed, its first element is <{name}>; {remedy}"))
}

/// The attributes of an element as feed-rs is to see them, and the declarations that it lacks.
fn kept_attributes(text: &str, tag: &Tag<'_>) -> String {
    let mut found = attributes(text, tag);
    found.retain(|(name, _)| !matches!(*name, "xmlns" | "version"));
    let missing = PREFIXES.into_iter().filter(|(name, _)| found.iter().all(|(other, _)| other != name));
    let missing: Vec<_> = missing.collect();
    found.iter().chain(&missing).map(|(name, value)| format!(" {name}={value}")).collect()
}

/// The declarations of the first `<channel>`.
fn channel_attributes(text: &str) -> String {
    let mut at = 0;
    while let Some(tag) = next_tag(text, at) {
        if tag.local() == "channel" {
            let mut found = attributes(text, &tag);
            found.retain(|(name, _)| name.starts_with("xmlns:") || name.starts_with("xml:"));
            return found.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        }
        if tag.local() == "item" {
            break;
        }
        at = tag.range.end;
    }
    String::new()
}

struct Splitter<'t> {
    text: &'t str,
    root: &'t Tag<'t>,
    pieces: Vec<Piece>,
    /// What stands between the entries.
    outside: Vec<Range<usize>>,
    is_closed: bool,
}

impl Splitter<'_> {
    fn run(&mut self, entry_name: &str) {
        let mut resumptions = 0;
        let mut at = self.root.range.end;
        let mut outside_start = at;
        if self.root.kind == Kind::Empty {
            self.is_closed = true;
            return;
        }
        while let Some(tag) = next_tag(self.text, at) {
            at = tag.range.end;
            if tag.kind == Kind::End && tag.name == self.root.name {
                self.is_closed = true;
                at = tag.range.start;
                break;
            }
            if tag.kind != Kind::End && tag.local() == entry_name {
                self.outside.push(outside_start..tag.range.start);
                at = self.entry(&tag, &mut resumptions);
                outside_start = at;
            }
        }
        let end = if self.is_closed { at } else { self.text.len() };
        self.outside.push(outside_start.min(end)..end);
        if !self.is_closed && !matches!(self.pieces.last(), Some(Piece::Cut(_))) {
            self.pieces.push(Piece::Cut(outside_start..end));
        }
    }

    /// Takes an entry, and returns where to go on.
    fn entry(&mut self, start: &Tag<'_>, resumptions: &mut u32) -> usize {
        let begin = start.range.start;
        let mut at = start.range.end;
        if start.kind == Kind::Empty {
            self.pieces.push(Piece::Whole(begin..at));
            return at;
        }
        let (mut depth, mut swallowed) = (1, None);
        let mut end = None;
        while let Some(tag) = next_tag(self.text, at) {
            at = tag.range.end;
            if tag.name == start.name {
                match tag.kind {
                    Kind::Start => {
                        depth += 1;
                        swallowed = swallowed.or(Some(tag.range.start));
                    }
                    Kind::End => depth -= 1,
                    Kind::Empty => {}
                }
                if depth == 0 {
                    self.pieces.push(Piece::Whole(begin..at));
                    return at;
                }
            } else if tag.kind == Kind::End && (tag.name == self.root.name || tag.name == "channel") {
                end = Some(tag.range.start);
                break;
            }
        }
        if let Some(swallowed) = swallowed.filter(|_| *resumptions < MAX_RESUMPTIONS) {
            *resumptions += 1;
            self.pieces.push(Piece::Unclosed(begin..swallowed));
            return swallowed;
        }
        let piece = if end.is_some() { Piece::Unclosed } else { Piece::Cut };
        let end = end.unwrap_or(self.text.len());
        self.pieces.push(piece(begin..end));
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(text: &str) -> Vec<(char, &str)> {
        let feed = split(text).expect("a feed");
        let piece = |piece: &Piece| match piece {
            Piece::Whole(range) => ('w', &text[range.clone()]),
            Piece::Unclosed(range) => ('u', &text[range.clone()]),
            Piece::Cut(range) => ('c', &text[range.clone()]),
        };
        feed.pieces.iter().map(piece).collect()
    }

    #[test]
    fn entries_are_cut_whatever_they_hold() {
        assert_eq!(
            pieces("<rss><channel><item>a<![CDATA[</item>]]></item> <item/><!-- <item> --></channel></rss>"),
            [('w', "<item>a<![CDATA[</item>]]></item>"), ('w', "<item/>")]
        );
        assert_eq!(
            pieces("<rss><channel><item><list><item>x</item></list></item></channel></rss>"),
            [('w', "<item><list><item>x</item></list></item>")]
        );
        assert_eq!(
            pieces("<rss><channel><item>a<item>b</item><item>c</item></channel></rss>"),
            [('u', "<item>a"), ('w', "<item>b</item>"), ('w', "<item>c</item>")]
        );
        assert_eq!(pieces("<feed><entry>a</entry><entry>b"), [('w', "<entry>a</entry>"), ('c', "<entry>b")]);
        assert_eq!(pieces("<feed><entry>a</entry>"), [('w', "<entry>a</entry>"), ('c', "")]);
    }

    proptest! {
        #[test]
        fn any_text_splits_into_pieces_in_order(text in "<rss>(</?(item|channel|rss|b)/?>?|<!--|-->|<!\\[CDATA\\[|]]>|[aé ]){0,30}") {
            let feed = split(&text).expect("a feed");
            let mut end = 0;
            for piece in &feed.pieces {
                let (Piece::Whole(range) | Piece::Unclosed(range) | Piece::Cut(range)) = piece;
                prop_assert!(range.start >= end && range.end >= range.start);
                end = range.end;
            }
        }
    }
}
