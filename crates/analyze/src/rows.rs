//! Reads columns of record batches by name, whatever of the equivalent Arrow types they have.

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};
use dyad_store::{Store, StoreError};

use crate::AnalyzeError;

/// Streams the rows of a query over `table` to `each`, batch by batch, never an empty one.
pub(crate) fn stream(
    store: &Store,
    table: &'static str,
    sql: &str,
    mut each: impl FnMut(Rows<'_>) -> Result<(), AnalyzeError>,
) -> Result<(), AnalyzeError> {
    // The store's callback speaks the store's errors: ours is kept aside and a placeholder ends the stream.
    let mut failure = None;
    let streamed = store.query_stream(sql, &mut |batch| {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        each(Rows { batch: &batch, table }).map_err(|error| {
            failure = Some(error);
            StoreError::caller("the analysis stopped reading")
        })
    });
    match failure {
        Some(error) => Err(error),
        None => streamed.map_err(|source| AnalyzeError::Store { table, source }),
    }
}

/// A batch of rows of a known table.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'b> {
    batch: &'b RecordBatch,
    table: &'static str,
}

impl Rows<'_> {
    pub(crate) fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// Text of any Arrow string type.
    pub(crate) fn strings(&self, column: &str) -> Result<StringArray, AnalyzeError> {
        Ok(self.cast(column, &DataType::Utf8, "text")?.as_string::<i32>().clone())
    }

    /// Numbers as 64-bit floating point; exact for 32-bit ones.
    pub(crate) fn floats(&self, column: &str) -> Result<Float64Array, AnalyzeError> {
        Ok(self.cast(column, &DataType::Float64, "a number")?.as_primitive::<Float64Type>().clone())
    }

    /// Whole numbers of any width.
    pub(crate) fn integers(&self, column: &str) -> Result<Int64Array, AnalyzeError> {
        Ok(self.cast(column, &DataType::Int64, "a whole number")?.as_primitive::<Int64Type>().clone())
    }

    /// A time as microseconds since 1970 in UTC.
    pub(crate) fn micros(&self, column: &str) -> Result<Int64Array, AnalyzeError> {
        let zone = match self.column(column)?.data_type() {
            DataType::Timestamp(_, zone) => zone.clone(),
            other => return Err(self.mismatch(column, "a time", other.to_string())),
        };
        // First the unit, then the bare count: both casts keep the zone's meaning, which is UTC for the store.
        let micros = self.cast(column, &DataType::Timestamp(TimeUnit::Microsecond, zone), "a time")?;
        let count = cast(&micros, &DataType::Int64)
            .map_err(|error| self.mismatch(column, "a time", error.to_string()))?;
        Ok(count.as_primitive::<Int64Type>().clone())
    }

    fn column(&self, column: &str) -> Result<&ArrayRef, AnalyzeError> {
        self.batch
            .column_by_name(column)
            .ok_or_else(|| self.mismatch(column, "a column", "it is missing".to_owned()))
    }

    fn cast(&self, column: &str, to: &DataType, expected: &'static str) -> Result<ArrayRef, AnalyzeError> {
        let array = self.column(column)?;
        if array.data_type() == to {
            return Ok(array.clone());
        }
        cast(array, to).map_err(|error| self.mismatch(column, expected, error.to_string()))
    }

    fn mismatch(&self, column: &str, expected: &'static str, found: String) -> AnalyzeError {
        AnalyzeError::Column { table: self.table, column: column.to_owned(), expected, found }
    }
}

/// The text of a row, or `None` where the column is null.
pub(crate) fn text(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

/// Scores of one table, checked to be finite.
pub(crate) struct Scores {
    table: &'static str,
    columns: Vec<(String, Float64Array)>,
}

impl Scores {
    pub(crate) fn read(rows: &Rows<'_>, columns: &[String]) -> Result<Self, AnalyzeError> {
        let columns = columns
            .iter()
            .map(|column| Ok((column.clone(), rows.floats(column)?)))
            .collect::<Result<_, AnalyzeError>>()?;
        Ok(Self { table: rows.table, columns })
    }

    /// The score in a column, `None` where it is null.
    ///
    /// # Errors
    /// [`AnalyzeError::NotFinite`]: one such value would spoil every mean of its period.
    pub(crate) fn optional(
        &self,
        column: usize,
        row: usize,
        article_id: &str,
    ) -> Result<Option<f64>, AnalyzeError> {
        let (_, array) = &self.columns[column];
        if array.is_null(row) {
            return Ok(None);
        }
        match array.value(row) {
            value if value.is_finite() => Ok(Some(value)),
            _ => Err(self.not_finite(column, article_id)),
        }
    }

    /// The score in a column that may not be null.
    pub(crate) fn required(&self, column: usize, row: usize, article_id: &str) -> Result<f64, AnalyzeError> {
        self.optional(column, row, article_id)?.ok_or_else(|| self.not_finite(column, article_id))
    }

    fn not_finite(&self, column: usize, article_id: &str) -> AnalyzeError {
        AnalyzeError::NotFinite {
            table: self.table,
            column: self.columns[column].0.clone(),
            article_id: article_id.to_owned(),
        }
    }
}
