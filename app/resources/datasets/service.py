"""Making, changing and deleting datasets."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, exists, or_, select, update

from app.auth.permissions import require_unrestricted
from app.db.transaction import Transaction
from app.errors import Conflict, ScopeMissing
from app.models.actors import actors
from app.models.changes import changes
from app.models.claims import claims
from app.models.events import event_documents, events
from app.models.imports import claim_rows, import_slugs, imports, source_rows
from app.models.questions import questions
from app.models.sources import sources
from app.record.links.publishing import publish_dataset_records
from app.record.links.reference_record_changes import (
    change_reference_record,
    create_reference_record,
    delete_reference_record,
    find_deleted_record,
    find_reference_record,
    restore_reference_record,
)
from app.record.preconditions import check_revision
from app.record.reference_records.save_reference_record import ReferenceRecord, load_last_states
from app.record.saved_record import SavedRecord
from app.resources.datasets.resource_type import DATASETS
from app.resources.datasets.schemas import DatasetContent, DatasetCreate, DatasetFields
from app.values.caller import Caller

TABLES_WITH_DATASET = (
    events,
    event_documents,
    claims,
    actors,
    sources,
    source_rows,
    claim_rows,
    imports,
)


def create_dataset(write: Transaction, caller: Caller, body: DatasetCreate) -> SavedRecord[str]:
    """Make a dataset; Conflict if the slug is taken, NotGranted for a key held to others."""
    require_unrestricted(caller, "make datasets")
    content = make_dataset_content(body, body.slug)
    gone = load_last_states(write.connection, "dataset", [body.slug], caller).get(body.slug)
    if gone is not None:
        _check_visibility_change(caller, gone, content)
    return create_reference_record(write, caller, DATASETS, content).get_saved()


def change_dataset(
    write: Transaction,
    caller: Caller,
    slug: str,
    required: int | None,
    revise: Callable[[dict[str, Any]], DatasetContent],
) -> SavedRecord[str]:
    """Give a dataset other content; ScopeMissing where only `admin` may change its visibility."""
    stored = find_reference_record(write, caller, DATASETS, slug)
    check_revision(required, stored.revision)
    content = make_dataset_content(revise(stored.document), slug)
    is_turned = _check_visibility_change(caller, stored, content)
    changed = change_reference_record(write, DATASETS, stored, content)
    if is_turned and content["visibility"] == "public":
        publish_dataset_records(write, caller, slug)
    elif is_turned:
        _hide_public_questions(write)
    return changed.get_saved()


def restore_dataset(write: Transaction, caller: Caller, slug: str) -> SavedRecord[str]:
    """Bring back a deleted dataset as it was, for those who saw it."""
    return restore_reference_record(
        write, DATASETS, find_deleted_record(write, caller, DATASETS, slug)
    ).get_saved()


def delete_dataset(write: Transaction, caller: Caller, slug: str, required: int | None) -> None:
    """Delete a dataset that holds no record and never did; else Conflict.

    Deleted records stay in the past and in the feed, where their dataset says who may see them:
    without it, they would show to everybody.
    """
    stored = find_reference_record(write, caller, DATASETS, slug)
    check_revision(required, stored.revision)
    held = (exists().where(table.c.dataset == slug) for table in TABLES_WITH_DATASET)
    if write.connection.scalar(select(or_(*held))):
        raise Conflict(f"the dataset {slug!r} is not empty: events, actors, sources or imports")
    of_records = or_(changes.c.dataset == slug, changes.c.to_dataset == slug)
    past = exists().where(of_records, changes.c.kind != "dataset")
    if write.connection.scalar(select(past)):
        raise Conflict(f"the dataset {slug!r} held records once, whose history is kept under it")
    write.connection.execute(delete(import_slugs).where(import_slugs.c.owner == slug))
    delete_reference_record(write, DATASETS, stored)


def make_dataset_content(body: DatasetFields, slug: str) -> dict[str, Any]:
    """What is set of a dataset, in the order of its document."""
    return {
        "slug": slug,
        **{name: getattr(body, name) for name in DatasetContent.model_fields},
    }


def _hide_public_questions(write: Transaction) -> None:
    """Show no public question until it is found out whether what it names and finds still is."""
    public = update(questions).where(questions.c.visibility == "public")
    write.connection.execute(public.values(visibility=None))


def _check_visibility_change(
    caller: Caller, stored: ReferenceRecord, content: dict[str, Any]
) -> bool:
    """Whether the content changes who may see the dataset; ScopeMissing where `admin` is needed."""
    is_turned = bool(content["visibility"] != stored.document["visibility"])
    if is_turned and not caller.has_scope("admin"):
        raise ScopeMissing("changing who may see a dataset needs the scope admin")
    return is_turned
