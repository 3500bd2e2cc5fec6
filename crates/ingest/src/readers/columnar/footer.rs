//! The footer of a Parquet file (`FileMetaData` in Thrift's compact protocol), looked over before the crate reads it:
//! the crate takes memory for as many row groups as a list claims to have, and follows nested columns as deep as they go.
//! <https://parquet.apache.org/docs/file-format/metadata/>,
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>

/// Most entries of a list: row groups, columns, key-value pairs.
const MAX_ENTRIES: u64 = 1 << 20;
/// Deepest nesting, of columns as of structures.
const MAX_DEPTH: usize = 64;

const FIELD_SCHEMA: i64 = 2;
const FIELD_ENCRYPTION: i64 = 8;
const FIELD_CHILDREN: i64 = 5;

/// What the look tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Footer {
    /// Columns are encrypted although the footer is not.
    pub(super) is_encrypted: bool,
}

/// Walks through a footer from end to end.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn check(bytes: &[u8]) -> Result<Footer, String> {
    let mut footer = Footer { is_encrypted: false };
    Thrift { rest: bytes }.structure(MAX_DEPTH, &mut |thrift, field, kind| {
        footer.is_encrypted |= field == FIELD_ENCRYPTION;
        if field == FIELD_SCHEMA && kind == LIST { schema(thrift) } else { thrift.skip(kind, MAX_DEPTH) }
    })?;
    Ok(footer)
}

/// The header of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PageHeader {
    /// 1 is an index page, which holds no values.
    pub(super) kind: i64,
    /// Bytes after decompression.
    pub(super) decoded: i64,
    /// Bytes in the file.
    pub(super) encoded: i64,
    /// Bytes of the header itself.
    pub(super) length: usize,
}

/// Reads the header of a page from the bytes it starts with.
///
/// # Errors
/// What is wrong with it, in words; also when the bytes end before it does.
pub(super) fn page_header(bytes: &[u8]) -> Result<PageHeader, String> {
    let mut fields = [-1; 3];
    let mut thrift = Thrift { rest: bytes };
    thrift.structure(MAX_DEPTH, &mut |thrift, field, kind| match field {
        1..=3 if kind == I32 => {
            fields[field as usize - 1] = thrift.integer()?;
            Ok(())
        }
        _ => thrift.skip(kind, MAX_DEPTH),
    })?;
    let [kind, decoded, encoded] = fields;
    Ok(PageHeader { kind, decoded, encoded, length: bytes.len() - thrift.rest.len() })
}

/// The columns as a flat list; each entry says how many of the following lie below it.
fn schema(thrift: &mut Thrift<'_>) -> Result<(), String> {
    let (kind, entries) = thrift.list()?;
    let mut open: Vec<i64> = Vec::new();
    for _ in 0..entries {
        while open.last() == Some(&0) {
            open.pop();
        }
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        let mut children = 0;
        if kind != STRUCT {
            return Err("its list of columns holds something else".to_owned());
        }
        thrift.structure(MAX_DEPTH, &mut |thrift, field, kind| {
            if field == FIELD_CHILDREN && kind == I32 {
                children = thrift.integer()?;
                return Ok(());
            }
            thrift.skip(kind, MAX_DEPTH)
        })?;
        if children > 0 {
            open.push(children);
        }
        if open.len() > MAX_DEPTH {
            return Err(format!("its columns are nested more than {MAX_DEPTH} deep"));
        }
    }
    Ok(())
}

const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// Thrift's compact protocol.
struct Thrift<'b> {
    rest: &'b [u8],
}

impl<'b> Thrift<'b> {
    fn take(&mut self, length: u64) -> Result<&'b [u8], String> {
        let split = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let (taken, rest) = split.ok_or("it ends early")?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    fn unsigned(&mut self) -> Result<u64, String> {
        let (value, length) = varint(self.rest).ok_or("it ends within a number")?;
        self.take(length as u64)?;
        Ok(value)
    }

