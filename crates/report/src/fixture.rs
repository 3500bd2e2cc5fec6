//! A synthetic analysis with everything a report can meet, hostile text included.

use chrono::{DateTime, Datelike, Months, NaiveDate};
use dyad_analyze::{
    Analysis, ChangePoint, ClassifierError, CoActor, CoActorKind, CoActorPoint, Coverage, Estimate, Event,
    Evidence, MetricEstimate, MovedCoActor, MovedFrame, MovedSource, Point, SCHEMA_VERSION,
    SHARE_OF_ARTICLES, Series, Shift, SourceRow,
};
use dyad_core::{Grain, Period, Span};

mod comparisons;
mod since_last;

pub(crate) use since_last::compared;

const FRAMES: [&str; 10] = [
    "partnership",
    "rivalry",
    "tension",
    "dependence",
    "separation",
    "investment",
    "infrastructure",
    "governance",
    "regulation",
    "product",
];
const SOURCES: [&str; 6] = ["Reuters", "The Verge", "Financial Times", "TechCrunch", "CNBC", "Le Monde"];
const MEANS: [&str; 6] =
    ["tone", "stance_a_to_b", "stance_b_to_a", "sentiment_a", "sentiment_b", "closeness"];
const COUNTS: [&str; 4] = ["articles_both", "articles_a", "articles_b", "relations"];

/// Numbers that look random and are the same on every run, 0 to 1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1u32 << 31)
    }
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a real date")
}

/// Six years by month and quarter, sentences, sources, shifts, and every kind of hostile row.
pub(crate) fn analysis() -> Analysis {
    let mut noise = Noise(7);
    let series: Vec<Series> =
        [Grain::Month, Grain::Quarter].into_iter().flat_map(|grain| all_series(grain, &mut noise)).collect();
    let mut evidence: Vec<Evidence> = (0..60).map(|i| ordinary(i, &mut noise)).collect();
    evidence.sort_by_key(|e| e.date);
    evidence.extend(hostile());
    Analysis {
        schema_version: SCHEMA_VERSION,
        generated_at: DateTime::from_timestamp(1_795_000_000, 0).expect("a real time"),
        actor_a: "Microsoft".to_owned(),
        actor_b: "OpenAI".to_owned(),
        frames: FRAMES.map(str::to_owned).to_vec(),
        frame_thresholds: vec![0.5; FRAMES.len()],
        coverage: coverage(),
        overall: overall(),
        since_last: None,
        alerts: vec![],
        series,
        events: events(),
        shifts: shifts(),
        change_points: change_points(),
        co_actors: co_actors(),
        sources: sources(&mut noise),
        source_groups: comparisons::source_groups(),
        before_after: Some(comparisons::before_after()),
        other_dyads: comparisons::other_dyads(),
        evidence_total: 1284,
        evidence,
        provenance: vec![
            ("model".to_owned(), "joint-minilm (onnx, fp32)".to_owned()),
            ("model_fingerprint".to_owned(), "3f9a".repeat(16)),
            ("dyad_version".to_owned(), "0.1.0".to_owned()),
            (
                "configuration".to_owned(),
                "[actors.A]\nname = \"Microsoft\"\n<script>alert(1)</script>".to_owned(),
            ),
        ],
        bootstrap_seed: 20_190_722,
        bootstrap_draws: 2000,
        classifier_errors: vec![
            ClassifierError { metric: "tone".to_owned(), deviation: 0.05 },
            ClassifierError { metric: "share_rivalry".to_owned(), deviation: 0.04 },
        ],
        grain: None,
    }
}

/// The same with series of one grain.
pub(crate) fn by(grain: Grain) -> Analysis {
    Analysis { series: all_series(grain, &mut Noise(7)), ..analysis() }
}

/// Articles were read, none mentions both.
pub(crate) fn empty() -> Analysis {
    Analysis {
        coverage: Coverage { articles: 12, dated: 12, articles_a: 9, sentences: 240, ..Coverage::default() },
        overall: vec![],
        series: vec![],
        shifts: vec![],
        change_points: vec![],
        co_actors: vec![],
        sources: vec![],
        source_groups: vec![],
        before_after: None,
        other_dyads: vec![],
        evidence: vec![],
        evidence_total: 0,
        ..analysis()
    }
}

