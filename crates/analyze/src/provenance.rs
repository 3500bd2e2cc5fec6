//! How the annotations were made, for the methods section of the report.

use chrono::{DateTime, Utc};
use dyad_store::{RunRecord, Store};
use serde_json::Value;

use crate::AnalyzeError;
use crate::metric::{capitalised, frame_words};
use crate::rows::{stream, text};

/// Digits of the fingerprint shown; enough to tell any two apart that a project ever has.
const FINGERPRINT_DIGITS: usize = 12;

/// Labels under which the model and what identifies the annotations stand.
pub(crate) const MODEL: &str = "Model";
pub(crate) const PIPELINE: &str = "Pipeline fingerprint";
const OUTCOME: &str = "Outcome";

/// What is shown of a run.
#[derive(Debug, Default)]
struct Run {
    fingerprint: Option<String>,
    model: Value,
    version: String,
    exit_status: i64,
    started_at: DateTime<Utc>,
    finished_at: DateTime<Utc>,
}

impl From<&RunRecord> for Run {
    fn from(run: &RunRecord) -> Self {
        Self {
            fingerprint: run.fingerprint.clone(),
            model: run.model.clone(),
            version: run.version.clone(),
            exit_status: run.exit_status.into(),
            started_at: run.started_at,
            finished_at: run.finished_at,
        }
    }
}

/// Labels and values of the last run that annotated, or of the last run where none did; empty without runs. A run that
/// annotated and is not recorded yet is the last.
pub(crate) fn provenance(
    store: &Store,
    unrecorded: Option<&RunRecord>,
) -> Result<Vec<(String, String)>, AnalyzeError> {
    if let Some(run) = unrecorded.filter(|run| run.fingerprint.is_some()) {
        return Ok(describe(&run.into()));
    }
    let sql = "SELECT fingerprint, model, version, exit_status, started_at, finished_at FROM runs \
               ORDER BY fingerprint IS NULL, finished_at DESC LIMIT 1";
    let mut run = None;
    stream(store, "runs", sql, |rows| {
        let time = |column| {
            let micros = rows.micros(column)?.value(0);
            Ok::<_, AnalyzeError>(DateTime::from_timestamp_micros(micros).unwrap_or_default())
        };
        run = Some(Run {
            fingerprint: text(&rows.strings("fingerprint")?, 0).map(str::to_owned),
            model: serde_json::from_str(rows.strings("model")?.value(0)).unwrap_or(Value::Null),
            version: rows.strings("version")?.value(0).to_owned(),
            exit_status: rows.integers("exit_status")?.value(0),
            started_at: time("started_at")?,
            finished_at: time("finished_at")?,
        });
        Ok(())
    })?;
    Ok(run.map(|run| describe(&run)).unwrap_or_default())
}

fn describe(run: &Run) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut add = |label: &str, value: String| pairs.push((label.to_owned(), value));
    for (label, value) in model_pairs(&run.model) {
        add(&label, value);
    }
    if let Some(fingerprint) = &run.fingerprint {
        add(PIPELINE, fingerprint.chars().take(FINGERPRINT_DIGITS).collect());
    }
    add("Dyad version", run.version.clone());
    add("Last run", run.finished_at.format("%Y-%m-%d %H:%M UTC").to_string());
    add("Run time", duration((run.finished_at - run.started_at).num_seconds().max(0)));
    add(OUTCOME, outcome(run.exit_status).to_owned());
    pairs
}

/// Exit status of a run in which a watched number moved.
const ALERTED: i64 = 3;

fn outcome(exit_status: i64) -> &'static str {
    match exit_status {
        0 => "complete",
        1 => "complete, with rejects or skips",
        ALERTED => "complete, and a watched number moved",
        _ => "stopped before its end",
    }
}

/// Says of the run described that a watched number moved, which is known only once its report is made.
pub(crate) fn set_alerted(pairs: &mut [(String, String)]) {
    if let Some((_, value)) = pairs.iter_mut().find(|(label, _)| label == OUTCOME) {
        outcome(ALERTED).clone_into(value);
    }
}

/// The model's description: its name and version in one, then every other field in the order of its name.
fn model_pairs(model: &Value) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let Value::Object(fields) = model else {
        return scalar(model).map(|name| (MODEL.to_owned(), name)).into_iter().collect();
    };
    let field = |key: &str| fields.get(key).and_then(scalar);
    if let Some(name) = field("name") {
        let version = field("version").map(|version| format!(" {version}")).unwrap_or_default();
        pairs.push((MODEL.to_owned(), name + &version));
    }
    for (key, value) in fields {
        match key.as_str() {
            "name" => {}
            "version" if fields.contains_key("name") => {}
            "roles" => {
                pairs.extend(
                    value.as_object().into_iter().flatten().filter_map(|(role, name)| {
                        Some((format!("{} by", capitalised(role)), scalar(name)?))
                    }),
                )
            }
            _ => pairs.extend(scalar(value).map(|value| (capitalised(&frame_words(key)), value))),
        }
    }
    pairs
}

/// A value that fits a line; long digests and nested values do not and stay in the `runs` table.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() && text.chars().count() <= 80 => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        _ => None,
    }
}

fn duration(seconds: i64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_described_for_readers() {
        let run = Run {
            fingerprint: Some("0123456789abcdef0123".to_owned()),
            model: serde_json::json!({
                "name": "joint-minilm", "version": "1.0", "backend": "onnx", "precision": "fp32",
                "threads": 2, "files": {"model.onnx": "…"}, "roles": {"frames": "deals"}
            }),
            version: "0.1.0".to_owned(),
            exit_status: 1,
            started_at: DateTime::from_timestamp(1_800_000_000, 0).expect("a time"),
            finished_at: DateTime::from_timestamp(1_800_000_083, 0).expect("a time"),
        };
        let lines: Vec<String> =
            describe(&run).iter().map(|(label, value)| format!("{label}: {value}")).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        Model: joint-minilm 1.0
        Backend: onnx
        Precision: fp32
        Frames by: deals
        Threads: 2
        Pipeline fingerprint: 0123456789ab
        Dyad version: 0.1.0
        Last run: 2027-01-15 08:01 UTC
        Run time: 1 min 23 s
        Outcome: complete, with rejects or skips
        ");
        assert!(describe(&Run::default()).iter().all(|(label, _)| label != "Model"));
    }

    #[test]
    fn durations_have_two_units_at_most() {
        assert_eq!([duration(0), duration(61), duration(3725)], ["0 s", "1 min 1 s", "1 h 2 min"]);
    }
}
