//! `dyad run`: ingest, annotate, aggregate, report.

use std::io::Write;

use anyhow::{Context, Result, bail};
use dyad_store::Store;

use crate::args::RunArgs;
use crate::commands::report;
use crate::output::Outcome;
use crate::progress::ProgressMode;
use crate::settings;
use crate::stages::{self, Run};

pub fn run(args: &RunArgs, mode: ProgressMode) -> Result<Outcome> {
    let config = settings::config(&args.config, Some(&args.model))?;
    if args.print_config {
        let text = toml::to_string_pretty(&config).context("the configuration cannot be written as TOML")?;
        write!(crate::output::results(), "{text}")?;
        return Ok(Outcome::Complete);
    }
    let Some(out) = &args.out else { bail!("--out DIR is missing: name a folder for the report") };
    let store = Store::open_or_create(args.store.clone().unwrap_or_else(|| out.join("store")))?;
    let mut run = Run::start();
    stages::recover(&store)?;
    let ingested = run.stage("ingest", |run| stages::ingest(run, &store, &args.input, &config, mode))?;
    let annotated = run.stage("annotate", |run| stages::annotate(run, &store, &config, mode))?;
    let skips = ingested.read.rejects
        + annotated.skipped_foreign
        + annotated.counts.failed_sentences
        + annotated.without_sentences;
    let outcome = Outcome::of_skips(skips);
    run.finish(&store, &config, outcome)?;
    report::write(&store, &config, out)?;
    Ok(outcome)
}
