//! The sheet a chart stands on: heading, key, time axis, events, source. Every picture can stand alone, so that it says
//! itself what its marks mean.

use dyad_analyze::Event;

use super::Context;
use super::axis::{Tick, TimeAxis, ValueAxis};
use super::markers::{self, Marker};
use super::picture::{Anchor, Area, Colour, Pen, Picture, Shape, Text};
use super::theme::colour;
use crate::escape;
use crate::figures;

pub(super) const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 40.0;
/// Left end of a plot over the whole width: ticks are named between margin and plot.
pub(super) const PLOT_LEFT: f64 = 108.0;
pub(super) const PLOT_RIGHT: f64 = WIDTH - MARGIN;
/// Vertical places from the top: baselines of title, subtitle and key, top of the markers of events.
const TITLE: f64 = 54.0;
const SUBTITLE: f64 = 82.0;
const KEY: f64 = 116.0;
const STRIP: f64 = 136.0;
/// Top of the plot.
pub(super) const PLOT_TOP: f64 = STRIP + markers::HEIGHT + 8.0;
/// Height of what stands below the plot: names of ticks, then the name of the axis; a line of years may stand between.
const BELOW_PLOT: f64 = 62.0;
const YEARS: f64 = 14.0;
/// Rows and columns of the list of events.
const EVENT_ROW: f64 = 21.0;
const EVENT_COLUMNS: usize = 3;
/// Events listed; more would bury the chart.
const MAX_LISTED: usize = 30;
/// Height of the source line.
const FOOTER: f64 = 52.0;

/// What is said around a plot.
pub(super) struct Heading {
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) subtitle: String,
    pub(super) key: Vec<Key>,
    /// What the values are, at the top of their axis.
    pub(super) values: &'static str,
    /// What can be seen, in words.
    pub(super) description: String,
}

/// One entry of the key.
pub(super) enum Key {
    /// A line with points.
    Line(Colour, String),
    /// Bars.
    Bar(Colour, String),
    /// The interval around a line.
    Band(Colour),
    /// A point with few sentences.
    Hollow(Colour),
    /// A change of level.
    Change(Colour),
}

/// A line of text that begins at a place.
pub(super) fn text(x: f64, y: f64, size: f64, colour: Colour, text: impl Into<String>) -> Text {
    Text { x, y, size, bold: false, anchor: Anchor::Start, colour, text: text.into() }
}

/// Puts a plot on its sheet. `draw` gets the areas that share the strip of events: columns from left to right, all with
/// the top and bottom of the plot.
pub(super) fn compose(
    context: &Context<'_>,
    heading: Heading,
    columns: &[Area],
    draw: impl FnOnce(&mut Vec<Shape>),
) -> Picture {
    let bottom = columns.first().map_or(PLOT_TOP, |column| column.bottom);
    let mut shapes = Vec::new();
    headline(context, &heading, &mut shapes);
    let shown = context.events();
    let mut below = bottom + BELOW_PLOT;
    for column in columns {
        let ticks = context.time.ticks((column.width() / 85.0) as usize);
        if ticks.iter().any(|tick| tick.year.is_some()) {
            below = bottom + BELOW_PLOT + YEARS;
        }
        time_axis(&context.time, column, ticks, &mut shapes);
        draw_events(context, &shown, column, &mut shapes);
    }
    draw(&mut shapes);
    let middle = columns.first().zip(columns.last()).map_or(WIDTH / 2.0, |(a, b)| (a.left + b.right) / 2.0);
    let axis = format!("Date of publication, by {}", context.grain.as_str());
    let axis = Text { anchor: Anchor::Middle, ..text(middle, below - 17.0, 13.0, colour("muted"), axis) };
    shapes.push(Shape::Text(axis));
    let height = below + list_of_events(context, &shown, below, &mut shapes) + FOOTER;
    source(context, height, &mut shapes);
    Picture {
        name: heading.name,
        width: WIDTH,
        height,
        background: colour("paper"),
        title: heading.title,
        description: heading.description,
        shapes,
    }
}

