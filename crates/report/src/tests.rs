//! The files of a report, written from the fixture.

use std::fs;
use std::path::Path;

use super::*;
use crate::fixture;

/// The files of a report in every format, none of which may be left out.
struct Written {
    html: PathBuf,
    markdown: PathBuf,
    json: PathBuf,
    evidence: PathBuf,
    change_points: PathBuf,
    series: Vec<PathBuf>,
    tables: Vec<PathBuf>,
}

fn written(analysis: &Analysis) -> (tempfile::TempDir, Written) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let options = ReportConfig { formats: ReportFormat::ALL.to_vec(), keep: 0, ..ReportConfig::default() };
    let files = write_report(analysis, &dir.path().join("new/out"), &options).expect("the report is written");
    let there = |path: Option<PathBuf>| path.expect("a file of this format");
    let written = Written {
        html: there(files.html),
        markdown: there(files.markdown),
        json: files.json,
        evidence: there(files.evidence),
        change_points: there(files.change_points),
        series: files.series,
        tables: files.tables,
    };
    (dir, written)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a readable file")
}

/// The text of a `<script>` element with an id.
fn script_text<'p>(page: &'p str, id: &str) -> &'p str {
    let start = page.find(&format!("id=\"{id}\">")).expect("the element") + id.len() + 6;
    let end = page[start..].find("</script>").expect("its end");
    &page[start..start + end]
}

#[test]
fn every_file_is_there_and_no_temporary_stays() {
    let (dir, files) = written(&fixture::analysis());
    let out = dir.path().join("new/out");
    let mut names: Vec<String> = fs::read_dir(&out)
        .expect("a folder")
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let expected = [
        "change_points.csv",
        "charts",
        "evidence.csv",
        "latest",
        "report.html",
        "report.json",
        "report.md",
        "reports",
        "series",
        "tables",
    ];
    assert_eq!(names, expected);
    assert!(files.tables.iter().all(|path| path.starts_with(out.join("tables")) && path.is_file()));
    assert_eq!(fs::read_dir(out.join("tables")).expect("a folder").count(), files.tables.len());
    assert_eq!(files.series.len(), fixture::analysis().series.len() + 1);
    assert_eq!(fs::read_dir(out.join("series")).expect("a folder").count(), files.series.len());
    assert!(out.join("series/tone.quarter.csv").is_file());
    assert_eq!(files.series.last(), Some(&out.join("series/all.csv")));
}

#[test]
fn changes_of_level_are_told_with_their_sentences_in_every_form() {
    let (_dir, files) = written(&fixture::analysis());
    let page = read(&files.html);
    let section = &page[page.find("id=\"turns\"").expect("a section")..];
    let section = &section[..section.find("</section>").expect("its end")];
    assert!(
        section.contains("21\u{a0}January\u{a0}2025")
            && section.contains("Tone</bdi> fell from +0.46 to +0.07"),
        "{section}"
    );
    assert_eq!(section.matches("<blockquote").count(), 4, "a place without a sentence is passed over");
    assert!(
        section.contains("&lt;b&gt;Loud") && !section.contains("<b>Loud") && !section.contains("javascript:")
    );
    let markdown = read(&files.markdown);
    assert!(
        markdown.contains("| 2025-01-21 | 2024-12-12 to 2025-01-24 | Tone | +0.46 | +0.07 | 0.007 |"),
        "{markdown}"
    );
    let table = read(&files.change_points);
    assert!(
        table.lines().nth(2).is_some_and(|row| row.starts_with("tone,2025-01-21,2024-12-12,2025-01-24,")),
        "{table}"
    );
    // Each chart marks the changes of its own measures.
    let mut analysis = fixture::analysis();
    analysis.change_points[1].metric = "closeness".to_owned();
    let charts = crate::charts::all(&crate::view::View::new(&analysis)).expect("charts");
    assert_eq!(charts["chart-tone"]["month"]["layout"]["shapes"][0]["x0"], "2025-01-21");
    assert!(charts["chart-stance"]["month"]["layout"]["shapes"].as_array().is_none_or(Vec::is_empty));
}

