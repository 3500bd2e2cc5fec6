//! Reads tables that Parquet's and Arrow's own writers made, whole and damaged, through the public interface.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::io::Write;
use std::sync::{Arc, LazyLock};

use arrow_array::builder::{ListBuilder, StringBuilder, StringRunBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, BinaryViewArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray,
    FixedSizeBinaryArray, Int32Array, Int64Array, LargeBinaryArray, LargeStringArray, MapArray, NullArray,
    RecordBatch, StringArray, StringViewArray, StructArray, TimestampMicrosecondArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use dyad_core::{InputConfig, Reject, RejectCode};
use dyad_ingest::IngestOptions;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use proptest::prelude::*;
use support::Reading;

fn read_with(name: &str, content: &[u8], input: InputConfig) -> Reading {
    support::read_with(name, content, &options(input))
}

fn options(input: InputConfig) -> IngestOptions {
    IngestOptions { input, threads: 2, ..IngestOptions::default() }
}

fn read(name: &str, content: &[u8]) -> Reading {
    read_with(name, content, InputConfig::default())
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .unwrap()
}

fn strings(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn parquet_with(batches: &[RecordBatch], properties: WriterPropertiesBuilder) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batches[0].schema(), Some(properties.build())).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
        // A row group for each batch.
        writer.flush().unwrap();
    }
    writer.close().unwrap();
    bytes
}

fn parquet(batch: &RecordBatch) -> Vec<u8> {
    parquet_with(std::slice::from_ref(batch), WriterProperties::builder())
}

fn arrow_file(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = FileWriter::try_new_with_options(&mut bytes, &batches[0].schema(), options).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn arrow_stream(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, &batches[0].schema(), options).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes
}

/// The same table in each of the three formats.
fn each_format(batch: &RecordBatch) -> [(&'static str, Vec<u8>); 3] {
    let one = std::slice::from_ref(batch);
    [
        ("a.parquet", parquet(batch)),
        ("a.feather", arrow_file(one, None)),
        ("a.arrows", arrow_stream(one, None)),
    ]
}

fn story() -> RecordBatch {
    let time = 1_722_427_200_000_000;
    batch(vec![
        ("Title", strings(&["Two firms agree", "Two firms part"])),
        ("unused", Arc::new(Int32Array::from(vec![1, 2]))),
        ("text", strings(&["They agreed on Monday.", "They parted on Friday."])),
        ("url", strings(&["https://e.com/a", "https://e.com/b"])),
        ("date", Arc::new(TimestampMicrosecondArray::from(vec![time, time]).with_timezone("UTC"))),
    ])
}

fn check_story(name: &str, content: &[u8]) {
    let reading = read(name, content);
    assert_eq!(reading.rejects, [], "{name}");
    assert_eq!(reading.texts(), ["They agreed on Monday.", "They parted on Friday."], "{name}");
    let article = &reading.articles[1];
    assert_eq!(article.title.as_deref(), Some("Two firms part"), "{name}");
    assert_eq!(article.url.as_deref(), Some("https://e.com/b"), "{name}");
    assert_eq!(article.published.unwrap().to_rfc3339(), "2024-07-31T12:00:00+00:00", "{name}");
    assert_eq!(article.origin.position, 2, "{name}");
}

#[test]
fn parquet_is_read_in_every_compression_and_encoding() {
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::BROTLI(Default::default()),
        Compression::ZSTD(Default::default()),
        Compression::LZ4_RAW,
    ] {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let properties =
                || WriterProperties::builder().set_compression(compression).set_writer_version(version);
            check_story("a.parquet", &parquet_with(&[story()], properties()));
            for encoding in [Encoding::PLAIN, Encoding::DELTA_BYTE_ARRAY, Encoding::DELTA_LENGTH_BYTE_ARRAY] {
                let properties = properties()
                    .set_dictionary_enabled(false)
                    .set_column_encoding("text".into(), encoding)
                    .set_column_encoding("url".into(), encoding);
                check_story("a.parquet", &parquet_with(&[story()], properties));
            }
        }
    }
}

