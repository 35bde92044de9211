"""Rows of the vocabulary's data files, checked, with errors that name file and line."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from io import StringIO


class VocabularyDataError(ValueError):
    """A fault in a data file of the vocabulary; the message names the file and the line."""


@dataclass(frozen=True)
class DataRow:
    """One line of a data file: its cells by column, all strings."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def split_values(self, column: str) -> tuple[str, ...]:
        """Return the values of a cell with several, separated by `|`."""
        return tuple(part for part in self.cells[column].split("|") if part)

    def read_choice(self, column: str, known: Iterable[str], what: str) -> str:
        """Return the cell if it is a known value; raise VocabularyDataError otherwise."""
        value = self.cells[column]
        if value not in known:
            raise self.make_error(f"unknown {what} {value!r}")
        return value

    def read_flag(self, column: str) -> bool:
        """Return True for `yes`, False for `no`; raise VocabularyDataError for anything else."""
        return self.read_choice(column, ("yes", "no"), column) == "yes"

    def make_error(self, reason: str) -> VocabularyDataError:
        """Return an error that names the file and the line."""
        return VocabularyDataError(f"{self.file} line {self.line}: {reason}")


def read_rows(file: str) -> list[DataRow]:
    """Return every row of a data file; raise VocabularyDataError for one of the wrong length."""
    data = resources.files("app.vocab").joinpath("data", file)
    return parse_rows(file, StringIO(data.read_text(encoding="utf-8")))


def parse_rows(file: str, lines: Iterable[str]) -> list[DataRow]:
    """Return the rows under the header, each with the number of its last line."""
    reader = csv.reader(lines)
    header = next(reader, [])
    rows = []
    for cells in reader:
        row = DataRow(file, reader.line_num, dict(zip(header, cells, strict=False)))
        if len(cells) != len(header):
            raise row.make_error(f"{len(cells)} cells where the header has {len(header)}")
        rows.append(row)
    return rows


def index_rows(rows: Iterable[DataRow], *columns: str) -> dict[str, DataRow]:
    """Return rows by a column, or by several joined with `/`; refuse repeated keys."""
    by_key: dict[str, DataRow] = {}
    for row in rows:
        key = "/".join(row[column] for column in columns)
        if key in by_key:
            raise row.make_error(f"{key!r} is already on line {by_key[key].line}")
        by_key[key] = row
    return by_key
