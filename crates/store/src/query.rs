//! DataFusion sessions over the tables, and SQL.

use std::io::Write;

use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::context::SQLOptions;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::prelude::{SessionConfig, SessionContext, col, lit};
use futures::StreamExt as _;

use crate::columns::{plain_batch, plain_schema};
use crate::output::Output;
use crate::tables::Tables;
use crate::{QueryFormat, RecordBatch, Store, StoreError, Table, layout};

/// Rows a scan holds at a time: articles are long, and a batch of DataFusion's usual 8,192 of them would
/// be hundreds of megabytes.
const SCAN_ROWS: usize = 512;

impl Store {
    /// Runs one SQL query over the six tables and returns all rows, in at least one batch, so that the
    /// columns are known even when there is no row. Strings are `Utf8`, integers `Int64`, times
    /// `Timestamp(µs, "UTC")`.
    ///
    /// # Errors
    /// [`StoreError::Sql`] with DataFusion's message; also for statements that would change something
    /// (CREATE, INSERT, COPY, SET).
    pub fn query(&self, sql: &str) -> Result<Vec<RecordBatch>, StoreError> {
        let mut stream = self.sql(sql)?;
        let mut batches = Vec::new();
        while let Some(batch) = self.next_batch(&mut stream)? {
            batches.push(batch);
        }
        if batches.is_empty() {
            batches.push(RecordBatch::new_empty(plain_schema(&stream.schema())));
        }
        Ok(batches)
    }

    /// Runs one SQL query and calls `f` with each batch as it comes, holding only a few at a time.
    ///
    /// # Errors
    /// As [`Store::query`]; an error of `f` stops the query and is returned ([`StoreError::caller`] wraps
    /// a foreign one).
    pub fn query_stream(
        &self,
        sql: &str,
        f: &mut dyn FnMut(RecordBatch) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut stream = self.sql(sql)?;
        while let Some(batch) = self.next_batch(&mut stream)? {
            f(batch)?;
        }
        Ok(())
    }

    /// Runs one SQL query and writes its rows; returns how many. CSV, JSON and Parquet are written as
    /// the rows come, a table once all are there.
    ///
    /// # Errors
    /// As [`Store::query`]; [`StoreError::Format`] where the format cannot hold a column (lists in CSV),
    /// [`StoreError::Output`] where writing fails.
    pub fn write_query(
        &self,
        sql: &str,
        format: QueryFormat,
        out: &mut dyn Write,
    ) -> Result<u64, StoreError> {
        let mut stream = self.sql(sql)?;
        let mut output = Output::new(format, plain_schema(&stream.schema()), out)?;
        let mut rows = 0;
        while let Some(batch) = self.next_batch(&mut stream)? {
            rows += batch.num_rows() as u64;
            output.write(&batch)?;
        }
        output.finish()?;
        Ok(rows)
    }

    fn sql(&self, sql: &str) -> Result<SendableRecordBatchStream, StoreError> {
        let stream = async {
            let session = session(self.tables(), &Table::ALL, SessionConfig::new()).await?;
            let options =
                SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
            session.sql_with_options(sql, options).await?.execute_stream().await
        };
        self.block_on(stream).map_err(|error| StoreError::sql(&error))
    }

    fn next_batch(&self, stream: &mut SendableRecordBatchStream) -> Result<Option<RecordBatch>, StoreError> {
        let Some(batch) = self.block_on(stream.next()) else { return Ok(None) };
        let plain = batch.and_then(|batch| plain_batch(&batch).map_err(DataFusionError::from));
        plain.map(Some).map_err(|error| StoreError::sql(&error))
    }
}

/// One table at one version, read column by column in the table's order.
pub(crate) struct Scan {
    table: Table,
    session: SessionContext,
}

impl Scan {
    /// The table at the version last seen; later writes do not change what the scan gives.
    pub(crate) async fn new(tables: &Tables, table: Table) -> Result<Self, StoreError> {
        // One partition: the order of rows does not depend on the machine, and no second file is held open.
        let config = SessionConfig::new().with_target_partitions(1).with_batch_size(SCAN_ROWS);
        let session = session(tables, &[table], config).await;
        Ok(Self { table, session: session.map_err(|error| StoreError::read(table, error))? })
    }

    /// Streams some columns of all rows, or of one month.
    pub(crate) async fn stream(
        &self,
        columns: &[&str],
        month: Option<&str>,
    ) -> Result<SendableRecordBatchStream, StoreError> {
        let stream = async {
            let rows = self.session.table(self.table.as_str()).await?;
            let rows = match month {
                Some(month) => rows.filter(col("month").eq(lit(month)))?,
                None => rows,
            };
            rows.select_columns(columns)?.execute_stream().await
        };
        stream.await.map_err(|error| StoreError::read(self.table, error))
    }
}

async fn session(
    tables: &Tables,
    names: &[Table],
    config: SessionConfig,
) -> DataFusionResult<SessionContext> {
    // As delta-rs sets them in its own sessions: pushing the keys of a join down as a list panics on
    // dictionary columns, which is how a scan gives the partition column `month`.
    let config = config
        .set_usize("datafusion.optimizer.hash_join_inlist_pushdown_max_size", 0)
        .set_usize("datafusion.optimizer.hash_join_inlist_pushdown_max_distinct_values", 0);
    let context = SessionContext::new_with_config(config);
    for &name in names {
        let table = tables.get(name);
        table.update_datafusion_session(&context.state())?;
        let rows = layout::complete(&context, name, table.table_provider().await?)?;
        context.register_table(name.as_str(), rows)?;
    }
    Ok(context)
}
