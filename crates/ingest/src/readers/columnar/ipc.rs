use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block, Message, MessageHeader, convert, root_as_footer, root_as_message};
use dyad_core::RejectCode;

use super::{Failure, REMEDY, Rows, caught, read_up_to};
use crate::produce::{Emit, Stopped};
use crate::stream::{Compression, Stream};
use crate::text;

/// The first bytes of the file format; the stream format has none.
/// <https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format>
pub(super) const MAGIC: &[u8] = b"ARROW1";
/// The first bytes of the format that was called Feather before it became Arrow's.
const FEATHER_1_MAGIC: &[u8] = b"FEA1";
/// Largest batch, as it lies in the file and decoded, in bytes; the dictionaries of a file together may have as many.
pub(super) const MAX_BATCH_BYTES: u64 = 1 << 30;
/// Largest description of a batch or footer, in bytes.
const MAX_METADATA_BYTES: u64 = 64 << 20;
/// More rows than bytes are no data, above a number that costs nothing.
const MAX_FREE_ROWS: u64 = 1 << 20;
/// Behind the magic stand zeros up to the next multiple of eight bytes, or of as many as the writer aligns columns to.
const FILE_HEADER_BYTES: usize = 8;
const MAX_FILE_HEADER_BYTES: usize = 128;
const CONTINUATION: [u8; 4] = [0xff; 4];
const PREFIX_BYTES: usize = 8;

/// Reads a file. Its footer says where batches lie, so that one that is damaged costs its own rows only; if the footer is
/// damaged or cut off, the file is read from the start as far as that goes.
pub(super) fn read_file<F: Emit>(mut file: File, rows: &mut Rows<'_, '_, F>) -> Result<(), Stopped> {
    let footer = caught(|| places(&mut file)).and_then(|places| places);
    let (places, cause) = match footer {
        Ok(places) => (Some(places), None),
        Err(cause) => (None, Some(cause)),
    };
    let is_whole = match places {
        Some(places) => {
            let messages = places.into_iter().map(|place| {
                file.seek(SeekFrom::Start(place)).map_err(Failed::Io)?;
                let nothing = || Failed::Damage("there is nothing where the footer points".to_owned());
                next_message(&mut file)?.ok_or_else(nothing)
            });
            Reader::new(rows, true, Compression::None).read(messages)?
        }
        None => {
            if let Err(cause) = first_place(&mut file).and_then(|place| go_to(&mut file, place)) {
                return rows.refuse((RejectCode::Unreadable, cause));
            }
            let messages = std::iter::from_fn(|| next_message(&mut file).transpose());
            Reader::new(rows, false, Compression::None).read(messages)?
        }
    };
    match cause {
        Some(cause) if is_whole => rows.lose(0, &format!("the footer of the Arrow file is damaged: {cause}")),
        _ => Ok(()),
    }
}

/// Reads a stream. It may end behind any batch, so that a cut there is not noticed.
pub(super) fn read_stream<F: Emit>(stream: Stream, rows: &mut Rows<'_, '_, F>) -> Result<(), Stopped> {
    if stream.head.starts_with(FEATHER_1_MAGIC) {
        let reason = "this is Feather version 1; write the table again as Feather version 2 or Parquet";
        return rows.refuse((RejectCode::UnknownFormat, reason.to_owned()));
    }
    let mut reader = stream.reader;
    let messages = std::iter::from_fn(|| next_message(&mut reader).transpose());
    if Reader::new(rows, false, stream.compression).read(messages)? {
        // The checksum of a compression stands behind the last message.
        if let Err(error) = io::copy(&mut reader, &mut io::sink()) {
            return rows.fail(stream.compression, &error);
        }
    }
    Ok(())
}

