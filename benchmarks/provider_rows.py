"""Files like a provider's, of any length: real rows repeated with other ids and dates."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1] / "tests" / "data"
DAYS = 3_000
"""Over so many days the rows are spread."""

SAMPLES = {
    "gdelt-events": ROOT / "gdelt" / "20170101073000.export.CSV",
    "ucdp-ged": ROOT / "ucdp" / "ged231_sample1000.csv",
}


def write_rows(format: str, rows: int, path: Path) -> Path:
    """Write a file with so many rows of a format; the same number always gives the same file."""
    lines = {"gdelt-events": _make_gdelt_row, "ucdp-ged": _make_ucdp_row}[format](SAMPLES[format])
    with path.open("w", encoding="utf-8", newline="") as file:
        if format == "ucdp-ged":
            file.write(next(lines))
        for _ in range(rows):
            file.write(next(lines))
    return path


def _make_gdelt_row(sample: Path) -> Iterator[str]:
    originals = [line.split("\t") for line in sample.read_text(encoding="utf-8").splitlines()]
    number = 0
    while True:
        for cells in originals:
            number += 1
            day = _move_day(f"{cells[1][:4]}-{cells[1][4:6]}-{cells[1][6:]}", number)
            month, year = day[:7].replace("-", ""), day[:4]
            fraction = f"{int(year) + int(day[5:7]) / 12:.4f}"
            moved = (str(600_000_000 + number), day.replace("-", ""), month, year, fraction)
            yield "\t".join((*moved, *cells[5:60], f"{cells[60]}?page={number}\n"))


def _make_ucdp_row(sample: Path) -> Iterator[str]:
    with sample.open(encoding="utf-8", newline="") as file:
        header, *originals = csv.reader(file)
    first, last = header.index("date_start"), header.index("date_end")
    id = header.index("id")
    yield _write_csv_line(header)
    number = 0
    while True:
        for cells in originals:
            number += 1
            moved = list(cells)
            moved[id] = str(9_000_000 + number)
            moved[first], moved[last] = (
                _move_day(cells[each][:10], number) for each in (first, last)
            )
            yield _write_csv_line(moved)


def _move_day(day: str, number: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=number * 7919 % DAYS)).isoformat()


def _write_csv_line(cells: list[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\r\n"