/// Relations, but no article with a date.
pub(crate) fn undated() -> Analysis {
    let mut analysis = analysis();
    for e in &mut analysis.evidence {
        e.date = None;
    }
    analysis.evidence_total = analysis.evidence.len() as u64;
    analysis.coverage = Coverage {
        articles: 40,
        undated: 40,
        articles_related: 30,
        relations: 66,
        sources: 6,
        ..Coverage::default()
    };
    for other in &mut analysis.co_actors {
        (other.series, other.shift) = (vec![], None);
    }
    Analysis { series: vec![], shifts: vec![], change_points: vec![], ..analysis }
}

/// As many relations as asked for, each with its own text and two to an article.
pub(crate) fn large(n: usize) -> Analysis {
    let mut noise = Noise(11);
    let mut analysis = analysis();
    analysis.evidence = (0..n).map(|i| ordinary(i, &mut noise)).collect();
    for (i, e) in analysis.evidence.iter_mut().enumerate() {
        e.article_id = format!("{:064x}", i / 2);
        e.url = Some(format!(
            "https://news.example.com/business/2024/05/{:06}-microsoft-and-openai-renegotiate-terms",
            i / 2
        ));
        e.text.push_str(&format!(
            " Analysts who follow item {i} said that the arrangement would be reviewed within the year."
        ));
    }
    analysis.evidence_total = n as u64;
    analysis
}

/// One before all coverage, one of which only the month is known, two close to each other, hostile text and link.
fn events() -> Vec<Event> {
    let event = |date: NaiveDate, last: NaiveDate, label: &str, link: Option<&str>| Event {
        date,
        last,
        label: label.to_owned(),
        link: link.map(str::to_owned),
    };
    let day = |date: NaiveDate, label: &str, link: Option<&str>| event(date, date, label, link);
    vec![
        day(date(2018, 1, 1), "Long before", None),
        event(date(2023, 1, 1), date(2023, 1, 31), "A month | of talks", None),
        day(
            date(2023, 11, 17),
            "<img src=x onerror=alert(1)> board \u{202e}& chief",
            Some("javascript:alert(1)"),
        ),
        day(date(2023, 11, 21), "The chief returns", Some("https://example.com/a?b=1&c=\"2\"")),
        day(date(2025, 1, 21), "Stargate", None),
    ]
}

fn all_series(grain: Grain, noise: &mut Noise) -> Vec<Series> {
    let metrics = COUNTS.iter().chain(&MEANS).map(|&m| m.to_owned());
    let frames = |prefix: &'static str| FRAMES.iter().map(move |f| format!("{prefix}{f}"));
    metrics
        .chain(frames("frame_"))
        .chain(frames("share_"))
        .map(|metric| one_series(metric, grain, noise))
        .collect()
}

fn one_series(metric: String, grain: Grain, noise: &mut Noise) -> Series {
    let mut points = Vec::new();
    let mut period = Period::containing(date(2019, 7, 22), grain);
    while period.start < date(2025, 7, 1) {
        points.push(Point {
            label: period.label(),
            start: period.start,
            end: period.end(),
            estimate: estimate(&metric, &period, noise),
        });
        period = period.next();
    }
    Series { metric, grain, points }
}

