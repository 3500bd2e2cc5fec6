//! A table as CSV (RFC 4180 with LF): a missing value is an empty field, text that a spreadsheet would calculate is
//! neutralised.

use std::borrow::Cow;

use csv::{Error, Writer};

use super::table::{Cell, Table, iso};
use crate::escape::csv_cell;

/// The table with a header.
pub(super) fn encode(table: &Table<'_>) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|column| &column.name))?;
    for row in table.rows() {
        for cell in row {
            writer.write_field(field(cell).as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn field<'c>(cell: &'c Cell<'_>) -> Cow<'c, str> {
    match cell {
        Cell::Missing => Cow::Borrowed(""),
        Cell::Text(text) => csv_cell(text),
        Cell::Integer(n) => n.to_string().into(),
        Cell::Number(x) => number(*x).into(),
        Cell::Boolean(is) => is.to_string().into(),
        Cell::Date(day) => day.to_string().into(),
        Cell::Time(time) => iso(time).into(),
    }
}

/// Six decimals at most; nothing where there is no number.
pub(crate) fn number(x: f64) -> String {
    if !x.is_finite() {
        return String::new();
    }
    let digits = format!("{x:.6}");
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    if digits == "-0" { "0".to_owned() } else { digits.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_noise() {
        assert_eq!(number(0.25), "0.25");
        assert_eq!(number(-0.000_000_1), "0");
        assert_eq!(number(12.0), "12");
        assert_eq!(number(-0.123_456_789), "-0.123457");
        assert_eq!(number(f64::NAN), "");
    }
}
