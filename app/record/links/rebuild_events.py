"""Making events anew from what they rest on, after a name or a source has changed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from app.db.transaction import Write
from app.record.load import StoredEvent, load_events
from app.record.merged_events import winners_of
from app.record.save import next_of, save_events

BATCH = 500


def rerender_events(write: Write, ids: Sequence[UUID]) -> None:
    """Judge and write these events anew, each as a new revision; of one merged away its winner."""
    winners = winners_of(write.connection, ids) if ids else {}
    standing = sorted({winners.get(each, each) for each in ids})
    for start in range(0, len(standing), BATCH):
        stored = load_events(write.connection, standing[start : start + BATCH])
        rerender_stored(write, stored.values())


def rerender_stored(write: Write, stored: Iterable[StoredEvent]) -> None:
    """The same for events that are locked already."""
    save_events(write, [replace(next_of(event), facts_changed=True) for event in stored])
