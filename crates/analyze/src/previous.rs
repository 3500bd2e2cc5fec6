//! What a comparison needs of an earlier `report.json`, and no more, so that files of other versions serve as well.

use std::io::Read;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::provenance::{MODEL, PIPELINE};

/// An earlier report, as far as a later one compares itself with it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PreviousReport {
    /// When it was made.
    pub generated_at: DateTime<Utc>,
    /// Name of actor A.
    pub actor_a: String,
    /// Name of actor B.
    pub actor_b: String,
    /// Names of the frames.
    pub frames: Vec<String>,
    #[serde(default)]
    pub(crate) coverage: PreviousCoverage,
    #[serde(default)]
    pub(crate) sources: Option<Vec<Outlet>>,
    #[serde(default)]
    pub(crate) change_points: Option<Vec<PastChange>>,
    #[serde(default)]
    provenance: Vec<(String, String)>,
}

/// Counts of an earlier report; one that it does not have stays unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct PreviousCoverage {
    #[serde(default)]
    pub(crate) articles: Option<u64>,
    #[serde(default)]
    pub(crate) relations: Option<u64>,
    #[serde(default)]
    pub(crate) sources: Option<u64>,
}

/// An outlet that an earlier report lists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Outlet {
    pub(crate) source: String,
}

/// A change of level as an earlier report dates it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastChange {
    /// Identifier of the metric.
    pub metric: String,
    /// First day of the later level with an article.
    pub date: NaiveDate,
    /// Earliest first day, 95 % interval.
    pub earliest: NaiveDate,
    /// Latest first day, 95 % interval.
    pub latest: NaiveDate,
}

/// Why a report cannot be compared with an earlier one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreviousError {
    /// The file is no report, or cannot be read to its end.
    #[error("it is no report of Dyad ({0}); name the report.json of an earlier report")]
    NoReport(#[from] serde_json::Error),
    /// It is about somebody else.
    #[error(
        "it is about {found}, this report about {wanted}; name an earlier report of these two actors, or leave --compare out"
    )]
    OtherActors {
        /// Actors of the earlier report.
        found: String,
        /// Those of this one.
        wanted: String,
    },
    /// It has other frames.
    #[error(
        "it has the frames {found}, this report {wanted}; name an earlier report with these frames, or leave --compare out"
    )]
    OtherFrames {
        /// Frames of the earlier report.
        found: String,
        /// Those of this one.
        wanted: String,
    },
}

impl PreviousReport {
    /// Reads a `report.json` of schema 2 or later; fields that are not needed are passed over.
    ///
    /// # Errors
    /// [`PreviousError::NoReport`] where the text is not JSON, ends early, or lacks the time, the actors or the frames.
    pub fn read(json: impl Read) -> Result<Self, PreviousError> {
        Ok(serde_json::from_reader(json)?)
    }

    /// Checks that this report is about the same: both actors by their names, and the frames in any order.
    ///
    /// # Errors
    /// [`PreviousError`] names what is found and what is wanted.
    pub fn check(&self, (a, b): (&str, &str), frames: &[String]) -> Result<(), PreviousError> {
        if (self.actor_a.as_str(), self.actor_b.as_str()) != (a, b) {
            return Err(PreviousError::OtherActors {
                found: format!("{:?} and {:?}", self.actor_a, self.actor_b),
                wanted: format!("{a:?} and {b:?}"),
            });
        }
        let sorted = |frames: &[String]| {
            let mut frames = frames.to_vec();
            frames.sort();
            frames
        };
        if sorted(&self.frames) != sorted(frames) {
            let listed = |frames: &[String]| format!("{frames:?}");
            return Err(PreviousError::OtherFrames { found: listed(&self.frames), wanted: listed(frames) });
        }
        Ok(())
    }

    /// Model and pipeline of this report and of a later one where the annotations they rest on differ. What either does
    /// not say is not taken for a difference.
    pub(crate) fn other_annotations(&self, provenance: &[(String, String)]) -> Option<(String, String)> {
        let differs = |label: &str| {
            field(&self.provenance, label)
                .zip(field(provenance, label))
                .is_some_and(|(then, now)| then != now)
        };
        [PIPELINE, MODEL]
            .into_iter()
            .any(differs)
            .then(|| (annotations(&self.provenance), annotations(provenance)))
    }
}

fn field<'p>(provenance: &'p [(String, String)], label: &str) -> Option<&'p str> {
    provenance.iter().find(|(found, _)| found == label).map(|(_, value)| value.as_str())
}

/// "joint-minilm 1.0, pipeline 0123456789ab"
fn annotations(provenance: &[(String, String)]) -> String {
    let pipeline = field(provenance, PIPELINE).map(|pipeline| format!("pipeline {pipeline}"));
    let parts: Vec<String> =
        field(provenance, MODEL).map(str::to_owned).into_iter().chain(pipeline).collect();
    if parts.is_empty() { "not recorded".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str =
        r#"{"generated_at":"2026-11-22T03:00:00Z","actor_a":"A","actor_b":"B","frames":["x","y"]"#;

    fn read(rest: &str) -> Result<PreviousReport, PreviousError> {
        PreviousReport::read(format!("{LEAST}{rest}}}").as_bytes())
    }

    #[test]
    fn fields_missing_and_unknown_do_no_harm() {
        let least = read("").expect("a report");
        assert_eq!((least.coverage.articles, least.sources, least.change_points), (None, None, None));
        let rest = r#","schema_version":9,"coverage":{"articles":3,"new":1},"sources":[{"source":"Q","tone":null}],
            "change_points":[{"metric":"tone","date":"2025-01-02","earliest":"2025-01-01","latest":"2025-01-03","why":[]}],
            "provenance":[["Model","m 1"]],"novel":{"a":[1]}"#;
        let more = read(rest).expect("a report of the future");
        assert_eq!((more.coverage.articles, more.coverage.relations), (Some(3), None));
        assert_eq!(more.sources.expect("outlets")[0].source, "Q");
        assert_eq!(more.change_points.expect("changes")[0].metric, "tone");
        for wrong in ["", "[]", "{}", "{\"generated_at\":\"today\"}", LEAST] {
            let error = PreviousReport::read(wrong.as_bytes()).expect_err("no report").to_string();
            assert!(error.contains("no report of Dyad") && error.contains("report.json"), "{error}");
        }
    }

    #[test]
    fn only_the_same_actors_and_frames_compare() {
        let report = read("").expect("a report");
        let frames = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        report.check(("A", "B"), &frames(&["y", "x"])).expect("the same");
        let error = report.check(("A", "C"), &frames(&["x", "y"])).expect_err("other actors").to_string();
        assert!(error.contains("\"B\"") && error.contains("\"C\""), "{error}");
        let error = report.check(("A", "B"), &frames(&["x"])).expect_err("other frames");
        assert!(matches!(error, PreviousError::OtherFrames { .. }), "{error}");
    }

    #[test]
    fn annotations_differ_where_both_say_so() {
        let pairs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect::<Vec<_>>()
        };
        let old =
            read(r#","provenance":[["Model","m 1"],["Pipeline fingerprint","abc"]]"#).expect("a report");
        assert_eq!(old.other_annotations(&pairs(&[(MODEL, "m 1"), (PIPELINE, "abc")])), None);
        assert_eq!(old.other_annotations(&pairs(&[])), None);
        let (then, now) =
            old.other_annotations(&pairs(&[(MODEL, "m 1"), (PIPELINE, "def")])).expect("another pipeline");
        assert_eq!((then.as_str(), now.as_str()), ("m 1, pipeline abc", "m 1, pipeline def"));
    }
}
