//! SQL and the formats of its results.

use datafusion::arrow::array::{Array as _, AsArray as _};
use datafusion::arrow::datatypes::{DataType, Float32Type};

use super::{article, bare_article, day, number, store};
use crate::{QueryFormat, StoreError};

#[test]
fn results_are_written_in_every_format() {
    let (_dir, store) = store();
    let articles = [article(1, Some(day(2024, 7, 31))), bare_article(2)];
    store.append_articles("run", &articles).unwrap();
    let sql = "SELECT title, published, n_bytes, month, round(n_bytes / 3.0, 2) AS x FROM articles ORDER BY article_id";
    let write = |sql: &str, format| {
        let mut out = Vec::new();
        let rows = store.write_query(sql, format, &mut out).unwrap();
        (rows, out)
    };
    let text = |sql: &str, format| String::from_utf8(write(sql, format).1).unwrap();
    assert_eq!(
        text(sql, QueryFormat::Csv),
        "title,published,n_bytes,month,x\n\"“Rivals, partners”\",2024-07-31T12:30:15.123456Z,321,2024-07,107.0\n,,321,undated,107.0\n"
    );
    assert_eq!(
        text(sql, QueryFormat::Json),
        "{\"title\":\"“Rivals, partners”\",\"published\":\"2024-07-31T12:30:15.123456Z\",\"n_bytes\":321,\"month\":\"2024-07\",\"x\":107.0}\n\
         {\"title\":null,\"published\":null,\"n_bytes\":321,\"month\":\"undated\",\"x\":107.0}\n"
    );
    let table = text("SELECT month, n_bytes FROM articles ORDER BY 1", QueryFormat::Table);
    assert_eq!(table.lines().nth(3), Some("| 2024-07 | 321     |"), "{table}");
    let (rows, parquet) = write(sql, QueryFormat::Parquet);
    assert_eq!(rows, 2);
    let bytes = deltalake::parquet::file::reader::SerializedFileReader::<_>::new(to_bytes(parquet)).unwrap();
    use deltalake::parquet::file::reader::FileReader as _;
    assert_eq!(bytes.metadata().file_metadata().num_rows(), 2);
    let none = "SELECT title FROM articles WHERE month = '1999-01'";
    assert_eq!(text(none, QueryFormat::Csv), "title\n");
    assert_eq!(text(none, QueryFormat::Json), "");
    assert!(text(none, QueryFormat::Table).contains("title"));
    let list =
        store.write_query("SELECT array_agg(title) AS l FROM articles", QueryFormat::Csv, &mut Vec::new());
    assert!(matches!(list, Err(StoreError::Format { format: "csv", .. })), "{list:?}");
}

fn to_bytes(parquet: Vec<u8>) -> std::fs::File {
    use std::io::{Seek as _, Write as _};
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&parquet).unwrap();
    file.rewind().unwrap();
    file
}

#[test]
fn queries_have_plain_types_and_readable_errors() {
    let (_dir, store) = store();
    store.append_articles("run", &[article(1, None)]).unwrap();
    let batch = &store.query("SELECT title, month, length(text) > 3 AS long, array_agg(url) AS urls FROM articles GROUP BY 1, 2, 3").unwrap()[0];
    let types: Vec<&DataType> = batch.schema_ref().fields().iter().map(|field| field.data_type()).collect();
    assert_eq!(types[..3], [&DataType::Utf8, &DataType::Utf8, &DataType::Boolean]);
    assert_eq!(batch.column(3).as_list::<i32>().values().data_type(), &DataType::Utf8);
    let empty = store.query("SELECT tone FROM relations").unwrap();
    assert_eq!((empty.len(), empty[0].column(0).as_primitive::<Float32Type>().len()), (1, 0));
    let message = |sql: &str| store.query(sql).unwrap_err().to_string();
    assert!(
        message("SELECT titel FROM articles").contains("titel"),
        "{}",
        message("SELECT titel FROM articles")
    );
    assert!(message("SELEC 1").contains("SELEC"));
    assert!(message("SELECT * FROM nowhere").contains("nowhere"));
    for sql in [
        "DROP TABLE articles",
        "COPY articles TO '/tmp/x.csv'",
        "INSERT INTO runs SELECT * FROM runs",
        "SET datafusion.execution.batch_size = 1",
    ] {
        assert!(store.query(sql).is_err(), "{sql}");
    }
    assert_eq!(number(&store, "SELECT count(*) FROM Articles WHERE LANGUAGE = 'en'"), 1);
    let stop = store.query_stream("SELECT 1", &mut |_| Err(StoreError::caller("enough")));
    assert_eq!(stop.unwrap_err().to_string(), "enough");
}
