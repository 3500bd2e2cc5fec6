//! `datapackage.json`: the tables described as a Data Package with Table Schema, version 2
//! (<https://datapackage.org>), which Frictionless, R's frictionless and others read.

use chrono::{DateTime, Utc};
use dyad_analyze::Analysis;
use dyad_core::ReportFormat;
use serde::Serialize;
use serde_json::Number;

use super::table::{Column, ColumnType, Table};
use super::{TABLES_VERSION, file_name};
use crate::ReportError;

const PROFILE: &str = "https://datapackage.org/profiles/2.0/datapackage.json";

/// What holds for every table.
pub(super) const CONVENTIONS: &str = "An empty field of the CSV files is a missing value; the other formats have null. \
    Numbers have six decimals at most in CSV and full precision elsewhere. \
    A text in CSV that begins with =, +, -, @, a tab or a line break has an apostrophe before it, so that no spreadsheet \
    calculates it; Parquet and JSON hold it as it is. Days and times are in UTC.";

/// The package of one report.
#[derive(Debug, Serialize)]
pub(super) struct Package {
    #[serde(rename = "$schema")]
    profile: &'static str,
    name: &'static str,
    title: String,
    description: &'static str,
    /// Of the tables' schema.
    version: String,
    created: DateTime<Utc>,
    resources: Vec<Resource>,
}

#[derive(Debug, Serialize)]
struct Resource {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    path: String,
    format: &'static str,
    mediatype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    description: &'static str,
    schema: TableSchema,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TableSchema {
    fields: Vec<FieldSchema>,
    primary_key: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    foreign_keys: Vec<ForeignKey>,
    missing_values: [&'static str; 1],
}

#[derive(Debug, Serialize)]
struct FieldSchema {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    description: String,
    /// Not part of the standard, which leaves room for more.
    #[serde(skip_serializing_if = "str::is_empty")]
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    constraints: Option<Constraints>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
struct Constraints {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<Number>,
}

#[derive(Debug, Serialize)]
struct ForeignKey {
    fields: Vec<&'static str>,
    reference: ForeignTable,
}

#[derive(Debug, Serialize)]
struct ForeignTable {
    resource: &'static str,
    fields: Vec<&'static str>,
}

impl Package {
    /// The package without a table yet.
    pub(super) fn new(analysis: &Analysis) -> Self {
        Self {
            profile: PROFILE,
            name: "dyad-report",
            title: format!("How the press frames {} and {}", analysis.actor_a, analysis.actor_b),
            description: CONVENTIONS,
            version: TABLES_VERSION.to_string(),
            created: analysis.generated_at,
            resources: Vec::new(),
        }
    }

    /// Describes a table by its file in one of the formats.
    pub(super) fn add(&mut self, table: &Table<'_>, format: ReportFormat) {
        let mediatype = match format {
            ReportFormat::Csv => "text/csv",
            ReportFormat::Parquet => "application/vnd.apache.parquet",
            _ => "application/json",
        };
        self.resources.push(Resource {
            name: table.name,
            kind: "table",
            path: file_name(table.name, format),
            format: format.as_str(),
            mediatype,
            encoding: (format != ReportFormat::Parquet).then_some("utf-8"),
            description: table.description,
            schema: table_schema(table),
        });
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>, ReportError> {
        let mut json = serde_json::to_vec_pretty(self)
            .map_err(|source| ReportError::Json { part: "the description of the tables", source })?;
        json.push(b'\n');
        Ok(json)
    }
}

/// The Table Schema of a table on one line.
pub(super) fn table_schema_json(table: &Table<'_>) -> String {
    // Text, numbers and lists: nothing that JSON could not hold.
    serde_json::to_string(&table_schema(table)).unwrap_or_default()
}

fn table_schema(table: &Table<'_>) -> TableSchema {
    let foreign_keys = table.references.iter().map(|reference| ForeignKey {
        fields: reference.columns.clone(),
        reference: ForeignTable { resource: reference.table, fields: reference.columns.clone() },
    });
    TableSchema {
        fields: table.columns.iter().map(field_schema).collect(),
        primary_key: table.key.clone(),
        foreign_keys: foreign_keys.collect(),
        missing_values: [""],
    }
}

fn field_schema(column: &Column<'_>) -> FieldSchema {
    let bound = |bound: Option<f64>| match column.kind {
        ColumnType::Integer => bound.map(|bound| Number::from(bound as i64)),
        _ => bound.and_then(Number::from_f64),
    };
    let constraints = Constraints {
        required: !column.is_nullable,
        minimum: bound(column.scale.minimum),
        maximum: bound(column.scale.maximum),
    };
    FieldSchema {
        name: column.name.clone(),
        kind: column.kind.as_str(),
        description: column.description.clone(),
        unit: column.scale.unit,
        constraints: (constraints != Constraints::default()).then_some(constraints),
    }
}