#[test]
fn closeness_is_drawn_and_tone_waits_in_the_legend() {
    let charts = crate::charts::all(&crate::view::View::new(&fixture::analysis())).expect("charts");
    let chart = &charts["chart-tone"]["month"];
    for trace in chart["data"].as_array().expect("traces") {
        let expected =
            if trace["legendgroup"] == "closeness" { serde_json::json!(true) } else { "legendonly".into() };
        assert_eq!(trace["visible"], expected, "{}", trace["legendgroup"]);
    }
    // A change of tone is no line in a chart that does not show tone.
    assert!(chart["layout"]["shapes"].as_array().is_none_or(Vec::is_empty));
    let (_dir, files) = written(&fixture::analysis());
    let page = read(&files.html);
    assert!(page.contains("Closeness over time") && page.contains("<dt>Closeness</dt>"));
    assert!(page.contains("Closeness</bdi> is <strong>+0.16</strong>"), "the finding above the chart");
}

#[test]
fn the_methods_say_what_an_interval_holds() {
    let methods = |analysis: &Analysis| {
        let (_dir, files) = written(analysis);
        let page = read(&files.html);
        let section = &page[page.find("id=\"methods\"").expect("a section")..];
        section[..section.find("</section>").expect("its end")].to_owned()
    };
    let with = methods(&fixture::analysis());
    // 1.96 times the standard deviation.
    assert!(with.contains("Tone</bdi> <span class=\"interval\">±0.10</span>"), "{with}");
    assert!(with.contains("±8\u{a0}points"), "{with}");
    assert!(with.contains("No figure is known for") && with.contains("Sentiment towards OpenAI"), "{with}");
    let without = methods(&Analysis { classifier_errors: vec![], ..fixture::analysis() });
    assert!(without.contains("how far the model is off on average is not in them"), "{without}");
    assert!(!without.contains('±'), "{without}");
}

#[test]
fn json_reads_back_as_the_analysis() {
    let mut analysis = fixture::analysis();
    // JSON has no NaN.
    analysis.evidence.retain(|e| e.frames.iter().all(|p| p.is_finite()));
    let (_dir, files) = written(&analysis);
    let back: Analysis = serde_json::from_str(&read(&files.json)).expect("the same shape");
    assert_eq!(back.evidence, analysis.evidence);
    assert_eq!(back.coverage, analysis.coverage);
}

#[test]
fn csv_cells_are_no_formulas_and_rows_are_complete() {
    let (_dir, files) = written(&fixture::analysis());
    let mut reader = csv::Reader::from_path(&files.evidence).expect("opens");
    let header = reader.headers().expect("a header").clone();
    let text_columns: Vec<usize> = ["source", "title", "text", "url"]
        .iter()
        .filter_map(|n| header.iter().position(|h| h == *n))
        .collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("as long as the header")).collect();
    assert_eq!(rows.len(), fixture::analysis().evidence.len());
    for row in &rows {
        for &column in &text_columns {
            assert!(!row[column].starts_with(['=', '+', '-', '@', '\t', '\r']), "{}", &row[column]);
        }
    }
    let all = read(files.series.last().expect("all.csv"));
    assert!(all.starts_with("metric,grain,period,start,end,value,low,high,articles,sentences\n"));
    assert!(all.contains("\ntone,quarter,2020-Q2,2020-04-01,2020-07-01,,,,,\n"), "a gap keeps its row");
}

#[test]
fn the_page_carries_hostile_text_only_as_text() {
    let (_dir, files) = written(&fixture::analysis());
    let page = read(&files.html);
    assert!(!page.contains("<img src=x"));
    assert!(!page.contains("<script>document"));
    assert!(!page.contains("<script>alert"));
    assert!(!page.to_lowercase().contains("\"javascript:"));
    // Two executable scripts would be a mistake: Plotly's is packed.
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(!page.contains(" onclick=") && !page.contains(" onload="));
    let evidence = script_text(&page, "evidence-data");
    let value: serde_json::Value = serde_json::from_str(evidence).expect("JSON");
    assert_eq!(value["rows"].as_array().expect("rows").len(), fixture::analysis().evidence.len());
}

