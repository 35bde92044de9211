"""The names that documents carry for the actors in them."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from app.db.functions import any_of
from app.db.statements import Statement, fetch
from app.models.actors import actors


def load_actor_names(connection: Connection, slugs: Iterable[str]) -> dict[str, str]:
    """The name of each actor, by slug."""
    wanted = sorted(set(slugs))
    if not wanted:
        return {}
    return dict(fetch(connection, _NAMES, {"slugs": wanted}))


_NAMES = Statement(select(actors.c.slug, actors.c.name).where(any_of(actors.c.slug, "slugs")))
