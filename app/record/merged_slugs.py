"""Slugs of merged actors and sources, and the slugs of the records that they were merged into."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select

from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.models.names import former_slugs
from app.query.redirects import MERGEABLE_TABLES, select_redirects
from app.query.visibility import VisibleStatement
from app.record.content import ClaimContent, EventContent, ParticipantContent, SpeakerContent
from app.values.caller import OPERATOR, Caller

CurrentSlugs = Mapping[str, str]
"""The current slug by the slug of each merged record."""


def load_current_slugs(
    connection: Connection, noun: str, slugs: Iterable[str | None], caller: Caller
) -> CurrentSlugs:
    """Return the current slug of each merged one, as far as the caller may know it."""
    wanted = sorted({slug for slug in slugs if slug})
    if not wanted or noun not in MERGEABLE_TABLES:
        return {}
    return dict(_REDIRECTS[noun].fetch_within(connection, caller, {"slugs": wanted}))


def lock_current_slugs(
    connection: Connection, noun: str, slugs: Iterable[str | None], caller: Caller = OPERATOR
) -> CurrentSlugs:
    """Return the current slugs as `load_current_slugs` does, and lock all records that are named.

    The locks are held until the transaction ends. A merge waits for them and then sees the new
    records, so that no new record names a merged one.
    """
    named = {slug for slug in slugs if slug}
    absent = named - _lock_slugs(connection, noun, named)
    while absent:
        current = load_current_slugs(connection, noun, absent, caller)
        if _lock_slugs(connection, noun, current.values()) >= {*current.values()}:
            return current
    return {}


def _lock_slugs(connection: Connection, noun: str, slugs: Iterable[str]) -> set[str]:
    """Lock the records that exist under the slugs and return their slugs."""
    wanted = sorted(set(slugs))
    rows = fetch(connection, _LOCKED_SLUGS[noun], {"slugs": wanted}) if wanted else []
    return {slug for (slug,) in rows}


def find_merged_slugs(connection: Connection, noun: str, slugs: Iterable[str]) -> set[str]:
    """Return the slugs of merged records, which are never used again."""
    values = {"noun": noun, "slugs": sorted(set(slugs))}
    return set(connection.scalars(_MERGED_SLUGS, values))


def list_participant_slugs(content: EventContent) -> list[str | None]:
    """Return the slugs of all actors that the participants name."""
    return [
        slug
        for participant in content["participants"]
        for slug in (participant["actor"], participant["for"])
    ]


def list_claim_sources(content: ClaimContent, at: str) -> dict[str, str]:
    """Return the sources that a claim names by their JSON pointers; `at` is the claim's pointer."""
    named = {"source": content["source"], "origin": content["origin"]}
    return {f"{at}/{name}": slug for name, slug in named.items() if slug is not None}


def list_claim_actors(content: ClaimContent, at: str) -> dict[str, str]:
    """Return the actors that a claim names by their JSON pointers; `at` is the claim's pointer."""
    speaker = content["speaker"]
    if speaker is None:
        return {}
    named = {"actor": speaker["actor"], "speaks_for": speaker["speaks_for"]}
    return {f"{at}/speaker/{name}": slug for name, slug in named.items() if slug is not None}


def replace_actors(content: EventContent, current: CurrentSlugs) -> EventContent:
    """Return the content with the actors replaced and without repeated participants."""
    if not current:
        return content
    participants: list[ParticipantContent] = []
    for participant in content["participants"]:
        actor, acts_for = (
            _map_slug(participant["actor"], current),
            _map_slug(participant["for"], current),
        )
        replaced: ParticipantContent = {
            "actor": str(actor),
            "for": None if acts_for == actor else acts_for,
            "role": participant["role"],
        }
        if replaced not in participants:
            participants.append(replaced)
    return {**content, "participants": participants}


def replace_claim_slugs(
    content: ClaimContent, actors: CurrentSlugs, sources: CurrentSlugs
) -> ClaimContent:
    """Return the content with the actors and sources replaced."""
    speaker: SpeakerContent | None = content["speaker"]
    if speaker is not None:
        speaker = {
            **speaker,
            "actor": _map_slug(speaker["actor"], actors),
            "speaks_for": _map_slug(speaker["speaks_for"], actors),
        }
    source, origin = _map_slug(content["source"], sources), _map_slug(content["origin"], sources)
    return {**content, "source": str(source), "origin": origin, "speaker": speaker}


def _map_slug(slug: str | None, current: CurrentSlugs) -> Any:
    return current.get(slug, slug) if slug else slug


def add_row_lock(found: Select[Any], table: Table) -> Select[Any]:
    """Return the select with a lock: its rows are not renamed, merged or deleted by others.

    Writers with this lock do not block each other; all lock in the same order.
    """
    return found.order_by(table.c.slug).with_for_update(of=table, read=True, key_share=True)


_REDIRECTS = {noun: VisibleStatement(partial(select_redirects, noun)) for noun in MERGEABLE_TABLES}
_MERGED_SLUGS: Select[Any] = select(former_slugs.c.slug).where(
    former_slugs.c.noun == bindparam("noun"), any_of(former_slugs.c.slug, "slugs")
)
_LOCKED_SLUGS = {
    noun: Statement(add_row_lock(select(table.c.slug).where(any_of(table.c.slug, "slugs")), table))
    for noun, table in MERGEABLE_TABLES.items()
}