fn headline(context: &Context<'_>, heading: &Heading, shapes: &mut Vec<Shape>) {
    let room = WIDTH - 2.0 * MARGIN;
    let title = context.fonts.fit(&heading.title, 26.0, true, room);
    shapes.push(Shape::Text(Text { bold: true, ..text(MARGIN, TITLE, 26.0, colour("ink"), title) }));
    let subtitle = context.fonts.fit(&heading.subtitle, 15.0, false, room);
    shapes.push(Shape::Text(text(MARGIN, SUBTITLE, 15.0, colour("muted"), subtitle)));
    shapes.push(Shape::Text(text(MARGIN, PLOT_TOP - 12.0, 13.0, colour("muted"), heading.values)));
    let mut x = MARGIN;
    for entry in &heading.key {
        x += key_entry(context, entry, x, shapes) + 28.0;
    }
}

/// Draws one entry of the key and returns its width.
fn key_entry(context: &Context<'_>, entry: &Key, x: f64, shapes: &mut Vec<Shape>) -> f64 {
    const SAMPLE: f64 = 26.0;
    let middle = KEY - 4.5;
    let mut width = SAMPLE;
    let sample = |left: f64, pen| Shape::line((left, middle), (left + SAMPLE, middle), pen);
    let label = match entry {
        Key::Line(line, label) => {
            shapes.push(sample(x, Pen::solid(*line, 2.0)));
            shapes.push(dots(vec![(x + width / 2.0, middle)], 3.5, *line, *line));
            label.clone()
        }
        Key::Bar(bar, label) => {
            shapes.push(filled(
                Area { left: x, top: middle - 6.0, right: x + width, bottom: middle + 6.0 },
                *bar,
            ));
            label.clone()
        }
        Key::Band(band) => {
            shapes.push(filled(
                Area { left: x, top: middle - 6.0, right: x + width, bottom: middle + 6.0 },
                *band,
            ));
            "95 % interval".to_owned()
        }
        Key::Hollow(line) => {
            width = 9.0;
            shapes.push(dots(vec![(x + width / 2.0, middle)], 3.5, colour("paper"), *line));
            "fewer than five sentences".to_owned()
        }
        Key::Change(line) => {
            shapes.push(sample(x, Pen::dashed(*line)));
            "change of level".to_owned()
        }
    };
    let label = context.fonts.fit(&label, 13.0, false, 300.0);
    let end = width + 8.0 + context.fonts.width(&label, 13.0, false);
    shapes.push(Shape::Text(text(x + width + 8.0, KEY, 13.0, colour("ink"), label)));
    end
}

/// A rectangle of one colour.
pub(super) fn filled(area: Area, fill: Colour) -> Shape {
    let mut outline = super::picture::Outline::default();
    outline.add_rectangle(area);
    Shape::filled(outline, fill)
}

/// Circles with an edge in the colour of their line.
pub(super) fn dots(centres: Vec<(f64, f64)>, radius: f64, fill: Colour, line: Colour) -> Shape {
    Shape::Dots { centres, radius, fill, pen: Pen::solid(line, 1.5) }
}

/// The line below a plot with its ticks and their names.
fn time_axis(time: &TimeAxis, plot: &Area, ticks: Vec<Tick>, shapes: &mut Vec<Shape>) {
    let (rule, muted) = (colour("rule"), colour("muted"));
    shapes.push(Shape::line((plot.left, plot.bottom), (plot.right, plot.bottom), Pen::solid(rule, 1.0)));
    for tick in ticks {
        let x = time.x(tick.date, plot);
        shapes.push(Shape::line((x, plot.bottom), (x, plot.bottom + 5.0), Pen::solid(rule, 1.0)));
        let lines = [Some((tick.label, 21.0)), tick.year.map(|year| (year, 37.0))];
        for (label, down) in lines.into_iter().flatten() {
            let label = text(x, plot.bottom + down, 13.0, muted, label);
            shapes.push(Shape::Text(Text { anchor: Anchor::Middle, ..label }));
        }
    }
}

/// Lines across a plot at some values, with the names of the values to the left.
pub(super) fn value_lines(values: &ValueAxis, plot: &Area, ticks: &[(f64, String)], shapes: &mut Vec<Shape>) {
    for (value, label) in ticks {
        let y = values.y(*value, plot);
        let line = if *value == 0.0 { colour("rule") } else { colour("grid") };
        shapes.push(Shape::line((plot.left, y), (plot.right, y), Pen::solid(line, 1.0)));
        let label = text(plot.left - 10.0, y + 4.5, 13.0, colour("muted"), label.clone());
        shapes.push(Shape::Text(Text { anchor: Anchor::End, ..label }));
    }
}

