//! The Delta side: opening, appending, replacing and deleting, each one commit.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{FieldRef, Schema};
use datafusion::prelude::Expr;
use deltalake::kernel::engine::arrow_conversion::{TryIntoArrow as _, TryIntoKernel as _};
use deltalake::kernel::transaction::CommitProperties;
use deltalake::kernel::{StructType, Transaction};
use deltalake::operations::create::CreateBuilder;
use deltalake::operations::write::SchemaMode;
use deltalake::protocol::SaveMode;
use deltalake::{DeltaResult, DeltaTable, DeltaTableBuilder, DeltaTableError};
use url::Url;

use crate::history::version_at;
use crate::{StoreError, Table};

/// Name under which every commit of an annotation notes its generation (see [`Tables::generation`]).
const GENERATION: &str = "dyad.annotation";

/// The six tables at the versions this process last saw or wrote.
pub(crate) struct Tables {
    folder: PathBuf,
    /// In the order of [`Table::ALL`].
    tables: Mutex<[DeltaTable; 6]>,
}

impl Tables {
    /// Opens the tables, creating those that are missing.
    pub(crate) async fn open_or_create(folder: &Path) -> Result<Self, StoreError> {
        Self::open_with(folder, true, None).await
    }

    /// Opens the tables as they are, or as they stood at a time; a missing one is an error.
    pub(crate) async fn open(folder: &Path, at: Option<DateTime<Utc>>) -> Result<Self, StoreError> {
        Self::open_with(folder, false, at).await
    }

    async fn open_with(folder: &Path, create: bool, at: Option<DateTime<Utc>>) -> Result<Self, StoreError> {
        let mut tables = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL {
            let path = folder.join(table.as_str());
            if create {
                std::fs::create_dir_all(&path).map_err(|source| StoreError::Io {
                    path: path.clone(),
                    action: "create the folder",
                    source,
                })?;
            } else if !path.join("_delta_log").exists() {
                return Err(StoreError::Incomplete { path: folder.to_owned(), table });
            }
            let opened = open_table(&path, table, create, at).await;
            tables.push(opened.map_err(|error| StoreError::delta(path, "open", error))?);
        }
        let tables: Result<[DeltaTable; 6], _> = tables.try_into();
        let tables = tables.map_err(|_| StoreError::Missing { path: folder.to_owned() })?;
        Ok(Self { folder: folder.to_owned(), tables: Mutex::new(tables) })
    }

