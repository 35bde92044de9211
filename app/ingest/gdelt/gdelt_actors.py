"""Actors made of CAMEO's actor codes: three letters a part, what each part means is its name."""

from functools import lru_cache
from typing import NamedTuple

from app.ingest.reading.import_format import ActorFacts
from app.ingest.row_parsing.country_parsing import find_country_by_code, make_state_actor
from app.ingest.row_parsing.participant_builder import ActingParty, make_state_party
from app.vocab.cameo_actors import PART_LENGTH, ActorPart, actor_parts
from app.vocab.countries import areas, countries
from app.vocab.organisations import organisation_codes, organisations

LONGEST_CODE = 24
PLAIN_TYPES = frozenset({"IGO", "NGO", "NGM", "INT"})
"""What says of an organisation no more than that it is one."""


class _Read(NamedTuple):
    """An actor's code by its parts: countries, areas, what is known, groups first, and the rest."""

    countries: list[str]
    areas: list[str]
    known: list[ActorPart]
    unknown: list[str]


@lru_cache(maxsize=8192)
def party_of(code: str) -> ActingParty | None:
    """Who a code stands for; None for what is no actor's code.

    A code of countries alone is the (last) state, that of a known organisation is it; any other
    is an actor of its own. Organs of a state act for it, parts of an organisation for that.
    """
    if not (code.isascii() and code.isalnum() and len(code) <= LONGEST_CODE):
        return None
    parts = _parts(code)
    if any(part not in (part.upper(), part.lower()) for part in parts):
        return None
    read = _read(parts)
    if read.countries and not (read.areas or read.known or read.unknown):
        return _state(read.countries)
    organisation = organisation_codes().get(code) or _organisation(read)
    if organisation is not None and _is_no_more(code, read):
        return ActingParty(_known_organisation(organisation))
    return _group(parts, read, organisation)


def _parts(code: str) -> list[str]:
    """The parts of a code, each once: JUDJUD says no more than JUD."""
    starts = range(0, len(code), PART_LENGTH)
    return list(dict.fromkeys(code[start : start + PART_LENGTH] for start in starts))


def _read(parts: list[str]) -> _Read:
    read = _Read([], [], [], [])
    for part in parts:
        # Capitals only: the Thai are tha, Thailand is THA.
        iso3 = find_country_by_code("cameo", part) if part.isupper() else None
        area = areas().get(("cameo", part))
        if iso3 is not None:
            read.countries.append(iso3)
        elif area is not None:
            read.areas.append(area.label)
        elif part in actor_parts():
            read.known.append(actor_parts()[part])
        else:
            read.unknown.append(part)
    read.known.sort(key=lambda part: part.list != "group")
    return read


def _organisation(read: _Read) -> str | None:
    """The organisation of the vocabulary that one of the groups is; the last is the closest."""
    found = [organisation_codes().get(part.code) for part in read.known if part.list == "group"]
    return next((slug for slug in reversed(found) if slug), None)


def _is_no_more(code: str, read: _Read) -> bool:
    """Whether the code says nothing but which organisation it is."""
    if code in organisation_codes():
        return True
    rest = [part.code for part in read.known if part.list != "group"]
    return not read.countries and not read.unknown and PLAIN_TYPES.issuperset(rest)


def _state(iso3s: list[str]) -> ActingParty:
    first, last = make_state_actor(iso3s[0]), make_state_actor(iso3s[-1])
    return ActingParty(last, None if first == last else first)


def _group(parts: list[str], read: _Read, organisation: str | None) -> ActingParty:
    slug = "-".join(part.lower() if part == part.upper() else f"ethnic-{part}" for part in parts)
    kind = read.known[0].kind if read.known else "organisation"
    country = read.countries[0] if read.countries else None
    codes = (("cameo", "".join(parts)),)
    made = ActorFacts(f"cameo-{slug}", kind, _name(read), codes, country)
    if organisation is not None:
        return ActingParty(made, _known_organisation(organisation))
    return make_state_party(made, country if kind == "body" else None)


def _name(read: _Read) -> str:
    """What it is, and of which country or area: Police forces (Iran)."""
    what = [*(part.label for part in read.known), *read.unknown]
    where = [*(countries()[iso3].name for iso3 in read.countries), *read.areas]
    if not what:
        return ", ".join(where)
    return f"{', '.join(what)} ({', '.join(where)})" if where else ", ".join(what)


def _known_organisation(slug: str) -> ActorFacts:
    known = organisations()[slug]
    return ActorFacts(slug, known.kind, known.name)
