"""Slugs of actors and sources that were merged, and the ones that answer for them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, Table, exists, select

from app.db.sql.array_sql import any_of
from app.db.statements import Selecting
from app.models.actors import actors
from app.models.names import former_slugs
from app.models.sources import sources
from app.query.table_view import AT_POSITION, PAST_OF, standing, whole_of
from app.query.visibility import visible
from app.values.caller import Caller

TABLES: Mapping[str, Table] = {"actor": actors, "source": sources}


def select_answering(noun: str, caller: Caller, *, as_of: bool = False) -> Selecting:
    """The (slug, into) of those of the slugs bound as `slugs` for which the caller sees another.

    At a position whoever answered then; a slug that was merged later may answer for itself.
    """
    answering = [
        select(former.c.slug, former.c.into)
        .join(there, there.c.slug == former.c.into)
        .where(*stands, *is_there, *visible(there, ("dataset",), caller))
        for former, stands in standing(former_slugs, as_of=as_of)
        for there, is_there in standing(TABLES[noun], as_of=as_of)
    ]
    parts = [*answering, _merged_later(TABLES[noun])] if as_of else answering
    return whole_of(_of_noun(each, noun, caller) for each in parts)


def _of_noun(found: Select[Any], noun: str, caller: Caller) -> Select[Any]:
    former = found.selected_columns[0].table
    named = any_of(former.c.slug, "slugs")
    return found.where(former.c.noun == noun, named, *visible(former, ("dataset",), caller))


def _merged_later(table: Table) -> Select[Any]:
    """What was merged before the merged had a past: it stood under its slug until then."""
    past = PAST_OF[table]
    has_past = exists().where(past.c.slug == former_slugs.c.slug)
    return select(former_slugs.c.slug, former_slugs.c.slug.label("into")).where(
        former_slugs.c.from_position > AT_POSITION, ~has_past
    )
