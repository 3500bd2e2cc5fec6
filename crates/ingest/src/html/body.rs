//! Which paragraphs of a page are the article.

use super::blocks::{self, Block};
use super::json_ld::letters;
use super::lines::{ends_sentence, is_boilerplate_line};
use super::note::Note;
use super::rules;
use super::tag::Tag;
use super::tree::Tree;

/// A paragraph of at least this many characters, mostly not links, is running text.
const MIN_GOOD_CHARS: usize = 60;
const MAX_GOOD_LINKS: f64 = 0.5;
/// A line with a larger share of links that is no sentence points to other pages.
const MAX_LINK_LINE: f64 = 0.6;
/// A line that ends as a sentence does is one from this many characters on.
const MIN_SENTENCE_CHARS: usize = 20;
/// The part of the page with this share of the running text is looked into.
const DESCENT_SHARE: f64 = 0.85;
/// The same within a part that calls itself the article.
const NAMED_DESCENT_SHARE: f64 = 0.97;
/// A part that calls itself the article's body is believed with this share of the running text.
const NAMED_SHARE: f64 = 0.4;
/// [`rules::body_rank`] of what calls itself the article's body.
const BODY_RANK: u8 = 3;
/// Pieces of a body that are tried as the first of their article.
const MAX_PIECES: usize = 50;
/// Styles of paragraphs that are told apart.
const MAX_STYLES: usize = 64;
/// JSON-LD's body is evidence from this many letters on.
const MIN_LINKED_LETTERS: usize = 200;
/// Above this many, and for later blocks, it is not searched: a hostile page could make that slow.
const MAX_LINKED_LETTERS: usize = 500_000;
const MAX_CONFIRMED_BLOCKS: usize = 5_000;
/// Share of JSON-LD's body that the page must show for the page's paragraphs to be taken.
const MIN_SHOWN: f64 = 0.6;

/// The paragraphs of the article, in order.
pub(crate) fn paragraphs(
    tree: &Tree<'_>,
    linked_body: Option<&str>,
    titles: &[String],
    notes: &mut Vec<Note>,
) -> Vec<String> {
    let blocks = blocks::blocks(tree);
    let titles: Vec<String> = titles.iter().map(|title| letters(title)).collect();
    let linked = linked_body.map(split_linked).unwrap_or_default();
    let evidence = Evidence::new(&linked, &blocks);
    let (start, end) = region(tree, &blocks, &evidence);
    let kept = clean(tree, &blocks[start..end], &titles);
    let n_shown: usize = kept.iter().map(|block| block.text.len()).sum();
    let n_linked: usize = linked.iter().map(String::len).sum();
    // A page that is built in the reader's browser shows less than it describes.
    if evidence.n_letters >= MIN_LINKED_LETTERS && evidence.shown < MIN_SHOWN && n_linked > n_shown {
        notes.push(Note::BodyFromJsonLd);
        return linked.into_iter().filter(|line| !is_boilerplate_line(line)).collect();
    }
    kept.into_iter().map(|block| block.text.clone()).collect()
}

/// What JSON-LD's body says of each block.
struct Evidence {
    n_letters: usize,
    /// Share of its letters that the page shows.
    shown: f64,
    /// By block: whether it is in the body. Empty without a body.
    confirmed: Vec<bool>,
    /// Whether the body is the whole article, so that what it lacks is none of it.
    is_whole: bool,
}

impl Evidence {
    fn new(linked: &[String], blocks: &[Block]) -> Self {
        let body = letters(&linked.concat());
        if !(MIN_LINKED_LETTERS..=MAX_LINKED_LETTERS).contains(&body.len()) {
            return Self { n_letters: 0, shown: 0.0, confirmed: Vec::new(), is_whole: false };
        }
        let finder_in = |needle: &str| memchr::memmem::find(body.as_bytes(), needle.as_bytes());
        let mut seen = vec![false; body.len()];
        let confirmed: Vec<bool> = blocks
            .iter()
            .enumerate()
            .map(|(i, block)| {
                if i >= MAX_CONFIRMED_BLOCKS {
                    return false;
                }
                let needle = letters(&block.text);
                match finder_in(&needle).filter(|_| needle.len() >= 12) {
                    Some(at) => {
                        seen[at..at + needle.len()].fill(true);
                        true
                    }
                    None => false,
                }
            })
            .collect();
        let shown = seen.iter().filter(|seen| **seen).count() as f64 / body.len() as f64;
        // An excerpt ends before the article does.
        let is_whole = shown > 0.9 && !body.is_empty();
        Self { n_letters: body.len(), shown, confirmed, is_whole }
    }
}

