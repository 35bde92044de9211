"""Actors and sources by slug as a caller can see them: a hidden one does not exist for it.

Every write, import and command that takes a slug from outside uses this module; which rows are
visible is defined in `query/visibility.py` alone.
"""

from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.errors import Conflict, Fault
from app.models.changes import changes
from app.models.datasets import datasets
from app.models.names import former_slugs
from app.query.redirects import MERGEABLE_TABLES
from app.query.visibility import VisibleStatement, build_visibility
from app.record.merged_slugs import CurrentSlugs, add_row_lock, load_current_slugs
from app.record.not_found import PURGED
from app.record.reference_records.save_reference_record import load_last_states
from app.values.caller import Caller
from app.values.ids import make_slug_id


class VisibleSlugs(NamedTuple):
    """The private dataset, or None, of each visible record, and current slugs of merged ones."""

    private_datasets: Mapping[str, str | None]
    current_slugs: CurrentSlugs

    def get_current(self, slug: str) -> str | None:
        """Return the record that a slug names today, None unless the caller can see one."""
        now = self.current_slugs.get(slug, slug)
        return now if now in self.private_datasets else None


def find_visible_slugs(
    connection: Connection, caller: Caller, noun: str, slugs: Iterable[str]
) -> VisibleSlugs:
    """Find visible actors or sources, also by the slugs of merged ones.

    The records found are locked against renaming and deletion until the transaction ends.
    """
    wanted = set(slugs)
    owners = _fetch_owners(connection, caller, noun, wanted)
    # An existing record was never merged: only the slugs of others are redirected.
    current_slugs = load_current_slugs(connection, noun, wanted - owners.keys(), caller)
    return VisibleSlugs(
        owners | _fetch_owners(connection, caller, noun, current_slugs.values()), current_slugs
    )


def find_taken_slugs(
    connection: Connection, caller: Caller, noun: str, slugs: Iterable[str]
) -> set[str]:
    """Return the slugs under which the caller can create no record, also those of hidden records.

    This is the only fact about hidden records that a caller learns, and only on creating one: slugs
    are the keys of one table, so that the next request would show any other answer to be false. The
    slug of a deleted record is free for callers who may know of it, and continues its past.
    """
    occupied, deleted = _find_occupied_slugs(connection, noun, slugs)
    visible = load_last_states(connection, noun, deleted, caller) if deleted else {}
    return occupied | (deleted - visible.keys())


def find_used_slugs(connection: Connection, noun: str, slugs: Iterable[str]) -> set[str]:
    """Return the slugs that any record has or had."""
    occupied, deleted = _find_occupied_slugs(connection, noun, slugs)
    return occupied | deleted


def make_slug_taken_error(noun: str, slug: str, *, pointer: str | None = None) -> Conflict:
    """Return the error for creating a record that exists: the same words for visible and hidden."""
    detail = f"the {noun} slug {slug!r} is taken"
    return Conflict(detail, Fault(code="slug-taken", detail=detail, pointer=pointer))


def _find_occupied_slugs(
    connection: Connection, noun: str, slugs: Iterable[str]
) -> tuple[set[str], set[str]]:
    """Return the slugs of existing, merged and purged records, and those of deleted records."""
    wanted = set(slugs)
    if not wanted:
        return set(), set()
    values = {"slugs": sorted(wanted), "ids": [make_slug_id(noun, slug) for slug in wanted]}
    occupied = {slug for (slug,) in fetch(connection, _make_occupied_statement(noun), values)}
    return occupied, {
        *load_last_states(connection, noun, wanted - occupied)
    } if wanted - occupied else set()


def _fetch_owners(
    connection: Connection, caller: Caller, noun: str, slugs: Iterable[str]
) -> dict[str, str | None]:
    wanted = sorted(set(slugs))
    if not wanted:
        return {}
    return dict(_OWNERS[noun].fetch_within(connection, caller, {"slugs": wanted}))


def _select_owners(noun: str, caller: Caller) -> Select[Any]:
    table = MERGEABLE_TABLES[noun]
    seen = build_visibility(table, ("dataset",), caller)
    found = select(table.c.slug, table.c.dataset).where(any_of(table.c.slug, "slugs"), *seen)
    return add_row_lock(found, table)


_OWNERS = {noun: VisibleStatement(partial(_select_owners, noun)) for noun in MERGEABLE_TABLES}


@cache
def _make_occupied_statement(noun: str) -> Statement:
    table = MERGEABLE_TABLES.get(noun, datasets)
    there = select(table.c.slug).where(any_of(table.c.slug, "slugs"))
    former = select(former_slugs.c.slug).where(former_slugs.c.noun == noun)
    purged = select(changes.c.slug).where(
        any_of(changes.c.id, "ids"), changes.c.operation == PURGED
    )
    merged = former.where(any_of(former_slugs.c.slug, "slugs"))
    return Statement(there.union(merged, purged))
