//! Means over time: a line with its interval as a band, gaps as gaps.

use dyad_analyze::Estimate;

use super::Context;
use super::axis::ValueAxis;
use super::picture::{Area, Colour, Outline, Pen, Picture, Shape};
use super::sheet::{self, Heading, Key, PLOT_LEFT, PLOT_RIGHT, PLOT_TOP};
use super::theme::colour;
use crate::charts::{reach, ticks};
use crate::figures::{self, Kind};
use crate::view::FEW_SENTENCES;

/// Height of a plot over the whole width.
pub(super) const PLOT_HEIGHT: f64 = 324.0;
/// Above so many points in a line, points stand so close that they would hide it.
const MAX_DOTS: usize = 500;

/// Above so many points a pixel, a band is a blot that only makes the file large.
const MAX_DENSITY: f64 = 3.0;

/// One metric of a chart.
pub(super) struct Strand {
    pub(super) metric: String,
    pub(super) label: String,
    pub(super) line: Colour,
    pub(super) band: Colour,
}

pub(super) fn tone(context: &Context<'_>) -> Picture {
    let strands = [strand(context, "tone", "tone")];
    let title = format!("Tone of the coverage of {} and {}", context.a, context.b);
    let subtitle = "Mean over the sentences that mention both: −1 is conflict and drifting apart, +1 is cooperation and getting closer";
    means(context, heading("tone", title, subtitle, "Tone"), &strands)
}

pub(super) fn closeness(context: &Context<'_>) -> Picture {
    let strands = [strand(context, "closeness", "tone")];
    let title = format!("Closeness of {} and {} in the coverage", context.a, context.b);
    let subtitle = "Out of tone, stance both ways and frames; mean over the sentences that mention both: −1 is conflict, +1 is cooperation";
    means(context, heading("closeness", title, subtitle, "Closeness"), &strands)
}

pub(super) fn stance(context: &Context<'_>) -> Picture {
    let strands = [strand(context, "stance_a_to_b", "a"), strand(context, "stance_b_to_a", "b")];
    let title = format!("Stance of {} and {}, both ways", context.a, context.b);
    let subtitle = "What each is said to think of or do to the other, from −1 (against) to +1 (for); mean over the sentences that mention both";
    means(context, heading("stance", title, subtitle, "Stance"), &strands)
}

pub(super) fn sentiment(context: &Context<'_>) -> Picture {
    let strands = [strand(context, "sentiment_a", "a"), strand(context, "sentiment_b", "b")];
    let title = format!("Sentiment towards {} and {}", context.a, context.b);
    let subtitle = "How favourable the wording is, from −1 to +1; mean over all sentences that mention the actor, alone or with the other";
    means(context, heading("sentiment", title, subtitle, "Sentiment"), &strands)
}

/// What stands above a chart of means; its key and description follow from the data.
fn heading(name: &'static str, title: String, subtitle: &str, values: &'static str) -> Heading {
    Heading {
        name,
        title,
        subtitle: subtitle.to_owned(),
        key: Vec::new(),
        values,
        description: String::new(),
    }
}

/// A metric in the colours of a name of the palette.
fn strand(context: &Context<'_>, metric: &str, name: &str) -> Strand {
    Strand {
        metric: metric.to_owned(),
        label: context.label(metric),
        line: colour(name),
        band: colour(&format!("{name}-band")),
    }
}

/// A chart from -1 to 1, or as much of that as the data need, zero always in the middle.
fn means(context: &Context<'_>, mut heading: Heading, strands: &[Strand]) -> Picture {
    let reach = reach(context.view, strands.iter().map(|strand| strand.metric.as_str()));
    let values = ValueAxis { low: -reach, high: reach };
    let named: Vec<(f64, String)> = ticks(reach).into_iter().map(|t| (t, figures::signed(t))).collect();
    let plot = Area { left: PLOT_LEFT, top: PLOT_TOP, right: PLOT_RIGHT, bottom: PLOT_TOP + PLOT_HEIGHT };
    heading.key = key(context, strands, &plot);
    heading.description = context.described(strands.iter().map(|s| s.metric.as_str()));
    sheet::compose(context, heading, &[plot], |shapes| {
        sheet::value_lines(&values, &plot, &named, shapes);
        for strand in strands {
            add_changes(context, &strand.metric, strand.line, &plot, shapes);
        }
        add_strands(context, strands, &values, &plot, shapes);
    })
}

/// Every mark of the chart, and only those that are there.
fn key(context: &Context<'_>, strands: &[Strand], plot: &Area) -> Vec<Key> {
    let mut key: Vec<Key> = strands.iter().map(|s| Key::Line(s.line, s.label.clone())).collect();
    let Some(first) = strands.first() else { return key };
    // Two bands differ as their lines do; one grey sample stands for both.
    let alone = strands.len() == 1;
    let (line, band) =
        if alone { (first.line, first.band) } else { (colour("muted"), colour("muted").faded(0.2)) };
    if has_bands(context, plot) {
        key.push(Key::Band(band));
    }
    if has_hollow(context, strands.iter().map(|s| s.metric.clone())) {
        key.push(Key::Hollow(line));
    }
    if strands.iter().any(|s| context.changes(&s.metric).next().is_some()) {
        key.push(Key::Change(line));
    }
    key
}

/// Whether intervals can be told apart in a plot.
pub(super) fn has_bands(context: &Context<'_>, plot: &Area) -> bool {
    context.slots.len() as f64 <= MAX_DENSITY * plot.width()
}

