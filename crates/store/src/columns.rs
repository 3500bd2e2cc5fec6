//! Reading columns back: plain types, then typed access by name.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::array::{RecordBatchOptions, TimestampMicrosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use datafusion::arrow::error::ArrowError;

use crate::{StoreError, Table};

/// The type a caller sees for a type of the engine: strings are `Utf8` whether the engine holds them as
/// views, large strings or a dictionary (partition columns).
fn plain_type(data_type: &DataType) -> DataType {
    let plain_field =
        |field: &Arc<Field>| Arc::new(field.as_ref().clone().with_data_type(plain_type(field.data_type())));
    match data_type {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::List(field) => DataType::List(plain_field(field)),
        DataType::LargeList(field) => DataType::LargeList(plain_field(field)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect()),
        other => other.clone(),
    }
}

/// The schema in plain types.
pub(crate) fn plain_schema(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let data_type = plain_type(field.data_type());
        field.as_ref().clone().with_data_type(data_type)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The batch in plain types.
pub(crate) fn plain_batch(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = plain_schema(&batch.schema());
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns
        .map(|(column, field)| match column.data_type() == field.data_type() {
            true => Ok(ArrayRef::clone(column)),
            false => cast(column, field.data_type()),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema, columns, &options)
}

/// Typed access to the columns of a batch of one table.
pub(crate) struct Columns {
    table: Table,
    batch: RecordBatch,
}

impl Columns {
    pub(crate) fn new(table: Table, batch: &RecordBatch) -> Result<Self, StoreError> {
        let batch = plain_batch(batch).map_err(|error| StoreError::rows(table, error))?;
        Ok(Self { table, batch })
    }

    pub(crate) fn len(&self) -> usize {
        self.batch.num_rows()
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<&StringArray, StoreError> {
        let array = self.array(column)?.as_string_opt::<i32>();
        array.ok_or_else(|| self.error(column, "holds no text"))
    }

    pub(crate) fn integer(&self, column: &'static str) -> Result<&Int64Array, StoreError> {
        let array = self.array(column)?.as_primitive_opt::<Int64Type>();
        array.ok_or_else(|| self.error(column, "holds no integers"))
    }

    fn times(&self, column: &'static str) -> Result<&TimestampMicrosecondArray, StoreError> {
        let array = self.array(column)?.as_primitive_opt::<TimestampMicrosecondType>();
        array.ok_or_else(|| self.error(column, "holds no times in microseconds"))
    }

    /// The time in a row; `None` where there is none.
    pub(crate) fn time(&self, column: &'static str, row: usize) -> Result<Option<DateTime<Utc>>, StoreError> {
        let times = self.times(column)?;
        if times.is_null(row) {
            return Ok(None);
        }
        let time = DateTime::from_timestamp_micros(times.value(row));
        time.map(Some).ok_or_else(|| self.error(column, "a time beyond the calendar"))
    }

    /// The text in a row; `None` where there is none.
    pub(crate) fn optional_text(
        &self,
        column: &'static str,
        row: usize,
    ) -> Result<Option<String>, StoreError> {
        let texts = self.text(column)?;
        Ok(texts.is_valid(row).then(|| texts.value(row).to_owned()))
    }

    /// The count in a row.
    pub(crate) fn count(&self, column: &'static str, row: usize) -> Result<u64, StoreError> {
        let value = self.integer(column)?.value(row);
        u64::try_from(value).map_err(|_| self.error(column, "a negative count"))
    }

    pub(crate) fn error(&self, column: &str, problem: &str) -> StoreError {
        StoreError::Column { table: self.table, column: column.to_owned(), problem: problem.to_owned() }
    }

    fn array(&self, column: &'static str) -> Result<&ArrayRef, StoreError> {
        self.batch.column_by_name(column).ok_or_else(|| self.error(column, "is missing"))
    }
}
