//! `dyad ingest`: files into a store.

use anyhow::Result;
use dyad_store::Store;

use crate::args::IngestArgs;
use crate::output::Outcome;
use crate::progress::ProgressMode;
use crate::settings;
use crate::stages::{self, Run};

pub fn run(args: &IngestArgs, mode: ProgressMode) -> Result<Outcome> {
    let config = settings::config(&args.config, None)?;
    let store = Store::open_or_create(&args.store)?;
    let mut run = Run::start();
    stages::recover(&store)?;
    let ingested = run.stage("ingest", |run| stages::ingest(run, &store, &args.input, &config, mode))?;
    let outcome = Outcome::of_skips(ingested.read.rejects);
    run.finish(&store, &config, outcome)?;
    Ok(outcome)
}
