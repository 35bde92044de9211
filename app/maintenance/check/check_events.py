"""The check of current events: each is derived again from its document and its claims."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Table, bindparam, select

from app.history.diff import list_differences
from app.maintenance.check.check_findings import (
    CheckFinding,
    join_names,
    list_differing_columns,
    load_rows,
)
from app.models.claims import claim_texts, claims
from app.models.events import (
    event_documents,
    event_terms,
    event_texts,
    events,
    participants,
)
from app.models.jobs import rerenderings
from app.models.merges import merged_events
from app.models.relations import relations
from app.record.content import extract_claim_content, extract_event_content
from app.record.document import (
    RevisionInfo,
    decode_document,
    encode_document,
    make_claim_document,
    make_relation_document,
)
from app.record.event_rows import DerivedEvent, SaveContext, derive_event
from app.record.index import CHILD_TABLES, IndexRows, make_claim_columns, make_claim_text
from app.record.links.propagation import RUNNING
from app.record.links.save_relations import extract_relation_content
from app.record.prefetch import (
    load_actor_names,
    load_last_names,
    load_last_profiles,
    load_source_profiles,
)
from app.values.ids import HASH_BITS, compute_order_key

RowsByKey = dict[Any, list[Row[Any]]]

READABLE_CHILDREN = [table for table in CHILD_TABLES if table is not event_texts]
"""The child tables whose rows can be read back; searchable words are only compared."""

TABLES_OF_MERGED = {"claims", "relations"}
"""The tables in which a merged event keeps its rows."""

KEY_COLUMNS = {"event_id", "from_position"}


def check_events(connection: Connection, ids: Sequence[UUID]) -> Iterator[CheckFinding]:
    """Yield the disagreements of the existing events among `ids`."""
    found = _EventRows(connection, ids)
    for event_id in ids:
        yield from found.check(event_id)


class _EventRows:
    """The rows of some events, loaded together."""

    def __init__(self, connection: Connection, ids: Sequence[UUID]) -> None:
        self.connection = connection
        self.documents = load_rows(connection, event_documents, "id", ids)
        self.events = load_rows(connection, events, "id", ids)
        self.members = load_rows(connection, merged_events, "winner_id", ids)
        self.merged = load_rows(connection, merged_events, "event_id", ids)
        below = {row.event_id for rows in self.members.values() for row in rows}
        self.claims = load_rows(connection, claims, "event_id", sorted({*ids, *below}))
        self.relations = load_rows(connection, relations, "event_id", ids)
        self.children: dict[Table, RowsByKey] = {
            table: load_rows(connection, table, "event_id", ids) for table in READABLE_CHILDREN
        }
        self.facts = load_source_profiles(connection, self._list_sources())
        self.facts |= load_last_profiles(connection, self._list_sources(), self.facts)
        self.names = load_actor_names(connection, self._list_actors())
        self.names |= load_last_names(connection, self._list_actors(), self.names)
        self.datasets = self._load_end_datasets()
        self.pending = {tuple(row) for row in connection.execute(_PENDING)}

    def check(self, event_id: UUID) -> Iterator[CheckFinding]:
        """Yield the disagreements of this event; a deleted one must have no row left.

        A merged event keeps its claims and relations.
        """
        documents, found = self.documents.get(event_id), self.events.get(event_id)
        if not documents or not found:
            yield from self._check_absent(event_id)
            return
        try:
            derived = self._derive_event(documents[0], found[0])
        except (KeyError, ValueError, TypeError) as error:
            what = f"its content cannot be read: {type(error).__name__} {error}"
            yield CheckFinding("event", str(event_id), what)
            return
        if not self._is_waiting(event_id):
            yield from self._check_document(documents[0], found[0], derived)
            yield from self._check_index(found[0], derived.index)
        yield from self._check_claims(event_id, str(documents[0].dataset))
        yield from self._check_relations(event_id, str(documents[0].dataset))

    def _check_absent(self, event_id: UUID) -> Iterator[CheckFinding]:
        merged = self.merged.get(event_id, [])
        left = [name for name, rows in self._iterate_tables() if event_id in rows]
        if left and not (merged and TABLES_OF_MERGED.issuperset(left)):
            what = f"has rows in {join_names(left)}, but is not a current event"
            yield CheckFinding("event", str(event_id), what)
        for row in merged:
            yield from self._check_claims(event_id, row.dataset)
            yield from self._check_relations(event_id, row.dataset)

    def _is_waiting(self, event_id: UUID) -> bool:
        """Return whether a propagation job still has to rewrite the event."""
        if not self.pending:
            return False
        takes_part = (("actor", row.actor) for row in self.children[participants].get(event_id, ()))
        named_as = ((row.kind, row.term) for row in self.children[event_terms].get(event_id, ()))
        return not self.pending.isdisjoint({*takes_part, *named_as})

    def _iterate_tables(self) -> Iterable[tuple[str, RowsByKey]]:
        yield "event_documents", self.documents
        yield "events", self.events
        yield "claims", self.claims
        yield "relations", self.relations
        for table, rows in self.children.items():
            yield table.name, rows

    def _list_sources(self) -> Iterator[str]:
        for rows in self.claims.values():
            for row in rows:
                yield from filter(None, (row.source, row.origin))

    def _list_actors(self) -> Iterator[str]:
        for rows in self.children[participants].values():
            for row in rows:
                yield row.actor

    def _load_end_datasets(self) -> dict[UUID, str]:
        ends = {row.to_event_id for rows in self.relations.values() for row in rows}
        merged = load_rows(self.connection, merged_events, "event_id", sorted(ends))
        current = load_rows(self.connection, event_documents, "id", sorted(ends))
        return {end: rows[0].dataset for end, rows in {**merged, **current}.items()}

    def _derive_event(self, document: Row[Any], found: Row[Any]) -> DerivedEvent:
        content = extract_event_content(decode_document(document.document))
        info = RevisionInfo(document.id, document.revision, found.created_at, found.updated_at)
        group = [document.id, *(row.event_id for row in self.members.get(document.id, ()))]
        contents = {
            row.id: extract_claim_content(decode_document(row.document))
            for event_id in group
            for row in self.claims.get(event_id, ())
        }
        return derive_event(content, info, contents, SaveContext(self.names, self.facts))

    def _check_document(
        self, document: Row[Any], found: Row[Any], derived: DerivedEvent
    ) -> Iterator[CheckFinding]:
        stored = decode_document(document.document)
        others = [difference["path"] for difference in list_differences(stored, derived.document)]
        if encode_document(derived.document) != document.document:
            parts = join_names(others or ["its bytes"])
            what = f"its document disagrees with its content and claims: {parts}"
            yield CheckFinding("event", str(document.id), what)
        if document.dataset != stored.get("dataset"):
            yield CheckFinding("event", str(document.id), "its document belongs to another dataset")
        if document.from_position != found.from_position:
            yield CheckFinding(
                "event", str(document.id), "its document and its row come from two changes"
            )

    def _check_index(self, row: Row[Any], index: IndexRows) -> Iterator[CheckFinding]:
        others = list_differing_columns(index.event, row)
        least = compute_order_key(index.earliest_day, row.id)
        if row.order_key >> HASH_BITS != index.earliest_day or row.order_key < least:
            others.append("order_key")
        if others:
            yield CheckFinding("event", str(row.id), f"its row disagrees in {join_names(others)}")
        for table in READABLE_CHILDREN:
            wanted = [{**child, "order_key": row.order_key} for child in index.children[table]]
            if _has_other_rows(wanted, self.children[table].get(row.id, [])):
                what = f"its rows in {table.name} disagree with its document"
                yield CheckFinding("event", str(row.id), what)
        words = {"key": row.order_key, "of": row.id, "wanted": index.words}
        if self.connection.execute(_HAS_WORDS, words).first() is None:
            yield CheckFinding(
                "event", str(row.id), "its searchable words differ from its document"
            )

    def _check_claims(self, event_id: UUID, dataset: str) -> Iterator[CheckFinding]:
        for row in self.claims.get(event_id, ()):
            content = extract_claim_content(decode_document(row.document))
            stamp = RevisionInfo(row.id, row.revision, row.created_at, row.updated_at)
            if encode_document(make_claim_document(content, stamp, event_id)) != row.document:
                yield CheckFinding("claim", str(row.id), "its document disagrees with its row")
            others = list_differing_columns(
                {**make_claim_columns(content), "dataset": dataset}, row
            )
            if others:
                yield CheckFinding(
                    "claim", str(row.id), f"its row disagrees in {join_names(others)}"
                )
            words = {
                "key": row.from_position,
                "of": row.id,
                "wanted": make_claim_text(content)["words"],
            }
            if self.connection.execute(_CLAIM_HAS_WORDS, words).first() is None:
                yield CheckFinding(
                    "claim", str(row.id), "its searchable words differ from its document"
                )

    def _check_relations(self, event_id: UUID, dataset: str) -> Iterator[CheckFinding]:
        for row in self.relations.get(event_id, ()):
            stamp = RevisionInfo(row.id, row.revision, row.created_at, row.updated_at)
            content = extract_relation_content(row.document)
            if encode_document(make_relation_document(content, stamp)) != row.document:
                yield CheckFinding("relation", str(row.id), "its document disagrees with its row")
            expected = {
                "event_id": UUID(content["from"]),
                "to_event_id": UUID(content["to"]),
                "type": content["type"],
                "dataset": dataset,
                "to_dataset": self.datasets.get(row.to_event_id),
            }
            others = list_differing_columns(expected, row)
            if others:
                yield CheckFinding(
                    "relation", str(row.id), f"its row disagrees in {join_names(others)}"
                )


def _has_other_rows(wanted: Sequence[Mapping[str, Any]], stored: Sequence[Row[Any]]) -> bool:
    return {tuple(sorted(expected.items())) for expected in wanted} != {
        tuple(
            sorted((name, value) for name, value in row._mapping.items() if name not in KEY_COLUMNS)
        )
        for row in stored
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
