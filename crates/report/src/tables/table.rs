//! What a table is: columns with their definitions, and typed cells. Everything that is written of a table and about it
//! is made from this.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, SecondsFormat, SubsecRound, Utc};
use dyad_analyze::Estimate;
use serde::{Serialize, Serializer};

/// The type of a column, as Table Schema (Frictionless) names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Text,
    /// Whole numbers; 64 bits in Parquet.
    Integer,
    /// Double precision; six decimals at most in CSV.
    Number,
    Boolean,
    /// A day in UTC.
    Date,
    /// A moment in UTC, to the microsecond.
    Time,
}

impl ColumnType {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            ColumnType::Text => "string",
            ColumnType::Integer => "integer",
            ColumnType::Number => "number",
            ColumnType::Boolean => "boolean",
            ColumnType::Date => "date",
            ColumnType::Time => "datetime",
        }
    }
}

/// Unit and range of a column's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Scale {
    /// Empty for a number without a unit.
    pub(crate) unit: &'static str,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
}

impl Scale {
    pub(crate) const NONE: Scale = Scale { unit: "", minimum: None, maximum: None };
    /// The table `metrics` says which unit and range a metric has.
    pub(crate) const METRIC: Scale = Scale { unit: "as the metric", minimum: None, maximum: None };
    pub(crate) const SIGNED: Scale = Scale { unit: "", minimum: Some(-1.0), maximum: Some(1.0) };
    pub(crate) const SHARE: Scale = Scale { unit: "", minimum: Some(0.0), maximum: Some(1.0) };
    pub(crate) const DIFFERENCE_OF_SHARES: Scale = Self::SIGNED;
    pub(crate) const DIFFERENCE_OF_SIGNED: Scale =
        Scale { unit: "", minimum: Some(-2.0), maximum: Some(2.0) };
    pub(crate) const ARTICLES: Scale = Self::count("articles");
    pub(crate) const SENTENCES: Scale = Self::count("sentences");
    pub(crate) const BYTES: Scale = Self::count("bytes");

    /// Whole numbers from 0.
    pub(crate) const fn count(unit: &'static str) -> Self {
        Scale { unit, minimum: Some(0.0), maximum: None }
    }
}

/// One value of one observation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Missing,
    Text(Cow<'a, str>),
    Integer(i64),
    /// Finite: what is not a number is missing.
    Number(f64),
    Boolean(bool),
    Date(NaiveDate),
    Time(DateTime<Utc>),
}

/// The time as ISO 8601 has it, in UTC.
pub(crate) fn iso(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl Serialize for Cell<'_> {
    /// As a value in a record of JSON: days and times are text, a missing value is `null`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Missing => serializer.serialize_none(),
            Cell::Text(text) => serializer.serialize_str(text),
            Cell::Integer(n) => serializer.serialize_i64(*n),
            Cell::Number(x) => serializer.serialize_f64(*x),
            Cell::Boolean(is) => serializer.serialize_bool(*is),
            Cell::Date(day) => serializer.collect_str(day),
            Cell::Time(time) => serializer.serialize_str(&iso(time)),
        }
    }
}

/// What a column can be made of; its type decides the column's.
pub(crate) trait Value<'a> {
    const TYPE: ColumnType;
    const NULLABLE: bool = false;
    const SCALE: Scale = Scale::NONE;

    fn cell(self) -> Cell<'a>;
}

impl<'a> Value<'a> for &'a str {
    const TYPE: ColumnType = ColumnType::Text;

    fn cell(self) -> Cell<'a> {
        Cell::Text(Cow::Borrowed(self))
    }
}

impl<'a> Value<'a> for String {
    const TYPE: ColumnType = ColumnType::Text;

    fn cell(self) -> Cell<'a> {
        Cell::Text(Cow::Owned(self))
    }
}

impl<'a> Value<'a> for u64 {
    const TYPE: ColumnType = ColumnType::Integer;
    const SCALE: Scale = Scale::count("");

