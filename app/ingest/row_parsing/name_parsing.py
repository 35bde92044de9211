"""Names as providers write them: lines, slugs, kinds of sources, countries and organizations."""

import re
from functools import lru_cache
from hashlib import blake2b

from app.ingest.reading.import_format import ActorFacts
from app.values.tokenizer import fold_text
from app.vocab.code_lookup import get_country
from app.vocab.countries import get_countries, get_country_names
from app.vocab.name_key import make_name_key
from app.vocab.organizations import get_organization_names, get_organizations

LONGEST_TEXT = 500
LONGEST_SLUG = 100
_APOSTROPHES = re.compile(r"['’`´]")
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\u2028\u2029]+")
_DIGEST_BYTES = 5


@lru_cache(maxsize=8192)
def make_source_slug(name: str) -> str:
    """Return the slug of a source known by name only, always the same for the same name.

    A name without Latin letters, or too long for a slug, gets a hash of itself.
    """
    return _make_slug(name, LONGEST_SLUG, "source")


@lru_cache(maxsize=8192)
def make_actor_slug(provider: str, name: str) -> str:
    """Return the slug of an actor known by name only, distinct for each provider."""
    return f"{provider}-{_make_slug(name, LONGEST_SLUG - len(provider) - 1, 'actor')}"


def _make_slug(name: str, longest: int, without_letters: str) -> str:
    folded = _APOSTROPHES.sub("", fold_text(name))
    slug = _SEPARATORS.sub("-", folded).strip("-")
    if len(slug) <= longest and 2 * len(slug) > len(folded):
        return slug
    digest = blake2b(folded.encode(), digest_size=_DIGEST_BYTES).hexdigest()
    start = slug[: longest - 20].strip("-") or without_letters
    return f"{start}-{digest}"


def make_single_line(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return the text as one line without control characters, cut with an ellipsis if too long."""
    line = _UNPRINTABLE.sub(" ", text).strip()
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


@lru_cache(maxsize=8192)
def guess_source_kind(name: str) -> str:
    """Guess the kind of source from a publisher's name; an editor may know better."""
    lowered = name.lower()
    return next((kind for kind, words in _KIND_WORDS.items() if words.search(lowered)), "other")


_KIND_WORDS = {
    "wire": re.compile(
        r"reuters|agence|agency|associated press|\bafp\b|\bap\b|xinhua|tass\b|interfax"
        r"|press trust|newswire|news service|\bians\b|\bupi\b"
    ),
    "broadcaster": re.compile(
        r"\bbbc\b|radio|\btv\b|television|al.?jazeera|\bcnn\b|broadcast|voice of"
    ),
    "organisation": re.compile(
        r"human rights|amnesty|\bhrw\b|crisis group|observator|\bun\b|council|united nations"
        r"|committee|monitor|watch|\bsohr\b|\bvdc\b|airwars"
    ),
    "newspaper": re.compile(
        r"times|post\b|guardian|tribune|herald|daily|newspaper|gazette|diario|star\b"
    ),
}


@lru_cache(maxsize=4096)
def find_country_by_code(scheme: str, code: str) -> str | None:
    """Return the ISO3 code for a code in a scheme; historic states map to their successors."""
    try:
        return get_country(code, scheme).iso3 if code else None
    except ValueError:
        return None


@lru_cache(maxsize=8192)
def find_country_by_exact_name(name: str) -> str | None:
    """Return the ISO3 code of the only country with this name, in any spelling of it."""
    found = get_country_names().get(make_name_key(name), ())
    return found[0] if len(found) == 1 else None


def find_country_by_name(name: str) -> str | None:
    """Return the ISO3 code of a country's name, also with another name in brackets after it."""
    return find_country_by_exact_name(name) or find_country_by_exact_name(name.partition(" (")[0])


@lru_cache(maxsize=512)
def make_state_actor(iso3: str) -> ActorFacts:
    """Return a country's state as an actor."""
    return ActorFacts(iso3, "state", get_countries()[iso3].name, country=iso3)


@lru_cache(maxsize=8192)
def find_organization_by_name(name: str) -> ActorFacts | None:
    """Return an organization of the vocabulary by any of its names."""
    slug = get_organization_names().get(make_name_key(name))
    if slug is None:
        return None
    return ActorFacts(slug, get_organizations()[slug].kind, get_organizations()[slug].name)
