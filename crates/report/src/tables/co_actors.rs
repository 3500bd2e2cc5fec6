//! Other organisations and people in the articles: how often, with what tone, early against late, and by period.

use dyad_analyze::{Analysis, CoActorKind, Shift};

use super::table::{Rows, Scale, Table};

const PLACE: &str = "The co-actor’s place in `co_actors`";
const NAME: &str = "Its name";

pub(super) fn co_actors(analysis: &Analysis) -> Table<'_> {
    Rows::new(
        "Another organisation or person named in articles in which a sentence mentions both actors. What goes with a name is \
         an association: these articles differ from the others in more than it.",
        analysis.co_actors.iter().enumerate(),
    )
    .column("place", "From 1: configured ones first, then those named in most articles", |(place, _)| place + 1)
    .column("co_actor", "Its most frequent spelling, or the configured name", |(_, other)| other.name.as_str())
    .column("kind", "`organisation` (also where nothing tells) or `person`", |(_, other)| match other.kind {
        CoActorKind::Organisation => "organisation",
        CoActorKind::Person => "person",
    })
    .column("articles", "Articles with a sentence on both actors that name it", |(_, other)| other.articles)
    .scale(Scale::ARTICLES)
    .column("relations", "Sentences that mention both actors and it", |(_, other)| other.sentences)
    .scale(Scale::SENTENCES)
    .estimate(
        "share",
        "Share of all articles with a sentence on both actors that name it",
        Scale::SHARE,
        |(_, other)| other.share,
    )
    .estimate(
        "tone_with",
        "Mean tone of the sentences that mention both actors, in articles that name it",
        Scale::SIGNED,
        |(_, other)| other.tone_with,
    )
    .estimate("tone_without", "The same in all other articles", Scale::SIGNED, |(_, other)| other.tone_without)
    .interval(
        "tone_difference",
        "Tone in articles that name it less tone in the others",
        Scale::DIFFERENCE_OF_SIGNED,
        |(_, other)| other.tone_difference,
    )
    .column("early_period", "The early part of the coverage, as in `shifts`", |(_, other)| {
        other.shift.as_ref().map(|shift| shift.early_label.as_str())
    })
    .column("late_period", "The late part", |(_, other)| {
        other.shift.as_ref().map(|shift| shift.late_label.as_str())
    })
    .estimate("share_early", "Its share of the articles in the early part", Scale::SHARE, |(_, other)| {
        other.shift.as_ref().map(|shift| shift.early)
    })
    .estimate("share_late", "Its share of the articles in the late part", Scale::SHARE, |(_, other)| {
        other.shift.as_ref().map(|shift| shift.late)
    })
    .interval(
        "share_difference",
        "Late share less early share",
        Scale::DIFFERENCE_OF_SHARES,
        |(_, other)| other.shift.as_ref().map(|shift| shift.difference),
    )
    .column("share_clear", "Whether the interval of `share_difference` leaves out zero", |(_, other)| {
        other.shift.as_ref().map(Shift::is_clear)
    })
    // The place and not the name: initials can stand for two of them.
    .key(&["place"])
}

pub(super) fn periods(analysis: &Analysis) -> Table<'_> {
    let others = analysis.co_actors.iter().enumerate();
    let points =
        others.flat_map(|(place, other)| other.series.iter().map(move |point| (place, other, point)));
    Rows::new(
        "A co-actor in a quarter (or the longest period configured) with an article, for the first eight co-actors.",
        points,
    )
    .column("place", PLACE, |(place, ..)| place + 1)
    .column("co_actor", NAME, |(_, other, _)| other.name.as_str())
    .column("start", "First day of the period", |(.., point)| point.start)
    .column("share", "Share of the period’s articles with a sentence on both actors that name it", |(.., point)| {
        point.share
    })
    .scale(Scale::SHARE)
    .column("articles", "These articles, whether they name it or not", |(.., point)| point.articles)
    .scale(Scale::ARTICLES)
    .refers(&["place"], "co_actors")
    .key(&["place", "start"])
}
