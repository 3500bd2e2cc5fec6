//! Archives that are cut, whose lengths lie, or that hold anything.

use dyad_core::RejectCode;
use proptest::prelude::*;

use crate::archive::{answer, gzip, news, page, read, read_limited, record, story};

#[test]
fn an_archive_cut_anywhere_keeps_the_records_before() {
    let records: Vec<Vec<u8>> = news().into_iter().map(|(_, record)| record).collect();
    let plain = records.concat();
    let mut ends = Vec::new();
    for record in &records {
        ends.push(ends.last().unwrap_or(&0) + record.len());
    }
    for cut in (37..plain.len()).step_by(37) {
        let reading = read(&plain[..cut]);
        let n_whole = ends.iter().filter(|&&end| end - 4 <= cut).count() as u64;
        assert_eq!(reading.counts.articles + reading.counts.other_records, n_whole, "cut at {cut}");
        let is_between = ends.iter().any(|&end| (end - 4..=end).contains(&cut));
        let expected = if is_between { vec![] } else { vec![(n_whole + 1, "malformed")] };
        assert_eq!(reading.reject_places(), expected, "cut at {cut}: {:?}", reading.rejects);
    }
}

#[test]
fn a_compressed_archive_cut_anywhere_keeps_the_records_before() {
    let mut members = Vec::new();
    let mut ends = Vec::new();
    for (_, record) in news() {
        members.extend(gzip(&record));
        ends.push(members.len());
    }
    for cut in (2..members.len()).step_by(37) {
        let reading = read_limited("a.warc.gz", &members[..cut], 1 << 20);
        let n_whole = ends.iter().filter(|&&end| end <= cut).count() as u64;
        let n_kept = reading.counts.articles + reading.counts.other_records;
        // A record may be whole before the last bytes of its member are.
        assert!((n_whole..=n_whole + 1).contains(&n_kept), "cut at {cut}: {n_kept} of {n_whole}");
        if ends.contains(&cut) {
            assert!(reading.rejects.is_empty());
            continue;
        }
        let [reject] = &reading.rejects[..] else { panic!("cut at {cut}: {:?}", reading.rejects) };
        assert_eq!(reject.code, RejectCode::DamagedCompression, "{}", reject.reason);
        // Where nothing at all comes out, the file fails as a whole.
        assert!(reject.origin.position == n_kept + 1 || n_kept == 0, "cut at {cut}: {:?}", reject.origin);
    }
}

#[test]
fn a_damaged_file_that_is_no_archive_is_one_reject() {
    let lines = gzip("{\"text\": \"one\"}\n".repeat(3).as_bytes());
    for cut in [lines.len() - 4, lines.len() - 9] {
        let reading = read_limited("a.warc.gz", &lines[..cut], 1 << 20);
        assert_eq!(reading.reject_places(), [(1, "damaged_compression")], "{:?}", reading.rejects);
    }
    assert_eq!(read_limited("a.warc.gz", &lines, 1 << 20).reject_places(), [(0, "unknown_format")]);
}

/// Adds to the block length that a record's header names.
fn lie(record: &[u8], by: i64) -> Vec<u8> {
    let text = String::from_utf8(record.to_vec()).unwrap();
    let (before, rest) = text.split_once("Content-Length: ").unwrap();
    let (length, after) = rest.split_once("\r\n").unwrap();
    let length = length.parse::<i64>().unwrap() + by;
    format!("{before}Content-Length: {length}\r\n{after}").into_bytes()
}

#[test]
fn a_length_too_small_costs_what_is_left_over() {
    for by in [-1, -30, -100] {
        let archive = [story("a"), lie(&story("b"), by), story("c")].concat();
        let reading = read(&archive);
        assert_eq!(reading.positions(), [1, 2, 4], "{by}: {:?}", reading.rejects);
        assert_eq!(reading.reject_places(), [(3, "malformed")]);
        let n_bytes = 4 - by;
        assert!(
            reading.rejects[0].reason.starts_with(&format!("{n_bytes} bytes")),
            "{}",
            reading.rejects[0].reason
        );
        let expected = page("b");
        let tail = &expected[expected.len() - usize::try_from(-by).unwrap()..];
        assert_eq!(reading.rejects[0].raw.trim_end(), tail);
    }
}

