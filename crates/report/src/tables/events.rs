//! Events that the reader gave for the charts.

use dyad_analyze::Analysis;

use super::table::{Rows, Table};

pub(super) fn events(analysis: &Analysis) -> Table<'_> {
    Rows::new(
        "An event that the charts mark, as the file of events has it. No number depends on it.",
        analysis.events.iter().enumerate(),
    )
    .column("place", "Order by date, from 1", |(place, _)| place + 1)
    .column("date", "The day; the first day of the month where only the month is known", |(_, event)| {
        event.date
    })
    .column(
        "last_date",
        "The same day; the last day of the month where only the month is known",
        |(_, event)| event.last,
    )
    .column("label", "What happened", |(_, event)| event.label.as_str())
    .column("link", "Where to read about it, as the file gives it", |(_, event)| event.link.as_deref())
    .key(&["place"])
}
