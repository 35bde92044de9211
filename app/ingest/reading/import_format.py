"""What a format tells the pipeline: how its files are recognised, read and mapped to records."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from app.ingest.coverage import Coverage, FileFacts
from app.ingest.reading.round_trip import ExportOrigin
from app.ingest.reading.text_lines import TextLines
from app.ingest.report import RowFinding
from app.record.content import ClaimContent, EventContent

UNKNOWN_RELIABILITY = "F"


class BadRow(Exception):
    """A row that cannot become a record; `column` and `value` say where the fault is."""

    def __init__(self, column: str | None, value: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.value = value
        self.reason = reason


RowWarning = tuple[str | None, str | None, str]
"""What is odd about a row that becomes a record all the same: column, value and reason."""


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """The dataset that a format makes when there is none: licence and citation travel with it."""

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
    """An actor that rows name; it is made if there is none with this slug.

    `dataset` is that of the rows, if not the import's.
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
    """A source that rows name; it is made if there is none, by default of unknown reliability.

    `dataset` is that of the rows, if not the import's.
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
    """One row as the provider wrote it: every value a string, by its column.

    `occurrence` tells apart rows that have no id and are alike in all that could be one.
    """

    line: int
    cells: Mapping[str, str]
    occurrence: int = 1


@dataclass(frozen=True, slots=True)
class FileContext:
    """What the rows of a file share: their dataset, and when it was published (EDTF), if known.

    `others_too`: nobody named the dataset, and rows that name another belong to that one.
    """

    dataset: str
    released: str | None = None
    others_too: bool = False


@dataclass(slots=True)
class MappedEvent:
    """What a row becomes: an event with its claims by key, and whom they name.

    A row of our own export has an `origin`.
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
    """What a row becomes that speaks of another row's event: it waits until the event is there.

    `event` is the external id of the event, `key` the claim's own key in it. Several rows may be
    one claim: it has the words of the one with the most `confidence`, and the earliest date.
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
    """A provider's format. A file under `formats/` gives one as `FORMAT`; nothing lists them.

    `mapper_version` rises with every change of what a row maps to: rows are then mapped anew
    although they have not changed. `recognize` looks at the first bytes of a file and says why
    they are of the format, if they are, or raises `Invalid` for a file that is and cannot be
    taken. `read` yields rows and the findings of rows that cannot be read, `map_row` raises
    `BadRow`. `version_of` finds the version in a file's name, `release_of` the EDTF date that a
    version tells, `dataset_in` the dataset that a file itself names. `is_release` says whether a
    file of that name is a whole release, and no extract: then the dataset has its version.
    `coverage_of` finds the part of the dataset that a file speaks for, None where it does not tell:
    a record in it whose row an earlier file had, and this one has not, is gone. Formats whose
    files speak for no records but their own rows leave it out, and are never mirrored. With
    `rows_have_origin` rows bring their own ids and datasets: none is taken for new before the
    database was asked.
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
