//! Figures of a run as text for node_exporter's textfile collector.
//!
//! The text is OpenMetrics 1.0 (<https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>) and,
//! because that collector reads it, also Prometheus' older text format: gauges only, as a run's figures are (they do not
//! add up over runs), no type that the older format lacks, and no character in a help text that the two escape in
//! different ways. Every sample names the command and the store, so that several jobs can write beside each other.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chrono::Utc;
use serde_json::Value;
use tracing::warn;

use crate::output::{self, Outcome};
use crate::record::{self, Run};

/// Where figures go, and what they are about.
pub struct Metrics<'a> {
    pub file: Option<&'a Path>,
    pub command: &'static str,
    pub store: &'a Path,
}

impl Metrics<'_> {
    /// Runs a command and writes its figures, however it ends.
    ///
    /// # Errors
    /// Those of the command; and the folder of the file does not exist, before the command begins. Figures that cannot be
    /// written later are a warning: what the run did stays done.
    pub fn of(&self, work: impl FnOnce(&mut Run) -> Result<Outcome>) -> Result<Outcome> {
        let mut run = Run::start();
        let Some(file) = self.file else { return work(&mut run) };
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() || file.is_dir() {
            bail!(
                "--metrics {}: no file can be made there; name one in a folder that exists",
                file.display()
            );
        }
        let result = work(&mut run);
        let text = self.text(&run, record::exit_status(&result));
        if let Err(error) =
            replace(file, &text).with_context(|| format!("{} could not be written", file.display()))
        {
            warn!("{}", output::message(&error));
        }
        result
    }

    fn text(&self, run: &Run, exit_status: i32) -> String {
        let store = std::path::absolute(self.store).unwrap_or_else(|_| PathBuf::from(self.store));
        let mut text = Text {
            labels: labels(&[("command", self.command), ("store", &store.to_string_lossy())]),
            text: String::new(),
        };
        let one = |value: f64| [(None, value)];
        let seconds = Some("seconds");
        text.family(
            "build_info",
            None,
            "Version of Dyad that ran last",
            [(Some(("version", env!("CARGO_PKG_VERSION"))), 1.0)],
        );
        text.family(
            "last_run_exit_status",
            None,
            "0: all done, 1: done with rejects or skips, 2: stopped, 3: done and a watched number moved",
            one(exit_status.into()),
        );
        let start = run.started_at().timestamp_millis() as f64 / 1e3;
        text.family(
            "last_run_start_timestamp_seconds",
            seconds,
            "When the last run began, Unix time",
            one(start),
        );
        let end = Utc::now().timestamp_millis() as f64 / 1e3;
        text.family(
            "last_run_end_timestamp_seconds",
            seconds,
            "When the last run ended, Unix time",
            one(end),
        );
        text.family(
            "last_run_duration_seconds",
            seconds,
            "Time the last run took",
            one(run.elapsed().as_secs_f64()),
        );
        let stages = run.timings().iter().map(|(stage, time)| (Some(("stage", *stage)), *time));
        text.family(
            "last_run_stage_duration_seconds",
            seconds,
            "Time each stage of the last run took",
            stages,
        );
        let counts = Value::Object(run.counts().clone());
        for family in &FAMILIES {
            let samples = family.samples.iter().filter_map(|(value, pointer)| {
                Some((family.label.zip(Some(*value)), counts.pointer(pointer)?.as_u64()? as f64))
            });
            text.family(family.name, family.unit, family.help, samples);
        }
        text.end()
    }
}

/// One metric, taken from a run's counts.
struct Family {
    name: &'static str,
    unit: Option<&'static str>,
    help: &'static str,
    /// Name of the label that tells the samples apart.
    label: Option<&'static str>,
    /// Value of that label, and where in the counts the number stands (RFC 6901).
    samples: &'static [(&'static str, &'static str)],
}

