//! The pictures as files: well-formed, whole, inert, small, and the same in both forms.

use dyad_analyze::{Analysis, Series};
use quick_xml::Reader;
use quick_xml::events::Event as Xml;

use super::*;
use crate::fixture;

/// Every chart as SVG, and the size of its picture.
fn drawn(analysis: &Analysis) -> Vec<(String, String, (f64, f64))> {
    let view = View::new(analysis);
    let fonts = Fonts::load().expect("the font parses");
    let context = Context::new(&view, &fonts, view.default_grain().expect("dates"));
    let draw = |(name, draw): (&str, Draw)| {
        let picture = draw(&context);
        (name.to_owned(), svg::render(&picture, &fonts), (picture.width, picture.height))
    };
    CHARTS.map(draw).into()
}

/// An element and its attributes.
type Element = (String, Vec<(String, String)>);

/// Parses as XML; returns the elements, and the text as written.
fn parsed(svg: &str) -> (Vec<Element>, String) {
    let mut reader = Reader::from_str(svg);
    let (mut elements, mut text, mut depth) = (Vec::new(), String::new(), 0);
    loop {
        match reader.read_event().expect("well-formed") {
            event @ (Xml::Start(_) | Xml::Empty(_)) => {
                depth += i32::from(matches!(event, Xml::Start(_)));
                let (Xml::Start(tag) | Xml::Empty(tag)) = event else { continue };
                let attributes = tag.attributes().map(|attribute| {
                    let attribute = attribute.expect("an attribute, given once");
                    assert!(!attribute.value.contains('<'), "{}", attribute.value);
                    (attribute.key.0.to_owned(), attribute.value.into_owned())
                });
                elements.push((tag.name().0.to_owned(), attributes.collect()));
            }
            Xml::End(_) => depth -= 1,
            Xml::Text(part) => text.push_str(&part),
            Xml::GeneralRef(name) => {
                assert!(["amp", "lt", "gt", "quot", "#39"].contains(&&*name), "XML knows no &{};", &*name);
                text.push_str(&format!("&{};", &*name));
            }
            Xml::Eof => break,
            other => panic!("{other:?} in a picture"),
        }
    }
    assert_eq!(depth, 0);
    (elements, text)
}

fn count(svg: &str, element: &str) -> usize {
    parsed(svg).0.iter().filter(|(name, _)| name == element).count()
}

#[test]
fn pictures_are_plain_svg_that_needs_nothing_else() {
    for (name, svg, (width, height)) in drawn(&fixture::analysis()) {
        let (elements, text) = parsed(&svg);
        let plain = ["svg", "title", "desc", "rect", "g", "path", "circle", "text", "clipPath"];
        for (element, attributes) in &elements {
            assert!(plain.contains(&element.as_str()), "{name}: {element}");
            for (key, value) in attributes {
                let is_inert = !key.starts_with("on") && !key.contains("href") && key != "style";
                let is_inner = !value.contains("url(") || value.starts_with(&format!("url(#{name}-clip-"));
                let is_local = !value.contains("//") || key == "xmlns";
                assert!(is_inert && is_inner && is_local, "{name}: {key}=\"{value}\"");
            }
        }
        assert_eq!(
            elements[0].1.iter().find(|(key, _)| key == "width").map(|(_, w)| w.as_str()),
            Some("1200")
        );
        assert!(width == 1200.0 && (500.0..800.0).contains(&height), "{name}: {width} by {height}");
        assert!(text.contains("Microsoft and OpenAI") && text.contains("Dyad, "), "{name}");
        assert!(text.contains("By quarter from 2019-Q3 to 2025-Q2"), "{name}: for those who do not see it");
        assert!(svg.len() < 100_000, "{name}: {} bytes", svg.len());
    }
}

#[test]
fn every_estimate_is_a_point_and_a_gap_stays_a_gap() {
    let analysis = fixture::analysis();
    let view = View::new(&analysis);
    let points = |metrics: &[&str]| {
        metrics.iter().map(|m| view.estimates(m, Grain::Quarter).into_iter().flatten().count()).sum::<usize>()
    };
    for (name, svg, _) in drawn(&analysis) {
        let (expected, in_key) = match name.as_str() {
            "tone" => (points(&["tone"]), 2),
            "closeness" => (points(&["closeness"]), 2),
            "stance" => (points(&["stance_a_to_b", "stance_b_to_a"]), 3),
            "sentiment" => (points(&["sentiment_a", "sentiment_b"]), 3),
            "volume" => (points(&["articles_a", "articles_b"]), 2),
            _ => {
                let shares: Vec<String> = analysis.frames.iter().map(|f| format!("share_{f}")).collect();
                (points(&shares.iter().map(String::as_str).collect::<Vec<_>>()), 2)
            }
        };
        assert_eq!(count(&svg, "circle"), expected + in_key, "{name}");
    }
    let tone = &drawn(&analysis)[0].1;
    let colour = format!("stroke=\"#{}\" stroke-width=\"2\"", "00785a");
    let line =
        tone.lines().filter(|line| line.contains(&colour) && line.contains("<path")).max_by_key(|l| l.len());
    let line = line.expect("the line of the tone");
    assert_eq!(line.matches('M').count(), 2, "the second quarter of 2020 is empty: {line}");
    // The change of level, here and in the key; dotted lines and markers of the four events that are covered.
    assert_eq!(tone.matches("stroke-dasharray=\"7 4\"").count(), 2);
    assert_eq!(tone.matches("stroke-dasharray=\"1.5 3\"").count(), 4);
    assert!(tone.contains(">3–4</text>"), "two events in one week share a marker");
    assert!(!tone.contains("Long before"), "what is not on the axis is not listed");
}

