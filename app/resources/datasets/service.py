"""Creating, changing and deleting datasets."""

from collections.abc import Callable, Mapping
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
from app.record.document import SavedRecord
from app.record.links.publishing import publish_dataset_records
from app.record.links.reference_record_changes import (
    ChangeRules,
    change_reference_record,
    create_reference_record,
    delete_reference_record,
    restore_reference_record,
)
from app.record.reference_records.save_reference_record import ReferenceRecord, load_last_states
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
    """Create a dataset; Conflict if the slug is taken, NotGranted for a key held to others."""
    require_unrestricted(caller, "make datasets")
    content = make_dataset_content(body, body.slug)
    deleted = load_last_states(write.connection, "dataset", [body.slug], caller).get(body.slug)
    _check_visibility(write, caller, content, deleted.document if deleted else {})
    return create_reference_record(write, caller, DATASET_RULES, content)


def change_dataset(
    write: Transaction,
    caller: Caller,
    slug: str,
    required: int | None,
    apply: Callable[[dict[str, Any]], DatasetContent],
) -> SavedRecord[str]:
    """Change a dataset; ScopeMissing if its visibility changes without the scope `admin`."""
    return change_reference_record(write, caller, DATASET_RULES, slug, required, apply)


def restore_dataset(write: Transaction, caller: Caller, slug: str) -> SavedRecord[str]:
    """Restore a deleted dataset as it was."""
    return restore_reference_record(write, caller, DATASET_RULES, slug)


def delete_dataset(write: Transaction, caller: Caller, slug: str, required: int | None) -> None:
    """Delete a dataset that never held a record; else Conflict.

    Deleted records stay in the past and in the feed, where their dataset limits who may see them:
    without it, everybody could.
    """
    delete_reference_record(write, caller, DATASET_RULES, slug, required)


def make_dataset_content(
    body: DatasetFields, slug: str, dataset: str | None = None
) -> dict[str, Any]:
    """Return the settable fields of a dataset in the order of its document."""
    del dataset
    return {
        "slug": slug,
        **{name: getattr(body, name) for name in DatasetContent.model_fields},
    }


def _prepare_delete(write: Transaction, slug: str) -> None:
    """Raise Conflict if the dataset holds records or held some; else free its import slugs."""
    used = (exists().where(table.c.dataset == slug) for table in TABLES_WITH_DATASET)
    if write.connection.scalar(select(or_(*used))):
        raise Conflict(f"the dataset {slug!r} is not empty: events, actors, sources or imports")
    of_records = or_(changes.c.dataset == slug, changes.c.to_dataset == slug)
    past = exists().where(of_records, changes.c.kind != "dataset")
    if write.connection.scalar(select(past)):
        raise Conflict(f"the dataset {slug!r} once held records, whose history is kept under it")
    write.connection.execute(delete(import_slugs).where(import_slugs.c.owner == slug))


def _check_visibility(
    write: Transaction, caller: Caller, content: dict[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """Raise ScopeMissing if the visibility changes and the caller is no admin."""
    del write
    changes_visibility = before and content["visibility"] != before["visibility"]
    if changes_visibility and not caller.has_scope("admin"):
        raise ScopeMissing("changing who may see a dataset needs the scope admin")
    return content


def _apply_visibility(
    write: Transaction, caller: Caller, before: Mapping[str, Any], changed: ReferenceRecord
) -> None:
    """Publish the actors and sources of a dataset that became public, or recheck saved queries."""
    visibility = changed.document["visibility"]
    if visibility == before["visibility"]:
        return
    if visibility == "public":
        publish_dataset_records(write, caller, changed.slug)
    else:
        _hide_public_queries(write)


def _hide_public_queries(write: Transaction) -> None:
    """Hide every public saved query until it is known to name and find only public records."""
    public = update(questions).where(questions.c.visibility == "public")
    write.connection.execute(public.values(visibility=None))


DATASET_RULES = ChangeRules(
    resource_type=DATASETS,
    make_content=make_dataset_content,
    before_delete=_prepare_delete,
    prepare=_check_visibility,
    after_change=_apply_visibility,
    can_merge=False,
)
