"""Dyad's Delta tables as Polars and DuckDB read them, against `dyad query` on the same store; and the tables of the
report, whose CSV is read with the types that datapackage.json names, against their Parquet and JSON."""

import csv
import io
import json
import os
import subprocess
import unittest
from pathlib import Path

import duckdb
import polars as pl
from deltalake import DeltaTable

DYAD, STORE = os.environ["DYAD_BINARY"], Path(os.environ["DYAD_STORE"])
REPORT_TABLES = Path(os.environ["DYAD_TABLES"])
TABLES = ["articles", "sentences", "mentions", "relations", "rejects", "runs"]
BY_MONTH = "SELECT month, count(*) AS relations, avg(tone) AS tone FROM relations GROUP BY month ORDER BY month"


def query(sql: str) -> list[dict[str, str]]:
    """Rows of `dyad query`."""
    command = [DYAD, "query", sql, "--store", str(STORE), "--format", "csv"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return list(csv.DictReader(io.StringIO(text)))


class OtherReaders(unittest.TestCase):
    def setUp(self):
        self.expected = [(row["month"], int(row["relations"]), float(row["tone"])) for row in query(BY_MONTH)]
        self.assertGreater(len(self.expected), 20)

    def assert_same(self, found):
        """The same months and counts, and the same means to the digits that the order of a sum decides."""
        found = [(str(month), int(n), float(tone)) for month, n, tone in found]
        self.assertEqual([row[:2] for row in found], [row[:2] for row in self.expected])
        for (month, _, tone), (_, _, expected) in zip(found, self.expected, strict=True):
            self.assertAlmostEqual(tone, expected, places=6, msg=month)

    def test_polars_reads_every_table(self):
        for table in TABLES:
            rows = pl.scan_delta(str(STORE / table)).select(pl.len()).collect().item()
            self.assertEqual(rows, int(query(f"SELECT count(*) AS n FROM {table}")[0]["n"]), table)

    def test_polars_computes_the_same_means(self):
        relations = pl.scan_delta(str(STORE / "relations"))
        by_month = relations.group_by("month").agg(pl.len(), pl.col("tone").cast(pl.Float64).mean()).sort("month").collect()
        self.assert_same(by_month.rows())

    def test_duckdb_computes_the_same_means(self):
        files = DeltaTable(str(STORE / "relations")).file_uris()
        found = duckdb.read_parquet(files, hive_partitioning=True)
        found = found.aggregate("month, count(*), avg(tone::DOUBLE)", "month").order("month")
        self.assert_same(found.fetchall())

    def test_an_older_version_is_the_table_before_the_last_commit(self):
        versions = DeltaTable(str(STORE / "articles")).version()
        first = pl.scan_delta(str(STORE / "articles"), version=0).select(pl.len()).collect().item()
        self.assertEqual(first, 0, "the table is created empty")
        self.assertGreater(versions, 0)


# What a type of Table Schema is in Polars and in DuckDB.
TYPES = {
    "string": (pl.String, "VARCHAR"),
    "integer": (pl.Int64, "BIGINT"),
    "number": (pl.Float64, "DOUBLE"),
    "boolean": (pl.Boolean, "BOOLEAN"),
    "date": (pl.Date, "DATE"),
    "datetime": (pl.Datetime("us", "UTC"), "TIMESTAMPTZ"),
}
# CSV holds six decimals.
ROUNDING = 0.5000001e-6
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def neutralised(text):
    """A text as CSV holds it, where an empty field is a missing value."""
    return "'" + text if text and text.startswith(FORMULA) else text or None


def typed(column, kind):
    """A column of texts as the type that Table Schema names."""
    if kind == "boolean":
        return column.replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean)
    if kind == "date":
        return column.str.to_date("%Y-%m-%d")
    if kind == "datetime":
        return column.str.to_datetime(time_unit="us", time_zone="UTC")
    return column.cast(TYPES[kind][0])


