//! What an object at top level is: its members are looked at as they pass by.

use std::io::BufRead;

use crate::jobs::Job;
use crate::produce::Stopped;

use super::cutter::{Cutter, Fault};
use super::input::{End, Kept};
use super::record::{self, Container};
use super::{Documents, Halt};

/// Names under which documents keep their records.
pub(super) const LIST_NAMES: [&str; 11] = [
    "articles",
    "items",
    "data",
    "results",
    "documents",
    "docs",
    "news",
    "entries",
    "stories",
    "hits",
    "records",
];
/// Longest name of a member, and longest value of one that says something about the list, in bytes.
const MAX_NAME_BYTES: u64 = 1_024;

/// What an object turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing yet; it was read to its end.
    Nothing,
    /// A document: the input stands within its list, which stands within so many objects.
    List { n_objects: u32 },
    /// It goes on, but no more of it can be held.
    Full,
    /// It is broken.
    Broken(End),
}

impl Found {
    fn at(end: End) -> Self {
        match end {
            End::Done => Found::Nothing,
            End::Full => Found::Full,
            End::Fault(_) | End::Eof => Found::Broken(end),
        }
    }

    fn unexpected(byte: Option<u8>) -> Self {
        Found::Broken(match byte {
            None => End::Eof,
            Some(b'{') => End::Fault(Fault::NotClosed),
            Some(byte) => End::Fault(Fault::Unexpected(byte)),
        })
    }
}

/// A list that holds the records if no better one comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// Where its first element begins, in bytes from the start of the object at top level.
    pub(super) start: u64,
    pub(super) n_objects: u32,
    /// Whether its first element has a text.
    has_text: bool,
}

/// What is known about an object at top level.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Whether it has a text field, which makes it a record.
    pub(super) is_record: bool,
    /// Whether a list of records is there, but empty.
    pub(super) has_empty_list: bool,
    pub(super) candidate: Option<Candidate>,
    pub(super) container: Container,
}

impl<R: BufRead, F: FnMut(Job) -> Result<(), Stopped>> Documents<'_, R, F> {
    /// Reads an object member by member; `outer` is the name of the member that it is, if it is one.
    pub(super) fn members(&mut self, members: &mut Members, outer: Option<&str>) -> Result<Found, Halt> {
        self.input.bump()?;
        loop {
            match self.input.next_value()? {
                Some(b'}') => {
                    self.input.bump()?;
                    return Ok(Found::Nothing);
                }
                Some(b'"') => {}
                other => return Ok(Found::unexpected(other)),
            }
            let (name, end) = self.input.cut(Cutter::new(), MAX_NAME_BYTES)?;
            if end != End::Done {
                return Ok(Found::at(end));
            }
            let name = string(&name).unwrap_or_default();
            match self.input.next_value()? {
                Some(b':') => self.input.bump()?,
                other => return Ok(Found::unexpected(other)),
            }
            let found = match self.input.next_value()? {
                Some(b'[') if !members.is_record => self.array(members, outer, &name)?,
                Some(b'{') if !members.is_record && outer.is_none() => self.members(members, Some(&name))?,
                Some(_) => {
                    let (value, end) = self.input.cut(Cutter::new(), MAX_NAME_BYTES)?;
                    self.note(members, outer, &name, &value);
                    Found::at(end)
                }
                None => Found::unexpected(None),
            };
            if found != Found::Nothing {
                return Ok(found);
            }
        }
    }

    /// Notes what a member that holds no others says about the object.
    fn note(&mut self, members: &mut Members, outer: Option<&str>, name: &str, value: &Kept) {
        let is_filled_string = value.bytes.first() == Some(&b'"') && value.total > 2;
        let is_text = self.names.text.iter().any(|wanted| match (outer, wanted.split_once('.')) {
            (None, _) => wanted.eq_ignore_ascii_case(name),
            (Some(outer), Some(path)) => {
                path.0.eq_ignore_ascii_case(outer) && path.1.eq_ignore_ascii_case(name)
            }
            (Some(_), None) => false,
        });
        if is_text && is_filled_string {
            members.is_record = true;
            self.input.stops_when_full = false;
        } else if outer.is_none()
            && let Some(value) = string(value)
        {
            members.container.note(name, value);
        }
    }

    /// Looks into a list for records, and passes over it unless they are surely there.
    fn array(&mut self, members: &mut Members, outer: Option<&str>, name: &str) -> Result<Found, Halt> {
        let is_usual = LIST_NAMES.iter().any(|usual| usual.eq_ignore_ascii_case(name));
        let n_objects = if outer.is_some() { 2 } else { 1 };
        self.input.bump()?;
        let first = self.input.next_value()?;
        members.has_empty_list |= is_usual && first == Some(b']');
        let better = members.candidate.is_none_or(|candidate| is_usual || !candidate.has_text);
        let is_looked_at = first == Some(b'{') && better && (is_usual || outer.is_none());
        if is_looked_at {
            let start = self.input.recorded();
            let (element, end) = self.input.cut(Cutter::new(), self.limit)?;
            if end != End::Done {
                return Ok(Found::at(end));
            }
            if is_usual && element.is_too_large() {
                self.record(element)?;
                return Ok(Found::List { n_objects });
            }
            let has_text = record::has_text(&element.bytes, self.names);
            let cannot_wait = self.input.recorded() > self.limit;
            if is_usual && has_text || (is_usual || has_text) && cannot_wait {
                self.input.put_back(element.bytes);
                return Ok(Found::List { n_objects });
            }
            let is_first = members.candidate.is_none();
            if has_text || is_usual && is_first {
                members.candidate = Some(Candidate { start, n_objects, has_text });
                self.input.stops_when_full = true;
            }
        }
        let (_, end) = self.input.cut(Cutter::within_list(is_looked_at), 0)?;
        Ok(Found::at(end))
    }
}

/// A string, unless it is too long to have been kept.
fn string(value: &Kept) -> Option<String> {
    if value.is_too_large() { None } else { serde_json::from_slice(&value.bytes).ok() }
}
