//! Who else is in the story, and who is named more or less often from a change on.

use dyad_analyze::{ChangePoint, CoActor, CoActorKind, CoActorPoint, Estimate, MovedCoActor, Shift};

use super::bdi;
use crate::escape;
use crate::figures::{self, Kind};
use crate::view::View;

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 80;
/// Rows that stand open; the others open on demand.
const MAX_OPEN: usize = 12;
/// Below this many articles a column over time is pale.
const FEW_ARTICLES: u64 = 5;
/// Width of a bar and of the columns over time, in pixels.
const WIDTH: f64 = 120.0;
/// Height of the columns over time.
const HEIGHT: f64 = 26.0;

pub(super) fn section(view: &View<'_>) -> String {
    let others = &view.analysis.co_actors;
    let body = if others.is_empty() {
        "<p>No other organisation or person is named in two or more articles that mention both in one sentence.</p>\n"
            .to_owned()
    } else {
        table(view, others)
    };
    format!(
        "<section id=\"others\" aria-labelledby=\"others-heading\">\n<h2 id=\"others-heading\">Who else is in the story</h2>\n{body}</section>\n"
    )
}

fn table(view: &View<'_>, others: &[CoActor]) -> String {
    let (a, b) = (bdi(&view.analysis.actor_a), bdi(&view.analysis.actor_b));
    let articles = others.iter().map(|other| other.share.articles).max().unwrap_or_default();
    let scale = Scale::of(others);
    let columns = if scale.starts.is_some() {
        format!(
            " The columns over time share one scale, on which full height is {}; they are pale where a period has fewer than five articles.",
            figures::percent(scale.column)
        )
    } else {
        String::new()
    };
    let (first, rest) = others.split_at(others.len().min(MAX_OPEN));
    let more = match rest.len() {
        0 => String::new(),
        n => format!(
            "<details class=\"data\"><summary>{} less often named</summary>{}</details>\n",
            n,
            rows(rest, &scale, "Table: who else is in the story, less often named")
        ),
    };
    format!(
        "<p class=\"note\">Other organisations and people named in the {} that mention {a} and {b} in one sentence. Shares are of \
         these articles, with a 95 % interval.{columns}</p>\n{}{more}\
         <p class=\"note\">Tone is that of the sentences that mention both. Articles that name somebody differ from the others in more \
         than that, so that a difference shows what goes together, not what causes what. It is <strong>clear</strong> where its \
         interval leaves out zero; of those without any, about one in twenty would still look clear. Names given at a \
         <a href=\"#turns\">change of level</a> differ in Fisher’s exact test, adjusted for all names compared there (Benjamini and \
         Hochberg). The model finds the names: now and then one is a product, or stands here under two spellings, which \
         <code>[[co_actors]]</code> in <code>dyad.toml</code> joins.</p>\n",
        figures::plural(articles, "article"),
        rows(first, &scale, "Table: who else is in the story")
    )
}

/// Some co-actors as a table.
fn rows(others: &[CoActor], scale: &Scale, label: &str) -> String {
    let change = scale.parts.as_ref().map_or(String::new(), |(early, late)| {
        format!("<th scope=\"col\">Share in {}, in {}</th>", escape::html(early), escape::html(late))
    });
    let over_time = if scale.starts.is_some() { "<th scope=\"col\">Over time</th>" } else { "" };
    let rows: Vec<String> = others.iter().map(|other| row(other, scale)).collect();
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><table class=\"others\">\
         <thead><tr><th scope=\"col\">Name</th><th scope=\"col\" class=\"number\">Articles</th><th scope=\"col\">Share of articles</th>\
         {over_time}{change}<th scope=\"col\">Tone in articles that name it, in the others</th></tr></thead>\n\
         <tbody>\n{}</tbody></table></div>\n",
        rows.concat()
    )
}