#[test]
fn hostile_names_are_text_and_break_no_layout() {
    let mut analysis = fixture::analysis();
    analysis.actor_a = "</title><script>alert(1)</script>\u{0}\u{202e}&\"'\u{ffff}".to_owned();
    analysis.actor_b = "Very long name ".repeat(50);
    analysis.frames[0] = "\"><image href='https://evil.example'/>".to_owned();
    analysis.actor_b.push_str("微软");
    for (name, svg, _) in drawn(&analysis) {
        let (elements, text) = parsed(&svg);
        assert!(elements.iter().all(|(element, _)| element != "script" && element != "image"), "{name}");
        assert!(!svg.contains(['\u{0}', '\u{202e}', '\u{ffff}']), "{name}");
        assert!(text.contains("&lt;script&gt;"), "{name}: {text}");
        for (_, attributes) in elements.iter().filter(|(element, _)| element == "text") {
            let number =
                |key: &str| attributes.iter().find(|(k, _)| k == key).and_then(|(_, v)| v.parse().ok());
            let width: f64 = number("textLength").unwrap_or(0.0);
            assert!(
                number("x").is_some_and(|x: f64| (0.0..=1200.0).contains(&x)) && width <= 1120.0,
                "{name}"
            );
        }
    }
}

#[test]
fn both_forms_are_written_small_and_show_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let charts = folder.path().join("charts");
    let analysis = fixture::analysis();
    let files = write(&View::new(&analysis), &charts, true, true).expect("written");
    assert_eq!(files.len(), 2 * CHARTS.len());
    let sizes = drawn(&analysis);
    for (name, _, (width, height)) in sizes {
        let bytes = std::fs::read(charts.join(format!("{name}.png"))).expect("a picture");
        assert!(bytes.len() < 300_000, "{name}: {} bytes", bytes.len());
        let (w, h, pixels) = png::tests::decode(&bytes);
        assert_eq!((f64::from(w), f64::from(h)), ((width * 2.0).round(), (height * 2.0).round()));
        let near = |rgb: [u8; 3]| {
            let is_near = |p: &&[u8]| p.iter().zip(rgb).all(|(x, y)| x.abs_diff(y) < 12);
            pixels.chunks_exact(3).filter(is_near).count()
        };
        let paper = near(theme::colour("paper").rgb) as f64 / f64::from(w * h);
        assert!((0.5..0.99).contains(&paper), "{name}: {paper} of the picture is paper");
        assert!(near(theme::colour("ink").rgb) > 3000, "{name}: there is text");
        let own = match name.as_str() {
            "tone" | "closeness" => "tone",
            "frames" => "frame",
            _ => "a",
        };
        assert!(near(theme::colour(own).rgb) > 1000, "{name}: there is a line");
    }
    let again = write(&View::new(&analysis), &folder.path().join("svg"), true, false).expect("written");
    assert!(again.iter().all(|path| path.extension().is_some_and(|ending| ending == "svg")));
    for file in &again {
        let name = file.file_name().expect("a name");
        assert!(is_chart(&name.to_string_lossy()));
        assert_eq!(std::fs::read(file).ok(), std::fs::read(charts.join(name)).ok(), "the same on every run");
    }
    assert!(!is_chart("notes.svg") && !is_chart("tone.jpg") && !is_chart("tone") && !is_chart("svg"));
}

#[test]
fn years_of_days_stay_small() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = write(&View::new(&fixture::by(Grain::Day)), folder.path(), true, true).expect("written");
    for file in files {
        let bytes = std::fs::metadata(&file).expect("a file").len();
        assert!(bytes < 300_000, "{}: {bytes} bytes", file.display());
    }
}

#[test]
fn without_dates_there_is_nothing_to_draw() {
    for analysis in [fixture::empty(), fixture::undated()] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let charts = folder.path().join("charts");
        assert_eq!(
            write(&View::new(&analysis), &charts, true, true).expect("no error"),
            Vec::<PathBuf>::new()
        );
        assert!(charts.is_dir(), "the folder is there, so that a link to it leads somewhere");
    }
}

/// Two quarters and one event: every kind of mark once.
#[test]
fn a_small_chart_as_it_is_written() {
    let mut analysis = fixture::by(Grain::Quarter);
    let shorten = |mut series: Series| {
        series.points.truncate(2);
        series
    };
    analysis.series = analysis.series.into_iter().map(shorten).collect();
    analysis.events[0].date = analysis.series[0].points[1].start;
    analysis.events[0].last = analysis.events[0].date;
    analysis.events.truncate(1);
    insta::assert_snapshot!(drawn(&analysis)[0].1);
}
