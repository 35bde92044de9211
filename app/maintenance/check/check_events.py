"""Every event of the present, derived anew from its document, its claims and what they rest on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table, bindparam, select

from app.history.diff import differences
from app.maintenance.check.check_findings import Finding, named, other_columns, rows_of
from app.models.claims import claim_texts, claims
from app.models.events import (
    event_documents,
    event_terms,
    event_texts,
    events,
    known_statuses,
    participants,
)
from app.models.jobs import rerenderings
from app.models.merges import merged_events
from app.models.relations import relations
from app.record.claim_statements import (
    SourceFacts,
    claim_columns,
    claim_text,
    load_last_facts,
    load_source_facts,
    statement_of,
)
from app.record.content import claim_content, event_content
from app.record.document import (
    Stamp,
    claim_document,
    decode,
    encode,
    event_document,
    relation_document,
)
from app.record.document_names import load_actor_names, load_last_names
from app.record.index import Index, index_event
from app.record.known_by import first_made_day, knowledge
from app.record.links.propagation import RUNNING
from app.record.links.save_relations import relation_content
from app.record.verification import Statement, judge
from app.values.ids import HASH_BITS, order_key

Rows = dict[Any, list[Row[Any]]]

CHILDREN: Mapping[Table, str] = {
    participants: "participants",
    event_terms: "terms",
    known_statuses: "knowledge by day",
}
OF_MERGED = {"claims", "relations"}
"""What an event that was merged away keeps beside its past."""

PLACING = {"event_id", "from_position"}


def check_events(connection: Connection, ids: Sequence[UUID]) -> Iterator[Finding]:
    """What disagrees with the events that stand among `ids`."""
    found = _Events(connection, ids)
    for event_id in ids:
        yield from found.check(event_id)


@dataclass(frozen=True, slots=True)
class _Derived:
    """What an event's content and claims make of it."""

    document: dict[str, Any]
    index: Index


