"""What a private dataset made first becomes public once something public rests on it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, Table, select

from app.db.functions import any_of
from app.db.writing import Write
from app.models.actors import actors
from app.models.sources import sources
from app.record.save_slugged import (
    Slugged,
    SluggedChange,
    save_slugged,
    select_slugged,
    stored,
    unstamped,
)


def adopt_actors(write: Write, slugs: Iterable[str]) -> None:
    """Make those of the actors public that are not."""
    _publish(write, "actor", slugs)


def adopt_sources(write: Write, slugs: Iterable[str]) -> None:
    """Make the sources public, and with each what its document names: owner and actor."""
    pending = set(slugs)
    while pending:
        published = [each.document for each in _publish(write, "source", pending)]
        adopt_actors(write, {each["speaks_for"] for each in published if each["speaks_for"]})
        pending = {each["owner"] for each in published if each["owner"]}


def adopt_all_of(write: Write, dataset: str) -> None:
    """Make public whatever belongs to a dataset, which itself becomes public."""
    for table, adopt in ((actors, adopt_actors), (sources, adopt_sources)):
        held = write.connection.scalars(select(table.c.slug).where(table.c.dataset == dataset))
        adopt(write, held.all())


def _publish(write: Write, noun: str, slugs: Iterable[str]) -> list[Slugged]:
    """Those that were private, as they stand now: the next revision, public."""
    wanted = sorted(set(slugs))
    if not wanted:
        return []
    private = [stored(row) for row in write.connection.execute(_PRIVATE[noun], {"slugs": wanted})]
    return save_slugged(write, noun, [_publishing(each) for each in private])


def _publishing(private: Slugged) -> SluggedChange:
    content = {**unstamped(private.document), "dataset": None}
    return SluggedChange("updated", private.slug, private, content, same_names=True)


def _private(noun: str, table: Table) -> Select[Any]:
    named = any_of(table.c.slug, "slugs")
    return select_slugged(noun, key_share=True).where(named, table.c.dataset.is_not(None))


_PRIVATE = {"actor": _private("actor", actors), "source": _private("source", sources)}
