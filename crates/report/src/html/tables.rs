//! What changed.

use dyad_analyze::Shift;

use super::bdi;
use crate::escape;
use crate::figures::{self, Kind};
use crate::view::View;

pub(super) fn shifts(view: &View<'_>) -> String {
    let shifts: Vec<&Shift> = view.main_shifts().collect();
    let body = match shifts.first() {
        None => {
            "<p>There is too little dated coverage to compare an early with a late part.</p>\n".to_owned()
        }
        Some(first) => {
            let reach = shifts
                .iter()
                .filter(|s| Kind::of(&s.metric) != Kind::Count)
                .fold(0.05_f64, |reach, s| reach.max(s.difference.low.abs()).max(s.difference.high.abs()));
            let rows: Vec<String> = shifts.iter().map(|s| shift_row(view, s, reach)).collect();
            format!(
                "<p class=\"note\">Differences between the early and the late part of the coverage, clear ones first. The bar is the 95 % \
                 interval of the difference; it is <strong>clear</strong> where it leaves out zero. With many measures compared, \
                 about one in twenty without any change would still look clear.</p>\n\
                 <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: what changed\"><table class=\"shifts\">\
                 <thead><tr><th scope=\"col\">Measure</th><th scope=\"col\" class=\"number\">{}</th><th scope=\"col\" class=\"number\">{}</th>\
                 <th scope=\"col\" class=\"number\">Difference</th><th scope=\"col\">95 % interval</th><th scope=\"col\">Clear?</th></tr></thead>\n\
                 <tbody>\n{}</tbody></table></div>\n",
                escape::html(&first.early_label),
                escape::html(&first.late_label),
                rows.concat()
            )
        }
    };
    format!(
        "<section id=\"changes\" aria-labelledby=\"changes-heading\">\n<h2 id=\"changes-heading\">What changed</h2>\n{body}</section>\n"
    )
}

fn shift_row(view: &View<'_>, shift: &Shift, reach: f64) -> String {
    let kind = Kind::of(&shift.metric);
    let d = &shift.difference;
    let clear = shift.is_clear();
    let drawing = if kind == Kind::Count { String::new() } else { forest(d.value, d.low, d.high, reach) };
    format!(
        "<tr{class}><th scope=\"row\">{label}</th><td class=\"number\">{early}</td><td class=\"number\">{late}</td>\
         <td class=\"number strong\">{difference}</td><td class=\"range\">{drawing}<span class=\"interval\">{range}</span></td>\
         <td>{mark}</td></tr>\n",
        class = if clear { " class=\"clear\"" } else { "" },
        label = bdi(&view.label(&shift.metric)),
        early = figures::value(kind, shift.early.value),
        late = figures::value(kind, shift.late.value),
        difference = figures::difference(kind, d.value),
        range = figures::difference_range(kind, d.low, d.high),
        mark = if clear {
            "<span class=\"badge\">clear</span>"
        } else {
            "<span class=\"quiet\">not clear</span>"
        },
    )
}

/// An interval on a line from `-reach` to `reach` with zero in the middle.
pub(super) fn forest(value: f64, low: f64, high: f64, reach: f64) -> String {
    if ![value, low, high, reach].iter().all(|x| x.is_finite()) || reach <= 0.0 {
        return String::new();
    }
    let x = |v: f64| 60.0 + (v / reach).clamp(-1.0, 1.0) * 56.0;
    format!(
        "<svg class=\"forest\" viewBox=\"0 0 120 14\" width=\"120\" height=\"14\" aria-hidden=\"true\">\
         <line class=\"zero\" x1=\"60\" x2=\"60\" y1=\"0\" y2=\"14\"/><line class=\"span\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"7\" y2=\"7\"/>\
         <circle cx=\"{:.1}\" cy=\"7\" r=\"3.5\"/></svg>",
        x(low),
        x(high),
        x(value)
    )
}