#[test]
fn arrow_is_read_as_file_and_stream_in_every_compression_and_by_its_content() {
    for compression in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
        let file = arrow_file(&[story()], compression);
        for name in ["a.arrow", "a.feather", "noname"] {
            check_story(name, &file);
        }
        check_story("a.arrows", &arrow_stream(&[story()], compression));
    }
    let mut gzip = GzEncoder::new(Vec::new(), Default::default());
    gzip.write_all(&parquet(&story())).unwrap();
    check_story("a.parquet.gz", &gzip.finish().unwrap());
    check_story("noname", &parquet(&story()));
}

#[test]
fn text_is_read_from_every_type_of_string() {
    let values = ["one", "two", "two"];
    let mut runs = StringRunBuilder::<Int32Type>::new();
    values.iter().for_each(|value| runs.append_value(value));
    let arrow_types: [ArrayRef; 8] = [
        strings(&values),
        Arc::new(LargeStringArray::from(values.to_vec())),
        Arc::new(StringViewArray::from(values.to_vec())),
        Arc::new(values.into_iter().collect::<DictionaryArray<Int32Type>>()),
        Arc::new(BinaryArray::from_iter_values(values)),
        Arc::new(LargeBinaryArray::from_iter_values(values)),
        Arc::new(BinaryViewArray::from_iter_values(values)),
        Arc::new(FixedSizeBinaryArray::try_from_iter(values.iter()).unwrap()),
    ];
    for array in arrow_types {
        for (name, content) in each_format(&batch(vec![("text", array.clone())])) {
            let reading = read(name, &content);
            assert_eq!(reading.texts(), values, "{name} {} {:?}", array.data_type(), reading.rejects);
        }
    }
    let runs = batch(vec![("text", Arc::new(runs.finish()))]);
    assert_eq!(read("a.arrow", &arrow_file(&[runs], None)).texts(), values);
}

#[test]
fn dates_are_read_from_every_type_of_time() {
    let seconds = 1_722_427_200;
    let mut dates: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(vec![seconds])),
        Arc::new(Int64Array::from(vec![seconds * 1_000])),
        Arc::new(Date64Array::from(vec![seconds * 1_000])),
        Arc::new(
            Decimal128Array::from(vec![i128::from(seconds) * 100]).with_precision_and_scale(20, 2).unwrap(),
        ),
        strings(&["2024-07-31T14:00:00+02:00"]),
        Arc::new(BinaryArray::from_iter_values(["2024-07-31T12:00:00Z"])),
    ];
    for zone in [None, Some("UTC"), Some("+02:00"), Some("America/New_York")] {
        dates.push(Arc::new(TimestampSecondArray::from(vec![seconds]).with_timezone_opt(zone)));
        dates.push(Arc::new(TimestampMillisecondArray::from(vec![seconds * 1_000]).with_timezone_opt(zone)));
        dates.push(Arc::new(
            TimestampMicrosecondArray::from(vec![seconds * 1_000_000]).with_timezone_opt(zone),
        ));
        dates.push(Arc::new(
            TimestampNanosecondArray::from(vec![seconds * 1_000_000_000]).with_timezone_opt(zone),
        ));
    }
    let published = |date: ArrayRef| {
        each_format(&batch(vec![("text", strings(&["A."])), ("date", date)])).map(|(name, content)| {
            let reading = read(name, &content);
            assert_eq!(reading.texts(), ["A."], "{name} {:?}", reading.rejects);
            let date = reading.articles[0].published;
            (date.map(|date| date.to_rfc3339()).unwrap_or_default(), reading.counts.unreadable_dates)
        })
    };
    for date in dates {
        let kind = date.data_type().clone();
        for found in published(date) {
            assert_eq!(found, ("2024-07-31T12:00:00+00:00".to_owned(), 0), "{kind}");
        }
    }
    for found in published(Arc::new(Date32Array::from(vec![19_935]))) {
        assert_eq!(found, ("2024-07-31T00:00:00+00:00".to_owned(), 0));
    }
    for found in published(Arc::new(TimestampSecondArray::from(vec![i64::MAX]))) {
        assert_eq!(found, (String::new(), 1), "outside of the calendar");
    }
    for found in published(Arc::new(Date32Array::from(vec![i32::MAX]))) {
        assert_eq!(found, (String::new(), 1), "outside of the calendar");
    }
}

