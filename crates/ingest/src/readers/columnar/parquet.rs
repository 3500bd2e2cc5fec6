use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::types::{BinaryType, BinaryViewType, ByteArrayType, ByteViewType, Utf8Type};
use dyad_core::RejectCode;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowGroups};
use parquet::arrow::{
    FieldLevels, ProjectionMask, parquet_to_arrow_field_levels, parquet_to_arrow_schema_by_columns,
};
use parquet::basic::Type as PhysicalType;
use parquet::column::page::PageIterator;
use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::schema::types::{SchemaDescriptor, Type};

use super::pages::{CheckedPages, ColumnPages};
use super::{Failure, REMEDY, Rows, caught, footer, read_up_to};
use crate::produce::{Emit, Stopped};
use crate::text;

/// Largest footer, in bytes.
const MAX_FOOTER_BYTES: u64 = 64 << 20;
/// A batch of rows is decoded for about this many bytes …
const BATCH_BYTES: u64 = 4 << 20;
/// … and for at most this many rows.
const BATCH_ROWS: u64 = 1_024;
/// Longest value of a column of fixed length, in bytes: memory is taken for a batch of them at once.
const MAX_FIXED_BYTES: i32 = 1 << 16;
/// More rows than this for each byte of a column are no data, above a number that costs nothing.
const MAX_ROWS_PER_BYTE: u64 = 1_024;
const MAX_FREE_ROWS: u64 = 1 << 20;

const TAIL_BYTES: u64 = 8;
const MAGIC: &[u8] = b"PAR1";
/// Stands in place of the other where the footer is encrypted.
const ENCRYPTED_MAGIC: &[u8] = b"PARE";

/// Reads every row group of a file; one that is damaged costs its own rows only.
pub(super) fn read<F: Emit>(file: File, rows: &mut Rows<'_, '_, F>) -> Result<(), Stopped> {
    let opened = caught(|| Table::open(file, rows)).unwrap_or_else(|cause| Err(damaged_footer(&cause)));
    let table = match opened {
        Ok(table) => table,
        Err(failure) => return rows.refuse(failure),
    };
    let groups = table.metadata.num_row_groups();
    for index in 0..groups {
        let group = table.group(index);
        let start = rows.position;
        let count = u64::try_from(group.metadata().row_group(index).num_rows()).unwrap_or_default();
        let outcome = read_group(&table, &group, rows)?;
        let end = start.saturating_add(count);
        let left = end.saturating_sub(rows.position);
        let cause = match outcome {
            Ok(()) if left == 0 => continue,
            Ok(()) => "its pages end early".to_owned(),
            Err(cause) => cause,
        };
        rows.lose(left, &format!("row group {} of {groups}: {cause}", index + 1))?;
    }
    Ok(())
}

/// Reads one row group; the inner error is its damage in words.
fn read_group<F: Emit>(
    table: &Table,
    group: &Group,
    rows: &mut Rows<'_, '_, F>,
) -> Result<Result<(), String>, Stopped> {
    let started = caught(|| {
        group.check(&table.leaves, table.length)?;
        let metadata = group.metadata.row_group(group.index);
        let batch_rows = batch_rows(metadata, &table.leaves);
        ParquetRecordBatchReader::try_new_with_row_groups(&table.levels, group, batch_rows, None)
            .map_err(|error| text::cause(&error))
    });
    let mut reader = match started.and_then(|started| started) {
        Ok(reader) => reader,
        Err(cause) => return Ok(Err(cause)),
    };
    loop {
        match caught(|| reader.next()) {
            Ok(None) => return Ok(Ok(())),
            Ok(Some(Ok(batch))) => rows.add(&batch)?,
            Ok(Some(Err(error))) => return Ok(Err(text::cause(&error))),
            Err(cause) => return Ok(Err(cause)),
        }
    }
}

/// Rows to decode at once: as many as take [`BATCH_BYTES`] if all are of a length.
fn batch_rows(group: &RowGroupMetaData, leaves: &[usize]) -> usize {
    let bytes: u64 = leaves
        .iter()
        .map(|&leaf| u64::try_from(group.column(leaf).uncompressed_size()).unwrap_or_default())
        .fold(0, u64::saturating_add);
    let rows = u64::try_from(group.num_rows()).unwrap_or_default();
    let fitting = u128::from(rows) * u128::from(BATCH_BYTES) / u128::from(bytes.max(1));
    usize::try_from(fitting.clamp(1, u128::from(BATCH_ROWS))).unwrap_or(1)
}