    /// The table at the version last seen; later commits do not change the copy.
    pub(crate) fn get(&self, table: Table) -> DeltaTable {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)[index(table)].clone()
    }

    pub(crate) fn set(&self, table: Table, state: DeltaTable) {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)[index(table)] = state;
    }

    /// What to say where Delta failed on a table.
    pub(crate) fn failure(&self, table: Table, action: &'static str, error: DeltaTableError) -> StoreError {
        StoreError::delta(self.folder.join(table.as_str()), action, error)
    }

    /// The columns of a table at the version last seen.
    pub(crate) fn schema(&self, table: Table) -> Result<Schema, StoreError> {
        let schema = |state: DeltaTable| -> DeltaResult<Schema> {
            Ok(state.snapshot()?.schema().as_ref().try_into_arrow()?)
        };
        schema(self.get(table)).map_err(|error| self.failure(table, "read the columns", error))
    }

    /// Adds columns in one commit; they are empty in the rows that are there.
    pub(crate) async fn add_columns(&self, table: Table, columns: &[FieldRef]) -> Result<(), StoreError> {
        let add = async |state: DeltaTable| -> DeltaResult<DeltaTable> {
            let columns: StructType = (&Schema::new(columns.to_vec())).try_into_kernel()?;
            state.add_columns().with_fields(columns.fields().cloned().collect::<Vec<_>>()).await
        };
        let state = add(self.get(table)).await;
        self.set(table, state.map_err(|error| self.failure(table, "add columns", error))?);
        Ok(())
    }

    /// Appends rows in one commit. Columns that the table lacks are added to it, columns that the rows
    /// lack stay empty.
    pub(crate) async fn append(
        &self,
        table: Table,
        rows: Vec<RecordBatch>,
        generation: Option<i64>,
    ) -> Result<(), StoreError> {
        let write = self.get(table).write(rows).with_save_mode(SaveMode::Append);
        let write = write.with_schema_mode(SchemaMode::Merge).with_commit_properties(properties(generation));
        let state = write.await.map_err(|error| self.failure(table, "append", error))?;
        self.set(table, state);
        Ok(())
    }

    /// Puts rows in the place of those that match, in one commit. The new rows must match, too.
    pub(crate) async fn replace(
        &self,
        table: Table,
        matching: Expr,
        rows: Vec<RecordBatch>,
        generation: Option<i64>,
    ) -> Result<(), StoreError> {
        let write = self.get(table).write(rows).with_save_mode(SaveMode::Overwrite);
        let write = write.with_replace_where(matching).with_commit_properties(properties(generation));
        let state = write.await.map_err(|error| self.failure(table, "replace rows", error))?;
        self.set(table, state);
        Ok(())
    }

    /// Deletes the rows that match, in one commit that also notes the generation.
    pub(crate) async fn delete(
        &self,
        table: Table,
        matching: Expr,
        generation: i64,
    ) -> Result<(), StoreError> {
        let before = self.get(table);
        let delete = before.clone().delete().with_predicate(matching);
        let delete = delete.with_commit_properties(properties(Some(generation)));
        let (state, _) = delete.await.map_err(|error| self.failure(table, "delete rows", error))?;
        let committed = state.version() != before.version();
        self.set(table, state);
        // Where no row matched Delta commits nothing, so the generation must be noted apart.
        if committed { Ok(()) } else { self.note_generation(table, generation).await }
    }

    /// Commits nothing but the generation.
    pub(crate) async fn note_generation(&self, table: Table, generation: i64) -> Result<(), StoreError> {
        self.append(table, vec![RecordBatch::new_empty(table.schema())], Some(generation)).await
    }

    /// The generation of the last annotation that the table took part in; 0 before the first.
    ///
    /// Every annotation gives the three tables it touches the same number, so unequal numbers tell,
    /// without reading a row, that one was cut short.
    pub(crate) async fn generation(&self, table: Table) -> Result<i64, StoreError> {
        let read = async |state: DeltaTable| -> DeltaResult<Option<i64>> {
            state.snapshot()?.transaction_version(state.log_store().as_ref(), GENERATION).await
        };
        let generation = read(self.get(table)).await;
        Ok(generation.map_err(|error| self.failure(table, "read the log", error))?.unwrap_or(0))
    }
}

fn index(table: Table) -> usize {
    Table::ALL.iter().position(|&other| other == table).unwrap_or_default()
}

fn properties(generation: Option<i64>) -> CommitProperties {
    let properties = CommitProperties::default();
    match generation {
        Some(version) => properties.with_application_transaction(Transaction::new(GENERATION, version)),
        None => properties,
    }
}

async fn open_table(
    path: &Path,
    table: Table,
    create: bool,
    at: Option<DateTime<Utc>>,
) -> DeltaResult<DeltaTable> {
    let url = Url::from_directory_path(path)
        .map_err(|()| DeltaTableError::Generic(format!("{} is no absolute path", path.display())))?;
    let mut opened = DeltaTableBuilder::from_url(url)?.build()?;
    match opened.load().await {
        Err(DeltaTableError::NotATable(_)) if create => create_table(table, &opened).await,
        Err(error) => Err(error),
        Ok(()) => {
            if let Some(at) = at {
                let version = version_at(&opened, at).await?;
                opened.load_version(version).await?;
            }
            Ok(opened)
        }
    }
}

async fn create_table(table: Table, place: &DeltaTable) -> DeltaResult<DeltaTable> {
    let schema: StructType = table.schema().as_ref().try_into_kernel()?;
    let partitions: &[&str] = if table.is_partitioned() { &["month"] } else { &[] };
    CreateBuilder::new()
        .with_log_store(place.log_store())
        .with_table_name(table.as_str())
        .with_columns(schema.fields().cloned())
        .with_partition_columns(partitions.iter().copied())
        .with_configuration([
            ("delta.dataSkippingStatsColumns", Some(table.statistics())),
            // Old versions stay reachable: the promise that an earlier model's annotation can be read.
            ("delta.enableExpiredLogCleanup", Some("false")),
        ])
        .await
}
