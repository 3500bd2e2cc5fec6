//! `dyad report`: numbers and pages from a store.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use chrono::Utc;
use dyad_analyze::{AnalyzeOptions, analyze, summary};
use dyad_core::Config;
use dyad_report::write_report;
use dyad_store::Store;

use crate::args::ReportArgs;
use crate::commands::store;
use crate::output::Outcome;
use crate::{roles, settings};

pub fn run(args: &ReportArgs) -> Result<Outcome> {
    let config = settings::config(&args.config, Some(&args.model))?;
    write(&store::open(&args.store, args.as_of.as_deref())?, &config, &args.out)?;
    Ok(Outcome::Complete)
}

/// Writes the report and prints its summary and path.
pub fn write(store: &Store, config: &Config, out: &Path) -> Result<()> {
    let frames = roles::frame_head(config)?;
    let options = AnalyzeOptions {
        actor_a: config.actors.a.name.clone(),
        actor_b: config.actors.b.name.clone(),
        frames: frames.labels,
        frame_thresholds: frames.thresholds,
        frame_fingerprint: Some(roles::frame_fingerprint(config)?),
        report: config.report.clone(),
        languages: config.annotate.languages.clone(),
        generated_at: Utc::now(),
    };
    let analysis = analyze(store, &options)?;
    let files = write_report(&analysis, out)?;
    let mut stdout = crate::output::results();
    for line in summary::lines(&analysis) {
        writeln!(stdout, "{line}")?;
    }
    writeln!(stdout, "{}", files.html.display())?;
    Ok(())
}
