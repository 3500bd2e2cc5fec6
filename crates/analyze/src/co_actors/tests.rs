//! Co-actors of a small store written through the store's own interface, and of simulated articles.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime};
use dyad_core::{
    AnnotatedArticle, AnnotatedSentence, AnnotationCounts, Article, ArticleId, CoActorDefinition, EntityType,
    Grain, Grains, Mention, Origin, Polarity, PublishedFrom, Relation, ReportConfig, Sentence, Side, Span,
};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;

use super::model::CoActorKind;
use super::*;
use crate::model::Estimate;
use crate::{Analysis, analyze};

fn options() -> AnalyzeOptions {
    AnalyzeOptions {
        actor_a: "Microsoft".to_owned(),
        actor_b: "OpenAI".to_owned(),
        actor_names: vec!["Sam Altman".to_owned(), "the Redmond giant".to_owned()],
        co_actors: Vec::new(),
        frames: vec!["rivalry".to_owned()],
        frame_thresholds: vec![0.5],
        frame_fingerprint: None,
        classifier_errors: BTreeMap::new(),
        report: ReportConfig {
            bootstrap_draws: 300,
            grains: Grains::Listed(vec![Grain::Month, Grain::Quarter]),
            ..ReportConfig::default()
        },
        languages: vec!["en".to_owned()],
        generated_at: DateTime::default(),
        run: None,
        previous: None,
        events: Vec::new(),
    }
}

fn day(year: i32, day_of_year: u32) -> NaiveDate {
    NaiveDate::from_yo_opt(year, day_of_year).expect("a day")
}

/// An article whose first sentence is a relation of the given tone, and whose second is about others alone; either names
/// others.
struct Told {
    id: String,
    date: Option<NaiveDate>,
    tone: Option<f32>,
    relation: Vec<(String, EntityType)>,
    beside: Vec<(String, EntityType)>,
    copy_of: Option<&'static str>,
}

fn told(id: &str, date: Option<NaiveDate>, tone: f32) -> Told {
    Told { id: id.to_owned(), date, tone: Some(tone), relation: vec![], beside: vec![], copy_of: None }
}

impl Told {
    fn naming(mut self, name: &str, kind: EntityType) -> Self {
        self.relation.push((name.to_owned(), kind));
        self
    }

    fn beside(mut self, name: &str, kind: EntityType) -> Self {
        self.beside.push((name.to_owned(), kind));
        self
    }

    fn article(&self) -> Article {
        Article {
            article_id: ArticleId(self.id.clone()),
            url: None,
            source: Some("ledger.example".to_owned()),
            title: None,
            author: None,
            published: self.date.map(|date| date.and_time(NaiveTime::MIN).and_utc()),
            published_from: PublishedFrom::Metadata,
            language: Some("en".to_owned()),
            text: "Text.".to_owned(),
            n_bytes: 5,
            duplicate_of: self.copy_of.map(|id| ArticleId(id.to_owned())),
            origin: Origin { file: "in.jsonl".to_owned(), position: 1 },
        }
    }

    fn annotated(&self) -> AnnotatedArticle {
        let beside = self.beside.iter().chain(if self.tone.is_none() { &self.relation[..] } else { &[] });
        let named: Vec<_> = beside.cloned().collect();
        let mut sentences = vec![sentence(1, "", &named, None)];
        if let Some(tone) = self.tone {
            sentences.insert(0, sentence(0, "Microsoft OpenAI", &self.relation, Some(tone)));
        }
        AnnotatedArticle {
            article_id: ArticleId(self.id.clone()),
            sentences,
            counts: AnnotationCounts::default(),
        }
    }
}

