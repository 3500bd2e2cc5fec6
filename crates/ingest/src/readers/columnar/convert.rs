use std::ops::Range;
use std::sync::LazyLock;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowTimestampType, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, OffsetSizeTrait, PrimitiveArray, RecordBatch};
use arrow_json::EncoderOptions;
use arrow_json::writer::{NullableEncoder, make_encoder};
use dyad_core::Reject;

/// How the rest of the crate reads a point in time; the zone is always UTC.
const TIME_FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.fZ";

static OPTIONS: LazyLock<EncoderOptions> = LazyLock::new(EncoderOptions::default);

/// Makes the values of a column that is neither text nor binary nor a time nor nested.
type Scalars<'s, 'a> = &'s dyn Fn(&'a dyn Array) -> Values<'a>;

/// Why a row becomes no record.
pub(super) enum Unfit {
    /// It has this many bytes or more.
    TooLarge(u64),
    /// Every column for the text is NULL.
    NoText,
    /// The column is named.
    NotUtf8(String),
    /// A decoder failed.
    Unreadable(String),
}

/// The column for the text, where it is the only one and of a type that holds none.
pub(super) struct Textless {
    pub(super) column: String,
    /// The type as the crate writes it.
    pub(super) kind: String,
}

/// Rows as JSON objects. Strings, binary data and everything that is nested is written here, so that a row stops at
/// the limit: one value of a dictionary or a view may stand in a row any number of times.
pub(super) struct Table<'a> {
    columns: Vec<Named<'a>>,
}

struct Named<'a> {
    name: String,
    /// The name as JSON, with the colon.
    key: Vec<u8>,
    is_text: bool,
    column: Column<'a>,
}

struct Column<'a> {
    array: &'a dyn Array,
    values: Values<'a>,
}

