//! The charts as pictures for papers, slides and messages: SVG and PNG, made without a browser, fonts included.
//!
//! A chart is a list of shapes ([`picture`]), which [`svg`] writes and [`raster`] paints, so that both show the same.
//! The data are those of the page's charts, at the grain the page opens with.

use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};
use dyad_analyze::{ChangePoint, Event};
use dyad_core::Grain;

use crate::charts::time_range;
use crate::view::{Slot, View};
use crate::{ReportError, escape, write};

use axis::TimeAxis;
use font::Fonts;
use picture::Picture;

mod axis;
mod font;
mod frames;
mod lines;
mod markers;
mod picture;
mod png;
mod raster;
mod sheet;
mod svg;
mod theme;
mod volume;

#[cfg(test)]
mod tests;

type Draw = fn(&Context<'_>) -> Picture;

/// Charts by the name of their files.
const CHARTS: [(&str, Draw); 6] = [
    ("tone", lines::tone),
    ("closeness", lines::closeness),
    ("frames", frames::frames),
    ("stance", lines::stance),
    ("sentiment", lines::sentiment),
    ("volume", volume::volume),
];

/// Writes every chart into a folder, which is made, and returns the files; none where nothing has a date.
///
/// # Errors
/// [`ReportError`] names the file and the cause.
pub(crate) fn write(
    view: &View<'_>,
    folder: &Path,
    svg: bool,
    png: bool,
) -> Result<Vec<PathBuf>, ReportError> {
    write::create_folder(folder)?;
    let mut files = Vec::new();
    let Some(grain) = view.default_grain() else { return Ok(files) };
    let fonts = Fonts::load()?;
    let context = Context::new(view, &fonts, grain);
    for (name, draw) in CHARTS {
        let picture = draw(&context);
        let mut put = |ending: &str, body: &[u8]| -> Result<(), ReportError> {
            let path = folder.join(format!("{name}.{ending}"));
            write::file(&path, body)?;
            files.push(path);
            Ok(())
        };
        if svg {
            put("svg", svg::render(&picture, &fonts).as_bytes())?;
        }
        if png {
            put("png", &raster::render(&picture, &fonts)?)?;
        }
    }
    Ok(files)
}

/// Whether [`write`] gives files this name.
pub(crate) fn is_chart(name: &str) -> bool {
    let (stem, ending) = name.rsplit_once('.').unwrap_or_default();
    CHARTS.iter().any(|(known, _)| *known == stem) && ["svg", "png"].contains(&ending)
}

/// What every chart draws from.
struct Context<'c> {
    view: &'c View<'c>,
    fonts: &'c Fonts,
    grain: Grain,
    slots: &'c [Slot],
    time: TimeAxis,
    /// Names of the actors, short and on one line.
    a: String,
    b: String,
}

impl<'c> Context<'c> {
    fn new(view: &'c View<'c>, fonts: &'c Fonts, grain: Grain) -> Self {
        let slots = view.slots(grain);
        let day = NaiveDate::default();
        let (from, to) = time_range(slots).unwrap_or((day, day + Days::new(1)));
        let name = |actor: &str| escape::visible(&escape::cut(actor, 40));
        let (a, b) = (name(&view.analysis.actor_a), name(&view.analysis.actor_b));
        Self { view, fonts, grain, slots, time: TimeAxis { from, to }, a, b }
    }

    /// A metric in words.
    fn label(&self, metric: &str) -> String {
        escape::visible(&dyad_analyze::metric_label(metric, &self.a, &self.b))
    }

    /// Changes of a metric's level on the time axis.
    fn changes<'m>(&'m self, metric: &'m str) -> impl Iterator<Item = &'c ChangePoint> + 'm {
        let drawn = |day: NaiveDate| self.time.from <= day && day <= self.time.to;
        self.view.analysis.change_points.iter().filter(move |c| c.metric == metric && drawn(c.date))
    }

    /// Events on the time axis with their numbers.
    fn events(&self) -> Vec<(usize, &'c Event)> {
        let drawn = |event: &Event| self.time.from <= event.middle() && event.middle() < self.time.to;
        let numbered = self.view.analysis.events.iter().enumerate().map(|(i, event)| (i + 1, event));
        numbered.filter(|(_, event)| drawn(event)).collect()
    }

    /// The charts of some metrics in words.
    fn described(&self, metrics: impl Iterator<Item = impl AsRef<str>>) -> String {
        let mut said = match (self.slots.first(), self.slots.last()) {
            (Some(first), Some(last)) => format!(
                "By {} from {} to {}, {} periods, of which some may be empty.",
                self.grain.as_str(),
                first.label,
                last.label,
                self.slots.len()
            ),
            _ => String::new(),
        };
        for metric in metrics {
            said.extend(lines::described(self, metric.as_ref()).map(|text| format!(" {text}")));
        }
        said
    }
}
