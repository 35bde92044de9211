"""What merging two actors and merging two sources have in common."""

from collections.abc import Callable
from dataclasses import replace

from app.db.transaction import Transaction
from app.errors import Conflict, Fault, Gone, Invalid, NotFound
from app.query.resource_type import ResourceType
from app.record.links.propagation import ChangedRecord, is_merging, propagate_merge
from app.record.links.reference_record_changes import find_reference_record
from app.record.reference_records.save_reference_record import ReferenceRecord
from app.values.caller import Caller

MergeTransfer = Callable[[ReferenceRecord, ReferenceRecord], ReferenceRecord]
"""Gives to the second what it takes over of the first, and returns it as it then stands."""


def merge_reference_records(
    write: Transaction,
    caller: Caller,
    noun: ResourceType,
    pair: tuple[str, str],
    take: MergeTransfer,
) -> ReferenceRecord:
    """Merge the first of a pair of slugs into the second, which is returned as it then stands.

    What one dataset keeps private is not shown by a merge: of a record that is hidden from somebody
    who sees the other, nothing is taken over but what names it.
    """
    slug, into = pair
    if slug == into:
        detail = f"the {noun.name} {slug!r} cannot be merged into itself"
        raise Invalid(detail, Fault(code="same-record", detail=detail, pointer="/into"))
    # Locked in one order, so that two who merge them into each other do not wait for each other.
    held = {each: _find_mergeable(write, caller, noun, each, each == into) for each in sorted(pair)}
    merged, stands = held[slug], held[into]
    owner, keeper = merged.document["dataset"], stands.document["dataset"]
    if keeper is not None and owner != keeper:
        detail = f"{into!r} belongs to a private dataset and {slug!r} does not: merge the other way"
        raise Invalid(detail, Fault(code="private", detail=detail, pointer="/into"))
    if owner == keeper:
        stands = take(merged, stands)
    job = propagate_merge(write, ChangedRecord(noun.name, slug, owner), into)
    return replace(stands, rerendering=job)


def refuse_while_merging(write: Transaction, noun: ResourceType, slug: str) -> None:
    """Refuse to change what will be gone in a moment."""
    if is_merging(write.connection, noun.name, slug):
        raise Conflict(f"the {noun.name} {slug!r} is being merged into another")


def _find_mergeable(
    write: Transaction, caller: Caller, noun: ResourceType, slug: str, is_into: bool
) -> ReferenceRecord:
    try:
        found = find_reference_record(write, caller, noun, slug)
    except (Conflict, Gone, NotFound) as wrong:
        raise (_make_body_error(noun, wrong) if is_into else wrong) from None
    refuse_while_merging(write, noun, slug)
    return found


def _make_body_error(noun: ResourceType, wrong: Conflict | Gone | NotFound) -> Invalid:
    """What the body names must be there: that is a mistake in the body."""
    code = "merged" if isinstance(wrong, Conflict) else f"unknown-{noun.name}"
    return Invalid(wrong.detail, Fault(code=code, detail=wrong.detail, pointer="/into"))
