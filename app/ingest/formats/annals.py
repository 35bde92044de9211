"""Our own exports, NDJSON and CSV, imported to the same state.

Ids, revisions and timestamps are those of the export; claims, relations and the records that events
name are imported if they were included. Derived fields are derived again.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

import orjson

from app.errors import Invalid
from app.ingest.reading.annals_rows import (
    REQUIRED_COLUMNS,
    ExportedRecord,
    is_ndjson,
    parse_exported_row,
    parse_header,
    read_exported_rows,
)
from app.ingest.reading.import_format import (
    ActorFacts,
    BadRow,
    DatasetFacts,
    FileContext,
    FileRow,
    ImportFormat,
    MappedEvent,
    RowWarning,
    SourceFacts,
)
from app.ingest.reading.round_trip import ExportOrigin
from app.ingest.row_parsing.validation import validate_content
from app.record.content import EVENT_KEYS, ClaimContent, EventContent, RelationContent
from app.record.document import RevisionInfo
from app.resources.actors.schemas import ActorCreate
from app.resources.claims.schemas import Claim, ClaimCreate
from app.resources.claims.service import make_claim_content
from app.resources.datasets.schemas import DatasetCreate
from app.resources.events.schemas import NOT_IN_ORDER, Event, EventImport
from app.resources.events.service import make_event_content
from app.resources.relations.schemas import Relation, RelationCreate
from app.resources.relations.service import make_relation_content
from app.resources.sources.schemas import SourceCreate
from app.values.ids import make_claim_id, make_record_id
from app.values.suggestions import did_you_mean
from app.values.timestamps import parse_timestamp
from app.vocab.countries import get_countries

MADE_BY_ANNALS = frozenset({"id", "revision", "event", "created_at", "updated_at"})
"""Fields of a record that clients cannot set."""

DATASET = DatasetFacts("annals", "An export of Annals", None, None, None, None, is_private=True)
"""The dataset of a file that does not name one."""

_EVENT_FIELDS = tuple(Event.model_fields)
_CLAIM_FIELDS = frozenset(Claim.model_fields)
_RELATION_FIELDS = frozenset(info.alias or name for name, info in Relation.model_fields.items())
_START = re.compile(rb'\{"id":"[0-9a-f-]{36}","revision":\d+,"(?:dataset|external_id)":')
_RANDOM_UUID_VERSION = 7
"""The version of ids that are not derived from an external id."""


def recognize(head: bytes) -> str | None:
    """Return the reason if a file is ours: an event as JSON, or the header of our CSV."""
    first = _read_first_line(head)
    if is_ndjson(first):
        is_ours = _START.match(first.lstrip().encode()) or _is_event(first)
        return "line 1 is an event as Annals writes it" if is_ours else None
    try:
        parse_header(next(csv.reader([first]), []))
    except (Invalid, csv.Error):
        return None
    return "line 1 names the columns of an export of Annals"


def read_dataset(head: bytes) -> DatasetFacts | None:
    """Return the dataset of a file's first row; private unless the row says otherwise."""
    text = head.decode(errors="replace")
    try:
        if is_ndjson(text):
            event = orjson.loads(_read_first_line(head))
        else:
            rows = csv.DictReader(text.removeprefix("\ufeff").splitlines(keepends=True))
            event = parse_exported_row(FileRow(2, next(rows, {})))
        return _make_dataset(event)
    except (orjson.JSONDecodeError, csv.Error, BadRow, AttributeError, KeyError, TypeError):
        return None


def map_row(row: FileRow, context: FileContext) -> MappedEvent:
    """Map one row to the event that it was."""
    event = parse_exported_row(row)
    _refuse_unknown(event)
    warnings = _list_warnings(event)
    content = _read_content(event, warnings)
    if content["dataset"] != context.dataset and not context.others_too:
        reason = f"the record belongs to this dataset; the import is into {context.dataset!r}"
        raise BadRow("dataset", content["dataset"], reason)
    id = _read_event_id(event, content)
    claims = list(_read_claims(id, _list_items(event, "claims")))
    relations = list(_read_relations(_list_items(event, "relations")))
    stamps = [_read_stamp(id, event), *(stamp for _, stamp, _ in claims)]
    stamps += [stamp for _, stamp, _ in relations]
    keys = {str(claim): claim for claim, _, _ in claims}
    return MappedEvent(
        event=content,
        claims={str(claim): said for claim, _, said in claims},
        actors=_list_actors(event, content, [said for _, _, said in claims]),
        sources=_list_sources(event, content["dataset"], [said for _, _, said in claims]),
        warnings=warnings,
        datasets=[_make_dataset(event)],
        origin=ExportOrigin(
            id,
            keys,
            [(relation, said) for relation, _, said in relations],
            {stamp.id: stamp for stamp in stamps if stamp},
            _list_absent_fields(event),
        ),
    )


