//! The store as callers use it, on temporary folders.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use chrono::{DateTime, TimeZone as _, Utc};
use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::datatypes::Int64Type;
use dyad_core::{
    AnnotatedArticle, AnnotatedSentence, AnnotationCounts, Article, ArticleId, EntityType, Mention, Origin,
    Polarity, PublishedFrom, Reject, RejectCode, Relation, Sentence, Side, Span,
};
use tempfile::TempDir;

use crate::{QueryFormat, RecoveryCounts, RunRecord, Store, StoreCounts, StoreError};

mod queries;
mod versions;

const OLD: &str = "fingerprint-old";
const NEW: &str = "fingerprint-new";

fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_or_create(dir.path().join("a store, 100% é")).unwrap();
    (dir, store)
}

fn reopen(store: Store) -> Store {
    let path = store.path().to_owned();
    drop(store);
    Store::open_existing(path).unwrap()
}

fn id(n: u32) -> ArticleId {
    ArticleId(format!("{n:032x}"))
}

fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, month, day, 12, 30, 15).unwrap() + chrono::Duration::microseconds(123_456)
}

fn article(n: u32, published: Option<DateTime<Utc>>) -> Article {
    Article {
        article_id: id(n),
        url: Some(format!("https://example.org/{n}")),
        source: Some("example.org".to_owned()),
        title: Some("“Rivals, partners”".to_owned()),
        author: Some("Ann Lee, Bo Li".to_owned()),
        published,
        published_from: if published.is_some() { PublishedFrom::Metadata } else { PublishedFrom::None },
        language: Some("en".to_owned()),
        text: "Microsoft backs OpenAI.\n\nOpenAI, though…".to_owned(),
        n_bytes: 321,
        duplicate_of: None,
        origin: Origin { file: "news.jsonl".to_owned(), position: u64::from(n) },
    }
}

fn bare_article(n: u32) -> Article {
    Article {
        url: None,
        source: None,
        title: None,
        author: None,
        language: None,
        duplicate_of: Some(id(1)),
        ..article(n, None)
    }
}

fn mention(span: Span, text: &str, side: Side) -> Mention {
    let sentiment = Some(Polarity::from([0.1, 0.7, 0.2]));
    let entity_type = EntityType::Organisation;
    Mention { span, text: text.to_owned(), entity_type, actor: Some(side), score: 0.875, sentiment }
}

/// One sentence with a relation and one without a mention.
fn annotated(article: &Article, frames: Vec<f32>) -> AnnotatedArticle {
    let (span_a, span_b) = (Span::new(0, 9), Span::new(16, 22));
    let relation = Relation {
        span_a,
        span_b,
        frames,
        stance_a_to_b: Polarity::from([0.0, 0.25, 0.75]),
        stance_b_to_a: Polarity::from([0.5, 0.5, 0.0]),
        sentiment_a: Polarity::from([0.1, 0.7, 0.2]),
        sentiment_b: Polarity::from([0.2, 0.7, 0.1]),
        tone: -0.5,
    };
    let text = "Microsoft backs OpenAI.".to_owned();
    let both = AnnotatedSentence {
        sentence: Sentence { sentence_no: 0, span: Span::new(0, 23), text, is_title: false },
        mentions: vec![mention(span_a, "Microsoft", Side::A), mention(span_b, "OpenAI", Side::B)],
        sentiment_a: Some(Polarity::from([0.1, 0.7, 0.2])),
        sentiment_b: Some(Polarity::from([0.2, 0.7, 0.1])),
        relation: Some(relation),
    };
    let text = "Nothing else.".to_owned();
    let neither = AnnotatedSentence {
        sentence: Sentence { sentence_no: 1, span: Span::new(25, 38), text, is_title: false },
        mentions: vec![],
        sentiment_a: None,
        sentiment_b: None,
        relation: None,
    };
    let counts = AnnotationCounts::default();
    AnnotatedArticle { article_id: article.article_id.clone(), sentences: vec![both, neither], counts }
}