/// Few sentences at first, a gap in 2020, tone falling from 2023 on.
fn estimate(metric: &str, period: &Period, noise: &mut Noise) -> Option<Estimate> {
    let years = f64::from(period.start.year() - 2019) + f64::from(period.start.month0()) / 12.0;
    let per_month = if period.grain == Grain::Month { 1 } else { 3 };
    let sentences = ((1.0 + years * years * 1.6 * (0.6 + noise.next())) as u64).max(1) * per_month;
    let articles = (sentences / 2).max(1);
    if COUNTS.contains(&metric) {
        let factor = match metric {
            "articles_a" => 2.6,
            "articles_b" => 1.9,
            "relations" => 2.0,
            _ => 1.0,
        };
        let value = (articles as f64 * factor).round();
        return Some(Estimate { value, low: value, high: value, articles, sentences });
    }
    if period.start.year() == 2020 && (4..=6).contains(&period.start.month()) {
        return None;
    }
    let half = 0.9 / (articles as f64).sqrt();
    let (value, low, high) = if MEANS.contains(&metric) {
        let level = 0.45 - 0.12 * (years - 2.0).max(0.0) + if metric.ends_with("_b") { -0.08 } else { 0.0 };
        let value: f64 = level + (noise.next() - 0.5) * half * 0.8;
        (value, (value - half).max(-1.0), (value + half).min(1.0))
    } else {
        let rank = FRAMES.iter().position(|f| metric.ends_with(f)).unwrap_or(0) as f64;
        let trend =
            if metric.ends_with("rivalry") || metric.ends_with("separation") { 0.06 * years } else { 0.0 };
        let value: f64 =
            (0.5 / (1.0 + rank * 0.7) + trend + (noise.next() - 0.5) * half * 0.5).clamp(0.0, 1.0);
        (value, (value - half * 0.7).max(0.0), (value + half * 0.7).min(1.0))
    };
    Some(Estimate { value, low, high, articles, sentences })
}

fn overall() -> Vec<MetricEstimate> {
    let one = |metric: String, value: f64| MetricEstimate {
        metric,
        estimate: Estimate { value, low: value - 0.04, high: value + 0.04, articles: 611, sentences: 1284 },
    };
    let means = MEANS.iter().zip([0.18, 0.21, 0.09, 0.12, 0.05, 0.16]).map(|(m, v)| one((*m).to_owned(), v));
    let shares =
        FRAMES.iter().enumerate().map(|(i, f)| one(format!("share_{f}"), 0.5 / (1.0 + i as f64 * 0.7)));
    means.chain(shares).collect()
}

fn shifts() -> Vec<Shift> {
    let part =
        |value: f64| Estimate { value, low: value - 0.1, high: value + 0.1, articles: 90, sentences: 170 };
    let shift = |metric: &str, early: f64, late: f64, half: f64| Shift {
        metric: metric.to_owned(),
        early_label: "2019–2021".to_owned(),
        late_label: "2025".to_owned(),
        early: part(early),
        late: part(late),
        difference: Estimate { low: late - early - half, high: late - early + half, ..part(late - early) },
    };
    vec![
        shift("tone", 0.46, 0.07, 0.11),
        shift("closeness", 0.43, 0.09, 0.12),
        shift("share_rivalry", 0.14, 0.41, 0.09),
        shift("frame_rivalry", 0.17, 0.39, 0.08),
        shift("share_partnership", 0.66, 0.38, 0.13),
        shift("share_separation", 0.03, 0.19, 0.06),
        shift("stance_b_to_a", 0.31, 0.11, 0.14),
        shift("stance_a_to_b", 0.33, 0.24, 0.15),
        shift("sentiment_b", 0.12, 0.04, 0.12),
        shift("share_regulation", 0.06, 0.08, 0.07),
    ]
}

fn change_points() -> Vec<ChangePoint> {
    let part =
        |value: f64| Estimate { value, low: value - 0.1, high: value + 0.1, articles: 90, sentences: 170 };
    let change = |metric: &str, day: NaiveDate, before: f64, after: f64| ChangePoint {
        metric: metric.to_owned(),
        date: day,
        earliest: day - chrono::Days::new(40),
        latest: day + chrono::Days::new(3),
        since: date(2019, 7, 22),
        until: date(2025, 6, 30),
        before: part(before),
        after: part(after),
        difference: part(after - before),
        p_value: 0.001,
        adjusted_p: 0.0075,
        frames: vec![MovedFrame {
            frame: "rivalry".to_owned(),
            before: 0.1,
            after: 0.3,
            difference: part(0.2),
        }],
        sources: vec![MovedSource {
            source: "<b>Loud</b>".to_owned(),
            contribution: after - before,
            articles_before: 3,
            articles_after: 9,
        }],
        co_actors: vec![
            MovedCoActor { name: "Oracle".to_owned(), before: 0.02, after: 0.21, difference: part(0.19) },
            MovedCoActor {
                name: "<script>alert('moved')</script>".to_owned(),
                before: 0.4,
                after: 0.1,
                difference: part(-0.3),
            },
        ],
        // The second is hostile, the third is not there.
        evidence: vec![0, 61, 100_000],
    };
    vec![
        change("frame_partnership", date(2023, 1, 23), 0.3, 0.55),
        change("tone", date(2025, 1, 21), 0.46, 0.07),
    ]
}