    fn cell(self) -> Cell<'a> {
        Cell::Integer(i64::try_from(self).unwrap_or(i64::MAX))
    }
}

impl<'a> Value<'a> for u32 {
    const TYPE: ColumnType = ColumnType::Integer;
    const SCALE: Scale = Scale::count("");

    fn cell(self) -> Cell<'a> {
        Cell::Integer(self.into())
    }
}

impl<'a> Value<'a> for usize {
    const TYPE: ColumnType = ColumnType::Integer;
    const SCALE: Scale = Scale::count("");

    fn cell(self) -> Cell<'a> {
        Cell::Integer(i64::try_from(self).unwrap_or(i64::MAX))
    }
}

impl<'a> Value<'a> for f64 {
    const TYPE: ColumnType = ColumnType::Number;

    fn cell(self) -> Cell<'a> {
        if self.is_finite() { Cell::Number(self) } else { Cell::Missing }
    }
}

impl<'a> Value<'a> for f32 {
    const TYPE: ColumnType = ColumnType::Number;

    /// The same number in double precision, as a reader of the `relations` table gets it.
    fn cell(self) -> Cell<'a> {
        f64::from(self).cell()
    }
}

impl<'a> Value<'a> for bool {
    const TYPE: ColumnType = ColumnType::Boolean;

    fn cell(self) -> Cell<'a> {
        Cell::Boolean(self)
    }
}

impl<'a> Value<'a> for NaiveDate {
    const TYPE: ColumnType = ColumnType::Date;

    fn cell(self) -> Cell<'a> {
        Cell::Date(self)
    }
}

impl<'a> Value<'a> for DateTime<Utc> {
    const TYPE: ColumnType = ColumnType::Time;

    /// To the microsecond, so that every format holds the same moment.
    fn cell(self) -> Cell<'a> {
        Cell::Time(self.trunc_subsecs(6))
    }
}

impl<'a, V: Value<'a>> Value<'a> for Option<V> {
    const TYPE: ColumnType = V::TYPE;
    const NULLABLE: bool = true;
    const SCALE: Scale = V::SCALE;

    fn cell(self) -> Cell<'a> {
        self.map_or(Cell::Missing, V::cell)
    }
}

/// An estimate, or one that can be missing.
pub(crate) trait Estimated {
    const NULLABLE: bool;

    fn estimate(self) -> Option<Estimate>;
}

impl Estimated for Estimate {
    const NULLABLE: bool = false;

    fn estimate(self) -> Option<Estimate> {
        Some(self)
    }
}

impl Estimated for Option<Estimate> {
    const NULLABLE: bool = true;

    fn estimate(self) -> Option<Estimate> {
        self
    }
}

/// One variable of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column<'a> {
    pub(crate) name: String,
    /// One sentence without its full stop.
    pub(crate) description: String,
    pub(crate) kind: ColumnType,
    /// Whether a value can be missing.
    pub(crate) is_nullable: bool,
    pub(crate) scale: Scale,
    /// As many as the table has rows.
    pub(crate) cells: Vec<Cell<'a>>,
}

/// Columns of one table that name a row of another, under the same names there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) columns: Vec<&'static str>,
    pub(crate) table: &'static str,
}

/// One table: an observation a row, a variable a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table<'a> {
    /// The files' name before the ending.
    pub(crate) name: &'static str,
    /// What a row is, in one or two sentences.
    pub(crate) description: &'static str,
    /// Columns that together tell every row from the others.
    pub(crate) key: Vec<&'static str>,
    pub(crate) references: Vec<Reference>,
    pub(crate) columns: Vec<Column<'a>>,
    pub(crate) n_rows: usize,
}

impl Table<'_> {
    /// The cells of each row, in the order of the columns.
    pub(crate) fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = &Cell<'_>>> {
        (0..self.n_rows).map(move |row| self.columns.iter().filter_map(move |column| column.cells.get(row)))
    }
}

/// A table on its way: rows of any kind that is cheap to copy (references, tuples of them), and a column at a time what
/// is taken from each.
pub(crate) struct Rows<'a, R> {
    rows: Vec<R>,
    table: Table<'a>,
}

