//! Metrics: what there are, over everything, by period, early against late, and by outlet.

use std::collections::HashSet;

use dyad_analyze::{Analysis, metric_label};

use super::METRIC;
use super::table::{Rows, Scale, Table};
use crate::figures::Kind;

pub(super) fn metrics(analysis: &Analysis) -> Table<'_> {
    let of_series = analysis.series.iter().map(|series| series.metric.as_str());
    let mut seen = HashSet::new();
    let metrics = of_series
        .chain(analysis.overall.iter().map(|overall| overall.metric.as_str()))
        .filter(|&metric| seen.insert(metric));
    Rows::new("A metric of the report: what its numbers in the other tables are.", metrics)
        .column(
            "metric",
            "`articles_both`, `articles_a`, `articles_b`, `relations`: counts of articles that mention both actors, A or B, and of \
             sentences that mention both; `tone`, `stance_a_to_b`, `stance_b_to_a`, `sentiment_a`, `sentiment_b`: means over \
             sentences; `closeness`: mean of an index of tone, stances and frames, from -1 (conflict, drifting apart) to 1 \
             (cooperation, getting closer); `frame_NAME`: mean probability of a frame; `share_NAME`: share of sentences with a frame",
            |metric| metric,
        )
        .column("label", "The metric as the report calls it", |metric| {
            metric_label(metric, &analysis.actor_a, &analysis.actor_b)
        })
        .column("kind", "`count`, `mean` (of a score) or `share` (or probability)", |metric| Kind::of(metric).as_str())
        .column("minimum", "Smallest value possible", |metric| match Kind::of(metric) {
            Kind::Count | Kind::Share => 0.0,
            Kind::Mean => -1.0,
        })
        .column("maximum", "Largest value possible; missing for counts", |metric| match Kind::of(metric) {
            Kind::Count => None,
            Kind::Mean | Kind::Share => Some(1.0),
        })
        .key(&["metric"])
}

pub(super) fn overall(analysis: &Analysis) -> Table<'_> {
    Rows::new("A metric over all articles, dated or not.", &analysis.overall)
        .column("metric", METRIC, |overall| overall.metric.as_str())
        .estimate("value", "The metric", Scale::METRIC, |overall| overall.estimate)
        .refers(&["metric"], "metrics")
        .key(&["metric"])
}

pub(super) fn series(analysis: &Analysis) -> Table<'_> {
    let points = analysis.series.iter().flat_map(|s| s.points.iter().map(move |point| (s, point)));
    Rows::new(
        "A metric in a period. Every period from the first to the last is there, also one in which no sentence carries the metric.",
        points,
    )
    .column("metric", METRIC, |(s, _)| s.metric.as_str())
    .column("grain", "Length of the period: `day`, `week` (ISO), `month`, `quarter` or `year`", |(s, _)| {
        s.grain.as_str()
    })
    .column("period", "Name of the period, such as `2024-07` or `2024-Q3`", |(_, point)| point.label.as_str())
    .column("start", "First day of the period", |(_, point)| point.start)
    .column("end", "First day after the period", |(_, point)| point.end)
    .estimate("value", "The metric in the period", Scale::METRIC, |(_, point)| point.estimate)
    .refers(&["metric"], "metrics")
    .key(&["metric", "grain", "start"])
}

pub(super) fn shifts(analysis: &Analysis) -> Table<'_> {
    Rows::new(
        "A metric in the early and in the late part of the coverage, for the metrics that differ most.",
        &analysis.shifts,
    )
    .column("metric", METRIC, |shift| shift.metric.as_str())
    .column("early_period", "The early part, such as `2019–2020`", |shift| shift.early_label.as_str())
    .column("late_period", "The late part", |shift| shift.late_label.as_str())
    .estimate("early", "The metric in the early part", Scale::METRIC, |shift| shift.early)
    .estimate("late", "The metric in the late part", Scale::METRIC, |shift| shift.late)
    .interval("difference", "Late less early", Scale::METRIC, |shift| shift.difference)
    .column("clear", "Whether the interval of the difference leaves out zero", |shift| shift.is_clear())
    .refers(&["metric"], "metrics")
    .key(&["metric"])
}

pub(super) fn sources(analysis: &Analysis) -> Table<'_> {
    Rows::new(
        "An outlet with at least one sentence that mentions both actors, the one with most first.",
        &analysis.sources,
    )
    .column("source", "The outlet; `unknown` where the input names none", |row| row.source.as_str())
    .column("articles", "Articles in which a sentence mentions both actors", |row| row.articles)
    .scale(Scale::ARTICLES)
    .column("relations", "Sentences that mention both actors", |row| row.relations)
    .scale(Scale::SENTENCES)
    .interval("tone", "Mean tone of these sentences", Scale::SIGNED, |row| row.tone)
    .column("top_frame", "The frame with the largest mean probability", |row| {
        Some(row.top_frame.as_str()).filter(|frame| !frame.is_empty())
    })
    .column("top_frame_probability", "That frame’s mean probability", |row| row.top_frame_share)
    .scale(Scale::SHARE)
    .key(&["source"])
}
