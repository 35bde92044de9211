"""Who takes part in what a row tells: an actor, and the state or organisation that it acts for."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.ingest.countries import state_actor
from app.ingest.format import ActorFacts
from app.record.content import Participant


class Party(NamedTuple):
    """An actor, and the ISO3 code of the state that it acts for, if it is not that state."""

    actor: ActorFacts
    acts_for: str | None = None


def participants(taking: Iterable[tuple[Party, str]]) -> list[Participant]:
    """Parties with their roles as an event has them, each once."""
    found: dict[tuple[str, str | None, str], Participant] = {}
    for party, role in taking:
        key = (party.actor.slug, party.acts_for, role)
        found[key] = {"actor": key[0], "for": key[1], "role": role}
    return list(found.values())


def actors(parties: Iterable[Party]) -> Iterator[ActorFacts]:
    """The actors that an event with these parties names."""
    for party in parties:
        yield party.actor
        if party.acts_for:
            yield state_actor(party.acts_for)