/// Whether any point of some metrics is drawn hollow.
pub(super) fn has_hollow(context: &Context<'_>, mut metrics: impl Iterator<Item = String>) -> bool {
    let has_few =
        |metric: String| context.view.estimates(&metric, context.grain).iter().flatten().any(is_few);
    context.slots.len() <= MAX_DOTS && metrics.any(has_few)
}

fn is_few(estimate: &Estimate) -> bool {
    estimate.sentences < FEW_SENTENCES
}

/// A dashed line at each day on which a metric changed its level.
pub(super) fn add_changes(
    context: &Context<'_>,
    metric: &str,
    line: Colour,
    plot: &Area,
    shapes: &mut Vec<Shape>,
) {
    shapes.extend(context.changes(metric).map(|change| {
        let x = context.time.x(change.date, plot);
        Shape::line((x, plot.top), (x, plot.bottom), Pen::dashed(line))
    }));
}

/// All bands, then over them all lines with their points: no band must dull the line of another.
pub(super) fn add_strands(
    context: &Context<'_>,
    strands: &[Strand],
    values: &ValueAxis,
    plot: &Area,
    shapes: &mut Vec<Shape>,
) {
    if has_bands(context, plot) {
        let bands = strands.iter().filter_map(|strand| band(context, strand, values, plot)).collect();
        shapes.push(Shape::Clipped { area: *plot, shapes: bands });
    }
    for strand in strands {
        add_line(context, strand, values, plot, shapes);
    }
}

/// The outlines of the intervals, one for each run.
fn band(context: &Context<'_>, strand: &Strand, values: &ValueAxis, plot: &Area) -> Option<Shape> {
    let mut outline = Outline::default();
    for run in runs(context, &strand.metric).iter().map(|run| place(context, run, plot)) {
        let highs = run.iter().map(|(x, e)| (*x, values.y(e.high, plot)));
        let lows = run.iter().rev().map(|(x, e)| (*x, values.y(e.low, plot)));
        add_polyline(&mut outline, highs.chain(lows));
        outline.close();
    }
    let pen = Some(Pen::solid(strand.band, 1.0));
    (!outline.is_empty()).then_some(Shape::Path { outline, fill: Some(strand.band), pen })
}

/// A line, broken at gaps, and a point for each estimate.
fn add_line(
    context: &Context<'_>,
    strand: &Strand,
    values: &ValueAxis,
    plot: &Area,
    shapes: &mut Vec<Shape>,
) {
    let mut outline = Outline::default();
    let (mut many, mut few) = (Vec::new(), Vec::new());
    for run in runs(context, &strand.metric) {
        let run = place(context, &run, plot);
        let points: Vec<(f64, f64)> = run.iter().map(|(x, e)| (*x, values.y(e.value, plot))).collect();
        for (point, (_, estimate)) in points.iter().zip(&run) {
            if is_few(estimate) { few.push(*point) } else { many.push(*point) }
        }
        // A point alone is no line; a line to itself is drawn as a dot by its round ends.
        let alone = points.first().filter(|_| points.len() == 1).copied();
        add_polyline(&mut outline, points.into_iter().chain(alone));
    }
    if outline.is_empty() {
        return;
    }
    shapes.push(Shape::stroked(outline, Pen::solid(strand.line, 2.0)));
    if context.slots.len() > MAX_DOTS {
        return;
    }
    let is_tight = context.slots.len() > 60 || plot.height() < 100.0;
    let radius = if is_tight { 2.5 } else { 3.5 };
    for (centres, fill) in [(many, strand.line), (few, colour("paper"))] {
        if !centres.is_empty() {
            shapes.push(sheet::dots(centres, radius, fill, strand.line));
        }
    }
}

fn add_polyline(outline: &mut Outline, mut points: impl Iterator<Item = (f64, f64)>) {
    if let Some(first) = points.next() {
        outline.move_to(first);
        points.for_each(|point| outline.line_to(point));
    }
}

/// Runs of periods without a gap: index of the period and its estimate.
fn runs(context: &Context<'_>, metric: &str) -> Vec<Vec<(usize, Estimate)>> {
    let mut runs: Vec<Vec<(usize, Estimate)>> = Vec::new();
    for (i, estimate) in context.view.estimates(metric, context.grain).into_iter().enumerate() {
        let Some(estimate) = estimate else { continue };
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|&(before, _)| before + 1 == i) => run.push((i, estimate)),
            _ => runs.push(vec![(i, estimate)]),
        }
    }
    runs
}

/// A run on the time axis of a plot.
fn place(context: &Context<'_>, run: &[(usize, Estimate)], plot: &Area) -> Vec<(f64, Estimate)> {
    run.iter().map(|&(i, estimate)| (context.time.x(context.slots[i].middle(), plot), estimate)).collect()
}

/// The part of a metric's values in words, for those who do not see the chart.
pub(super) fn described(context: &Context<'_>, metric: &str) -> Option<String> {
    let kind = Kind::of(metric);
    let estimates = context.view.estimates(metric, context.grain);
    let points =
        || context.slots.iter().zip(&estimates).filter_map(|(slot, e)| Some((&slot.label, e.as_ref()?)));
    let (highest, most) = points().max_by(|x, y| x.1.value.total_cmp(&y.1.value))?;
    let (lowest, least) = points().min_by(|x, y| x.1.value.total_cmp(&y.1.value))?;
    let overall = context.view.overall(metric).filter(|_| kind != Kind::Count);
    let overall = overall.map_or(String::new(), |e| format!("{} over all, ", figures::estimate(kind, &e)));
    Some(format!(
        "{}: {overall}highest in {highest} with {}, lowest in {lowest} with {}.",
        context.label(metric),
        figures::value(kind, most.value),
        figures::value(kind, least.value)
    ))
}