fn sentence(no: u32, start: &str, named: &[(String, EntityType)], tone: Option<f32>) -> AnnotatedSentence {
    let even = Polarity::from([0.25, 0.5, 0.25]);
    let mut text = start.to_owned();
    let mut mentions = Vec::new();
    let mention = |span: Span, text: &str, entity_type, actor: Option<Side>| Mention {
        span,
        text: text.to_owned(),
        entity_type,
        actor,
        score: 0.9,
        sentiment: actor.map(|_| even),
    };
    if tone.is_some() {
        mentions.push(mention(Span::new(0, 9), "Microsoft", EntityType::Organisation, Some(Side::A)));
        mentions.push(mention(Span::new(10, 16), "OpenAI", EntityType::Organisation, Some(Side::B)));
    }
    for (name, kind) in named {
        text.push(' ');
        let span = Span::new(text.len(), text.len() + name.len());
        text.push_str(name);
        mentions.push(mention(span, name, *kind, None));
    }
    text.push('.');
    AnnotatedSentence {
        sentence: Sentence { sentence_no: no, span: Span::new(0, text.len()), text, is_title: false },
        mentions,
        sentiment_a: tone.map(|_| even),
        sentiment_b: tone.map(|_| even),
        relation: tone.map(|tone| Relation {
            span_a: Span::new(0, 9),
            span_b: Span::new(10, 16),
            frames: vec![0.2],
            stance_a_to_b: even,
            stance_b_to_a: even,
            sentiment_a: even,
            sentiment_b: even,
            tone,
        }),
    }
}

fn store(told: &[Told]) -> (TempDir, Store) {
    let dir = TempDir::new().expect("a temporary folder");
    let store = Store::open_or_create(dir.path().join("store")).expect("a store");
    let articles: Vec<Article> = told.iter().map(Told::article).collect();
    store.append_articles("r1", &articles).expect("articles");
    let annotated: Vec<_> = articles.into_iter().zip(told.iter().map(Told::annotated)).collect();
    store.write_annotations("r1", "print", &options().frames, &annotated).expect("annotations");
    (dir, store)
}

/// 20 friendly articles of 2020, two with Oracle; 20 of 2024, twelve of them hostile and with Oracle; an undated one, a
/// near-copy and two without a relation, all with Oracle.
fn news() -> Vec<Told> {
    use EntityType::{Location, Organisation, Person};
    let spellings = ["Oracle", "Oracle", "ORACLE", "Oracle Corp.", "Oracle’s", "the Oracle"];
    let mut news = Vec::new();
    for i in 0..20u32 {
        let tone = |level: f32| level + (i % 4) as f32 * 0.05;
        let mut early = told(&format!("early{i:02}"), Some(day(2020, 10 + 12 * i)), tone(0.5));
        if i < 2 {
            early = early.naming("Oracle", Organisation);
        }
        let has_oracle = i % 5 % 2 == 0;
        let late_tone = if has_oracle { tone(-0.6) } else { tone(0.1) };
        let mut late = told(&format!("late{i:02}"), Some(day(2024, 10 + 12 * i)), late_tone);
        if has_oracle {
            late = late.naming(spellings[i as usize % spellings.len()], Organisation);
        }
        // Beside the relation, by full name or by surname, or twice.
        late = match i {
            0..10 if has_oracle => late.beside("Larry Ellison", Person).naming("Ellison’s", Person),
            10..15 if has_oracle => late.beside("Ellison", Person),
            _ => {
                late.beside("Redmond", Organisation).beside("Ledger", Organisation).beside("Paris", Location)
            }
        };
        news.extend([early, late]);
    }
    news.push(told("undated", None, 0.0).naming("Oracle", Organisation));
    news.push(Told {
        copy_of: Some("late00"),
        ..told("copy", Some(day(2024, 11)), -0.6).naming("Oracle", Organisation)
    });
    for id in ["alone1", "alone2"] {
        news.push(Told {
            tone: None,
            ..told(id, Some(day(2024, 12)), 0.0).naming("Oracle", Organisation).beside("Nvidia", Organisation)
        });
    }
    news
}

fn analysed(told: &[Told], options: &AnalyzeOptions) -> Analysis {
    let (_dir, store) = store(told);
    analyze(&store, options).expect("an analysis")
}

fn names(analysis: &Analysis) -> Vec<(&str, u64, u64)> {
    analysis.co_actors.iter().map(|other| (other.name.as_str(), other.articles, other.sentences)).collect()
}