#[test]
fn the_policy_admits_exactly_the_script_of_the_page() {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    let (_dir, files) = written(&fixture::analysis());
    let page = read(&files.html);
    let script =
        page.rsplit_once("<script>").and_then(|(_, s)| s.split_once("</script>")).expect("the script").0;
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(script.as_bytes()));
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).and_then(|s| s.split('"').next());
    let policy = policy.expect("a policy");
    assert!(policy.contains(&format!("'sha256-{hash}'")));
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"));
    assert!(!policy.contains("script-src 'unsafe") && !policy.contains("http"));
}

#[test]
fn the_packed_script_is_the_one_whose_hash_the_policy_names() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};
    use std::io::Read;
    let (_dir, files) = written(&fixture::analysis());
    let page = read(&files.html);
    let packed = STANDARD.decode(script_text(&page, "plotly-packed")).expect("base64");
    let mut script = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut script).expect("gzip");
    assert!(page.contains(&STANDARD.encode(Sha256::digest(script.as_bytes()))));
}

#[test]
fn ten_thousand_relations_stay_under_six_megabytes() {
    let (_dir, files) = written(&fixture::large(10_000));
    let page = read(&files.html);
    assert!(page.len() < 6_000_000, "{} bytes", page.len());
    assert!(page.contains("This page holds all 10,000 sentences."), "ordinary news must fit whole");
}

#[test]
fn what_does_not_fit_is_said() {
    let (_dir, files) = written(&fixture::large(40_000));
    let page = read(&files.html);
    assert!(page.len() < 6_000_000, "{} bytes", page.len());
    assert!(page.contains(" of 40,000; all are in the <code>relations</code> table."));
}

#[test]
fn the_dom_contract_holds() {
    let (_dir, files) = written(&fixture::analysis());
    let page = read(&files.html);
    for chart in ["tone", "frames", "stance", "sentiment", "volume"] {
        assert!(page.contains(&format!("<div class=\"chart\" id=\"chart-{chart}\"")), "{chart}");
    }
    assert!(page.contains("<section id=\"evidence\"") && page.contains("id=\"evidence-count\""));
}

#[test]
fn nothing_to_draw_is_said_in_a_sentence_without_empty_frames() {
    for analysis in [fixture::empty(), fixture::undated()] {
        let (_dir, files) = written(&analysis);
        let page = read(&files.html);
        assert!(!page.contains("class=\"chart\""));
        assert!(page.len() < 400_000, "no Plotly without a chart");
        assert!(page.contains("id=\"evidence-count\""));
    }
    let (_dir, files) = written(&fixture::undated());
    assert!(read(&files.html).contains("carries a date"));
}

