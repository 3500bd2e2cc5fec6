//! What is new since the report before, and which watched metrics moved.

use dyad_analyze::{Alert, Analysis, ChangePoint, Estimate, SinceLast, ThenNow};

use super::METRIC;
use super::table::{Rows, Scale, Table};

/// Name, description, scale and values of a count.
type Count = (&'static str, &'static str, Scale, fn(&SinceLast) -> ThenNow);

pub(super) fn since_last(analysis: &Analysis) -> Table<'_> {
    let counts: [Count; 3] = [
        ("articles", "Articles in the store", Scale::ARTICLES, |since| since.articles),
        ("relations", "Sentences that mention both, near-copies once", Scale::SENTENCES, |since| {
            since.relations
        }),
        ("sources", "Outlets with such a sentence", Scale::count("outlets"), |since| since.sources),
    ];
    let rows = analysis.since_last.iter().map(|since| (analysis, since));
    let mut rows = Rows::new(
        "This report and the one before, with what came between. One row; none without a report before.",
        rows,
    )
    .column("generated_at", "When the numbers of this report were made", |(a, _)| a.generated_at)
    .column("generated_at_before", "When those of the report before were made", |(_, since)| since.generated_at)
    .column(
        "same_annotations",
        "Whether both rest on the same annotations; otherwise levels are not comparable, and there are no changes and alerts",
        |(_, since)| since.other_annotations.is_none(),
    )
    .column("annotations_before", "Model and pipeline of the report before, where they differ", |(_, since)| {
        since.other_annotations.as_ref().map(|other| other.then.as_str())
    })
    .column("annotations_now", "Model and pipeline of this report, where they differ", |(_, since)| {
        since.other_annotations.as_ref().map(|other| other.now.as_str())
    });
    for (name, what, scale, count) in counts {
        let before = format!("{what}, in the report before; missing where it does not say");
        rows = rows
            .column(format!("{name}_before"), before, |(_, since)| count(since).then)
            .scale(scale)
            .column(format!("{name}_now"), format!("{what}, in this report"), |(_, since)| count(since).now)
            .scale(scale);
    }
    rows.column("new_articles", "Articles that came or changed since, near-copies included", |(_, since)| {
        since.new_articles
    })
    .scale(Scale::ARTICLES)
    .column(
        "new_related",
        "Of these the ones in which a sentence mentions both, near-copies once",
        |(_, since)| since.new_related,
    )
    .scale(Scale::ARTICLES)
    .column("new_relations", "Their sentences that mention both", |(_, since)| since.new_relations)
    .scale(Scale::SENTENCES)
    .column(
        "new_sources",
        "Outlets with such a sentence that the report before does not list",
        |(_, since)| since.new_outlets_total,
    )
    .scale(Scale::count("outlets"))
    .refers(&["generated_at"], "coverage")
    .key(&["generated_at"])
}

pub(super) fn sources(analysis: &Analysis) -> Table<'_> {
    let outlets = analysis.since_last.iter().flat_map(|since| &since.new_outlets);
    Rows::new(
        "An outlet that the report before does not list, the one with most sentences first, at most ten.",
        outlets,
    )
    .column("source", "The outlet", |outlet| outlet.as_str())
    .key(&["source"])
}

pub(super) fn metrics(analysis: &Analysis) -> Table<'_> {
    let levels = analysis.since_last.iter().flat_map(|since| &since.levels);
    Rows::new(
        "A metric over the articles that came or changed since the report before, and over all others, whatever day they \
         were published on.",
        levels,
    )
    .column("metric", METRIC, |level| level.metric.as_str())
    .estimate("new", "The metric over the new articles", Scale::METRIC, |level| level.new)
    .estimate("others", "The metric over the others", Scale::METRIC, |level| level.others)
    .interval("difference", "New less others", Scale::METRIC, |level| level.difference)
    .column("clear", "Whether the interval of the difference leaves out zero", |level| {
        level.difference.map(|_| level.is_clear())
    })
    .refers(&["metric"], "metrics")
    .key(&["metric"])
}

