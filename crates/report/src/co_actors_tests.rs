//! Who else is in the story, in every form of the report.

use std::fs;

use crate::{fixture, write_report};
use dyad_analyze::Analysis;
use dyad_core::ReportConfig;

/// Page, Markdown and JSON of an analysis.
fn written(analysis: &Analysis) -> [String; 3] {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let files = write_report(analysis, dir.path(), &ReportConfig::default()).expect("the report is written");
    [files.html.expect("a page"), files.markdown.expect("a summary"), files.json]
        .map(|path| fs::read_to_string(path).expect("a readable file"))
}

fn section<'p>(page: &'p str, id: &str) -> &'p str {
    let start = page.find(&format!("<section id=\"{id}\"")).expect("a section");
    &page[start..start + page[start..].find("</section>").expect("its end")]
}

#[test]
fn co_actors_stand_with_their_numbers_and_a_picture() {
    let [page, ..] = written(&fixture::analysis());
    let others = section(&page, "others");
    assert_eq!(others.matches("<tr>").count(), 1 + fixture::analysis().co_actors.len());
    for part in [
        "named in the 611 articles",
        "<bdi>Oracle</bdi>",
        "93 sentences",
        "15\u{202f}% <span class=\"interval\">[13\u{202f}% to 17\u{202f}%]</span>",
        "<th scope=\"col\">Share in 2019–2021, in 2025</th>",
        "+36\u{a0}points</span>",
        "−0.18</span>",
        "aria-label=\"Share of articles that name Oracle, by period from July 2019 to April 2025; highest from ",
    ] {
        assert!(others.contains(part), "{part} in {others}");
    }
    assert_eq!(others.matches("<svg class=\"spark\"").count(), 8);
    assert!(others.contains("<rect class=\"few\"") && !others.contains("NaN"));
    assert!(page.contains("<a href=\"#others\">"));
}

#[test]
fn rows_beyond_the_first_open_on_demand() {
    let mut analysis = fixture::analysis();
    analysis.co_actors = analysis.co_actors.into_iter().cycle().take(20).collect();
    let [page, ..] = written(&analysis);
    let others = section(&page, "others");
    let (open, closed) = others.split_once("<summary>8 less often named</summary>").expect("the rest");
    assert_eq!((open.matches("<tr>").count(), closed.matches("<tr>").count()), (1 + 12, 1 + 8));
}

#[test]
fn only_clear_differences_are_marked() {
    let mut analysis = fixture::analysis();
    analysis.co_actors.truncate(2);
    let [page, markdown, _] = written(&analysis);
    let others = section(&page, "others");
    // Both shares changed clearly; the tone of the first alone is clear.
    assert_eq!(others.matches("class=\"badge\"").count(), 3);
    for other in &mut analysis.co_actors {
        let difference = &mut other.shift.as_mut().expect("a shift").difference;
        (difference.low, difference.high) = (-0.1, 0.5);
    }
    assert!(markdown.contains("| Oracle | 90 | 15\u{202f}% | 13\u{202f}% to 17\u{202f}% | 1\u{202f}% | 37\u{202f}% | **+36\u{a0}points** |"), "{markdown}");
    let [page, markdown, _] = written(&analysis);
    assert_eq!(section(&page, "others").matches("class=\"badge\"").count(), 1);
    assert!(markdown.contains("| +36\u{a0}points |"), "{markdown}");
}

#[test]
fn hostile_names_are_text_and_short() {
    let [page, markdown, _] = written(&fixture::analysis());
    let others = section(&page, "others");
    for forbidden in [
        "<script>",
        " onmouseover=\"",
        "\u{202e}",
        "Long name Long name Long name Long name Long name Long name Long name Long name Long name",
    ] {
        assert!(!others.contains(forbidden), "{forbidden:?} in {others}");
    }
    assert!(others.contains("&lt;script&gt;alert(&#39;name&#39;)"));
    assert!(section(&page, "turns").contains("&lt;script&gt;alert(&#39;moved&#39;)"));
    for forbidden in [
        "<script",
        "@everyone",
        "[x](javascript",
        "\u{202e}",
        "Long name Long name Long name Long name Long name Long name Long name",
    ] {
        assert!(!markdown.contains(forbidden), "{forbidden:?}");
    }
    let rows =
        markdown.lines().filter(|line| line.contains(" points") || line.contains("\u{a0}points")).count();
    assert!(rows >= 8, "a name is no cell of its own");
}

#[test]
fn a_change_says_who_is_named_more_and_less_often() {
    let [page, ..] = written(&fixture::analysis());
    let turns = section(&page, "turns");
    assert!(
        turns.contains("From then on more of the articles name <bdi>Oracle</bdi> (2\u{202f}% to 21\u{202f}%), fewer <bdi>&lt;script"),
        "{turns}"
    );
}

#[test]
fn a_report_without_co_actors_or_dates_says_so_and_draws_nothing() {
    let [page, markdown, _] = written(&fixture::empty());
    assert!(section(&page, "others").contains("No other organisation or person is named"));
    assert!(!markdown.contains("Who else"));
    let [page, markdown, _] = written(&fixture::undated());
    let others = section(&page, "others");
    assert!(others.contains("<bdi>Oracle</bdi>") && !others.contains("<svg class=\"spark\""));
    assert!(!others.contains("over time"), "{others}");
    assert!(markdown.contains("| Oracle | 90 | 15\u{202f}% | 13\u{202f}% to 17\u{202f}% |\n"));
}

#[test]
fn the_json_holds_the_co_actors_of_schema_3() {
    let mut analysis = fixture::analysis();
    analysis.evidence.retain(|e| e.frames.iter().all(|p| p.is_finite()));
    let [.., json] = written(&analysis);
    let back: Analysis = serde_json::from_str(&json).expect("the same shape");
    let names = |analysis: &Analysis| analysis.co_actors.iter().map(|o| o.name.clone()).collect::<Vec<_>>();
    assert_eq!((back.schema_version, names(&back)), (3, names(&analysis)));
    assert_eq!(back.co_actors[0].series.len(), analysis.co_actors[0].series.len());
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(value["co_actors"][2]["kind"], "person");
    assert_eq!(value["change_points"][0]["co_actors"][0]["name"], "Oracle");
}
