use chrono::{DateTime, NaiveDate};

use super::*;
use crate::model::{Coverage, MetricEstimate, SCHEMA_VERSION};

fn estimate(value: f64, low: f64, high: f64, articles: u64, sentences: u64) -> Estimate {
    Estimate { value, low, high, articles, sentences }
}

fn metric(metric: &str, estimate: Estimate) -> MetricEstimate {
    MetricEstimate { metric: metric.to_owned(), estimate }
}

fn shift(metric: &str, early: (f64, u64), late: (f64, u64), half_width: f64) -> Shift {
    let value = late.0 - early.0;
    Shift {
        metric: metric.to_owned(),
        early_label: "2019–2020".to_owned(),
        late_label: "2025".to_owned(),
        early: estimate(early.0, early.0 - half_width, early.0 + half_width, early.1, 4 * early.1),
        late: estimate(late.0, late.0 - half_width, late.0 + half_width, late.1, 4 * late.1),
        difference: estimate(value, value - half_width, value + half_width, early.1 + late.1, 100),
    }
}

fn empty() -> Analysis {
    Analysis {
        schema_version: SCHEMA_VERSION,
        generated_at: DateTime::default(),
        actor_a: "Microsoft".to_owned(),
        actor_b: "OpenAI".to_owned(),
        frames: vec!["partnership".to_owned(), "rivalry".to_owned()],
        frame_thresholds: vec![0.5, 0.5],
        coverage: Coverage::default(),
        overall: Vec::new(),
        since_last: None,
        alerts: Vec::new(),
        series: Vec::new(),
        events: Vec::new(),
        shifts: Vec::new(),
        change_points: Vec::new(),
        co_actors: Vec::new(),
        sources: Vec::new(),
        source_groups: Vec::new(),
        before_after: None,
        other_dyads: Vec::new(),
        evidence: Vec::new(),
        evidence_total: 0,
        provenance: Vec::new(),
        bootstrap_seed: 1,
        bootstrap_draws: 2000,
        classifier_errors: Vec::new(),
        grain: None,
    }
}

fn full() -> Analysis {
    let mut analysis = empty();
    analysis.coverage = Coverage {
        articles: 1204,
        dated: 1201,
        undated: 3,
        duplicates: 40,
        foreign: 1,
        rejected: 2,
        rejects_by_code: vec![("malformed".to_owned(), 1), ("invalid_utf8".to_owned(), 1)],
        articles_a: 900,
        articles_b: 800,
        articles_related: 412,
        relations: 1530,
        relations_raw: 1602,
        sentences: 20_311,
        sources: 31,
        first_date: NaiveDate::from_ymd_opt(2019, 7, 22),
        last_date: NaiveDate::from_ymd_opt(2025, 11, 3),
        annotation_notes: vec![("windowed_sentences".to_owned(), 7)],
    };
    analysis.overall = vec![
        metric("tone", estimate(0.118, 0.081, 0.155, 412, 1530)),
        metric("stance_a_to_b", estimate(0.21, 0.18, 0.24, 412, 1530)),
        metric("stance_b_to_a", estimate(0.02, -0.01, 0.05, 412, 1530)),
        metric("sentiment_a", estimate(0.1, 0.08, 0.12, 900, 9000)),
        metric("sentiment_b", estimate(-0.03, -0.05, -0.01, 800, 8000)),
        metric("frame_partnership", estimate(0.4, 0.37, 0.43, 412, 1530)),
        metric("share_partnership", estimate(0.3, 0.27, 0.33, 412, 1530)),
        metric("share_rivalry", estimate(0.41, 0.36, 0.46, 412, 1530)),
    ];
    analysis.shifts = vec![
        shift("tone", (0.41, 61), (-0.02, 80), 0.1),
        shift("share_rivalry", (0.04, 61), (0.28, 80), 0.09),
        shift("share_partnership", (0.6, 61), (0.35, 80), 0.12),
        shift("stance_b_to_a", (0.1, 61), (0.05, 80), 0.12),
    ];
    analysis
}

fn single() -> Analysis {
    let mut analysis = empty();
    analysis.coverage = Coverage {
        articles: 1,
        dated: 1,
        articles_a: 1,
        articles_b: 1,
        articles_related: 1,
        relations: 1,
        relations_raw: 1,
        sentences: 9,
        sources: 1,
        first_date: NaiveDate::from_ymd_opt(2023, 1, 23),
        last_date: NaiveDate::from_ymd_opt(2023, 1, 23),
        ..Coverage::default()
    };
    analysis.overall = vec![
        metric("tone", estimate(0.6, -1.0, 1.0, 1, 1)),
        metric("share_partnership", estimate(1.0, 0.21, 1.0, 1, 1)),
        metric("share_rivalry", estimate(0.0, 0.0, 0.79, 1, 1)),
    ];
    analysis
}

#[test]
fn a_whole_corpus() {
    let text = paragraph(&full());
    insta::assert_snapshot!(text, @"From 22 July 2019 to 3 November 2025, 412 articles from 31 outlets mention Microsoft and OpenAI together, in 1,530 sentences. The most common frame is rivalry, present in 41 % of these sentences (95 % interval 36 to 46 %), followed by partnership in 30 % (27 to 33 %). The average tone is slightly cooperative: +0.12 (+0.08 to +0.16; −1 is conflict, +1 cooperation). Between 2019–2020 (61 articles) and 2025 (80 articles) the tone fell from +0.41 to −0.02 (difference −0.43, interval −0.53 to −0.33); rivalry rose from 4 % to 28 % and partnership fell from 60 % to 35 % of sentences. Near-copies count once (1,602 sentences with them), 3 articles have no date and are in no series, 1 article is in a language not covered and 2 inputs could not be read.");
    // A percent sign stands apart and is no word.
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
    assert!((90..=135).contains(&words), "{words} words");
}