/// The blocks that the article is within.
fn region(tree: &Tree<'_>, blocks: &[Block], evidence: &Evidence) -> (usize, usize) {
    let masses: Vec<usize> = std::iter::once(0)
        .chain(blocks.iter().scan(0, |sum, block| {
            *sum += if is_good(block) { block.n_chars } else { 0 };
            Some(*sum)
        }))
        .collect();
    let range = |at: usize| {
        let start = blocks.partition_point(|block| block.at < at);
        let end = blocks.partition_point(|block| block.at < tree.end(at));
        (start, end)
    };
    let mass = |at: usize| {
        let (start, end) = range(at);
        masses[end] - masses[start]
    };
    if evidence.shown >= MIN_SHOWN {
        return confirmed_region(tree, blocks, evidence, range);
    }
    let total = masses.last().copied().unwrap_or(0) as f64;
    let named = named_part(tree, total * NAMED_SHARE, &mass);
    let (mut part, share) = match named {
        Some(named) => (named, NAMED_DESCENT_SHARE),
        None => (0, DESCENT_SHARE),
    };
    while let Some(child) = heaviest_child(tree, part, &mass)
        && mass(child) as f64 >= mass(part) as f64 * share
        && mass(child) > 0
    {
        if tree.tag(child) == Some(Tag::P) {
            break;
        }
        part = child;
    }
    range(part)
}

/// The blocks from the first to the last that JSON-LD's body holds, and those before and after that stand in
/// the same elements: some outlets leave paragraphs out of it.
fn confirmed_region(
    tree: &Tree<'_>,
    blocks: &[Block],
    evidence: &Evidence,
    range: impl Fn(usize) -> (usize, usize),
) -> (usize, usize) {
    let first = evidence.confirmed.iter().position(|confirmed| *confirmed).unwrap_or(0);
    let last = evidence.confirmed.iter().rposition(|confirmed| *confirmed).unwrap_or(0);
    let (start, end) = range(common_part(tree, blocks[first].at, blocks[last].at));
    if !evidence.is_whole {
        return (start, end);
    }
    let parent = |block: &Block| tree.nodes[block.owner].parent;
    let parents: std::collections::HashSet<u32> = (first..=last)
        .filter(|&i| evidence.confirmed[i] && blocks[i].tag == Tag::P)
        .map(|i| parent(&blocks[i]))
        .collect();
    let belongs = |block: &Block| block.tag == Tag::P && parents.contains(&parent(block)) && is_good(block);
    let first = (start..first).find(|&i| belongs(&blocks[i])).unwrap_or(first);
    let last = (last + 1..end).rfind(|&i| belongs(&blocks[i])).unwrap_or(last);
    (first, last + 1)
}

fn is_good(block: &Block) -> bool {
    block.n_chars >= MIN_GOOD_CHARS && block.link_share() < MAX_GOOD_LINKS && !block.tag.is_heading()
}

