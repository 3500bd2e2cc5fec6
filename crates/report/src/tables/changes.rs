//! Days on which a metric changed its level, with what moved at that day.

use dyad_analyze::{Analysis, ChangePoint};

use super::METRIC;
use super::table::{Rows, Scale, Table};

const CHANGE: [&str; 2] = ["metric", "date"];
const DATE: &str = "First day of the new level";

/// The column names are those of the file `change_points.csv` that earlier reports had.
pub(super) fn change_points(analysis: &Analysis) -> Table<'_> {
    Rows::new("A day from which a metric lay at another level than before.", &analysis.change_points)
        .column("metric", METRIC, |change| change.metric.as_str())
        .column("date", "First day of the new level with an article", |change| change.date)
        .column("earliest", "Earliest first day of the new level, 95 % interval", |change| change.earliest)
        .column("latest", "Latest first day of the new level, 95 % interval", |change| change.latest)
        .column("since", "First day of the level before", |change| change.since)
        .column("until", "Last day of the level after", |change| change.until)
        .estimate("before", "The metric over the level before", Scale::METRIC, |change| change.before)
        .estimate("after", "The metric over the level after", Scale::METRIC, |change| change.after)
        .interval(
            "difference",
            "After less before; the day was chosen for it to be large",
            Scale::METRIC,
            |change| change.difference,
        )
        .column("p_value", "p-value of the test that found the change", |change| change.p_value)
        .scale(Scale::SHARE)
        .column("adjusted_p", "The p-value adjusted for all metrics tested and for earlier tests", |change| {
            change.adjusted_p
        })
        .scale(Scale::SHARE)
        .refers(&["metric"], "metrics")
        .key(&CHANGE)
}

/// Every change with each of its parts.
fn parts<'a, P: 'a>(
    analysis: &'a Analysis,
    of: impl Fn(&'a ChangePoint) -> &'a [P],
) -> impl Iterator<Item = (&'a ChangePoint, usize, &'a P)> {
    analysis.change_points.iter().flat_map(move |change| {
        of(change).iter().enumerate().map(move |(place, part)| (change, place + 1, part))
    })
}

pub(super) fn frames(analysis: &Analysis) -> Table<'_> {
    Rows::new(
        "A frame whose mean probability differs clearly before and after a change of another metric.",
        parts(analysis, |change| change.frames.as_slice()),
    )
    .column("metric", METRIC, |(change, ..)| change.metric.as_str())
    .column("date", DATE, |(change, ..)| change.date)
    .column("frame", "The frame that moved", |(.., moved)| moved.frame.as_str())
    .column("before", "Its mean probability before", |(.., moved)| moved.before)
    .scale(Scale::SHARE)
    .column("after", "Its mean probability after", |(.., moved)| moved.after)
    .scale(Scale::SHARE)
    .interval("difference", "After less before", Scale::DIFFERENCE_OF_SHARES, |(.., moved)| moved.difference)
    .refers(&CHANGE, "change_points")
    .refers(&["frame"], "frames")
    .key(&["metric", "date", "frame"])
}

pub(super) fn sources(analysis: &Analysis) -> Table<'_> {
    Rows::new(
        "An outlet and its part of a change, for the outlets that contributed most.",
        parts(analysis, |change| change.sources.as_slice()),
    )
    .column("metric", METRIC, |(change, ..)| change.metric.as_str())
    .column("date", DATE, |(change, ..)| change.date)
    .column("source", "The outlet; `unknown` where the input names none", |(.., moved)| moved.source.as_str())
    .column(
        "contribution",
        "Its part of the difference; the parts of all outlets add up to the difference",
        |(.., moved)| moved.contribution,
    )
    .scale(Scale::METRIC)
    .column("articles_before", "Its articles that carry the metric, before", |(.., moved)| {
        moved.articles_before
    })
    .scale(Scale::ARTICLES)
    .column("articles_after", "Its articles that carry the metric, after", |(.., moved)| moved.articles_after)
    .scale(Scale::ARTICLES)
    .refers(&CHANGE, "change_points")
    .key(&["metric", "date", "source"])
}

pub(super) fn co_actors(analysis: &Analysis) -> Table<'_> {
    Rows::new(
        "A co-actor whose share of the articles differs clearly before and after a change, the clearest first, at most five.",
        parts(analysis, |change| change.co_actors.as_slice()),
    )
    .column("metric", METRIC, |(change, ..)| change.metric.as_str())
    .column("date", DATE, |(change, ..)| change.date)
    .column("place", "1 for the clearest", |(_, place, _)| place)
    .column("co_actor", "Its name; not all that moved are in `co_actors`", |(.., moved)| moved.name.as_str())
    .column("before", "Share of the articles with a sentence on both actors that name it, before", |(.., moved)| {
        moved.before
    })
    .scale(Scale::SHARE)
    .column("after", "The same share after", |(.., moved)| moved.after)
    .scale(Scale::SHARE)
    .interval("difference", "After less before", Scale::DIFFERENCE_OF_SHARES, |(.., moved)| moved.difference)
    .refers(&CHANGE, "change_points")
    .key(&["metric", "date", "place"])
}

pub(super) fn evidence(analysis: &Analysis) -> Table<'_> {
    let shown = parts(analysis, |change| change.evidence.as_slice())
        .filter_map(|(change, place, &index)| Some((change, place, analysis.evidence.get(index)?)));
    Rows::new("A sentence that shows a change, each from another outlet.", shown)
        .column("metric", METRIC, |(change, ..)| change.metric.as_str())
        .column("date", DATE, |(change, ..)| change.date)
        .column("place", "1 for the sentence that shows it best", |(_, place, _)| place)
        .column("article_id", "The article", |(.., evidence)| evidence.article_id.as_str())
        .column("sentence_no", "The sentence within the article", |(.., evidence)| evidence.sentence_no)
        .refers(&CHANGE, "change_points")
        .refers(&["article_id", "sentence_no"], "evidence")
        .key(&["metric", "date", "place"])
}
