//! Query results as text or Parquet.

use std::io::Write;
use std::str::FromStr;

use datafusion::arrow::csv;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::{LineDelimited, WriterBuilder};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::errors::ParquetError;

use crate::{RecordBatch, StoreError};

/// How [`crate::Store::write_query`] writes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryFormat {
    /// A table with borders, for people; every row is held until the end, to know the widths.
    #[default]
    Table,
    /// CSV with a header; an empty field is a missing value.
    Csv,
    /// One JSON object a line; a missing value is `null`.
    Json,
    /// One Parquet file.
    Parquet,
}

impl QueryFormat {
    /// Every format.
    pub const ALL: [QueryFormat; 4] =
        [QueryFormat::Table, QueryFormat::Csv, QueryFormat::Json, QueryFormat::Parquet];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            QueryFormat::Table => "table",
            QueryFormat::Csv => "csv",
            QueryFormat::Json => "json",
            QueryFormat::Parquet => "parquet",
        }
    }
}

impl FromStr for QueryFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let format = QueryFormat::ALL.into_iter().find(|format| format.as_str() == name);
        format.ok_or_else(|| format!("'{name}' is no output format; use table, csv, json or parquet"))
    }
}

/// A result on its way out. Rows are encoded in memory and then handed on, so that an error of the
/// encoder and one of the receiver stay apart.
pub(crate) struct Output<'o> {
    format: QueryFormat,
    out: &'o mut dyn Write,
    encoder: Encoder,
}

enum Encoder {
    Table { schema: SchemaRef, batches: Vec<RecordBatch> },
    Csv { header: bool },
    Json,
    Parquet(Box<ArrowWriter<Vec<u8>>>),
}

impl<'o> Output<'o> {
    pub(crate) fn new(
        format: QueryFormat,
        schema: SchemaRef,
        out: &'o mut dyn Write,
    ) -> Result<Self, StoreError> {
        let encoder = match format {
            QueryFormat::Table => Encoder::Table { schema: SchemaRef::clone(&schema), batches: Vec::new() },
            QueryFormat::Csv => Encoder::Csv { header: true },
            QueryFormat::Json => Encoder::Json,
            QueryFormat::Parquet => {
                let writer = ArrowWriter::try_new(Vec::new(), SchemaRef::clone(&schema), None);
                Encoder::Parquet(Box::new(writer.map_err(|error| format_error(format, error.into()))?))
            }
        };
        let mut output = Self { format, out, encoder };
        if format == QueryFormat::Csv {
            // The header is there even when no row follows.
            output.write(&RecordBatch::new_empty(schema))?;
        }
        Ok(output)
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let bytes = self.encoder.encode(batch).map_err(|error| format_error(self.format, error))?;
        Ok(self.out.write_all(&bytes)?)
    }

    pub(crate) fn finish(self) -> Result<(), StoreError> {
        let bytes = self.encoder.finish().map_err(|error| format_error(self.format, error))?;
        self.out.write_all(&bytes)?;
        Ok(self.out.flush()?)
    }
}

impl Encoder {
    fn encode(&mut self, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
        let mut bytes = Vec::new();
        match self {
            Encoder::Table { batches, .. } => batches.push(batch.clone()),
            Encoder::Csv { header } => {
                csv::WriterBuilder::new().with_header(*header).build(&mut bytes).write(batch)?;
                *header = false;
            }
            Encoder::Json => {
                let builder = WriterBuilder::new().with_explicit_nulls(true);
                let mut writer = builder.build::<_, LineDelimited>(&mut bytes);
                writer.write(batch)?;
                writer.finish()?;
            }
            Encoder::Parquet(writer) => {
                writer.write(batch).map_err(ArrowError::from)?;
                // Row groups that are complete leave memory; the rest follows with the next batches.
                bytes = std::mem::take(writer.inner_mut());
            }
        }
        Ok(bytes)
    }

    fn finish(self) -> Result<Vec<u8>, ArrowError> {
        match self {
            Encoder::Table { schema, mut batches } => {
                if batches.is_empty() {
                    batches.push(RecordBatch::new_empty(schema));
                }
                Ok(format!("{}\n", pretty_format_batches(&batches)?).into_bytes())
            }
            Encoder::Csv { .. } | Encoder::Json => Ok(Vec::new()),
            Encoder::Parquet(mut writer) => {
                let finished: Result<_, ParquetError> = writer.finish();
                finished.map_err(ArrowError::from)?;
                Ok(std::mem::take(writer.inner_mut()))
            }
        }
    }
}

fn format_error(format: QueryFormat, source: ArrowError) -> StoreError {
    StoreError::Format { format: format.as_str(), source: Box::new(source) }
}
