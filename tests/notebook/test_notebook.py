"""corpora/notebooks/framing.ipynb, executed in a fresh kernel on the store and report of corpora/demo."""

import copy
import json
import os
import tempfile
import unittest
from pathlib import Path

import jsonschema
import nbformat
from altair.vegalite.schema import load_schema
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

NOTEBOOK = Path(os.environ["DYAD_NOTEBOOK"])
STORE, REPORT = Path(os.environ["DYAD_STORE"]), Path(os.environ["DYAD_REPORT"])
# Shows a chart as its Vega-Lite specification; by default Altair shows a page that draws it.
AS_JSON = 'import altair; _ = altair.renderers.enable("json")'


def read():
    return nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)


def execute(report):
    """The notebook with its outputs, after a run against this report."""
    notebook = read()
    notebook.cells.insert(0, nbformat.v4.new_code_cell(AS_JSON))
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}})
    with tempfile.TemporaryDirectory() as sockets:
        # Sockets in a folder of our own, not ports that every user of the machine can reach.
        manager = client.create_kernel_manager()
        manager.transport, manager.ip = "ipc", f"{sockets}/kernel"
        client.execute(env=os.environ | {"DYAD_STORE": str(STORE), "DYAD_REPORT": str(report)})
    return notebook


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def marks(chart):
    return {layer["mark"]["type"] for layer in chart["layer"]}


def rows(chart):
    """The rows that a chart draws."""
    return max(chart["datasets"].values(), key=len)


class AsStored(unittest.TestCase):
    def test_it_is_a_valid_notebook_without_outputs(self):
        notebook = read()
        nbformat.validate(notebook)
        for cell in notebook.cells:
            self.assertEqual(cell.get("outputs", []), [], cell.id)
            self.assertIsNone(cell.get("execution_count"), cell.id)
        self.assertEqual(set(notebook.metadata), {"kernelspec", "language_info"})
        self.assertLess(NOTEBOOK.stat().st_size, 40_000)


class Executed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.report = json.loads(REPORT.read_text(encoding="utf-8"))
        cls.notebook = execute(REPORT)
        shown = [output.data["application/json"] for output in outputs(cls.notebook) if "application/json" in output.get("data", {})]
        cls.charts = {chart["title"]["text"].split()[0]: chart for chart in shown}

    def points(self, metric):
        [series] = [s for s in self.report["series"] if s["metric"] == metric and s["grain"] == "quarter"]
        return series["points"]

    def test_nothing_failed_and_nothing_was_complained_about(self):
        for output in outputs(self.notebook):
            self.assertNotEqual(output.output_type, "error")
            self.assertNotEqual(output.get("name"), "stderr", output.get("text"))

    def test_the_charts_are_valid_vega_lite(self):
        self.assertEqual(set(self.charts), {"Tone", "Frames"})
        validator = jsonschema.Draft7Validator(load_schema())
        for name, chart in self.charts.items():
            self.assertTrue(validator.is_valid(chart), name)
            broken = copy.deepcopy(chart)
            broken["layer"][0]["mark"]["type"] = "no such mark"
            self.assertFalse(validator.is_valid(broken), name)

    def test_the_tone_has_a_row_for_each_quarter_of_the_report(self):
        points, found = self.points("tone"), rows(self.charts["Tone"])
        self.assertGreater(len(points), 20)
        self.assertEqual([row["label"] for row in found], [p["label"] for p in points])
        for row in found:
            self.assertLessEqual(row["low"], row["tone"])
            self.assertLessEqual(row["tone"], row["high"])
        self.assertLessEqual({"area", "line", "point"}, marks(self.charts["Tone"]))

    def test_the_frames_have_a_cell_for_each_frame_and_quarter(self):
        found = rows(self.charts["Frames"])
        expected = {
            (frame, p["label"]): p["estimate"]["value"]
            for frame in self.report["frames"]
            for p in self.points(f"share_{frame}")
            if p["estimate"]
        }
        self.assertEqual(len(found), len(expected))
        for row in found:
            self.assertAlmostEqual(row["share"], expected[row["frame"], row["label"]], places=6)
        self.assertIn("rect", marks(self.charts["Frames"]))

    def test_evidence_is_shown_with_links(self):
        shown = "".join(output.data.get("text/html", "") for output in outputs(self.notebook) if "data" in output)
        self.assertIn('<a href="https://', shown)
        self.assertGreater(shown.count("<mark "), 4)

    def test_it_compared_itself_with_the_report(self):
        said = "".join(output.get("text", "") for output in outputs(self.notebook))
        self.assertIn("Same as the report: tone and 10 frames", said)

    def test_another_report_stops_it(self):
        changed = copy.deepcopy(self.report)
        for series in changed["series"]:
            if series["metric"] == "tone" and series["grain"] == "quarter":
                series["points"][3]["estimate"]["value"] += 1e-4
        with tempfile.TemporaryDirectory() as folder:
            other = Path(folder) / "report.json"
            other.write_text(json.dumps(changed), encoding="utf-8")
            with self.assertRaisesRegex(CellExecutionError, "tone in 2020-Q2"):
                execute(other)


if __name__ == "__main__":
    unittest.main()
