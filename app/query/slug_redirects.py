"""Slugs of actors and sources that were merged, and the ones that answer for them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, Table, exists, select

from app.db.sql.array_sql import any_of
from app.db.statements import AnySelect
from app.models.actors import actors
from app.models.names import former_slugs
from app.models.sources import sources
from app.query.table_view import AT_POSITION, PAST_TABLES, list_tables_at, unite_all
from app.query.visibility import build_visibility
from app.values.caller import Caller

MERGEABLE_TABLES: Mapping[str, Table] = {"actor": actors, "source": sources}


def select_redirects(noun: str, caller: Caller, *, as_of: bool = False) -> AnySelect:
    """The (slug, into) of those of the slugs bound as `slugs` for which the caller sees another.

    At a position whoever answered then; a slug that was merged later may answer for itself.
    """
    answering = [
        select(former.c.slug, former.c.into)
        .join(there, there.c.slug == former.c.into)
        .where(*stands, *is_there, *build_visibility(there, ("dataset",), caller))
        for former, stands in list_tables_at(former_slugs, as_of=as_of)
        for there, is_there in list_tables_at(MERGEABLE_TABLES[noun], as_of=as_of)
    ]
    parts = [*answering, _select_merged_later(MERGEABLE_TABLES[noun])] if as_of else answering
    return unite_all(_filter_by_type(each, noun, caller) for each in parts)


def _filter_by_type(found: Select[Any], noun: str, caller: Caller) -> Select[Any]:
    former = found.selected_columns[0].table
    named = any_of(former.c.slug, "slugs")
    return found.where(
        former.c.noun == noun, named, *build_visibility(former, ("dataset",), caller)
    )


def _select_merged_later(table: Table) -> Select[Any]:
    """What was merged before the merged had a past: it stood under its slug until then."""
    past = PAST_TABLES[table]
    has_past = exists().where(past.c.slug == former_slugs.c.slug)
    return select(former_slugs.c.slug, former_slugs.c.slug.label("into")).where(
        former_slugs.c.from_position > AT_POSITION, ~has_past
    )
