"""The bulk load of new events, as they were rendered; other rows are left to the merge."""

from typing import Any

from sqlalchemy import Uuid, select, type_coerce, union_all

from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.ingest.mapping.map_rows import PreparedRow
from app.ingest.mapping.mapping_process import RenderedBatch, unpack_row
from app.models.changes import changes
from app.models.events import events
from app.models.imports import claim_rows
from app.record.bulk_save import insert_new_events
from app.record.prefetch import load_actor_names, load_source_profiles
from app.values.row_encoding import unpack_rows


def bulk_load_events(write: Transaction, rendered: RenderedBatch) -> list[PreparedRow]:
    """Load the events that are new, and return the rows of the others.

    An event with waiting rows, or with an order key in use, is not treated as new.
    """
    if not rendered.ids:
        return []
    if not _is_still_valid(write, rendered):
        return [unpack_row(row) for row in unpack_rows(rendered.prepared)]
    known = _find_known_ids(write, rendered.ids)
    taken = set(write.connection.scalars(_TAKEN_KEYS, {"keys": sorted(rendered.keys)}))
    others: list[int] = []
    left_out: set[int] = set()
    for place, (id, key) in enumerate(zip(rendered.ids, rendered.keys, strict=True)):
        if id in known or key in taken:
            others.append(place)
            first, last = rendered.spans[place]
            left_out.update(range(first, last + 1))
        taken.add(key)
    if len(others) < len(rendered.ids):
        insert_new_events(write, rendered.rows, rendered.changes, left_out)
    if not others:
        return []
    rows = unpack_rows(rendered.prepared)
    return [unpack_row(rows[place]) for place in others]


def _is_still_valid(write: Transaction, rendered: RenderedBatch) -> bool:
    """Return whether names and profiles are still those that the rows were rendered with."""
    known = rendered.known
    connection = write.connection
    return (
        load_actor_names(connection, known.names, hold=True) == known.names
        and load_source_profiles(connection, known.facts, hold=True) == known.facts
    )


def _find_known_ids(write: Transaction, ids: list[str]) -> set[str]:
    return {id.hex for id in write.connection.scalars(_KNOWN_IDS, {"ids": ids})}


_HEXADECIMAL: Uuid[str] = Uuid(as_uuid=False)

# The feed has every event that ever existed, including deleted and purged ones.
_KNOWN_IDS: Any = union_all(
    *(
        select(column).where(any_of(type_coerce(column, _HEXADECIMAL), "ids")).distinct()
        for column in (changes.c.event_id, claim_rows.c.event_id)
    )
)
_TAKEN_KEYS = select(events.c.order_key).where(any_of(events.c.order_key, "keys"))