pub(super) fn changes(analysis: &Analysis) -> Table<'_> {
    let appeared = |since: &SinceLast| {
        let points = since.appeared.iter().filter_map(|&place| analysis.change_points.get(place));
        points
            .map(|point| ("appeared", point.metric.as_str(), [point.date, point.earliest, point.latest]))
            .collect()
    };
    let rows = analysis.since_last.iter().flat_map(|since| {
        let appeared: Vec<_> = appeared(since);
        let went = since.went.iter();
        let went = went.map(|past| ("went", past.metric.as_str(), [past.date, past.earliest, past.latest]));
        appeared.into_iter().chain(went)
    });
    Rows::new(
        "A change of level that one of the two reports shows and the other does not: the other has none of the metric \
         whose interval of days overlaps.",
        rows,
    )
    .column(
        "change",
        "`appeared`: a row of `change_points` that is new; `went`: one of the report before that is gone",
        |(change, ..)| change,
    )
    .column("metric", METRIC, |(_, metric, _)| metric)
    .column("date", "First day of the new level with an article", |(.., [date, ..])| date)
    .column("earliest", "Earliest first day of the new level, 95 % interval", |(.., [_, earliest, _])| earliest)
    .column("latest", "Latest first day of the new level, 95 % interval", |(.., [.., latest])| latest)
    .key(&["change", "metric", "date"])
}

pub(super) fn evidence(analysis: &Analysis) -> Table<'_> {
    let places = analysis.since_last.iter().flat_map(|since| since.evidence.iter().enumerate());
    let shown = places.filter_map(|(place, &index)| Some((place, analysis.evidence.get(index)?)));
    Rows::new(
        "A sentence that is new since the report before, each from another outlet, at most five.",
        shown,
    )
    .column("place", "1 for the sentence with the strongest frames and tone", |(place, _)| place + 1)
    .column("article_id", "The article", |(_, evidence)| evidence.article_id.as_str())
    .column("sentence_no", "The sentence within the article", |(_, evidence)| evidence.sentence_no)
    .refers(&["article_id", "sentence_no"], "evidence")
    .key(&["place"])
}

pub(super) fn alerts(analysis: &Analysis) -> Table<'_> {
    let change = |alert: &Alert| changed(analysis, alert);
    Rows::new(
        "A watched metric that moved since the report before.",
        analysis.alerts.iter().enumerate(),
    )
    .column("place", "Order in the report, from 1", |(place, _)| place + 1)
    .column("metric", METRIC, |(_, alert)| alert.metric())
    .column(
        "kind",
        "`level`: the new articles differ clearly from the others by the threshold or more; `change_point`: a change of level \
         appeared, of any size",
        |(_, alert)| match alert {
            Alert::Level { .. } => "level",
            Alert::ChangePoint { .. } => "change_point",
        },
    )
    .column("threshold", "The size watched for", |(_, alert)| match alert {
        Alert::Level { threshold, .. } | Alert::ChangePoint { threshold, .. } => *threshold,
    })
    .scale(Scale::METRIC)
    .estimate("new", "For a level: the metric over the new articles", Scale::METRIC, |(_, alert)| {
        level(alert).map(|[new, ..]| new)
    })
    .estimate("others", "For a level: the metric over the others", Scale::METRIC, |(_, alert)| {
        level(alert).map(|[_, others, _]| others)
    })
    .interval("difference", "For a level: new less others", Scale::METRIC, |(_, alert)| {
        level(alert).map(|[.., difference]| difference)
    })
    .column(
        "change_metric",
        "For a change: `metric` of its row in `change_points`; the frame’s mean probability where its share is watched",
        |(_, alert)| change(alert).map(|point| point.metric.as_str()),
    )
    .column("change_date", "For a change: `date` of its row in `change_points`", |(_, alert)| {
        change(alert).map(|point| point.date)
    })
    .refers(&["metric"], "metrics")
    .key(&["place"])
}

/// Over the new articles, over the others, and the difference.
fn level(alert: &Alert) -> Option<[Estimate; 3]> {
    match alert {
        Alert::Level { new, others, difference, .. } => Some([*new, *others, *difference]),
        Alert::ChangePoint { .. } => None,
    }
}

fn changed<'a>(analysis: &'a Analysis, alert: &Alert) -> Option<&'a ChangePoint> {
    match alert {
        Alert::ChangePoint { change_point, .. } => analysis.change_points.get(*change_point),
        Alert::Level { .. } => None,
    }
}
