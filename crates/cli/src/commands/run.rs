//! `dyad run`: ingest, annotate, aggregate, report.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use dyad_core::Config;
use dyad_store::Store;

use crate::args::RunArgs;
use crate::commands::report::{self, Written};
use crate::metrics::Metrics;
use crate::output::Outcome;
use crate::previous::Comparison;
use crate::progress::ProgressMode;
use crate::record::Run;
use crate::reporting::Given;
use crate::{settings, stages};

pub fn run(args: &RunArgs, mode: ProgressMode) -> Result<Outcome> {
    if args.print_config {
        return print_config(&config(args)?);
    }
    let Some(out) = &args.out else { bail!("--out DIR is missing: name a folder for the report") };
    let path = args.store.clone().unwrap_or_else(|| out.join("store"));
    let metrics = Metrics { file: args.schedule.metrics.as_deref(), command: "run", store: &path };
    metrics.of(|run| {
        let config = config(args)?;
        let given = Given::read(&args.reporting, &config, Comparison::Latest)?;
        let store = stages::open_for_writing(|| Store::open_or_create(&path), args.schedule.wait)?;
        let result = work(run, args, (&store, out), (&config, given), mode);
        run.record(&store, &config, result)
    })
}

fn config(args: &RunArgs) -> Result<Config> {
    let mut config = settings::config(&args.config, Some(&args.model))?;
    args.reporting.apply(&mut config);
    Ok(config)
}

fn print_config(config: &Config) -> Result<Outcome> {
    let text = toml::to_string_pretty(config).context("the configuration cannot be written as TOML")?;
    write!(crate::output::results(), "{text}")?;
    Ok(Outcome::Complete)
}

/// Everything between the opening of the store and the record of the run.
fn work(
    run: &mut Run,
    args: &RunArgs,
    (store, out): (&Store, &Path),
    (config, given): (&Config, Given),
    mode: ProgressMode,
) -> Result<Outcome> {
    stages::recover(store)?;
    let input = (&args.input, args.since);
    let ingested = run.stage("ingest", |run| stages::ingest(run, store, input, config, mode))?;
    let annotated = run.stage("annotate", |run| stages::annotate(run, store, config, mode))?;
    let outcome = Outcome::of_skips(ingested.read.rejects + annotated.skips());
    let alerts = run.stage("report", |run| {
        let so_far = run.as_of_now(config, outcome.exit_status())?;
        report::write(store, config, (out, given), Some(so_far))
    })?;
    run.count("report", &Written { alerts })?;
    Ok(outcome.with_alerts(alerts))
}
