//! A picture as PNG, painted shape by shape: coverage from zeno, colours mixed here.

use std::io;

use zeno::{Cap, Command, Fill, Join, Mask, PathBuilder, PathData, Stroke, Style, Transform};

use super::font::Fonts;
use super::picture::{Area, Colour, Pen, Picture, Shape};
use super::png::{self, Image};
use crate::ReportError;

/// Pixels of the PNG for one of the picture, so that it is sharp in print and on dense screens.
const SCALE: f64 = 2.0;
/// CSS counts 96 pixels to the inch; a metre has 39.37 inches. Word processors take the size on paper from this.
const PIXELS_PER_METRE: u32 = (96.0 * SCALE / 0.0254) as u32;

/// # Errors
/// [`ReportError::Picture`] where the picture has no area or cannot be encoded, which is a bug.
pub(super) fn render(picture: &Picture, fonts: &Fonts) -> Result<Vec<u8>, ReportError> {
    let mut canvas = Canvas::new(picture);
    canvas.shapes(&picture.shapes, fonts);
    canvas
        .encode(picture)
        .map_err(|error| ReportError::Picture { detail: format!("{}: {error}", picture.name) })
}

/// Rows of red, green and blue.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    /// First and end of the columns and rows that are painted.
    columns: (i64, i64),
    rows: (i64, i64),
}

impl Canvas {
    fn new(picture: &Picture) -> Self {
        let size = |length: f64| (length * SCALE).round().clamp(1.0, 20_000.0) as usize;
        let (width, height) = (size(picture.width), size(picture.height));
        let pixels = picture.background.rgb.repeat(width * height);
        Self { width, height, pixels, columns: (0, width as i64), rows: (0, height as i64) }
    }

    fn shapes(&mut self, shapes: &[Shape], fonts: &Fonts) {
        shapes.iter().for_each(|shape| self.shape(shape, fonts));
    }

    fn shape(&mut self, shape: &Shape, fonts: &Fonts) {
        match shape {
            Shape::Path { outline, .. } if outline.is_empty() => {}
            Shape::Path { outline, fill, pen } => {
                if let Some(colour) = *fill {
                    self.fill(outline.as_str(), colour);
                }
                if let Some(pen) = *pen {
                    self.stroke(outline.as_str(), pen);
                }
            }
            Shape::Dots { centres, radius, fill, pen } => {
                for &(x, y) in centres {
                    let mut circle: Vec<Command> = Vec::new();
                    circle.add_circle((x as f32, y as f32), *radius as f32);
                    self.fill(&circle, *fill);
                    self.stroke(&circle, *pen);
                }
            }
            Shape::Pill { area, fill } => {
                let (width, height) = (area.width() as f32, area.height() as f32);
                let mut pill: Vec<Command> = Vec::new();
                pill.add_round_rect(
                    (area.left as f32, area.top as f32),
                    width,
                    height,
                    height / 2.0,
                    height / 2.0,
                );
                self.fill(&pill, *fill);
            }
            Shape::Text(text) => {
                let outlines = fonts.outlines(text);
                if !outlines.is_empty() {
                    self.fill(&outlines, text.colour);
                }
            }
            Shape::Clipped { area, shapes } => {
                let before = (self.columns, self.rows);
                self.clip(area);
                self.shapes(shapes, fonts);
                (self.columns, self.rows) = before;
            }
        }
    }

    /// Paints only within an area from here on.
    fn clip(&mut self, area: &Area) {
        let within = |(first, end): (i64, i64), low: f64, high: f64| {
            (first.max((low * SCALE).round() as i64), end.min((high * SCALE).round() as i64))
        };
        self.columns = within(self.columns, area.left, area.right);
        self.rows = within(self.rows, area.top, area.bottom);
    }

    fn fill(&mut self, path: impl PathData, colour: Colour) {
        self.paint(path, Fill::NonZero.into(), colour);
    }

    fn stroke(&mut self, path: impl PathData, pen: Pen) {
        let mut stroke = Stroke::new(pen.width as f32);
        if pen.dash.is_empty() {
            stroke.cap(Cap::Round).join(Join::Round);
        } else {
            stroke.dash(pen.dash, 0.0);
        }
        self.paint(path, stroke.into(), pen.colour);
    }

    /// Mixes a colour into the pixels by how much of each the path covers.
    fn paint(&mut self, path: impl PathData, style: Style<'_>, colour: Colour) {
        let scale = Transform::scale(SCALE as f32, SCALE as f32);
        let (mask, at) = Mask::new(path).style(style).transform(Some(scale)).render();
        let width = at.width as usize;
        for (row, coverages) in (i64::from(at.top)..).zip(mask.chunks_exact(width.max(1))) {
            if row < self.rows.0 || row >= self.rows.1 {
                continue;
            }
            for (column, &coverage) in (i64::from(at.left)..).zip(coverages) {
                if coverage > 0 && column >= self.columns.0 && column < self.columns.1 {
                    let start = (row as usize * self.width + column as usize) * 3;
                    mix(&mut self.pixels[start..start + 3], colour, f32::from(coverage) / 255.0);
                }
            }
        }
    }

    fn encode(&self, picture: &Picture) -> io::Result<Vec<u8>> {
        let size = |length: usize| u32::try_from(length).map_err(io::Error::other);
        png::encode(&Image {
            width: size(self.width)?,
            height: size(self.height)?,
            pixels: &self.pixels,
            pixels_per_metre: PIXELS_PER_METRE,
            texts: [("Title", picture.title.as_str()), ("Description", picture.description.as_str())],
        })
    }
}

fn mix(pixel: &mut [u8], colour: Colour, coverage: f32) {
    let share = coverage * colour.opacity;
    for (below, above) in pixel.iter_mut().zip(colour.rgb) {
        let mixed = f32::from(*below) + (f32::from(above) - f32::from(*below)) * share;
        *below = mixed.round().clamp(0.0, 255.0) as u8;
    }
}