impl<'a, R: Copy> Rows<'a, R> {
    /// A table of one row for each of `rows`, without a column yet.
    pub(crate) fn new(description: &'static str, rows: impl IntoIterator<Item = R>) -> Self {
        let rows: Vec<R> = rows.into_iter().collect();
        let table = Table {
            name: "",
            description,
            key: Vec::new(),
            references: Vec::new(),
            columns: Vec::new(),
            n_rows: rows.len(),
        };
        Self { rows, table }
    }

    /// Adds a column. Its type, and whether values can be missing, follow from what `value` gives.
    pub(crate) fn column<V: Value<'a>>(
        mut self,
        name: impl Into<String>,
        description: impl Into<String>,
        value: impl Fn(R) -> V,
    ) -> Self {
        let column = Column {
            name: name.into(),
            description: description.into(),
            kind: V::TYPE,
            is_nullable: V::NULLABLE,
            scale: V::SCALE,
            cells: self.rows.iter().map(|&row| value(row).cell()).collect(),
        };
        self.table.columns.push(column);
        self
    }

    /// Gives the column added last its unit and range.
    pub(crate) fn scale(mut self, scale: Scale) -> Self {
        if let Some(column) = self.table.columns.last_mut() {
            column.scale = scale;
        }
        self
    }

    /// Adds `name`, `name_low` and `name_high`: a number and its 95 % interval. Beside a column `value` the ends are
    /// called `low` and `high`.
    pub(crate) fn interval<E: Estimated>(
        self,
        name: &str,
        what: &str,
        scale: Scale,
        value: impl Fn(R) -> E,
    ) -> Self {
        let end = |which: &str| format!("{which} end of the 95 % interval of `{name}`");
        self.part::<E, _>(name.to_owned(), what.to_owned(), scale, |row| Some(value(row).estimate()?.value))
            .part::<E, _>(beside(name, "low"), end("Lower"), scale, |row| Some(value(row).estimate()?.low))
            .part::<E, _>(beside(name, "high"), end("Upper"), scale, |row| Some(value(row).estimate()?.high))
    }

    /// Adds the columns of [`Rows::interval`], then `name_articles` and `name_sentences`: what the number rests on.
    pub(crate) fn estimate<E: Estimated>(
        self,
        name: &str,
        what: &str,
        scale: Scale,
        value: impl Fn(R) -> E,
    ) -> Self {
        let behind = |what: &str| format!("{what} behind `{name}`");
        self.interval(name, what, scale, &value)
            .part::<E, _>(beside(name, "articles"), behind("Articles"), Scale::ARTICLES, |row| {
                Some(value(row).estimate()?.articles)
            })
            .part::<E, _>(beside(name, "sentences"), behind("Sentences"), Scale::SENTENCES, |row| {
                Some(value(row).estimate()?.sentences)
            })
    }

    /// Adds a part of an estimate, which is missing only where the estimate is.
    fn part<E: Estimated, V: Value<'a>>(
        self,
        name: String,
        description: String,
        scale: Scale,
        value: impl Fn(R) -> Option<V>,
    ) -> Self {
        let mut rows = self.column(name, description, value).scale(scale);
        if let Some(column) = rows.table.columns.last_mut() {
            column.is_nullable = E::NULLABLE;
        }
        rows
    }

    /// Says that rows of these columns stand for a row of another table, whose columns have the same names.
    pub(crate) fn refers(mut self, columns: &[&'static str], table: &'static str) -> Self {
        self.table.references.push(Reference { columns: columns.to_vec(), table });
        self
    }

    /// The table, in which these columns tell every row from the others.
    pub(crate) fn key(mut self, columns: &[&'static str]) -> Table<'a> {
        self.table.key = columns.to_vec();
        self.table
    }
}

/// The name of a column that belongs to another.
fn beside(name: &str, part: &str) -> String {
    if name == "value" { part.to_owned() } else { format!("{name}_{part}") }
}
