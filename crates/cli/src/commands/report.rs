//! `dyad report`: numbers and pages from a store.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use anyhow::Result;
use chrono::Utc;
use dyad_analyze::{AnalyzeOptions, Event, analyze, summary};
use dyad_core::Config;
use dyad_report::write_report;
use dyad_store::{RunRecord, Store};

use crate::args::ReportArgs;
use crate::commands::store;
use crate::metrics::Metrics;
use crate::output::Outcome;
use crate::{roles, settings};

pub fn run(args: &ReportArgs) -> Result<Outcome> {
    let metrics = Metrics { file: args.metrics.as_deref(), command: "report", store: &args.store };
    metrics.of(|run| {
        let mut config = settings::config(&args.config, Some(&args.model))?;
        config.report.keep = args.keep.unwrap_or(config.report.keep);
        config.report.events = args.events.clone().or(config.report.events);
        let events = settings::events(&config)?;
        let store = store::open(&args.store, args.as_of.as_deref())?;
        run.stage("report", |_| write(&store, (&config, events), &args.out, None))?;
        Ok(Outcome::Complete)
    })
}

/// Writes the report and prints its summary and path; `run` is the one that asks, if it is not recorded yet.
pub fn write(
    store: &Store,
    (config, events): (&Config, Vec<Event>),
    out: &Path,
    run: Option<RunRecord>,
) -> Result<()> {
    let frames = roles::frame_head(config)?;
    let options = AnalyzeOptions {
        actor_a: config.actors.a.name.clone(),
        actor_b: config.actors.b.name.clone(),
        frames: frames.labels,
        frame_thresholds: frames.thresholds,
        frame_fingerprint: Some(roles::frame_fingerprint(config)?),
        report: config.report.clone(),
        languages: config.annotate.languages.clone(),
        events,
        generated_at: Utc::now(),
        run,
    };
    let analysis = analyze(store, &options)?;
    let files = write_report(&analysis, out, config.report.keep)?;
    let path = files.html.display().to_string();
    match print(summary::lines(&analysis).iter().chain([&path])) {
        // The report is there, whether somebody reads its summary or not.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => Ok(printed?),
    }
}

fn print<'l>(lines: impl Iterator<Item = &'l String>) -> io::Result<()> {
    let mut stdout = crate::output::results();
    for line in lines {
        writeln!(stdout, "{line}")?;
    }
    stdout.flush()
}
