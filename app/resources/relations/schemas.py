"""Schemas of a relation and of the bodies that create and change it."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.vocab.field_types import (
    Line,
    ReadOnlyField,
    RecordIdText,
    RelationType,
    RevisionNumber,
    TimestampText,
)
from app.web.change_schemas import has_read_only_fields, patches


class RelationCreate(BaseModel):
    """A directed link from one event to another."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "from": "9ee8e511-5681-5d2f-9049-ce520c9c7483",
                    "to": "e2671423-d465-5d85-a118-ae94e909d93e",
                    "type": "responds-to",
                }
            ]
        },
    )

    from_event: UUID = Field(
        alias="from", description="The id of the event at the start of the link."
    )
    to_event: UUID = Field(alias="to", description="The id of the event at the end of the link.")
    type: RelationType = Field(description="The relation of the first event to the second.")
    note: Line | None = Field(default=None, description="The reason, in one line.")


class RelationOfEventCreate(BaseModel):
    """A directed link from the event in the URL to another."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"to": "e2671423-d465-5d85-a118-ae94e909d93e", "type": "follows"}]
        },
    )

    to_event: UUID = Field(alias="to", description="The id of the event at the end of the link.")
    type: RelationType = Field(description="The relation of the first event to the second.")
    note: Line | None = Field(default=None, description="The reason, in one line.")


@has_read_only_fields(("id", "revision", "created_at", "updated_at"))
class ReadOnlyRelationFields(BaseModel):
    """The fields of a relation that Annals sets."""

    model_config = ConfigDict(extra="forbid")


class RelationReplace(ReadOnlyRelationFields, RelationCreate):
    """The new content of a relation; its events never change."""


@patches(RelationCreate)
class RelationPatch(ReadOnlyRelationFields):
    """A merge patch (RFC 7396) of a relation."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "announced as an answer"}]})

    from_event: ReadOnlyField = Field(default=None, alias="from", description="Never changes.")
    to_event: ReadOnlyField = Field(default=None, alias="to", description="Never changes.")


class Relation(BaseModel):
    """One relation as it is served."""

    id: RecordIdText
    revision: RevisionNumber
    from_event: RecordIdText = Field(alias="from")
    to_event: RecordIdText = Field(alias="to")
    type: RelationType
    note: Line | None
    created_at: TimestampText
    updated_at: TimestampText
