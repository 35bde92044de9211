"""Making, changing and deleting datasets."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sqlalchemy import Row, exists, or_, select, update

from app.db.writing import Write
from app.errors import Conflict, ScopeMissing
from app.models.actors import actors
from app.models.changes import changes
from app.models.claims import claims
from app.models.events import event_documents, events
from app.models.imports import claim_rows, imports, source_rows
from app.models.keys import keys
from app.models.sources import sources
from app.record.adopting import adopt_all_of
from app.record.revisions import check_revision
from app.record.slugged import (
    Slugged,
    change_slugged,
    delete_slugged,
    find_slugged,
    make_slugged,
)
from app.resources.datasets.noun import DATASETS
from app.resources.datasets.schemas import DatasetContent, DatasetCreate, DatasetFields
from app.values.callers import Caller

HOLDERS = (events, event_documents, claims, actors, sources, source_rows, claim_rows, imports)


def create_dataset(write: Write, caller: Caller, body: DatasetCreate) -> Slugged:
    """Make a dataset; Conflict if the slug is taken. Who makes a private one may see it."""
    content = content_of(body, body.slug)
    made = make_slugged(write, DATASETS, content, columns_of(content))
    if content["visibility"] == "private" and not caller.sees_all:
        _grant(write, str(caller.key_id), body.slug)
    return made


def change_dataset(
    write: Write,
    caller: Caller,
    slug: str,
    required: int | None,
    revise: Callable[[dict[str, Any]], DatasetContent],
) -> Slugged:
    """Give a dataset other content; ScopeMissing where only `admin` may change its visibility."""
    stored = find_slugged(write, caller, DATASETS, slug)
    check_revision(required, stored.revision)
    content = content_of(revise(stored.document), slug)
    is_turned = content["visibility"] != stored.document["visibility"]
    if is_turned and not caller.may("admin"):
        raise ScopeMissing("changing who may see a dataset needs the scope admin")
    changed = change_slugged(write, DATASETS, stored, content, columns_of(content))
    if is_turned and content["visibility"] == "public":
        adopt_all_of(write, slug)
    return changed


def delete_dataset(write: Write, caller: Caller, slug: str, required: int | None) -> None:
    """Delete a dataset that holds no record and never did; else Conflict.

    Deleted records stay in the past and in the feed, where their dataset says who may see them:
    without it, they would show to everybody.
    """
    stored = find_slugged(write, caller, DATASETS, slug)
    check_revision(required, stored.revision)
    held = (exists().where(table.c.dataset == slug) for table in HOLDERS)
    if write.connection.scalar(select(or_(*held))):
        raise Conflict(f"the dataset {slug!r} is not empty: events, actors, sources or imports")
    past = exists().where(or_(changes.c.dataset == slug, changes.c.to_dataset == slug))
    if write.connection.scalar(select(past)):
        raise Conflict(f"the dataset {slug!r} held records once, whose history is kept under it")
    _withdraw(write, slug)
    delete_slugged(write, DATASETS, slug)


def content_of(body: DatasetFields, slug: str) -> dict[str, Any]:
    """What is set of a dataset, in the order of its document."""
    return {
        "slug": slug,
        **{name: getattr(body, name) for name in DatasetContent.model_fields},
    }


def columns_of(content: dict[str, Any]) -> dict[str, Any]:
    """What is stored otherwise than the document shows it."""
    day = content["released_on"]
    return {
        "is_private": int(content["visibility"] == "private"),
        "released_on": date.fromisoformat(day) if day else None,
    }


def _grant(write: Write, key_id: str, slug: str) -> None:
    held = select(keys.c.id, keys.c.datasets).where(keys.c.id == key_id).with_for_update(of=keys)
    for row in write.connection.execute(held):
        _set_grants(write, row, {*(row.datasets or ()), slug})


def _withdraw(write: Write, slug: str) -> None:
    # Else whoever makes a dataset under this slug again would share it unknowingly.
    held = select(keys.c.id, keys.c.datasets).where(keys.c.datasets.is_not(None))
    for row in write.connection.execute(held.order_by(keys.c.id).with_for_update(of=keys)).all():
        if slug in (row.datasets or ()):
            _set_grants(write, row, {*row.datasets} - {slug})


def _set_grants(write: Write, row: Row[str, Any], granted: Iterable[str]) -> None:
    of_key = update(keys).where(keys.c.id == row.id)
    write.connection.execute(of_key.values(datasets=sorted(granted)))