/// Where the messages of a file start: the schema, the dictionaries, the batches.
fn places(file: &mut File) -> Result<Vec<u64>, String> {
    const TAIL_BYTES: u64 = 10;
    let first = first_place(file)?;
    let length = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
    go_to(file, length.saturating_sub(TAIL_BYTES))?;
    let tail = read_up_to(&mut *file, TAIL_BYTES).map_err(unreadable)?;
    let tail: [u8; TAIL_BYTES as usize] = tail.try_into().map_err(|_| "the file is too short".to_owned())?;
    let size = read_footer_length(tail).map_err(|error| error.to_string())? as u64;
    let start = length.checked_sub(TAIL_BYTES + size).filter(|_| size <= MAX_METADATA_BYTES);
    let start = start.ok_or_else(|| format!("it claims to have {size} bytes"))?;
    go_to(file, start)?;
    let bytes = read_up_to(file, size).map_err(unreadable)?;
    let footer = root_as_footer(&bytes).map_err(|error| text::cause(&error))?;
    let blocks =
        footer.dictionaries().into_iter().flatten().chain(footer.recordBatches().into_iter().flatten());
    let places = blocks
        .map(|block| u64::try_from(block.offset()).ok().filter(|&place| place > first && place < start));
    let places = std::iter::once(Some(first)).chain(places);
    places.collect::<Option<_>>().ok_or_else(|| "it points out of the file".to_owned())
}

/// Where the first message of a file starts.
fn first_place(file: &mut File) -> Result<u64, String> {
    go_to(file, 0)?;
    let bytes = read_up_to(file, MAX_FILE_HEADER_BYTES as u64).map_err(unreadable)?;
    let padding =
        bytes.chunks(FILE_HEADER_BYTES).skip(1).take_while(|bytes| **bytes == [0; FILE_HEADER_BYTES]);
    Ok((FILE_HEADER_BYTES * (1 + padding.count())) as u64)
}

fn go_to(file: &mut File, place: u64) -> Result<(), String> {
    file.seek(SeekFrom::Start(place)).map(drop).map_err(unreadable)
}

fn unreadable(error: std::io::Error) -> String {
    format!("reading failed: {error}; check the disk and try again")
}

/// A message as it lies in the file: eight bytes of prefix, the description, the body.
struct Raw {
    bytes: Vec<u8>,
    /// Bytes in front of the body.
    head: usize,
}

impl Raw {
    fn message(&self) -> Result<Message<'_>, String> {
        let metadata = self.bytes.get(PREFIX_BYTES..self.head).unwrap_or_default();
        root_as_message(metadata).map_err(|error| text::cause(&error))
    }

    fn body(&self) -> &[u8] {
        self.bytes.get(self.head..).unwrap_or_default()
    }

    fn block(&self) -> Block {
        Block::new(0, self.head as i32, self.body().len() as i64)
    }
}

/// Why there is no next message.
enum Failed {
    /// The input could not be read; it may say why itself, as decompression does.
    Io(io::Error),
    /// The bytes are no message.
    Damage(String),
}

impl From<String> for Failed {
    fn from(cause: String) -> Self {
        Failed::Damage(cause)
    }
}

/// The next message, or nothing at the end. No more memory is taken than the input has bytes.
fn next_message(reader: &mut impl Read) -> Result<Option<Raw>, Failed> {
    let cut_off = || Failed::Damage("it is cut off".to_owned());
    let mut read = |length: u64| match read_up_to(&mut *reader, length) {
        Ok(bytes) if bytes.len() as u64 == length => Ok(bytes),
        Ok(bytes) if bytes.is_empty() => Ok(bytes),
        Ok(_) => Err(cut_off()),
        Err(error) => Err(Failed::Io(error)),
    };
    let mut prefix = read(4)?;
    if prefix.is_empty() {
        return Ok(None);
    }
    // Files from before 2019 have no mark in front of the length.
    if prefix == CONTINUATION {
        prefix = read(4)?;
    }
    let length: [u8; 4] = prefix.try_into().map_err(|_| cut_off())?;
    let length = i32::from_le_bytes(length);
    if length == 0 {
        return Ok(None);
    }
    let metadata = u64::try_from(length).ok().filter(|&length| length <= MAX_METADATA_BYTES);
    let metadata = metadata.ok_or_else(|| format!("a description claims to have {length} bytes"))?;
    let mut raw = Raw { bytes: CONTINUATION.to_vec(), head: PREFIX_BYTES + metadata as usize };
    raw.bytes.extend_from_slice(&length.to_le_bytes());
    raw.bytes.append(&mut read(metadata)?);
    if raw.bytes.len() != raw.head {
        return Err(cut_off());
    }
    let claimed = raw.message()?.bodyLength();
    let body = u64::try_from(claimed).ok().filter(|&body| body <= MAX_BATCH_BYTES);
    let body = body.ok_or_else(|| {
        format!("a batch claims to have {claimed} bytes, where at most {MAX_BATCH_BYTES} are read")
    })?;
    raw.bytes.append(&mut read(body)?);
    if raw.body().len() as u64 != body {
        return Err(cut_off());
    }
    Ok(Some(raw))
}

