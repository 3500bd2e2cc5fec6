//! `[errors]` of a manifest: how far mean scores lie from the truth.

use std::collections::BTreeMap;

/// Metrics that every joint model has.
const METRICS: [&str; 4] = ["tone", "stance", "sentiment", "closeness"];

/// Checks names and values; the message names the field.
pub(crate) fn check(errors: &BTreeMap<String, f64>, frames: &[String]) -> Result<(), String> {
    let is_frame = |name: &str| frames.iter().any(|frame| frame == name);
    for (metric, deviation) in errors {
        let of_frame = metric.strip_prefix("frame_").or_else(|| metric.strip_prefix("share_"));
        if !METRICS.contains(&metric.as_str()) && !of_frame.is_some_and(is_frame) {
            return Err(format!(
                "errors.{metric}: no such metric; known are {} and, for every label of heads.frames, frame_NAME and share_NAME",
                METRICS.join(", ")
            ));
        }
        if !(0.0..=1.0).contains(deviation) {
            return Err(format!("errors.{metric} = {deviation}: must be a standard deviation from 0 to 1"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(metric: &str, deviation: f64) -> Result<(), String> {
        check(&BTreeMap::from([(metric.to_owned(), deviation)]), &["rivalry".to_owned()])
    }

    #[test]
    fn metrics_of_the_model_are_known() {
        for metric in ["tone", "stance", "sentiment", "closeness", "frame_rivalry", "share_rivalry"] {
            assert_eq!(checked(metric, 0.05), Ok(()), "{metric}");
        }
    }

    #[test]
    fn other_names_and_values_are_refused() {
        for metric in ["stance_a_to_b", "frame_tension", "share_", "rivalry", "", "relations"] {
            let error = checked(metric, 0.05).expect_err("refused");
            assert!(error.starts_with(&format!("errors.{metric}: no such metric")), "{error}");
        }
        for deviation in [-0.01, 1.5, f64::NAN, f64::INFINITY] {
            let error = checked("tone", deviation).expect_err("refused");
            assert!(error.contains("errors.tone") && error.contains("from 0 to 1"), "{error}");
        }
    }
}
