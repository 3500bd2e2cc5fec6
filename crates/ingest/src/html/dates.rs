//! When an article was published, and what says so.

use chrono::{DateTime, Utc};
use dyad_core::PublishedFrom;
use serde_json::Value;
use url::Url;

use super::json_ld::Linked;
use super::metadata::Metas;
use super::note::{DateFault, Note};
use super::rules;
use super::tag::Tag;
use super::tree::{Kind, Tree};
use crate::{dates, text};

/// `<meta>` names that say when an article was published, the surest first.
const META_NAMES: [&str; 28] = [
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "published-date",
    "publisheddate",
    "published_time",
    "publication_date",
    "publication-date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "article:published",
    "article_date_original",
    "datecreated",
    "date",
];

/// Longest text in which a date is looked for, in characters: a line under the title, no sentence.
const MAX_DATE_LINE: usize = 200;
/// Dates that the page declares, and `<time>` elements, looked at.
const MAX_DECLARED: usize = 100;
/// Texts looked at before the search for a date ends.
const MAX_DATE_LINES: usize = 400;
/// Largest difference between two writings of one moment in different time zones, in minutes.
const MAX_ZONE_MINUTES: i64 = 14 * 60;

/// The publication date of a page at `now`: JSON-LD, then `<meta>`, then `<time>`, then the address, then
/// the text around the title. Dates that cannot be true are passed over and noted.
pub(crate) fn published(
    tree: &Tree<'_>,
    metas: &Metas,
    linked: &Linked,
    address: Option<&Url>,
    now: DateTime<Utc>,
    notes: &mut Vec<Note>,
) -> Option<(DateTime<Utc>, PublishedFrom)> {
    let meta_dates = || META_NAMES.iter().flat_map(|name| metas.all(name)).map(str::to_owned);
    let declared: Vec<String> = linked
        .dates
        .iter()
        .cloned()
        .chain(meta_dates())
        .chain(marked_times(tree))
        .filter(|written| written.len() <= MAX_DATE_LINE)
        .take(MAX_DECLARED)
        .collect();
    for written in &declared {
        if let Some(date) = read(written, now, notes) {
            let date = in_zone(written, date, &declared, now, notes);
            return Some((date, PublishedFrom::Metadata));
        }
    }
    if let Some(date) = address.and_then(|address| dates::from_url(address, now)) {
        return Some((date, PublishedFrom::Url));
    }
    written_dates(tree, now).map(|date| (date, PublishedFrom::Text))
}

fn read(written: &str, now: DateTime<Utc>, notes: &mut Vec<Note>) -> Option<DateTime<Utc>> {
    let written = text::single_line(written)?;
    let value = Value::String(written.clone());
    let date = dates::from_field(&value, now);
    if date.is_none() {
        // Read with another clock, it tells whether it is a date at all.
        let fault = match dates::from_field(&value, DateTime::<Utc>::MAX_UTC) {
            Some(_) => DateFault::Future,
            None => DateFault::Impossible,
        };
        notes.push(Note::DatePassedOver { written, fault });
    }
    date
}

/// A time without a zone means UTC to [`dates::from_field`]. Where another of the page's dates is the same
/// moment with a zone (same minutes and seconds, a few hours apart), that one is right.
fn in_zone(
    written: &str,
    date: DateTime<Utc>,
    declared: &[String],
    now: DateTime<Utc>,
    notes: &mut Vec<Note>,
) -> DateTime<Utc> {
    if has_zone(written) || !written.contains(':') {
        return date;
    }
    let zoned = declared.iter().filter(|other| has_zone(other) && other.contains(':')).find_map(|other| {
        let other_date = dates::from_field(&Value::String(other.trim().to_owned()), now)?;
        let local = DateTime::parse_from_rfc3339(other.trim()).ok()?.naive_local();
        // Either the zone's own clock shows the same time, or whole quarters of an hour lie between them.
        let apart = (other_date - date).num_seconds().abs();
        let same = local == date.naive_utc() || apart % 900 == 0 && apart / 60 <= MAX_ZONE_MINUTES;
        same.then_some(other_date)
    });
    if zoned.is_none() {
        notes.push(Note::ZoneUnknown { written: written.to_owned() });
    }
    zoned.unwrap_or(date)
}

/// Whether a written time ends in `Z`, an offset or a zone's name.
fn has_zone(written: &str) -> bool {
    let tail = written.trim().rsplit(':').next().unwrap_or_default();
    let tail = tail.trim_end_matches(['m', 'M']).trim_end_matches(['a', 'A', 'p', 'P']);
    written.contains(':') && tail.contains(|c: char| c == '+' || c == '-' || c.is_alphabetic())
        || written.rsplit_once('T').is_some_and(|(_, time)| time.contains(['+', '-']))
}