    fn integer(&mut self) -> Result<i64, String> {
        self.unsigned().map(zigzag)
    }

    /// The kind and number of the entries of a list.
    fn list(&mut self) -> Result<(u8, u64), String> {
        let header = self.byte()?;
        let entries = if header >> 4 == 15 { self.unsigned()? } else { u64::from(header >> 4) };
        if entries > MAX_ENTRIES {
            return Err(format!("a list in it claims to have {entries} entries"));
        }
        Ok((header & 15, entries))
    }

    fn structure(
        &mut self,
        depth: usize,
        on_field: &mut dyn FnMut(&mut Self, i64, u8) -> Result<(), String>,
    ) -> Result<(), String> {
        if depth == 0 {
            return Err(format!("it is nested more than {MAX_DEPTH} deep"));
        }
        let mut field = 0i64;
        loop {
            let header = self.byte()?;
            if header & 15 == 0 {
                return Ok(());
            }
            field =
                if header >> 4 == 0 { self.integer()? } else { field.wrapping_add(i64::from(header >> 4)) };
            on_field(self, field, header & 15)?;
        }
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Result<(), String> {
        match kind {
            // Truth values of fields lie in the kind.
            1 | 2 => Ok(()),
            BYTE => self.take(1).map(drop),
            I16 | I32 | I64 => self.unsigned().map(drop),
            DOUBLE => self.take(8).map(drop),
            BINARY => {
                let length = self.unsigned()?;
                self.take(length).map(drop)
            }
            LIST | SET if depth > 0 => {
                let (kind, entries) = self.list()?;
                for _ in 0..entries {
                    self.skip(if kind < BYTE { BYTE } else { kind }, depth - 1)?;
                }
                Ok(())
            }
            STRUCT if depth > 0 => self.structure(depth, &mut |thrift, _, kind| thrift.skip(kind, depth - 1)),
            // No structure of Parquet's holds a map.
            MAP => Err("it holds a map".to_owned()),
            UUID => self.take(16).map(drop),
            _ => Err("it holds an unknown kind of field or is nested too deep".to_owned()),
        }
    }
}

/// A number in groups of seven bits, lowest first, and how many bytes it takes.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (place, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * place as u32).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Some((value, place + 1));
        }
    }
    None
}

pub(super) fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_that_lies_about_its_length_is_refused() {
        // Field 4, a list of structures with 2^31 - 1 entries.
        let footer = [0x49, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00];
        assert!(check(&footer).is_err_and(|reason| reason.contains("claims to have 2147483647")));
        assert_eq!(check(&[0x15, 0x02, 0x00]), Ok(Footer { is_encrypted: false }));
        assert_eq!(check(&[0x8c, 0x00, 0x00]), Ok(Footer { is_encrypted: true }));
        assert!(check(&[0x15, 0x02]).is_err());
    }

    #[test]
    fn columns_nested_too_deep_are_refused() {
        // Field 2, a list of groups with one child each.
        let footer = |depth: u8| {
            let mut bytes = vec![0x29, 0xfc, depth];
            bytes.extend([0x55, 0x02, 0x00].repeat(depth.into()));
            bytes.push(0);
            check(&bytes)
        };
        assert!(footer(60).is_ok());
        assert!(footer(100).is_err_and(|reason| reason.contains("64 deep")));
        assert!(check(&[0x1c; 5_000]).is_err_and(|reason| reason.contains("deep")));
    }

    #[test]
    fn page_headers_tell_their_sizes() {
        let bytes = [0x15, 0x00, 0x15, 0x80, 0x02, 0x15, 0x14, 0x2c, 0x15, 0x02, 0x00, 0x00, 0xff];
        assert_eq!(page_header(&bytes), Ok(PageHeader { kind: 0, decoded: 128, encoded: 10, length: 12 }));
        assert!(page_header(&bytes[..11]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = check(&bytes);
            let _ = page_header(&bytes);
        }
    }
}
