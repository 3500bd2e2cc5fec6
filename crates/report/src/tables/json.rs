//! A table as a JSON array of records, one record a line.
//!
//! An array, because a file that ends in `.json` is one JSON document to every reader (`JSON.parse`, `json.load`,
//! `pandas.read_json`, jq), and these tables fit into memory; a record a line, so that two reports can be compared with
//! `diff`.

use serde_json::Error;

use super::table::Table;

/// Records with the columns in their order; numbers in the fewest digits that give them back exactly.
pub(super) fn encode(table: &Table<'_>) -> Result<Vec<u8>, Error> {
    let names: Vec<String> =
        table.columns.iter().map(|column| serde_json::to_string(&column.name)).collect::<Result<_, _>>()?;
    let mut out = b"[".to_vec();
    for (n, row) in table.rows().enumerate() {
        out.extend_from_slice(if n == 0 { b"\n{" } else { b",\n{" });
        for (i, (name, cell)) in names.iter().zip(row).enumerate() {
            if i > 0 {
                out.push(b',');
            }
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
            serde_json::to_writer(&mut out, cell)?;
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"\n]\n");
    Ok(out)
}