/// The machine-readable dates of elements marked as the date of publication, then of the first `<time>`
/// that belongs to no other article.
fn marked_times<'t>(tree: &'t Tree<'_>) -> impl Iterator<Item = String> + 't {
    let value = |at: usize| {
        let written = tree.attribute(at, "datetime").or_else(|| tree.attribute(at, "content"));
        written
            .map(str::to_owned)
            .or_else(|| Some(tree.text(at)))
            .filter(|written| !written.trim().is_empty())
    };
    let is_marked = |at: &usize| {
        tree.attribute(*at, "itemprop").is_some_and(|name| name.eq_ignore_ascii_case("datePublished"))
            || tree.tag(*at) == Some(Tag::Time) && tree.attribute(*at, "pubdate").is_some()
    };
    let marked = (1..tree.nodes.len())
        .filter(|&at| !matches!(tree.tag(at), None | Some(Tag::Meta)))
        .filter(is_marked)
        .take(MAX_DECLARED)
        .filter_map(value);
    let times = tree
        .elements(Tag::Time)
        .take(MAX_DECLARED)
        .filter(|&at| tree.attribute(at, "datetime").is_some() && !is_elsewhere(tree, at))
        .filter_map(value)
        .take(1);
    marked.chain(times)
}

/// Whether a node is in a part of the page that shows other articles.
fn is_elsewhere(tree: &Tree<'_>, at: usize) -> bool {
    tree.ancestors(at).any(|above| match tree.tag(above) {
        Some(Tag::Nav | Tag::Footer | Tag::Aside | Tag::Li | Tag::A) => true,
        // The page's header may name today, an article's header its date.
        Some(Tag::Header) => {
            !tree.ancestors(above).any(|a| matches!(tree.tag(a), Some(Tag::Article | Tag::Main)))
        }
        _ => rules::is_boilerplate(tree, above) == rules::Verdict::Strong,
    })
}

/// A date in words in one of the short lines of the page. A line after the first title is preferred, and one
/// in an element that calls itself a date before any other.
fn written_dates(tree: &Tree<'_>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let start = tree.elements(Tag::H1).next().unwrap_or(0);
    let lines = |range: std::ops::Range<usize>| {
        range
            .filter_map(|at| match tree.nodes[at].kind {
                Kind::Text(line) if !line.trim().is_empty() && line.len() <= MAX_DATE_LINE => {
                    Some((at, line))
                }
                _ => None,
            })
            .take(MAX_DATE_LINES)
            .filter(|(at, _)| !is_elsewhere(tree, *at))
            .collect::<Vec<_>>()
    };
    let end = tree.nodes.len();
    let candidates: Vec<(usize, &str)> = lines(start..end).into_iter().chain(lines(0..start)).collect();
    let says_date = |at: usize| tree.ancestors(at).take(3).any(|above| rules::is_date(tree, above));
    let named = candidates.iter().filter(|(at, _)| says_date(*at)).find_map(|(_, line)| in_words(line, now));
    named.or_else(|| candidates.iter().take(60).find_map(|(_, line)| in_words(line, now)))
}

