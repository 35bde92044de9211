"""Damage that spreadsheets do to GDELT's files: they read codes and timestamps as numbers."""

from collections.abc import Iterator, Sequence

from app.errors import Invalid
from app.ingest.gdelt.columns import EVENTS_2
from app.ingest.gdelt.gdelt_timestamps import is_rounded
from app.ingest.reading.import_format import FileRow
from app.ingest.report import RowFinding

LOST_ZERO = "the leading zero is lost: the file went through a spreadsheet; take the original"

_ADVICE = (
    "The file was opened and saved in a spreadsheet such as Excel, which cannot be undone:"
    " take the original from GDELT"
)
_EXACT = ("GlobalEventID", "Day", "DATEADDED")
_ROOT = EVENTS_2.index("EventRootCode")
_CODE = EVENTS_2.index("EventCode")


def describe_damage(lines: Sequence[str]) -> str | None:
    """Return a description of the damage to a file whose cells are between semicolons.

    A spreadsheet also writes a header, whose names may be wrong: columns are identified by
    position.
    """
    if not lines or not lines[0].lower().startswith("globaleventid;"):
        return None
    said = "line 1: a header, and semicolons between the cells; GDELT has no header, and tabs"
    for number, line in enumerate(lines[1:], 2):
        if signs := list_damage_signs(line.rstrip("\r\n").split(";")):
            return f"{said}; line {number}: {signs}. {_ADVICE}"
    return said


def refuse_damaged(rows: Iterator[FileRow | RowFinding]) -> Iterator[FileRow | RowFinding]:
    """Yield the same rows; raise Invalid if the first went through a spreadsheet."""
    is_first = True
    for row in rows:
        if is_first and isinstance(row, FileRow):
            is_first = False
            if signs := list_damage_signs(list(row.cells.values())):
                raise Invalid(f"line {row.line}: {signs}. {_ADVICE}")
        yield row


def list_damage_signs(cells: Sequence[str]) -> str:
    """Return the signs that a row's 61 cells were read as numbers; "" without any."""
    if len(cells) < len(EVENTS_2):
        return ""
    signs = [
        f"{column} is {text}, rounded, its last digits are lost"
        for column, text in zip(EVENTS_2, cells, strict=False)
        if column in _EXACT and is_rounded(text)
    ]
    code, root = cells[_CODE], cells[_ROOT]
    if len(root) == 1 and root.isdecimal():
        signs.append(f"EventCode is {code} where 0{code} stood, its leading zero is lost")
    return "; ".join(signs)
