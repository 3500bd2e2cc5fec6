//! End to end: a small store written through the store's own interface, then analysed.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeZone as _, Utc};
use dyad_core::{
    AnnotatedArticle, AnnotatedSentence, AnnotationCounts, Article, ArticleId, EntityType, Grain, Grains,
    Mention, Origin, Polarity, PublishedFrom, Reject, RejectCode, Relation, ReportConfig, Sentence, Side,
    Span,
};
use dyad_store::{RunRecord, Store};
use tempfile::TempDir;

use crate::{Analysis, AnalyzeError, AnalyzeOptions, MetricEstimate, analyze, summary};

mod since_last;

const TEXT: &str = "Microsoft backs OpenAI, says Microsoft.";

fn options() -> AnalyzeOptions {
    AnalyzeOptions {
        actor_a: "Microsoft".to_owned(),
        actor_b: "OpenAI".to_owned(),
        actor_names: Vec::new(),
        co_actors: Vec::new(),
        frames: vec!["partnership".to_owned(), "rivalry".to_owned()],
        frame_thresholds: vec![0.5, 0.4],
        frame_fingerprint: None,
        classifier_errors: BTreeMap::new(),
        report: ReportConfig {
            bootstrap_draws: 300,
            grains: Grains::Listed(vec![Grain::Month, Grain::Quarter]),
            ..ReportConfig::default()
        },
        languages: vec!["en".to_owned()],
        events: Vec::new(),
        generated_at: DateTime::default(),
        run: None,
        previous: None,
    }
}

fn article(id: &str, published: Option<(i32, u32, u32)>) -> Article {
    let published = published.and_then(|(y, m, d)| Utc.with_ymd_and_hms(y, m, d, 12, 0, 0).single());
    Article {
        article_id: ArticleId(id.to_owned()),
        url: Some(format!("https://example.org/{id}")),
        source: Some(if id.ends_with('0') { "Gazette" } else { "Ledger" }.to_owned()),
        title: Some(format!("Title of {id}")),
        author: None,
        published,
        published_from: if published.is_some() { PublishedFrom::Metadata } else { PublishedFrom::None },
        language: Some("en".to_owned()),
        text: TEXT.to_owned(),
        n_bytes: 100,
        duplicate_of: None,
        origin: Origin { file: "in.jsonl".to_owned(), position: 1 },
    }
}

fn mention(start: usize, end: usize, side: Side) -> Mention {
    Mention {
        span: Span::new(start, end),
        text: TEXT[start..end].to_owned(),
        entity_type: EntityType::Organisation,
        actor: Some(side),
        score: 0.9,
        sentiment: Some(Polarity::from([0.1, 0.7, 0.2])),
    }
}

fn sentence(no: u32, sentiment: (Option<f32>, Option<f32>), relation: Option<Relation>) -> AnnotatedSentence {
    let polarity = |value: f32| Polarity::from([(1.0 - value) / 4.0, 0.5, (1.0 + value) / 4.0]);
    let mut mentions = vec![mention(29, 38, Side::A), mention(0, 9, Side::A)];
    mentions.sort_by_key(|mention| mention.span);
    if sentiment.1.is_some() {
        mentions.insert(1, mention(16, 22, Side::B));
    }
    AnnotatedSentence {
        sentence: Sentence {
            sentence_no: no,
            span: Span::new(0, TEXT.len()),
            text: TEXT.to_owned(),
            is_title: false,
        },
        mentions,
        sentiment_a: sentiment.0.map(polarity),
        sentiment_b: sentiment.1.map(polarity),
        relation,
    }
}

/// Two relations of the given tone (a little apart) and a sentence that mentions A alone.
fn annotated(article: &Article, tone: f32) -> AnnotatedArticle {
    let relation = |tone: f32| Relation {
        span_a: Span::new(0, 9),
        span_b: Span::new(16, 22),
        frames: vec![0.5 + tone / 2.0, 0.5 - tone / 2.0],
        stance_a_to_b: Polarity::from([0.1, 0.2, 0.7]),
        stance_b_to_a: Polarity::from([0.25, 0.5, 0.25]),
        sentiment_a: Polarity::from([0.25, 0.5, 0.25]),
        sentiment_b: Polarity::from([0.25, 0.5, 0.25]),
        tone,
    };
    AnnotatedArticle {
        article_id: article.article_id.clone(),
        sentences: vec![
            sentence(0, (Some(0.0), Some(0.4)), Some(relation(tone))),
            sentence(1, (Some(0.0), Some(0.4)), Some(relation(tone + 0.1))),
            sentence(2, (Some(0.6), None), None),
        ],
        counts: AnnotationCounts::default(),
    }
}

