"""What is told of the actors of a network: the kind and the name that they had then."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import select

from app.db.database import Reads
from app.db.sql.array_sql import any_of
from app.db.statements import Statement
from app.models.actors import actors, past_actors
from app.query.table_view import list_tables_at, unite_all


class ActorLabel(NamedTuple):
    """One actor; one that is gone has its last name, or its slug where that is not known."""

    kind: str | None
    name: str


async def load_actor_labels(
    reads: Reads, slugs: Sequence[str], at: int | None
) -> dict[str, ActorLabel]:
    """The actors with these slugs, now or at a position."""
    rows = await reads.fetch(
        _make_label_statement(at is not None), {"slugs": slugs, "at_position": at}
    )
    found = {slug: ActorLabel(kind, name) for slug, kind, name in rows}
    gone = [slug for slug in slugs if slug not in found]
    if gone:
        rows = await reads.fetch(_GONE_STATEMENT, {"slugs": gone})
        last = {slug: ActorLabel(kind, name) for slug, kind, name in rows}
        found |= {slug: last.get(slug) or ActorLabel(None, slug) for slug in gone}
    return found


@cache
def _make_label_statement(as_of: bool) -> Statement:
    return Statement(
        unite_all(
            select(*(table.c[name] for name in _NAMES)).where(
                any_of(table.c.slug, "slugs"), *stands
            )
            for table, stands in list_tables_at(actors, as_of=as_of)
        )
    )


_NAMES = ("slug", "kind", "name")
_GONE_STATEMENT = Statement(
    select(*(past_actors.c[name] for name in _NAMES))
    .where(any_of(past_actors.c.slug, "slugs"))
    .order_by(past_actors.c.until_position)
)
