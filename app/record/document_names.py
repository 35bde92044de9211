"""The names that documents carry for the actors in them."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.models.actors import actors, past_actors
from app.record.row_locks import add_row_lock


def load_actor_names(
    connection: Connection, slugs: Iterable[str], *, hold: bool = False
) -> dict[str, str]:
    """The name of each actor that stands, by slug.

    With `hold` nobody renames, merges or deletes it until the transaction ends.
    """
    wanted = sorted(set(slugs))
    if not wanted:
        return {}
    return dict(fetch(connection, _LOCKED_NAMES if hold else _NAMES, {"slugs": wanted}))


def load_last_names(
    connection: Connection, slugs: Iterable[str], names: Mapping[str, str]
) -> dict[str, str]:
    """The last names of those that `names` lacks, as only records that were brought back need."""
    gone = [slug for slug in slugs if slug not in names]
    return dict(fetch(connection, _LAST_NAMES, {"slugs": gone})) if gone else {}


_CURRENT_NAMES = select(actors.c.slug, actors.c.name).where(any_of(actors.c.slug, "slugs"))
_NAMES = Statement(_CURRENT_NAMES)
_LOCKED_NAMES = Statement(add_row_lock(_CURRENT_NAMES, actors))
# In the order of the past, so that the last state is the one that is kept.
_LAST_NAMES = Statement(
    select(past_actors.c.slug, past_actors.c.name)
    .where(any_of(past_actors.c.slug, "slugs"))
    .order_by(past_actors.c.until_position)
)
