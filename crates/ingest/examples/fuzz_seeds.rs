//! Writes the seeds of the fuzz targets for Parquet and Arrow into a folder, as `tests/fuzz/seeds.py` writes the others:
//! `cargo run -p dyad-ingest --example fuzz_seeds -- tests/fuzz/corpus`. Here, for the writers are built with this crate.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, DictionaryArray, Int64Array, RecordBatch, StringArray, StringViewArray,
    StructArray, TimestampMillisecondArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let folder = std::env::args().nth(1).ok_or("name the folder to write to")?;
    for (name, bytes) in seeds()? {
        let path = Path::new(&folder).join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(&folder)))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

fn seeds() -> Outcome<Vec<(String, Vec<u8>)>> {
    let mut seeds = Vec::new();
    let tables = [("strings", strings()?), ("types", types()?)];
    for (table, batch) in &tables {
        for (kind, compression) in [
            ("plain", Compression::UNCOMPRESSED),
            ("snappy", Compression::SNAPPY),
            ("gzip", Compression::GZIP(Default::default())),
            ("brotli", Compression::BROTLI(Default::default())),
            ("zstd", Compression::ZSTD(Default::default())),
            ("lz4", Compression::LZ4_RAW),
        ] {
            let properties = WriterProperties::builder().set_compression(compression);
            seeds.push((format!("parquet/seed-{table}-{kind}"), parquet(batch, properties)?));
        }
        for (kind, compression) in [
            ("plain", None),
            ("lz4", Some(CompressionType::LZ4_FRAME)),
            ("zstd", Some(CompressionType::ZSTD)),
        ] {
            seeds.push((format!("arrow/seed-file-{table}-{kind}"), arrow_file(batch, compression)?));
            seeds.push((format!("arrow/seed-stream-{table}-{kind}"), arrow_stream(batch, compression)?));
        }
    }
    for (kind, encoding) in
        [("delta", Encoding::DELTA_BYTE_ARRAY), ("lengths", Encoding::DELTA_LENGTH_BYTE_ARRAY)]
    {
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_writer_version(WriterVersion::PARQUET_2_0)
            .set_column_encoding("text".into(), encoding);
        seeds.push((format!("parquet/seed-{kind}"), parquet(&tables[0].1, properties)?));
    }
    Ok(seeds)
}

fn column(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn strings() -> Outcome<RecordBatch> {
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("title", column(&["Acme agrees", "Bolt sues"]), true),
        ("text", column(&["Acme agreed with Bolt.", "Bolt sued Acme."]), true),
        ("url", column(&["https://example.com/a", "https://example.com/b"]), true),
    ])?)
}

fn types() -> Outcome<RecordBatch> {
    let texts: DictionaryArray<Int32Type> =
        [Some("Acme agreed."), None, Some("Acme agreed.")].into_iter().collect();
    let words: ArrayRef =
        Arc::new(StringViewArray::from(vec![Some("Bolt sued Acme on Monday."), None, None]));
    let article = StructArray::try_from(vec![("words", words)])?;
    let dates = TimestampMillisecondArray::from(vec![Some(1_722_427_200_000), None, Some(i64::MAX)]);
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("text", Arc::new(texts) as ArrayRef, true),
        ("article", Arc::new(article), true),
        ("date", Arc::new(dates.with_timezone("+02:00")), true),
        ("timestamp", Arc::new(Int64Array::from(vec![Some(1_722_427_200), None, Some(-1)])), true),
        ("source", Arc::new(BinaryArray::from(vec![Some(&b"Example"[..]), Some(b"\xff"), None])), true),
    ])?)
}

fn parquet(batch: &RecordBatch, properties: WriterPropertiesBuilder) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    // Two row groups.
    let properties = properties.set_created_by("seeds".to_owned()).build();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties))?;
    writer.write(&batch.slice(0, 1))?;
    writer.flush()?;
    writer.write(&batch.slice(1, batch.num_rows() - 1))?;
    writer.close()?;
    Ok(bytes)
}

fn arrow_file(batch: &RecordBatch, compression: Option<CompressionType>) -> Outcome<Vec<u8>> {
    let options = IpcWriteOptions::default().try_with_compression(compression)?;
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options)?;
    writer.write(batch)?;
    writer.finish()?;
    Ok(writer.into_inner()?)
}

fn arrow_stream(batch: &RecordBatch, compression: Option<CompressionType>) -> Outcome<Vec<u8>> {
    let options = IpcWriteOptions::default().try_with_compression(compression)?;
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options)?;
    writer.write(batch)?;
    writer.finish()?;
    Ok(writer.into_inner()?)
}