enum Values<'a> {
    Text(Box<dyn Fn(usize) -> &'a str + 'a>),
    Binary(Box<dyn Fn(usize) -> &'a [u8] + 'a>),
    /// A point in time; `None` outside of the calendar.
    Time(Box<dyn Fn(usize) -> Option<String> + 'a>),
    /// Numbers, truth values, dates and times of day, as the crate writes them.
    Scalar(NullableEncoder<'a>),
    Object(Vec<Named<'a>>),
    List(Box<dyn Fn(usize) -> Range<usize> + 'a>, Box<Column<'a>>),
    /// A dictionary or runs: the places of the values in another column.
    Indexed(Vec<usize>, Box<Column<'a>>),
    /// Nothing but NULL, or of a type for which JSON has no form (unions, maps, intervals).
    Null,
}

impl<'a> Table<'a> {
    /// Takes hold of a batch; `is_text` tells the columns that may hold the text.
    ///
    /// # Errors
    /// [`Textless`].
    pub(super) fn new(records: &'a RecordBatch, is_text: impl Fn(&str) -> bool) -> Result<Self, Textless> {
        let mut columns: Vec<Named<'a>> = Vec::new();
        let none = || Textless { column: String::new(), kind: "none".to_owned() };
        let any_field = records.schema_ref().fields().first().ok_or_else(none)?;
        // The field matters only to encoders of one's own.
        let scalars = |array: &'a dyn Array| {
            make_encoder(any_field, array, &OPTIONS).map_or(Values::Null, Values::Scalar)
        };
        for (field, array) in records.schema_ref().fields().iter().zip(records.columns()) {
            // Of two columns with one name the first counts.
            if columns.iter().any(|column| column.name == *field.name()) {
                continue;
            }
            let column = Column::new(array.as_ref(), &scalars);
            columns.push(Named::new(field.name(), is_text(field.name()), column));
        }
        let first = columns.iter().find(|column| column.is_text).map(|column| Textless {
            column: column.name.clone(),
            kind: column.column.array.data_type().to_string(),
        });
        match first {
            Some(first) if columns.iter().all(|column| !column.is_text || column.column.is_unknown()) => {
                Err(first)
            }
            Some(_) => Ok(Self { columns }),
            None => Err(none()),
        }
    }

    /// Writes one row; what was written before a failure stays.
    ///
    /// # Errors
    /// [`Unfit`].
    pub(super) fn row(&mut self, row: usize, out: &mut Vec<u8>, limit: u64) -> Result<(), Unfit> {
        let has_text = self.columns.iter().any(|named| named.is_text && !named.column.is_null(row));
        object(&mut self.columns, row, out, limit)?;
        if has_text { Ok(()) } else { Err(Unfit::NoText) }
    }
}

impl<'a> Named<'a> {
    fn new(name: &str, is_text: bool, column: Column<'a>) -> Self {
        let key = format!("{}:", serde_json::Value::from(name)).into_bytes();
        Self { name: name.to_owned(), key, is_text, column }
    }
}

impl<'a> Column<'a> {
    fn new(array: &'a dyn Array, scalars: Scalars<'_, 'a>) -> Self {
        let values = text(array).or_else(|| binary(array)).or_else(|| time(array));
        let values = values.or_else(|| nested(array, scalars)).unwrap_or_else(|| {
            let kind = array.data_type();
            // What has parts and is no object or list is a union or a map.
            if kind.is_nested() || kind.is_null() { Values::Null } else { scalars(array) }
        });
        Self { array, values }
    }

    fn is_unknown(&self) -> bool {
        matches!(self.values, Values::Null) && !self.array.data_type().is_null()
    }

    fn is_null(&self, row: usize) -> bool {
        match &self.values {
            Values::Null => true,
            _ if self.array.is_null(row) => true,
            Values::Indexed(places, values) => places.get(row).is_none_or(|&place| values.is_null(place)),
            _ => false,
        }
    }

    /// Writes a value that is not NULL.
    fn write(&mut self, row: usize, out: &mut Vec<u8>, limit: u64) -> Result<(), Unfit> {
        match &mut self.values {
            Values::Null => out.extend_from_slice(b"null"),
            Values::Text(text) => string(text(row), out, limit)?,
            Values::Binary(bytes) => {
                let bytes = bytes(row);
                fits(bytes, out, limit)?;
                let text = std::str::from_utf8(bytes).map_err(|_| Unfit::NotUtf8(String::new()))?;
                string(text, out, limit)?;
            }
            Values::Time(time) => match time(row) {
                Some(time) => string(&time, out, limit)?,
                None => out.extend_from_slice(b"\"outside of the calendar\""),
            },
            Values::Scalar(encoder) => encoder.encode(row, out),
            Values::Object(columns) => object(columns, row, out, limit)?,
            Values::List(range, values) => {
                out.push(b'[');
                for (place, index) in range(row).enumerate() {
                    if place > 0 {
                        out.push(b',');
                    }
                    if values.is_null(index) {
                        out.extend_from_slice(b"null");
                    } else {
                        values.write(index, out, limit)?;
                    }
                    check(out.len(), limit)?;
                }
                out.push(b']');
            }
            Values::Indexed(places, values) => match places.get(row) {
                Some(&place) => values.write(place, out, limit)?,
                None => out.extend_from_slice(b"null"),
            },
        }
        check(out.len(), limit)
    }
}

fn object(columns: &mut [Named<'_>], row: usize, out: &mut Vec<u8>, limit: u64) -> Result<(), Unfit> {
    out.push(b'{');
    let mut is_first = true;
    for named in columns {
        if named.column.is_null(row) {
            continue;
        }
        let before = out.len();
        if !is_first {
            out.push(b',');
        }
        out.extend_from_slice(&named.key);
        match named.column.write(row, out, limit) {
            Ok(()) => is_first = false,
            // Identifiers are often sixteen bytes; they are no address, and the row is an article without.
            Err(Unfit::NotUtf8(_)) if !named.is_text => out.truncate(before),
            Err(Unfit::NotUtf8(inner)) if inner.is_empty() => return Err(Unfit::NotUtf8(named.name.clone())),
            Err(unfit) => return Err(unfit),
        }
    }
    out.push(b'}');
    check(out.len(), limit)
}

fn string(text: &str, out: &mut Vec<u8>, limit: u64) -> Result<(), Unfit> {
    fits(text.as_bytes(), out, limit)?;
    // Writing a string into memory cannot fail.
    serde_json::to_writer(&mut *out, text).map_err(|error| Unfit::Unreadable(error.to_string()))
}

/// Of a value that is too long the start is written, for the reject to show.
fn fits(value: &[u8], out: &mut Vec<u8>, limit: u64) -> Result<(), Unfit> {
    let fits = check(out.len().saturating_add(value.len()), limit);
    if fits.is_err() {
        out.push(b'"');
        out.extend_from_slice(&value[..value.len().min(Reject::MAX_RAW_BYTES)]);
    }
    fits
}

fn check(length: usize, limit: u64) -> Result<(), Unfit> {
    if length as u64 > limit { Err(Unfit::TooLarge(length as u64)) } else { Ok(()) }
}

fn text(array: &dyn Array) -> Option<Values<'_>> {
    if let Some(strings) = array.as_string_opt::<i32>() {
        return Some(Values::Text(Box::new(|row| strings.value(row))));
    }
    if let Some(strings) = array.as_string_opt::<i64>() {
        return Some(Values::Text(Box::new(|row| strings.value(row))));
    }
    let strings = array.as_string_view_opt()?;
    Some(Values::Text(Box::new(|row| strings.value(row))))
}

fn binary(array: &dyn Array) -> Option<Values<'_>> {
    if let Some(bytes) = array.as_binary_opt::<i32>() {
        return Some(Values::Binary(Box::new(|row| bytes.value(row))));
    }
    if let Some(bytes) = array.as_binary_opt::<i64>() {
        return Some(Values::Binary(Box::new(|row| bytes.value(row))));
    }
    if let Some(bytes) = array.as_binary_view_opt() {
        return Some(Values::Binary(Box::new(|row| bytes.value(row))));
    }
    let bytes = array.as_fixed_size_binary_opt()?;
    Some(Values::Binary(Box::new(|row| bytes.value(row))))
}

/// Points in time. The format stores the instant, whatever the zone of the column, and a column without a zone is
/// taken for UTC; so the names of zones need not be known.
fn time(array: &dyn Array) -> Option<Values<'_>> {
    timestamps::<TimestampSecondType>(array)
        .or_else(|| timestamps::<TimestampMillisecondType>(array))
        .or_else(|| timestamps::<TimestampMicrosecondType>(array))
        .or_else(|| timestamps::<TimestampNanosecondType>(array))
}

