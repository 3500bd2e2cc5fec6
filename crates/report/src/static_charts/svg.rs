//! A picture as SVG: no script, no style sheet, nothing from elsewhere. Text stays text, so that it can be searched,
//! read aloud and edited; its width is given, so that another typeface on the reader's side breaks no layout.

use std::fmt::Write;

use super::font::{FAMILIES, Fonts};
use super::picture::{Anchor, Colour, Number, Pen, Picture, Shape, Text};
use crate::escape;

pub(super) fn render(picture: &Picture, fonts: &Fonts) -> String {
    let Picture { name, width, height, .. } = picture;
    let (width, height) = (Number(*width), Number(*height));
    let mut writer = Writer { out: String::with_capacity(16 << 10), fonts, name: picture.name, clips: 0 };
    // Writing to a String cannot fail.
    let _ = write!(
        writer.out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-labelledby=\"{name}-title {name}-desc\" font-family=\"{FAMILIES}\">\n\
         <title id=\"{name}-title\">{}</title>\n<desc id=\"{name}-desc\">{}</desc>\n\
         <rect width=\"{width}\" height=\"{height}\"{}/>\n",
        text(&picture.title),
        text(&picture.description),
        paint("fill", picture.background),
    );
    writer.shapes(&picture.shapes);
    writer.out.push_str("</svg>\n");
    writer.out
}

struct Writer<'p> {
    out: String,
    fonts: &'p Fonts,
    name: &'p str,
    /// Clip paths so far, which need names of their own.
    clips: usize,
}

impl Writer<'_> {
    fn shapes(&mut self, shapes: &[Shape]) {
        shapes.iter().for_each(|shape| self.shape(shape));
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Path { outline, fill, pen } => {
                let fill = fill.map_or(" fill=\"none\"".to_owned(), |colour| paint("fill", colour));
                let pen = pen.map(stroke).unwrap_or_default();
                let _ = writeln!(self.out, "<path d=\"{}\"{fill}{pen}/>", outline.as_str());
            }
            Shape::Dots { centres, radius, fill, pen } => {
                let _ = writeln!(self.out, "<g{}{}>", paint("fill", *fill), stroke(*pen));
                for &(x, y) in centres {
                    let _ = writeln!(
                        self.out,
                        "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
                        Number(x),
                        Number(y),
                        Number(*radius)
                    );
                }
                self.out.push_str("</g>\n");
            }
            Shape::Pill { area, fill } => {
                let _ = writeln!(
                    self.out,
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"{}/>",
                    Number(area.left),
                    Number(area.top),
                    Number(area.width()),
                    Number(area.height()),
                    Number(area.height() / 2.0),
                    paint("fill", *fill)
                );
            }
            Shape::Text(text) => self.text(text),
            Shape::Clipped { area, shapes } => {
                self.clips += 1;
                let id = format!("{}-clip-{}", self.name, self.clips);
                let _ = writeln!(
                    self.out,
                    "<clipPath id=\"{id}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>\n<g clip-path=\"url(#{id})\">",
                    Number(area.left),
                    Number(area.top),
                    Number(area.width()),
                    Number(area.height())
                );
                self.shapes(shapes);
                self.out.push_str("</g>\n");
            }
        }
    }

    fn text(&mut self, line: &Text) {
        let anchor = match line.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = if line.bold { " font-weight=\"600\"" } else { "" };
        let width = if self.fonts.covers(&line.text, line.bold) && line.text.chars().count() > 1 {
            let width = Number(self.fonts.width(&line.text, line.size, line.bold));
            format!(" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\"")
        } else {
            String::new()
        };
        let _ = writeln!(
            self.out,
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{weight}{anchor}{width}{}>{}</text>",
            Number(line.x),
            Number(line.y),
            Number(line.size),
            paint("fill", line.colour),
            text(&line.text)
        );
    }
}

/// Text as XML: on one line, without what XML forbids or what changes the direction of the rest.
fn text(text: &str) -> String {
    escape::html(&escape::visible(text)).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn paint(attribute: &str, colour: Colour) -> String {
    let [r, g, b] = colour.rgb;
    let opacity = if colour.opacity < 1.0 {
        format!(" {attribute}-opacity=\"{:.2}\"", colour.opacity)
    } else {
        String::new()
    };
    format!(" {attribute}=\"#{r:02x}{g:02x}{b:02x}\"{opacity}")
}

fn stroke(pen: Pen) -> String {
    let dash: Vec<String> = pen.dash.iter().map(|&length| Number(f64::from(length)).to_string()).collect();
    let style = if dash.is_empty() {
        " stroke-linecap=\"round\" stroke-linejoin=\"round\"".to_owned()
    } else {
        format!(" stroke-dasharray=\"{}\"", dash.join(" "))
    };
    format!("{} stroke-width=\"{}\"{style}", paint("stroke", pen.colour), Number(pen.width))
}