class ReportTables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.package = json.loads((REPORT_TABLES / "datapackage.json").read_text(encoding="utf-8"))

    def resources(self):
        """Name, path of the CSV file and types of the columns of each table."""
        self.assertGreater(len(self.package["resources"]), 30)
        for resource in self.package["resources"]:
            types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
            yield resource["name"], REPORT_TABLES / resource["path"], types

    def test_polars_reads_the_same_from_csv_parquet_and_json(self):
        for name, path, types in self.resources():
            parquet = pl.read_parquet(path.with_suffix(".parquet"))
            self.assertEqual(dict(parquet.schema), {column: TYPES[kind][0] for column, kind in types.items()}, name)
            texts = pl.read_csv(path, infer_schema=False)
            self.assertEqual(texts.columns, parquet.columns, name)
            records = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            self.assertEqual((texts.height, len(records)), (parquet.height, parquet.height), name)
            for column, kind in types.items():
                found, expected = typed(texts[column], kind).to_list(), parquet[column].to_list()
                if kind == "number":
                    self.assertEqual([x is None for x in found], [x is None for x in expected], (name, column))
                    distances = [abs(x - y) for x, y in zip(found, expected, strict=True) if x is not None]
                    self.assertLessEqual(max(distances, default=0), ROUNDING, (name, column))
                elif kind == "string":
                    self.assertEqual(found, [neutralised(text) for text in expected], (name, column))
                else:
                    self.assertEqual(found, expected, (name, column))
                if kind not in ("date", "datetime"):
                    self.assertEqual([record[column] for record in records], expected, (name, column))

    def test_duckdb_reads_csv_with_the_types_of_the_package(self):
        for name, path, types in self.resources():
            columns = {column: TYPES[kind][1] for column, kind in types.items()}
            texts = duckdb.read_csv(str(path), header=True, columns=columns, quotechar='"', escapechar='"')
            parquet = duckdb.read_parquet(str(path.with_suffix(".parquet")))
            self.assertEqual([str(kind) for kind in parquet.types], [str(kind) for kind in texts.types], name)
            same = [
                f"abs(c.\"{column}\" - p.\"{column}\") <= {ROUNDING} OR (c.\"{column}\" IS NULL AND p.\"{column}\" IS NULL)"
                if kind == "number" else f"c.\"{column}\" IS NOT DISTINCT FROM p.\"{column}\""
                for column, kind in types.items() if kind != "string"
            ] or ["true"]
            sql = f"SELECT count(*), count(*) FILTER ({' AND '.join(f'({one})' for one in same)}) FROM texts c POSITIONAL JOIN parquet p"
            [(rows, agreeing)] = duckdb.sql(sql).fetchall()
            self.assertEqual((rows, agreeing), parquet.count("*").fetchall()[0] * 2, name)

    def test_keys_are_unique_and_references_lead_to_rows(self):
        keys = {}
        for resource in self.package["resources"]:
            schema, table = resource["schema"], pl.read_parquet((REPORT_TABLES / resource["path"]).with_suffix(".parquet"))
            keys[resource["name"]] = table
            self.assertEqual(table.select(schema["primaryKey"]).n_unique(), table.height, resource["name"])
            self.assertEqual(table.select(schema["primaryKey"]).null_count().sum_horizontal().item(), 0, resource["name"])
            for reference in schema.get("foreignKeys", []):
                other = keys.get(reference["reference"]["resource"])
                if other is None:
                    other = pl.read_parquet(REPORT_TABLES / f"{reference['reference']['resource']}.parquet")
                lost = table.join(other, left_on=reference["fields"], right_on=reference["reference"]["fields"], how="anti")
                self.assertEqual(lost.height, 0, (resource["name"], reference))

    def test_they_agree_with_the_store(self):
        evidence = pl.read_parquet(REPORT_TABLES / "evidence.parquet")
        [relations] = pl.read_parquet(REPORT_TABLES / "coverage.parquet")["relations"]
        self.assertEqual(evidence.height, relations)
        stored = pl.scan_delta(str(STORE / "relations")).select("article_id", "sentence_no", pl.col("tone").cast(pl.Float64)).collect()
        stored = stored.with_columns(pl.col("sentence_no").cast(pl.Int64))
        both = evidence.join(stored, on=["article_id", "sentence_no"], how="left", suffix="_stored")
        self.assertEqual(both["tone"].to_list(), both["tone_stored"].to_list())


if __name__ == "__main__":
    unittest.main()