fn timestamps<T: ArrowTimestampType>(array: &dyn Array) -> Option<Values<'_>> {
    let times: &PrimitiveArray<T> = array.as_primitive_opt::<T>()?;
    Some(Values::Time(Box::new(|row| {
        times.value_as_datetime(row).map(|time| time.format(TIME_FORMAT).to_string())
    })))
}

fn nested<'a>(array: &'a dyn Array, scalars: Scalars<'_, 'a>) -> Option<Values<'a>> {
    if let Some(objects) = array.as_struct_opt() {
        let parts = objects.fields().iter().zip(objects.columns());
        // Whether a part of an object is the text depends on the whole name, so none of them stops the row.
        let columns =
            parts.map(|(field, part)| Named::new(field.name(), false, Column::new(part.as_ref(), scalars)));
        return Some(Values::Object(columns.collect()));
    }
    if let Some(dictionary) = array.as_any_dictionary_opt() {
        // Without values every key is NULL.
        let places = if dictionary.values().is_empty() { Vec::new() } else { dictionary.normalized_keys() };
        return Some(Values::Indexed(places, Box::new(Column::new(dictionary.values().as_ref(), scalars))));
    }
    list::<i32>(array, scalars)
        .or_else(|| list::<i64>(array, scalars))
        .or_else(|| fixed_size_list(array, scalars))
        .or_else(|| runs(array, scalars))
}

