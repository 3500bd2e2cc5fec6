//! Other pairs of actors, each from the `report.json` of its own.
//!
//! Only numbers are read, never the sentences behind them, so that two estimates can be compared but not resampled
//! together: they are taken for independent, and the interval of their difference comes from squaring and adding the two
//! intervals (Newcombe, 1998). Articles that both pairs share make the two estimates move together; the interval is then too
//! wide where such articles portray both pairs alike, and too narrow where they set one pair against the other.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::model::{DyadMetric, OtherDyad};
use crate::AnalyzeError;
use crate::interval::square_and_add;
use crate::metric::COUNTS;
use crate::model::{Analysis, Estimate, MetricEstimate, SCHEMA_VERSION};

/// Oldest version of `report.json` that holds what is read here.
const OLDEST_SCHEMA: u32 = 2;

/// Most names of metrics kept that cannot be compared; a report of hundreds of frames is no reason to list them.
const MAX_LEFT_OUT: usize = 40;

/// The part of a `report.json` that is compared; other fields are passed over.
#[derive(Debug, Deserialize)]
struct Report {
    schema_version: u32,
    generated_at: DateTime<Utc>,
    actor_a: String,
    actor_b: String,
    frames: Vec<String>,
    frame_thresholds: Vec<f32>,
    coverage: Extent,
    overall: Vec<MetricEstimate>,
    #[serde(default)]
    provenance: Vec<(String, String)>,
}

impl Report {
    /// The probability from which a frame counts as present.
    fn threshold(&self, frame: &str) -> Option<f32> {
        let place = self.frames.iter().position(|name| name == frame)?;
        self.frame_thresholds.get(place).copied()
    }
}

impl From<&Analysis> for Report {
    fn from(analysis: &Analysis) -> Self {
        let coverage = &analysis.coverage;
        Self {
            schema_version: analysis.schema_version,
            generated_at: analysis.generated_at,
            actor_a: analysis.actor_a.clone(),
            actor_b: analysis.actor_b.clone(),
            frames: analysis.frames.clone(),
            frame_thresholds: analysis.frame_thresholds.clone(),
            coverage: Extent {
                articles: coverage.articles,
                articles_related: coverage.articles_related,
                relations: coverage.relations,
                first_date: coverage.first_date,
                last_date: coverage.last_date,
            },
            overall: analysis.overall.clone(),
            provenance: analysis.provenance.clone(),
        }
    }
}

/// What a report rests on.
#[derive(Debug, Deserialize)]
struct Extent {
    articles: u64,
    articles_related: u64,
    relations: u64,
    first_date: Option<NaiveDate>,
    last_date: Option<NaiveDate>,
}

/// Whether every file is the report of another pair than these two, so that a long run need not begin in vain.
///
/// # Errors
/// [`AnalyzeError::OtherReport`] names the first file that is not, and why.
pub fn check_against(files: &[PathBuf], actor_a: &str, actor_b: &str) -> Result<(), AnalyzeError> {
    files.iter().try_for_each(|file| read(file, actor_a, actor_b).map(|_| ()))
}

/// The pairs of actors of other reports, in the order of the files.
pub(crate) fn other_dyads(analysis: &Analysis, files: &[PathBuf]) -> Result<Vec<OtherDyad>, AnalyzeError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let this = Report::from(analysis);
    files.iter().map(|file| Ok(compared(&this, read(file, &this.actor_a, &this.actor_b)?))).collect()
}

fn read(file: &Path, actor_a: &str, actor_b: &str) -> Result<Report, AnalyzeError> {
    let error = |cause: String| AnalyzeError::OtherReport { path: file.to_owned(), cause };
    let open = File::open(file).map_err(|source| error(format!("it cannot be opened ({source})")))?;
    let report: Report = serde_json::from_reader(BufReader::new(open))
        .map_err(|source| error(format!("it is no report of Dyad ({source})")))?;
    match problem(&report, actor_a, actor_b) {
        Some(cause) => Err(error(cause)),
        None => Ok(report),
    }
}