fn run(id: &str, fingerprint: Option<&str>, counts: serde_json::Value, minute: i64) -> RunRecord {
    let time = DateTime::from_timestamp(1_800_000_000 + 60 * minute, 0).expect("a time");
    RunRecord {
        run_id: id.to_owned(),
        command: "dyad run".to_owned(),
        started_at: time,
        finished_at: time + chrono::Duration::seconds(30),
        exit_status: 1,
        config_toml: String::new(),
        fingerprint: fingerprint.map(str::to_owned),
        model: match fingerprint {
            Some(_) => serde_json::json!({"name": "fake", "backend": "onnx", "precision": "fp32"}),
            None => serde_json::Value::Null,
        },
        counts,
        timings: serde_json::json!({}),
        version: "0.1.0".to_owned(),
    }
}

/// 12 cooperative articles of 2020, 12 of conflict in 2024, an undated one, a copy of the first, one in
/// another language, two rejects of the same input.
fn store() -> (TempDir, Store) {
    let dir = TempDir::new().expect("a temporary folder");
    let store = Store::open_or_create(dir.path().join("store")).expect("a store");
    let mut tones: Vec<(Article, f32)> = Vec::new();
    for i in 0..12u32 {
        let noise = (i % 4) as f32 * 0.1;
        tones.push((article(&format!("early{i}"), Some((2020, 1 + i % 3, 5))), 0.4 + noise));
        tones.push((article(&format!("late{i}"), Some((2024, 10, 5))), -0.8 + noise));
    }
    tones.push((article("undated", None), 0.0));
    tones.push((
        Article { duplicate_of: Some(ArticleId("early0".to_owned())), ..article("copy", Some((2020, 1, 6))) },
        0.4,
    ));
    let foreign = Article { language: Some("de".to_owned()), ..article("foreign", Some((2024, 10, 5))) };
    let mut articles: Vec<Article> = tones.iter().map(|(article, _)| article.clone()).collect();
    articles.push(foreign);
    store.append_articles("r1", &articles).expect("articles");
    let annotations: Vec<_> = tones
        .into_iter()
        .map(|(article, tone)| {
            let a = annotated(&article, tone);
            (article, a)
        })
        .collect();
    store.write_annotations("r1", "fingerprint", &options().frames, &annotations).expect("annotations");
    let origin = Origin { file: "in.jsonl".to_owned(), position: 9 };
    let reject = Reject::new(origin, RejectCode::Malformed, "broken", b"{");
    store.append_rejects("r1", std::slice::from_ref(&reject)).expect("rejects");
    store.append_rejects("r2", &[reject]).expect("rejects");
    let counts = |n: u64| serde_json::json!({"annotate": {"windowed_sentences": n, "failed_sentences": 0}});
    store.append_run(&run("r0", Some("older"), counts(100), 0)).expect("a run");
    store.append_run(&run("r1", Some("fingerprint"), counts(2), 1)).expect("a run");
    store.append_run(&run("r2", Some("fingerprint"), counts(3), 2)).expect("a run");
    store.append_run(&run("r3", None, serde_json::json!({"articles": 0}), 3)).expect("a run");
    (dir, store)
}

fn value(analysis: &Analysis, metric: &str) -> f64 {
    let found: Option<&MetricEstimate> = analysis.overall.iter().find(|found| found.metric == metric);
    found.unwrap_or_else(|| panic!("no {metric}")).estimate.value
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-6
}

#[test]
fn a_store_becomes_numbers_with_evidence() {
    let (_dir, store) = store();
    let analysis = analyze(&store, &options()).expect("an analysis");

    let coverage = &analysis.coverage;
    assert_eq!((coverage.articles, coverage.dated, coverage.undated), (27, 26, 1));
    assert_eq!((coverage.duplicates, coverage.foreign, coverage.rejected), (1, 1, 1));
    assert_eq!(coverage.rejects_by_code, [("malformed".to_owned(), 1)]);
    assert_eq!((coverage.articles_a, coverage.articles_b, coverage.articles_related), (25, 25, 25));
    assert_eq!((coverage.relations, coverage.relations_raw, coverage.sentences), (50, 52, 78));
    assert_eq!(coverage.sources, 2);
    assert_eq!(coverage.first_date.expect("a date").to_string(), "2020-01-05");
    assert_eq!(coverage.last_date.expect("a date").to_string(), "2024-10-05");
    assert_eq!(coverage.annotation_notes, [("windowed_sentences".to_owned(), 5)]);

    // Early tones average 0.55 + 0.05, late ones -0.65 + 0.05, the undated one 0.05.
    assert!(close(value(&analysis, "tone"), (12.0 * 0.6 - 12.0 * 0.6 + 0.05) / 25.0));
    assert!(close(value(&analysis, "stance_a_to_b"), 0.6));
    assert!(close(value(&analysis, "stance_b_to_a"), 0.0));
    // Every sentence that mentions A counts, those without B too: (0 + 0 + 0.3) / 3.
    assert!(close(value(&analysis, "sentiment_a"), 0.1));
    assert!(close(value(&analysis, "sentiment_b"), 0.2));
    assert_eq!(value(&analysis, "relations"), 50.0);

    let tone = analysis.shifts.iter().find(|shift| shift.metric == "tone").expect("a shift");
    assert_eq!((tone.early_label.as_str(), tone.late_label.as_str()), ("2020", "2024"));
    assert!(tone.is_clear() && close(tone.difference.value, -1.2), "{tone:?}");

    let ledger = &analysis.sources[0];
    assert_eq!((ledger.source.as_str(), ledger.articles, ledger.relations), ("Ledger", 21, 42));
    assert!(analysis.provenance.contains(&("Model".to_owned(), "fake".to_owned())));
    assert_eq!(summary::lines(&analysis).len(), 11);
}