fn row(other: &CoActor, scale: &Scale) -> String {
    let kind = match other.kind {
        _ if other.articles == 0 => "not named",
        CoActorKind::Organisation => "organisation",
        CoActorKind::Person => "person",
    };
    let over_time = match scale.starts {
        Some(_) => format!("<td>{}</td>", columns(other, scale)),
        None => String::new(),
    };
    let change = match (&other.shift, &scale.parts) {
        (Some(shift), _) => format!("<td>{}</td>", shift_cell(shift)),
        (None, Some(_)) => "<td></td>".to_owned(),
        (None, None) => String::new(),
    };
    format!(
        "<tr><th scope=\"row\">{name}<br><span class=\"quiet\">{kind}</span></th>\
         <td class=\"number\">{articles}<br><span class=\"quiet\">{sentences}</span></td>\
         <td>{bar}<br>{share} {interval}</td>{over_time}{change}<td>{tone}</td></tr>\n",
        name = bdi(&name(&other.name)),
        articles = figures::count(other.articles),
        sentences = figures::plural(other.sentences, "sentence"),
        bar = bar(&other.share, scale.bar),
        share = figures::value(Kind::Share, other.share.value),
        interval = interval(
            &figures::value(Kind::Share, other.share.low),
            &figures::value(Kind::Share, other.share.high)
        ),
        tone = tone_cell(other),
    )
}

/// Early, late, and the difference with its interval.
fn shift_cell(shift: &Shift) -> String {
    compared(Kind::Share, shift.early.value, shift.late.value, &shift.difference)
}

/// Tone with and without, and the difference with its interval.
fn tone_cell(other: &CoActor) -> String {
    match (&other.tone_with, &other.tone_without, &other.tone_difference) {
        (Some(with), Some(without), Some(d)) => compared(Kind::Mean, with.value, without.value, d),
        _ => "–".to_owned(),
    }
}

/// Two values and their difference, marked where it is clear.
fn compared(kind: Kind, one: f64, other: f64, d: &Estimate) -> String {
    let (mark, class) =
        if d.leaves_out_zero() { (" <span class=\"badge\">clear</span>", "strong") } else { ("", "quiet") };
    format!(
        "{}, {}{mark}<br><span class=\"{class}\">{}</span> <span class=\"interval\">[{}]</span>",
        figures::value(kind, one),
        figures::value(kind, other),
        figures::difference(kind, d.value),
        figures::difference_range(kind, d.low, d.high)
    )
}

fn interval(low: &str, high: &str) -> String {
    format!("<span class=\"interval\">[{low} to {high}]</span>")
}

fn name(name: &str) -> std::borrow::Cow<'_, str> {
    escape::cut(name, MAX_NAME_CHARS)
}

/// What a full bar and a full column stand for, alike in all rows.
struct Scale {
    bar: f64,
    column: f64,
    /// First days of the first and the last period, in days since the common era, and days from one to the next.
    starts: Option<(i64, i64, i64)>,
    /// Labels of the early and the late part.
    parts: Option<(String, String)>,
}

impl Scale {
    fn of(others: &[CoActor]) -> Self {
        let points = || others.iter().flat_map(|other| &other.series).filter(|point| point.share.is_finite());
        let most = |points: &mut dyn Iterator<Item = f64>| points.fold(0.0_f64, f64::max);
        let of_enough = most(&mut points().filter(|p| p.articles >= FEW_ARTICLES).map(|p| p.share));
        let column = if of_enough > 0.0 { of_enough } else { most(&mut points().map(|p| p.share)) };
        let mut starts: Vec<i64> = points().map(day).collect();
        starts.sort_unstable();
        starts.dedup();
        let step = starts.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(1);
        Self {
            bar: most(&mut others.iter().map(|other| other.share.high).filter(|high| high.is_finite())),
            column,
            starts: starts.first().zip(starts.last()).map(|(&first, &last)| (first, last, step)),
            parts: others
                .iter()
                .find_map(|other| other.shift.as_ref())
                .map(|shift| (shift.early_label.clone(), shift.late_label.clone())),
        }
    }
}

