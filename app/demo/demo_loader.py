"""The loader of the demo dataset, which leaves existing and deleted records alone."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.models.actors import actors
from app.models.datasets import datasets
from app.models.events import event_documents, past_event_documents
from app.models.sources import sources
from app.record.links.references import require_actors, require_dataset, require_sources
from app.record.not_found import find_purged
from app.record.save import ClaimChange, EventChange, save_events
from app.resources.actors.schemas import ActorCreate
from app.resources.actors.service import create_actor
from app.resources.claims.schemas import ClaimCreate
from app.resources.claims.service import make_claim_content
from app.resources.datasets.schemas import DatasetCreate
from app.resources.datasets.service import create_dataset
from app.resources.events.schemas import EventCreate
from app.resources.events.service import make_event_content
from app.resources.relations.schemas import RelationCreate
from app.resources.relations.service import record_relations
from app.resources.sources.schemas import SourceCreate
from app.resources.sources.service import create_source
from app.values.caller import OPERATOR
from app.values.ids import make_claim_id, make_record_id

FILE = Path(__file__).with_name("russia-dprk.ndjson")
DATASET = "russia-dprk"
KINDS = ("dataset", "source", "actor", "event", "claim", "relation")

DemoRecord = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoadedCounts:
    """The numbers of added records, by kind."""

    datasets: int
    sources: int
    actors: int
    events: int
    claims: int
    relations: int

    @property
    def is_empty(self) -> bool:
        """True if nothing was added."""
        return not any(getattr(self, field.name) for field in fields(self))

    def __str__(self) -> str:
        """Describe the numbers in words."""
        numbers = ((getattr(self, field.name), field.name) for field in fields(self))
        return ", ".join(
            f"{number} {name.removesuffix('s') if number == 1 else name}"
            for number, name in numbers
            if number
        )


def load_demo(write: Transaction) -> LoadedCounts:
    """Add the missing records of the demo dataset: events with their claims, as revision 1.

    An event that exists, or was deleted, stays as it is: editors may have changed its claims and
    relations. The actors of the vocabulary must exist (`seed_actors`).
    """
    records = read_records(FILE)
    added_datasets = _add_datasets(write, records["dataset"])
    added_actors = _add_actors(write, records["actor"])
    added_sources = _add_sources(write, records["source"])
    _require_all(write, records)
    new = _find_missing_events(write, records["event"])
    claims = [claim for claim in records["claim"] if claim["event"] in new]
    save_events(write, [_make_event_change(write, record, claims) for record in new.values()])
    return LoadedCounts(
        datasets=added_datasets,
        sources=added_sources,
        actors=added_actors,
        events=len(new),
        claims=len(claims),
        relations=_add_relations(write, records["relation"], new),
    )


def read_records(file: Path) -> dict[str, list[DemoRecord]]:
    """Read the records of a file by kind; the `kind` of a source or an actor is its own."""
    found: dict[str, list[DemoRecord]] = {kind: [] for kind in KINDS}
    for line in file.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        kind = record.pop("kind")
        own = record.pop(f"{kind}_kind", None)
        found[kind].append(record if own is None else {**record, "kind": own})
    return found


def _add_datasets(write: Transaction, records: Sequence[DemoRecord]) -> int:
    new = _find_missing(write, datasets, records)
    for record in new:
        create_dataset(write, OPERATOR, DatasetCreate.model_validate(record))
    return len(new)


def _add_actors(write: Transaction, records: Sequence[DemoRecord]) -> int:
    new = _find_missing(write, actors, records)
    for record in new:
        create_actor(write, OPERATOR, ActorCreate.model_validate(record))
    return len(new)


def _add_sources(write: Transaction, records: Sequence[DemoRecord]) -> int:
    new = _find_missing(write, sources, records)
    for record in new:
        create_source(write, OPERATOR, SourceCreate.model_validate(record))
    return len(new)


def _find_missing(
    write: Transaction, table: Table, records: Sequence[DemoRecord]
) -> list[DemoRecord]:
    there = select(table.c.slug).where(any_of(table.c.slug, "slugs"))
    slugs = [record["slug"] for record in records]
    known = set(write.connection.scalars(there, {"slugs": slugs}))
    return [record for record in records if record["slug"] not in known]


def _require_all(write: Transaction, records: Mapping[str, Sequence[DemoRecord]]) -> None:
    """Require all records that are referred to, which become public if they were private."""
    participants = [
        participant for event in records["event"] for participant in event["participants"]
    ]
    speakers = [claim.get("speaker") or {} for claim in records["claim"]]
    actor_slugs = [participant.get(key) for participant in participants for key in ("actor", "for")]
    actor_slugs += [speaker.get(key) for speaker in speakers for key in ("actor", "speaks_for")]
    source_slugs = [claim.get(key) for claim in records["claim"] for key in ("source", "origin")]
    require_dataset(write, OPERATOR, DATASET)
    require_actors(write, OPERATOR, _map_to_itself(actor_slugs), DATASET)
    require_sources(write, OPERATOR, _map_to_itself(source_slugs), DATASET)


def _map_to_itself(slugs: Iterable[str | None]) -> dict[str, str]:
    return {slug: slug for slug in slugs if slug is not None}


def _find_missing_events(
    write: Transaction, records: Sequence[DemoRecord]
) -> dict[str, DemoRecord]:
    """Find the events that never existed, and were not purged, by their external ids."""
    by_id = {_compute_event_id(record["external_id"]): record for record in records}
    known = find_purged(write.connection, list(by_id))
    for table in (event_documents, past_event_documents):
        there = select(table.c.id).where(any_of(table.c.id, "ids"))
        known.update(write.connection.scalars(there, {"ids": list(by_id)}))
    return {record["external_id"]: record for id, record in by_id.items() if id not in known}


def _make_event_change(
    write: Transaction, record: DemoRecord, claims: Sequence[DemoRecord]
) -> EventChange:
    event_id = _compute_event_id(record["external_id"])
    made = [
        _make_claim_change(write, event_id, claim)
        for claim in claims
        if claim["event"] == record["external_id"]
    ]
    content = make_event_content(EventCreate.model_validate(record))
    return EventChange("created", event_id, None, content, 1, write.at, made)


def _make_claim_change(write: Transaction, event_id: UUID, record: DemoRecord) -> ClaimChange:
    claim = {key: value for key, value in record.items() if key != "event"}
    body = ClaimCreate.model_validate(claim)
    new_id = make_claim_id(event_id, record["external_id"])
    return ClaimChange("created", new_id, None, make_claim_content(body), 1, write.at)


def _add_relations(
    write: Transaction, records: Sequence[DemoRecord], new: Mapping[str, DemoRecord]
) -> int:
    """Add the relations of the new events whose other event exists."""
    ends = {
        record[end]: _compute_event_id(record[end]) for record in records for end in ("from", "to")
    }
    there = select(event_documents.c.id).where(any_of(event_documents.c.id, "ids"))
    standing = set(write.connection.scalars(there, {"ids": list(ends.values())}))
    bodies = [
        RelationCreate.model_validate(
            {**record, "from": ends[record["from"]], "to": ends[record["to"]]}
        )
        for record in records
        if {record["from"], record["to"]} & new.keys()
        and {ends[record["from"]], ends[record["to"]]} <= standing
    ]
    record_relations(write, OPERATOR, bodies)
    return len(bodies)


def _compute_event_id(external_id: str) -> UUID:
    return make_record_id(DATASET, external_id)
