use std::sync::Arc;

use dyad_core::{Reject, RejectCode};

use super::Archive;
use super::tape::{Entry, SharedTape, Tape};
use crate::produce::{Emit, Producer, Stopped};
use crate::stream::Stream;

/// The files of a tar archive, as they come.
pub(crate) fn read_tar<F: Emit>(
    producer: &mut Producer<'_, F>,
    stream: Stream,
    file: Arc<str>,
) -> Result<(), Stopped> {
    let mut archive = match Archive::new(file, &stream.source) {
        Ok(archive) => archive,
        Err(reject) => return producer.reject(reject),
    };
    let tape = SharedTape::new(Tape::new(stream.reader));
    loop {
        let next = tape.lock().next_entry();
        archive.position = tape.lock().number();
        match next {
            Ok(Some(Entry::File(name))) => {
                if let Some(name) = archive.admit(producer, &name)? {
                    archive.read(producer, &name, Box::new(tape.content()))?;
                }
            }
            Ok(Some(Entry::Refused(name, reason))) => {
                if let Some(name) = archive.admit(producer, &name)? {
                    archive.refuse(producer, &name, RejectCode::Unreadable, reason)?;
                }
            }
            Ok(Some(Entry::Stray)) => {
                archive.is_empty = false;
                let reason = "here the tar archive is damaged or followed by something else; \
                              what could be found behind was read, fetch the archive again for the rest";
                producer.reject(Reject::new(archive.origin(), RejectCode::Malformed, reason, b""))?;
            }
            Ok(None) => return archive.finish(producer),
            Err(fault) => return archive.give_up(producer, &fault),
        }
        if let Some(fault) = archive.exceeded() {
            return archive.give_up(producer, &fault);
        }
    }
}
