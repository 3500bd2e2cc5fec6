//! `dyad ingest`: files into a store.

use anyhow::Result;
use dyad_store::Store;

use crate::args::IngestArgs;
use crate::metrics::Metrics;
use crate::output::Outcome;
use crate::progress::ProgressMode;
use crate::{settings, stages};

pub fn run(args: &IngestArgs, mode: ProgressMode) -> Result<Outcome> {
    let metrics = Metrics { file: args.schedule.metrics.as_deref(), command: "ingest", store: &args.store };
    metrics.of(|run| {
        let config = settings::config(&args.config, None)?;
        let store = stages::open_for_writing(|| Store::open_or_create(&args.store), args.schedule.wait)?;
        let input = (&args.input, args.since);
        let result = stages::recover(&store)
            .and_then(|()| run.stage("ingest", |run| stages::ingest(run, &store, input, &config, mode)))
            .map(|ingested| Outcome::of_skips(ingested.read.rejects));
        run.record(&store, &config, result)
    })
}
