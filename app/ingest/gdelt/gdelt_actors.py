"""Actors of CAMEO's actor codes: parts of three letters, whose meanings make the name."""

from functools import lru_cache
from typing import NamedTuple

from app.ingest.reading.import_format import ActorFacts
from app.ingest.row_parsing.name_parsing import find_country_by_code, make_state_actor
from app.ingest.row_parsing.record_builders import ActingParty, make_state_party
from app.vocab.cameo_actors import PART_LENGTH, ActorPart, get_actor_parts
from app.vocab.countries import get_areas, get_countries
from app.vocab.organizations import get_organization_codes, get_organizations

LONGEST_CODE = 24
PLAIN_ORGANIZATION_TYPES = frozenset({"IGO", "NGO", "NGM", "INT"})
"""Parts that say no more than that an organization is one."""


class _ActorCode(NamedTuple):
    """The parts of an actor's code: countries, areas, known parts, groups first, and the rest."""

    countries: list[str]
    areas: list[str]
    known: list[ActorPart]
    unknown: list[str]


@lru_cache(maxsize=8192)
def make_party(code: str) -> ActingParty | None:
    """Return the actor of a code; None for texts that are not an actor's code.

    A code of countries only is the (last) state, the code of a known organization is that
    organization; any other is an actor of its own. Organs of a state act for it, parts of an
    organization for the organization.
    """
    if not (code.isascii() and code.isalnum() and len(code) <= LONGEST_CODE):
        return None
    parts = _split_code(code)
    if any(part not in (part.upper(), part.lower()) for part in parts):
        return None
    read = _parse_parts(parts)
    if read.countries and not (read.areas or read.known or read.unknown):
        return _make_state(read.countries)
    organisation = get_organization_codes().get(code) or _get_organization(read)
    if organisation is not None and _is_plain_organization(code, read):
        return ActingParty(_make_organization(organisation))
    return _make_group(parts, read, organisation)


def _split_code(code: str) -> list[str]:
    """Return the distinct parts of a code: JUDJUD means the same as JUD."""
    starts = range(0, len(code), PART_LENGTH)
    return list(dict.fromkeys(code[start : start + PART_LENGTH] for start in starts))


def _parse_parts(parts: list[str]) -> _ActorCode:
    read = _ActorCode([], [], [], [])
    for part in parts:
        # Capitals only: the Thai are tha, Thailand is THA.
        iso3 = find_country_by_code("cameo", part) if part.isupper() else None
        area = get_areas().get(("cameo", part))
        if iso3 is not None:
            read.countries.append(iso3)
        elif area is not None:
            read.areas.append(area.label)
        elif part in get_actor_parts():
            read.known.append(get_actor_parts()[part])
        else:
            read.unknown.append(part)
    read.known.sort(key=lambda part: part.list != "group")
    return read


def _get_organization(read: _ActorCode) -> str | None:
    """Return the known organization that one of the groups is; the last is the closest."""
    found = [get_organization_codes().get(part.code) for part in read.known if part.list == "group"]
    return next((slug for slug in reversed(found) if slug), None)


def _is_plain_organization(code: str, read: _ActorCode) -> bool:
    """Return whether the code names an organization and nothing else."""
    if code in get_organization_codes():
        return True
    rest = [part.code for part in read.known if part.list != "group"]
    return not read.countries and not read.unknown and PLAIN_ORGANIZATION_TYPES.issuperset(rest)


def _make_state(iso3s: list[str]) -> ActingParty:
    first, last = make_state_actor(iso3s[0]), make_state_actor(iso3s[-1])
    return ActingParty(last, None if first == last else first)


def _make_group(parts: list[str], read: _ActorCode, organisation: str | None) -> ActingParty:
    slug = "-".join(part.lower() if part == part.upper() else f"ethnic-{part}" for part in parts)
    kind = read.known[0].kind if read.known else "organisation"
    country = read.countries[0] if read.countries else None
    codes = (("cameo", "".join(parts)),)
    made = ActorFacts(f"cameo-{slug}", kind, _make_name(read), codes, country)
    if organisation is not None:
        return ActingParty(made, _make_organization(organisation))
    return make_state_party(made, country if kind == "body" else None)


def _make_name(read: _ActorCode) -> str:
    """Return the name with its country or area: Police forces (Iran)."""
    what = [*(part.label for part in read.known), *read.unknown]
    where = [*(get_countries()[iso3].name for iso3 in read.countries), *read.areas]
    if not what:
        return ", ".join(where)
    return f"{', '.join(what)} ({', '.join(where)})" if where else ", ".join(what)


def _make_organization(slug: str) -> ActorFacts:
    known = get_organizations()[slug]
    return ActorFacts(slug, known.kind, known.name)
