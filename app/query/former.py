"""Slugs of actors and sources that were merged, and the ones that answer for them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, Table, select

from app.db.functions import any_of
from app.models.actors import actors
from app.models.lookup import former_slugs
from app.models.sources import sources
from app.query.visibility import visible
from app.values.callers import Caller

TABLES: Mapping[str, Table] = {"actor": actors, "source": sources}


def select_answering(noun: str, caller: Caller) -> Select[Any]:
    """The (slug, into) of those of the slugs bound as `slugs` for which the caller sees another."""
    table = TABLES[noun]
    found = select(former_slugs.c.slug, former_slugs.c.into).join(
        table, table.c.slug == former_slugs.c.into
    )
    seen = [each for one in (former_slugs, table) for each in visible(one, ("dataset",), caller)]
    return found.where(former_slugs.c.noun == noun, any_of(former_slugs.c.slug, "slugs"), *seen)


def select_merged_into(noun: str, caller: Caller) -> Select[Any]:
    """The former slugs that those bound as `slugs` answer for, as far as the caller may know."""
    seen = visible(former_slugs, ("dataset",), caller)
    found = select(former_slugs.c.slug).where(former_slugs.c.noun == noun, *seen)
    return found.where(any_of(former_slugs.c.into, "slugs"))
