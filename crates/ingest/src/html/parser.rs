//! How a page becomes a [`Tree`]: tags, attributes, raw text and implied ends.

use memchr::memchr;

use super::tag::Tag;
use super::tree::{KEPT, Kind, MAX_DEPTH, MAX_NAME_BYTES, Node, Tree};

/// Reads a page from its start to its end, once.
pub(super) struct Parser<'h> {
    html: &'h str,
    at: usize,
    tree: Tree<'h>,
    /// Open elements, the root first.
    open: Vec<(u32, Tag)>,
    /// How many elements of each kind are open.
    n_open: [u32; Tag::COUNT],
    /// Kinds of which no end tag is left: looking for one again would be quadratic.
    unclosed: [bool; Tag::COUNT],
}

impl<'h> Parser<'h> {
    pub(super) fn new(html: &'h str) -> Self {
        let root = Node { kind: Kind::Element(Tag::Other), parent: 0, end: 0, attributes: (0, 0) };
        Self {
            html,
            at: 0,
            tree: Tree { nodes: vec![root], attributes: Vec::new(), flattened: 0 },
            open: vec![(0, Tag::Other)],
            n_open: [0; Tag::COUNT],
            unclosed: [false; Tag::COUNT],
        }
    }

    /// Reads the page to its end.
    pub(super) fn run(mut self) -> Tree<'h> {
        let bytes = self.html.as_bytes();
        while self.at < bytes.len() {
            let start = self.at;
            let mark = memchr(b'<', &bytes[start..]).map_or(bytes.len(), |found| start + found);
            match bytes.get(mark + 1) {
                Some(b'a'..=b'z' | b'A'..=b'Z') => {
                    self.push_text(start, mark);
                    self.start_tag(mark + 1);
                }
                Some(b'/') => {
                    self.push_text(start, mark);
                    self.end_tag(mark + 2);
                }
                Some(b'!' | b'?') => {
                    self.push_text(start, mark);
                    self.at = end_of_declaration(self.html, mark);
                }
                // A sign of comparison, or the end of the page.
                _ => {
                    self.at = (mark + 1).min(bytes.len());
                    self.push_text(start, self.at);
                }
            }
        }
        while !self.open.is_empty() {
            self.pop();
        }
        self.tree
    }

    fn push_text(&mut self, start: usize, end: usize) {
        if start < end {
            self.push(Kind::Text(&self.html[start..end]), (0, 0));
        }
    }

    fn push(&mut self, kind: Kind<'h>, attributes: (u32, u32)) -> u32 {
        let index = self.tree.nodes.len() as u32;
        let parent = self.open.last().map_or(0, |&(node, _)| node);
        self.tree.nodes.push(Node { kind, parent, end: index + 1, attributes });
        index
    }

    fn pop(&mut self) {
        if let Some((node, tag)) = self.open.pop() {
            self.tree.nodes[node as usize].end = self.tree.nodes.len() as u32;
            self.n_open[tag as usize] = self.n_open[tag as usize].saturating_sub(1);
        }
    }

    fn start_tag(&mut self, name_start: usize) {
        let bytes = self.html.as_bytes();
        let name_end = name_start + name_length(&bytes[name_start..]);
        let tag = Tag::of(&self.html[name_start..name_end]);
        let first = self.tree.attributes.len() as u32;
        let Some(after) = self.read_attributes(name_end) else {
            // The page ends within the tag.
            self.at = bytes.len();
            return;
        };
        self.at = after;
        let attributes = (first, self.tree.attributes.len() as u32);
        self.close_implied(tag);
        let node = self.push(Kind::Element(tag), attributes);
        if tag.is_raw() {
            self.raw_content(tag, node);
        } else if !tag.is_void() {
            if self.open.len() < MAX_DEPTH {
                self.open.push((node, tag));
                self.n_open[tag as usize] += 1;
            } else {
                self.tree.flattened += 1;
            }
        }
    }

    /// Passes over the content of an element that is no part of the text, keeping JSON-LD and titles.
    fn raw_content(&mut self, tag: Tag, node: u32) {
        let start = self.at;
        let Some(end) = self.find_end(tag, start) else {
            // A script or style runs to the end of the page; others are taken for forgotten end tags.
            if matches!(tag, Tag::Script | Tag::Style | Tag::Title) {
                self.at = self.html.len();
            }
            return;
        };
        let content = &self.html[start..end];
        let is_json_ld = || {
            let kind = self.tree.attribute(node as usize, "type").unwrap_or_default();
            kind.to_ascii_lowercase().contains("ld+json")
        };
        let kept = match tag {
            Tag::Title => Some(Kind::Text(content)),
            Tag::Script if is_json_ld() => Some(Kind::JsonLd(content)),
            _ => None,
        };
        if let Some(kind) = kept {
            self.open.push((node, tag));
            self.push(kind, (0, 0));
            self.pop();
        }
        let bytes = self.html.as_bytes();
        self.at = memchr(b'>', &bytes[end..]).map_or(bytes.len(), |found| end + found + 1);
    }

    fn find_end(&mut self, tag: Tag, start: usize) -> Option<usize> {
        if self.unclosed[tag as usize] {
            return None;
        }
        let found = find_end_tag(self.html.as_bytes(), start, tag.name());
        self.unclosed[tag as usize] = found.is_none();
        found
    }

    /// Reads up to the `>` and returns the place after it.
    fn read_attributes(&mut self, mut at: usize) -> Option<usize> {
        let bytes = self.html.as_bytes();
        loop {
            at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace() || **b == b'/').count();
            if *bytes.get(at)? == b'>' {
                return Some(at + 1);
            }
            let name_start = at;
            // The first byte is part of the name whatever it is, so that each turn moves on.
            at += 1;
            at += bytes[at..]
                .iter()
                .take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'>' | b'/'))
                .count();
            let name_end = at;
            at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
            let mut value = (at, at);
            if bytes.get(at) == Some(&b'=') {
                at += 1;
                at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
                match *bytes.get(at)? {
                    quote @ (b'"' | b'\'') => {
                        let length = memchr(quote, &bytes[at + 1..])?;
                        value = (at + 1, at + 1 + length);
                        at = value.1 + 1;
                    }
                    _ => {
                        let length = bytes[at..]
                            .iter()
                            .take_while(|b| !b.is_ascii_whitespace() && **b != b'>')
                            .count();
                        value = (at, at + length);
                        at = value.1;
                    }
                }
            }
            let name = &bytes[name_start..name_end];
            if let Some(kept) = KEPT.iter().find(|kept| kept.as_bytes().eq_ignore_ascii_case(name)) {
                // Bounds are at ASCII characters, so this is always text.
                if let Some(value) = self.html.get(value.0..value.1) {
                    let is_value = matches!(*kept, "content" | "href" | "datetime");
                    let length =
                        if is_value { value.len() } else { value.floor_char_boundary(MAX_NAME_BYTES) };
                    self.tree.attributes.push((kept, &value[..length]));
                }
            }
        }
    }

    /// Ends what a start tag ends without saying so.
    fn close_implied(&mut self, tag: Tag) {
        if tag.ends_paragraph() && self.n_open[Tag::P as usize] > 0 {
            self.close_up_to(|open| open == Tag::P, Tag::bounds_paragraph);
        }
        match tag {
            Tag::Li => self.close_up_to(|open| open == Tag::Li, Tag::bounds_item),
            Tag::Dt | Tag::Dd => {
                self.close_up_to(|open| matches!(open, Tag::Dt | Tag::Dd), Tag::bounds_item);
            }
            Tag::Td | Tag::Th => {
                self.close_up_to(|open| matches!(open, Tag::Td | Tag::Th), |open| open == Tag::Table);
            }
            Tag::Tr => self.close_up_to(|open| open == Tag::Tr, |open| open == Tag::Table),
            Tag::A if self.n_open[Tag::A as usize] > 0 => {
                self.close_up_to(|open| open == Tag::A, |open| !open.is_inline());
            }
            Tag::Body => self.close_up_to(|open| open == Tag::Head, |_| false),
            _ => {}
        }
    }

    /// Pops the innermost open element that `is_it`, with all in it, unless a boundary comes first.
    fn close_up_to(&mut self, is_it: impl Fn(Tag) -> bool, is_boundary: impl Fn(Tag) -> bool) {
        for depth in (1..self.open.len()).rev() {
            let tag = self.open[depth].1;
            if is_it(tag) {
                while self.open.len() > depth {
                    self.pop();
                }
                return;
            }
            if is_boundary(tag) {
                return;
            }
        }
    }

    fn end_tag(&mut self, name_start: usize) {
        let bytes = self.html.as_bytes();
        let name_end = name_start + name_length(&bytes[name_start..]);
        self.at = memchr(b'>', &bytes[name_end..]).map_or(bytes.len(), |found| name_end + found + 1);
        let tag = Tag::of(&self.html[name_start..name_end]);
        if tag == Tag::Br {
            self.push(Kind::Element(Tag::Br), (0, 0));
        } else if self.n_open[tag as usize] > 0 {
            let inline = tag.is_inline();
            self.close_up_to(
                |open| open == tag,
                // A stray end tag of a span must not end the section around it.
                |open| {
                    if inline {
                        !open.is_inline()
                    } else {
                        tag != Tag::Table && open.is_cell() && !tag.is_row()
                    }
                },
            );
        }
    }
}

