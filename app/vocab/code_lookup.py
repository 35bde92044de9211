"""Lookups of codes and names in every scheme.

A bare text is ISO 3166-1 alpha-3, alpha-2 or a name; any other scheme is a prefix (`fips:KN`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.values.suggestions import did_you_mean, split_scheme, suggest_words
from app.vocab.closed_lists import SCHEMES
from app.vocab.countries import (
    CODE_SCHEMES,
    NUMERIC_SCHEMES,
    Country,
    get_areas,
    get_countries,
    get_country_codes,
    get_country_names,
)
from app.vocab.crosswalks import (
    classify_acled,
    classify_cameo,
    classify_plover,
    classify_ucdp,
    get_acled_types,
    get_cameo_codes,
    get_plover_types,
    get_ucdp_labels,
)
from app.vocab.event_types import get_event_types
from app.vocab.name_key import make_name_key
from app.vocab.organizations import (
    Organization,
    get_organization_codes,
    get_organization_names,
    get_organizations,
)

COUNTRY_SCHEMES = (*CODE_SCHEMES, "name")
EVENT_CLASSIFIERS = {
    "cameo": classify_cameo,
    "plover": lambda code: classify_plover(*_split_plover_code(code)),
    "acled": lambda code: classify_acled(*_split_acled_code(code)),
    "ucdp": classify_ucdp,
}
_LONGEST_CODE = 3


class UnknownCode(ValueError):
    """A code or name that no scheme in question has; `near` are the nearest valid ones."""

    def __init__(self, message: str, near: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.near = tuple(near)


class AmbiguousCode(ValueError):
    """A code or name with several meanings, `readings`, each with its scheme."""

    def __init__(self, message: str, readings: "Iterable[CodeMeaning]") -> None:
        super().__init__(message)
        self.readings = tuple(readings)


@dataclass(frozen=True)
class CodeMeaning:
    """One meaning of a text. `kind` is country, area, organisation or event-type.

    `value` is the ISO3 code, the slug or the event type; None for an area.
    """

    scheme: str
    code: str
    kind: str
    value: str | None
    label: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.code} ({self.label})"


def get_country(text: str, scheme: str | None = None) -> Country:
    """Return the country of a code or name; raise UnknownCode or AmbiguousCode with a hint.

    With a scheme, or a text that names one (`gw:731`), only that scheme is searched.
    """
    scheme, code = _split_known_scheme(text, scheme, COUNTRY_SCHEMES)
    if scheme is None:
        return _get_bare_country(code)
    readings = _list_country_meanings(scheme, code)
    if len(readings) > 1:
        raise AmbiguousCode(_describe_ambiguity(code, readings), readings)
    if readings:
        return get_countries()[str(readings[0].value)]
    raise _make_country_error(scheme, code)


def get_organization(text: str, scheme: str | None = None) -> Organization:
    """Return the organization with a slug, name, alias or `cameo:UNO`; raise UnknownCode."""
    scheme, code = _split_known_scheme(text, scheme, ("cameo", "name"))
    slug = get_organization_codes().get(code.upper()) if scheme == "cameo" else _get_slug(code)
    if slug is None:
        near = suggest_words(code, _list_organization_names())
        hint = did_you_mean(code, _list_organization_names())
        raise UnknownCode(f"no known organization is called {code!r}{hint}", near)
    return get_organizations()[slug]


def classify_code(scheme: str, code: str) -> str:
    """Return our type for a foreign event code, or `other`; raise UnknownCode for the scheme."""
    if scheme not in EVENT_CLASSIFIERS:
        raise _make_scheme_error(scheme, EVENT_CLASSIFIERS)
    return EVENT_CLASSIFIERS[scheme](code)


def list_meanings(text: str, scheme: str | None = None) -> list[CodeMeaning]:
    """Return every meaning of a text, perhaps none, in every scheme or in the one named."""
    scheme, code = _split_known_scheme(text, scheme, SCHEMES)
    if not code:
        return []
    schemes = SCHEMES if scheme is None else (scheme,)
    return [
        reading
        for one in schemes
        for reading in _list_scheme_meanings(one, code, scheme is not None)
    ]


def guess_actor(text: str) -> str | None:
    """Return the country or organization that a text most likely names, if there is only one."""
    words = text.replace("-", " ")
    meanings = [
        meaning for scheme in ("name", "iso3", "iso2") for meaning in list_meanings(words, scheme)
    ]
    meant = {meaning.value for meaning in meanings if meaning.kind in {"country", "organisation"}}
    return meant.pop() if len(meant) == 1 else None


def _list_scheme_meanings(scheme: str, code: str, asked: bool) -> list[CodeMeaning]:
    found = _list_country_meanings(scheme, code) if scheme in COUNTRY_SCHEMES else []
    area = get_areas().get((scheme, code.upper()))
    if area:
        found.append(CodeMeaning(scheme, area.code, "area", None, area.label))
    found += _list_organization_meanings(scheme, code)
    found += _list_event_meanings(scheme, code, asked)
    return found


def _split_known_scheme(
    text: str, scheme: str | None, known: Iterable[str]
) -> tuple[str | None, str]:
    code = text.strip()
    if scheme is None:
        scheme, code = split_scheme(code)
    if scheme is not None and scheme not in known:
        raise _make_scheme_error(scheme, known)
    return scheme, _pad_number(scheme, code.strip())


def _pad_number(scheme: str | None, code: str) -> str:
    """Return a number as its scheme writes it; without a scheme, a bare 042 is CAMEO's."""
    if scheme in NUMERIC_SCHEMES and code.isdecimal():
        return code.zfill(3) if scheme == "iso-numeric" else code.lstrip("0")
    return code