class _Events:
    """The rows of some events, read together."""

    def __init__(self, connection: Connection, ids: Sequence[UUID]) -> None:
        self.connection = connection
        self.documents = rows_of(connection, event_documents, "id", ids)
        self.events = rows_of(connection, events, "id", ids)
        self.members = rows_of(connection, merged_events, "winner_id", ids)
        self.merged = rows_of(connection, merged_events, "event_id", ids)
        below = {row.event_id for rows in self.members.values() for row in rows}
        self.claims = rows_of(connection, claims, "event_id", sorted({*ids, *below}))
        self.relations = rows_of(connection, relations, "event_id", ids)
        self.children: dict[Table, Rows] = {
            table: rows_of(connection, table, "event_id", ids) for table in CHILDREN
        }
        self.facts = load_source_facts(connection, self._sources())
        self.facts |= load_last_facts(connection, self._sources(), self.facts)
        self.names = load_actor_names(connection, self._actors())
        self.names |= load_last_names(connection, self._actors(), self.names)
        self.datasets = self._datasets_of_ends()
        self.pending = {tuple(row) for row in connection.execute(_PENDING)}

    def check(self, event_id: UUID) -> Iterator[Finding]:
        """Whatever disagrees with this event; one that does not stand must have left no row.

        One that was merged away left its claims and relations.
        """
        documents, found = self.documents.get(event_id), self.events.get(event_id)
        if not documents or not found:
            yield from self._check_absent(event_id)
            return
        try:
            derived = self._derive(documents[0], found[0])
        except (KeyError, ValueError, TypeError) as error:
            what = f"its content cannot be read: {type(error).__name__} {error}"
            yield Finding("event", str(event_id), what)
            return
        if not self._waits(event_id):
            yield from self._check_document(documents[0], found[0], derived)
            yield from self._check_index(found[0], derived.index)
        yield from self._check_claims(event_id, str(documents[0].dataset))
        yield from self._check_relations(event_id, str(documents[0].dataset))

    def _check_absent(self, event_id: UUID) -> Iterator[Finding]:
        merged = self.merged.get(event_id, [])
        left = [name for name, rows in self._held() if event_id in rows]
        if left and not (merged and OF_MERGED.issuperset(left)):
            what = f"has rows in {named(left)}, and not in what an event needs"
            yield Finding("event", str(event_id), what)
        for row in merged:
            yield from self._check_claims(event_id, row.dataset)
            yield from self._check_relations(event_id, row.dataset)

    def _waits(self, event_id: UUID) -> bool:
        """Whether the event rests on what a job still has to write into it."""
        if not self.pending:
            return False
        takes_part = (("actor", row.actor) for row in self.children[participants].get(event_id, ()))
        named_as = ((row.kind, row.term) for row in self.children[event_terms].get(event_id, ()))
        return not self.pending.isdisjoint({*takes_part, *named_as})

    def _held(self) -> Iterable[tuple[str, Rows]]:
        yield "event_documents", self.documents
        yield "events", self.events
        yield "claims", self.claims
        yield "relations", self.relations
        for table, rows in self.children.items():
            yield table.name, rows

    def _sources(self) -> Iterator[str]:
        for rows in self.claims.values():
            for row in rows:
                yield from filter(None, (row.source, row.origin))

    def _actors(self) -> Iterator[str]:
        for rows in self.children[participants].values():
            for row in rows:
                yield row.actor

    def _datasets_of_ends(self) -> dict[UUID, str]:
        ends = {row.to_event_id for rows in self.relations.values() for row in rows}
        merged = rows_of(self.connection, merged_events, "event_id", sorted(ends))
        standing = rows_of(self.connection, event_documents, "id", sorted(ends))
        return {end: rows[0].dataset for end, rows in {**merged, **standing}.items()}

    def _derive(self, document: Row[Any], found: Row[Any]) -> _Derived:
        content = event_content(decode(document.document))
        made = self._statements(document.id, self.facts)
        verdict = judge(made, content["participants"], content["verification_override"])
        stamp = Stamp(document.id, document.revision, found.created_at, found.updated_at)
        whole = event_document(content, stamp, verdict, first_made_day(made), self.names)
        known = knowledge(made, content["participants"])
        return _Derived(whole, index_event(whole, made, known))

    def _statements(self, event_id: UUID, facts: Mapping[str, SourceFacts]) -> list[Statement]:
        group = [event_id, *(row.event_id for row in self.members.get(event_id, ()))]
        return [
            statement_of(row.id.hex, claim_content(decode(row.document)), facts)
            for each in group
            for row in self.claims.get(each, ())
        ]

    def _check_document(
        self, document: Row[Any], found: Row[Any], derived: _Derived
    ) -> Iterator[Finding]:
        held = decode(document.document)
        others = [each["path"] for each in differences(held, derived.document)]
        if encode(derived.document) != document.document:
            what = f"its document disagrees with what it rests on: {named(others or ['its bytes'])}"
            yield Finding("event", str(document.id), what)
        if document.dataset != held.get("dataset"):
            yield Finding("event", str(document.id), "its document is of another dataset")
        if document.from_position != found.from_position:
            yield Finding("event", str(document.id), "its document and its row are of two changes")

    def _check_index(self, row: Row[Any], index: Index) -> Iterator[Finding]:
        others = other_columns(index.event, row)
        least = order_key(index.earliest_day, row.id)
        if row.order_key >> HASH_BITS != index.earliest_day or row.order_key < least:
            others.append("order_key")
        if others:
            yield Finding("event", str(row.id), f"its row disagrees in {named(others)}")
        expected = {
            participants: index.participants,
            event_terms: index.terms,
            known_statuses: index.known,
        }
        for table, name in CHILDREN.items():
            wanted = [{**each, "order_key": row.order_key} for each in expected[table]]
            if _other_rows(wanted, self.children[table].get(row.id, [])):
                yield Finding("event", str(row.id), f"its {name} disagree with its document")
        asked = {"key": row.order_key, "of": row.id, "wanted": index.words}
        if self.connection.execute(_HAS_WORDS, asked).first() is None:
            yield Finding("event", str(row.id), "its words are not those of its document")

    def _check_claims(self, event_id: UUID, dataset: str) -> Iterator[Finding]:
        for row in self.claims.get(event_id, ()):
            content = claim_content(decode(row.document))
            stamp = Stamp(row.id, row.revision, row.created_at, row.updated_at)
            if encode(claim_document(content, stamp, event_id)) != row.document:
                yield Finding("claim", str(row.id), "its document disagrees with its row")
            others = other_columns({**claim_columns(content), "dataset": dataset}, row)
            if others:
                yield Finding("claim", str(row.id), f"its row disagrees in {named(others)}")
            words = {"key": row.from_position, "of": row.id, "wanted": claim_text(content)["words"]}
            if self.connection.execute(_CLAIM_HAS_WORDS, words).first() is None:
                yield Finding("claim", str(row.id), "its words are not those of its document")

    def _check_relations(self, event_id: UUID, dataset: str) -> Iterator[Finding]:
        for row in self.relations.get(event_id, ()):
            stamp = Stamp(row.id, row.revision, row.created_at, row.updated_at)
            content = relation_content(row.document)
            if encode(relation_document(content, stamp)) != row.document:
                yield Finding("relation", str(row.id), "its document disagrees with its row")
            expected = {
                "event_id": UUID(content["from"]),
                "to_event_id": UUID(content["to"]),
                "type": content["type"],
                "dataset": dataset,
                "to_dataset": self.datasets.get(row.to_event_id),
            }
            others = other_columns(expected, row)
            if others:
                yield Finding("relation", str(row.id), f"its row disagrees in {named(others)}")


def _other_rows(wanted: Sequence[Mapping[str, Any]], held: Sequence[Row[Any]]) -> bool:
    return {tuple(sorted(each.items())) for each in wanted} != {
        tuple(sorted((name, value) for name, value in row._mapping.items() if name not in PLACING))
        for row in held
    }


_CLAIM_HAS_WORDS = select(claim_texts.c.id).where(
    claim_texts.c.rowid == bindparam("key", type_=claim_texts.c.rowid.type),
    claim_texts.c.id == bindparam("of", type_=claim_texts.c.id.type),
    claim_texts.c.words == bindparam("wanted", type_=claim_texts.c.words.type),
)
_PENDING = select(rerenderings.c.noun, rerenderings.c.slug).where(rerenderings.c.status == RUNNING)
_HAS_WORDS = select(event_texts.c.event_id).where(
    event_texts.c.rowid == bindparam("key", type_=event_texts.c.rowid.type),
    event_texts.c.event_id == bindparam("of", type_=event_texts.c.event_id.type),
    event_texts.c.words == bindparam("wanted", type_=event_texts.c.words.type),
)