#[test]
fn a_run_that_is_not_recorded_yet_counts_as_the_last() {
    let (_dir, store) = store();
    let thresholds = |rivalry: f64| serde_json::json!({"name": "fake", "frame_thresholds": {"partnership": 0.5, "rivalry": rivalry}});
    let counts = serde_json::json!({"annotation": {"windowed_sentences": 7}});
    let other = RunRecord { model: thresholds(0.9), ..run("r4", Some("fingerprint"), counts.clone(), 4) };
    store.append_run(&other).expect("a run");
    assert!(matches!(analyze(&store, &options()), Err(AnalyzeError::OtherFrames { .. })));
    let now = RunRecord { model: thresholds(0.4), ..run("r5", Some("fingerprint"), counts, 5) };
    let ahead = AnalyzeOptions { run: Some(now.clone()), ..options() };
    let ahead = analyze(&store, &ahead).expect("an analysis");
    assert_eq!(ahead.coverage.annotation_notes, [("windowed_sentences".to_owned(), 2 + 3 + 7 + 7)]);
    store.append_run(&now).expect("a run");
    let after = analyze(&store, &options()).expect("an analysis");
    assert_eq!((ahead.provenance, ahead.coverage), (after.provenance, after.coverage));
}

#[test]
fn series_keep_gaps_and_leave_undated_articles_out() {
    let (_dir, store) = store();
    let analysis = analyze(&store, &options()).expect("an analysis");
    let series = |metric: &str, grain| {
        let series =
            analysis.series.iter().find(|s| s.metric == metric && s.grain == grain).expect("a series");
        series.points.clone()
    };
    let quarters = series("relations", Grain::Quarter);
    assert_eq!(quarters.len(), 20);
    let values: Vec<f64> = quarters.iter().map(|point| point.estimate.expect("counts").value).collect();
    assert_eq!((values[0], values[1], values[19]), (24.0, 0.0, 24.0));
    let tones = series("tone", Grain::Month);
    assert_eq!((tones[0].label.as_str(), tones.len()), ("2020-01", 58));
    let first = tones[0].estimate.expect("a tone");
    assert_eq!((first.articles, first.sentences), (4, 8));
    assert!(first.low < first.value && first.value < first.high);
    assert!(tones[4].estimate.is_none());
}

#[test]
fn evidence_can_be_checked() {
    let (_dir, store) = store();
    let analysis = analyze(&store, &options()).expect("an analysis");
    assert_eq!((analysis.evidence.len(), analysis.evidence_total), (50, 50));
    assert!(analysis.evidence.iter().rev().take(2).all(|evidence| evidence.date.is_none()));
    assert!(analysis.evidence[..48].is_sorted_by_key(|evidence| evidence.date));
    let first = &analysis.evidence[0];
    assert_eq!((first.article_id.as_str(), first.sentence_no, first.near_copies), ("early0", 0, 1));
    assert_eq!(first.url.as_deref(), Some("https://example.org/early0"));
    assert_eq!(first.title.as_deref(), Some("Title of early0"));
    assert_eq!(first.source.as_deref(), Some("Gazette"));
    assert_eq!(first.text, TEXT);
    let texts = |spans: &[Span]| spans.iter().map(|span| span.slice(TEXT)).collect::<Vec<_>>();
    assert_eq!(texts(&first.spans_a), [Some("Microsoft"), Some("Microsoft")]);
    assert_eq!(texts(&first.spans_b), [Some("OpenAI")]);
    assert!((first.tone - 0.4).abs() < 1e-6 && (first.frames[0] - 0.7).abs() < 1e-6);
    assert!((first.stance_a_to_b - 0.6).abs() < 1e-6);

    let mut few = options();
    few.report.max_evidence = 5;
    let few = analyze(&store, &few).expect("an analysis");
    let months: Vec<Option<String>> =
        few.evidence.iter().map(|e| e.date.map(|date| date.format("%Y-%m").to_string())).collect();
    let expected = [Some("2020-01"), Some("2020-02"), Some("2020-03"), Some("2024-10"), None];
    assert_eq!(months, expected.map(|month| month.map(str::to_owned)));
    assert_eq!(few.evidence_total, 50);
}

