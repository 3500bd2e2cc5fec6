//! Events as the report names them: their dates in words, and which of them coincide with a change of level.

use dyad_analyze::{ChangePoint, Event};

use crate::view::View;

/// `17 November 2023`, or `November 2023` where only the month is known.
pub(crate) fn long_date(event: &Event) -> String {
    event.date.format(if event.is_month() { "%B %Y" } else { "%-d %B %Y" }).to_string()
}

/// `17 Nov 2023` or `Nov 2023`.
pub(crate) fn short_date(event: &Event) -> String {
    event.date.format(if event.is_month() { "%b %Y" } else { "%-d %b %Y" }).to_string()
}

/// `2023-11-17` or `2023-11`.
pub(crate) fn iso_date(event: &Event) -> String {
    event.date.format(if event.is_month() { "%Y-%m" } else { "%Y-%m-%d" }).to_string()
}

/// Events with the numbers that the charts give them, from 1, by date.
pub(crate) fn numbered<'a>(view: &View<'a>) -> impl Iterator<Item = (usize, &'a Event)> {
    view.analysis.events.iter().enumerate().map(|(i, event)| (i + 1, event))
}

/// Whether any chart shows the time of an event.
pub(crate) fn is_covered(view: &View<'_>, event: &Event) -> bool {
    view.grains().into_iter().any(|grain| {
        let slots = view.slots(grain);
        let ends = slots.first().zip(slots.last());
        ends.is_some_and(|(first, last)| first.start <= event.middle() && event.middle() < last.end)
    })
}

/// Events in the 95 % interval of the day of a change. That they coincide in time is all that is said.
pub(crate) fn within<'a>(view: &View<'a>, change: &ChangePoint) -> Vec<(usize, &'a Event)> {
    numbered(view).filter(|(_, event)| event.is_within(change.earliest, change.latest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn events_have_dates_numbers_and_a_place_in_time() {
        let analysis = fixture::analysis();
        let view = View::new(&analysis);
        let named: Vec<(usize, String, bool)> =
            numbered(&view).map(|(number, e)| (number, short_date(e), is_covered(&view, e))).collect();
        assert_eq!(
            named,
            [
                (1, "1 Jan 2018".to_owned(), false),
                (2, "Jan 2023".to_owned(), true),
                (3, "17 Nov 2023".to_owned(), true),
                (4, "21 Nov 2023".to_owned(), true),
                (5, "21 Jan 2025".to_owned(), true),
            ]
        );
        assert_eq!(long_date(&analysis.events[1]), "January 2023");
        assert_eq!(
            (iso_date(&analysis.events[1]), iso_date(&analysis.events[4])),
            ("2023-01".to_owned(), "2025-01-21".to_owned())
        );
        // A month coincides with any of its days.
        let numbers =
            |change: &ChangePoint| within(&view, change).iter().map(|(n, _)| *n).collect::<Vec<_>>();
        assert_eq!(numbers(&analysis.change_points[0]), [2]);
        assert_eq!(numbers(&analysis.change_points[1]), [5]);
    }
}
