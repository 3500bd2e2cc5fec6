//! Events that a reader knows of and the charts mark: a CSV file with the columns `date`, `label` and, optionally, `link`.
//!
//! They are no result: no number depends on them.

use std::io;
use std::path::{Path, PathBuf};

use chrono::{Days, Months, NaiveDate};
use csv::{ReaderBuilder, StringRecord, Trim};
use serde::{Deserialize, Serialize};
use url::Url;

/// Most events a file may hold: more could not be told apart on a time axis.
const MAX_EVENTS: usize = 500;
/// Longest label in characters, so that lists stay readable.
const MAX_LABEL_CHARS: usize = 200;

/// Something that happened, as a reader's file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The day; the first day of the month where the file gives only a month.
    pub date: NaiveDate,
    /// The same day; the last day of the month where the file gives only a month.
    pub last: NaiveDate,
    /// What happened, in a few words.
    pub label: String,
    /// Where to read about it, http or https.
    pub link: Option<String>,
}

impl Event {
    /// Whether the file gives the month and not the day.
    pub fn is_month(&self) -> bool {
        self.date < self.last
    }

    /// Where it stands on a time axis: the day, or the middle of the month.
    pub fn middle(&self) -> NaiveDate {
        let days = (self.last - self.date).num_days().max(0) as u64;
        self.date.checked_add_days(Days::new(days / 2)).unwrap_or(self.date)
    }

    /// Whether it lies in a range of days, ends included; a month does with any of its days.
    pub fn is_within(&self, first: NaiveDate, last: NaiveDate) -> bool {
        self.date <= last && first <= self.last
    }
}

/// Why a file of events cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventsError {
    /// The file could not be opened.
    #[error("events: {path} could not be read: {source}; check --events, or events under [report] in the configuration", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The first line does not name the columns.
    #[error("events: {path}, line {line}: {cause}; the first line must be date,label,link (link may be left out)", path = path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The line on which it stands, from 1.
        line: u64,
        /// What is wrong with it.
        cause: String,
    },
    /// A row is no event.
    #[error("events: {path}, line {line}: {cause}", path = path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The line on which the row starts, from 1.
        line: u64,
        /// What is wrong with it, and what to write.
        cause: String,
    },
    /// There are more events than charts can mark.
    #[error("events: {path} holds more than {MAX_EVENTS} events, which no chart could mark; keep those that matter most", path = path.display())]
    TooMany {
        /// The file.
        path: PathBuf,
    },
}

/// Reads a file of events, by date. Lines that start with `#` are comments; empty lines are passed over.
///
/// A date is a day (`2023-11-17`) or, where only that is known, a month (`2023-11`).
///
/// # Errors
/// [`EventsError`] names the file, the line, what is wrong and what to write instead.
pub fn read_events(path: &Path) -> Result<Vec<Event>, EventsError> {
    let file = std::fs::read(path).map_err(|source| EventsError::Open { path: path.to_owned(), source })?;
    let mut reader =
        ReaderBuilder::new().flexible(true).trim(Trim::All).comment(Some(b'#')).from_reader(file.as_slice());
    let header = reader.headers().cloned();
    let line = line_of(&file, position(&header));
    let columns = header.map_err(|error| cause(&error)).and_then(|header| columns(&header));
    let columns = columns.map_err(|cause| EventsError::Header { path: path.to_owned(), line, cause })?;
    let mut events = Vec::new();
    for record in reader.records() {
        let line = line_of(&file, position(&record));
        let event = record.map_err(|error| cause(&error)).and_then(|record| event(&record, &columns));
        events.push(event.map_err(|cause| EventsError::Row { path: path.to_owned(), line, cause })?);
        if events.len() > MAX_EVENTS {
            return Err(EventsError::TooMany { path: path.to_owned() });
        }
    }
    events.sort_by(|x, y| (x.middle(), &x.label).cmp(&(y.middle(), &y.label)));
    Ok(events)
}

/// The byte from which a record was read, or was to be read.
fn position(record: &Result<StringRecord, csv::Error>) -> u64 {
    let position = record.as_ref().map_or_else(csv::Error::position, StringRecord::position);
    position.map_or(0, csv::Position::byte)
}

/// The line, from 1, of a record that was read from a byte on: the reader passes over empty lines and comments first.
fn line_of(file: &[u8], byte: u64) -> u64 {
    let start = usize::try_from(byte).map_or(file.len(), |byte| byte.min(file.len()));
    let newlines = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
    let lines = file[start..].split_inclusive(|&byte| byte == b'\n');
    let passed = lines.take_while(|line| line.starts_with(b"#") || line.iter().all(u8::is_ascii_whitespace));
    1 + newlines(&file[..start]) + passed.map(newlines).sum::<u64>()
}

