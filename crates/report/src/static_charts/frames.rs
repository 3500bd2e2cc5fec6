//! Every frame over time in a panel of its own, all on one scale: a line with its interval says more than a colour.

use dyad_analyze::Estimate;

use super::Context;
use super::axis::ValueAxis;
use super::lines::{Strand, add_changes, add_strands, has_bands, has_hollow};
use super::picture::{Anchor, Area, Picture, Shape, Text};
use super::sheet::{self, Heading, Key, PLOT_RIGHT, PLOT_TOP};
use super::theme::colour;
use crate::escape;
use crate::figures;
use crate::view::{FEW_SENTENCES, frame_label, share_metric};

/// Left end of the first column's plots.
const LEFT: f64 = 92.0;
/// Between two columns; ticks of the second are named there.
const GUTTER: f64 = 84.0;
/// A panel's heading and its plot.
const HEADING: f64 = 28.0;
const PLOT: f64 = 52.0;

/// Panels in two columns, the most frequent frame first, read row by row.
pub(super) fn frames(context: &Context<'_>) -> Picture {
    let order = &context.view.frame_order;
    let rows = order.len().div_ceil(2).max(1);
    // Few frames get larger panels, so that the picture keeps its shape.
    let plot = if rows < 5 { (324.0 / rows as f64 - HEADING).min(200.0) } else { PLOT };
    let height = rows as f64 * (HEADING + plot);
    let width = (PLOT_RIGHT - LEFT - GUTTER) / 2.0;
    let column = |left: f64| Area { left, top: PLOT_TOP, right: left + width, bottom: PLOT_TOP + height };
    let columns = [column(LEFT), column(LEFT + width + GUTTER)];
    let top = top(context);
    let values = ValueAxis { low: 0.0, high: top };
    let heading = Heading {
        name: "frames",
        title: format!("Frames in the coverage of {} and {}", context.a, context.b),
        subtitle: "Share of the sentences that mention both in which a frame is present; a sentence can carry several or none. One scale for all."
            .to_owned(),
        key: key(context, &columns[0]),
        values: "Share",
        description: context.described(order.iter().map(|&i| share_metric(&context.view.analysis.frames[i]))),
    };
    sheet::compose(context, heading, &columns, |shapes| {
        for (place, &i) in order.iter().enumerate() {
            let column = columns[place % 2];
            let below = PLOT_TOP + (place / 2) as f64 * (HEADING + plot) + HEADING;
            let area = Area { top: below, bottom: below + plot, ..column };
            panel(context, &context.view.analysis.frames[i], &values, &area, shapes);
        }
    })
}

fn panel(context: &Context<'_>, frame: &str, values: &ValueAxis, plot: &Area, shapes: &mut Vec<Shape>) {
    let metric = share_metric(frame);
    let named = [0.0, values.high].map(|tick| (tick, figures::percent(tick)));
    sheet::value_lines(values, plot, &named, shapes);
    let name = context.fonts.fit(&escape::visible(&frame_label(frame)), 14.0, true, plot.width() * 0.6);
    let baseline = plot.top - 7.0;
    let width = context.fonts.width(&name, 14.0, true);
    // Events run through the panels; the name stands on paper, not on their lines.
    let back = Area {
        left: plot.left - 2.0,
        top: baseline - 13.0,
        right: plot.left + width + 4.0,
        bottom: baseline + 5.0,
    };
    shapes.push(sheet::filled(back, colour("paper")));
    shapes.push(Shape::Text(Text {
        bold: true,
        ..sheet::text(plot.left, baseline, 14.0, colour("ink"), name)
    }));
    if let Some(overall) = context.view.overall(&metric) {
        let said = format!("{} over all", figures::percent(overall.value));
        let width = context.fonts.width(&said, 13.0, false);
        let back = Area { left: plot.right - width - 4.0, right: plot.right + 2.0, ..back };
        shapes.push(sheet::filled(back, colour("paper")));
        let said = sheet::text(plot.right, baseline, 13.0, colour("muted"), said);
        shapes.push(Shape::Text(Text { anchor: Anchor::End, ..said }));
    }
    // Changes are found in the mean probability, which moves with the share.
    add_changes(context, &format!("frame_{frame}"), colour("frame"), plot, shapes);
    let strand = Strand { metric, label: String::new(), line: colour("frame"), band: colour("frame-band") };
    add_strands(context, &[strand], values, plot, shapes);
}

fn key(context: &Context<'_>, plot: &Area) -> Vec<Key> {
    let analysis = context.view.analysis;
    let mut key = vec![Key::Line(colour("frame"), "share of sentences".to_owned())];
    if has_bands(context, plot) {
        key.push(Key::Band(colour("frame-band")));
    }
    let shares = analysis.frames.iter().map(|frame| share_metric(frame));
    if has_hollow(context, shares) {
        key.push(Key::Hollow(colour("frame")));
    }
    if analysis.frames.iter().any(|frame| context.changes(&format!("frame_{frame}")).next().is_some()) {
        key.push(Key::Change(colour("frame")));
    }
    key
}

/// The largest share, with its interval where that is not of a handful of sentences, up to the next tenth.
fn top(context: &Context<'_>) -> f64 {
    let shares = context.view.analysis.frames.iter().map(|frame| share_metric(frame));
    let estimates = shares.flat_map(|metric| context.view.estimates(&metric, context.grain)).flatten();
    let end = |e: Estimate| if e.sentences >= FEW_SENTENCES { e.high } else { e.value };
    let top = estimates.map(end).fold(0.1_f64, f64::max);
    ((top * 10.0 - 1e-9).ceil() / 10.0).clamp(0.1, 1.0)
}
