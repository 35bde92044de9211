"""A format is one file: a new one is found, negotiated, documented, exported and imported."""

import json
import subprocess
import sys
from pathlib import Path

from tests.source import ROOT

EXPORT_FORMAT = """
from app.export.writer import JsonText, Writer

class Lines(Writer):
    def write(self, document: JsonText) -> bytes:
        return b"an event" + self.after

WRITER = Lines(name="lines", media_type="text/x-lines", after=b"!")
"""
IMPORT_FORMAT = """
from app.ingest.reading.import_format import DatasetFacts, ImportFormat, MappedEvent
from app.ingest.reading.tables import read_csv_rows
from app.ingest.row_parsing.event_builder import make_plain_event

def recognize(head):
    return "it begins with TITLES" if head.startswith(b"TITLES") else None

def read(lines):
    next(iter(lines))
    return read_csv_rows(lines, lambda record: (tuple(record.cells), True))

def map_row(row, context):
    cells = row.cells
    event = make_plain_event(context, cells["id"], "visit", cells["title"], cells["day"])
    return MappedEvent(event=event, claims={}, actors=[], sources=[], warnings=[])

FORMAT = ImportFormat(
    "titles", "Titles", 1, DatasetFacts("titles", "Titles", None, None, None, None),
    recognize, read, map_row,
)
"""


def test_a_format_is_one_file(tmp_path: Path) -> None:
    for kind, name, text in (
        ("export", "lines_format", EXPORT_FORMAT),
        ("import", "titles_format", IMPORT_FORMAT),
    ):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / f"{name}.py").write_text(text, encoding="utf-8")
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "tests.export.new_formats"),
            *(str(tmp_path), f"sqlite:///{tmp_path / 'annals.db'}"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["codes"] == [0, 0, 0], ended.stderr
    assert found["file"] == "an event!"
    assert found["answers"] == ["an event!"] * 3
    assert found["types"] == ["text/x-lines"] * 3
    assert "text/x-lines" in found["content"]
    assert '"lines"' in found["parameter"]