/// A dotted line at each event, its number above the plot.
fn draw_events(context: &Context<'_>, shown: &[(usize, &Event)], plot: &Area, shapes: &mut Vec<Shape>) {
    let places: Vec<(usize, f64)> =
        shown.iter().map(|&(number, event)| (number, context.time.x(event.middle(), plot))).collect();
    let event = colour("event");
    for &(_, x) in &places {
        let line = Pen::dotted(event.faded(0.75));
        shapes.push(Shape::line((x, STRIP + markers::HEIGHT), (x, plot.bottom), line));
    }
    for marker in markers::arrange(&places, context.fonts) {
        draw_marker(&marker, STRIP, shapes);
    }
}

fn draw_marker(marker: &Marker, top: f64, shapes: &mut Vec<Shape>) {
    let half = marker.width / 2.0;
    let area = Area { left: marker.x - half, top, right: marker.x + half, bottom: top + markers::HEIGHT };
    shapes.push(Shape::Pill { area, fill: colour("event") });
    let label = text(marker.x, top + 12.8, markers::SIZE, colour("paper"), marker.label.clone());
    shapes.push(Shape::Text(Text { bold: true, anchor: Anchor::Middle, ..label }));
}

/// What the numbers stand for, column by column; returns the height taken.
fn list_of_events(
    context: &Context<'_>,
    shown: &[(usize, &Event)],
    top: f64,
    shapes: &mut Vec<Shape>,
) -> f64 {
    let listed = &shown[..shown.len().min(MAX_LISTED)];
    if listed.is_empty() {
        return 0.0;
    }
    let rows = listed.len().div_ceil(EVENT_COLUMNS);
    let width = (WIDTH - 2.0 * MARGIN) / EVENT_COLUMNS as f64;
    let dates: Vec<String> = listed.iter().map(|(_, event)| crate::events::short_date(event)).collect();
    let date_width = dates.iter().map(|date| context.fonts.width(date, 13.0, false)).fold(0.0, f64::max);
    for (place, ((number, event), date)) in listed.iter().zip(dates).enumerate() {
        let x = MARGIN + width * (place / rows) as f64;
        let y = top + 24.0 + EVENT_ROW * (place % rows) as f64;
        let label = number.to_string();
        let pill = markers::width(&label, context.fonts);
        draw_marker(&Marker { x: x + pill / 2.0, width: pill, label }, y - 13.3, shapes);
        shapes.push(Shape::Text(text(x + 32.0, y, 13.0, colour("muted"), date)));
        let after = x + 32.0 + date_width + 10.0;
        let room = x + width - 12.0 - after;
        let label = context.fonts.fit(&escape::visible(&event.label), 13.0, false, room);
        shapes.push(Shape::Text(text(after, y, 13.0, colour("ink"), label)));
    }
    let more = shown.len() - listed.len();
    let mut height = 16.0 + EVENT_ROW * rows as f64;
    if more > 0 {
        let said = format!("{more} more events are in report.html.");
        shapes.push(Shape::Text(text(MARGIN, top + height + 6.0, 13.0, colour("muted"), said)));
        height += EVENT_ROW;
    }
    height
}

fn source(context: &Context<'_>, height: f64, shapes: &mut Vec<Shape>) {
    let (analysis, y) = (context.view.analysis, height - FOOTER + 14.0);
    let coverage = &analysis.coverage;
    let right = (WIDTH - MARGIN, y);
    shapes.push(Shape::line((MARGIN, y), right, Pen::solid(colour("grid"), 1.0)));
    let said = format!(
        "Dyad, {} · {} in {} from {}",
        analysis.generated_at.format("%-d %B %Y"),
        figures::plural(coverage.relations, "sentence"),
        figures::plural(coverage.articles_related, "article"),
        figures::plural(coverage.sources, "source"),
    );
    shapes.push(Shape::Text(text(MARGIN, y + 20.0, 12.0, colour("muted"), said)));
}