#[test]
fn a_store_tells_who_else_is_in_the_story() {
    let analysis = analysed(&news(), &options());
    assert_eq!(names(&analysis), [("Oracle", 15, 15), ("Larry Ellison", 9, 6)]);
    assert_eq!(analysis.co_actors[1].kind, CoActorKind::Person);

    let oracle = &analysis.co_actors[0];
    assert_eq!(oracle.kind, CoActorKind::Organisation);
    let share = oracle.share;
    assert_eq!((share.articles, share.sentences), (41, 41));
    assert!((share.value - 15.0 / 41.0).abs() < 1e-9);
    assert!(share.low < 0.3 && share.low > 0.15 && share.high > 0.45 && share.high < 0.6, "{share:?}");

    let (with, without) = (oracle.tone_with.expect("a tone"), oracle.tone_without.expect("a tone"));
    assert_eq!((with.articles, without.articles), (15, 26));
    let difference = oracle.tone_difference.expect("both");
    assert!((difference.value - (with.value - without.value)).abs() < 1e-9 && difference.value < -0.5);
    assert!(difference.leaves_out_zero(), "{difference:?}");

    let shift = oracle.shift.as_ref().expect("two parts");
    assert_eq!((shift.early_label.as_str(), shift.late_label.as_str()), ("2020", "2024"));
    assert_eq!((shift.early.value, shift.late.value), (0.1, 0.6));
    assert!(shift.is_clear(), "{shift:?}");

    let quarters: Vec<(String, u64)> =
        oracle.series.iter().map(|point| (point.start.to_string(), point.articles)).collect();
    assert_eq!(quarters.len(), 6, "three quarters of each year, empty ones left out: {quarters:?}");
    assert_eq!(quarters[0].0, "2020-01-01");
    let named: f64 = oracle.series.iter().map(|point| point.share * point.articles as f64).sum();
    assert!((named - 14.0).abs() < 1e-9, "the undated article is in no period");
}

#[test]
fn two_articles_of_one_tone_are_no_certainty() {
    let mut news = news();
    for article in news.iter_mut().filter(|article| ["late00", "late04"].contains(&article.id.as_str())) {
        article.relation.push(("Thrive Capital".to_owned(), EntityType::Organisation));
    }
    let analysis = analysed(&news, &options());
    let thrive = analysis.co_actors.iter().find(|other| other.name == "Thrive Capital").expect("named twice");
    let difference = thrive.tone_difference.expect("both");
    assert!(difference.value < -0.5 && difference.high - difference.low > 0.7, "{difference:?}");
    assert!(thrive.share.low > 0.0, "it was named: {:?}", thrive.share);
}

#[test]
fn a_change_names_who_came_with_it() {
    let analysis = analysed(&news(), &options());
    let change = analysis.change_points.iter().find(|change| change.metric == "tone").expect("tone fell");
    let mut moved: Vec<&str> = change.co_actors.iter().map(|moved| moved.name.as_str()).collect();
    moved.sort_unstable();
    assert_eq!(moved, ["Larry Ellison", "Oracle"]);
    for moved in &change.co_actors {
        assert!(moved.before < moved.after && moved.difference.leaves_out_zero(), "{moved:?}");
    }
}

#[test]
fn configured_co_actors_come_first_and_under_their_name() {
    let definition = |name: &str, aliases: &[&str]| CoActorDefinition {
        name: name.to_owned(),
        aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
    };
    let options = AnalyzeOptions {
        co_actors: vec![
            definition("Nobody Inc", &[]),
            definition("France", &["Paris"]),
            definition("Oracle and its people", &["Oracle", "Larry Ellison", "Ellison"]),
        ],
        ..options()
    };
    let analysis = analysed(&news(), &options);
    let expected = [("Nobody Inc", 0, 0), ("France", 11, 0), ("Oracle and its people", 15, 15)];
    assert_eq!(names(&analysis), expected);
    let nobody = &analysis.co_actors[0];
    assert!(nobody.share.value == 0.0 && nobody.share.high > 0.05, "{:?}", nobody.share);
    assert!(nobody.tone_with.is_none() && nobody.tone_difference.is_none());
}

#[test]
fn hostile_names_are_shortened_and_lose_what_cannot_be_seen() {
    let flood = "Flood ".repeat(1700);
    let hostile = ["<script>alert(1)</script>", "\u{202e}gnisreveR", "Line\nBreak \u{0}Corp", flood.as_str()];
    let named = |id: &str| {
        let article = told(id, Some(day(2024, 40)), 0.1);
        hostile.iter().fold(article, |article, name| article.naming(name, EntityType::Organisation))
    };
    let analysis = analysed(&[named("one"), named("two"), named("three")], &options());
    let names: Vec<&str> = analysis.co_actors.iter().map(|other| other.name.as_str()).collect();
    assert_eq!(names.len(), 4 - 1, "a name without a capital is none: {names:?}");
    assert!(names.iter().all(|name| name.chars().count() <= 120), "{names:?}");
    assert!(names.contains(&"gnisreveR") && names.contains(&"Line Break Corp"), "{names:?}");
}

