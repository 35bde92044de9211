"""Making events anew from what they rest on, after a name or a source has changed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from app.db.transaction import Transaction
from app.record.load import StoredEvent, load_events
from app.record.merged_events import load_winners
from app.record.save import make_next_change, save_events

EVENTS_PER_SAVE = 500


def rebuild_events(write: Transaction, ids: Sequence[UUID]) -> None:
    """Judge and write these events anew, each as a new revision; of one merged away its winner."""
    winners = load_winners(write.connection, ids) if ids else {}
    standing = sorted({winners.get(each, each) for each in ids})
    for start in range(0, len(standing), EVENTS_PER_SAVE):
        stored = load_events(write.connection, standing[start : start + EVENTS_PER_SAVE])
        rebuild_stored_events(write, stored.values())


def rebuild_stored_events(write: Transaction, stored: Iterable[StoredEvent]) -> None:
    """The same for events that are locked already."""
    save_events(write, [replace(make_next_change(event), facts_changed=True) for event in stored])
