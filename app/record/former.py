"""Slugs of actors and sources that were merged: whoever still writes one means the other."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from app.query.former import TABLES, select_answering
from app.query.visibility import grants
from app.record.content import ClaimContent, EventContent, Participant, Speaker
from app.values.callers import OPERATOR, Caller

Meant = Mapping[str, str]
"""From former slugs to those that answer for them."""


def current_slugs(
    connection: Connection, noun: str, slugs: Iterable[str | None], caller: Caller = OPERATOR
) -> Meant:
    """Which of the slugs were merged, and into which, as far as the caller may know."""
    wanted = sorted({slug for slug in slugs if slug})
    if not wanted or noun not in TABLES:
        return {}
    values = {"slugs": wanted, **grants(caller)}
    return dict(connection.execute(select_answering(noun, caller), values).all())


def answering(connection: Connection, caller: Caller, noun: str, slug: str) -> str | None:
    """The slug that answers for a former one, as far as the caller may know."""
    if noun not in TABLES:
        return None
    values = {"slugs": [slug], **grants(caller)}
    row = connection.execute(select_answering(noun, caller), values).first()
    return str(row.into) if row else None


def current_event(connection: Connection, caller: Caller, content: EventContent) -> EventContent:
    """The content with former actors as those that they are now."""
    return with_actors(content, current_slugs(connection, "actor", actors_of(content), caller))


def actors_of(content: EventContent) -> list[str | None]:
    """Whom the participants name."""
    return [slug for each in content["participants"] for slug in (each["actor"], each["for"])]


def current_claim(connection: Connection, caller: Caller, content: ClaimContent) -> ClaimContent:
    """The content with former actors and sources as those that they are now."""
    speaker = content["speaker"]
    spoken = (speaker["actor"], speaker["speaks_for"]) if speaker else ()
    actors = current_slugs(connection, "actor", spoken, caller)
    publishers = (content["source"], content["origin"])
    return with_voices(content, actors, current_slugs(connection, "source", publishers, caller))


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