#[test]
fn the_markdown_holds_no_markup_of_an_article() {
    let (_dir, files) = written(&fixture::analysis());
    let text = read(&files.markdown);
    for forbidden in ["<script", "<img", "[x](javascript", "@everyone", "@handle", "\u{202e}"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
    for part in ["## What changed", "## Quarters in numbers", "## Data quality", "| 2024-Q3 |", "**clear**"] {
        assert!(text.contains(part), "{part}");
    }
    assert!(text.len() < 20_000);
}

#[test]
fn markdown_of_an_empty_analysis() {
    let (_dir, files) = written(&fixture::empty());
    let text = read(&files.markdown);
    assert!(text.contains("too little dated coverage"));
    assert!(text.contains("No article that mentions both carries a date."));
}

#[test]
fn what_is_new_since_the_last_report_is_told_in_every_form() {
    let (_dir, files) = written(&fixture::compared());
    let page = read(&files.html);
    assert!(page.contains("<a href=\"#since\">Since the last report</a>"));
    assert!(page.contains("1 watched number moved since the last report: Tone.</p>"), "a line at the top");
    let section = &page[page.find("<section id=\"since\"").expect("a section")..];
    let section = &section[..section.find("</section>").expect("its end")];
    for part in [
        "16 articles came or changed; 9 of them mention Microsoft and OpenAI together, in 14 sentences.",
        "3 sources the last report did not have",
        "and 1 more.",
        "<td class=\"number\">1,270</td><td class=\"number strong\">1,284</td>",
        "<td class=\"number\">–</td><td class=\"number strong\">42</td>",
        "Tone</bdi></th><td class=\"number\">−0.31</td><td class=\"number\">+0.18</td>",
        "New: <bdi>Tone</bdi> on 21\u{a0}January\u{a0}2025, from +0.46 to +0.07",
        "Gone: <bdi>Tension (mean probability)</bdi> on 20\u{a0}November\u{a0}2023",
    ] {
        assert!(section.contains(part), "{part}\n{section}");
    }
    assert!(!section.contains("Rivalry (mean probability)"), "the share says it already");
    assert_eq!(section.matches("<blockquote").count(), 2, "a place without a sentence is passed over");
    assert!(
        section.contains("&lt;img src=x") && !section.contains("<img") && !section.contains("javascript:")
    );
    let markdown = read(&files.markdown);
    assert!(markdown.contains("| Tone | −0.31 | +0.18 | −0.49 | −0.69 to −0.29 | **clear** |"), "{markdown}");
    assert!(
        markdown.contains("> **Alert:** Tone changed its level on 21 January 2025")
            && !markdown.contains("@handle |")
    );
    assert!(markdown.find("Since the last") < markdown.find("When it changed"));
    let json: serde_json::Value = serde_json::from_str(&read(&files.json)).expect("JSON");
    assert_eq!(
        (&json["alerts"][0]["kind"], &json["alerts"][1]["kind"]),
        (&"change_point".into(), &"level".into())
    );

    // The first report of a folder has nothing to compare with.
    let (_dir, files) = written(&fixture::analysis());
    assert!(
        !read(&files.html).contains("href=\"#since\"") && !read(&files.markdown).contains("Since the last")
    );
}

#[test]
fn events_are_listed_marked_and_named_at_changes_in_every_form() {
    let (_dir, files) = written(&fixture::analysis());
    let page = read(&files.html);
    let section = &page[page.find("<section id=\"events\"").expect("a section")..];
    let section = &section[..section.find("</section>").expect("its end")];
    assert_eq!(section.matches("<li id=\"event-").count(), 5);
    assert_eq!(section.matches("data-event=").count(), 4, "an event before all coverage has no sentences");
    assert!(
        section.contains("Long before</bdi> <span class=\"quiet\">outside of the time covered"),
        "{section}"
    );
    assert!(section.contains("<time datetime=\"2023-01\">Jan\u{a0}2023</time>"), "only the month is known");
    assert!(section.contains("&lt;img src=x") && !section.contains("javascript"), "{section}");
    assert!(section.contains("href=\"https://example.com/a?b=1&amp;c=%222%22\""), "{section}");
    let data: serde_json::Value = serde_json::from_str(script_text(&page, "page-data")).expect("JSON");
    assert_eq!(data["events"][4]["day"], "2025-01-21");
    assert_eq!(
        data["events"][1]["around"],
        serde_json::json!(["Jan 2023 ± 14 days", "2022-12-18", "2023-02-15"])
    );
    assert!(
        data["events"][2]["hover"]
            .as_str()
            .is_some_and(|hover| hover.contains("&lt;img") && !hover.contains("<img"))
    );
    assert!(
        page.contains("Within its interval: <a href=\"#event-5\">"),
        "the change of tone of January 2025"
    );
    let markdown = read(&files.markdown);
    assert!(markdown.contains("| Tone | +0.46 | +0.07 | 0.007 | 5: Stargate |"), "{markdown}");
    assert!(markdown.contains("| 1 | 1 January 2018 | Long before (outside of the time covered) |"));
    assert!(markdown.contains("| 2 | January 2023 | A month \\| of talks |"), "{markdown}");
    let json: serde_json::Value = serde_json::from_str(&read(&files.json)).expect("JSON");
    assert_eq!(json["schema_version"], 3);
    assert_eq!(json["events"][1]["last"], "2023-01-31");
}

#[test]
fn without_events_a_report_does_not_speak_of_them() {
    let (_dir, files) = written(&Analysis { events: vec![], ..fixture::analysis() });
    let page = read(&files.html);
    assert!(!page.contains("id=\"events\"") && !page.contains("#events"));
    assert!(!page.contains("Within its interval"));
    let markdown = read(&files.markdown);
    assert!(!markdown.contains("## Events") && !markdown.contains("within the interval"));
}