fn day(point: &CoActorPoint) -> i64 {
    use chrono::Datelike as _;
    i64::from(point.start.num_days_from_ce())
}

/// A share as a bar, its interval as a line across its end.
fn bar(share: &Estimate, full: f64) -> String {
    if full <= 0.0 || ![share.value, share.low, share.high].iter().all(|x| x.is_finite()) {
        return String::new();
    }
    let x = |value: f64| (value / full).clamp(0.0, 1.0) * (WIDTH - 2.0);
    format!(
        "<svg class=\"share\" viewBox=\"0 0 {WIDTH} 12\" width=\"{WIDTH}\" height=\"12\" aria-hidden=\"true\">\
         <rect x=\"0\" y=\"1\" width=\"{:.1}\" height=\"10\"/><line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"6\" y2=\"6\"/></svg>",
        x(share.value).max(1.0),
        x(share.low),
        x(share.high)
    )
}

/// The share by period as columns; nothing for a co-actor without a series.
fn columns(other: &CoActor, scale: &Scale) -> String {
    let Some((first, last, step)) = scale.starts.filter(|_| !other.series.is_empty() && scale.column > 0.0)
    else {
        return String::new();
    };
    let slots = ((last - first) as f64 / step as f64).round() + 1.0;
    let width = WIDTH / slots;
    let drawn: Vec<String> = other
        .series
        .iter()
        .filter(|point| point.share > 0.0)
        .map(|point| {
            let height = (point.share / scale.column).min(1.0) * (HEIGHT - 1.0);
            let few = if point.articles < FEW_ARTICLES { " class=\"few\"" } else { "" };
            // Quarters differ by two days; the slot is the nearest.
            let slot = ((day(point) - first) as f64 / step as f64).round();
            format!(
                "<rect{few} x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>",
                slot * width,
                HEIGHT - 1.0 - height,
                (width - 0.8).max(width * 0.6).min(12.0)
            )
        })
        .collect();
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{}\">\
         {}<line x1=\"0\" x2=\"{WIDTH}\" y1=\"{y}\" y2=\"{y}\"/></svg>",
        escape::html(&described(other)),
        drawn.concat(),
        y = HEIGHT - 0.5,
    )
}

/// The columns in a sentence, for those who do not see them.
fn described(other: &CoActor) -> String {
    let month = |point: &CoActorPoint| point.start.format("%B %Y").to_string();
    let who = escape::visible(&name(&other.name));
    let (Some(first), Some(last)) = (other.series.first(), other.series.last()) else { return who };
    let highest = other
        .series
        .iter()
        .filter(|point| point.articles >= FEW_ARTICLES)
        .max_by(|x, y| x.share.total_cmp(&y.share).then(y.start.cmp(&x.start)));
    let highest = highest.map_or(String::new(), |point| {
        let articles = figures::plural(point.articles, "article");
        format!(
            "; highest from {}, {} of {articles}, among periods of five articles or more",
            month(point),
            figures::percent(point.share)
        )
    });
    format!("Share of articles that name {who}, by period from {} to {}{highest}", month(first), month(last))
}

/// Who is named more or less often from a change on, in a sentence; nothing where nobody is.
pub(super) fn moved(change: &ChangePoint) -> String {
    let of = |wanted: &dyn Fn(&MovedCoActor) -> bool| {
        let named: Vec<String> = change
            .co_actors
            .iter()
            .filter(|moved| wanted(moved))
            .map(|moved| {
                let share = |value| figures::value(Kind::Share, value);
                format!("{} ({} to {})", bdi(&name(&moved.name)), share(moved.before), share(moved.after))
            })
            .collect();
        named.join(", ")
    };
    let more = of(&|moved| moved.difference.value > 0.0);
    let fewer = of(&|moved| moved.difference.value <= 0.0);
    match (more.is_empty(), fewer.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!("From then on more of the articles name {more}. "),
        (true, false) => format!("From then on fewer of the articles name {fewer}. "),
        (false, false) => format!("From then on more of the articles name {more}, fewer {fewer}. "),
    }
}
