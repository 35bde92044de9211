"""Countries as providers write them: a code of some scheme, or a name; None for what is none."""

from functools import lru_cache

from app.vocab.resolve import find_country


@lru_cache(maxsize=4096)
def country_of_code(scheme: str, code: str) -> str | None:
    """The ISO3 code of what a code means in a scheme; historic states are their successors."""
    try:
        return find_country(code, scheme).iso3 if code else None
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def country_of_name(name: str) -> str | None:
    """The ISO3 code of a country's name, also with another name in brackets behind it."""
    for spelt in (name, name.partition(" (")[0]):
        try:
            return find_country(spelt, "name").iso3
        except ValueError:
            continue
    return None