fn frames(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn annotations(articles: &[Article], scores: &[f32]) -> Vec<(Article, AnnotatedArticle)> {
    articles.iter().map(|a| (a.clone(), annotated(a, scores.to_vec()))).collect()
}

fn english() -> Vec<String> {
    vec!["en".to_owned()]
}

fn number(store: &Store, sql: &str) -> i64 {
    store.query(sql).unwrap()[0].column(0).as_primitive::<Int64Type>().value(0)
}

fn lines(store: &Store, sql: &str) -> String {
    let mut out = Vec::new();
    store.write_query(sql, QueryFormat::Csv, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn articles_come_back_as_they_went_in() {
    let (_dir, store) = store();
    let far =
        [day(12_345, 1, 31), day(-5, 2, 1), day(1, 1, 1), DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC];
    let mut articles = vec![article(1, Some(day(2024, 7, 31))), bare_article(2)];
    articles.extend((10..).zip(far).map(|(n, published)| article(n, Some(published))));
    store.append_articles("run-1", &articles).unwrap();
    store.append_articles("run-1", &[]).unwrap();
    let store = reopen(store);
    let mut ids = BTreeSet::new();
    store.for_each_article(&mut |stored| ids.extend([stored.article_id])).unwrap();
    assert_eq!(ids.len(), articles.len());
    let mut pending = store.pending(NEW, &english()).unwrap();
    assert_eq!((pending.total_articles, pending.skipped_foreign), (7, 0));
    let mut read = Vec::new();
    while let Some(chunk) = pending.next_chunk(3).unwrap() {
        assert!(chunk.len() <= 3);
        read.extend(chunk);
    }
    read.sort_by(|a, b| a.article_id.cmp(&b.article_id));
    // Only the ends of chrono's calendar are finer than the microseconds stored.
    for article in &mut articles {
        article.published =
            article.published.map(|time| DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap());
    }
    assert_eq!(read, articles);
    let sql = "SELECT month, run_id FROM articles WHERE month IN ('2024-07', 'undated') ORDER BY month";
    assert_eq!(lines(&store, sql), "month,run_id\n2024-07,run-1\nundated,run-1\n");
    assert!(store.path().join("articles/month=undated").is_dir());
    assert_eq!(lines(&store, "SELECT published FROM articles").lines().count(), articles.len() + 1);
    let mut texts = 0;
    store.for_each_article(&mut |stored| texts += usize::from(stored.text == articles[0].text)).unwrap();
    assert_eq!(texts, articles.len());
}

#[test]
fn annotations_come_back_and_join_with_their_articles() {
    let (_dir, store) = store();
    let articles = [article(1, Some(day(2024, 7, 31))), bare_article(2)];
    store.append_articles("run-1", &articles).unwrap();
    let names = frames(&["partnership", "power-struggle"]);
    store.write_annotations("run-1", NEW, &names, &annotations(&articles, &[0.9, 0.25])).unwrap();
    assert_eq!(store.pending(NEW, &english()).unwrap().total_articles, 0);
    let store = reopen(store);
    assert_eq!(store.recover().unwrap(), RecoveryCounts::default());
    let sql = "SELECT a.month, r.\"frame_power-struggle\" AS frame, r.stance_a_to_b_positive, r.tone, \
               s.n_mentions_a, s.sentiment_b_negative, m.text, m.type, m.actor, m.end_byte \
               FROM articles a JOIN relations r ON a.article_id = r.article_id \
               JOIN sentences s ON s.article_id = r.article_id AND s.sentence_no = r.sentence_no \
               JOIN mentions m ON m.article_id = r.article_id AND m.sentence_no = r.sentence_no \
               ORDER BY a.month, m.start_byte";
    let row = "0.25,0.75,-0.5,1,0.2";
    assert_eq!(
        lines(&store, sql),
        format!(
            "month,frame,stance_a_to_b_positive,tone,n_mentions_a,sentiment_b_negative,text,type,actor,end_byte\n\
             2024-07,{row},Microsoft,organisation,A,9\n2024-07,{row},OpenAI,organisation,B,22\n\
             undated,{row},Microsoft,organisation,A,9\nundated,{row},OpenAI,organisation,B,22\n"
        )
    );
    assert_eq!(number(&store, "SELECT count(*) FROM sentences WHERE sentiment_a_neutral IS NULL"), 2);
    let counts = StoreCounts {
        articles: 2,
        undated_articles: 1,
        duplicate_articles: 1,
        annotated_articles: 2,
        sentences: 4,
        mentions: 4,
        relations: 2,
        ..StoreCounts::default()
    };
    assert_eq!(store.counts().unwrap(), counts);
}

#[test]
fn a_new_fingerprint_replaces_the_old_one_and_may_bring_new_frames() {
    let (_dir, store) = store();
    let articles = [article(1, Some(day(2024, 7, 31))), article(2, Some(day(2024, 7, 1))), article(3, None)];
    store.append_articles("run-1", &articles).unwrap();
    store.write_annotations("run-1", OLD, &frames(&["trust"]), &annotations(&articles, &[0.5])).unwrap();
    let mut pending = store.pending(NEW, &english()).unwrap();
    assert_eq!(pending.total_articles, 3);
    // The first two now, with other frames: file by file, rows of the third article stay.
    store.write_annotations("run-2", NEW, &frames(&["race"]), &annotations(&articles[..2], &[0.25])).unwrap();
    assert_eq!(pending.next_chunk(10).unwrap().unwrap().len(), 3, "a stable snapshot");
    let sql = "SELECT fingerprint, count(*) AS n, count(DISTINCT article_id) AS articles FROM ";
    for (table, per_article) in [("sentences", 2), ("mentions", 2), ("relations", 1)] {
        let expected =
            format!("fingerprint,n,articles\n{NEW},{},2\n{OLD},{per_article},1\n", 2 * per_article);
        assert_eq!(
            lines(&store, &format!("{sql}{table} GROUP BY fingerprint ORDER BY fingerprint")),
            expected
        );
    }
    let scores = "SELECT frame_trust, frame_race FROM relations ORDER BY frame_trust, frame_race";
    assert_eq!(lines(&store, scores), "frame_trust,frame_race\n0.5,\n,0.25\n,0.25\n");
    let store = reopen(store);
    assert_eq!(store.recover().unwrap(), RecoveryCounts::default());
    assert_eq!(store.pending(NEW, &english()).unwrap().total_articles, 1);
    assert_eq!(store.counts().unwrap().annotated_articles, 3);
}

#[test]
fn a_crash_before_the_mark_leaves_the_old_annotation() {
    let (_dir, store) = store();
    let articles = [article(1, Some(day(2024, 7, 31))), article(2, None)];
    let names = frames(&["trust"]);
    store.append_articles("run-1", &articles).unwrap();
    store.write_annotations("run-1", OLD, &names, &annotations(&articles[..1], &[0.5])).unwrap();
    store.write_annotations_and_crash(NEW, &names, &annotations(&articles, &[0.25])).unwrap();
    let store = reopen(store);
    assert_eq!(store.recover().unwrap(), RecoveryCounts { articles: 2, mentions: 4, relations: 2 });
    assert_eq!(store.recover().unwrap(), RecoveryCounts::default());
    assert_eq!(lines(&store, "SELECT DISTINCT fingerprint FROM relations"), format!("fingerprint\n{OLD}\n"));
    // The next run does what the crashed one could not.
    store.write_annotations("run-2", NEW, &names, &annotations(&articles, &[0.25])).unwrap();
    assert_eq!(lines(&store, "SELECT DISTINCT fingerprint FROM mentions"), format!("fingerprint\n{NEW}\n"));
    assert_eq!(number(&store, "SELECT count(*) FROM relations"), 2);
}

#[test]
fn a_crash_after_the_mark_leaves_the_new_annotation() {
    let (_dir, store) = store();
    let articles = [article(1, Some(day(2024, 7, 31))), article(2, None)];
    let names = frames(&["trust"]);
    store.append_articles("run-1", &articles).unwrap();
    store.write_annotations("run-1", OLD, &names, &annotations(&articles, &[0.5])).unwrap();
    store.replace_sentences_and_crash(NEW, &names, &annotations(&articles, &[0.25])).unwrap();
    // A write recovers by itself when nobody asked for it.
    let store = reopen(store);
    let third = [article(3, None)];
    store.append_articles("run-2", &third).unwrap();
    store.write_annotations("run-2", NEW, &names, &annotations(&third, &[0.25])).unwrap();
    for table in ["sentences", "mentions", "relations"] {
        let sql = format!("SELECT DISTINCT fingerprint FROM {table}");
        assert_eq!(lines(&store, &sql), format!("fingerprint\n{NEW}\n"), "{table}");
    }
    assert_eq!(number(&store, "SELECT count(*) FROM mentions"), 6);
    assert_eq!(store.recover().unwrap(), RecoveryCounts::default());
}

#[test]
fn wrong_annotations_are_refused_before_anything_is_written() {
    let (_dir, store) = store();
    let articles = [article(1, None), article(2, None)];
    let names = frames(&["trust"]);
    let refused = |names: &[String], rows: &[(Article, AnnotatedArticle)]| {
        store.write_annotations("run", NEW, names, rows).unwrap_err().to_string()
    };
    let mut without = annotations(&articles, &[0.5]);
    without[1].1.sentences.clear();
    assert!(refused(&names, &without).contains("no sentence"));
    let mut swapped = annotations(&articles, &[0.5]);
    swapped[1].1.article_id = id(9);
    assert!(refused(&names, &swapped).contains("belongs to"));
    assert!(refused(&names, &annotations(&articles, &[0.5, 0.5])).contains("2 frames, expected 1"));
    assert!(refused(&frames(&["a b"]), &annotations(&articles, &[0.5])).contains("frame 'a b'"));
    let twice = [articles[0].clone(), articles[0].clone()];
    assert!(refused(&names, &annotations(&twice, &[0.5])).contains("given twice"));
    store.write_annotations("run", NEW, &names, &annotations(&articles[..1], &[0.5])).unwrap();
    assert!(refused(&names, &annotations(&articles, &[0.5])).contains("already annotated"));
    assert_eq!(number(&store, "SELECT count(*) FROM mentions"), 2);
}

#[test]
fn only_wanted_languages_are_pending() {
    let (_dir, store) = store();
    let mut articles: Vec<Article> = (0..4).map(|n| article(n, None)).collect();
    articles[1].language = Some("de".to_owned());
    articles[2].language = None;
    store.append_articles("run", &articles).unwrap();
    let mut pending = store.pending(NEW, &english()).unwrap();
    assert_eq!((pending.total_articles, pending.skipped_foreign), (3, 1));
    let chunk = pending.next_chunk(0).unwrap().unwrap();
    assert_eq!(chunk.len(), 1);
    assert_eq!(pending.next_chunk(100).unwrap().unwrap().len(), 2);
    assert!(pending.next_chunk(100).unwrap().is_none());
}

#[test]
fn rejects_are_stored_once() {
    let (_dir, store) = store();
    let reject = |position, raw: &str| {
        let origin = Origin { file: "bad.jsonl".to_owned(), position };
        Reject::new(origin, RejectCode::Malformed, "broken", raw.as_bytes())
    };
    assert_eq!(store.append_rejects("run-1", &[reject(1, "{"), reject(2, "{"), reject(1, "{")]).unwrap(), 2);
    let store = reopen(store);
    assert_eq!(store.append_rejects("run-2", &[reject(2, "{"), reject(2, "{\"")]).unwrap(), 1);
    assert_eq!(store.append_rejects("run-2", &[reject(2, "{")]).unwrap(), 0);
    assert_eq!(
        lines(&store, "SELECT run_id, count(*) AS n FROM rejects GROUP BY 1 ORDER BY 1"),
        "run_id,n\nrun-1,2\nrun-2,1\n"
    );
}

#[test]
fn the_last_run_is_the_one_that_ended_last() {
    let (_dir, store) = store();
    assert_eq!(store.last_run().unwrap(), None);
    let run = |run_id: &str, finished_at| RunRecord {
        run_id: run_id.to_owned(),
        command: "dyad run corpora/demo".to_owned(),
        started_at: day(2026, 1, 1),
        finished_at,
        exit_status: 1,
        config_toml: "[actors.A]\nname = \"Microsoft\"\n".to_owned(),
        fingerprint: Some(NEW.to_owned()),
        model: serde_json::json!({"name": "joint-minilm", "sha256": "…"}),
        counts: serde_json::json!({"articles": 3}),
        timings: serde_json::Value::Null,
        version: "0.1.0".to_owned(),
    };
    let last = RunRecord { fingerprint: None, ..run("b", day(2026, 1, 3)) };
    for record in [&run("a", day(2026, 1, 2)), &last, &run("c", day(2026, 1, 1))] {
        store.append_run(record).unwrap();
    }
    assert_eq!(reopen(store).last_run().unwrap(), Some(last));
}

#[test]
fn one_writer_many_readers() {
    let (_dir, store) = store();
    store.append_articles("run", &[article(1, None)]).unwrap();
    let path = store.path().to_owned();
    let second = Store::open_or_create(&path).unwrap_err().to_string();
    assert!(second.contains("another Dyad process"), "{second}");
    let reader = Store::open_existing_read_only(&path).unwrap();
    assert_eq!(number(&reader, "SELECT count(*) FROM articles"), 1);
    store.append_articles("run", &[article(2, None)]).unwrap();
    assert_eq!(number(&reader, "SELECT count(*) FROM articles"), 1, "a reader keeps its version");
    assert!(matches!(reader.append_articles("run", &[]), Err(StoreError::ReadOnly { .. })));
    assert!(matches!(reader.recover(), Err(StoreError::ReadOnly { .. })));
    drop(store);
    assert_eq!(number(&Store::open_existing(&path).unwrap(), "SELECT count(*) FROM articles"), 2);
}
