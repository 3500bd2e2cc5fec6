//! What is new since the report before, in words.

use super::words::{and, count, number, percent, signed};
use crate::alert::Alert;
use crate::metric::{frame_words, metric_label};
use crate::model::{Analysis, ChangePoint, Estimate};
use crate::since_last::SinceLast;

/// What came since the report before, and what can be compared with it; `None` without one. No word of an article is in it.
pub fn since_last(analysis: &Analysis) -> Option<String> {
    let since = analysis.since_last.as_ref()?;
    let sentences = [arrivals(analysis, since), other_annotations(since), changes(since)];
    Some(sentences.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

fn arrivals(analysis: &Analysis, since: &SinceLast) -> Option<String> {
    let when = since.generated_at.format("%-d %B %Y, %H:%M UTC");
    if !since.has_new_articles() {
        let is_all = since.appeared.is_empty() && since.went.is_empty() && since.other_annotations.is_none();
        let start = if is_all { "Nothing is new: no" } else { "No" };
        return Some(format!("{start} article came or changed since the report of {when}."));
    }
    let articles = count(since.new_articles, "article came or changed", "articles came or changed");
    let (a, b) = (&analysis.actor_a, &analysis.actor_b);
    let related = match (since.new_related, since.new_articles) {
        (0, 1) => {
            format!("it does not mention {a} and {b} in one sentence, or is a near-copy of one that does")
        }
        (0, _) => {
            format!(
                "none of them mentions {a} and {b} in one sentence, near-copies of earlier articles aside"
            )
        }
        (related, _) => format!(
            "{} {a} and {b} together, in {}",
            count(related, "of them mentions", "of them mention"),
            count(since.new_relations, "sentence", "sentences")
        ),
    };
    Some(format!("Since the report of {when}, {articles}; {related}."))
}

fn other_annotations(since: &SinceLast) -> Option<String> {
    since.other_annotations.as_ref().map(|other| {
        format!(
            "The last report rests on other annotations ({}; now {}): its levels and days of change are not comparable \
             with these, so that nothing is said of changes and there is no alert.",
            other.then, other.now
        )
    })
}

fn changes(since: &SinceLast) -> Option<String> {
    let parts: Vec<String> = [
        (since.appeared.len(), "change of level is new", "changes of level are new"),
        (since.went.len(), "that the last report showed is gone", "that the last report showed are gone"),
    ]
    .into_iter()
    .filter(|&(n, ..)| n > 0)
    .map(|(n, one, many)| count(n as u64, one, many))
    .collect();
    (!parts.is_empty()).then(|| format!("{}.", and(&parts)))
}

/// One sentence an alert, in the order of [`Analysis::alerts`].
pub fn alerts(analysis: &Analysis) -> Vec<String> {
    analysis.alerts.iter().map(|alert| described(analysis, alert)).collect()
}

fn described(analysis: &Analysis, alert: &Alert) -> String {
    match alert {
        Alert::Level { metric, threshold, new, others, difference } => format!(
            "{} is {} in {} new since the last report and {} in all others: a difference of {} (95 % interval {}), \
             watched from {} on.",
            label(analysis, metric),
            value(metric, new.value),
            count(new.articles, "article", "articles"),
            value(metric, others.value),
            difference_of(metric, difference.value),
            range_of(metric, difference),
            size(metric, *threshold),
        ),
        Alert::ChangePoint { metric, change_point, .. } => match analysis.change_points.get(*change_point) {
            Some(change) => change_sentence(analysis, change),
            None => format!("{} changed its level.", label(analysis, metric)),
        },
    }
}

fn change_sentence(analysis: &Analysis, change: &ChangePoint) -> String {
    let metric = &change.metric;
    format!(
        "{} changed its level on {} (95 % interval {} to {}), from {} to {}; the last report did not show this change.",
        label(analysis, metric),
        change.date.format("%-d %B %Y"),
        change.earliest.format("%-d %B %Y"),
        change.latest.format("%-d %B %Y"),
        value(metric, change.before.value),
        value(metric, change.after.value),
    )
}

/// Lines for the terminal: what is new, and the alerts, the first of them in full as far as it fits.
pub(super) fn lines(analysis: &Analysis) -> Vec<(&'static str, String)> {
    let Some(since) = &analysis.since_last else { return Vec::new() };
    let when = since.generated_at.format("%Y-%m-%d %H:%M UTC");
    let new = if since.has_new_articles() {
        format!(
            "{} and {} since {when}",
            count(since.new_articles, "article", "articles"),
            count(since.new_relations, "sentence on both", "sentences on both"),
        )
    } else {
        format!("no article since {when}")
    };
    let short = |alert: &Alert| match alert {
        Alert::Level { metric, difference, .. } => {
            let value = difference_of(metric, difference.value);
            format!("{} {value} ({})", name(analysis, metric), range_of(metric, difference))
        }
        Alert::ChangePoint { metric, change_point, .. } => match analysis.change_points.get(*change_point) {
            Some(change) => format!("{} changed on {}", name(analysis, &change.metric), change.date),
            None => name(analysis, metric),
        },
    };
    let alerts: Vec<String> = analysis.alerts.iter().map(short).collect();
    let mut lines = vec![("New", new)];
    if !alerts.is_empty() {
        lines.push(("Alerts", format!("{}: {}", number(alerts.len() as u64), alerts.join("; "))));
    }
    lines
}

fn label(analysis: &Analysis, metric: &str) -> String {
    match metric.strip_prefix("share_") {
        Some(frame) => format!("The share of sentences framed as {}", frame_words(frame)),
        None => metric_label(metric, &analysis.actor_a, &analysis.actor_b),
    }
}

/// The metric where space is short.
fn name(analysis: &Analysis, metric: &str) -> String {
    let label = metric_label(metric, &analysis.actor_a, &analysis.actor_b);
    label.split(" (").next().unwrap_or_default().to_owned()
}

fn is_share(metric: &str) -> bool {
    metric.starts_with("share_") || metric.starts_with("frame_")
}

fn value(metric: &str, value: f64) -> String {
    if is_share(metric) { percent(value) } else { signed(value) }
}

/// A difference with its sign, of shares in points.
fn difference_of(metric: &str, value: f64) -> String {
    if !is_share(metric) {
        return signed(value);
    }
    let points = points(value);
    let unit = if points.trim_start_matches(['+', '−']) == "1" { "point" } else { "points" };
    format!("{points} {unit}")
}

/// Hundredths of a share, with their sign.
fn points(value: f64) -> String {
    match (value * 100.0).round() {
        0.0 => "0".to_owned(),
        points if points < 0.0 => format!("−{:.0}", -points),
        points => format!("+{points:.0}"),
    }
}

/// The interval of a difference, its unit once.
fn range_of(metric: &str, difference: &Estimate) -> String {
    let ends = [difference.low, difference.high];
    if is_share(metric) {
        let [low, high] = ends.map(points);
        return format!("{low} to {high} points");
    }
    let [low, high] = ends.map(signed);
    format!("{low} to {high}")
}

/// A threshold as it was given: no sign, and no digit lost that decides.
fn size(metric: &str, threshold: f64) -> String {
    if is_share(metric) { format!("{} points", rounded(threshold * 100.0)) } else { rounded(threshold) }
}

/// At most four decimals, none that is zero at the end.
fn rounded(value: f64) -> String {
    let digits = format!("{value:.4}");
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_what_was_asked_for() {
        assert_eq!([size("tone", 0.2), size("tone", 0.125), size("tone", 2.0)], ["0.2", "0.125", "2"]);
        assert_eq!([size("share_tension", 0.1), size("frame_x", 0.015)], ["10 points", "1.5 points"]);
        assert_eq!(difference_of("share_x", -0.121), "−12 points");
        let difference = Estimate { value: 0.1, low: -0.02, high: 0.3, articles: 9, sentences: 9 };
        assert_eq!(range_of("share_x", &difference), "−2 to +30 points");
        assert_eq!(range_of("tone", &difference), "−0.02 to +0.30");
        assert_eq!([difference_of("share_x", 0.001), difference_of("tone", 0.121)], ["0 points", "+0.12"]);
    }
}