#[test]
fn near_copies_count_when_asked_to() {
    let (_dir, store) = store();
    let mut options = options();
    options.report.count_duplicates = true;
    let analysis = analyze(&store, &options).expect("an analysis");
    assert_eq!((analysis.coverage.relations, analysis.coverage.articles_related), (52, 26));
    assert_eq!(analysis.evidence_total, 52);
    assert!(analysis.evidence.iter().all(|evidence| evidence.near_copies == 0));
}

#[test]
fn the_same_store_gives_the_same_numbers() {
    let (_dir, store) = store();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| analyze(&store, &options()).expect("an analysis"))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn closeness_is_made_of_tone_and_frames() {
    let (_dir, store) = store();
    let analysis = analyze(&store, &options()).expect("an analysis");
    // Rivalry is no conflicting frame, so that tone counts two thirds; the stances are 0.6 and 0 throughout.
    assert!(close(value(&analysis, "closeness"), (2.0 * value(&analysis, "tone") + 0.3) / 3.0));
    let find = |metric: &str| analysis.shifts.iter().find(|shift| shift.metric == metric).expect("a shift");
    assert!(close(find("closeness").difference.value, -0.8) && find("closeness").is_clear());
    assert!(analysis.series.iter().any(|series| series.metric == "closeness"));
}

#[test]
fn the_classifiers_error_widens_levels_and_no_difference() {
    let (_dir, store) = store();
    let plain = analyze(&store, &options()).expect("an analysis");
    let errors = BTreeMap::from([("tone".to_owned(), 0.05), ("share_rivalry".to_owned(), 0.1)]);
    let with = AnalyzeOptions { classifier_errors: errors, ..options() };
    let with = analyze(&store, &with).expect("an analysis");
    let named: Vec<_> = with.classifier_errors.iter().map(|e| (e.metric.as_str(), e.deviation)).collect();
    assert_eq!(named, [("tone", 0.05), ("share_rivalry", 0.1)]);
    assert!(plain.classifier_errors.is_empty());
    let shift = |analysis: &Analysis| {
        analysis.shifts.iter().find(|shift| shift.metric == "tone").expect("a shift").clone()
    };
    let (before, after) = (shift(&plain), shift(&with));
    assert_eq!(before.difference, after.difference);
    let (narrow, wide) = (before.early.value - before.early.low, after.early.value - after.early.low);
    assert!((wide - narrow.hypot(1.959_964 * 0.05)).abs() < 1e-6, "{narrow} becomes {wide}");
    let others = |analysis: &Analysis| {
        analysis
            .overall
            .iter()
            .filter(|m| !["tone", "share_rivalry"].contains(&m.metric.as_str()))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(others(&plain), others(&with));
    let no_deviation =
        AnalyzeOptions { classifier_errors: [("tone".to_owned(), f64::NAN)].into(), ..options() };
    let error = analyze(&store, &no_deviation).expect_err("refused").to_string();
    assert!(error.contains("tone is NaN"), "{error}");
}

#[test]
fn grains_follow_the_dates_unless_they_are_listed() {
    let (_dir, store) = store();
    let listed = analyze(&store, &options()).expect("an analysis");
    assert_eq!(listed.grain, None);
    let mut options = options();
    options.report.grains = Grains::Auto;
    let automatic = analyze(&store, &options).expect("an analysis");
    // Three months of 2020 and one of 2024: whatever is shorter than a year would be a row of gaps.
    assert_eq!(automatic.grain, Some(Grain::Year));
    assert!(automatic.series.iter().all(|series| series.grain == Grain::Year));
}

#[test]
fn an_empty_store_is_no_error() {
    let dir = TempDir::new().expect("a temporary folder");
    let store = Store::open_or_create(dir.path().join("store")).expect("a store");
    let analysis = analyze(&store, &options()).expect("an analysis");
    assert_eq!((analysis.coverage.articles, analysis.evidence_total), (0, 0));
    assert!(analysis.shifts.is_empty() && analysis.provenance.is_empty());
    assert!(summary::paragraph(&analysis).starts_with("There is no article yet"));
}

#[test]
fn frames_that_the_store_lacks_are_named() {
    let (_dir, store) = store();
    let mut options = options();
    options.frames[1] = "romance".to_owned();
    let error = analyze(&store, &options).expect_err("no such column");
    assert!(matches!(&error, AnalyzeError::Column { column, .. } if column == "frame_romance"), "{error}");
    options.frame_thresholds.pop();
    assert!(matches!(analyze(&store, &options), Err(AnalyzeError::Thresholds { frames: 2, thresholds: 1 })));
}