/// What is read so far of the messages of one file.
struct Reader<'r, 'p, 'c, F> {
    rows: &'r mut Rows<'p, 'c, F>,
    /// Whether a message is found without the one before.
    has_places: bool,
    /// The outermost compression of the input.
    compression: Compression,
    decoder: Option<FileDecoder>,
    /// Bytes of the dictionaries.
    dictionaries: u64,
    batches: u64,
}

impl<'r, 'p, 'c, F: Emit> Reader<'r, 'p, 'c, F> {
    fn new(rows: &'r mut Rows<'p, 'c, F>, has_places: bool, compression: Compression) -> Self {
        Self { rows, has_places, compression, decoder: None, dictionaries: 0, batches: 0 }
    }

    /// Reads messages up to the end, or up to damage that hides what follows, which the answer tells (false).
    fn read(mut self, messages: impl Iterator<Item = Result<Raw, Failed>>) -> Result<bool, Stopped> {
        for message in messages {
            let number = self.batches + 1;
            let raw = match message {
                Ok(raw) => raw,
                Err(Failed::Io(error)) => {
                    self.rows.fail(self.compression, &error)?;
                    return Ok(false);
                }
                Err(Failed::Damage(cause)) => {
                    self.batches += 1;
                    self.rows.lose(0, &format!("record batch {number}: {cause}"))?;
                    if self.has_places && self.decoder.is_some() {
                        continue;
                    }
                    return Ok(false);
                }
            };
            let kind = raw.message().map_or(MessageHeader::NONE, |message| message.header_type());
            let outcome = match kind {
                MessageHeader::Schema => self.schema(&raw),
                MessageHeader::DictionaryBatch => self.dictionary(raw),
                MessageHeader::RecordBatch => {
                    self.batches += 1;
                    self.batch(raw)?;
                    Ok(())
                }
                // Other messages, of which there are none today, hold no rows.
                _ => Ok(()),
            };
            // Without its schema or dictionaries a table would be read wrong.
            if let Err(failure) = outcome {
                self.rows.refuse(failure)?;
                return Ok(false);
            }
        }
        if self.decoder.is_none() {
            let reason = format!("this is no Arrow data (it holds no schema); {REMEDY}");
            self.rows.refuse((RejectCode::Malformed, reason))?;
            return Ok(false);
        }
        Ok(true)
    }

    fn schema(&mut self, raw: &Raw) -> Result<(), Failure> {
        let damaged =
            |cause: String| (RejectCode::Malformed, format!("the schema is damaged ({cause}); {REMEDY}"));
        let message = raw.message().map_err(damaged)?;
        let found = message.header_as_schema().ok_or_else(|| damaged("it is empty".to_owned()))?;
        if self.decoder.is_some() {
            return Err(damaged("there are two".to_owned()));
        }
        if !found.endianness().equals_to_target_endianness() {
            return Err(damaged("its numbers have their bytes in the other order".to_owned()));
        }
        let schema = caught(|| convert::fb_to_schema(found)).map_err(damaged)?;
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let columns = self.rows.choose(&names)?;
        let schema = Arc::new(schema);
        self.rows.check_text(&caught(|| RecordBatch::new_empty(Arc::clone(&schema))).map_err(damaged)?)?;
        let decoder = FileDecoder::new(schema, message.version()).with_projection(columns);
        self.decoder = Some(decoder);
        Ok(())
    }