#[test]
fn parts_of_objects_are_found_and_other_columns_do_no_harm() {
    let time: ArrayRef =
        Arc::new(TimestampMillisecondArray::from(vec![1_722_427_200_000]).with_timezone("UTC"));
    let field = |name: &str, array: &ArrayRef| {
        // A field of the type of the array, which no crate at hand lets us write down.
        batch(vec![(name, array.clone())]).schema().fields()[0].clone()
    };
    let body: ArrayRef = Arc::new(BinaryArray::from_iter_values(["A body."]));
    let story = StructArray::from(vec![(field("Body", &body), body), (field("at", &time), time)]);
    let name = strings(&["The Ledger"]);
    let site = StructArray::from(vec![(field("name", &name), name)]);
    let mut authors = ListBuilder::new(StringBuilder::new());
    authors.append_value([Some("Ann"), None, Some("Bo")]);
    let map = MapArray::new_from_strings(["k"].into_iter(), &StringArray::from(vec!["v"]), &[0, 1]).unwrap();
    let table = batch(vec![
        ("id", Arc::new(FixedSizeBinaryArray::try_from_iter([[0xffu8; 16]].iter()).unwrap())),
        ("story", Arc::new(story)),
        ("site", Arc::new(site)),
        ("title", Arc::new(authors.finish())),
        ("publisher", Arc::new(map)),
        ("lang", Arc::new(NullArray::new(1))),
    ]);
    let mut input = InputConfig::default();
    input.fields.text = vec!["story.body".into()];
    input.fields.published = vec!["story.at".into()];
    for (name, content) in each_format(&table) {
        let reading = read_with(name, &content, input.clone());
        assert_eq!(reading.texts(), ["A body."], "{name} {:?}", reading.rejects);
        let article = &reading.articles[0];
        assert_eq!(article.source.as_deref(), Some("The Ledger"), "{name}");
        assert_eq!(article.published.unwrap().to_rfc3339(), "2024-07-31T12:00:00+00:00", "{name}");
    }
}

#[test]
fn rows_without_fit_text_are_rejects_and_the_others_are_read() {
    let text = StringArray::from(vec![Some("one"), None, Some(" "), Some("four")]);
    let title = strings(&["A", "B", "C", "D"]);
    for (name, content) in each_format(&batch(vec![("text", Arc::new(text)), ("title", title.clone())])) {
        let reading = read(name, &content);
        assert_eq!(reading.texts(), ["one", "four"], "{name}");
        assert_eq!(reading.reject_list(), ["2 missing_text", "3 missing_text"], "{name}");
        assert!(reading.rejects[0].reason.contains("NULL"), "{}", reading.rejects[0].reason);
        assert_eq!(reading.rejects[0].raw, "{\"title\":\"B\"}");
    }
    let long = "x".repeat(5_000);
    let bytes: Vec<&[u8]> = vec![b"one", b"caf\xe9", long.as_bytes(), b"four"];
    let input = InputConfig { max_record_bytes: 1_000, ..InputConfig::default() };
    let table = batch(vec![("body", Arc::new(BinaryArray::from_vec(bytes))), ("title", title)]);
    for (name, content) in each_format(&table) {
        let reading = read_with(name, &content, input.clone());
        assert_eq!(reading.texts(), ["one", "four"], "{name}");
        assert_eq!(reading.reject_list(), ["2 invalid_utf8", "3 too_large"], "{name}");
        assert!(reading.rejects[0].reason.contains("'body'"), "{}", reading.rejects[0].reason);
    }
    let numbers = batch(vec![("text", Arc::new(Int32Array::from(vec![1])))]);
    for (name, content) in each_format(&numbers) {
        assert_eq!(read(name, &content).reject_list(), ["1 malformed"], "{name}");
    }
}

