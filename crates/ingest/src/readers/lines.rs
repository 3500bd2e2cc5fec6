use std::sync::Arc;

use crate::batch::Batch;
use crate::jobs::Layout;
use crate::produce::{Emit, Producer, Stopped};
use crate::records::{Lines, RecordReader, is_blank};
use crate::stream::Stream;

/// One JSON object a line.
pub(crate) fn read<F: Emit>(
    producer: &mut Producer<'_, F>,
    stream: Stream,
    file: Arc<str>,
) -> Result<(), Stopped> {
    let limit = producer.context.input.max_record_bytes;
    let mut reader = RecordReader::new(stream.reader, Lines, limit);
    let mut batch = Batch::new(file, Layout::Json);
    loop {
        let (item, is_last) = match reader.next_record() {
            Ok(None) => break,
            Ok(Some(record)) if is_blank(&record.bytes) && !record.too_large => continue,
            Ok(Some(record)) => (batch.item(record.number, record, limit), false),
            Err(error) => (batch.failure(reader.unfinished(), stream.compression, &error), true),
        };
        batch.push(item, &mut producer.emit)?;
        if is_last {
            break;
        }
    }
    batch.finish("no line of the file holds a record", &mut producer.emit)
}
