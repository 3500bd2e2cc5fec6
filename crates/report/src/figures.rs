//! Numbers as people read them.

use dyad_analyze::Estimate;

/// What kind of number a metric is, told by its identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A count of articles or relations.
    Count,
    /// A mean from -1 to 1.
    Mean,
    /// A share or a probability from 0 to 1.
    Share,
}

impl Kind {
    pub(crate) fn of(metric: &str) -> Self {
        if metric.starts_with("frame_") || metric.starts_with("share_") {
            Kind::Share
        } else if metric == "relations" || metric.starts_with("articles_") {
            Kind::Count
        } else {
            Kind::Mean
        }
    }

    /// The name the page's script knows it by.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Kind::Count => "count",
            Kind::Mean => "mean",
            Kind::Share => "share",
        }
    }
}

/// A value of the given kind; an en dash where there is no number.
pub(crate) fn value(kind: Kind, x: f64) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    match kind {
        // Counts arrive as floats with the other metrics.
        Kind::Count => count(x.max(0.0).round() as u64),
        Kind::Mean => signed(x),
        Kind::Share => percent(x),
    }
}

/// A difference between two values of the given kind.
pub(crate) fn difference(kind: Kind, x: f64) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    match kind {
        Kind::Count => with_sign(x, &count(x.abs().round() as u64)),
        Kind::Mean => signed(x),
        Kind::Share => {
            let points = points(x);
            let unit = if points.trim_start_matches(['+', '−']) == "1" { "point" } else { "points" };
            format!("{points}\u{a0}{unit}")
        }
    }
}

/// Hundredths of a share, with their sign.
fn points(x: f64) -> String {
    with_sign(x, &format!("{:.0}", x.abs() * 100.0))
}

/// `low to high` for a difference, the unit once.
pub(crate) fn difference_range(kind: Kind, low: f64, high: f64) -> String {
    match kind {
        Kind::Share if low.is_finite() && high.is_finite() => {
            format!("{} to {}\u{a0}points", points(low), points(high))
        }
        _ => format!("{} to {}", difference(kind, low), difference(kind, high)),
    }
}

/// `value [low, high]`; a count has no interval.
pub(crate) fn estimate(kind: Kind, e: &Estimate) -> String {
    match kind {
        Kind::Count => value(kind, e.value),
        _ => format!("{} [{}, {}]", value(kind, e.value), value(kind, e.low), value(kind, e.high)),
    }
}

/// Two decimals with a sign, a real minus, and no sign on zero.
pub(crate) fn signed(x: f64) -> String {
    let digits = format!("{:.2}", x.abs());
    if digits == "0.00" { digits } else { with_sign(x, &digits) }
}

fn with_sign(x: f64, digits: &str) -> String {
    let zero = !digits.contains(|c: char| ('1'..='9').contains(&c));
    match x {
        _ if zero => digits.to_owned(),
        x if x < 0.0 => format!("−{digits}"),
        _ => format!("+{digits}"),
    }
}

/// Whole per cent.
pub(crate) fn percent(x: f64) -> String {
    format!("{:.0}\u{202f}%", x * 100.0)
}

/// A p-value with one significant digit, or two where that is 0.01 and above.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.001 { format!("{p:.4}") } else { format!("{p:.3}") }
}

/// A count with a comma every three digits.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 sentence`, `2 sentences`.
pub(crate) fn plural(n: u64, singular: &str) -> String {
    format!("{} {singular}{}", count(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(signed(-0.126), "−0.13");
        assert_eq!(signed(-0.001), "0.00");
        assert_eq!(value(Kind::Share, 0.374), "37\u{202f}%");
        assert_eq!(difference(Kind::Share, -0.041), "−4\u{a0}points");
        assert_eq!(difference(Kind::Share, -0.001), "0\u{a0}points");
        assert_eq!(difference(Kind::Share, 0.008), "+1\u{a0}point");
        assert_eq!(difference_range(Kind::Share, -0.02, 0.01), "−2 to +1\u{a0}points");
        assert_eq!(difference_range(Kind::Share, -0.05, 0.09), "−5 to +9\u{a0}points");
        assert_eq!(difference_range(Kind::Mean, -0.05, 0.09), "−0.05 to +0.09");
        assert_eq!(value(Kind::Mean, f64::NAN), "–");
        assert_eq!(plural(1, "article"), "1 article");
    }

    #[test]
    fn kinds_follow_the_identifier() {
        assert_eq!(Kind::of("tone"), Kind::Mean);
        assert_eq!(Kind::of("share_rivalry"), Kind::Share);
        assert_eq!(Kind::of("articles_a"), Kind::Count);
        assert_eq!(Kind::of("relations"), Kind::Count);
    }
}