def _list_absent_fields(event: ExportedRecord) -> frozenset[str]:
    told = event.get("claims")
    has_claims = isinstance(told, dict) and "items" in told and not told.get("more")
    unsaid = {name for name in EVENT_KEYS if name not in event}
    return frozenset(unsaid if has_claims else {*unsaid, "claims"})


def _read_first_line(head: bytes) -> str:
    return head.removeprefix(b"\xef\xbb\xbf").decode(errors="replace").lstrip().partition("\n")[0]


def _is_event(line: str) -> bool:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return set(REQUIRED_COLUMNS) <= set(event) <= set(_EVENT_FIELDS)


def _refuse_unknown(event: ExportedRecord) -> None:
    for name in event:
        if name not in _EVENT_FIELDS:
            hint = did_you_mean(name, _EVENT_FIELDS)
            raise BadRow(name[:80], None, f"an event has no such field{hint}")


def _read_content(event: ExportedRecord, warnings: list[RowWarning]) -> EventContent:
    settable = {name: event[name] for name in EVENT_KEYS if name in event}
    body: Any = validate_content(EventImport.__pydantic_validator__, settable, "")
    if body.fatalities is not None and not body.fatalities.is_ordered:
        warnings.append(("fatalities", None, f"{NOT_IN_ORDER}; kept as it is"))
    return make_event_content(body)


def _read_event_id(event: ExportedRecord, content: EventContent) -> UUID:
    return _read_own_id(event, make_record_id, content["dataset"], content["external_id"])


def _read_own_id(record: ExportedRecord, make: Any, of: Any, external_id: str | None) -> UUID:
    """Return the id of a record if valid: derived from its external id, or random."""
    said = _parse_uuid("id", record["id"]) if record.get("id") is not None else None
    if external_id is not None:
        made: UUID = make(of, external_id)
        if said not in (None, made):
            raise BadRow("id", str(said), f"with its external id it is {made}")
        return made
    if said is None or said.version != _RANDOM_UUID_VERSION:
        reason = "a record needs an external_id, or an id that Annals gave it (UUIDv7)"
        raise BadRow("id", None if said is None else str(said), reason)
    return said


def _parse_uuid(column: str, text: Any) -> UUID:
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        raise BadRow(column, str(text)[:80], "this is not a UUID") from None


def _read_stamp(id: UUID, record: ExportedRecord) -> RevisionInfo | None:
    """Return the revision and timestamps of a record, if it has all of them."""
    revision = record.get("revision")
    instants = [record.get(name) for name in ("created_at", "updated_at")]
    if revision is None or None in instants:
        return None
    if type(revision) is not int or not 1 <= revision <= 2_000_000_000:
        raise BadRow("revision", str(revision)[:80], "this is not a revision number")
    try:
        created_at, updated_at = (parse_timestamp(str(text)) for text in instants)
    except ValueError as wrong:
        raise BadRow("created_at", str(instants)[:80], str(wrong)) from None
    return RevisionInfo(id, revision, created_at, updated_at)


def _list_items(event: ExportedRecord, name: str) -> list[ExportedRecord]:
    part = event.get(name)
    items = part.get("items") if isinstance(part, dict) else None
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadRow(f"{name}.items", None, "this is not a list of objects")
    return items


def _read_claims(
    event_id: UUID, items: Iterable[ExportedRecord]
) -> Iterator[tuple[UUID, RevisionInfo | None, ClaimContent]]:
    for item in items:
        settable = _select_settable(item, _CLAIM_FIELDS, "claims.items")
        body: Any = validate_content(ClaimCreate.__pydantic_validator__, settable, "claims.items.")
        content = make_claim_content(body)
        # A claim of what was merged into the event keeps the id that is made of that one.
        of = (
            event_id
            if item.get("event") is None
            else _parse_uuid("claims.items.event", item["event"])
        )
        id = _read_own_id(item, make_claim_id, of, content["external_id"])
        yield id, _read_stamp(id, item), content


def _read_relations(
    items: Iterable[ExportedRecord],
) -> Iterator[tuple[UUID, RevisionInfo | None, RelationContent]]:
    for item in items:
        settable = _select_settable(item, _RELATION_FIELDS, "relations.items")
        body: Any = validate_content(
            RelationCreate.__pydantic_validator__, settable, "relations.items."
        )
        id = _read_own_id(item, None, None, None)
        yield id, _read_stamp(id, item), make_relation_content(body)


