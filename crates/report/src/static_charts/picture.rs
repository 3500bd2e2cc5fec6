//! What a static chart consists of: shapes in the order in which they are drawn, in pixels from the top left.

use std::fmt::{self, Write};

/// A colour, straight alpha.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colour {
    pub(super) rgb: [u8; 3],
    /// 0 (clear) to 1.
    pub(super) opacity: f32,
}

impl Colour {
    pub(super) fn faded(self, opacity: f32) -> Self {
        Self { opacity: self.opacity * opacity, ..self }
    }
}

/// How a line is drawn; ends and corners are round unless it is dashed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pen {
    pub(super) colour: Colour,
    pub(super) width: f64,
    /// Lengths of dashes and gaps; empty for an unbroken line.
    pub(super) dash: &'static [f32],
}

impl Pen {
    pub(super) fn solid(colour: Colour, width: f64) -> Self {
        Self { colour, width, dash: &[] }
    }

    /// For a change of level.
    pub(super) fn dashed(colour: Colour) -> Self {
        Self { colour, width: 1.5, dash: &[7.0, 4.0] }
    }

    /// For an event.
    pub(super) fn dotted(colour: Colour) -> Self {
        Self { colour, width: 1.0, dash: &[1.5, 3.0] }
    }
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// Where the given point of a text lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) x: f64,
    /// The baseline.
    pub(super) y: f64,
    /// Size of the font in pixels.
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) anchor: Anchor,
    pub(super) colour: Colour,
    pub(super) text: String,
}

/// An outline as SVG writes it; both writers read this one form.
#[derive(Debug, Clone, Default)]
pub(super) struct Outline(String);

impl Outline {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn move_to(&mut self, (x, y): (f64, f64)) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "M{} {}", Number(x), Number(y));
    }

    pub(super) fn line_to(&mut self, (x, y): (f64, f64)) {
        let _ = write!(self.0, "L{} {}", Number(x), Number(y));
    }

    pub(super) fn close(&mut self) {
        self.0.push('Z');
    }

    pub(super) fn line(from: (f64, f64), to: (f64, f64)) -> Self {
        let mut outline = Self::default();
        outline.move_to(from);
        outline.line_to(to);
        outline
    }

    pub(super) fn add_rectangle(&mut self, area: Area) {
        self.move_to((area.left, area.top));
        self.line_to((area.right, area.top));
        self.line_to((area.right, area.bottom));
        self.line_to((area.left, area.bottom));
        self.close();
    }
}

/// Something drawn.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// A filled or stroked outline.
    Path {
        outline: Outline,
        fill: Option<Colour>,
        pen: Option<Pen>,
    },
    /// Circles that look alike.
    Dots {
        centres: Vec<(f64, f64)>,
        radius: f64,
        fill: Colour,
        pen: Pen,
    },
    /// A box with round ends.
    Pill {
        area: Area,
        fill: Colour,
    },
    Text(Text),
    /// Shapes of which only what lies in the area is seen.
    Clipped {
        area: Area,
        shapes: Vec<Shape>,
    },
}

impl Shape {
    pub(super) fn line(from: (f64, f64), to: (f64, f64), pen: Pen) -> Self {
        Shape::Path { outline: Outline::line(from, to), fill: None, pen: Some(pen) }
    }

    pub(super) fn filled(outline: Outline, fill: Colour) -> Self {
        Shape::Path { outline, fill: Some(fill), pen: None }
    }

    pub(super) fn stroked(outline: Outline, pen: Pen) -> Self {
        Shape::Path { outline, fill: None, pen: Some(pen) }
    }
}

/// A whole chart.
#[derive(Debug)]
pub(super) struct Picture {
    /// The name of its file without the ending: letters and hyphens.
    pub(super) name: &'static str,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) background: Colour,
    /// What it shows, for those who do not see it.
    pub(super) title: String,
    /// What can be seen on it, in words.
    pub(super) description: String,
    pub(super) shapes: Vec<Shape>,
}

/// A coordinate or length with a tenth of a pixel; what is not finite becomes 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number(pub(super) f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = if self.0.is_finite() { (self.0 * 10.0).round().clamp(-1e6, 1e6) as i64 } else { 0 };
        let (sign, tenths) = (if tenths < 0 { "-" } else { "" }, tenths.abs());
        match tenths % 10 {
            0 => write!(f, "{sign}{}", tenths / 10),
            part => write!(f, "{sign}{}.{part}", tenths / 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_always_numbers() {
        let written = |x| Number(x).to_string();
        assert_eq!(
            [written(12.0), written(-0.04), written(-0.26), written(99.96)],
            ["12", "0", "-0.3", "100"]
        );
        assert_eq!([written(f64::NAN), written(1e300)], ["0", "100000"]);
    }
}
