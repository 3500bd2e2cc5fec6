//! `dyad query`: SQL over a store.

use std::io::{BufWriter, Write};

use anyhow::{Result, anyhow};
use dyad_store::QueryFormat;

use crate::args::QueryArgs;
use crate::commands::store;
use crate::output::Outcome;

pub fn run(args: &QueryArgs) -> Result<Outcome> {
    let format: QueryFormat = args.format.parse().map_err(|message: String| anyhow!(message))?;
    let store = store::open(&args.store, args.as_of.as_deref())?;
    let mut out = BufWriter::new(crate::output::results());
    store.write_query(&args.sql, format, &mut out)?;
    out.flush()?;
    Ok(Outcome::Complete)
}