#[test]
fn a_string_that_is_no_utf8_costs_one_row_of_parquet() {
    let properties = || WriterProperties::builder().set_dictionary_enabled(false);
    let mut bytes = parquet_with(&[batch(vec![("text", strings(&["one", "tzo", "three"]))])], properties());
    let at = bytes.windows(3).position(|window| window == b"tzo").unwrap();
    bytes[at + 1] = 0xff;
    let reading = read("a.parquet", &bytes);
    assert_eq!(reading.texts(), ["one", "three"]);
    assert_eq!(reading.reject_list(), ["2 invalid_utf8"]);
}

#[test]
fn tables_that_fail_as_a_whole_are_one_reject() {
    let without = batch(vec![("tekst", strings(&["A."])), ("n", strings(&["1"]))]);
    let empty = batch(vec![("text", strings(&[]))]);
    for (table, expected, part) in
        [(without, "0 missing_text", "tekst, n"), (empty, "0 empty_file", "the file holds no row")]
    {
        for (name, content) in each_format(&table) {
            let reading = read(name, &content);
            assert_eq!(reading.reject_list(), [expected], "{name}");
            assert!(reading.rejects[0].reason.contains(part), "{}", reading.rejects[0].reason);
        }
    }
    let mut encrypted = parquet(&story());
    let end = encrypted.len() - 1;
    encrypted[end] = b'E';
    let reading = read("a.parquet", &encrypted);
    assert_eq!(reading.reject_list(), ["0 unreadable"]);
    assert!(reading.rejects[0].reason.contains("encrypted"));
    for (name, content, code) in [
        ("a.parquet", &b"PAR1"[..], "0 malformed"),
        ("a.parquet", b"{\"text\":\"a\"}", "0 malformed"),
        ("a.feather", b"FEA1\0\0\0\0FEA1", "0 unknown_format"),
        ("a.arrow", b"not arrow at all, but text", "1 malformed"),
    ] {
        let reading = read(name, content);
        assert_eq!(reading.reject_list(), [code], "{name} {:?}", reading.rejects);
    }
}

#[test]
fn a_text_column_of_a_type_without_text_is_one_reject() {
    let map = |rows: usize| {
        let offsets: Vec<u32> = (0..=rows as u32).collect();
        let values = StringArray::from(vec!["v"; rows]);
        MapArray::new_from_strings(vec!["k"; rows].into_iter(), &values, &offsets).unwrap()
    };
    let table = || batch(vec![("body", Arc::new(map(3)) as ArrayRef), ("title", strings(&["A", "B", "C"]))]);
    let tables = [table(), table(), table()];
    for (name, content) in [
        ("a.parquet", parquet_with(&tables, WriterProperties::builder())),
        ("a.feather", arrow_file(&tables, None)),
        ("a.arrows", arrow_stream(&tables, None)),
    ] {
        let reading = read(name, &content);
        assert_eq!(reading.reject_list(), ["0 malformed"], "{name}");
        let reason = &reading.rejects[0].reason;
        assert!(reason.contains("'body'") && reason.contains("Map("), "{reason}");
        assert!(reason.contains("[input.fields]"), "{reason}");
    }
    // Another column that holds the text makes up for it.
    let both = batch(vec![("body", Arc::new(map(1)) as ArrayRef), ("content", strings(&["One."]))]);
    for (name, content) in each_format(&both) {
        assert_eq!(read(name, &content).texts(), ["One."], "{name}");
    }
}

#[test]
fn a_compressed_arrow_stream_that_is_cut_says_so_once() {
    let compress = |content: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::none());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    };
    let stream = arrow_stream(&batches(), None);
    let whole = compress(&stream);
    for cut in [whole.len() / 2, whole.len() * 9 / 10, whole.len() - 4] {
        let reading = read("a.arrows.gz", &whole[..cut]);
        check_positions(&reading);
        let position = reading.articles.len() + 1;
        assert_eq!(reading.reject_list(), [format!("{position} damaged_compression")], "{cut}");
    }
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(stream.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "a.arrows", &stream[..]).unwrap();
    let tar = compress(&tar.into_inner().unwrap());
    let reading = read("a.tar.gz", &tar[..stream.len() / 2]);
    assert_eq!(reading.rejects.len(), 1, "{:?}", reading.rejects);
    assert_eq!(reading.rejects[0].code, RejectCode::DamagedCompression);
    assert!(reading.rejects[0].origin.file.ends_with("a.tar.gz!/a.arrows"));
}