def _make_scheme_error(scheme: str, known: Iterable[str]) -> UnknownCode:
    known = tuple(known)
    hint = did_you_mean(scheme, known) or f"; the schemes are {', '.join(known)}"
    return UnknownCode(f"unknown scheme {scheme!r}{hint}", suggest_words(scheme, known) or known)


def _list_country_meanings(scheme: str, code: str) -> list[CodeMeaning]:
    if scheme == "name":
        found = get_country_names().get(make_name_key(code), ())
    else:
        code = code.upper()
        iso3 = get_country_codes(scheme).get(code)
        found = (iso3,) if iso3 else ()
    return [
        CodeMeaning(scheme, code, "country", iso3, get_countries()[iso3].name) for iso3 in found
    ]


@lru_cache(maxsize=4096)
def _get_bare_country(text: str) -> Country:
    readings = [
        reading
        for scheme in ("iso3", "iso2", "name")
        for reading in _list_country_meanings(scheme, text)
    ]
    meant = {str(reading.value) for reading in readings}
    if len(meant) == 1:
        return get_countries()[meant.pop()]
    if meant:
        raise AmbiguousCode(_describe_ambiguity(text, readings), readings)
    raise _make_bare_error(text)


def _make_bare_error(text: str) -> UnknownCode | AmbiguousCode:
    """Return the error for neither an ISO code nor a name, with its meanings in other schemes."""
    if not text:
        return UnknownCode("an empty text does not name a country")
    others = [r for scheme in CODE_SCHEMES for r in _list_country_meanings(scheme, text)]
    if len({reading.value for reading in others}) > 1:
        listed = " or ".join(str(reading) for reading in others)
        return AmbiguousCode(f"{text!r} is ambiguous: write {listed}", others)
    if others:
        near = [f"{reading.scheme}:{reading.code}" for reading in others]
        listed = " or ".join([*near[:-1], str(others[-1])])
        return UnknownCode(f"{text!r} is not an ISO code or a name; did you mean {listed}?", near)
    known = get_countries() if len(text) <= _LONGEST_CODE else _list_country_names()
    hint = did_you_mean(text, known)
    return UnknownCode(
        f"no country has the code or name {text!r}{hint}", suggest_words(text, known)
    )


def _make_country_error(scheme: str, code: str) -> UnknownCode:
    area = get_areas().get((scheme, code.upper()))
    if area:
        return UnknownCode(f"{scheme}:{area.code} is {area.label}, which is not a country")
    known = _list_country_names() if scheme == "name" else list(get_country_codes(scheme))
    hint = did_you_mean(code, known)
    return UnknownCode(f"no country has the {scheme} {code!r}{hint}", suggest_words(code, known))


def _describe_ambiguity(text: str, readings: Iterable[CodeMeaning]) -> str:
    listed = " or ".join(f"{reading.value} ({reading.label})" for reading in readings)
    return f"{text!r} is ambiguous: write {listed}"


def _list_country_names() -> list[str]:
    return [
        name for country in get_countries().values() for name in (country.name, *country.aliases)
    ]


def _list_organization_names() -> list[str]:
    return [name for o in get_organizations().values() for name in (o.slug, o.name, *o.aliases)]


def _get_slug(name: str) -> str | None:
    return get_organization_names().get(make_name_key(name))


def _list_organization_meanings(scheme: str, code: str) -> list[CodeMeaning]:
    slug = None
    if scheme == "name":
        slug = _get_slug(code)
    elif scheme == "cameo":
        code = code.upper()
        slug = get_organization_codes().get(code)
    if slug is None:
        return []
    return [CodeMeaning(scheme, code, "organisation", slug, get_organizations()[slug].name)]


def _list_event_meanings(scheme: str, code: str, asked: bool) -> list[CodeMeaning]:
    label = _get_event_label(scheme, code)
    if label:
        kind = code.lower() if scheme == "name" else classify_code(scheme, code)
    elif asked and scheme == "cameo" and code.isdecimal():
        # An unlisted CAMEO number is kept as it came and read by its root.
        label, kind = "not listed", classify_cameo(code)
    else:
        return []
    return [CodeMeaning(scheme, code, "event-type", kind, label)]


def _get_event_label(scheme: str, code: str) -> str | None:
    if scheme == "name":
        known_type = get_event_types().get(code.lower())
        return known_type.label if known_type else None
    if scheme == "cameo":
        known_code = get_cameo_codes().get(code)
        return known_code.name if known_code else None
    if scheme == "plover":
        return _get_plover_label(*_split_plover_code(code))
    if scheme == "acled":
        return _get_acled_label(code)
    return get_ucdp_labels().get(code) if scheme == "ucdp" else None


def _get_plover_label(event: str, mode: str) -> str | None:
    event, mode = event.upper(), mode.lower()
    return f"{event} {mode}".strip() if (event, mode) in get_plover_types() else None


def _get_acled_label(code: str) -> str | None:
    words = code.casefold()
    for event, narrower in get_acled_types():
        joined = f"{event}/{narrower}" if narrower else event
        if words in (narrower.casefold(), joined.casefold()):
            return narrower or event
    return None


def _split_plover_code(code: str) -> tuple[str, str]:
    """Return both parts of `CONSULT/visit`; contexts after a second slash are ignored."""
    event, _, rest = code.partition("/")
    return event.strip(), rest.partition("/")[0].strip()


def _split_acled_code(code: str) -> tuple[str, str]:
    """Return sub-event type and event type of an ACLED code, whose names contain slashes."""
    words = code.strip().casefold()
    for event, narrower in get_acled_types():
        if narrower and words in (narrower.casefold(), f"{event}/{narrower}".casefold()):
            return narrower, event
    return "", code