/// The first date within a line that names day, month and year: `Published: 31 July 2024, 12:00 GMT`.
fn in_words(line: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let line = text::single_line(line)?;
    let read = |part: &str| dates::from_field(&Value::String(part.to_owned()), now);
    let starts: Vec<usize> = std::iter::once(0)
        .chain(
            line.char_indices()
                .filter(|(_, c)| matches!(c, ' ' | ':' | '|' | '•' | '('))
                .map(|(i, c)| i + c.len_utf8()),
        )
        .collect();
    // Digits alone are more often a number than a date.
    let names_a_date =
        |part: &str| part.contains(|c: char| c.is_alphabetic()) || part.matches('-').count() == 2;
    for &start in &starts {
        let rest = line[start..].trim_start();
        // With its time and zone, then the day alone.
        if names_a_date(rest) && rest.contains(|c: char| c.is_ascii_digit()) {
            if let Some(date) = read(rest) {
                return Some(date);
            }
            let words: Vec<&str> = rest.split_whitespace().take(4).collect();
            let found = (1..=words.len()).rev().find_map(|n| {
                let part = words[..n].join(" ");
                let part = part.trim_end_matches([',', '.', ')', ';', '|']);
                names_a_date(part).then(|| read(part)).flatten()
            });
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::json_ld;

    fn published_in(html: &str, address: Option<&str>) -> (Option<String>, PublishedFrom, Vec<Note>) {
        let tree = Tree::parse(html);
        let metas = Metas::read(&tree);
        let linked = json_ld::read(&tree, None);
        let now = DateTime::from_timestamp(1_753_963_200, 0).expect("31 July 2025, noon");
        let address = address.map(|address| Url::parse(address).expect("an address"));
        let mut notes = Vec::new();
        let found = published(&tree, &metas, &linked, address.as_ref(), now, &mut notes);
        let from = found.map_or(PublishedFrom::None, |(_, from)| from);
        (found.map(|(date, _)| date.format("%Y-%m-%d %H:%M").to_string()), from, notes)
    }

    fn date(html: &str) -> Option<String> {
        published_in(html, None).0
    }

    const LD: &str = "<script type=application/ld+json>{\"@type\":\"NewsArticle\",\"datePublished\":\"2024-07-31T08:00:00-04:00\"}</script>";

    #[test]
    fn the_surest_source_of_a_date_wins() {
        let meta = "<meta property=article:published_time content=2024-07-30T10:00:00Z>";
        let time = "<article><time datetime='2024-07-29T10:00Z'>x</time></article>";
        let url = Some("https://e.com/2024/07/28/a");
        let text = "<h1>T</h1><p class=date>Published 27 July 2024</p>";
        let all = format!("{LD}{meta}{time}{text}");
        assert_eq!(published_in(&all, url).0.as_deref(), Some("2024-07-31 12:00"));
        assert_eq!(published_in(&format!("{meta}{time}{text}"), url).0.as_deref(), Some("2024-07-30 10:00"));
        assert_eq!(published_in(&format!("{time}{text}"), url).0.as_deref(), Some("2024-07-29 10:00"));
        let (found, from, _) = published_in(text, url);
        assert_eq!((found.as_deref(), from), (Some("2024-07-28 00:00"), PublishedFrom::Url));
        let (found, from, _) = published_in(text, None);
        assert_eq!((found.as_deref(), from), (Some("2024-07-27 00:00"), PublishedFrom::Text));
        assert_eq!(published_in("<p>No date", None).1, PublishedFrom::None);
    }

    #[test]
    fn impossible_and_future_dates_are_passed_over_and_noted() {
        let html = "<meta property=article:published_time content=2031-01-01><meta name=pubdate content=2024-13-41>\
                    <meta name=date content='2024-07-31'>";
        let (found, _, notes) = published_in(html, None);
        assert_eq!(found.as_deref(), Some("2024-07-31 00:00"));
        let faults: Vec<_> = notes
            .iter()
            .map(|note| match note {
                Note::DatePassedOver { fault, .. } => *fault,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(faults, [DateFault::Future, DateFault::Impossible]);
    }

    #[test]
    fn a_time_without_a_zone_takes_it_from_a_twin() {
        let local = |zoned: &str| {
            date(&format!(
                "<meta property=article:published_time content=2024-07-31T08:00:05><meta name=date content='{zoned}'>"
            ))
        };
        assert_eq!(local("2024-07-31T08:00:05-04:00").as_deref(), Some("2024-07-31 12:00"));
        assert_eq!(local("2024-07-31T12:00:05Z").as_deref(), Some("2024-07-31 12:00"));
        assert_eq!(local("2024-07-31T11:13:00Z").as_deref(), Some("2024-07-31 08:00"), "another moment");
        let (_, _, notes) = published_in("<meta name=date content=2024-07-31T08:00:05>", None);
        assert!(matches!(notes.as_slice(), [Note::ZoneUnknown { .. }]));
    }

    #[test]
    fn dates_of_other_articles_are_not_taken() {
        assert_eq!(date("<aside><time datetime=2024-07-01>x</time></aside><p>y").as_deref(), None);
        assert_eq!(date("<ul><li><time datetime=2024-07-01></time></li></ul>").as_deref(), None);
    }

    #[test]
    fn dates_in_words_are_read_within_a_line() {
        for line in [
            "Published: July 31, 2024",
            "By Ann Lee | 31 July 2024",
            "Wed 31 Jul 2024, last modified on Thu",
            "Updated 2024-07-31",
        ] {
            assert_eq!(
                date(&format!("<h1>T</h1><div>{line}</div>")).as_deref(),
                Some("2024-07-31 00:00"),
                "{line}"
            );
        }
        assert_eq!(
            date("<h1>T</h1><p>Posted on July 31, 2024 at 8:00 am EDT</p>").as_deref(),
            Some("2024-07-31 12:00")
        );
        assert_eq!(date("<h1>T</h1><p>In May 2024 it cost 31.12.20</p>"), None);
    }
}
