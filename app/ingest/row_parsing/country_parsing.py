"""Countries and organisations as providers write them: a code or a name; None for what is none."""

from functools import lru_cache

from app.ingest.reading.import_format import ActorFacts
from app.vocab.code_lookup import get_country
from app.vocab.countries import get_countries, get_country_names
from app.vocab.name_key import make_name_key
from app.vocab.organisations import get_organization_names, get_organizations


@lru_cache(maxsize=4096)
def find_country_by_code(scheme: str, code: str) -> str | None:
    """The ISO3 code of what a code means in a scheme; historic states are their successors."""
    try:
        return get_country(code, scheme).iso3 if code else None
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def find_country_by_exact_name(name: str) -> str | None:
    """The ISO3 code of the country that has exactly this name, in any spelling of it."""
    found = get_country_names().get(make_name_key(name), ())
    return found[0] if len(found) == 1 else None


def find_country_by_name(name: str) -> str | None:
    """The ISO3 code of a country's name, also with another name in brackets behind it."""
    return find_country_by_exact_name(name) or find_country_by_exact_name(name.partition(" (")[0])


@lru_cache(maxsize=512)
def make_state_actor(iso3: str) -> ActorFacts:
    """A country as the state that acts."""
    return ActorFacts(iso3, "state", get_countries()[iso3].name, country=iso3)


@lru_cache(maxsize=8192)
def find_organization_by_name(name: str) -> ActorFacts | None:
    """An organisation of the vocabulary, by any of its names."""
    slug = get_organization_names().get(make_name_key(name))
    if slug is None:
        return None
    return ActorFacts(slug, get_organizations()[slug].kind, get_organizations()[slug].name)
