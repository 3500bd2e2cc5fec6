//! RSS 0.9x, 1.0 and 2.0 and Atom (RFC 4287): every entry is a record.
//!
//! feed-rs, which reads the entries, gives up a feed as a whole for one bad entry, and drops some in silence. So the
//! feed is cut into entries first, and each is read for itself, within what stands around it: a broken entry costs
//! itself, and a feed that ends early costs what is missing.

mod entry;
mod split;
mod tags;

use std::io::Read;
use std::panic;
use std::sync::Arc;

use dyad_core::{Origin, Reject, RejectCode};

use crate::batch::Batch;
use crate::html;
use crate::jobs::{Item, Layout};
use crate::produce::{Emit, Producer, Stopped};
use crate::stream::{Stream, read_failure};

pub(crate) use entry::{Channel, read_entry};
use split::{Piece, split};

pub(crate) fn read<F: Emit>(
    producer: &mut Producer<'_, F>,
    stream: Stream,
    file: Arc<str>,
) -> Result<(), Stopped> {
    let limit = producer.context.input.max_record_bytes;
    let mut bytes = Vec::new();
    let failure = stream.reader.take(limit.saturating_add(1)).read_to_end(&mut bytes).err();
    let origin = |position| Origin { file: file.to_string(), position };
    if bytes.len() as u64 > limit {
        let reason = format!(
            "the feed has more than {limit} bytes, the limit; raise max_record_bytes under [input] in dyad.toml, or split it"
        );
        return producer.reject(Reject::new(origin(0), RejectCode::TooLarge, reason, &bytes));
    }
    let text = html::decode(&bytes);
    let feed = match split(&text) {
        Ok(feed) => feed,
        Err(reason) => {
            let reject = match failure {
                Some(error) => read_failure(stream.compression, origin(0), &error, &bytes),
                None => Reject::new(origin(0), RejectCode::Malformed, reason, &bytes),
            };
            return producer.reject(reject);
        }
    };
    // A panic of the parser costs what the feed says about itself, not the run.
    let channel = panic::catch_unwind(|| Channel::read(&feed)).unwrap_or_else(|_| Channel::unnamed(&feed));
    let mut batch = Batch::new(file.clone(), Layout::Entry(Arc::new(channel)));
    let mut position = 0;
    for piece in &feed.pieces {
        position += 1;
        let item = match piece {
            Piece::Whole(range) => Item::Raw { position, bytes: text[range.clone()].as_bytes().to_vec() },
            Piece::Unclosed(range) => Item::Reject(Reject::new(
                origin(position),
                RejectCode::Malformed,
                format!(
                    "the entry does not end, and {} bytes were given up with it; close it, or fetch the feed again",
                    range.len()
                ),
                text[range.clone()].as_bytes(),
            )),
            // The failure below says it better.
            Piece::Cut(_) if failure.is_some() => {
                position -= 1;
                continue;
            }
            Piece::Cut(range) => Item::Reject(Reject::new(
                origin(position),
                RejectCode::Malformed,
                "the feed ends here before its last element does; fetch it again, entries may be missing",
                text[range.clone()].as_bytes(),
            )),
        };
        batch.push(item, &mut producer.emit)?;
    }
    if let Some(error) = failure {
        let item = batch.failure((position + 1, b""), stream.compression, &error);
        batch.push(item, &mut producer.emit)?;
    }
    batch.finish("the feed holds no entry", &mut producer.emit)
}