/// What keeps a report from being compared.
fn problem(report: &Report, actor_a: &str, actor_b: &str) -> Option<String> {
    let version = report.schema_version;
    if !(OLDEST_SCHEMA..=SCHEMA_VERSION).contains(&version) {
        return Some(format!(
            "its schema version is {version}, and this Dyad reads {OLDEST_SCHEMA} to {SCHEMA_VERSION}"
        ));
    }
    if report.actor_a.trim().is_empty() || report.actor_b.trim().is_empty() {
        return Some("it names no two actors".to_owned());
    }
    let pair = |a: &str, b: &str| {
        let mut pair = [a.trim().to_lowercase(), b.trim().to_lowercase()];
        pair.sort();
        pair
    };
    if pair(&report.actor_a, &report.actor_b) == pair(actor_a, actor_b) {
        return Some(format!("it is about the same pair, {actor_a} and {actor_b}"));
    }
    let is_sound = |e: &Estimate| e.low <= e.value && e.value <= e.high;
    let damaged = report.overall.iter().find(|found| !is_sound(&found.estimate))?;
    Some(format!("the estimate of '{}' in it lies outside of its interval", damaged.metric))
}

fn compared(this: &Report, report: Report) -> OtherDyad {
    let theirs: BTreeMap<&str, Estimate> = means(&report.overall).collect();
    let ours: BTreeMap<&str, Estimate> = means(&this.overall).collect();
    let is_comparable = |metric: &str| {
        metric.strip_prefix("share_").is_none_or(|frame| this.threshold(frame) == report.threshold(frame))
    };
    let metrics: Vec<DyadMetric> = means(&this.overall)
        .filter(|(metric, _)| is_comparable(metric))
        .filter_map(|(metric, estimate)| Some(compare(metric, estimate, *theirs.get(metric)?)))
        .collect();
    let missing_here = means(&report.overall).filter(|(metric, _)| !ours.contains_key(metric));
    let left_out = means(&this.overall)
        .filter(|(metric, _)| !theirs.contains_key(metric) || !is_comparable(metric))
        .chain(missing_here)
        .map(|(metric, _)| metric.to_owned());
    OtherDyad {
        left_out: left_out.take(MAX_LEFT_OUT).collect(),
        metrics,
        is_same_model: is_same_model(&this.provenance, &report.provenance),
        generated_at: report.generated_at,
        articles: report.coverage.articles,
        articles_related: report.coverage.articles_related,
        relations: report.coverage.relations,
        first_date: report.coverage.first_date,
        last_date: report.coverage.last_date,
        actor_a: report.actor_a,
        actor_b: report.actor_b,
    }
}

/// Estimates other than counts, which say how much was collected rather than what it says.
fn means(overall: &[MetricEstimate]) -> impl Iterator<Item = (&str, Estimate)> {
    let is_mean = |found: &&MetricEstimate| !COUNTS.contains(&found.metric.as_str());
    overall.iter().filter(is_mean).map(|found| (found.metric.as_str(), found.estimate))
}

fn compare(metric: &str, this: Estimate, other: Estimate) -> DyadMetric {
    let bounds = |e: &Estimate| (e.value, e.low, e.high);
    let (low, high) = square_and_add(bounds(&other), bounds(&this));
    let difference = Estimate {
        value: this.value - other.value,
        low,
        high,
        articles: this.articles.saturating_add(other.articles),
        sentences: this.sentences.saturating_add(other.sentences),
    };
    DyadMetric { metric: metric.to_owned(), this, other, difference }
}

