"""Real rows of UCDP GED, and files with such rows."""

import csv
from functools import cache
from pathlib import Path

from tests.source import ROOT

UCDP = ROOT / "tests" / "data" / "ucdp"
SAMPLES = {
    "ged231_sample1000.csv": 1000,
    "ged_hdx_sample.csv": 300,
    "ged191_excerpt.csv": 3194,
}
"""The number of rows in each file, from its NOTE.md."""

RAMI = "300380"
"""A clash in Syria in 2013: a government and a group, two reports."""


@cache
def _sample() -> dict[str, dict[str, str]]:
    with (UCDP / "ged231_sample1000.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def row_of(id: str = RAMI, /, **changed: str) -> dict[str, str]:
    """Return a row of the 23.1 sample, with some cells changed."""
    return {**_sample()[id], **changed}


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows with a header, as UCDP does."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
