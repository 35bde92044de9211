"""The options of an import."""

from dataclasses import dataclass
from typing import Any

from app.errors import Fault, Invalid
from app.ingest.coverage import Coverage
from app.ingest.mapping.detection import AUTO
from app.ingest.mapping.map_rows import MOST_REJECTED
from app.ingest.reading.import_format import ImportFormat
from app.values.caller import OPERATOR, Caller


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of one import: `auto` detects the format, no dataset means the format's own.

    `format_reason` says why the file is of the format, if that is known already.

    With `mirror`, records whose row is missing are removed from the part of the dataset that the
    file covers: `coverage`, or what the file says of itself, in these `countries` if any are given.
    A number of removals that needs a confirmation is only carried out if it equals `confirmed`.
    `file_name` is the original name of the file, if it has another one on disk. `most_bytes` limits
    the unpacked text. Each batch is one transaction. The rows of a file of `process_from` bytes or
    more are mapped in a separate process, if the format allows it. A job keeps `kept_findings`.
    The import ends after `most_rejected` consecutive rejected rows.
    """

    format: str = AUTO
    dataset: str | None = None
    dry_run: bool = False
    mirror: bool = False
    caller: Caller = OPERATOR
    file_name: str | None = None
    most_bytes: int = 2_000_000_000
    batch_rows: int = 1000
    format_reason: str | None = None
    process_from: int = 2_000_000
    kept_findings: int = 10_000
    most_rejected: int = MOST_REJECTED
    coverage: Coverage | None = None
    countries: frozenset[str] | None = None
    confirmed: int | None = None

    def requested_coverage(self) -> dict[str, Any] | None:
        """Return the requested coverage as the job shows it."""
        if self.coverage is None and self.countries is None:
            return None
        countries = None if self.countries is None else sorted(self.countries)
        document = self.coverage.to_document() if self.coverage is not None else {"period": None}
        return {**document, "countries": countries}


def check_mirror(format: ImportFormat, options: ImportOptions) -> None:
    """Raise Invalid if missing rows are to be handled for a format whose files cover nothing."""
    given = {"mirror": options.mirror, "coverage": options.coverage, "country": options.countries}
    parameter = next((name for name, value in given.items() if value), None)
    if parameter is not None and format.coverage_of is None:
        detail = (
            f"files of {format.name} do not show that a record is gone: they cannot be mirrored,"
            " and have no coverage"
        )
        raise Invalid(detail, Fault(code="no-mirror", detail=detail, parameter=parameter))
