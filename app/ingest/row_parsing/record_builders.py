"""Builders of the events, claims and participants that rows of any provider become."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from app.ingest.reading.import_format import ActorFacts, FileContext, SourceFacts
from app.ingest.row_parsing.name_parsing import (
    guess_source_kind,
    make_single_line,
    make_source_slug,
    make_state_actor,
)
from app.record.content import ClaimContent, EventContent, LocationContent, ParticipantContent


def make_plain_event(
    context: FileContext, external_id: str, type: str, title: str, date: str
) -> EventContent:
    """Return an event that occurred, with all other fields still empty."""
    return {
        "dataset": context.dataset,
        "external_id": external_id,
        "type": type,
        "title": title,
        "summary": None,
        "date": date,
        "lifecycle": "occurred",
        "location": None,
        "participants": [],
        "details": None,
        "fatalities": None,
        "codes": {},
        "tags": [],
        "verification_override": None,
    }


def make_location(
    name: str,
    country: str | None,
    admin1: str,
    point: tuple[float, float] | None,
    precision: str,
) -> LocationContent:
    """Return a location from the cells that name it; `point` is its longitude and latitude."""
    return {
        "name": make_single_line(name) or None,
        "country": country,
        "admin1": make_single_line(admin1) or None,
        "longitude": point[0] if point else None,
        "latitude": point[1] if point else None,
        "precision": precision,
    }


ClaimBasis = Literal["media-report", "dataset-coding"]


def make_affirming_claim(key: str, source: str, basis: ClaimBasis, paraphrase: str) -> ClaimContent:
    """Return a claim that affirms an event, of unknown day; `key` is unique in the event."""
    return {
        "external_id": key,
        "stance": "affirms",
        "source": source,
        "speaker": None,
        "origin": None,
        "made_on": None,
        "paraphrase": paraphrase,
        "url": None,
        "language": None,
        "basis": basis,
        "credibility": 6,
        "retracted_on": None,
        "about": None,
        "value": None,
    }


def make_coded_claim(
    dataset: SourceFacts, report: str, made_on: str | None
) -> tuple[ClaimContent, list[SourceFacts]]:
    """Return the claim of a machine-coded dataset about a report, and the sources it names.

    The publisher of the report is the claim's origin, since it never affirmed the coding.
    """
    paper = (
        SourceFacts(make_source_slug(report), guess_source_kind(report), report) if report else None
    )
    said = f"Coded by {dataset.name} from a report" + (f" of {report}" if report else "")
    claim = make_affirming_claim("coding", dataset.slug, "dataset-coding", make_single_line(said))
    claim = {**claim, "origin": paper.slug if paper else None, "made_on": made_on}
    return claim, [dataset, paper] if paper else [dataset]


class ActingParty(NamedTuple):
    """An actor, and the state or organization it acts for, unless it acts for itself."""

    actor: ActorFacts
    acts_for: ActorFacts | None = None


def make_state_party(actor: ActorFacts, iso3: str | None) -> ActingParty:
    """Return an actor that acts for a state, if the state's code is given."""
    return ActingParty(actor, make_state_actor(iso3) if iso3 else None)


def make_participants(taking: Iterable[tuple[ActingParty, str]]) -> list[ParticipantContent]:
    """Return the participants of an event, each once, from parties and their roles."""
    found: dict[tuple[str, str | None, str], ParticipantContent] = {}
    for party, role in taking:
        principal = party.acts_for.slug if party.acts_for else None
        key = (party.actor.slug, principal, role)
        found[key] = {"actor": party.actor.slug, "for": principal, "role": role}
    return list(found.values())


def list_party_actors(parties: Iterable[ActingParty]) -> Iterator[ActorFacts]:
    """Yield the actors that an event with these parties names."""
    for party in parties:
        yield party.actor
        if party.acts_for:
            yield party.acts_for
