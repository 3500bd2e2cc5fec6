//! JSON documents (RFC 8259): a list of records, an object that is one or that holds the list, or several of these one
//! after the other. Read as a stream: no more than one record is held.
//!
//! # Which object is a record
//! An object at top level is read member by member. With one of the configured text fields it is a record itself. A list
//! of objects under a usual name ([`members::LIST_NAMES`], also within an object, as in `response.docs`), else the first list
//! whose first object has a text field, holds the records. Another list is passed over, also if it holds texts too.
//!
//! # Broken documents
//! A record that breaks off costs itself: reading goes on at a `{` where a name was due, else on the next line that
//! begins with an object indented as the broken one was. Where there is none the rest is given up, and the reject says
//! how much that is.

mod cutter;
mod detect;
mod input;
mod members;
mod record;

use std::io::{self, BufRead};
use std::sync::Arc;

use dyad_core::{FieldNames, Reject, RejectCode};

use crate::batch::Batch;
use crate::jobs::{self, Item, Job, Layout};
use crate::produce::{Emit, Producer, Stopped};
use crate::stream::Stream;

use cutter::{Cutter, Fault};
pub(crate) use detect::is_document;
use input::{End, Input, Kept};
use members::{Found, Members};
pub(crate) use record::{Container, read_record};

pub(crate) fn read<F: Emit>(
    producer: &mut Producer<'_, F>,
    mut stream: Stream,
    file: Arc<str>,
) -> Result<(), Stopped> {
    if stream.head.starts_with(b"\xef\xbb\xbf") {
        stream.reader.consume(3);
    }
    let input = &producer.context.input;
    let mut documents = Documents {
        input: Input::new(stream.reader),
        batch: Batch::new(file, Layout::Document(Arc::default())),
        container: Container::default(),
        emit: &mut producer.emit,
        names: &input.fields,
        limit: input.max_record_bytes,
        position: 0,
        is_given_up: false,
    };
    match documents.read() {
        Ok(()) => {}
        Err(Halt::Stopped) => return Err(Stopped),
        Err(Halt::Io(error)) => {
            let unfinished = (documents.position + 1, &b""[..]);
            let item = documents.batch.failure(unfinished, stream.compression, &error);
            documents.batch.push(item, documents.emit)?;
        }
    }
    if documents.position == 0 {
        return documents.batch.finish("the document holds no record", documents.emit);
    }
    documents.batch.flush(documents.emit)
}

/// Why reading ends early.
enum Halt {
    Stopped,
    Io(io::Error),
}

impl From<Stopped> for Halt {
    fn from(Stopped: Stopped) -> Self {
        Halt::Stopped
    }
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Halt::Io(error)
    }
}

/// Reads the documents of one input.
struct Documents<'p, R, F> {
    input: Input<R>,
    batch: Batch,
    container: Container,
    emit: &'p mut F,
    names: &'p FieldNames,
    limit: u64,
    /// 1-based number of the last record.
    position: u64,
    /// Whether the rest of the input was given up, and a reject says so.
    is_given_up: bool,
}

