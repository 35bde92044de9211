"""Freshness of columns: the changes since they were made, and the datasets that are hidden."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    literal_column,
    select,
    union_all,
)

from app.db.database import Reads
from app.db.sql.feed_sql import first_unsettled_position
from app.db.statements import Statement
from app.models.changes import changes, feed
from app.query.visibility import HIDDEN_DATASETS, VisibleStatement
from app.values.caller import Caller

MOST_CHANGED = 5_000

EPOCH_AND_SETTLED = Statement(select(feed.c.epoch, first_unsettled_position()))


@dataclass(frozen=True)
class Freshness:
    """The epoch of the feed, the events changed since a position, and the hidden datasets.

    `is_cut` says that there are more changes than were asked for.
    """

    epoch: int
    changed: frozenset[UUID]
    hidden: Collection[str]
    is_cut: bool


async def load_freshness(
    reads: Reads, caller: Caller, position: int, most: int = MOST_CHANGED
) -> Freshness:
    """Load all of it by one statement, so that it is of one snapshot."""
    rows = await _STATEMENT.fetch(reads, caller, {"position": position, "most": most + 1})
    found: dict[int, list[str]] = {_EPOCH: [], _CHANGED: [], _HIDDEN: []}
    for kind, text in rows:
        found[kind].append(text)
    return Freshness(
        epoch=int(found[_EPOCH][0]),
        changed=frozenset(map(UUID, found[_CHANGED])),
        is_cut=len(found[_CHANGED]) > most,
        hidden=frozenset(found[_HIDDEN]),
    )


_EPOCH, _CHANGED, _HIDDEN = range(3)


def _select_changed(caller: Caller) -> CompoundSelect[int, str]:
    changed = (
        select(changes.c.event_id)
        .where(
            changes.c.position >= bindparam("position", type_=BigInteger, required=True),
            changes.c.slug.is_(None),
        )
        .limit(bindparam("most", type_=Integer, required=True))
        .subquery()
    )
    hidden = HIDDEN_DATASETS.subquery()
    parts: list[Select[int, str]] = [
        select(_label_kind(_EPOCH), cast(feed.c.epoch, Text).label("text")),
        select(_label_kind(_CHANGED), cast(changed.c.event_id, Text)),
    ]
    if not caller.sees_all:
        parts.append(select(_label_kind(_HIDDEN), cast(hidden.c.slug, Text)))
    return union_all(*parts)


def _label_kind(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer).label("kind")


_STATEMENT = VisibleStatement(_select_changed)
