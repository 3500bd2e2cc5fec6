use std::sync::Arc;
use std::thread;

use chrono::Utc;
use crossbeam_channel::{Receiver, Sender, bounded};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tracing::info;

use crate::article::Context;
use crate::counts::IngestCounts;
use crate::error::IngestError;
use crate::field_use::FieldUse;
use crate::inputs;
use crate::jobs::{self, Job, Outcome};
use crate::produce::{Producer, Stopped};
use crate::{IngestOptions, Record};

/// Jobs in flight for each reading thread: enough that none waits, few enough to bound memory.
const JOBS_PER_THREAD: usize = 2;

/// Reads every input and hands each record to `sink`.
///
/// An input is a path of a file or folder, a glob, `-` for standard input, or an address: of a file on a web server
/// (`https://`, `http://`), or of an object, a prefix that ends with `/` or a pattern with `*` in a bucket (`s3://`, `gs://`,
/// `az://`). The [crate] says which files of these are read, and how. `sink` is called on the caller's thread in a fixed
/// order, whatever the number of threads: inputs as given, files of a folder sorted by path, objects by address, records
/// as they stand in the file. While `sink` works, at most a few records for each
/// thread are read ahead.
///
/// # Errors
/// [`IngestError`], turned into the caller's error, when an input does not exist, an address is refused or a pattern
/// matches nothing (then nothing was read yet), or when threads fail; any error of `sink`, which stops the reading.
///
/// # Examples
/// ```
/// use dyad_ingest::{IngestError, IngestOptions, Record, read_inputs};
///
/// let folder = tempfile::tempdir().unwrap();
/// let file = folder.path().join("news.jsonl");
/// std::fs::write(&file, "{\"title\": \"A deal\", \"text\": \"Two firms agreed.\"}\nnonsense\n").unwrap();
/// let mut titles = Vec::new();
/// let counts = read_inputs::<IngestError>(
///     &[file.to_string_lossy().into_owned()],
///     &IngestOptions::default(),
///     &mut |record| {
///         if let Record::Article(article) = record {
///             titles.extend(article.title);
///         }
///         Ok(())
///     },
/// )
/// .unwrap();
/// assert_eq!(titles, ["A deal"]);
/// assert_eq!((counts.articles, counts.rejects), (1, 1));
/// ```
pub fn read_inputs<E: From<IngestError>>(
    inputs: &[String],
    options: &IngestOptions,
    sink: &mut dyn FnMut(Record) -> Result<(), E>,
) -> Result<IngestCounts, E> {
    let targets = inputs::resolve(inputs)?;
    let pool = ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .thread_name(|number| format!("dyad-ingest-{number}"))
        .build()
        .map_err(|source| IngestError::Threads { threads: options.threads, source })?;
    let context =
        Arc::new(Context { input: options.input.clone(), fields: FieldUse::default(), now: Utc::now() });
    let (queue, outcomes) = bounded(pool.current_num_threads() * JOBS_PER_THREAD);

    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            // Moved in, so that the channel closes when the reading ends.
            let queue = queue;
            let mut producer =
                Producer::new(&context, options.format, |job| dispatch(job, &pool, &context, &queue));
            producer.modified_since = options.modified_since;
            producer.run(targets)
        });
        let drained = drain(outcomes, sink);
        let produced = reading.join().map_err(|_| IngestError::ThreadLost)?;
        let mut counts = drained?;
        // The reading stops early only after `sink` did, which has returned above.
        counts += produced.map_err(|Stopped| IngestError::ThreadLost)?;
        if !context.fields.is_empty() {
            info!("fields: {}; pin them under [input.fields] in dyad.toml", context.fields);
        }
        Ok(counts)
    })
}

/// Starts a job and queues the place where its outcome will appear: the queue keeps the order of the
/// input, and blocks while it is full.
fn dispatch(
    job: Job,
    pool: &ThreadPool,
    context: &Arc<Context>,
    queue: &Sender<Receiver<Outcome>>,
) -> Result<(), Stopped> {
    let (done, outcome) = bounded(1);
    queue.send(outcome).map_err(|_| Stopped)?;
    let context = Arc::clone(context);
    pool.spawn(move || {
        // Nobody waits for the outcome any more when `sink` has failed.
        let _ = done.send(jobs::run(job, &context));
    });
    Ok(())
}

fn drain<E: From<IngestError>>(
    outcomes: Receiver<Receiver<Outcome>>,
    sink: &mut dyn FnMut(Record) -> Result<(), E>,
) -> Result<IngestCounts, E> {
    let mut counts = IngestCounts::default();
    for outcome in outcomes {
        let outcome = outcome.recv().map_err(|_| IngestError::ThreadLost)?;
        counts += outcome.counts;
        for record in outcome.records {
            sink(record)?;
        }
    }
    Ok(counts)
}