#[test]
fn a_length_too_large_costs_its_record_only() {
    // Two, four and six bytes too many: both line ends, and the first letters of the next record.
    for by in [2, 4] {
        let reading = read(&[story("a"), lie(&story("b"), by), story("c")].concat());
        assert_eq!((reading.positions(), reading.reject_places()), (vec![1, 2, 3], vec![]), "{by}");
    }
    for by in [6, 10, 11, 12, 40, 1_000, 1_700, 5_000, 100_000_000, 1 << 40, i64::MAX - 10_000] {
        let archive = [story("a"), lie(&story("b"), by), story("c"), story("d"), story("e")].concat();
        for (name, content) in [("a.warc", archive.clone()), ("a.warc.gz", gzip(&archive))] {
            let reading = read_limited(name, &content, 64 << 20);
            assert_eq!(reading.positions(), [1, 3, 4, 5], "{by}: {:?}", reading.rejects);
            assert_eq!(reading.reject_places(), [(2, "malformed")], "{by}");
            assert!(reading.rejects[0].reason.contains("promises"), "{}", reading.rejects[0].reason);
        }
    }
}

#[test]
fn a_record_far_behind_a_huge_length_is_found() {
    let long = answer(
        "https://e.com/b",
        "HTTP/1.1 200 OK\nContent-Type: image/png",
        "x\n".repeat(100_000).as_bytes(),
    );
    let archive = [lie(&long, 1 << 40), story("c")].concat();
    let reading = read(&archive);
    assert_eq!((reading.positions(), reading.reject_places()), (vec![2], vec![(1, "malformed")]));
}

#[test]
fn lengths_that_all_lie_cost_no_more_than_a_multiple_of_the_file() {
    for length in [100, 4_000, 1_999_999, 60_000_000] {
        let archive = format!("WARC/1.0\r\nContent-Length: {length}\r\n\r\n").repeat(60_000);
        let reading = read(archive.as_bytes());
        assert!(reading.articles.is_empty() && !reading.rejects.is_empty(), "{length}");
    }
}

#[test]
fn a_header_that_cannot_be_used_costs_its_record_only() {
    let long = format!("WARC/1.0\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "y".repeat(200_000));
    let many = format!("WARC/1.0\r\n{}Content-Length: 0\r\n\r\n", "X: y\r\n".repeat(50_000));
    for (header, words) in [
        ("WARC/1.0\r\nWARC-Type: response\r\n\r\nsome text\r\n", "Content-Length"),
        ("WARC/1.0\r\nContent-Length: +5\r\n\r\nhello\r\n", "Content-Length"),
        ("WARC/1.0\r\nContent-Length: 99999999999999999999999\r\n\r\nhello\r\n", "Content-Length"),
        ("WARC/1.0\r\nWARC-Type: resp\r\n", "breaks off"),
        ("WARC/1.0\r\n", "breaks off"),
        (&long, "64 KiB"),
        (&many, "64 KiB"),
        ("between two records\r\n\r\n", "belong to no record"),
    ] {
        let reading = read(&[story("a"), header.as_bytes().to_vec(), story("b")].concat());
        assert_eq!(
            (reading.positions(), reading.reject_places()),
            (vec![1, 3], vec![(2, "malformed")]),
            "{words}"
        );
        assert!(reading.rejects[0].reason.contains(words), "{}", reading.rejects[0].reason);
        assert!(reading.rejects[0].raw.starts_with(&header[..8]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pieces_of_archives_in_any_order_are_read_to_the_end(
        pieces in prop::collection::vec(
            prop_oneof![
                "WARC/1\\.[01]\r\n",
                "(WARC-Type|Content-Type|Content-Length): (response|application/http|[0-9]{1,4})\r\n",
                Just("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n".to_owned()),
                Just("\r\n".to_owned()),
                Just("\n".to_owned()),
                "[ -~\n]{0,80}",
            ],
            0..60,
        ),
        noise: Vec<u8>,
        limit in 1u64..400,
        is_packed: bool,
    ) {
        // Whatever stands before, the record at the end is one.
        let last = record("metadata", "", "text/plain", b"x");
        let head = [pieces.concat().as_bytes(), &noise].concat();
        let content = [&head[..], b"\r\n", &last].concat();
        let content = if is_packed { gzip(&content) } else { content };
        let reading = read_limited("a.warc", &content, limit);
        prop_assert!(reading.n_records() > 0);
        prop_assert!(reading.rejects.iter().all(|reject| reject.origin.position <= reading.n_records()));
    }

    #[test]
    fn a_changed_byte_costs_no_more_than_its_neighbours(at in 0usize..10_000, byte: u8) {
        let mut content: Vec<u8> = news().into_iter().flat_map(|(_, record)| record).collect();
        let at = at % content.len();
        content[at] = byte;
        let reading = read(&content);
        prop_assert!(reading.counts.rejects <= 2, "{:?}", reading.rejects);
        prop_assert!(reading.n_records() + 1 >= news().len() as u64);
    }
}
