//! What is new since the report before: a store that takes in articles twice.

use std::collections::BTreeMap;

use super::*;
use crate::{Alert, PreviousReport};

/// Articles of one kind, none dated: what is new is told by when it came.
fn arrive(store: &Store, name: &str, tones: impl IntoIterator<Item = f32>) {
    let annotations: Vec<_> = tones
        .into_iter()
        .enumerate()
        .map(|(i, tone)| {
            let mut article = article(&format!("{name}{i}"), None);
            article.source = Some(format!("{name} {}", i % 2));
            let annotated = annotated(&article, tone);
            (article, annotated)
        })
        .collect();
    let articles: Vec<Article> = annotations.iter().map(|(article, _)| article.clone()).collect();
    store.append_articles(name, &articles).expect("articles");
    store.write_annotations(name, "fingerprint", &options().frames, &annotations).expect("annotations");
}

/// Eight cooperative articles.
fn old() -> (TempDir, Store) {
    let dir = TempDir::new().expect("a temporary folder");
    let store = Store::open_or_create(dir.path().join("store")).expect("a store");
    arrive(&store, "old", (0..8u8).map(|i| 0.4 + f32::from(i) * 0.02));
    store.append_run(&run("r1", Some("fingerprint"), serde_json::json!({}), 1)).expect("a run");
    (dir, store)
}

/// The report on a store as its file holds it.
fn report(store: &Store) -> PreviousReport {
    let analysis =
        analyze(store, &AnalyzeOptions { generated_at: Utc::now(), ..options() }).expect("an analysis");
    assert_eq!((&analysis.since_last, analysis.alerts.len()), (&None, 0), "there was no report before");
    let json = serde_json::to_vec(&analysis).expect("JSON");
    PreviousReport::read(json.as_slice()).expect("a report")
}

fn compared(store: &Store, previous: &PreviousReport, watch: &[(&str, f64)]) -> Analysis {
    let mut options = AnalyzeOptions { previous: Some(previous.clone()), ..options() };
    options.report.watch = watch.iter().map(|&(metric, size)| (metric.to_owned(), size)).collect();
    analyze(store, &options).expect("an analysis")
}

#[test]
fn new_articles_are_set_against_the_others() {
    let (_dir, store) = old();
    let before = report(&store);
    arrive(&store, "new", (0..6u8).map(|i| -0.7 + f32::from(i) * 0.02));
    store
        .append_articles("more", &[Article { language: Some("de".to_owned()), ..article("foreign", None) }])
        .expect("an article");
    let analysis =
        compared(&store, &before, &[("tone", 0.3), ("share_rivalry", 0.1), ("stance_a_to_b", 0.05)]);
    let since = analysis.since_last.as_ref().expect("a comparison");
    assert_eq!(since.generated_at, before.generated_at);
    assert_eq!((since.new_articles, since.new_related, since.new_relations), (7, 6, 12));
    assert_eq!((since.articles.then, since.articles.now), (Some(8), 15));
    assert_eq!((since.relations.then, since.relations.now), (Some(16), 28));
    assert_eq!(
        (since.new_outlets.as_slice(), since.new_outlets_total),
        (["new 0", "new 1"].map(str::to_owned).as_slice(), 2)
    );
    assert_eq!(since.other_annotations, None);

    let tone = since.levels.iter().find(|level| level.metric == "tone").expect("a level");
    let difference = tone.difference.expect("others carry it, too");
    assert!(close(tone.new.value, -0.6) && close(tone.others.expect("others").value, 0.52), "{tone:?}");
    assert!(
        close(difference.value, -1.12)
            && difference.low < -1.12
            && difference.high > -1.12
            && tone.is_clear()
    );
    assert_eq!((tone.new.articles, difference.articles), (6, 14));
    // Every article has the same stance: no difference, however small the watched one.
    assert_eq!(
        since.levels.iter().filter(|level| level.metric == "stance_a_to_b" && level.is_clear()).count(),
        0
    );

    // The most outspoken new sentence of each outlet.
    let shown: Vec<&str> =
        since.evidence.iter().map(|&place| analysis.evidence[place].article_id.as_str()).collect();
    assert_eq!(shown, ["new0", "new1"]);

    let alerted: Vec<&str> = analysis.alerts.iter().map(Alert::metric).collect();
    assert_eq!(alerted, ["share_rivalry", "tone"]);
    let said = summary::alerts(&analysis).join("\n");
    assert!(
        said.contains("Tone is −0.60 in 6 articles new") && said.contains("watched from 0.3 on"),
        "{said}"
    );
    assert!(said.contains("The share of sentences framed as rivalry is 100 %"), "{said}");
    let text = summary::since_last(&analysis).expect("words");
    assert!(
        text.contains(
            "7 articles came or changed; 6 of them mention Microsoft and OpenAI together, in 12 sentences."
        ),
        "{text}"
    );
    let lines = summary::lines(&analysis);
    assert!(lines.iter().any(|line| line.starts_with("Alerts        2: Rivalry +100 points")), "{lines:#?}");
    assert!(lines.iter().all(|line| line.chars().count() <= 100));
}

#[test]
fn a_difference_below_the_threshold_is_no_alert() {
    let (_dir, store) = old();
    let before = report(&store);
    arrive(&store, "new", [0.1, 0.12, 0.14, 0.16, 0.18]);
    assert_eq!(compared(&store, &before, &[("tone", 0.5)]).alerts, []);
    assert_eq!(compared(&store, &before, &[("tone", 0.2)]).alerts.len(), 1);
    assert_eq!(compared(&store, &before, &[]).alerts, []);
}

