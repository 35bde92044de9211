"""Schemas of an import, its report and its findings."""

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
    """A finding about one row."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FINDING_EXAMPLE]})

    line: int | None = Field(
        ge=1,
        le=LARGEST,
        description="The line of the unpacked file on which the row begins; null for a record whose"
        " row is missing from the file: `value` is then its external id.",
    )
    column: str | None = Field(
        description="The provider's column; in a conflict with an editor, the record's field."
    )
    value: str | None = Field(description="The value in the column.")
    reason: str = Field(description="The reason for the finding.")


class ImportRows(BaseModel):
    """The number of rows by outcome.

    The outcomes add up to `read`. Header, tag and blank lines do not count.
    """

    read: CountNumber = Field(description="All rows.")
    created: CountNumber = Field(description="Rows that created a record.")
    updated: CountNumber = Field(description="Rows that changed a record.")
    unchanged: CountNumber = Field(
        description="Rows without a change, including those of records that an editor deleted."
    )
    waiting: CountNumber = Field(description="Rows whose event does not exist yet.")
    conflicted: CountNumber = Field(
        description="Rows with a field that both an editor and the provider changed."
    )
    rejected: CountNumber = Field(description="Rows that were left out.")


class FindingsNotKept(BaseModel):
    """The number of findings beyond the limit per import (`ANNALS_IMPORT_FINDINGS`)."""

    rejections: CountNumber = Field(
        description="Rejections left out of the list; `rejected` counts all."
    )
    warnings: CountNumber = Field(description="Warnings left out of the list.")


class ImportCoverage(BaseModel):
    """The part of the dataset of which the file has all records."""

    period: str | None = Field(
        description="Its days, as EDTF; null until the file is read, unless they were requested.",
        examples=["2025-03-01/2025-03-31"],
    )
    countries: list[str] | None = Field(
        description="Its countries, as ISO 3166-1 alpha-3 codes; null for all."
    )


class ImportRemovals(BaseModel):
    """The outcome for covered records whose row the file no longer has.

    Records that an editor changed are not included.
    """

    found: CountNumber = Field(description="The number of such records.")
    removed: CountNumber = Field(
        description="The number of them removed; in a dry run, that would be."
    )
    confirm: CountNumber | None = Field(
        description="The number that awaits POST `/v1/imports/{id}/removals` with this number; null"
        " without any."
    )


class RemovalsConfirm(BaseModel):
    """The confirmation that records missing from the file are to be removed."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra={"examples": [{"confirm": 812}]}
    )

    confirm: int = Field(ge=1, le=LARGEST, description="The number in the import's `removals`.")


class ImportProgress(BaseModel):
    """The progress of an import. A compressed file is measured by its size on disk."""

    bytes_read: int = Field(ge=0, description="Bytes of the file read so far.")
    bytes_total: int = Field(ge=0, description="Bytes of the file in all.")
    rows_per_second: CountNumber = Field(
        description="The average since the import began or was resumed."
    )
    seconds_left: CountNumber = Field(description="Estimated from the rest of the file.")


class ImportSummary(BaseModel):
    """An import in a list."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUMMARY_EXAMPLE]})

    id: RecordIdText
    status: Literal["running", "done", "failed", "cancelled"] = Field(
        description="The state of the import."
    )
    detail: str | None = Field(
        description="The reason why it failed, or why it waits: for space, or for the database."
    )
    format: str = Field(description="The format of the file.")
    format_reason: str | None = Field(
        description="The evidence for the format in the file, or that the format was requested."
    )
    dataset: Slug
    dry_run: bool = Field(description="True if it only reports, and changes nothing.")
    mirror: bool = Field(description="True if records whose row is missing are removed.")
    file_name: str | None = Field(description="The name of the uploaded file.")
    rows: ImportRows = Field(description="The number of rows by outcome.")
    not_kept: FindingsNotKept = Field(description="The number of findings beyond the limit.")
    coverage: ImportCoverage | None = Field(
        description="The part of the dataset that the file covers; null if unknown."
    )
    removals: ImportRemovals | None = Field(
        description="The outcome for records whose row is missing from it; null before the check"
        " and without `mirror` if the coverage is unknown."
    )
    progress: ImportProgress | None = Field(description="Null before the first rows are written.")
    requested_by: str | None = Field(description="The id of the key that started it.")
    created_at: TimestampText
    updated_at: TimestampText


class PublishedRecord(BaseModel):
    """A record of a private dataset that has become public."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PUBLISHED_EXAMPLE]})

    noun: Literal["actor", "source"] = Field(description="Its resource type.")
    slug: ActorSlug = Field(description="Its slug.")


class MoreFindings(BaseModel):
    """The URLs of the whole lists, where they are longer than the part shown."""

    rejections: str | None = Field(description="The URL of all rejections.")
    warnings: str | None = Field(description="The URL of all warnings.")
    published: str | None = Field(description="The URL of all published records.")


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

    rejections: list[ImportFinding] = Field(description="Rows that were left out, with the reason.")
    warnings: list[ImportFinding] = Field(
        description="Unusual values in imported rows, and values of an editor that were kept."
    )
    published: list[PublishedRecord] = Field(
        description="Records of private datasets made public because rows of a public one name"
        " them; in a dry run, those that would be. The first hundred."
    )
    more: MoreFindings = Field(description="The URLs of longer lists.")
