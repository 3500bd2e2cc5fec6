//! The typeface of the pictures. It comes with the binary: a picture looks the same wherever it is made.

use ttf_parser::{Face, GlyphId, OutlineBuilder};
use zeno::{Command, PathBuilder};

use super::picture::{Anchor, Text};
use crate::ReportError;

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.ttf");
const SEMIBOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.ttf");

/// Families that an SVG names: the one of the pictures, then what readers' systems have.
pub(super) const FAMILIES: &str =
    "Inter, system-ui, Segoe UI, Roboto, Noto Sans, DejaVu Sans, Arial, sans-serif";

/// Both weights.
pub(super) struct Fonts {
    regular: Face<'static>,
    semibold: Face<'static>,
}

impl Fonts {
    /// # Errors
    /// [`ReportError::Picture`] where the font in the binary does not parse, which is a bug.
    pub(super) fn load() -> Result<Self, ReportError> {
        let face = |bytes| {
            Face::parse(bytes, 0)
                .map_err(|error| ReportError::Picture { detail: format!("the font: {error}") })
        };
        Ok(Self { regular: face(REGULAR)?, semibold: face(SEMIBOLD)? })
    }

    fn face(&self, bold: bool) -> &Face<'static> {
        if bold { &self.semibold } else { &self.regular }
    }

    /// Width of a line in pixels.
    pub(super) fn width(&self, text: &str, size: f64, bold: bool) -> f64 {
        let face = self.face(bold);
        text.chars().map(|c| advance(face, glyph(face, c), size)).sum()
    }

    /// Whether every character has a glyph, so that [`width`](Self::width) is what a reader sees.
    pub(super) fn covers(&self, text: &str, bold: bool) -> bool {
        text.chars().all(|c| self.face(bold).glyph_index(c).is_some())
    }

    /// As much of the text as fits into a width, with an ellipsis in place of the rest.
    pub(super) fn fit(&self, text: &str, size: f64, bold: bool, width: f64) -> String {
        if self.width(text, size, bold) <= width {
            return text.to_owned();
        }
        let face = self.face(bold);
        let mut left = width - self.width("…", size, bold);
        let kept = text.chars().take_while(|&c| {
            left -= advance(face, glyph(face, c), size);
            left >= 0.0
        });
        format!("{}…", kept.collect::<String>().trim_end())
    }

    /// The outlines of a text at its place.
    pub(super) fn outlines(&self, text: &Text) -> Vec<Command> {
        let face = self.face(text.bold);
        let width = || self.width(&text.text, text.size, text.bold);
        let mut x = match text.anchor {
            Anchor::Start => text.x,
            Anchor::Middle => text.x - width() / 2.0,
            Anchor::End => text.x - width(),
        };
        let scale = text.size / f64::from(face.units_per_em());
        let mut commands = Vec::new();
        for c in text.text.chars() {
            let id = glyph(face, c);
            let mut placed =
                Placed { commands: &mut commands, x: x as f32, y: text.y as f32, scale: scale as f32 };
            face.outline_glyph(id, &mut placed);
            x += advance(face, id, text.size);
        }
        commands
    }
}

/// The glyph of a character; that of an unknown one is an empty box.
fn glyph(face: &Face<'_>, c: char) -> GlyphId {
    face.glyph_index(c).unwrap_or_default()
}

fn advance(face: &Face<'_>, id: GlyphId, size: f64) -> f64 {
    f64::from(face.glyph_hor_advance(id).unwrap_or_default()) * size / f64::from(face.units_per_em())
}

/// Takes the outlines of one glyph to its place. Fonts count upwards, pictures downwards.
struct Placed<'c> {
    commands: &'c mut Vec<Command>,
    x: f32,
    y: f32,
    scale: f32,
}

impl Placed<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, self.y - y * self.scale)
    }
}

impl OutlineBuilder for Placed<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let at = self.at(x, y);
        self.commands.move_to(at);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let at = self.at(x, y);
        self.commands.line_to(at);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (control, at) = (self.at(x1, y1), self.at(x, y));
        self.commands.quad_to(control, at);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (one, two, at) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.commands.curve_to(one, two, at);
    }

    fn close(&mut self) {
        self.commands.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_charts_write_has_glyphs_and_fits_its_place() {
        let fonts = Fonts::load().expect("the font parses");
        assert!(fonts.covers(
            "Stance Microsoft → OpenAI −0.25 37\u{202f}% – “é” Škoda Газпром Ελλάς · 2019–2025",
            false
        ));
        assert!(!fonts.covers("微软", true));
        let width = fonts.width("OpenAI", 13.0, false);
        assert!((35.0..50.0).contains(&width), "{width}");
        assert!(fonts.width("OpenAI", 13.0, true) > width);
        assert_eq!(fonts.fit("OpenAI", 13.0, false, 60.0), "OpenAI");
        let cut = fonts.fit("OpenAI and others", 13.0, false, 60.0);
        assert!(cut.ends_with('…') && fonts.width(&cut, 13.0, false) <= 60.0, "{cut}");
    }
}
