use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use serde_json::Value;
use url::Url;

/// Before this year there was no news on the web: a date there is a default value (1970, 1900, 0001).
const FIRST_YEAR: i32 = 1990;
/// A clock may be wrong and a time zone ahead, but no article is published later than this after now.
const MAX_DAYS_AHEAD: u64 = 2;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Named time zones that news sites print, in minutes east of UTC.
const ZONES: [(&str, i32); 14] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("est", -300),
    ("edt", -240),
    ("et", -300),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("cet", 60),
    ("cest", 120),
];

/// The date in a field of a record, if it holds one that can be true at `now`. A date without a time is
/// midnight, a time without a zone is UTC.
pub(crate) fn from_field(value: &Value, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let date = match value {
        Value::String(text) => from_text(text.trim()),
        Value::Number(number) => number.as_f64().and_then(from_epoch),
        _ => None,
    };
    date.filter(|&date| is_plausible(date, now))
}

/// The date in the path of a web address: `/2024/07/31/`, `/2024/jul/31/` or `2024-07-31` as a part of it.
pub(crate) fn from_url(url: &Url, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let segments: Vec<&str> = url.path_segments()?.collect();
    let folders = segments.windows(3).filter_map(|window| {
        let [year, month, day] = window else { return None };
        let numeric = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let month = if numeric(month) { month.parse().ok()? } else { month_number(month)? };
        (year.len() == 4 && numeric(day)).then_some(())?;
        NaiveDate::from_ymd_opt(year.parse().ok()?, month, day.parse().ok()?)
    });
    let slugs = segments.iter().flat_map(|segment| iso_dates(segment));
    folders.chain(slugs).map(at_midnight).find(|&date| is_plausible(date, now))
}

fn is_plausible(date: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    let latest = now.checked_add_days(Days::new(MAX_DAYS_AHEAD)).unwrap_or(now);
    date.year() >= FIRST_YEAR && date <= latest
}

fn at_midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

/// Dates written `2024-07-31` that stand apart from other digits.
fn iso_dates(text: &str) -> impl Iterator<Item = NaiveDate> + '_ {
    let bytes = text.as_bytes();
    let digit_at = move |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (0..bytes.len()).filter(move |&at| (at == 0 || !digit_at(at - 1)) && !digit_at(at + 10)).filter_map(
        move |at| {
            let found = text.get(at..at + 10)?;
            let shaped = found.bytes().enumerate().all(|(i, b)| match i {
                4 | 7 => b == b'-',
                _ => b.is_ascii_digit(),
            });
            shaped.then(|| found.parse().ok()).flatten()
        },
    )
}

fn from_text(text: &str) -> Option<DateTime<Utc>> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return from_digits(text);
    }
    if let Ok(date) = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text)) {
        return Some(date.to_utc());
    }
    let (date, rest) = year_first(text).or_else(|| month_by_name(text))?;
    let (time, offset) = time_and_zone(rest)?;
    offset.from_local_datetime(&date.and_time(time)).single().map(|date| date.to_utc())
}

/// `20240731`, `20240731120000`, `2024.07.31`, or seconds and their fractions since 1970.
fn from_digits(text: &str) -> Option<DateTime<Utc>> {
    let date = match text.len() {
        8 => NaiveDate::parse_from_str(text, "%Y%m%d").ok().map(at_midnight),
        14 => NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").ok().map(|date| date.and_utc()),
        _ => None,
    };
    date.or_else(|| text.parse().ok().and_then(from_epoch))
        .or_else(|| year_first(text).filter(|(_, rest)| rest.is_empty()).map(|(date, _)| at_midnight(date)))
}

/// Time since 1970 in seconds, milliseconds, microseconds or nanoseconds: their sizes tell them apart
/// for every year that matters here.
fn from_epoch(number: f64) -> Option<DateTime<Utc>> {
    let millis = match number.abs() {
        n if n < 1e11 => number * 1e3,
        n if n < 1e14 => number,
        n if n < 1e17 => number / 1e3,
        _ => number / 1e6,
    };
    DateTime::from_timestamp_millis(millis as i64)
}

/// `2024-07-31`, `2024/7/31` and what follows.
fn year_first(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = number(text, 4, 4)?;
    let separator = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.'))?;
    let (month, rest) = number(&rest[1..], 1, 2)?;
    let (day, rest) = number(rest.strip_prefix(separator)?, 1, 2)?;
    Some((NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?, rest))
}