/// Three batches of four rows.
fn batches() -> Vec<RecordBatch> {
    // Only a stream may replace a dictionary.
    let sources = strings(&["The Ledger", "The Post"]);
    (0..3)
        .map(|group| {
            let texts: Vec<String> =
                (0..4).map(|row| format!("Story {} is told.", group * 4 + row + 1)).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let keys = Int32Array::from(vec![Some(0), Some(1), None, Some(0)]);
            let words = DictionaryArray::new(keys, sources.clone());
            batch(vec![
                ("text", strings(&texts)),
                ("title", Arc::new(StringViewArray::from(texts))),
                ("source", Arc::new(words)),
            ])
        })
        .collect()
}

/// Every story that is still told is told under its own number.
fn check_positions(reading: &Reading) {
    for article in &reading.articles {
        let number = article.text.strip_prefix("Story ").and_then(|rest| rest.strip_suffix(" is told."));
        assert_eq!(number, Some(article.origin.position.to_string().as_str()));
    }
}

#[test]
fn parquet_without_its_footer_is_one_reject() {
    let whole = parquet_with(&batches(), WriterProperties::builder());
    assert_eq!(read("a.parquet", &whole).articles.len(), 12);
    for end in (0..whole.len()).step_by(13).chain(whole.len() - 20..whole.len()) {
        let reading = read("a.parquet", &whole[..end]);
        assert_eq!((reading.articles.len(), reading.rejects.len()), (0, 1), "{end}");
        let code = if end == 0 { RejectCode::EmptyFile } else { RejectCode::Malformed };
        assert_eq!(reading.rejects[0].code, code, "{end}: {}", reading.rejects[0].reason);
    }
}

#[test]
fn a_damaged_row_group_costs_its_own_rows() {
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_compression(Compression::ZSTD(Default::default()));
    let mut bytes = parquet_with(&batches(), properties);
    // The magic of the zstd frames: three columns for each row group.
    let frames: Vec<usize> = bytes
        .windows(4)
        .enumerate()
        .filter(|(_, w)| *w == [0x28, 0xb5, 0x2f, 0xfd])
        .map(|(at, _)| at)
        .collect();
    assert_eq!(frames.len(), 9);
    bytes[frames[3]] ^= 0xff;
    let reading = read("a.parquet", &bytes);
    let positions: Vec<u64> = reading.articles.iter().map(|article| article.origin.position).collect();
    assert_eq!(positions, [1, 2, 3, 4, 9, 10, 11, 12]);
    assert_eq!(reading.reject_list(), ["5 malformed"]);
    let reason = &reading.rejects[0].reason;
    assert!(reason.contains("rows 5 to 8") && reason.contains("row group 2 of 3"), "{reason}");
    check_positions(&reading);
}

#[test]
fn arrow_that_is_cut_off_keeps_the_batches_before() {
    let stream = arrow_stream(&batches(), None);
    let file = arrow_file(&batches(), None);
    for (name, whole) in [("a.arrow", &file), ("a.arrows", &stream)] {
        assert_eq!(read(name, whole).articles.len(), 12);
        let mut kept = 0;
        let mut unnoticed = 0;
        for end in (72..whole.len()).step_by(8).chain(whole.len() - 12..whole.len()) {
            let reading = read(name, &whole[..end]);
            check_positions(&reading);
            let articles = reading.articles.len();
            assert!(articles.is_multiple_of(4), "{articles}");
            kept = kept.max(articles);
            match reading.rejects.as_slice() {
                // A stream may end behind any message.
                [] => unnoticed += 1,
                [reject] if articles > 0 => assert_eq!(reject.origin.position, articles as u64 + 1),
                [_] => {}
                more => panic!("{name} {end}: {more:?}"),
            }
        }
        assert_eq!(kept, 12, "{name}: all rows are there before the end");
        assert!(if name == "a.arrow" { unnoticed == 0 } else { unnoticed < 10 }, "{name} {unnoticed}");
    }
}