impl<R: BufRead, F: FnMut(Job) -> Result<(), Stopped>> Documents<'_, R, F> {
    fn read(&mut self) -> Result<(), Halt> {
        while let Some(byte) = self.input.next_value()? {
            match byte {
                b'[' => {
                    self.enter(Container::default())?;
                    self.input.bump()?;
                    self.list()?;
                }
                b'{' => self.object()?,
                _ => self.broken(&Kept::default(), End::Fault(Fault::Unexpected(byte)))?,
            }
        }
        Ok(())
    }

    /// Sends what belongs to the document before, and takes what is said about the records of the next.
    fn enter(&mut self, container: Container) -> Result<(), Halt> {
        if container != self.container {
            let layout = Layout::Document(Arc::new(container.clone()));
            let next = Batch::new(self.batch.origin(0).file.into(), layout);
            std::mem::replace(&mut self.batch, next).flush(self.emit)?;
            self.container = container;
        }
        Ok(())
    }

    /// The elements of a list up to its end.
    fn list(&mut self) -> Result<(), Halt> {
        loop {
            match self.input.next_value()? {
                None => return self.unclosed(),
                Some(b']') => return Ok(self.input.bump()?),
                Some(_) => match self.input.cut(Cutter::new(), self.limit)? {
                    (kept, End::Done) => self.record(kept)?,
                    (kept, end) => self.broken(&kept, end)?,
                },
            }
        }
    }

    /// An object at top level: a record, or one that holds a list of them.
    fn object(&mut self) -> Result<(), Halt> {
        self.input.record(self.limit);
        let mut members = Members::default();
        let found = self.members(&mut members, None)?;
        let mut kept = self.input.take_recording();
        let candidate = members.candidate.filter(|_| !members.is_record && !kept.is_too_large());
        let n_objects = match (found, candidate) {
            (Found::List { n_objects }, _) => n_objects,
            (Found::Broken(end), _) => return self.broken(&kept, end),
            (Found::Nothing | Found::Full, Some(candidate)) => {
                self.input.put_back(kept.bytes.split_off(candidate.start as usize));
                candidate.n_objects
            }
            _ if members.has_empty_list && !members.is_record => return Ok(()),
            _ => {
                self.enter(Container::default())?;
                return self.record(kept);
            }
        };
        self.enter(members.container)?;
        self.list()?;
        match self.input.cut(Cutter::within_objects(n_objects), 0)? {
            (_, End::Eof) => self.unclosed(),
            (kept, end @ End::Fault(_)) => self.broken(&kept, end),
            _ => Ok(()),
        }
    }

    fn record(&mut self, kept: Kept) -> Result<(), Halt> {
        self.position += 1;
        let item = if kept.is_too_large() {
            let origin = self.batch.origin(self.position);
            Item::Reject(jobs::too_large(origin, kept.total, self.limit, &kept.bytes))
        } else {
            Item::Raw { position: self.position, bytes: kept.bytes }
        };
        Ok(self.batch.push(item, self.emit)?)
    }

    /// A record that does not end as it should: rejects it and goes on behind it, if there is a place to go on.
    fn broken(&mut self, kept: &Kept, end: End) -> Result<(), Halt> {
        let number = self.position + 1;
        let (start, at) = (self.input.at - kept.total + 1, self.input.at + 1);
        let cause = match end {
            End::Fault(Fault::NotClosed) => {
                let reason = format!(
                    "record {number}, which begins at byte {start}, is not closed before the next begins at byte {at}; add the missing '}}'"
                );
                return self.reject(reason, &kept.bytes);
            }
            End::Fault(Fault::LineEnd) => {
                format!("has a line end within a string at byte {at}; close its quotation mark")
            }
            End::Fault(Fault::Unexpected(byte)) => {
                format!("has an unexpected '{}' at byte {at}; correct it", byte.escape_ascii())
            }
            End::Eof | End::Done | End::Full => {
                self.is_given_up = true;
                let reason = format!(
                    "the file ends in the middle of record {number}, {} bytes behind its begin at byte {start}; fetch it again",
                    kept.total
                );
                return self.reject(reason, &kept.bytes);
            }
        };
        let (is_found, n_bytes) = self.input.resume()?;
        self.is_given_up = !is_found;
        let rest = if is_found { "up to the next record" } else { "that follow, all of the rest," };
        let reason = format!(
            "record {number}, which begins at byte {start}, {cause} ({n_bytes} bytes {rest} were given up with it)"
        );
        self.reject(reason, &kept.bytes)
    }

    /// The input ends outside of a record, but before the document does.
    fn unclosed(&mut self) -> Result<(), Halt> {
        if self.is_given_up {
            return Ok(());
        }
        self.is_given_up = true;
        let reason = format!(
            "the file ends at byte {} before the document does, behind record {}; fetch it again, records may be missing",
            self.input.at, self.position
        );
        self.reject(reason, b"")
    }

    fn reject(&mut self, reason: String, raw: &[u8]) -> Result<(), Halt> {
        self.position += 1;
        let origin = self.batch.origin(self.position);
        let item = Item::Reject(Reject::new(origin, RejectCode::Malformed, reason, raw));
        Ok(self.batch.push(item, self.emit)?)
    }
}