const FAMILIES: [Family; 11] = [
    Family {
        name: "last_run_files",
        unit: None,
        help: "Files of the input: opened, unchanged and so not opened, or left out as descriptions of a corpus",
        label: Some("state"),
        samples: &[
            ("opened", "/ingest/files"),
            ("unchanged", "/ingest/unchanged_files"),
            ("description", "/ingest/skipped_files"),
        ],
    },
    Family {
        name: "last_run_read_bytes",
        unit: Some("bytes"),
        help: "Bytes of all records read, after decompression",
        label: None,
        samples: &[("", "/ingest/bytes")],
    },
    Family {
        name: "last_run_records",
        unit: None,
        help: "Records read, by what they became",
        label: Some("became"),
        samples: &[("article", "/ingest/articles"), ("reject", "/ingest/rejects")],
    },
    Family {
        name: "last_run_articles",
        unit: None,
        help: "Articles read: new in the store, known, or changed and replaced",
        label: Some("state"),
        samples: &[
            ("new", "/ingest/new_articles"),
            ("known", "/ingest/known_articles"),
            ("changed", "/ingest/changed_articles"),
        ],
    },
    Family {
        name: "last_run_near_copies",
        unit: None,
        help: "New articles that are near-copies of an earlier one",
        label: None,
        samples: &[("", "/ingest/near_duplicates")],
    },
    Family {
        name: "last_run_undated_articles",
        unit: None,
        help: "Articles read that carry no date",
        label: None,
        samples: &[("", "/ingest/undated")],
    },
    Family {
        name: "last_run_annotated",
        unit: None,
        help: "What the last run annotated and found",
        label: Some("unit"),
        samples: &[
            ("article", "/annotation/articles"),
            ("sentence", "/annotation/sentences"),
            ("mention", "/annotation/mentions"),
            ("relation", "/annotation/relations"),
        ],
    },
    Family {
        name: "last_run_skips",
        unit: None,
        help: "What stayed without annotation, by reason",
        label: Some("reason"),
        samples: &[
            ("foreign_article", "/annotation/skipped_foreign"),
            ("article_without_sentence", "/annotation/without_sentences"),
            ("failed_sentence", "/annotation/failed_sentences"),
            ("sentence_out_of_scope", "/annotation/out_of_scope_sentences"),
        ],
    },
    Family {
        name: "last_run_truncations",
        unit: None,
        help: "Sentences read in parts or cut, by kind",
        label: Some("kind"),
        samples: &[
            ("windowed_sentence", "/annotation/windowed_sentences"),
            ("split_relation", "/annotation/split_relations"),
            ("hard_split_sentence", "/annotation/hard_split_sentences"),
            ("cut_target", "/annotation/cut_targets"),
            ("cut_relation", "/annotation/cut_relations"),
        ],
    },
    Family {
        name: "last_run_retried_batches",
        unit: None,
        help: "Batches that failed and were tried again in halves",
        label: None,
        samples: &[("", "/annotation/retried_batches")],
    },
    Family {
        name: "report_alerts",
        unit: None,
        help: "Alerts of the report: watched numbers that moved since the last report",
        label: None,
        samples: &[("", "/report/alerts")],
    },
];

/// The text as it grows.
struct Text {
    /// Labels of every sample.
    labels: String,
    text: String,
}

impl Text {
    /// Adds a metric with its samples, each with a label of its own or none; one without samples is left out.
    fn family<'v>(
        &mut self,
        name: &str,
        unit: Option<&str>,
        help: &str,
        samples: impl IntoIterator<Item = (Option<(&'v str, &'v str)>, f64)>,
    ) {
        let mut is_first = true;
        for (label, value) in samples {
            let (common, text) = (&self.labels, &mut self.text);
            // Writing to a string cannot fail.
            if std::mem::take(&mut is_first) {
                let _ = writeln!(text, "# HELP dyad_{name} {help}\n# TYPE dyad_{name} gauge");
                let _ = unit.map(|unit| writeln!(text, "# UNIT dyad_{name} {unit}"));
            }
            let own = label.map(|label| format!(",{}", labels(&[label]))).unwrap_or_default();
            let _ = writeln!(text, "dyad_{name}{{{common}{own}}} {value}");
        }
    }

    fn end(mut self) -> String {
        self.text.push_str("# EOF\n");
        self.text
    }
}

/// `name="value",…` with the escapes that both formats have.
fn labels(labels: &[(&str, &str)]) -> String {
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect::<Vec<_>>().join(",")
}

/// Puts a file in place whole: the collector may read at any moment. It takes only names that end in `.prom`.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let write = || -> io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(labels(&[("a", "x\\y\"z\n"), ("b", "é, {}")]), r#"a="x\\y\"z\n",b="é, {}""#);
    }

    #[test]
    fn a_run_that_failed_at_once_has_figures_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dyad.prom");
        let metrics = Metrics { file: Some(&file), command: "run", store: Path::new("/srv/a \"b\"") };
        metrics.of(|_| bail!("no such input")).unwrap_err();
        let text = fs::read_to_string(&file).unwrap();
        let status = r#"dyad_last_run_exit_status{command="run",store="/srv/a \"b\""} 2"#;
        assert!(text.lines().any(|line| line == status), "{text}");
        assert!(text.ends_with("\n# EOF\n") && !text.contains("last_run_articles"), "{text}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = folder.path().join("none/dyad.prom");
        let metrics = Metrics { file: Some(&nowhere), ..metrics };
        let error = metrics.of(|_| panic!("nothing runs without a place for its figures")).unwrap_err();
        assert!(error.to_string().contains("--metrics"), "{error}");
    }
}
