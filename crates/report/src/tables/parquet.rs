//! A table as Parquet: typed columns with their description, unit and range as metadata.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::Date32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, LargeStringArray, RecordBatch,
    RecordBatchOptions, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::table::{Cell, Column, ColumnType, Table};
use super::{TABLES_VERSION, package};

const UTC: &str = "UTC";

/// The table in one file, compressed with Zstandard.
pub(super) fn encode(table: &Table<'_>) -> Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(Schema::new(table.columns.iter().map(field).collect::<Vec<_>>()));
    let arrays = table.columns.iter().map(array).collect();
    // Also a table without rows has a number of them.
    let options = RecordBatchOptions::new().with_row_count(Some(table.n_rows));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(file_metadata(table)))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
    writer.write(&batch)?;
    writer.into_inner()
}

/// What the file says of itself to readers that do not know Arrow's metadata of columns.
fn file_metadata(table: &Table<'_>) -> Vec<KeyValue> {
    let text = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
    vec![
        text("dyad.table", table.name.to_owned()),
        text("dyad.tables_version", TABLES_VERSION.to_string()),
        text("dyad.description", table.description.to_owned()),
        text("dyad.table_schema", package::table_schema_json(table)),
    ]
}

fn field(column: &Column<'_>) -> Field {
    // A number that is none is missing, which no analysis gives; it must not make the file unwritable.
    let is_nullable = column.is_nullable || column.kind == ColumnType::Number;
    let mut metadata = HashMap::from([("description".to_owned(), column.description.clone())]);
    if !column.scale.unit.is_empty() {
        metadata.insert("unit".to_owned(), column.scale.unit.to_owned());
    }
    for (name, bound) in [("minimum", column.scale.minimum), ("maximum", column.scale.maximum)] {
        metadata.extend(bound.map(|bound| (name.to_owned(), bound.to_string())));
    }
    Field::new(&column.name, data_type(column.kind), is_nullable).with_metadata(metadata)
}

fn data_type(kind: ColumnType) -> DataType {
    match kind {
        // The large kind has no limit on the length of all texts together; in the file it is the same.
        ColumnType::Text => DataType::LargeUtf8,
        ColumnType::Integer => DataType::Int64,
        ColumnType::Number => DataType::Float64,
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Date => DataType::Date32,
        ColumnType::Time => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
    }
}

fn array(column: &Column<'_>) -> ArrayRef {
    let cells = column.cells.iter();
    match column.kind {
        ColumnType::Text => Arc::new(LargeStringArray::from_iter(cells.map(|cell| match cell {
            Cell::Text(text) => Some(text.as_ref()),
            _ => None,
        }))),
        ColumnType::Integer => Arc::new(Int64Array::from_iter(cells.map(|cell| match cell {
            Cell::Integer(n) => Some(*n),
            _ => None,
        }))),
        ColumnType::Number => Arc::new(Float64Array::from_iter(cells.map(|cell| match cell {
            Cell::Number(x) => Some(*x),
            _ => None,
        }))),
        ColumnType::Boolean => Arc::new(BooleanArray::from_iter(cells.map(|cell| match cell {
            Cell::Boolean(is) => Some(*is),
            _ => None,
        }))),
        ColumnType::Date => Arc::new(Date32Array::from_iter(cells.map(|cell| match cell {
            Cell::Date(day) => Some(Date32Type::from_naive_date(*day)),
            _ => None,
        }))),
        ColumnType::Time => {
            let times = TimestampMicrosecondArray::from_iter(cells.map(|cell| match cell {
                Cell::Time(time) => Some(time.timestamp_micros()),
                _ => None,
            }));
            Arc::new(times.with_timezone(UTC))
        }
    }
}