#[test]
fn numbers_do_not_depend_on_threads_or_on_the_order_of_rows() {
    let (_dir, forwards) = store(&news());
    let mut reversed = news();
    reversed.reverse();
    let (_other, backwards) = store(&reversed);
    let with = |store: &Store, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let analysis = pool.install(|| analyze(store, &options()).expect("an analysis"));
        (analysis.co_actors, analysis.change_points.into_iter().map(|p| p.co_actors).collect::<Vec<_>>())
    };
    let expected = with(&forwards, 1);
    assert_eq!(expected, with(&forwards, 3));
    assert_eq!(expected, with(&backwards, 2));
}

/// A change on day 100 of 200 articles, one a day, and sixty names whose shares fall off as `1 / (rank + 2)`; of the first
/// the share is `after` from the change on, if one is given.
fn simulated(seed: u64, after: Option<f64>, draws: usize) -> Vec<MovedCoActor> {
    let mut rng = SmallRng::seed_from_u64(seed);
    let first = day(2024, 1);
    let dates = (0..200u64).map(|i| first + chrono::Days::new(i));
    let table = ArticleTable::of(dates.map(|date| (Some(date), vec![0.0; 6], [1.0; 3])).collect());
    let presences: Vec<Presence> = (0..60)
        .map(|rank| {
            let usual = 1.0 / f64::from(rank + 2u32);
            let share = |row: u32| after.filter(|_| rank == 4 && row >= 100).unwrap_or(usual);
            Presence {
                name: format!("Name {rank:02}"),
                kind: CoActorKind::Organisation,
                rows: (0..200u32).filter(|&row| rng.random_bool(share(row))).collect(),
                sentences: 0,
            }
        })
        .collect();
    let options = AnalyzeOptions {
        report: ReportConfig { bootstrap_draws: draws, ..ReportConfig::default() },
        ..options()
    };
    let co_actors = CoActors::new(&table, presences, &options, &[Grain::Quarter]);
    co_actors.named_for(vec![change(first, first + chrono::Days::new(100))]).remove(0).co_actors
}

fn change(since: NaiveDate, date: NaiveDate) -> ChangePoint {
    let none = Estimate { value: 0.0, low: 0.0, high: 0.0, articles: 0, sentences: 0 };
    ChangePoint {
        metric: "tone".to_owned(),
        date,
        earliest: date,
        latest: date,
        since,
        until: date + chrono::Days::new(400),
        before: none,
        after: none,
        difference: none,
        p_value: 0.01,
        adjusted_p: 0.01,
        frames: Vec::new(),
        sources: Vec::new(),
        co_actors: Vec::new(),
        evidence: Vec::new(),
    }
}

#[test]
fn names_that_come_and_go_by_chance_are_seldom_said_to_have_moved() {
    let false_alarms = (0..60).filter(|&seed| !simulated(seed, None, 200).is_empty()).count();
    assert!(false_alarms <= 6, "{false_alarms} of 60");
    let found =
        (0..20).filter(|&seed| simulated(seed, Some(0.5), 200).iter().any(|m| m.name == "Name 04")).count();
    assert!(found >= 17, "{found} of 20");
}

/// The figures of the documentation: `cargo test -- --ignored --nocapture figures_of_moved_co_actors`.
#[test]
#[ignore = "takes a minute; prints figures"]
#[allow(clippy::print_stdout)]
fn figures_of_moved_co_actors() {
    let worlds = 1000;
    for (what, after) in [
        ("none moved", None),
        ("17 to 30 %", Some(0.30)),
        ("17 to 40 %", Some(0.40)),
        ("17 to 50 %", Some(0.5)),
        ("17 to 2 %", Some(0.02)),
    ] {
        let moved: Vec<Vec<MovedCoActor>> =
            (0..worlds).into_par_iter().map(|seed| simulated(seed, after, 500)).collect();
        let hit = moved.iter().filter(|m| m.iter().any(|m| m.name == "Name 04")).count();
        let others: usize = moved.iter().map(|m| m.iter().filter(|m| m.name != "Name 04").count()).sum();
        let with_others = moved.iter().filter(|m| m.iter().any(|m| m.name != "Name 04")).count();
        println!("{what}: the fifth name in {hit} of {worlds}; others {others}, in {with_others} worlds");
    }
}