fn list<'a, O: OffsetSizeTrait>(array: &'a dyn Array, scalars: Scalars<'_, 'a>) -> Option<Values<'a>> {
    if let Some(lists) = array.as_list_opt::<O>() {
        let offsets = lists.value_offsets();
        let range = move |row: usize| offsets[row].as_usize()..offsets[row + 1].as_usize();
        return Some(Values::List(Box::new(range), Box::new(Column::new(lists.values().as_ref(), scalars))));
    }
    let lists = array.as_list_view_opt::<O>()?;
    let (offsets, sizes) = (lists.value_offsets(), lists.value_sizes());
    let range = move |row: usize| {
        let start = offsets[row].as_usize();
        start..start + sizes[row].as_usize()
    };
    Some(Values::List(Box::new(range), Box::new(Column::new(lists.values().as_ref(), scalars))))
}

fn fixed_size_list<'a>(array: &'a dyn Array, scalars: Scalars<'_, 'a>) -> Option<Values<'a>> {
    let lists = array.as_fixed_size_list_opt()?;
    let length = usize::try_from(lists.value_length()).unwrap_or_default();
    let range = move |row: usize| row * length..(row + 1) * length;
    Some(Values::List(Box::new(range), Box::new(Column::new(lists.values().as_ref(), scalars))))
}

fn runs<'a>(array: &'a dyn Array, scalars: Scalars<'_, 'a>) -> Option<Values<'a>> {
    let rows = 0..array.len();
    let (places, values) = if let Some(runs) = array.as_run_opt::<Int16Type>() {
        (rows.map(|row| runs.get_physical_index(row)).collect(), runs.values())
    } else if let Some(runs) = array.as_run_opt::<Int32Type>() {
        (rows.map(|row| runs.get_physical_index(row)).collect(), runs.values())
    } else {
        let runs = array.as_run_opt::<Int64Type>()?;
        (rows.map(|row| runs.get_physical_index(row)).collect(), runs.values())
    };
    Some(Values::Indexed(places, Box::new(Column::new(values.as_ref(), scalars))))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::builder::{ListBuilder, StringDictionaryBuilder};
    use arrow_array::types::Int8Type;
    use arrow_array::{ArrayRef, NullArray, StringArray};

    use super::*;

    #[test]
    fn a_row_stops_at_the_limit_however_often_it_repeats_a_value() {
        let mut lists = ListBuilder::new(StringDictionaryBuilder::<Int8Type>::new());
        let long = "x".repeat(10_000);
        for _ in 0..2_000 {
            lists.values().append_value(&long);
        }
        lists.append(true);
        let columns: [(&str, ArrayRef); 2] =
            [("text", Arc::new(StringArray::from(vec!["a"]))), ("title", Arc::new(lists.finish()))];
        let records = RecordBatch::try_from_iter(columns).expect("a batch");
        let mut table = Table::new(&records, |name| name == "text").unwrap_or_else(|_| panic!("a table"));
        let mut bytes = Vec::new();
        assert!(matches!(table.row(0, &mut bytes, 100_000), Err(Unfit::TooLarge(_))));
        assert!(bytes.len() < 101_000);
    }

    #[test]
    fn a_column_of_nothing_but_null_has_no_text() {
        let columns: [(&str, ArrayRef); 1] = [("text", Arc::new(NullArray::new(2)))];
        let records =
            RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)));
        let records = records.expect("a batch");
        let mut table = Table::new(&records, |_| true).unwrap_or_else(|_| panic!("a table"));
        assert!(matches!(table.row(1, &mut Vec::new(), 100), Err(Unfit::NoText)));
    }
}
