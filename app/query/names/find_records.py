"""Lookup of records by slugs, slugs of merged records, and names and aliases of actors.

At a position these are the slugs, redirects and names of then; visibility is that of the caller's
rights today.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Text,
    literal_column,
    select,
)

from app.db.database import Reads
from app.db.sql.array_sql import any_of
from app.models.actors import actor_names
from app.query.names.name_candidates import SLUG_TABLES
from app.query.redirects import MERGEABLE_TABLES as FORMER
from app.query.redirects import select_redirects
from app.query.table_view import list_tables_at, unite_all
from app.query.visibility import VisibleStatement, build_visibility
from app.values.caller import Caller
from app.vocab.name_key import fold_name

FoundSlugs = Mapping[tuple[str, str], str]
"""From (kind, name) to the slug of the record."""


@dataclass(frozen=True, slots=True)
class SlugFinder:
    """A lookup of records for one caller, now or at a position."""

    reads: Reads
    caller: Caller
    at: int | None = None

    async def find(self, named: Mapping[str, Iterable[str]]) -> FoundSlugs:
        """Find the records visible to the caller, all slugs by one statement."""
        wanted = {kind: list(dict.fromkeys(values)) for kind, values in named.items()}
        wanted = {kind: values for kind, values in wanted.items() if values}
        if not wanted:
            return {}
        binds = {f"{kind}_slugs": values for kind, values in wanted.items()}
        rows = await self._fetch(_select_by_slug, tuple(sorted(wanted)), **binds)
        found = {(kind, slug): slug for kind, slug in rows}
        for kind in FORMER:
            missing = [slug for slug in wanted.get(kind, ()) if (kind, slug) not in found]
            if missing:
                found |= {
                    (kind, slug): into for slug, into in await self._fetch_redirects(kind, missing)
                }
        missing = [name for name in wanted.get("actor", ()) if ("actor", name) not in found]
        return {**found, **(await self._fetch_by_name(missing) if missing else {})}

    async def _fetch_redirects(self, kind: str, slugs: Sequence[str]) -> list[tuple[str, str]]:
        """Fetch the redirects of slugs; a slug that was merged later redirects to itself."""
        rows = await self._fetch(_build_redirects, kind, slugs=slugs)
        return sorted(
            ((slug, into) for slug, into in rows), key=lambda redirect: redirect[0] != redirect[1]
        )

    async def _fetch_by_name(self, names: Sequence[str]) -> FoundSlugs:
        folded = {name: fold_name(name) for name in names}
        meant: dict[str, set[str]] = {}
        asked = list(dict.fromkeys(folded.values()))
        for key, slug in await self._fetch(_select_by_name, "actor", folded=asked):
            meant.setdefault(key, set()).add(slug)
        only = {key: next(iter(slugs)) for key, slugs in meant.items() if len(slugs) == 1}
        return {("actor", name): only[key] for name, key in folded.items() if key in only}

    async def _fetch(self, make: Callable[..., VisibleStatement], what: Any, **values: Any) -> Any:
        statement = make(what, self.at is not None)
        return await statement.fetch(self.reads, self.caller, {**values, "at_position": self.at})


def list_visible_tables(
    kind: str, caller: Caller, as_of: bool
) -> list[tuple[FromClause, list[ColumnElement[bool]]]]:
    """Return a kind's tables, each with the conditions of valid rows visible to the caller."""
    table, owner = SLUG_TABLES[kind]
    return [
        (source, [*stands, *build_visibility(source, (owner,), caller)])
        for source, stands in list_tables_at(table, as_of=as_of)
    ]


@cache
def _select_by_slug(kinds: tuple[str, ...], as_of: bool) -> VisibleStatement:
    """Select (kind, slug) of the slugs that are bound for each kind."""
    return VisibleStatement(
        lambda caller: unite_all(
            select(literal_column(f"'{kind}'", Text).label("noun"), table.c.slug).where(
                any_of(table.c.slug, f"{kind}_slugs"), *conditions
            )
            for kind in kinds
            for table, conditions in list_visible_tables(kind, caller, as_of)
        )
    )


@cache
def _build_redirects(kind: str, as_of: bool) -> VisibleStatement:
    return VisibleStatement(partial(select_redirects, kind, as_of=as_of))


@cache
def _select_by_name(kind: str, as_of: bool) -> VisibleStatement:
    """Select (folded name, slug) of the names bound as `folded`."""
    return VisibleStatement(
        lambda caller: unite_all(
            select(names.c.folded, table.c.slug)
            .join_from(names, table, names.c.actor == table.c.slug)
            .where(any_of(names.c.folded, "folded"), *stand, *conditions)
            for names, stand in list_tables_at(actor_names, as_of=as_of)
            for table, conditions in list_visible_tables(kind, caller, as_of)
        )
    )
