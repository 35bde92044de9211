"""The registry of import formats, and the detection of a file's format.

Each file in `formats/` that defines `FORMAT` is one.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from app.errors import Fault, Invalid
from app.ingest import formats as folder
from app.ingest.reading.import_format import ImportFormat
from app.ingest.reading.source_files import read_file_head
from app.ingest.row_parsing.name_parsing import make_single_line
from app.values.suggestions import did_you_mean

AUTO = "auto"

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class DetectedFormat:
    """The format of a file, and the reason for it."""

    format: ImportFormat
    reason: str


@cache
def list_import_formats() -> Mapping[str, ImportFormat]:
    """Return every format by its name."""
    found: dict[str, ImportFormat] = {}
    for module in pkgutil.iter_modules(folder.__path__):
        format = getattr(
            importlib.import_module(f"{folder.__name__}.{module.name}"), "FORMAT", None
        )
        if isinstance(format, ImportFormat):
            found[format.name] = format
    return MappingProxyType(dict(sorted(found.items())))


def detect_file_format(path: Path, name: str) -> DetectedFormat:
    """Return the format of that name, or with `auto` the one that the file shows; else Invalid."""
    head = read_file_head(path)
    found = detect_format(head) if name == AUTO else check_named_format(name, head)
    dataset = found.format.dataset_in(head)
    if dataset is None:
        return found
    return replace(found, format=replace(found.format, dataset=dataset))


def find_format(name: str) -> ImportFormat:
    """Return the format of that name; raise Invalid, with the nearest name, if it is unknown."""
    known = list_import_formats().get(name)
    if known is None:
        names = (*list_import_formats(), AUTO)
        hint = did_you_mean(name, names) or f"; the formats are {', '.join(names)}"
        raise _make_unknown_error(f"there is no import format {name[:80]!r}{hint}")
    return known


def check_named_format(name: str, head: bytes) -> DetectedFormat:
    """Return the format of that name; raise Invalid if the head shows another format."""
    format = find_format(name)
    found, _ = _list_matches(head)
    if len(found) == 1 and found[0].format is not format:
        other = found[0]
        raise _make_unknown_error(
            f"the file is not {name} but {other.format.name}: {other.reason}; name that format,"
            f" or {AUTO}"
        )
    return DetectedFormat(format, "the format was named")


def detect_format(head: bytes) -> DetectedFormat:
    """Return the format of a file with this head, and why; raise Invalid if it is ambiguous."""
    found, refused = _list_matches(head)
    if len(found) == 1:
        return found[0]
    if refused and not found:
        raise refused[0]
    raise _make_unknown_error(
        _describe_matches(found) if found else f"{_describe_beginning(head)}, {_describe_formats()}"
    )


def _list_matches(head: bytes) -> tuple[list[DetectedFormat], list[Invalid]]:
    """Return the formats that accept a file with this head, and the errors of the others."""
    found: list[DetectedFormat] = []
    refused: list[Invalid] = []
    for format in list_import_formats().values():
        try:
            reason = format.recognize(head)
        except Invalid as wrong:
            refused.append(wrong)
            continue
        if reason:
            found.append(DetectedFormat(format, reason))
    return found, refused


def _describe_matches(found: list[DetectedFormat]) -> str:
    candidates = "; ".join(f"{one.format.name} ({one.reason})" for one in found)
    return f"the file could be {candidates}; name the format"


def _describe_formats() -> str:
    names = ", ".join(list_import_formats())
    return f"which is in none of the formats known here: {names}; name the format"


def _describe_beginning(head: bytes) -> str:
    """Describe the beginning of a file that no format recognizes."""
    text = head.decode(errors="replace").lstrip("\ufeff\r\n \t")
    first = text.partition("\n")[0]
    if not first:
        return "the file is empty" if not head.strip() else "the file begins with blank lines"
    tabs, commas = first.count("\t") + 1, first.count(",") + 1
    shown = make_single_line(first, _SHOWN_CHARACTERS)
    return f"the file begins with {shown!r} ({tabs} cells between tabs, {commas} between commas)"


def _make_unknown_error(detail: str) -> Invalid:
    return Invalid(detail, Fault(code="unknown-format", detail=detail, parameter="format"))