#[test]
fn one_outspoken_article_is_no_alert() {
    let (_dir, store) = old();
    arrive(&store, "apart", [-0.9, 0.9, -0.8, 0.7]);
    let before = report(&store);
    arrive(&store, "new", [-0.5]);
    let analysis = compared(&store, &before, &[("tone", 0.2)]);
    let since = analysis.since_last.as_ref().expect("a comparison");
    let tone = since.levels.iter().find(|level| level.metric == "tone").expect("a level");
    assert!(tone.difference.expect("others").value < -0.2 && !tone.is_clear(), "{tone:?}");
    assert_eq!(analysis.alerts, []);
}

#[test]
fn nothing_new_is_said_and_no_alert() {
    let (_dir, store) = old();
    let before = report(&store);
    let analysis = compared(&store, &before, &[("tone", 0.001)]);
    let since = analysis.since_last.as_ref().expect("a comparison");
    assert!(!since.has_new_articles() && since.levels.is_empty() && since.evidence.is_empty());
    assert_eq!((since.new_outlets_total, analysis.alerts.len()), (0, 0));
    assert!(summary::since_last(&analysis).expect("words").starts_with("Nothing is new"));
}

#[test]
fn another_model_is_said_and_raises_no_alert() {
    let (_dir, store) = old();
    let before = report(&store);
    arrive(&store, "new", [-0.7, -0.6, -0.7, -0.6, -0.7]);
    store.append_run(&run("r2", Some("another"), serde_json::json!({}), 9)).expect("a run");
    let analysis = compared(&store, &before, &[("tone", 0.2)]);
    let since = analysis.since_last.as_ref().expect("a comparison");
    let other = since.other_annotations.as_ref().expect("another pipeline");
    assert_eq!(
        (other.then.as_str(), other.now.as_str()),
        ("fake, pipeline fingerprint", "fake, pipeline another")
    );
    assert!(analysis.alerts.is_empty() && !since.levels.is_empty());
    assert!(summary::since_last(&analysis).expect("words").contains("not comparable"));
}

#[test]
fn a_change_of_level_that_appears_is_an_alert_of_its_metric_and_of_the_frames_share() {
    let dir = TempDir::new().expect("a temporary folder");
    let store = Store::open_or_create(dir.path().join("store")).expect("a store");
    let dated = |i: u32, tone: f32| {
        let article = article(&format!("day{i}"), Some((2024, 1 + i / 28, 1 + i % 28)));
        let annotated = annotated(&article, tone + (i % 5) as f32 * 0.04);
        (article, annotated)
    };
    let annotations: Vec<_> = (0..80).map(|i| dated(i, if i < 40 { 0.5 } else { -0.6 })).collect();
    let articles: Vec<Article> = annotations.iter().map(|(article, _)| article.clone()).collect();
    store.append_articles("r1", &articles).expect("articles");
    store.write_annotations("r1", "fingerprint", &options().frames, &annotations).expect("annotations");
    let mut before = report(&store);
    before.generated_at = Utc::now() + chrono::Duration::hours(1);
    let shown = before.change_points.take().expect("changes");
    assert!(shown.iter().any(|change| change.metric == "tone"), "{shown:?}");
    let watch = [("tone", 1.0), ("share_rivalry", 0.9), ("sentiment_a", 0.1)];

    before.change_points = Some(shown.clone());
    let analysis = compared(&store, &before, &watch);
    let since = analysis.since_last.as_ref().expect("a comparison");
    assert_eq!(
        (since.appeared.len(), since.went.len(), analysis.alerts.len()),
        (0, 0, 0),
        "the same changes"
    );

    before.change_points = Some(Vec::new());
    let analysis = compared(&store, &before, &watch);
    let since = analysis.since_last.as_ref().expect("a comparison");
    assert_eq!(since.appeared.len(), analysis.change_points.len());
    let alerted: Vec<&str> = analysis.alerts.iter().map(Alert::metric).collect();
    assert_eq!(alerted, ["share_rivalry", "tone"]);
    assert!(analysis.alerts.iter().all(|alert| matches!(alert, Alert::ChangePoint { .. })));
    assert!(summary::alerts(&analysis)[1].contains("Tone changed its level on 13 February 2024"));

    // An earlier report that tells no changes is not taken for one that had none.
    before.change_points = None;
    assert_eq!(compared(&store, &before, &watch).alerts, []);
}

#[test]
fn a_run_that_alerts_says_so_of_itself() {
    let (_dir, store) = old();
    let before = report(&store);
    arrive(&store, "new", [-0.7, -0.6, -0.7, -0.6, -0.7]);
    let mut options = AnalyzeOptions {
        previous: Some(before),
        run: Some(run("r2", Some("fingerprint"), serde_json::json!({}), 9)),
        ..options()
    };
    let outcome = |options: &AnalyzeOptions| {
        let analysis = analyze(&store, options).expect("an analysis");
        analysis.provenance.into_iter().find(|(label, _)| label == "Outcome").expect("an outcome").1
    };
    assert_eq!(outcome(&options), "complete, with rejects or skips");
    options.report.watch = BTreeMap::from([("tone".to_owned(), 0.2)]);
    assert_eq!(outcome(&options), "complete, and a watched number moved");
    options.report.watch = BTreeMap::from([("romance".to_owned(), 0.2)]);
    let error = analyze(&store, &options).expect_err("no such metric").to_string();
    assert!(error.contains("'romance'") && error.contains("share_rivalry"), "{error}");
}
