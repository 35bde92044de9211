"""Real rows of GDELT, and files with such rows."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from app.ingest.gdelt.columns import EVENTS_1, EVENTS_1_OLD, EVENTS_2, MENTIONS
from tests.source import ROOT

GDELT = ROOT / "tests" / "data" / "gdelt"
EXPORT = GDELT / "20170101073000.export.CSV"
PAIRED = GDELT / "20170101073000.mentions.CSV"
HEADED = GDELT / "20170701234500.excerpt.mentions.csv"
DAMAGED = GDELT / "excel_damaged_20190121220000.csv"
EXCERPT = GDELT / "20151027220000.excerpt.export.CSV"
KOREA = GDELT / "gdelt_prk_rows.export.CSV"

POLICE = "613301014"
"""Police coerce the government of Burundi, in Istanbul, in an article of hindustantimes.com."""


@cache
def _rows(path: Path, columns: tuple[str, ...]) -> dict[str, dict[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [dict(zip(columns, line.split("\t"), strict=True)) for line in lines]
    return {row["GlobalEventID"]: row for row in rows}


def event_row(id: str = POLICE, /, **changed: str) -> dict[str, str]:
    """Return a row of the events of North Korea, with some cells changed."""
    return {**_rows(KOREA, EVENTS_2)[id], **changed}


def mention_row(id: str = POLICE, /, **changed: str) -> dict[str, str]:
    """Return the last mention of an event in the paired file, with some cells changed."""
    return {**_rows(PAIRED, MENTIONS)[id], **changed}


def write_rows(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    """Write tab-separated rows without a header, as GDELT does."""
    path.write_text(text_of(*rows), encoding="utf-8", newline="")
    return path


def text_of(*rows: dict[str, str]) -> str:
    """Return rows as GDELT writes them."""
    return "".join("\t".join(row.values()) + "\n" for row in rows)


def older(row: dict[str, str]) -> dict[str, str]:
    """Return a row of 2.0 as 1.0 would write it: 58 columns, with the day it was added."""
    return {name: row[name] for name in EVENTS_1} | {"DATEADDED": row["DATEADDED"][:8]}


def oldest(row: dict[str, str]) -> dict[str, str]:
    """Return a row of 2.0 as 1.0 wrote it before April 2013: 57 columns, without an address."""
    return {name: older(row)[name] for name in EVENTS_1_OLD}