/// Some that one expects, and names that try to run, to reorder, to flood and to be a table.
fn co_actors() -> Vec<CoActor> {
    let names = [
        "Oracle",
        "SoftBank",
        "Elon Musk",
        "<script>alert('name')</script>\" onmouseover=\"alert(1)",
        "\u{202e}gnisrever",
        "| @everyone | [x](javascript:alert(1))",
        "=cmd|' /C calc'!A0",
    ];
    let long = "Long name ".repeat(1000);
    let names = names.into_iter().chain([long.as_str()]);
    names.enumerate().map(|(rank, name)| co_actor(rank as u64, name)).collect()
}

fn co_actor(rank: u64, name: &str) -> CoActor {
    let named = 90 / (rank + 1);
    let share = named as f64 / 611.0;
    let of_all = |value: f64, half: f64| Estimate {
        value,
        low: (value - half).max(-1.0),
        high: value + half,
        articles: 611,
        sentences: 1284,
    };
    let late = share * 2.5;
    CoActor {
        name: name.to_owned(),
        kind: if rank == 2 { CoActorKind::Person } else { CoActorKind::Organisation },
        articles: named,
        sentences: named + 3,
        share: of_all(share, 0.02),
        tone_with: Some(of_all(0.02, 0.1)),
        tone_without: Some(of_all(0.2, 0.05)),
        tone_difference: Some(of_all(-0.18, if rank == 0 { 0.1 } else { 0.3 })),
        shift: Some(Shift {
            metric: SHARE_OF_ARTICLES.to_owned(),
            early_label: "2019–2021".to_owned(),
            late_label: "2025".to_owned(),
            early: of_all(0.01, 0.01),
            late: of_all(late, 0.05),
            difference: of_all(late - 0.01, 0.05),
        }),
        series: (0..24u32)
            .map(|quarter| CoActorPoint {
                start: date(2019, 7, 1) + Months::new(3 * quarter),
                share: (share * f64::from(quarter) / 10.0).min(1.0),
                articles: u64::from(2 + quarter),
            })
            .collect(),
    }
}

fn sources(noise: &mut Noise) -> Vec<SourceRow> {
    let names = SOURCES.iter().copied().chain(["<img src=x onerror=alert(1)>", "unknown"]);
    names
        .enumerate()
        .map(|(i, source)| {
            let (articles, value) = (180 / (i as u64 + 1), noise.next() * 0.6 - 0.1);
            let half = 0.9 / (articles as f64).sqrt();
            SourceRow {
                source: source.to_owned(),
                articles,
                relations: articles * 2,
                tone: Estimate {
                    value,
                    low: value - half,
                    high: value + half,
                    articles,
                    sentences: articles * 2,
                },
                shrunken: comparisons::shrunken(source, articles, value),
                top_frame: FRAMES[i % 3].to_owned(),
                top_frame_share: 0.61 - 0.04 * i as f64,
            }
        })
        .collect()
}

fn coverage() -> Coverage {
    Coverage {
        articles: 2418,
        dated: 2391,
        undated: 27,
        duplicates: 143,
        foreign: 61,
        rejected: 19,
        rejects_by_code: vec![("malformed".to_owned(), 11), ("missing_text".to_owned(), 8)],
        articles_a: 1730,
        articles_b: 1522,
        articles_related: 611,
        relations: 1284,
        relations_raw: 1397,
        sentences: 58_211,
        sources: 42,
        first_date: Some(date(2019, 7, 22)),
        last_date: Some(date(2025, 6, 28)),
        annotation_notes: vec![("windowed_sentences".to_owned(), 37), ("hard_split_sentences".to_owned(), 2)],
    }
}

