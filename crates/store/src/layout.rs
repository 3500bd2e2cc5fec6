//! The layout of a store: which tables and columns it has, and how one of an earlier layout gets there.
//!
//! | layout | new in it |
//! |---|---|
//! | 1 | the six tables |
//! | 2 | `articles.author` |
//!
//! A writer brings the whole store to the current layout as it opens it, before anything else is written. Readers, and
//! views of older versions, leave it alone and show what is missing as empty columns.

use std::sync::Arc;

use datafusion::arrow::datatypes::{FieldRef, Schema};
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::error::Result as DataFusionResult;
use datafusion::prelude::{SessionContext, cast, lit};

use crate::tables::Tables;
use crate::{StoreError, Table};

/// The layout that this code writes; it reads all earlier ones.
pub(crate) const CURRENT: u64 = 2;

/// The columns of the current layout that a table lacks; all of them may be empty.
pub(crate) fn missing_columns(table: Table, present: &Schema) -> Vec<FieldRef> {
    let schema = table.schema();
    let lacks = |field: &&FieldRef| present.field_with_name(field.name()).is_err();
    schema.fields().iter().filter(lacks).cloned().collect()
}

/// Adds the columns that the tables lack. Killed half-way it goes on where it was; a table that lacks nothing is left as
/// it is.
pub(crate) async fn migrate(tables: &Tables) -> Result<(), StoreError> {
    for table in Table::ALL {
        let missing = missing_columns(table, &tables.schema(table)?);
        if !missing.is_empty() {
            tables.add_columns(table, &missing).await?;
        }
    }
    Ok(())
}

/// A table as a query sees it: with every column of the current layout.
pub(crate) fn complete(
    session: &SessionContext,
    table: Table,
    provider: Arc<dyn TableProvider>,
) -> DataFusionResult<Arc<dyn TableProvider>> {
    let missing = missing_columns(table, &provider.schema());
    if missing.is_empty() {
        return Ok(provider);
    }
    let rows = missing.into_iter().try_fold(session.read_table(provider)?, |rows, field| {
        rows.with_column(field.name(), cast(lit(ScalarValue::Null), field.data_type().clone()))
    });
    Ok(rows?.into_view())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_columns_that_may_be_empty_come_with_a_later_layout() {
        let first = Schema::new(
            Table::Articles
                .schema()
                .fields()
                .iter()
                .filter(|field| field.name() != "author")
                .cloned()
                .collect::<Vec<_>>(),
        );
        let missing = missing_columns(Table::Articles, &first);
        assert_eq!(missing.iter().map(|field| field.name().as_str()).collect::<Vec<_>>(), ["author"]);
        assert!(missing.iter().all(|field| field.is_nullable()));
        for table in Table::ALL {
            assert_eq!(missing_columns(table, &table.schema()), Vec::<FieldRef>::new());
        }
    }
}