    fn dictionary(&mut self, raw: Raw) -> Result<(), Failure> {
        let decoded = self.decode_dictionary(raw);
        decoded
            .map_err(|cause| (RejectCode::Malformed, format!("a dictionary is damaged ({cause}); {REMEDY}")))
    }

    fn decode_dictionary(&mut self, raw: Raw) -> Result<(), String> {
        let decoder = self.decoder.as_mut().ok_or_else(|| "it stands before the schema".to_owned())?;
        let message = raw.message()?;
        let batch = message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
        self.dictionaries += check(&batch.ok_or_else(|| "it is empty".to_owned())?, raw.body())?;
        if self.dictionaries > MAX_BATCH_BYTES {
            return Err(format!("all together have more than {MAX_BATCH_BYTES} bytes"));
        }
        let block = raw.block();
        let buffer = raw.bytes.into();
        caught(|| decoder.read_dictionary(&block, &buffer))?.map_err(|error| text::cause(&error))
    }

    fn batch(&mut self, raw: Raw) -> Result<(), Stopped> {
        // How many rows are lost is known only where the description is sound.
        let mut count = 0;
        match self.decode_batch(raw, &mut count) {
            Ok(Some(batch)) => self.rows.add(&batch),
            Ok(None) => Ok(()),
            Err(cause) => self.rows.lose(count, &format!("record batch {}: {cause}", self.batches)),
        }
    }

    fn decode_batch(&mut self, raw: Raw, count: &mut u64) -> Result<Option<RecordBatch>, String> {
        let decoder = self.decoder.as_ref().ok_or_else(|| "it stands before the schema".to_owned())?;
        let message = raw.message()?;
        let batch = message.header_as_record_batch().ok_or_else(|| "it is empty".to_owned())?;
        check(&batch, raw.body())?;
        *count = u64::try_from(batch.length()).unwrap_or_default();
        let block = raw.block();
        let buffer = raw.bytes.into();
        caught(|| decoder.read_record_batch(&block, &buffer))?.map_err(|error| text::cause(&error))
    }
}

/// Checks what a batch claims before memory is taken for it, and gives its size when decoded, in bytes.
fn check(batch: &arrow_ipc::RecordBatch<'_>, body: &[u8]) -> Result<u64, String> {
    let is_compressed = batch.compression().is_some();
    let mut total = 0u64;
    for buffer in batch.buffers().into_iter().flatten() {
        let range = usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        let bytes = range.and_then(|(start, length)| body.get(start..start.checked_add(length)?));
        let bytes = bytes.ok_or_else(|| "a column lies outside of it".to_owned())?;
        // In front of compressed bytes stands their number when decompressed, or -1 if they are not compressed.
        let size = match bytes.split_first_chunk::<8>() {
            Some((size, _)) if is_compressed => match i64::from_le_bytes(*size) {
                -1 => bytes.len() as u64,
                size => u64::try_from(size).map_err(|_| format!("a column claims to have {size} bytes"))?,
            },
            None if is_compressed && !bytes.is_empty() => return Err("a column is cut off".to_owned()),
            _ => bytes.len() as u64,
        };
        total = total.saturating_add(size);
    }
    if total > MAX_BATCH_BYTES {
        return Err(format!("it claims to have {total} bytes, where at most {MAX_BATCH_BYTES} are read"));
    }
    let most = total.max(MAX_FREE_ROWS);
    let counts = batch.nodes().into_iter().flatten().flat_map(|node| [node.length(), node.null_count()]);
    let is_plausible = |count: i64| u64::try_from(count).is_ok_and(|count| count <= most);
    match counts.chain([batch.length()]).find(|&count| !is_plausible(count)) {
        Some(count) => Err(format!("it claims to have {count} rows in {total} bytes")),
        None => Ok(total),
    }
}
