"""Dyad's Delta tables as Polars and DuckDB read them, against `dyad query` on the same store."""

import csv
import io
import os
import subprocess
import unittest
from pathlib import Path

import duckdb
import polars as pl
from deltalake import DeltaTable

DYAD, STORE = os.environ["DYAD_BINARY"], Path(os.environ["DYAD_STORE"])
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


if __name__ == "__main__":
    unittest.main()