/// `31 July 2024`, `July 31, 2024`, `Wed, Jul. 31st 2024` and what follows.
fn month_by_name(text: &str) -> Option<(NaiveDate, &str)> {
    let mut rest = text;
    if let Some((first, after)) = word(rest)
        && is_weekday(first)
    {
        rest = skip(after);
    }
    let (day, month, rest) = match word(rest) {
        Some((name, after)) => {
            let month = month_number(name)?;
            let (day, after) = number(skip(after), 1, 2)?;
            (day, month, skip_ordinal(after))
        }
        None => {
            let (day, after) = number(rest, 1, 2)?;
            let after = skip(skip_ordinal(after));
            let (name, after) = word(after.strip_prefix("of ").unwrap_or(after))?;
            (day, month_number(name)?, after)
        }
    };
    let (year, rest) = number(skip(rest), 4, 4)?;
    Some((NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?, rest))
}

/// `T12:00:00.5+02:00`, ` 12:00`, `, at 3:15 pm EDT` or nothing at all.
fn time_and_zone(text: &str) -> Option<(NaiveTime, FixedOffset)> {
    let rest = text.strip_prefix('T').unwrap_or_else(|| skip(text));
    let rest = rest.strip_prefix("at ").map_or(rest, skip);
    if rest.is_empty() {
        return Some((NaiveTime::MIN, FixedOffset::east_opt(0)?));
    }
    let Some((hour, after)) = number(rest, 1, 2).filter(|(_, after)| after.starts_with(':')) else {
        // A date with a zone but no time ("2024-07-31Z", as XML writes it).
        return Some((NaiveTime::MIN, zone(rest)?));
    };
    let (minute, mut rest) = number(&after[1..], 2, 2)?;
    let mut second = 0;
    if let Some(after) = rest.strip_prefix(':') {
        (second, rest) = number(after, 2, 2)?;
        if let Some(after) = rest.strip_prefix(['.', ',']) {
            rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    rest = rest.trim_start();
    let lower = rest.to_ascii_lowercase();
    let mut hour = hour;
    for (mark, afternoon) in [("am", false), ("pm", true), ("a.m.", false), ("p.m.", true)] {
        if lower.starts_with(mark) {
            (1..=12).contains(&hour).then_some(())?;
            hour = hour % 12 + if afternoon { 12 } else { 0 };
            rest = rest[mark.len()..].trim_start();
            break;
        }
    }
    // A leap second has no place in chrono's time of day; the second before it serves.
    Some((NaiveTime::from_hms_opt(hour, minute, second.min(59))?, zone(rest)?))
}

/// `Z`, `+02:00`, `-0530`, `UTC+1`, `(EST)` or nothing, which is UTC.
fn zone(text: &str) -> Option<FixedOffset> {
    let text = text.trim().trim_start_matches('(').trim_end_matches(')');
    if text.is_empty() {
        return FixedOffset::east_opt(0);
    }
    let lower = text.to_ascii_lowercase();
    if let Some(&(_, minutes)) = ZONES.iter().find(|(name, _)| *name == lower) {
        return FixedOffset::east_opt(minutes * 60);
    }
    let signed =
        lower.strip_prefix("utc").or_else(|| lower.strip_prefix("gmt")).unwrap_or(&lower).trim_start();
    let sign = match signed.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, rest) = number(&signed[1..], 1, 2)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = if rest.is_empty() { 0 } else { number(rest, 2, 2).filter(|(_, rest)| rest.is_empty())?.0 };
    FixedOffset::east_opt(sign * i32::try_from(hours * 3600 + minutes * 60).ok()?)
}

/// A run of digits at the start of the text, if its length lies in the range.
fn number(text: &str, min: usize, max: usize) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).take(max).count();
    (digits >= min).then(|| text[..digits].parse().ok().map(|value| (value, &text[digits..]))).flatten()
}

/// A run of letters at the start of the text.
fn word(text: &str) -> Option<(&str, &str)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    (letters > 0).then(|| text.split_at(letters))
}

/// What follows spaces and punctuation.
fn skip(text: &str) -> &str {
    text.trim_start_matches([' ', ',', '.', '-', '|', '\t'])
}

fn skip_ordinal(text: &str) -> &str {
    ["st", "nd", "rd", "th"].iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text)
}

fn month_number(name: &str) -> Option<u32> {
    let lower = name.to_ascii_lowercase();
    let known = |month: &&str| month.starts_with(&lower) && (lower.len() == 3 || lower.len() == month.len());
    let place = MONTHS.iter().position(|month| known(month) || (lower == "sept" && *month == "september"))?;
    u32::try_from(place + 1).ok()
}

