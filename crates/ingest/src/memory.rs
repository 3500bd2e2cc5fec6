use chrono::Utc;

use crate::article::Context;
use crate::counts::IngestCounts;
use crate::field_use::FieldUse;
use crate::jobs;
use crate::produce::{Producer, Stopped};
use crate::{IngestOptions, Record};

/// Reads one input that is held in memory and hands each record to `sink`, all on the caller's thread.
///
/// `name` tells the format as the name of a file does, unless [`IngestOptions::format`] gives one, and stands in the
/// origin of each record. Records, their order and the counts are those that [`read_inputs`](crate::read_inputs) gives
/// for a file of this name and content; only that an input whose format is read in any order (zip, Parquet, Arrow) is
/// copied to disk first, up to [`dyad_core::InputConfig::max_spool_bytes`]. [`IngestOptions::threads`] has no effect.
///
/// # Errors
/// Any error of `sink`, which stops the reading. Whatever is wrong with the input is a [`Record::Reject`].
///
/// # Examples
/// ```
/// use std::convert::Infallible;
///
/// use dyad_ingest::{IngestOptions, Record, read_bytes};
///
/// let page = "# A deal\n\nTwo firms agreed.\n".as_bytes().to_vec();
/// let mut texts = Vec::new();
/// let counts = read_bytes::<Infallible>("deal.md", page, &IngestOptions::default(), &mut |record| {
///     if let Record::Article(article) = record {
///         texts.push(article.text);
///     }
///     Ok(())
/// })
/// .unwrap();
/// assert_eq!(texts, ["Two firms agreed."]);
/// assert_eq!((counts.articles, counts.rejects), (1, 0));
/// ```
pub fn read_bytes<E>(
    name: &str,
    bytes: Vec<u8>,
    options: &IngestOptions,
    sink: &mut dyn FnMut(Record) -> Result<(), E>,
) -> Result<IngestCounts, E> {
    let context = Context { input: options.input.clone(), fields: FieldUse::default(), now: Utc::now() };
    let mut counts = IngestCounts::default();
    let mut sunk = Ok(());
    let produced = Producer::new(&context, options.format, |job| {
        let outcome = jobs::run(job, &context);
        counts += outcome.counts;
        sunk = outcome.records.into_iter().try_for_each(&mut *sink);
        if sunk.is_err() { Err(Stopped) } else { Ok(()) }
    })
    .memory(name, bytes);
    sunk?;
    // The reading stops early only after `sink` did, which has returned above.
    counts += produced.unwrap_or_default();
    Ok(counts)
}
