"""Who takes part in what a row tells: an actor, and the state or organisation that it acts for."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.ingest.reading.import_format import ActorFacts
from app.ingest.row_parsing.country_parsing import make_state_actor
from app.record.content import ParticipantContent


class ActingParty(NamedTuple):
    """An actor, and the state or organisation that it acts for, if it does not act for itself."""

    actor: ActorFacts
    acts_for: ActorFacts | None = None


def make_state_party(actor: ActorFacts, iso3: str | None) -> ActingParty:
    """An actor that acts for a state, if its code is given."""
    return ActingParty(actor, make_state_actor(iso3) if iso3 else None)


def make_participants(taking: Iterable[tuple[ActingParty, str]]) -> list[ParticipantContent]:
    """Parties with their roles as an event has them, each once."""
    found: dict[tuple[str, str | None, str], ParticipantContent] = {}
    for party, role in taking:
        principal = party.acts_for.slug if party.acts_for else None
        key = (party.actor.slug, principal, role)
        found[key] = {"actor": party.actor.slug, "for": principal, "role": role}
    return list(found.values())


def list_party_actors(parties: Iterable[ActingParty]) -> Iterator[ActorFacts]:
    """The actors that an event with these parties names."""
    for party in parties:
        yield party.actor
        if party.acts_for:
            yield party.acts_for
