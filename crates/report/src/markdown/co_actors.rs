//! Who else is in the story.

use std::fmt::Write;

use dyad_analyze::{Analysis, CoActor};

use super::text;
use crate::figures::{self, Kind};

/// Rows of the table; `report.json` has all.
const MAX_ROWS: usize = 8;
/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 60;

/// The first co-actors as a table; nothing where there is none.
pub(super) fn table(analysis: &Analysis) -> String {
    let others = &analysis.co_actors;
    if others.is_empty() {
        return String::new();
    }
    let shift = others.iter().find_map(|other| other.shift.as_ref());
    let parts = shift.map_or(String::new(), |shift| {
        format!(" {} | {} | Difference |", text(&shift.early_label, 40), text(&shift.late_label, 40))
    });
    let mut out = format!(
        "## Who else is in the story\n\nShares of the articles with a sentence that mentions both; a difference in bold has an interval \
         that leaves out zero.\n\n| Name | Articles | Share | 95 % interval |{parts}\n|---|---:|---:|---|{}",
        if shift.is_some() { "---:|---:|---:|" } else { "" }
    );
    for other in others.iter().take(MAX_ROWS) {
        let share = |value| figures::value(Kind::Share, value);
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "\n| {} | {} | {} | {} to {} |{}",
            text(&other.name, MAX_NAME_CHARS),
            figures::count(other.articles),
            share(other.share.value),
            share(other.share.low),
            share(other.share.high),
            if shift.is_some() { parts_cells(other) } else { String::new() },
        );
    }
    out
}

fn parts_cells(other: &CoActor) -> String {
    let Some(shift) = &other.shift else { return " – | – | – |".to_owned() };
    let difference = figures::difference(Kind::Share, shift.difference.value);
    let mark = if shift.is_clear() { "**" } else { "" };
    format!(
        " {} | {} | {mark}{difference}{mark} |",
        figures::value(Kind::Share, shift.early.value),
        figures::value(Kind::Share, shift.late.value)
    )
}
