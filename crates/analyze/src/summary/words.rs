//! Numbers and lists as people write them.

use crate::model::Estimate;

/// A whole number with thousands apart: `1,234`.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun: `1 article`, `2 articles`, `no articles`.
pub(super) fn count(n: u64, one: &str, many: &str) -> String {
    match n {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        n => format!("{} {many}", number(n)),
    }
}

/// Two decimals with a sign: `+0.12`, `−0.12`, `0.00`.
pub(super) fn signed(value: f64) -> String {
    match (value * 100.0).round() / 100.0 {
        0.0 => "0.00".to_owned(),
        v if v < 0.0 => format!("−{:.2}", -v),
        v => format!("+{v:.2}"),
    }
}

/// `+0.08 to +0.16`
pub(super) fn interval(estimate: &Estimate) -> String {
    format!("{} to {}", signed(estimate.low), signed(estimate.high))
}

/// A share in whole percent: `41 %`; what is not 0 or 1 is not rounded to it.
pub(super) fn percent(share: f64) -> String {
    match share {
        s if s > 0.0 && s < 0.005 => "under 1 %".to_owned(),
        s if s < 1.0 && s > 0.995 => "over 99 %".to_owned(),
        s => format!("{:.0} %", s * 100.0),
    }
}

/// `36 to 46 %`
pub(super) fn percent_interval(share: &Estimate) -> String {
    format!("{:.0} to {:.0} %", share.low * 100.0, share.high * 100.0)
}

/// `36–46`, for where space is short
pub(super) fn range(share: &Estimate) -> String {
    format!("{:.0}–{:.0}", share.low * 100.0, share.high * 100.0)
}

/// `x`, `x and y`, `x, y and z`
pub(super) fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// At most `columns` characters, the cut shown.
pub(super) fn truncated(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let kept: String = text.chars().take(columns - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [number(0), number(999), number(1000), number(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!([signed(-0.004), signed(0.125), signed(-0.5)], ["0.00", "+0.13", "−0.50"]);
        assert_eq!(
            [percent(0.0), percent(0.001), percent(0.414), percent(0.999)],
            ["0 %", "under 1 %", "41 %", "over 99 %"]
        );
        assert_eq!([count(0, "x", "xs"), count(1, "x", "xs"), count(2, "x", "xs")], ["no xs", "1 x", "2 xs"]);
    }

    #[test]
    fn lists_end_with_and() {
        let list = |parts: &[&str]| and(&parts.iter().map(|&part| part.to_owned()).collect::<Vec<_>>());
        assert_eq!(
            [list(&[]), list(&["x"]), list(&["x", "y"]), list(&["x", "y", "z"])],
            ["", "x", "x and y", "x, y and z"]
        );
    }

    #[test]
    fn cuts_are_shown() {
        assert_eq!(truncated("ääää", 4), "ääää");
        assert_eq!(truncated("ääääb", 4), "äää…");
    }
}