/// A file whose footer was read.
struct Table {
    file: Arc<File>,
    /// Bytes of the file.
    length: u64,
    metadata: Arc<ParquetMetaData>,
    levels: FieldLevels,
    /// The columns to read, with the parts of nested ones counted singly.
    leaves: Vec<usize>,
}

impl Table {
    fn open<F: Emit>(mut file: File, rows: &Rows<'_, '_, F>) -> Result<Self, Failure> {
        let length = look_at_footer(&mut file)?;
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&file).map_err(damage)?;
        let schema = metadata.file_metadata().schema_descr();
        let names: Vec<String> =
            schema.root_schema().get_fields().iter().map(|field| field.name().to_owned()).collect();
        let roots = rows.choose(&names)?;
        let mask = ProjectionMask::roots(schema, roots);
        let leaves: Vec<usize> = (0..schema.num_columns()).filter(|&leaf| mask.leaf_included(leaf)).collect();
        if leaves.iter().any(|&leaf| schema.column(leaf).type_length() > MAX_FIXED_BYTES) {
            return Err(damaged_footer(&format!("a column has values of more than {MAX_FIXED_BYTES} bytes")));
        }
        let types = parquet_to_arrow_schema_by_columns(schema, mask.clone(), None).map_err(damage)?;
        rows.check_text(&RecordBatch::new_empty(Arc::new(types)))?;
        let levels = levels(&metadata, mask)?;
        Ok(Self { file: Arc::new(file), length, metadata: Arc::new(metadata), levels, leaves })
    }

    fn group(&self, index: usize) -> Group {
        Group { file: Arc::clone(&self.file), metadata: Arc::clone(&self.metadata), index }
    }
}

/// Checks the end of a file, and gives its length in bytes.
fn look_at_footer(file: &mut File) -> Result<u64, Failure> {
    let length = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
    let tail = read_at(file, length.saturating_sub(TAIL_BYTES), TAIL_BYTES).map_err(unreadable)?;
    let Some((size, magic)) = tail.split_first_chunk::<4>() else {
        return Err(damaged_footer("the file is too short"));
    };
    if magic == ENCRYPTED_MAGIC {
        return Err(encrypted());
    }
    if magic != MAGIC {
        return Err(damaged_footer("the file does not end with PAR1"));
    }
    let size = u64::from(u32::from_le_bytes(*size));
    if size > MAX_FOOTER_BYTES || size + TAIL_BYTES + MAGIC.len() as u64 > length {
        return Err(damaged_footer(&format!("it claims to have {size} bytes")));
    }
    let bytes = read_at(file, length - TAIL_BYTES - size, size).map_err(unreadable)?;
    match footer::check(&bytes) {
        Ok(footer) if footer.is_encrypted => Err(encrypted()),
        Ok(_) => Ok(length),
        Err(cause) => Err(damaged_footer(&cause)),
    }
}

fn read_at(file: &mut File, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    read_up_to(file, length)
}

/// How columns become arrays. Types are those of Parquet: what a writer noted about its own types is not needed for text
/// and times, and is one thing less to be damaged.
fn levels(metadata: &ParquetMetaData, mask: ProjectionMask) -> Result<FieldLevels, Failure> {
    let schema = metadata.file_metadata().schema_descr();
    // A column that is not read may be of an unknown type.
    levels_with_views(schema, mask.clone())
        .or_else(|_| parquet_to_arrow_field_levels(schema, mask, None))
        .map_err(damage)
}

/// Strings as views of bytes: they stay where they lie in a page (a dictionary may hold one long text for any number of
/// rows), and one that is no UTF-8 costs its row, not the rest of the row group.
fn levels_with_views(schema: &SchemaDescriptor, mask: ProjectionMask) -> ParquetResult<FieldLevels> {
    let found = parquet_to_arrow_schema_by_columns(schema, ProjectionMask::all(), None)?;
    let mut columns = Vec::new();
    let mut fields = Vec::new();
    for (column, field) in schema.root_schema().get_fields().iter().zip(found.fields.iter()) {
        let (mut column, mut field) = (column.clone(), field.clone());
        if [Utf8Type::DATA_TYPE, BinaryType::DATA_TYPE].contains(field.data_type()) {
            let plain = Type::primitive_type_builder(column.name(), PhysicalType::BYTE_ARRAY)
                .with_repetition(column.get_basic_info().repetition());
            column = Arc::new(plain.build()?);
            field = Arc::new(field.as_ref().clone().with_data_type(BinaryViewType::DATA_TYPE));
        }
        columns.push(column);
        fields.push(field);
    }
    let root = Type::group_type_builder(schema.root_schema().name()).with_fields(columns).build()?;
    parquet_to_arrow_field_levels(&SchemaDescriptor::new(Arc::new(root)), mask, Some(&fields.into()))
}

