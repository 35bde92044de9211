"""Slugs of actors and sources that were merged: whoever still writes one means the other."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from app.db.sql.array_sql import any_of
from app.db.statements import Statement, fetch
from app.models.names import former_slugs
from app.query.slug_redirects import MERGEABLE_TABLES, select_redirects
from app.query.visibility import bind_grants
from app.record.content import ClaimContent, EventContent, Participant, Speaker
from app.record.row_locks import held
from app.values.caller import ANONYMOUS, OPERATOR, Caller

Meant = Mapping[str, str]
"""From former slugs to those that answer for them."""


def current_slugs(
    connection: Connection, noun: str, slugs: Iterable[str | None], caller: Caller
) -> Meant:
    """Which of the slugs were merged, and into which, as far as the caller may know."""
    wanted = sorted({slug for slug in slugs if slug})
    if not wanted or noun not in MERGEABLE_TABLES:
        return {}
    values = {"slugs": wanted, **bind_grants(caller)}
    return dict(fetch(connection, _answering(noun, caller.sees_all), values))


def settled_slugs(
    connection: Connection, noun: str, slugs: Iterable[str | None], caller: Caller = OPERATOR
) -> Meant:
    """As `current_slugs`; whoever is named or meant is held until the transaction ends.

    What is written of them is seen by whoever merges them: nothing comes to name who is gone.
    """
    named = {slug for slug in slugs if slug}
    absent = named - _hold(connection, noun, named)
    while absent:
        meant = current_slugs(connection, noun, absent, caller)
        if _hold(connection, noun, meant.values()) >= {*meant.values()}:
            return meant
    return {}


def _hold(connection: Connection, noun: str, slugs: Iterable[str]) -> set[str]:
    """Those of the slugs under which a record stands, which is held."""
    wanted = sorted(set(slugs))
    rows = fetch(connection, _HELD[noun], {"slugs": wanted}) if wanted else []
    return {slug for (slug,) in rows}


def former_among(connection: Connection, noun: str, slugs: Iterable[str]) -> set[str]:
    """Those of the slugs under which a record was merged away: nothing is made under them again."""
    values = {"noun": noun, "slugs": sorted(set(slugs))}
    return set(connection.scalars(_FORMER, values))


def answering(connection: Connection, caller: Caller, noun: str, slug: str) -> str | None:
    """The slug that answers for a former one, as far as the caller may know."""
    return current_slugs(connection, noun, [slug], caller).get(slug)


def actors_of(content: EventContent) -> list[str | None]:
    """Whom the participants name."""
    return [slug for each in content["participants"] for slug in (each["actor"], each["for"])]


def sources_in(content: ClaimContent, at: str) -> dict[str, str]:
    """The sources that a claim names, by their pointers; `at` is the claim's."""
    named = {"source": content["source"], "origin": content["origin"]}
    return {f"{at}/{name}": slug for name, slug in named.items() if slug is not None}


def speakers_in(content: ClaimContent, at: str) -> dict[str, str]:
    """The actors that a claim names, by their pointers."""
    speaker = content["speaker"]
    if speaker is None:
        return {}
    named = {"actor": speaker["actor"], "speaks_for": speaker["speaks_for"]}
    return {f"{at}/speaker/{name}": slug for name, slug in named.items() if slug is not None}


def with_actors(content: EventContent, meant: Meant) -> EventContent:
    """The content with these actors replaced; who then takes part twice in a role does so once."""
    if not meant:
        return content
    taking: list[Participant] = []
    for each in content["participants"]:
        actor, acts_for = _now(each["actor"], meant), _now(each["for"], meant)
        now: Participant = {
            "actor": str(actor),
            "for": None if acts_for == actor else acts_for,
            "role": each["role"],
        }
        if now not in taking:
            taking.append(now)
    return {**content, "participants": taking}


def with_voices(content: ClaimContent, actors: Meant, sources: Meant) -> ClaimContent:
    """The content with these actors and sources replaced."""
    speaker: Speaker | None = content["speaker"]
    if speaker is not None:
        speaker = {
            **speaker,
            "actor": _now(speaker["actor"], actors),
            "speaks_for": _now(speaker["speaks_for"], actors),
        }
    source, origin = _now(content["source"], sources), _now(content["origin"], sources)
    return {**content, "source": str(source), "origin": origin, "speaker": speaker}


def _now(slug: str | None, meant: Meant) -> Any:
    return meant.get(slug, slug) if slug else slug


@cache
def _answering(noun: str, sees_all: bool) -> Statement:
    return Statement(select_redirects(noun, OPERATOR if sees_all else ANONYMOUS))


_FORMER: Select[Any] = select(former_slugs.c.slug).where(
    former_slugs.c.noun == bindparam("noun"), any_of(former_slugs.c.slug, "slugs")
)
_HELD = {
    noun: Statement(held(select(table.c.slug).where(any_of(table.c.slug, "slugs")), table))
    for noun, table in MERGEABLE_TABLES.items()
}