fn name_length(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| !b.is_ascii_whitespace() && !matches!(b, b'>' | b'/')).count()
}

/// The place after a comment, a doctype or a processing instruction that starts at `start`.
fn end_of_declaration(html: &str, start: usize) -> usize {
    let bytes = html.as_bytes();
    if bytes[start..].starts_with(b"<!--") {
        let found = memchr::memmem::find(&bytes[start + 4..], b"-->");
        // "<!-->" is a whole comment.
        if bytes[start + 4..].first() == Some(&b'>') {
            return start + 5;
        }
        return found.map_or(html.len(), |found| start + 4 + found + 3);
    }
    memchr(b'>', &bytes[start..]).map_or(html.len(), |found| start + found + 1)
}

/// The place of `</name` at or after `start`, in any case.
fn find_end_tag(bytes: &[u8], start: usize, name: &str) -> Option<usize> {
    let mut at = start;
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        at += found;
        let rest = &bytes[at + 1..];
        if rest.first() == Some(&b'/')
            && rest.len() > name.len()
            && rest[1..=name.len()].eq_ignore_ascii_case(name.as_bytes())
            && rest.get(1 + name.len()).is_none_or(|b| !b.is_ascii_alphanumeric())
        {
            return Some(at);
        }
        at += 1;
    }
    None
}
