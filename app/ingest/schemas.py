"""The shapes of an import, its report and its findings."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.vocab.field_types import LARGEST, ActorSlug, CountNumber, RecordIdText, Slug, TimestampText

_FINDING_EXAMPLE: dict[str, Any] = {
    "line": 8,
    "column": "best",
    "value": "3, 2, 3",
    "reason": "low ≤ best ≤ high does not hold; kept as it is",
}
_PUBLISHED_EXAMPLE: dict[str, Any] = {"noun": "actor", "slug": "cameo-usa-gov"}
_SUMMARY_EXAMPLE: dict[str, Any] = {
    "id": "01902f4e-0000-7000-8000-000000000001",
    "status": "done",
    "detail": None,
    "format": "ucdp-ged",
    "format_reason": "line 1 names the columns of UCDP GED",
    "dataset": "ucdp-ged",
    "dry_run": False,
    "mirror": True,
    "file_name": "GEDEvent_v23_1.csv",
    "rows": {
        "read": 1000,
        "created": 1000,
        "updated": 0,
        "unchanged": 0,
        "waiting": 0,
        "conflicted": 0,
        "rejected": 0,
    },
    "not_kept": {"rejections": 0, "warnings": 0},
    "coverage": {"period": "1989-01-01/2022-12-31", "countries": ["UKR"]},
    "removals": {"found": 812, "removed": 0, "confirm": 812},
    "progress": {
        "bytes_read": 1_271_308,
        "bytes_total": 1_271_308,
        "rows_per_second": 1480,
        "seconds_left": 0,
    },
    "requested_by": "3f9a2c4be07d1568",
    "created_at": "2024-06-12T08:00:00.000000Z",
    "updated_at": "2024-06-12T08:00:02.000000Z",
}


class ImportFinding(BaseModel):
    """What is to be said about one row."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FINDING_EXAMPLE]})

    line: int | None = Field(
        ge=1,
        le=LARGEST,
        description="The line of the unpacked file on which the row begins; none if the row is"
        " gone from the file, and the value is the record's external id.",
    )
    column: str | None = Field(
        description="The provider's column, or where an editor's change is met, the record's field."
    )
    value: str | None = Field(description="What stands there.")
    reason: str = Field(description="What is to be said.")


class ImportRows(BaseModel):
    """What became of the rows; the parts sum to `read`. Header, tag and blank lines are none."""

    read: CountNumber = Field(description="All rows.")
    created: CountNumber = Field(description="Rows that made a record.")
    updated: CountNumber = Field(description="Rows that changed a record.")
    unchanged: CountNumber = Field(
        description="Among them the rows of records that a person deleted."
    )
    waiting: CountNumber = Field(description="Rows whose event is not there yet.")
    conflicted: CountNumber = Field(
        description="Rows with a field that an editor and the provider both changed."
    )
    rejected: CountNumber = Field(description="Rows that were left out.")


class FindingsNotKept(BaseModel):
    """Findings beyond those that an import keeps (`ANNALS_IMPORT_FINDINGS`): only counted."""

    rejections: CountNumber = Field(
        description="Rejections that are in no list; `rejected` counts all."
    )
    warnings: CountNumber = Field(description="Warnings that are in no list.")


class ImportCoverage(BaseModel):
    """The part of the dataset that a file speaks for: in it, it has all records."""

    period: str | None = Field(
        description="Its days, as EDTF; null until the file is read, if they were not named.",
        examples=["2025-03-01/2025-03-31"],
    )
    countries: list[str] | None = Field(
        description="Its countries, as ISO 3166-1 alpha-3 codes; null for all."
    )


class ImportRemovals(BaseModel):
    """What comes of the records in the coverage whose row the file no longer has.

    Records that an editor worked on are not among them.
    """

    found: CountNumber = Field(description="How many they are.")
    removed: CountNumber = Field(
        description="How many of them were removed; in a dry run, would be."
    )
    confirm: CountNumber | None = Field(
        description="How many wait for POST `/v1/imports/{id}/removals` with this number; null if"
        " none does."
    )


class RemovalsConfirm(BaseModel):
    """The confirmation that records which an import found gone are removed."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"confirm": 812}]}
    )

    confirm: int = Field(ge=1, le=LARGEST, description="The number in the import's `removals`.")


class ImportProgress(BaseModel):
    """How far an import is. A file that is packed is measured as it lies on the disk."""

    bytes_read: int = Field(ge=0, description="How much of the file has been read.")
    bytes_total: int = Field(ge=0, description="How long the file is.")
    rows_per_second: CountNumber = Field(
        description="On average since it began, or was taken up again."
    )
    seconds_left: CountNumber = Field(description="Estimated from the rest of the file.")


class ImportSummary(BaseModel):
    """An import in a list."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUMMARY_EXAMPLE]})

    id: RecordIdText
    status: Literal["running", "done", "failed", "cancelled"] = Field(
        description="Whether it runs, or how it ended."
    )
    detail: str | None = Field(
        description="Why it failed; while it runs, what it waits for: space, or the database."
    )
    format: str = Field(description="The format that the file is read as.")
    format_reason: str | None = Field(
        description="Why it is read so: what in the file shows it, or that the format was named."
    )
    dataset: Slug
    dry_run: bool = Field(description="Whether it only reports, and changes nothing.")
    mirror: bool = Field(description="Whether records whose row is gone are removed.")
    file_name: str | None = Field(description="What the file was called.")
    rows: ImportRows = Field(description="What became of the rows.")
    not_kept: FindingsNotKept = Field(description="How much was found that no list has.")
    coverage: ImportCoverage | None = Field(
        description="What part of the dataset the file speaks for; null if that is not known."
    )
    removals: ImportRemovals | None = Field(
        description="What comes of the records whose row is gone from it; null before it was looked"
        " for them, and where the coverage is not known and nothing is mirrored."
    )
    progress: ImportProgress | None = Field(description="None before the first rows are in.")
    requested_by: str | None = Field(description="The id of the key that asked for it.")
    created_at: TimestampText
    updated_at: TimestampText


class PublishedRecord(BaseModel):
    """A record that a private dataset made first and that is public now."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PUBLISHED_EXAMPLE]})

    noun: Literal["actor", "source"] = Field(description="What it is.")
    slug: ActorSlug = Field(description="Its slug.")


class MoreFindings(BaseModel):
    """Where the whole lists are, if they are longer than what is shown."""

    rejections: str | None = Field(description="Where all rejections are.")
    warnings: str | None = Field(description="Where all warnings are.")
    published: str | None = Field(description="Where all that became public is listed.")


class Import(ImportSummary):
    """An import with its report: the first hundred rejections and warnings."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_SUMMARY_EXAMPLE,
                    "rejections": [],
                    "warnings": [_FINDING_EXAMPLE],
                    "published": [],
                    "more": {"rejections": None, "warnings": None, "published": None},
                }
            ]
        }
    )

    rejections: list[ImportFinding] = Field(description="Rows that were left out, and why.")
    warnings: list[ImportFinding] = Field(
        description="What is odd about rows that are in, and where an editor's value stayed."
    )
    published: list[PublishedRecord] = Field(
        description="Records of private datasets that became public, since rows of a public one"
        " name them; in a dry run, those that would. The first hundred."
    )
    more: MoreFindings = Field(description="Where the rest of the lists is.")