/// What a CSV error says, without the position, which the message names anyway.
fn cause(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "the text is not UTF-8; save the file as UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

/// Places of the columns in a row.
struct Columns {
    date: usize,
    label: usize,
    link: Option<usize>,
    count: usize,
}

fn columns(header: &StringRecord) -> Result<Columns, String> {
    let names: Vec<String> = header.iter().map(str::to_lowercase).collect();
    let place = |name: &str| names.iter().position(|found| found == name);
    let unknown = names.iter().find(|name| !["date", "label", "link"].contains(&name.as_str()));
    match (place("date"), place("label"), unknown) {
        (Some(date), Some(label), None) => {
            Ok(Columns { date, label, link: place("link"), count: names.len() })
        }
        (None, _, _) => Err("there is no column date".to_owned()),
        (_, None, _) => Err("there is no column label".to_owned()),
        (_, _, Some(name)) => Err(format!("the column '{}' is not known", shown(name))),
    }
}

fn event(record: &StringRecord, columns: &Columns) -> Result<Event, String> {
    if record.len() > columns.count {
        return Err(format!(
            "there are {} cells for {} columns; put a label that holds a comma in double quotes",
            record.len(),
            columns.count
        ));
    }
    let cell = |place: usize| record.get(place).unwrap_or_default();
    let (date, last) = days(cell(columns.date)).ok_or_else(|| {
        format!(
            "'{}' is no date; write a day as 2023-11-17, or a month as 2023-11",
            shown(cell(columns.date))
        )
    })?;
    let label = cell(columns.label);
    match label.chars().count() {
        0 => return Err("the label is empty; say in a few words what happened".to_owned()),
        n if n > MAX_LABEL_CHARS => {
            return Err(format!("the label has {n} characters; shorten it to {MAX_LABEL_CHARS} at most"));
        }
        _ => {}
    }
    let link = columns.link.map(cell).filter(|link| !link.is_empty());
    let link = link.map(|link| {
        web_address(link).ok_or_else(|| {
            format!(
                "'{}' is no web address; write one that starts with https:// or http://, or leave it empty",
                shown(link)
            )
        })
    });
    Ok(Event { date, last, label: label.to_owned(), link: link.transpose()? })
}

/// First and last day of `2023-11-17` or `2023-11`, nothing else.
fn days(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let number = |text: &str, digits: usize| {
        let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<u32>().ok()).flatten()
    };
    let parts: Vec<&str> = text.split('-').collect();
    let year = i32::try_from(number(parts.first()?, 4)?).ok()?;
    let month = number(parts.get(1)?, 2)?;
    match parts.as_slice() {
        [_, _] => {
            let first = NaiveDate::from_ymd_opt(year, month, 1)?;
            Some((first, first.checked_add_months(Months::new(1))?.pred_opt()?))
        }
        [_, _, day] => {
            let day = NaiveDate::from_ymd_opt(year, month, number(day, 2)?)?;
            Some((day, day))
        }
        _ => None,
    }
}

fn web_address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| text.to_owned())
}

/// A cell as a message quotes it: short and on one line.
fn shown(cell: &str) -> String {
    let mut shown: String = cell.chars().filter(|c| !c.is_control()).take(60).collect();
    if cell.chars().count() > 60 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Result<Vec<Event>, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("events.csv");
        std::fs::write(&path, text).expect("written");
        read_events(&path).map_err(|error| error.to_string())
    }

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).expect("a date")
    }

    #[test]
    fn days_and_months_are_read_and_sorted() {
        let events = read(
            "\u{feff}# mine\nlabel,Date,link\n\"Board, again\",2023-11-17, https://example.org/a?b=c \n\nA month,2020-02,\n"
                .as_bytes(),
        );
        let events = events.expect("two events");
        assert_eq!(events.len(), 2);
        assert_eq!((events[0].date, events[0].last), (day(2020, 2, 1), day(2020, 2, 29)));
        assert!(events[0].is_month() && events[0].link.is_none());
        assert_eq!(events[0].middle(), day(2020, 2, 15));
        assert!(events[0].is_within(day(2020, 2, 29), day(2020, 3, 1)));
        assert!(!events[0].is_within(day(2020, 3, 1), day(2020, 3, 9)));
        assert_eq!(events[1].label, "Board, again");
        assert_eq!(events[1].link.as_deref(), Some("https://example.org/a?b=c"));
        assert!(!events[1].is_month() && events[1].middle() == day(2023, 11, 17));
        assert_eq!(read(b"date,label\n2024-01-01,x\n").map(|events| events.len()), Ok(1));
    }

    /// What is wrong, where, and what to write: a person must be able to mend the file from the message.
    #[test]
    fn a_mistake_is_told_with_its_line_and_remedy() {
        let cases: [(&[u8], &str); 12] = [
            (b"", "line 1: there is no column date; the first line must be date,label,link"),
            (b"date;label;link\n", "there is no column date"),
            (b"date,title\n", "there is no column label"),
            (b"date,label,colour\n", "the column 'colour' is not known"),
            (b"date,label\n\n17.11.2023,x\n", "line 3: '17.11.2023' is no date; write a day as 2023-11-17"),
            (b"date,label\n2023-02-29,x\n", "line 2: '2023-02-29' is no date"),
            (b"date,label\n23-11-17,x\n", "is no date"),
            (b"date,label\n2023-11-17, \n", "line 2: the label is empty"),
            (b"date,label\n2023-11-17,a, b\n", "put a label that holds a comma in double quotes"),
            (
                b"date,label,link\n2023-11-17,a,javascript:alert(1)\n",
                "'javascript:alert(1)' is no web address",
            ),
            (
                b"date,label,link\n2023-11-17,a,\n2023-11-18,b,example.org\n",
                "line 3: 'example.org' is no web",
            ),
            (b"date,label\n2023-11-17,\xff\n", "line 2: the text is not UTF-8"),
        ];
        for (text, expected) in cases {
            let error = read(text).expect_err("a mistake");
            assert!(error.contains(expected) && error.contains("events.csv"), "{error}");
        }
        let many = format!("date,label\n{}", "2023-11-17,x\n".repeat(MAX_EVENTS + 1));
        assert!(read(many.as_bytes()).expect_err("too many").contains("holds more than 500 events"));
        let long = format!("date,label\n2023-11-17,{}\n", "x".repeat(201));
        assert!(read(long.as_bytes()).expect_err("too long").contains("201 characters"));
        let missing = read_events(Path::new("/nonexistent/events.csv")).expect_err("no file").to_string();
        assert!(
            missing.contains("/nonexistent/events.csv could not be read") && missing.contains("--events")
        );
    }
}
