"""Stored documents of records, exactly the bytes that are served, and saved records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson

from app.record.content import ClaimContent, EventContent, ParticipantContent, RelationContent
from app.record.verification import Verdict
from app.values.dates import format_day, parse_date
from app.values.timestamps import format_timestamp
from app.vocab.event_types import get_event_types

RENDERING_VERSION = 1
"""Raise it when the same content is written in other bytes: it is part of every ETag."""


@dataclass(frozen=True, slots=True)
class RevisionInfo:
    """The record and the revision that a document shows; times in microseconds since the epoch."""

    id: UUID
    revision: int
    created_at: int
    updated_at: int

    def make_time_members(self) -> dict[str, str]:
        """Return the record's two times as they are shown."""
        return {
            "created_at": format_timestamp(self.created_at),
            "updated_at": format_timestamp(self.updated_at),
        }


def make_event_document(
    content: EventContent,
    stamp: RevisionInfo,
    verdict: Verdict,
    first_made_day: int,
    names: Mapping[str, str],
) -> dict[str, Any]:
    """Return the document of an event; `names` has the name of every participating actor."""
    date = parse_date(content["date"])
    return {
        "id": str(stamp.id),
        "revision": stamp.revision,
        "dataset": content["dataset"],
        "external_id": content["external_id"],
        "type": content["type"],
        "category": get_event_types()[content["type"]].category,
        "title": content["title"],
        "summary": content["summary"],
        "date": content["date"],
        "earliest_on": format_day(date.earliest_day),
        "latest_on": format_day(date.latest_day),
        "date_precision": date.precision,
        "lifecycle": content["lifecycle"],
        **make_verification_fields(verdict),
        "verification_override": content["verification_override"],
        "location": content["location"],
        "participants": [_make_participant(taking, names) for taking in content["participants"]],
        "details": content["details"],
        "fatalities": content["fatalities"],
        "codes": content["codes"],
        "tags": content["tags"],
        "claims": make_claim_counts(verdict, first_made_day),
        **stamp.make_time_members(),
    }


def _make_participant(
    taking: ParticipantContent, names: Mapping[str, str]
) -> dict[str, str | None]:
    """Return a participant with its name, its members in the order of the document."""
    return {
        "actor": taking["actor"],
        "name": names[taking["actor"]],
        "for": taking["for"],
        "role": taking["role"],
    }


def make_verification_fields(verdict: Verdict) -> dict[str, str]:
    """Return a verdict as the members of an event's document."""
    return {
        "verification": verdict.status,
        "verification_rule": verdict.rule,
        "verification_reason": verdict.reason,
    }


def make_claim_counts(verdict: Verdict, first_made_day: int) -> dict[str, Any]:
    """Return the counts of an event's claims."""
    return {
        "affirming": verdict.affirming,
        "denying": verdict.denying,
        "independent": verdict.independent,
        "first_made_on": format_day(first_made_day),
    }


def make_claim_document(
    content: ClaimContent, stamp: RevisionInfo, event_id: UUID
) -> dict[str, Any]:
    """Return the document of a claim."""
    return {
        "id": str(stamp.id),
        "revision": stamp.revision,
        "event": str(event_id),
        **content,
        **stamp.make_time_members(),
    }


def make_relation_document(content: RelationContent, stamp: RevisionInfo) -> dict[str, Any]:
    """Return the document of a relation."""
    return {"id": str(stamp.id), "revision": stamp.revision, **content, **stamp.make_time_members()}


def encode_document(document: Mapping[str, Any]) -> str:
    """Encode a document as it is stored."""
    return orjson.dumps(document).decode()


def decode_document(text: str | bytes) -> dict[str, Any]:
    """Decode a stored document."""
    return orjson.loads(text)  # type: ignore[no-any-return]


RecordId = TypeVar("RecordId", UUID, str)


@dataclass(frozen=True, slots=True)
class SavedRecord(Generic[RecordId]):
    """A stored record: its id or slug, its revision and its document.

    `propagation` is the job that carries the change into the events that name the record, if they
    are too many for one transaction.
    """

    id: RecordId
    revision: int
    document: str
    propagation: UUID | None = None
