//! How much there is to read: articles with both actors as bars, articles with either as lines.

use super::Context;
use super::axis::{ValueAxis, counts};
use super::lines::PLOT_HEIGHT;
use super::picture::{Area, Outline, Pen, Picture, Shape};
use super::sheet::{self, Heading, Key, PLOT_LEFT, PLOT_RIGHT, PLOT_TOP};
use super::theme::colour;
use crate::figures::{self, Kind};

/// Part of a period that its bar fills.
const BAR: f64 = 0.75;
const LINES: [(&str, &str); 2] = [("articles_a", "a"), ("articles_b", "b")];

pub(super) fn volume(context: &Context<'_>) -> Picture {
    let plot = Area { left: PLOT_LEFT, top: PLOT_TOP, right: PLOT_RIGHT, bottom: PLOT_TOP + PLOT_HEIGHT };
    let metrics = || LINES.iter().map(|(metric, _)| *metric).chain(["articles_both"]);
    let estimates = metrics().flat_map(|metric| context.view.estimates(metric, context.grain)).flatten();
    let top = estimates.fold(1.0_f64, |top, e| top.max(e.value));
    let values = ValueAxis { low: 0.0, high: top * 1.06 };
    let named: Vec<(f64, String)> =
        counts(values.high).into_iter().map(|tick| (tick, figures::value(Kind::Count, tick))).collect();
    let mut key = vec![Key::Bar(colour("both"), context.label("articles_both"))];
    key.extend(LINES.map(|(metric, name)| Key::Line(colour(name), context.label(metric))));
    let heading = Heading {
        name: "volume",
        title: format!("Volume of the coverage of {} and {}", context.a, context.b),
        subtitle:
            "Articles by what they mention; near-copies of an article count once unless configured otherwise"
                .to_owned(),
        key,
        values: "Articles",
        description: context.described(["articles_both"].into_iter().chain(LINES.map(|(metric, _)| metric))),
    };
    sheet::compose(context, heading, &[plot], |shapes| {
        sheet::value_lines(&values, &plot, &named, shapes);
        shapes.push(Shape::filled(bars(context, &values, &plot), colour("both")));
        for (metric, name) in LINES {
            add_line(context, (metric, name), &values, &plot, shapes);
        }
    })
}

fn bars(context: &Context<'_>, values: &ValueAxis, plot: &Area) -> Outline {
    let mut bars = Outline::default();
    let estimates = context.view.estimates("articles_both", context.grain);
    for (slot, estimate) in context.slots.iter().zip(estimates) {
        let Some(estimate) = estimate.filter(|e| e.value > 0.0) else { continue };
        let (start, end) = (context.time.x(slot.start, plot), context.time.x(slot.end, plot));
        let margin = (end - start) * (1.0 - BAR) / 2.0;
        let top = values.y(estimate.value, plot);
        bars.add_rectangle(Area { left: start + margin, top, right: end - margin, bottom: plot.bottom });
    }
    bars
}

fn add_line(
    context: &Context<'_>,
    (metric, name): (&str, &str),
    values: &ValueAxis,
    plot: &Area,
    shapes: &mut Vec<Shape>,
) {
    let mut outline = Outline::default();
    let mut centres = Vec::new();
    let mut is_open = false;
    for (slot, estimate) in context.slots.iter().zip(context.view.estimates(metric, context.grain)) {
        let Some(estimate) = estimate else {
            is_open = false;
            continue;
        };
        let point = (context.time.x(slot.middle(), plot), values.y(estimate.value, plot));
        if is_open {
            outline.line_to(point)
        } else {
            outline.move_to(point)
        }
        is_open = true;
        centres.push(point);
    }
    if centres.is_empty() {
        return;
    }
    shapes.push(Shape::stroked(outline, Pen::solid(colour(name), 1.5)));
    if centres.len() <= 120 {
        shapes.push(sheet::dots(centres, 2.0, colour(name), colour(name)));
    }
}
