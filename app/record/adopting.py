"""What a private dataset made first becomes public once something public rests on it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Integer, Table, Text, bindparam, select, update

from app.db.functions import any_of
from app.db.writing import Write
from app.models.actors import actors
from app.models.sources import sources
from app.record.document import decode, encode
from app.values.instants import instant_text


def adopt_actors(write: Write, slugs: Iterable[str]) -> None:
    """Make those of the actors public that are not."""
    _publish(write, actors, slugs)


def adopt_sources(write: Write, slugs: Iterable[str]) -> None:
    """Make the sources public, and with each what its document names: owner and actor."""
    pending = set(slugs)
    while pending:
        published = _publish(write, sources, pending)
        adopt_actors(write, {each["speaks_for"] for each in published if each["speaks_for"]})
        pending = {each["owner"] for each in published if each["owner"]}


def adopt_all_of(write: Write, dataset: str) -> None:
    """Make public whatever belongs to a dataset, which itself becomes public."""
    for table, adopt in ((actors, adopt_actors), (sources, adopt_sources)):
        held = write.connection.scalars(select(table.c.slug).where(table.c.dataset == dataset))
        adopt(write, held.all())


def _publish(write: Write, table: Table, slugs: Iterable[str]) -> list[dict[str, Any]]:
    """The documents of those that were private, as they stand now: the next revision, public."""
    wanted = sorted(set(slugs))
    if not wanted:
        return []
    held = (
        select(table.c.slug, table.c.document)
        .where(any_of(table.c.slug, "slugs"), table.c.dataset.is_not(None))
        .order_by(table.c.slug)
        .with_for_update(of=table, key_share=True)
    )
    published = [
        _as_public(decode(document), write.at)
        for _, document in write.connection.execute(held, {"slugs": wanted})
    ]
    if published:
        rows = [
            {"of": each["slug"], "next": each["revision"], "at": write.at, "text": encode(each)}
            for each in published
        ]
        write.connection.execute(_PUBLISHING[table], rows)
    return published


def _as_public(document: dict[str, Any], at: int) -> dict[str, Any]:
    changed = {"dataset": None, "revision": document["revision"] + 1}
    return {**document, **changed, "updated_at": instant_text(at)}


_PUBLISHING = {
    table: update(table)
    .where(table.c.slug == bindparam("of", type_=Text))
    .values(
        dataset=None,
        revision=bindparam("next", type_=Integer),
        updated_at=bindparam("at", type_=BigInteger),
        document=bindparam("text", type_=Text),
    )
    for table in (actors, sources)
}