/// The part whose name says surest that it is the article's body, with at least `least` running text. Several
/// of the same name (a body cut in pieces by other things) stand for what is around them.
fn named_part(tree: &Tree<'_>, least: f64, mass: &impl Fn(usize) -> usize) -> Option<usize> {
    let ranked: Vec<(u8, usize)> = (1..tree.nodes.len())
        .filter(|&at| tree.tag(at).is_some())
        .map(|at| (rules::body_rank(tree, at), at))
        .filter(|(rank, _)| *rank > 0)
        .collect();
    for rank in (1..=BODY_RANK).rev() {
        let of_rank: Vec<usize> = ranked.iter().filter(|(r, _)| *r == rank).map(|(_, at)| *at).collect();
        // The first that is heavy enough: what follows on an endless page is another article.
        let is_heavy = |at: &usize| mass(*at) as f64 >= least.max(1.0);
        let Some(first) = of_rank.iter().copied().find(is_heavy) else {
            if rank == BODY_RANK
                && let Some(whole) = pieces(tree, &of_rank, is_heavy)
            {
                return Some(whole);
            }
            continue;
        };
        // The innermost of the same kind that holds as much.
        let inner = of_rank.iter().copied().rfind(|&at| {
            at > first && at < tree.end(first) && mass(at) as f64 >= mass(first) as f64 * NAMED_DESCENT_SHARE
        });
        return Some(with_twins(tree, inner.unwrap_or(first), &of_rank));
    }
    None
}

/// A part, or what is around it and its twins: parts of the same kind and class in the same article.
fn with_twins(tree: &Tree<'_>, part: usize, of_rank: &[usize]) -> usize {
    let class = tree.attribute(part, "class");
    let article = |at: usize| tree.ancestors(at).find(|&above| tree.tag(above) == Some(Tag::Article));
    let is_twin = |at: usize| {
        at >= tree.end(part)
            && tree.tag(at) == tree.tag(part)
            && class.is_some()
            && tree.attribute(at, "class") == class
            && article(at).is_some()
            && article(at) == article(part)
    };
    let last = of_rank.iter().copied().rfind(|&at| is_twin(at));
    last.map_or(part, |last| common_part(tree, part, last))
}

/// What is around a body cut in pieces, none of which is heavy: the first such part of one article, else what
/// is around all of them.
fn pieces(tree: &Tree<'_>, of_rank: &[usize], is_heavy: impl Fn(&usize) -> bool) -> Option<usize> {
    let of_article = of_rank.iter().take(MAX_PIECES).map(|&at| with_twins(tree, at, of_rank)).find(&is_heavy);
    let around_all = || match of_rank {
        [first, .., last] => Some(common_part(tree, *first, *last)).filter(is_heavy),
        _ => None,
    };
    of_article.or_else(around_all)
}

/// The smallest element around two nodes.
fn common_part(tree: &Tree<'_>, first: usize, last: usize) -> usize {
    tree.ancestors(first).find(|&above| tree.end(above) > last).unwrap_or(0)
}

fn heaviest_child(tree: &Tree<'_>, at: usize, mass: &impl Fn(usize) -> usize) -> Option<usize> {
    let mut child = at + 1;
    let mut best: Option<(usize, usize)> = None;
    while child < tree.end(at) {
        if tree.tag(child).is_some_and(|tag| !tag.is_inline()) {
            let m = mass(child);
            if best.is_none_or(|(most, _)| m > most) {
                best = Some((m, child));
            }
        }
        child = tree.end(child);
    }
    best.map(|(_, child)| child)
}

/// Takes titles, link lines, requests, captions left over and lines around the text out of the blocks.
fn clean<'b>(tree: &Tree<'_>, blocks: &'b [Block], titles: &[String]) -> Vec<&'b Block> {
    let mut kept: Vec<&Block> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for block in blocks {
        let key = letters(&block.text);
        let is_repeated = block.n_chars >= MIN_GOOD_CHARS && !seen.insert(key.clone());
        if block.tag == Tag::H1 || titles.contains(&key) || is_repeated || is_unwanted(block) {
            continue;
        }
        kept.push(block);
    }
    trim(tree, &mut kept);
    drop_lone_headings(kept)
}

fn is_unwanted(block: &Block) -> bool {
    let is_link_line = block.link_share() > MAX_LINK_LINE && !ends_sentence(&block.text)
        || block.link_share() > 0.8 && is_shouted(&block.text);
    is_link_line || is_boilerplate_line(&block.text)
}

fn is_shouted(line: &str) -> bool {
    let mut letters = line.chars().filter(|c| c.is_alphabetic()).peekable();
    letters.peek().is_some() && letters.filter(|c| c.is_lowercase()).count() * 3 < line.chars().count()
}

