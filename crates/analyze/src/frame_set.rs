//! Whether the store's frames are those that a report asks for.

use std::collections::BTreeMap;

use dyad_store::Store;
use serde_json::Value;

use crate::rows::{stream, text};
use crate::{AnalyzeError, AnalyzeOptions};

/// Key of a run's model under which the frames stand: an object from each frame's name to its threshold.
const KEY: &str = "frame_thresholds";
/// Key under which stands what identifies the model that gave them.
const FINGERPRINT: &str = "frame_fingerprint";
/// Thresholds have three digits; JSON and TOML may round the last of an f32.
const SAME: f64 = 1e-5;

/// Checks that the last annotation gave the frames of `options`, with their thresholds and by the same model. Another frame set
/// may have columns of the same names, which would be read against the wrong thresholds or taken for what they are not.
///
/// A store without annotation passes, and so does what a record of an earlier Dyad does not say.
pub(crate) fn check(store: &Store, options: &AnalyzeOptions) -> Result<(), AnalyzeError> {
    if let Some(run) = options.run.as_ref().filter(|run| run.fingerprint.is_some()) {
        return compare(&run.model, options);
    }
    let sql = "SELECT model FROM runs WHERE fingerprint IS NOT NULL ORDER BY finished_at DESC LIMIT 1";
    let mut model = Value::Null;
    stream(store, "runs", sql, |rows| {
        model = text(&rows.strings("model")?, 0)
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or(Value::Null);
        Ok(())
    })?;
    compare(&model, options)
}

/// Compares a run's model with what is asked for.
fn compare(model: &Value, options: &AnalyzeOptions) -> Result<(), AnalyzeError> {
    let wanted: BTreeMap<String, f64> =
        options.frames.iter().cloned().zip(options.frame_thresholds.iter().map(|&t| f64::from(t))).collect();
    if let Some(found) = model.get(KEY).and_then(thresholds).filter(|found| !same(found, &wanted)) {
        return Err(AnalyzeError::OtherFrames { found: listed(&found), wanted: listed(&wanted) });
    }
    match (model.get(FINGERPRINT).and_then(Value::as_str), &options.frame_fingerprint) {
        (Some(found), Some(wanted)) if found != wanted => {
            Err(AnalyzeError::OtherFrameModel { found: found.to_owned(), wanted: wanted.clone() })
        }
        _ => Ok(()),
    }
}

fn thresholds(value: &Value) -> Option<BTreeMap<String, f64>> {
    let fields = value.as_object()?;
    fields.iter().map(|(name, threshold)| Some((name.clone(), threshold.as_f64()?))).collect()
}

fn same(a: &BTreeMap<String, f64>, b: &BTreeMap<String, f64>) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() <= SAME)
}

fn listed(frames: &BTreeMap<String, f64>) -> String {
    frames
        .iter()
        .map(|(name, threshold)| format!("{name} from {threshold:.3}"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_the_same_in_any_order_and_rounding() {
        let read = |json: Value| thresholds(&json).expect("numbers");
        let set = read(serde_json::json!({"rivalry": 0.3, "love": 0.5}));
        assert!(same(&set, &read(serde_json::json!({"love": 0.5, "rivalry": 0.3f32}))));
        assert!(!same(&set, &read(serde_json::json!({"love": 0.5, "rivalry": 0.4}))));
        assert!(!same(&set, &read(serde_json::json!({"love": 0.5, "tension": 0.3}))));
        assert!(!same(&set, &read(serde_json::json!({"love": 0.5}))));
        assert_eq!(listed(&set), "love from 0.500, rivalry from 0.300");
    }
}
