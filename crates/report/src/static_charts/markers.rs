//! Numbers of events above a plot; those that would overlap become one marker with a range of numbers.

use super::font::Fonts;

/// Height of a marker, and the width of one with a single digit.
pub(super) const HEIGHT: f64 = 18.0;
/// Size of its font.
pub(super) const SIZE: f64 = 11.0;
const GAP: f64 = 2.0;

/// One marker.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Marker {
    /// Its middle.
    pub(super) x: f64,
    pub(super) width: f64,
    /// `6` or `6–8`.
    pub(super) label: String,
}

/// Width of a marker with a label.
pub(super) fn width(label: &str, fonts: &Fonts) -> f64 {
    (fonts.width(label, SIZE, true) + 10.0).max(HEIGHT)
}

/// Markers for numbered places, which come from left to right.
pub(super) fn arrange(places: &[(usize, f64)], fonts: &Fonts) -> Vec<Marker> {
    let mut groups: Vec<Vec<(usize, f64)>> = places.iter().map(|&place| vec![place]).collect();
    // Joining two may make them meet a third.
    while let Some(i) = (1..groups.len()).find(|&i| {
        let (left, right) = (marker(&groups[i - 1], fonts), marker(&groups[i], fonts));
        left.x + left.width / 2.0 + GAP > right.x - right.width / 2.0
    }) {
        let joined = groups.remove(i);
        groups[i - 1].extend(joined);
    }
    groups.iter().map(|group| marker(group, fonts)).collect()
}

fn marker(group: &[(usize, f64)], fonts: &Fonts) -> Marker {
    let ends = group.first().zip(group.last());
    let (label, x) = ends.map_or((String::new(), 0.0), |(first, last)| {
        let label = if first.0 == last.0 { first.0.to_string() } else { format!("{}–{}", first.0, last.0) };
        (label, (first.1 + last.1) / 2.0)
    });
    Marker { x, width: width(&label, fonts), label }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_never_overlap_and_hold_every_number() {
        let fonts = Fonts::load().expect("the font parses");
        let labels = |places: &[f64]| {
            let numbered: Vec<(usize, f64)> = places.iter().enumerate().map(|(i, &x)| (i + 1, x)).collect();
            let markers = arrange(&numbered, &fonts);
            let meet = |pair: &[Marker]| pair[0].x + pair[0].width / 2.0 > pair[1].x - pair[1].width / 2.0;
            assert!(!markers.windows(2).any(meet), "{markers:?}");
            markers.into_iter().map(|marker| marker.label).collect::<Vec<_>>()
        };
        assert_eq!(labels(&[10.0, 100.0]), ["1", "2"]);
        assert_eq!(labels(&[10.0, 100.0, 103.0, 200.0]), ["1", "2–3", "4"]);
        // The pill of the first two is wider than either and takes in the third.
        assert_eq!(labels(&[10.0, 12.0, 32.0]), ["1–3"]);
        assert_eq!(labels(&[5.0; 40]), ["1–40"]);
        assert!(labels(&[]).is_empty());
    }
}