/// Whether two reports name the same model, and the same for every role that another one fills.
fn is_same_model(ours: &[(String, String)], theirs: &[(String, String)]) -> Option<bool> {
    let models = |provenance: &[(String, String)]| -> BTreeMap<String, String> {
        let is_model = |label: &str| label == "Model" || label.ends_with(" by");
        provenance.iter().filter(|(label, _)| is_model(label)).cloned().collect()
    };
    let (ours, theirs) = (models(ours), models(theirs));
    (ours.contains_key("Model") && theirs.contains_key("Model")).then(|| ours == theirs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn estimate(value: f64, half: f64) -> Estimate {
        Estimate { value, low: value - half, high: value + half, articles: 40, sentences: 90 }
    }

    fn json(version: u32, actors: [&str; 2]) -> serde_json::Value {
        let metric = |metric: &str, estimate| serde_json::json!({"metric": metric, "estimate": estimate});
        serde_json::json!({
            "schema_version": version,
            "generated_at": "2026-05-01T12:00:00Z",
            "actor_a": actors[0],
            "actor_b": actors[1],
            "frames": ["partnership", "rivalry"],
            "frame_thresholds": [0.5, 0.25],
            "coverage": {"articles": 120, "articles_related": 40, "relations": 90, "first_date": "2020-01-05", "last_date": null, "new": 1},
            "overall": [
                metric("relations", estimate(90.0, 0.0)),
                metric("tone", estimate(0.1, 0.03)),
                metric("share_partnership", estimate(0.3, 0.1)),
                metric("share_rivalry", estimate(0.3, 0.1)),
                metric("share_future", estimate(0.3, 0.1)),
            ],
            "provenance": [["Model", "joint 1.0"], ["Threads", "4"]],
            "a field of a later version": {"x": [1, 2]},
        })
    }

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(text.as_bytes()).expect("written");
        file
    }

    fn said(text: &str) -> Result<(), String> {
        let file = file(text);
        let checked = check_against(&[file.path().to_owned()], "Microsoft", "OpenAI");
        checked.map_err(|error| {
            let message = error.to_string();
            assert!(message.contains(&file.path().display().to_string()), "{message}");
            message
        })
    }

    fn this() -> Report {
        let mut json = json(3, ["Microsoft", "OpenAI"]);
        let metric = |metric: &str, estimate| serde_json::json!({"metric": metric, "estimate": estimate});
        json["frame_thresholds"] = serde_json::json!([0.5, 0.5]);
        json["overall"] = serde_json::json!([
            metric("relations", estimate(500.0, 0.0)),
            metric("tone", estimate(0.2, 0.04)),
            metric("stance_a_to_b", estimate(0.2, 0.04)),
            metric("share_partnership", estimate(0.32, 0.1)),
            metric("share_rivalry", estimate(0.5, 0.1)),
        ]);
        json["provenance"] = serde_json::json!([["Model", "joint 1.0"], ["Threads", "2"]]);
        serde_json::from_value(json).expect("a report")
    }

    #[test]
    fn reports_of_two_versions_are_read_and_others_named() {
        for version in [2, 3] {
            assert_eq!(said(&json(version, ["Google", "Anthropic"]).to_string()), Ok(()));
        }
        let mut damaged = json(3, ["Google", "Anthropic"]);
        damaged["overall"][1]["estimate"]["low"] = 0.5.into();
        for (text, expected) in [
            (json(1, ["Google", "Anthropic"]).to_string(), "schema version is 1"),
            (json(4, ["Google", "Anthropic"]).to_string(), "schema version is 4"),
            (json(3, ["OpenAI ", "microsoft"]).to_string(), "same pair"),
            (json(3, ["", "Anthropic"]).to_string(), "no two actors"),
            (damaged.to_string(), "'tone'"),
            ("[1, 2]".to_owned(), "no report"),
            ("{\"articles\": 3}".to_owned(), "no report"),
            ("[".repeat(100_000), "no report"),
            (String::new(), "no report"),
        ] {
            let error = said(&text).expect_err("refused");
            assert!(error.contains(expected), "{error}");
        }
        let missing = check_against(&[PathBuf::from("/no/such/report.json")], "A", "B");
        assert!(missing.expect_err("refused").to_string().contains("cannot be opened"));
    }

    #[test]
    fn metrics_of_both_are_compared_as_independent() {
        let other = serde_json::from_value(json(2, ["Google", "Anthropic"])).expect("a report");
        let dyad = compared(&this(), other);
        assert_eq!((dyad.actor_a.as_str(), dyad.actor_b.as_str()), ("Google", "Anthropic"));
        assert_eq!((dyad.articles, dyad.relations, dyad.is_same_model), (120, 90, Some(true)));
        let ids: Vec<&str> = dyad.metrics.iter().map(|metric| metric.metric.as_str()).collect();
        assert_eq!(ids, ["tone", "share_partnership"]);
        // The rivalry of the other counts from another probability on.
        assert_eq!(dyad.left_out, ["stance_a_to_b", "share_rivalry", "share_future"]);
        let tone = &dyad.metrics[0];
        // Half widths of 0.03 and 0.04 make one of 0.05.
        let close = |x: f64, y: f64| (x - y).abs() < 1e-12;
        assert!(close(tone.difference.value, 0.1) && tone.is_clear(), "{tone:?}");
        assert!(close(tone.difference.low, 0.05) && close(tone.difference.high, 0.15), "{tone:?}");
        assert!(!dyad.metrics[1].is_clear());
    }
}