fn is_weekday(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        .iter()
        .any(|day| day.starts_with(&lower) && lower.len() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_753_963_200, 0).expect("31 July 2025, noon")
    }

    fn read(value: Value) -> Option<String> {
        from_field(&value, now()).map(|date| date.format("%Y-%m-%d %H:%M:%S").to_string())
    }

    #[test]
    fn every_usual_form_is_read() {
        let noon = Some("2024-07-31 12:00:00".to_owned());
        for text in [
            "2024-07-31T12:00:00Z",
            "2024-07-31T14:00:00.156+02:00",
            "2024-07-31T14:00:00+0200",
            "2024-07-31T12:00:00.123456",
            "2024-07-31 12:00",
            "2024-07-31 12:00:00",
            "2024-07-31 12:00:00Z",
            "2024-07-31 14:00 +02:00",
            "2024-07-31 12:00:00+00:00",
            "Wed, 31 Jul 2024 12:00:00 GMT",
            "Wed, 31 Jul 2024 08:00:00 -0400",
            "July 31, 2024 at 8:00 a.m. EDT",
            "Wednesday, July 31st, 2024 12:00 PM",
            "31 July 2024, 12:00 UTC",
            "1722427200",
            "1722427200000",
            "20240731120000",
        ] {
            assert_eq!(read(json!(text)), noon, "{text}");
        }
        assert_eq!(read(json!(1_722_427_200)), noon);
        assert_eq!(read(json!(1_722_427_200.0)), noon);
        assert_eq!(read(json!(1_722_427_200_000_i64)), noon);
    }

    #[test]
    fn a_date_alone_is_midnight() {
        for text in [
            "2024-07-31",
            "2024/07/31",
            "2024/7/31",
            "2024.07.31",
            "31 July 2024",
            "July 31, 2024",
            "Jul 31, 2024",
            "Jul. 31 2024",
            "31st of July 2024",
            "Wed, Jul 31, 2024",
            "31-Jul-2024",
            "20240731",
            " 2024-07-31 ",
            "2024-07-31Z",
        ] {
            assert_eq!(read(json!(text)), Some("2024-07-31 00:00:00".to_owned()), "{text}");
        }
    }

    #[test]
    fn impossible_and_vague_dates_are_not_found() {
        for value in [
            json!("2024-02-30"),
            json!("1970-01-01"),
            json!(0),
            json!("0001-01-01T00:00:00"),
            json!("2025-08-03"),
            json!("2024"),
            json!("2024-07"),
            json!(""),
            json!("yesterday"),
            json!("07/31/2024"),
            json!(true),
            json!(null),
            json!("2024-07-31 25:00"),
            json!("31 Brumaire 2024"),
            json!(1e300),
            json!("2024-07-31 foo"),
        ] {
            assert_eq!(read(value.clone()), None, "{value}");
        }
        assert!(read(json!("2025-08-02T11:00:00Z")).is_some());
    }

    #[test]
    fn addresses_tell_a_date_only_in_their_path() {
        let read = |address: &str| {
            from_url(&Url::parse(address).expect("a URL"), now()).map(|date| date.format("%F").to_string())
        };
        let expected = Some("2024-07-31".to_owned());
        for address in [
            "https://e.com/2024/07/31/story",
            "https://e.com/tech/2024/7/31",
            "https://e.com/tech/2024/jul/31/story",
            "https://e.com/2024-07-31",
            "https://e.com/tech/story-2024-07-31/",
            "https://e.com/9999/99/99/2024-07-31-story",
        ] {
            assert_eq!(read(address), expected, "{address}");
        }
        for address in [
            "https://e.com/?d=2024-07-31",
            "https://e.com/2024/07/story",
            "https://e.com/2024/13/31/x",
            "https://e.com/12024-07-311",
            "https://e.com/2031/07/31/x",
            "https://e.com/é2024-07-3é",
        ] {
            assert_eq!(read(address), None, "{address}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,40}", shaped in "[0-9]{1,4}[-/ .][A-Za-z0-9é]{1,4}[-/ ,]{1,2}[0-9]{1,4}[T ]?[0-9:+. a-zA-Zé]{0,14}") {
            read(json!(text));
            read(json!(shaped));
        }

        #[test]
        fn what_chrono_writes_is_read_back(seconds in 631_152_000i64..1_753_963_200) {
            let date = DateTime::from_timestamp(seconds, 0).expect("in range");
            for text in [date.to_rfc3339(), date.to_rfc2822(), date.format("%d %B %Y %H:%M:%S").to_string()] {
                prop_assert_eq!(from_field(&json!(text), now()), Some(date));
            }
            prop_assert_eq!(from_field(&json!(seconds), now()), Some(date));
        }
    }
}