/// One row group.
struct Group {
    file: Arc<File>,
    metadata: Arc<ParquetMetaData>,
    index: usize,
}

impl Group {
    /// Checks what the footer says of the columns to read against the file.
    fn check(&self, leaves: &[usize], length: u64) -> Result<(), String> {
        let group = self.metadata.row_group(self.index);
        let rows = u64::try_from(group.num_rows()).map_err(|_| "it has fewer rows than none".to_owned())?;
        let mut largest = 0;
        for &leaf in leaves {
            let column = group.column(leaf);
            let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            let range = u64::try_from(start).ok().zip(u64::try_from(column.compressed_size()).ok());
            let Some((_, size)) = range.filter(|(start, size)| start.saturating_add(*size) <= length) else {
                let name = text::cause(&column.column_path());
                return Err(format!("its column '{name}' lies outside of the file"));
            };
            largest = largest.max(size);
        }
        if rows > MAX_FREE_ROWS && rows / MAX_ROWS_PER_BYTE > largest {
            return Err(format!("it claims to have {rows} rows in {largest} bytes"));
        }
        Ok(())
    }
}

impl RowGroups for Group {
    fn num_rows(&self) -> usize {
        usize::try_from(self.metadata.row_group(self.index).num_rows()).unwrap_or_default()
    }

    fn column_chunks(&self, column: usize) -> ParquetResult<Box<dyn PageIterator>> {
        let metadata = self.metadata.row_group(self.index).column(column);
        let pages = CheckedPages::new(Arc::clone(&self.file), metadata, self.num_rows());
        Ok(Box::new(ColumnPages(Some(pages))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(std::iter::once(self.metadata.row_group(self.index)))
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

fn damage(error: parquet::errors::ParquetError) -> Failure {
    damaged_footer(&text::cause(&error))
}

fn damaged_footer(cause: &str) -> Failure {
    let reason = format!(
        "the footer of the Parquet file, without which no row is found, is damaged ({cause}); {REMEDY}"
    );
    (RejectCode::Malformed, reason)
}

fn unreadable(error: io::Error) -> Failure {
    (RejectCode::Unreadable, format!("reading failed ({error}); check the disk and try again"))
}

fn encrypted() -> Failure {
    (RejectCode::Unreadable, "the Parquet file is encrypted; write it again without encryption".to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use arrow_array::{ArrayRef, StringArray};
    use chrono::Utc;
    use dyad_core::InputConfig;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use super::*;
    use crate::article::Context;
    use crate::jobs::Job;
    use crate::produce::Producer;

    #[test]
    fn a_large_table_is_read_a_few_rows_at_a_time() {
        const ROWS: usize = 50_000;
        let texts: Vec<String> = (0..ROWS).map(|row| format!("{row:05}{}", "x".repeat(2_000))).collect();
        let column: ArrayRef = Arc::new(StringArray::from(texts));
        let batch = RecordBatch::try_from_iter([("text", column)]).expect("a batch");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.parquet");
        let properties = WriterProperties::builder().set_dictionary_enabled(false).build();
        let file = File::create(&path).expect("a file");
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
        writer.write(&batch).expect("rows");
        writer.close().expect("a footer");
        assert!(fs::metadata(&path).expect("a file").len() > 100_000_000);

        let context = Context { input: InputConfig::default(), fields: Default::default(), now: Utc::now() };
        let (mut rows, mut most) = (0, 0);
        let mut producer = Producer::new(&context, None, |job| {
            let Job::Records { items, .. } = job else { panic!("no other job") };
            rows += items.len();
            most = most.max(items.len());
            Ok(())
        });
        let mut sink = Rows::new(&mut producer, "a".into());
        let table =
            Table::open(File::open(&path).expect("a file"), &sink).unwrap_or_else(|_| panic!("a table"));
        assert_eq!(table.metadata.num_row_groups(), 1);
        let one_batch = batch_rows(table.metadata.row_group(0), &table.leaves);
        assert!((500..=1_024).contains(&one_batch), "{one_batch}");
        read(File::open(&path).expect("a file"), &mut sink).expect("not stopped");
        sink.finish().expect("not stopped");
        assert_eq!(rows, ROWS);
        assert!(most <= 128, "{most}");
    }
}