/// Lines before the first and after the last sentence are bylines, dates, sections and links, unless they
/// are set as the text is, or a list stands where the text does.
fn trim(tree: &Tree<'_>, kept: &mut Vec<&Block>) {
    let good = || kept.iter().copied().filter(|block| is_good(block));
    let style = |block: &Block| (block.tag, tree.attribute(block.owner, "class"));
    let main_style = most(good().map(|block| (style(block), block.n_chars)));
    let main_place = most(good().map(|block| (place(tree, block), block.n_chars)));
    let is_styled = |block: &Block| {
        main_style.is_some_and(|main| main.1.is_some_and(|class| !class.is_empty()) && style(block) == main)
    };
    let is_listed = |block: &Block| {
        matches!(block.tag, Tag::Li | Tag::Dd | Tag::Dt) && Some(place(tree, block)) == main_place
    };
    let is_text = |block: &&Block| {
        let is_sentence = ends_sentence(&block.text) && block.n_chars >= MIN_SENTENCE_CHARS;
        block.link_share() < MAX_GOOD_LINKS
            && !block.tag.is_heading()
            && (is_good(block) || is_sentence || is_styled(block) || is_listed(block))
    };
    let Some(first) = kept.iter().position(is_text) else { return };
    let last = kept.iter().rposition(is_text).unwrap_or(first);
    kept.truncate(last + 1);
    kept.drain(..first);
}

/// The element that a paragraph, or the list that an item is of, stands in.
fn place(tree: &Tree<'_>, block: &Block) -> usize {
    let is_list = |at: &usize| matches!(tree.tag(*at), Some(Tag::Ul | Tag::Ol | Tag::Dl | Tag::Li));
    tree.ancestors(block.owner).find(|at| !is_list(at)).unwrap_or(0)
}

/// The key with the largest sum; of many different keys only the first are told apart.
fn most<K: PartialEq + Copy>(weighed: impl Iterator<Item = (K, usize)>) -> Option<K> {
    let mut sums: Vec<(K, usize)> = Vec::new();
    for (key, weight) in weighed {
        match sums.iter().position(|(known, _)| *known == key) {
            Some(known) => sums[known].1 += weight,
            None if sums.len() < MAX_STYLES => sums.push((key, weight)),
            None => {}
        }
    }
    sums.into_iter().max_by_key(|(_, sum)| *sum).map(|(key, _)| key)
}

/// A heading without a text below belonged to something that was left out.
fn drop_lone_headings(kept: Vec<&Block>) -> Vec<&Block> {
    let n = kept.len();
    (0..n)
        .filter(|&i| {
            let next = kept.get(i + 1);
            !kept[i].tag.is_heading() || next.is_some_and(|next| !next.tag.is_heading())
        })
        .map(|i| kept[i])
        .collect()
}

/// JSON-LD's body by paragraph: HTML, lines, or sentences run together.
fn split_linked(body: &str) -> Vec<String> {
    if body.contains("</p>") || body.contains("<br") || body.contains("<p>") {
        let tree = Tree::parse(body);
        return blocks::blocks(&tree).into_iter().map(|block| block.text).collect();
    }
    let mut lines: Vec<&str> = body.split(['\n', '\r', '\u{2029}']).collect();
    if lines.iter().filter(|line| !line.trim().is_empty()).count() < 2 {
        lines = split_run_together(body);
    }
    lines.into_iter().filter_map(blocks::line).collect()
}

/// Paragraphs joined without a space: `…it ended.The next began…`.
fn split_run_together(body: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before = [' ', ' '];
    for (i, c) in body.char_indices() {
        let [two_before, one_before] = before;
        let ends = matches!(one_before, '.' | '!' | '?' | '”')
            && (two_before.is_lowercase()
                || two_before.is_ascii_digit()
                || "\"”’)".contains(two_before)
                || two_before == '.');
        if ends && (c.is_uppercase() || c == '“') && i > start {
            parts.push(&body[start..i]);
            start = i;
        }
        before = [one_before, c];
    }
    parts.push(&body[start..]);
    parts
}
