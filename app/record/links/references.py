"""Checked references: the author of a record can see each record that it names.

The rows found are locked against renaming and deletion until the transaction ends, so that no
document has an outdated name; writers do not block each other.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select

from app.auth.permissions import require_right
from app.db.sql.array_sql import any_of
from app.db.transaction import Transaction
from app.errors import Fault, Invalid
from app.models.datasets import datasets
from app.query.names.suggest_names import suggest_names_in
from app.query.visibility import VisibleStatement, build_visibility
from app.record.links.publishing import find_fully_visible, publish_actors, publish_sources
from app.record.merged_slugs import CurrentSlugs
from app.record.reference_records.save_reference_record import load_last_states
from app.record.reference_records.visible_slugs import find_visible_slugs
from app.values.caller import OPERATOR, Caller
from app.vocab.code_lookup import guess_actor

MOST_HINTS = 5


class RequiredDataset(NamedTuple):
    """A dataset that records are written to."""

    slug: str
    is_private: int


def require_actors(
    write: Transaction,
    caller: Caller,
    slugs: Mapping[str, str],
    dataset: str | None,
    kept: Collection[str | None] = (),
) -> CurrentSlugs:
    """Raise Invalid unless the caller can see the actors; `slugs` has them by their JSON pointers.

    They will be named in `dataset` (None is public): a public one publishes private actors. The
    actors in `kept`, which the record names already, may be hidden or deleted. Returns the current
    slugs of merged actors.
    """
    owned, current_slugs = _require_slugs(write, caller, "actor", slugs, kept)
    if _needs_publishing(write, owned, dataset):
        publish_actors(write, caller, owned)
    return current_slugs


def require_sources(
    write: Transaction,
    caller: Caller,
    slugs: Mapping[str, str],
    dataset: str | None,
    kept: Collection[str | None] = (),
) -> CurrentSlugs:
    """Raise Invalid unless the caller can see the sources, as `require_actors` does for actors.

    A source whose owner or actor the caller cannot see is not published either.
    """
    owned, current_slugs = _require_slugs(write, caller, "source", slugs, kept)
    if _needs_publishing(write, owned, dataset):
        hiding = set(owned) - find_fully_visible(write, caller, owned)
        _refuse_half_visible(
            {at: current_slugs.get(slug, slug) for at, slug in slugs.items()}, hiding
        )
        publish_sources(write, caller, owned)
    return current_slugs


def require_dataset(
    write: Transaction, caller: Caller, slug: str, pointer: str | None = None
) -> RequiredDataset:
    """Return the dataset; raise Invalid if the caller cannot see it."""
    rows = _DATASET.fetch_within(write.connection, caller, {"slug": slug})
    if not rows:
        hint = suggest_names_in(write.connection, caller, "dataset", slug)
        raise _make_unknown_error("dataset", {pointer or "": slug}, {slug: hint})
    return RequiredDataset(*rows[0])


def require_owner(write: Transaction, caller: Caller, slug: str | None) -> str | None:
    """Return the private dataset of a new actor or source made for `slug`, None if it is shared.

    Raise NotGranted unless the caller may write to that dataset or, for a shared record, to any
    public one.
    """
    if slug is not None:
        dataset = require_dataset(write, caller, slug, "/dataset")
        require_right(caller, slug, "/dataset")
        return slug if dataset.is_private else None
    if caller.is_restricted:
        public = select(datasets.c.slug).where(
            any_of(datasets.c.slug, "held"), datasets.c.is_private == 0
        )
        held = {"held": sorted(caller.datasets or ())}
        if write.connection.scalar(public.limit(1), held) is None:
            require_right(caller, None, "/dataset")
    return None


def _require_slugs(
    write: Transaction,
    caller: Caller,
    noun: str,
    slugs: Mapping[str, str],
    kept: Collection[str | None],
) -> tuple[list[str], CurrentSlugs]:
    """Check all slugs in one statement; return those of private datasets, and the current slugs."""
    found = find_visible_slugs(write.connection, caller, noun, slugs.values())
    absent = {at: slug for at, slug in slugs.items() if found.get_current(slug) is None}
    current_slugs = found.current_slugs
    if absent and kept:
        # As the operator: the record was allowed to name them when it was written.
        named = {*absent.values()} & {*kept}
        settled = find_visible_slugs(write.connection, OPERATOR, noun, named)
        known = {
            *settled.private_datasets,
            *settled.current_slugs,
            *load_last_states(write.connection, noun, named),
        }
        absent = {at: slug for at, slug in absent.items() if slug not in named & known}
        current_slugs = {**current_slugs, **settled.current_slugs}
    if absent:
        raise _make_unknown_error(noun, absent, _find_hints(write, caller, noun, absent.values()))
    owned = [slug for slug, dataset in found.private_datasets.items() if dataset is not None]
    return owned, current_slugs


def _refuse_half_visible(slugs: Mapping[str, str], hiding: set[str]) -> None:
    """Raise Invalid if publishing the sources would publish a record that the caller cannot see."""
    faults = []
    for pointer, slug in slugs.items():
        if slug in hiding:
            detail = f"the source {slug!r} would become public, and names what you may not see"
            faults.append(Fault(code="private", detail=detail, pointer=pointer or None))
    if faults:
        raise Invalid(faults[0].detail, *faults)


def _select_dataset(caller: Caller) -> Select[Any]:
    seen = build_visibility(datasets, ("slug",), caller)
    found = select(datasets.c.slug, datasets.c.is_private)
    return found.where(datasets.c.slug == bindparam("slug"), *seen)


_DATASET = VisibleStatement(_select_dataset)


def _needs_publishing(write: Transaction, owned: list[str], dataset: str | None) -> bool:
    if not owned or dataset is None:
        return bool(owned)
    private = select(datasets.c.is_private).where(datasets.c.slug == dataset)
    return write.connection.scalar(private) == 0


def _find_hints(
    write: Transaction, caller: Caller, noun: str, absent: Iterable[str]
) -> dict[str, str]:
    hints = {}
    for slug in list(dict.fromkeys(absent))[:MOST_HINTS]:
        meant = guess_actor(slug) if noun == "actor" else None
        hints[slug] = (
            f"; did you mean {meant!r}?"
            if meant
            else suggest_names_in(write.connection, caller, noun, slug)
        )
    return hints


def _make_unknown_error(what: str, absent: Mapping[str, str], hints: Mapping[str, str]) -> Invalid:
    faults = [
        Fault(
            code=f"unknown-{what}",
            detail=f"unknown {what} {slug!r}{hints.get(slug, '')}",
            pointer=pointer or None,
        )
        for pointer, slug in absent.items()
    ]
    if len(faults) == 1:
        return Invalid(faults[0].detail, *faults)
    return Invalid(f"{len(faults)} {what}s are unknown; errors lists them", *faults)
