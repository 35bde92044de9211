"""The results: a table, a picture, ratios within one run."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.measure import Figure
from benchmarks.report import Results, as_table, write_all

COSTS = {"f": 50.0, "m": 100.0, "ours": 200.0, "n": 3000.0}
FIGURES = [
    Figure("get", "GET event by id", server, cost, 0.0, 1e6 / cost, 1000, 0.1)
    for server, cost in COSTS.items()
]
RESULTS = Results("sqlite", 200_000, FIGURES)


@pytest.mark.parametrize(
    ("server", "ratios"),
    [
        ("(f) bare", ["1.00", "60.0"]),
        ("ours", ["0.25", "15.0"]),
        ("(n) plain way", ["0.02", "1.0"]),
    ],
)
def test_each_line_ends_with_its_ratios(server: str, ratios: list[str]) -> None:
    (line,) = [line for line in as_table(RESULTS).splitlines() if f" {server} " in line]
    assert line.split()[-2:] == ratios


def test_what_is_to_be_reached_stands_below() -> None:
    assert as_table(RESULTS).splitlines()[-1].split() == ["to", "reach", "0.25", "12.0"]


def test_all_is_written(tmp_path: Path) -> None:
    write_all([RESULTS], [], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "results.txt",
        "results.json",
        "results.svg",
    }
    picture = ElementTree.parse(tmp_path / "results.svg").getroot()
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}rect"))) == 1 + len(FIGURES)
