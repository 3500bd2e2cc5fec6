//! `dyad report`: numbers and pages from a store.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use anyhow::Result;
use chrono::Utc;
use dyad_analyze::{Analysis, AnalyzeOptions, analyze, summary};
use dyad_core::{Config, Side};
use dyad_report::write_report;
use dyad_store::{RunRecord, Store};
use serde::Serialize;
use tracing::{info, warn};

use crate::args::ReportArgs;
use crate::commands::store;
use crate::metrics::Metrics;
use crate::output::Outcome;
use crate::previous::Comparison;
use crate::reporting::Given;
use crate::{classifier_error, roles, settings};

pub fn run(args: &ReportArgs) -> Result<Outcome> {
    let metrics = Metrics { file: args.metrics.as_deref(), command: "report", store: &args.store };
    metrics.of(|run| {
        let mut config = settings::config(&args.config, Some(&args.model))?;
        args.reporting.apply(&mut config);
        // What an earlier state of the store holds is not new.
        let otherwise = if args.as_of.is_some() { Comparison::None } else { Comparison::Latest };
        let given = Given::read(&args.reporting, &config, otherwise)?;
        let store = store::open(&args.store, args.as_of.as_deref())?;
        let alerts = run.stage("report", |_| write(&store, &config, (&args.out, given), None))?;
        run.count("report", &Written { alerts })?;
        Ok(Outcome::Complete.with_alerts(alerts))
    })
}

/// What a run counts of its report.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Written {
    /// Alerts, of which a watched metric can raise several.
    pub alerts: usize,
}

/// Writes the report, prints its summary and path, warns of every alert and returns their number; `run` is the one that
/// asks, if it is not recorded yet.
pub fn write(
    store: &Store,
    config: &Config,
    (out, given): (&Path, Given),
    run: Option<RunRecord>,
) -> Result<usize> {
    let frames = roles::frame_head(config)?;
    let previous = given.comparison.report(out, config, &frames.labels);
    let options = AnalyzeOptions {
        actor_a: config.actors.a.name.clone(),
        actor_b: config.actors.b.name.clone(),
        actor_names: Side::BOTH
            .iter()
            .flat_map(|&side| config.actor(side).names())
            .map(str::to_owned)
            .collect(),
        co_actors: config.co_actors.clone(),
        frames: frames.labels,
        frame_thresholds: frames.thresholds,
        frame_fingerprint: Some(roles::frame_fingerprint(config)?),
        classifier_errors: classifier_error::deviations(config)?,
        report: config.report.clone(),
        languages: config.annotate.languages.clone(),
        events: given.events,
        generated_at: Utc::now(),
        run,
        previous,
    };
    let analysis = analyze(store, &options)?;
    let files = write_report(&analysis, out, &config.report)?;
    warn_of_alerts(&analysis, !config.report.watch.is_empty());
    let path = files.first().display().to_string();
    match print(summary::lines(&analysis).iter().chain([&path])) {
        // The report is there, whether somebody reads its summary or not.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        printed => printed?,
    }
    Ok(analysis.alerts.len())
}

/// Names every alert on stderr, or why there can be none although something is watched.
fn warn_of_alerts(analysis: &Analysis, is_watching: bool) {
    match &analysis.since_last {
        None if is_watching => {
            info!(
                "there is no earlier report to compare with; what is watched counts from the next report on"
            );
        }
        Some(since) if is_watching && since.other_annotations.is_some() => warn!(
            "the last report rests on other annotations (another model, scope or list of names); nothing is watched this time"
        ),
        _ => {}
    }
    for (alert, sentence) in analysis.alerts.iter().zip(summary::alerts(analysis)) {
        warn!(alert = alert.metric(), "alert: {sentence}");
    }
}

fn print<'l>(lines: impl Iterator<Item = &'l String>) -> io::Result<()> {
    let mut stdout = crate::output::results();
    for line in lines {
        writeln!(stdout, "{line}")?;
    }
    stdout.flush()
}