#[test]
fn lengths_that_lie_take_no_memory() {
    // The length in front of a compressed column.
    let mut bytes = arrow_stream(&batches(), Some(CompressionType::ZSTD));
    let frame = bytes.windows(4).position(|window| window == [0x28, 0xb5, 0x2f, 0xfd]);
    let Some(frame) = frame else { panic!("nothing is compressed") };
    bytes[frame - 8..frame].copy_from_slice(&(1i64 << 50).to_le_bytes());
    let reading = read("a.arrows", &bytes);
    assert!(reading.rejects[0].reason.contains("claims to have 11258999068"), "{:?}", reading.rejects);

    // The length of a description and of a footer.
    let mut bytes = arrow_file(&batches(), None);
    let end = bytes.len() - 10;
    bytes[end..end + 4].copy_from_slice(&i32::MAX.to_le_bytes());
    let reading = read("a.arrow", &bytes);
    assert_eq!((reading.articles.len(), reading.reject_list()), (12, vec!["13 malformed".to_owned()]));
    let first = bytes.windows(4).position(|window| window == [0xff; 4]).unwrap();
    bytes[first + 4..first + 8].copy_from_slice(&i32::MAX.to_le_bytes());
    assert_eq!(read("a.arrow", &bytes).reject_list(), ["1 malformed"]);

    let mut bytes = parquet(&story());
    let end = bytes.len() - 8;
    bytes[end..end + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(read("a.parquet", &bytes).reject_list(), ["0 malformed"]);
}

#[test]
fn one_long_text_for_many_rows_is_never_copied_for_all_of_them() {
    let long = "x".repeat(1 << 16);
    let texts = DictionaryArray::new(Int32Array::from(vec![0; 2_000]), strings(&[long.as_str()]));
    let input = InputConfig { max_record_bytes: 1_000, ..InputConfig::default() };
    for (name, content) in each_format(&batch(vec![("text", Arc::new(texts))])) {
        assert!(content.len() < 1 << 18, "{name} {}", content.len());
        let reading = read_with(name, &content, input.clone());
        assert_eq!((reading.articles.len(), reading.rejects.len()), (0, 2_000), "{name}");
        let is_told = |reject: &Reject| reject.code == RejectCode::TooLarge && reject.raw.contains("xxx");
        assert!(reading.rejects.iter().all(is_told), "{name}");
    }
}

static WHOLE_FILES: LazyLock<[(&str, Vec<u8>); 8]> = LazyLock::new(|| {
    let delta = |encoding| WriterProperties::builder().set_dictionary_enabled(false).set_encoding(encoding);
    let version_2 = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::SNAPPY);
    [
        ("a.parquet", parquet_with(&batches(), WriterProperties::builder())),
        ("a.parquet", parquet_with(&batches(), version_2)),
        ("a.parquet", parquet_with(&batches(), delta(Encoding::DELTA_BYTE_ARRAY))),
        ("a.parquet", parquet_with(&batches(), delta(Encoding::DELTA_LENGTH_BYTE_ARRAY))),
        ("a.arrow", arrow_file(&batches(), None)),
        ("a.arrow", arrow_file(&batches(), Some(CompressionType::ZSTD))),
        ("a.arrows", arrow_stream(&batches(), Some(CompressionType::LZ4_FRAME))),
        ("a.arrows", arrow_stream(&batches(), None)),
    ]
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn flipped_bytes_end_in_articles_and_rejects(
        which in 0usize..8,
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), 1u8..), 1..4),
        from_the_end in any::<bool>(),
    ) {
        let (name, mut bytes) = WHOLE_FILES[which].clone();
        let length = bytes.len();
        for (place, flip) in flips {
            // The last bytes are those that all others hang on.
            let place = if from_the_end { length - 1 - place.index(length / 3) } else { place.index(length) };
            bytes[place] ^= flip;
        }
        // Whatever comes of it, the process is still there, and the counts add up.
        let reading = read(name, &bytes);
        prop_assert!(reading.articles.len() + reading.rejects.len() > 0);
    }
}