def _select_settable(item: ExportedRecord, fields: frozenset[str], place: str) -> ExportedRecord:
    for name in item:
        if name not in fields:
            reason = f"there is no such field{did_you_mean(name, fields)}"
            raise BadRow(f"{place}.{name[:80]}", None, reason)
    return {name: value for name, value in item.items() if name not in MADE_BY_ANNALS}


def _list_warnings(event: ExportedRecord) -> list[RowWarning]:
    return [
        (name, event[name]["more"], "there are more than the file has; export it as a whole")
        for name in ("claims", "relations")
        if isinstance(event.get(name), dict) and isinstance(event[name].get("more"), str)
    ]


def _index_references(event: ExportedRecord, kind: str) -> dict[str, ExportedRecord]:
    """Return the records of a kind included with the event, by slug."""
    references = event.get("references")
    records = references.get(kind, []) if isinstance(references, dict) else []
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise BadRow(f"references.{kind}", None, "this is not a list of objects")
    return {str(record.get("slug")): record for record in records}


def _make_dataset(event: ExportedRecord) -> DatasetFacts:
    references = event.get("references")
    said = references.get("dataset") if isinstance(references, dict) else None
    if not isinstance(said, dict):
        slug = event["dataset"]
        said = {"slug": slug, "title": slug, "visibility": "private"}
    body: Any = _validate_record(DatasetCreate, said, "references.dataset.")
    if body.slug != event["dataset"]:
        raise BadRow("references.dataset.slug", body.slug, "this is not the event's dataset")
    return DatasetFacts(
        body.slug,
        body.title,
        body.description,
        body.licence,
        body.citation,
        body.url,
        body.visibility == "private",
        body.version,
        body.released_on,
    )


def _list_actors(
    event: ExportedRecord, content: EventContent, claims: Iterable[ClaimContent]
) -> list[ActorFacts]:
    """Return the participants and speakers as included, or else by their names in the event."""
    came = _index_references(event, "actors")
    names = {
        participant.get("actor"): participant.get("name")
        for participant in event.get("participants", [])
    }
    ends = [participant[end] for participant in content["participants"] for end in ("actor", "for")]
    speakers = [claim["speaker"] for claim in claims if claim["speaker"]]
    ends += [speaker[end] for speaker in speakers for end in ("actor", "speaks_for")]
    plain = {
        slug: _make_plain_actor(slug, names.get(slug)) for slug in ends if slug and slug not in came
    }
    dataset = content["dataset"]
    return [_make_actor(actor, dataset) for actor in (*came.values(), *plain.values())]


def _make_plain_actor(slug: str, name: str | None) -> ExportedRecord:
    kind = "state" if slug in get_countries() else "organisation"
    return {"slug": slug, "kind": kind, "name": name or slug}


def _make_actor(said: ExportedRecord, dataset: str) -> ActorFacts:
    body: Any = _validate_record(ActorCreate, said, "references.actors.")
    codes = [
        (scheme, code)
        for scheme, listed in body.codes.items()
        for code in ([listed] if isinstance(listed, str) else listed)
    ]
    return ActorFacts(
        body.slug,
        body.kind,
        body.name,
        tuple(codes),
        body.country,
        tuple(body.aliases),
        dataset,
    )


def _list_sources(
    event: ExportedRecord, dataset: str, claims: Iterable[ClaimContent]
) -> list[SourceFacts]:
    came, actors = _index_references(event, "sources"), _index_references(event, "actors")
    named = {slug for claim in claims for slug in (claim["source"], claim["origin"]) if slug}
    plain = [{"slug": slug, "kind": "other", "name": slug} for slug in sorted(named - set(came))]
    found = []
    for said in (*came.values(), *plain):
        body: Any = _validate_record(SourceCreate, said, "references.sources.")
        found.append(
            SourceFacts(
                body.slug,
                body.kind,
                body.name,
                body.reliability,
                body.owner if body.owner in came else None,
                body.speaks_for if body.speaks_for in actors else None,
                body.country,
                body.language,
                body.url,
                dataset,
            )
        )
    return found


def _validate_record(model: Any, said: Mapping[str, Any], place: str) -> Any:
    settable = {name: value for name, value in said.items() if name not in MADE_BY_ANNALS}
    if model is not DatasetCreate:
        settable.pop("dataset", None)
    return validate_content(model.__pydantic_validator__, settable, place)


FORMAT = ImportFormat(
    name="annals",
    title="Annals, its own exports",
    mapper_version=1,
    dataset=DATASET,
    recognize=recognize,
    read=read_exported_rows,
    map_row=map_row,
    dataset_in=read_dataset,
    rows_have_origin=True,
    coverage_of=lambda _file: None,
)