fn ordinary(i: usize, noise: &mut Noise) -> Evidence {
    let texts = [
        "Microsoft said on Monday it would invest $1 billion in OpenAI and become its preferred partner for cloud services.",
        "OpenAI has told staff that it may loosen its ties with Microsoft, according to two people who were not authorised to speak.",
        "Microsoft now lists OpenAI among its competitors in search and advertising, next to Google and Amazon.",
        "The models of OpenAI run on Microsoft’s Azure, which charges for every token – an arrangement both sides call “special”.",
        "Regulators in Brussels asked whether the stake of Microsoft gives it control over OpenAI.",
        "« Microsoft et OpenAI » 🦀 signed a memorandum, OpenAI’s chief executive wrote.",
    ];
    let text = texts[i % texts.len()].to_owned();
    let day = date(2019, 8, 3).checked_add_months(Months::new((i % 71) as u32)).expect("in range");
    let mut frames: Vec<f32> = FRAMES.iter().map(|_| (noise.next() * 0.4) as f32).collect();
    frames[i % FRAMES.len()] = 0.91;
    frames[(i * 3 + 1) % FRAMES.len()] = 0.62;
    if i.is_multiple_of(11) {
        frames.fill(0.31);
    }
    let mut score = || (noise.next() * 1.8 - 0.9) as f32;
    Evidence {
        article_id: format!("{:064x}", 0xabc_0000 + i),
        sentence_no: (i % 9) as u32,
        date: Some(day),
        source: Some(SOURCES[i % SOURCES.len()].to_owned()),
        url: Some(format!("https://example.com/articles/{i}")),
        title: Some("Microsoft and OpenAI rework the terms of their alliance".to_owned()),
        spans_a: spans(&text, "Microsoft"),
        spans_b: spans(&text, "OpenAI"),
        text,
        frames,
        stance_a_to_b: score(),
        stance_b_to_a: score(),
        sentiment_a: score(),
        sentiment_b: score(),
        tone: score(),
        near_copies: if i.is_multiple_of(7) { 3 } else { 0 },
    }
}

fn spans(text: &str, name: &str) -> Vec<Span> {
    text.match_indices(name).map(|(at, _)| Span::new(at, at + name.len())).collect()
}

/// Rows that try to run, to redirect, to reorder, to flood and to calculate.
fn hostile() -> Vec<Evidence> {
    let mut noise = Noise(3);
    let mut row = |i: usize, change: &dyn Fn(&mut Evidence)| {
        let mut e = ordinary(1000 + i, &mut noise);
        e.tone = -1.0;
        e.source = Some(format!("Hostile {i}"));
        change(&mut e);
        e
    };
    vec![
        row(0, &|e| {
            e.title =
                Some("</script><script>document.documentElement.dataset.hacked='title'</script>".to_owned());
            e.text = "<img src=x onerror=\"document.documentElement.dataset.hacked='text'\"> Microsoft & OpenAI \u{2028} ]]> <!--".to_owned();
            e.spans_a = spans(&e.text, "Microsoft");
            e.spans_b = spans(&e.text, "OpenAI");
        }),
        row(1, &|e| {
            e.url = Some("javascript:document.documentElement.dataset.hacked='url'".to_owned());
            e.source = Some("=HYPERLINK(\"https://evil.example\",\"click\")".to_owned());
            e.title = Some("+1+cmd|' /C calc'!A0".to_owned());
        }),
        row(2, &|e| {
            e.text = "\u{202e}Microsoft\u{202d} said, \u{2067}OpenAI denied.".to_owned();
            e.spans_a = spans(&e.text, "Microsoft");
            e.spans_b = spans(&e.text, "OpenAI");
            e.title = Some("Invoice\u{202e}fdp.exe".to_owned());
        }),
        row(3, &|e| {
            e.title = Some("Very long ".repeat(10_000));
            e.text = format!("{} Microsoft OpenAI", "word".repeat(2000));
            e.spans_a = spans(&e.text, "Microsoft");
        }),
        row(4, &|e| {
            e.text = "@everyone see #1: {{script}} Microsoft | OpenAI | `code` [x](javascript:alert(1))"
                .to_owned();
            e.spans_a = vec![Span::new(3, 900), Span::new(5, 2)];
            e.source = Some("@handle".to_owned());
        }),
        row(5, &|e| {
            e.date = None;
            e.source = None;
            e.url = None;
            e.title = None;
            e.frames = vec![f32::NAN, 2.0];
        }),
    ]
}
