use super::*;
use crate::fixture;

fn page(change: impl FnOnce(&mut dyad_analyze::Analysis)) -> String {
    let mut analysis = fixture::analysis();
    change(&mut analysis);
    section(&View::new(&analysis))
}

/// The part of the section from one heading to the next.
fn part<'p>(page: &'p str, id: &str) -> &'p str {
    let start = page.find(&format!("<h3 id=\"{id}\">")).unwrap_or_else(|| panic!("no {id} in {page}"));
    let end = page[start + 4..].find("<h3 ").map_or(page.len(), |end| start + 4 + end);
    &page[start..end]
}

#[test]
fn only_what_there_is_something_for_is_shown() {
    let page = page(|analysis| {
        analysis.source_groups.clear();
        analysis.before_after = None;
        analysis.other_dyads.clear();
    });
    assert_eq!(page.matches("<h3 ").count(), 1);
    let empty = section(&View::new(&fixture::empty()));
    assert!(empty.contains("There is no source to compare.") && !empty.contains("<table"));
}

#[test]
fn sources_have_their_tone_as_it_is_and_shrunken() {
    let whole = page(|_| {});
    let sources = part(&whole, "sources");
    assert!(sources.contains("Tone, shrunken") && sources.contains("class=\"pooled\""));
    // All but "unknown", which is no outlet.
    assert_eq!(sources.matches("class=\"mean\"").count(), 7);
    assert!(sources.contains("<td class=\"quiet\">–</td>") && !sources.contains("<img"));
    let plain = page(|analysis| analysis.sources.iter_mut().for_each(|row| row.shrunken.clear()));
    let plain = part(&plain, "sources");
    assert!(!plain.contains("Tone, shrunken") && plain.contains("too few named sources"));
}

#[test]
fn groups_name_their_outlets_and_what_is_missing() {
    let whole = page(|_| {});
    let groups = part(&whole, "groups");
    assert!(groups.contains("no article from <bdi>AP &lt;b&gt;wire&lt;/b&gt;</bdi>"), "{groups}");
    assert!(groups.contains("agencies</bdi> against the rest: 2 of 3 measures differ clearly"), "{groups}");
    assert!(groups.contains("of the 4 differences below fewer than one would be"), "{groups}");
    assert!(!groups.contains("<script") && !groups.contains("(mean probability)"));
    assert_eq!(groups.matches("<details").count(), 2, "a group without an article has no table");
}

#[test]
fn a_day_is_told_with_its_test_or_with_what_is_wrong_with_it() {
    let whole = page(|_| {});
    let split = part(&whole, "split");
    assert!(split.contains("Before and after 17\u{a0}November\u{a0}2023"));
    assert!(split.contains("240 articles before that day, 371 from it on") && split.contains("for the 2 "));
    // Clear by its interval, not among all measures; and one that is not tested.
    assert_eq!((split.matches("badge").count(), split.matches(">–</td>").count()), (1, 1));
    let outside = page(|analysis| {
        let split = analysis.before_after.as_mut().expect("a split");
        split.date = NaiveDate::from_ymd_opt(2031, 1, 1).expect("a date");
        (split.articles_before, split.articles_after) = (611, 0);
        split.metrics.clear();
    });
    let said = part(&outside, "split");
    assert!(
        said.contains("from 1 January 2031 or later: the coverage runs from 22 July 2019 to 28 June 2025"),
        "{said}"
    );
}

#[test]
fn other_pairs_are_named_by_their_actors() {
    let whole = page(|_| {});
    let pairs = part(&whole, "pairs");
    assert!(
        pairs.contains("<bdi>Google</bdi> and <bdi>Anthropic</bdi>: 1 of 3 measures differs clearly"),
        "{pairs}"
    );
    assert!(pairs.contains("against <bdi>Stance Google → Anthropic</bdi>"), "{pairs}");
    assert_eq!(pairs.matches("Another model made").count(), 1);
    assert!(pairs.contains("&lt;i&gt;Amazon") && !pairs.contains("<i>") && !pairs.contains('\u{202e}'));
    assert!(pairs.contains("too wide") && pairs.contains("too narrow"));
}

#[test]
fn the_summary_has_a_short_table_of_each() {
    let text = crate::markdown::render(&fixture::analysis());
    for part in [
        "### Sources",
        "| Reuters | 180 |",
        "### Groups of sources",
        "no article from AP &lt;b&gt;wire&lt;/b&gt;",
        "| Tone | +0.31 | +0.12 | +0.19 | +0.09 to +0.29 | **clear** |",
        "### Before and after 17 November 2023",
        "1 of 3 measures differ clearly.",
        "### Other pairs of actors",
        "Fewer than one of the differences",
        "**&lt;i&gt;Amazon&lt;/i&gt; and Anthropic**",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("<script") && !text.contains('\u{202e}'));
    let empty = crate::markdown::render(&fixture::empty());
    assert!(!empty.contains("## Comparisons"));
}
