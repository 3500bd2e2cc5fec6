//! Colours of the page's style sheet on light paper, so that page and pictures share one palette.

use super::picture::Colour;

const STYLE: &str = include_str!("../../assets/report.css");
const BLACK: Colour = Colour { rgb: [0, 0, 0], opacity: 1.0 };

/// The custom property `--name` of the light theme. An unknown name is black; a test looks every name up.
pub(super) fn colour(name: &str) -> Colour {
    let light = STYLE.split_once('}').map_or(STYLE, |(light, _)| light);
    let value = light.split(';').find_map(|line| {
        let (found, value) = line.trim().rsplit_once("--")?.1.split_once(':')?;
        (found == name).then(|| value.trim())
    });
    value.and_then(parse).unwrap_or(BLACK)
}

/// `#rrggbb` or `rgba(r, g, b, a)`.
fn parse(value: &str) -> Option<Colour> {
    if let Some(digits) = value.strip_prefix('#').filter(|digits| digits.len() == 6) {
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, rgb @ ..] = number.to_be_bytes();
        return Some(Colour { rgb, opacity: 1.0 });
    }
    let parts: Vec<&str> =
        value.strip_prefix("rgba(")?.strip_suffix(')')?.split(',').map(str::trim).collect();
    let [r, g, b, opacity] = parts.as_slice() else { return None };
    Some(Colour { rgb: [r.parse().ok()?, g.parse().ok()?, b.parse().ok()?], opacity: opacity.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_used_is_one_of_the_page() {
        let used = [
            "paper",
            "ink",
            "muted",
            "rule",
            "grid",
            "a",
            "a-band",
            "b",
            "b-band",
            "tone",
            "tone-band",
            "frame",
            "frame-band",
            "both",
            "event",
        ];
        for name in used {
            assert_ne!(colour(name), BLACK, "{name}");
        }
        assert_eq!(colour("a-band"), Colour { rgb: [0, 114, 178], opacity: 0.16 });
        assert_eq!(colour("paper").rgb, [0xfd, 0xfd, 0xfb]);
        assert_eq!(colour("no-such"), BLACK);
    }
}