#[test]
fn no_clear_change() {
    let mut analysis = full();
    analysis.shifts =
        vec![shift("tone", (0.1, 61), (0.13, 80), 0.1), shift("share_rivalry", (0.2, 61), (0.2, 80), 0.1)];
    insta::assert_snapshot!(change(&analysis), @"Between 2019–2020 (61 articles) and 2025 (80 articles) the tone shows no clear change (difference +0.03, interval −0.07 to +0.13), and no frame's share changed clearly.");
    insta::assert_snapshot!(lines(&analysis)[4..6].join("\n"), @r"
    Tone          +0.12 (+0.08 to +0.16); 2019–2020 +0.10, 2025 +0.13: no clear change
    Change        no frame's share changed clearly from 2019–2020 to 2025
    ");
}

#[test]
fn a_single_sentence() {
    insta::assert_snapshot!(paragraph(&single()), @"On 23 January 2023, 1 article from 1 outlet mentions Microsoft and OpenAI together, in 1 sentence. The sentence is framed as partnership. Its tone is +0.60 (−1 is conflict, +1 cooperation). One sentence cannot tell how coverage as a whole portrays the two.");
}

#[test]
fn only_undated_articles() {
    let mut analysis = full();
    analysis.shifts.clear();
    let coverage = &mut analysis.coverage;
    (coverage.first_date, coverage.last_date) = (None, None);
    (coverage.articles, coverage.articles_related, coverage.relations) = (6, 6, 14);
    (coverage.dated, coverage.undated, coverage.duplicates, coverage.foreign) = (0, 6, 0, 0);
    (coverage.rejected, coverage.relations_raw) = (0, 14);
    insta::assert_snapshot!(paragraph(&analysis), @"6 articles from 31 outlets, with no known date, mention Microsoft and OpenAI together, in 14 sentences. The most common frame is rivalry, present in 41 % of these sentences (95 % interval 36 to 46 %), followed by partnership in 30 % (27 to 33 %). The average tone is slightly cooperative: +0.12 (+0.08 to +0.16; −1 is conflict, +1 cooperation). There are too few dated articles, or too short a time between them, to compare an early with a late part. With so few articles the intervals are wide: read the sentences, not the averages.");
}

#[test]
fn no_relation() {
    let mut analysis = empty();
    insta::assert_snapshot!(paragraph(&analysis), @"There is no article yet, so that nothing can be said about Microsoft and OpenAI.");
    analysis.coverage =
        Coverage { articles: 12, articles_a: 1, undated: 12, rejected: 1, ..Coverage::default() };
    insta::assert_snapshot!(paragraph(&analysis), @"None of the 12 articles mentions Microsoft and OpenAI in the same sentence, so that nothing can be said about their relationship. 1 article mentions Microsoft, no articles mention OpenAI. If that is unexpected, check the names and aliases of both actors in the configuration. 1 input could not be read.");
    analysis.coverage.articles = 1;
    assert!(paragraph(&analysis).starts_with("The only article does not mention"));
}

#[test]
fn eleven_lines_for_the_terminal() {
    insta::assert_snapshot!(lines(&full()).join("\n"), @r"
    Articles      1,204 (40 near-copies, 3 undated, 1 in another language), 20,311 sentences
    Dates         2019-07-22 to 2025-11-03
    Relations     1,530 sentences (1,602 with near-copies) in 412 articles from 31 outlets
    Frames        rivalry 41 % (36–46), partnership 30 % (27–33)
    Tone          +0.12 (+0.08 to +0.16); 2019–2020 +0.41, 2025 −0.02: a clear change
    Change        2019–2020 to 2025: rivalry 4 % to 28 %, partnership 60 % to 35 %
    When          no day on which a measure clearly changed its level
    Stance        Microsoft → OpenAI +0.21 (+0.18 to +0.24)
                  OpenAI → Microsoft +0.02 (−0.01 to +0.05)
    Sentiment     Microsoft +0.10 (+0.08 to +0.12); OpenAI −0.03 (−0.05 to −0.01)
    Data quality  2 inputs rejected (malformed 1, invalid utf8 1); windowed sentences 7
    ");
    insta::assert_snapshot!(lines(&empty()).join("\n"), @r"
    Articles      0, no sentences
    Dates         no dated article with a relation
    Relations     no sentence mentions both
    Frames        none over its threshold
    Tone          not measured
    Change        not compared: too few dated articles, or too short a time
    When          no day on which a measure clearly changed its level
    Stance        Microsoft → OpenAI not measured
                  OpenAI → Microsoft not measured
    Sentiment     Microsoft not measured; OpenAI not measured
    Data quality  no input rejected
    ");
}

#[test]
fn lines_keep_within_the_terminal() {
    let mut analysis = full();
    analysis.actor_a = "The Very Long Company Name of Somewhere Far Away, Incorporated".to_owned();
    for analysis in [&analysis, &full(), &single(), &empty()] {
        let lines = lines(analysis);
        assert_eq!(lines.len(), 11);
        assert!(lines.iter().all(|line| line.chars().count() <= COLUMNS), "{lines:#?}");
    }
}
