//! The list of events: what the numbers above the charts stand for.

use chrono::Days;
use dyad_analyze::Event;
use serde_json::{Value, json};

use super::bdi;
use crate::escape;
use crate::events::{is_covered, iso_date, long_date, numbered, short_date};
use crate::figures;
use crate::view::View;

/// Days before and after an event whose sentences the list leads to.
const AROUND: u64 = 14;

/// The section, or nothing where the reader gave no events.
pub(super) fn section(view: &View<'_>) -> String {
    if view.analysis.events.is_empty() {
        return String::new();
    }
    let items: Vec<String> = numbered(view).map(|(number, event)| item(view, number, event)).collect();
    let drawn = if view.grains().is_empty() {
        ""
    } else {
        " A number on a dotted line marks each in every chart over time."
    };
    format!(
        "<section id=\"events\" aria-labelledby=\"events-heading\">\n<h2 id=\"events-heading\">Events</h2>\n\
         <p class=\"note\">Given with this report, not found in the data; no number depends on them.{drawn} A measure that moves at \
         the time of an event need not have moved because of it.</p>\n<ol class=\"events\">\n{}</ol>\n</section>\n",
        items.concat()
    )
}

fn item(view: &View<'_>, number: usize, event: &Event) -> String {
    let after = if is_covered(view, event) {
        format!(
            "<button type=\"button\" class=\"link\" data-event=\"{number}\" aria-label=\"Sentences around event {number}, {}\">\
             sentences</button>",
            long_date(event)
        )
    } else {
        "<span class=\"quiet\">outside of the time covered</span>".to_owned()
    };
    format!(
        "<li id=\"event-{number}\" tabindex=\"-1\"><span class=\"event-number\">{number}</span>\
         <p><time datetime=\"{}\">{}</time> {} {after}</p></li>\n",
        iso_date(event),
        short_date(event).replace(' ', "\u{a0}"),
        named(event)
    )
}

/// The label, linked where there is a link.
fn named(event: &Event) -> String {
    let label = bdi(&event.label);
    match event.link.as_deref().and_then(escape::link) {
        Some(url) => format!(
            "<a href=\"{}\" target=\"_blank\" rel=\"noopener noreferrer\">{label}</a>",
            escape::html(&url)
        ),
        None => label,
    }
}

/// Events that coincide with something, in a line of HTML; nothing for none. Of more than three only the numbers are there:
/// an interval that holds many points to none of them.
pub(super) fn line(events: &[(usize, &Event)]) -> String {
    const MOST_NAMED: usize = 3;
    const MOST_NUMBERS: usize = 15;
    if events.is_empty() {
        return String::new();
    }
    if events.len() <= MOST_NAMED {
        let named: Vec<String> = events
            .iter()
            .map(|(number, event)| {
                let date = long_date(event).replace(' ', "\u{a0}");
                format!(
                    "<a href=\"#event-{number}\"><span class=\"event-number\">{number}</span>{date}</a>, {}",
                    bdi(&event.label)
                )
            })
            .collect();
        return format!("<p class=\"note event-line\">Within its interval: {}.</p>\n", named.join("; "));
    }
    let numbers: Vec<String> =
        events.iter().take(MOST_NUMBERS).map(|(number, event)| badge(*number, event)).collect();
    let more = if events.len() > MOST_NUMBERS { " …" } else { "" };
    format!(
        "<p class=\"note event-line\">Its interval is long and holds {}: {}{more}</p>\n",
        figures::plural(events.len() as u64, "event"),
        numbers.join(" ")
    )
}

/// The number of an event as a link to the list.
fn badge(number: usize, event: &Event) -> String {
    let name = escape::html(&escape::visible(&format!("{}: {}", long_date(event), event.label)));
    format!(
        "<a href=\"#event-{number}\" title=\"{name}\" aria-label=\"Event {number}, {name}\"><span class=\"event-number\">{number}</span></a>"
    )
}

/// What the page's script needs: day on the axis, text under the pointer, and the period around the event.
pub(super) fn data(view: &View<'_>) -> Vec<Value> {
    let one = |(number, event): (usize, &Event)| {
        let from = event.date.checked_sub_days(Days::new(AROUND)).unwrap_or(event.date);
        let to = event.last.checked_add_days(Days::new(AROUND + 1)).unwrap_or(event.last);
        let label = format!("{} ± {AROUND} days", short_date(event));
        let hover = format!(
            "<b>{number}</b> {}: {}",
            short_date(event),
            escape::plotly(&escape::cut(&event.label, 90))
        );
        json!({"day": event.middle(), "hover": hover, "around": [label, from, to]})
    };
    numbered(view).map(one).collect()
}
