"""The definition of an import format: detection, reading, and mapping to records."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from app.ingest.coverage import Coverage, FileFacts
from app.ingest.reading.round_trip import ExportOrigin
from app.ingest.reading.text_lines import TextLines
from app.ingest.report import RowFinding
from app.record.content import ClaimContent, EventContent

UNKNOWN_RELIABILITY = "F"


class BadRow(Exception):
    """A row that cannot become a record; `column` and `value` locate the fault."""

    def __init__(self, column: str | None, value: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.value = value
        self.reason = reason


RowWarning = tuple[str | None, str | None, str]
"""A warning about a row that still becomes a record: column, value and reason."""


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """The dataset that a format creates if it is missing, with its license and citation."""

    slug: str
    title: str
    description: str | None
    licence: str | None
    citation: str | None
    url: str | None
    is_private: bool = False
    version: str | None = None
    released_on: str | None = None


@dataclass(frozen=True, slots=True)
class ActorFacts:
    """An actor that rows name, created if its slug is unknown.

    `dataset` is the rows' dataset, if it is not the import's.
    """

    slug: str
    kind: str
    name: str
    codes: tuple[tuple[str, str], ...] = ()
    country: str | None = None
    aliases: tuple[str, ...] = ()
    dataset: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A source that rows name, created if missing, with unknown reliability by default.

    `dataset` is the rows' dataset, if it is not the import's.
    """

    slug: str
    kind: str
    name: str
    reliability: str = UNKNOWN_RELIABILITY
    owner: str | None = None
    speaks_for: str | None = None
    country: str | None = None
    language: str | None = None
    url: str | None = None
    dataset: str | None = None


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row as the provider wrote it: a string for each column.

    `occurrence` distinguishes rows without an id that are alike in all identifying cells.
    """

    line: int
    cells: Mapping[str, str]
    occurrence: int = 1


@dataclass(frozen=True, slots=True)
class FileContext:
    """The facts that all rows of a file share: dataset and publication date (EDTF), if known.

    With `others_too` no dataset was requested, and rows that name another one belong to it.
    """

    dataset: str
    released: str | None = None
    others_too: bool = False


@dataclass(slots=True)
class MappedEvent:
    """The event that a row becomes, with its claims by key and the records it names.

    A row of this project's own export has an `origin`.
    """

    event: EventContent
    claims: dict[str, ClaimContent] = field(default_factory=dict)
    actors: Iterable[ActorFacts] = ()
    sources: Iterable[SourceFacts] = ()
    warnings: list[RowWarning] = field(default_factory=list)
    datasets: Iterable[DatasetFacts] = ()
    origin: ExportOrigin | None = None


@dataclass(slots=True)
class MappedClaim:
    """A claim about another row's event, stored until that event exists.

    `event` is the external id of the event, `key` the claim's key within it. Several rows may form
    one claim: it has the text of the row with the highest `confidence`, and the earliest date.
    """

    event: str
    key: str
    claim: ClaimContent
    sources: Iterable[SourceFacts] = ()
    warnings: list[RowWarning] = field(default_factory=list)
    confidence: int = 0


def _find_no_version(file_name: str) -> str | None:
    del file_name
    return None


def _find_no_release(version: str) -> str | None:
    del version
    return None


def _is_no_release(file_name: str) -> bool:
    del file_name
    return False


def _find_no_dataset(head: bytes) -> DatasetFacts | None:
    del head
    return None


@dataclass(frozen=True)
class ImportFormat:
    """A provider's format, found by its `FORMAT` in a file under `formats/`.

    `mapper_version` increases with every change of the mapping, so that unchanged rows are mapped
    again. `recognize` returns the reason why a file with these first bytes is of the format, or
    None; it raises `Invalid` for a file of the format that cannot be read. `read` yields rows, and
    findings for unreadable ones; `map_row` raises `BadRow`. `version_of` finds the version in a
    file name, `release_of` the EDTF date of a version, `dataset_in` the dataset that the file
    itself names. `is_release` is true for the file name of a whole release rather than an extract;
    the dataset then takes its version. `coverage_of` returns the part of the dataset that a file
    covers, or None if unknown: a record in it is missing if an earlier file had its row and this
    one has not. Formats whose files cover only their own rows leave it out and cannot be mirrored.
    With `rows_have_origin`, rows bring their own ids and datasets, and are looked up before they
    are loaded as new.
    """

    name: str
    title: str
    mapper_version: int
    dataset: DatasetFacts
    recognize: Callable[[bytes], str | None]
    read: Callable[[TextLines], Iterator[FileRow | RowFinding]]
    map_row: Callable[[FileRow, FileContext], MappedEvent | MappedClaim]
    version_of: Callable[[str], str | None] = _find_no_version
    release_of: Callable[[str], str | None] = _find_no_release
    dataset_in: Callable[[bytes], DatasetFacts | None] = _find_no_dataset
    is_release: Callable[[str], bool] = _is_no_release
    coverage_of: Callable[[FileFacts], Coverage | None] | None = None
    rows_have_origin: bool = False
