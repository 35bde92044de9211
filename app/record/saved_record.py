"""The state of a record after a write, as services return it."""

from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

RecordId = TypeVar("RecordId", UUID, str)


@dataclass(frozen=True, slots=True)
class SavedRecord(Generic[RecordId]):
    """A stored record: its id or slug, its revision and its document.

    `propagation` is the job that carries the change into the events that name the record, if they
    are too many for one transaction.
    """

    id: RecordId
    revision: int
    document: str
    propagation: UUID | None = None
