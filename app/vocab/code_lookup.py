"""The one code layer: what a code or a name means, in every scheme that has it.

A bare text is ISO 3166-1 alpha-3, alpha-2 or a name; any other scheme is prefixed (`fips:KN`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.values.suggestions import did_you_mean, nearest, split_scheme
from app.vocab.closed_lists import SCHEMES
from app.vocab.countries import (
    CODE_SCHEMES,
    NUMBERED,
    Country,
    areas,
    codes_in,
    countries,
    names_in,
)
from app.vocab.crosswalks import (
    acled,
    cameo,
    plover,
    type_of_acled,
    type_of_cameo,
    type_of_plover,
    type_of_ucdp,
    ucdp_labels,
)
from app.vocab.event_types import event_types
from app.vocab.name_key import name_key
from app.vocab.organisations import (
    Organisation,
    organisation_codes,
    organisation_names,
    organisations,
)

COUNTRY_SCHEMES = (*CODE_SCHEMES, "name")
EVENT_SCHEMES = {
    "cameo": type_of_cameo,
    "plover": lambda code: type_of_plover(*_event_and_mode(code)),
    "acled": lambda code: type_of_acled(*_sub_and_event(code)),
    "ucdp": type_of_ucdp,
}
_LONGEST_CODE = 3


class UnknownCode(ValueError):
    """No scheme that may be meant has this code or name; `near` are the nearest valid ones."""

    def __init__(self, message: str, near: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.near = tuple(near)


class AmbiguousCode(ValueError):
    """The code or name means several things; `readings` are those, each with its scheme."""

    def __init__(self, message: str, readings: "Iterable[Reading]") -> None:
        super().__init__(message)
        self.readings = tuple(readings)


@dataclass(frozen=True)
class Reading:
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


def find_country(text: str, scheme: str | None = None) -> Country:
    """The country that a code or name means; UnknownCode or AmbiguousCode, which say the way out.

    With a scheme, or a text that names one (`gw:731`), only that scheme is asked.
    """
    scheme, code = _parted(text, scheme, COUNTRY_SCHEMES)
    if scheme is None:
        return _bare_country(code)
    readings = _country_readings(scheme, code)
    if len(readings) > 1:
        raise AmbiguousCode(_shared(code, readings), readings)
    if readings:
        return countries()[str(readings[0].value)]
    raise _no_country(scheme, code)


def find_organisation(text: str, scheme: str | None = None) -> Organisation:
    """The organisation with this slug, name, alias or (`cameo:UNO`) code; else UnknownCode."""
    scheme, code = _parted(text, scheme, ("cameo", "name"))
    slug = organisation_codes().get(code.upper()) if scheme == "cameo" else _slug(code)
    if slug is None:
        near = nearest(code, _organisation_words())
        hint = did_you_mean(code, _organisation_words())
        raise UnknownCode(f"no known organisation is called {code!r}{hint}", near)
    return organisations()[slug]


def type_of(scheme: str, code: str) -> str:
    """Our type for a foreign event code; `other` for one not known, UnknownCode for the scheme."""
    if scheme not in EVENT_SCHEMES:
        raise _no_scheme(scheme, EVENT_SCHEMES)
    return EVENT_SCHEMES[scheme](code)


def resolve(text: str, scheme: str | None = None) -> list[Reading]:
    """Every reading of a text, in every scheme or in the one that is named; none is no error."""
    scheme, code = _parted(text, scheme, SCHEMES)
    if not code:
        return []
    schemes = SCHEMES if scheme is None else (scheme,)
    return [reading for each in schemes for reading in _readings(each, code, scheme is not None)]


def _readings(scheme: str, code: str, asked: bool) -> list[Reading]:
    found = _country_readings(scheme, code) if scheme in COUNTRY_SCHEMES else []
    area = areas().get((scheme, code.upper()))
    if area:
        found.append(Reading(scheme, area.code, "area", None, area.label))
    found += _organisation_readings(scheme, code)
    found += _event_readings(scheme, code, asked)
    return found


def _parted(text: str, scheme: str | None, known: Iterable[str]) -> tuple[str | None, str]:
    code = text.strip()
    if scheme is None:
        scheme, code = split_scheme(code)
    if scheme is not None and scheme not in known:
        raise _no_scheme(scheme, known)
    return scheme, _padded(scheme, code.strip())


def _padded(scheme: str | None, code: str) -> str:
    """A number as its scheme writes it, where the scheme is named; a bare 042 stays CAMEO's."""
    if scheme in NUMBERED and code.isdecimal():
        return code.zfill(3) if scheme == "iso-numeric" else code.lstrip("0")
    return code


def _no_scheme(scheme: str, known: Iterable[str]) -> UnknownCode:
    known = tuple(known)
    hint = did_you_mean(scheme, known) or f"; the schemes are {', '.join(known)}"
    return UnknownCode(f"unknown scheme {scheme!r}{hint}", nearest(scheme, known) or known)


def _country_readings(scheme: str, code: str) -> list[Reading]:
    if scheme == "name":
        found = names_in().get(name_key(code), ())
    else:
        code = code.upper()
        iso3 = codes_in(scheme).get(code)
        found = (iso3,) if iso3 else ()
    return [Reading(scheme, code, "country", iso3, countries()[iso3].name) for iso3 in found]


@lru_cache(maxsize=4096)
def _bare_country(text: str) -> Country:
    readings = [
        reading
        for scheme in ("iso3", "iso2", "name")
        for reading in _country_readings(scheme, text)
    ]
    meant = {str(reading.value) for reading in readings}
    if len(meant) == 1:
        return countries()[meant.pop()]
    if meant:
        raise AmbiguousCode(_shared(text, readings), readings)
    raise _not_bare(text)


def _not_bare(text: str) -> UnknownCode | AmbiguousCode:
    """The error for a text that is no ISO code and no name: what it is in the other schemes."""
    if not text:
        return UnknownCode("an empty text names no country")
    others = [r for scheme in CODE_SCHEMES for r in _country_readings(scheme, text)]
    if len({reading.value for reading in others}) > 1:
        listed = " or ".join(str(reading) for reading in others)
        return AmbiguousCode(f"{text!r} is ambiguous: write {listed}", others)
    if others:
        near = [f"{reading.scheme}:{reading.code}" for reading in others]
        listed = " or ".join([*near[:-1], str(others[-1])])
        return UnknownCode(f"{text!r} is no ISO code or name; did you mean {listed}?", near)
    known = countries() if len(text) <= _LONGEST_CODE else _country_words()
    hint = did_you_mean(text, known)
    return UnknownCode(f"no country has the code or name {text!r}{hint}", nearest(text, known))


def _no_country(scheme: str, code: str) -> UnknownCode:
    area = areas().get((scheme, code.upper()))
    if area:
        return UnknownCode(f"{scheme}:{area.code} is {area.label}, which is no country")
    known = _country_words() if scheme == "name" else list(codes_in(scheme))
    hint = did_you_mean(code, known)
    return UnknownCode(f"no country has the {scheme} {code!r}{hint}", nearest(code, known))


def _shared(text: str, readings: Iterable[Reading]) -> str:
    listed = " or ".join(f"{reading.value} ({reading.label})" for reading in readings)
    return f"{text!r} is ambiguous: write {listed}"


def _country_words() -> list[str]:
    return [name for each in countries().values() for name in (each.name, *each.aliases)]


def _organisation_words() -> list[str]:
    return [name for o in organisations().values() for name in (o.slug, o.name, *o.aliases)]


def _slug(name: str) -> str | None:
    return organisation_names().get(name_key(name))


def _organisation_readings(scheme: str, code: str) -> list[Reading]:
    slug = None
    if scheme == "name":
        slug = _slug(code)
    elif scheme == "cameo":
        code = code.upper()
        slug = organisation_codes().get(code)
    if slug is None:
        return []
    return [Reading(scheme, code, "organisation", slug, organisations()[slug].name)]


def _event_readings(scheme: str, code: str, asked: bool) -> list[Reading]:
    label = _event_label(scheme, code)
    if label:
        kind = code.lower() if scheme == "name" else type_of(scheme, code)
    elif asked and scheme == "cameo" and code.isdecimal():
        # An unlisted CAMEO number is kept as it came and read by its root.
        label, kind = "not listed", type_of_cameo(code)
    else:
        return []
    return [Reading(scheme, code, "event-type", kind, label)]


def _event_label(scheme: str, code: str) -> str | None:
    if scheme == "name":
        known_type = event_types().get(code.lower())
        return known_type.label if known_type else None
    if scheme == "cameo":
        known_code = cameo().get(code)
        return known_code.name if known_code else None
    if scheme == "plover":
        return _plover_label(*_event_and_mode(code))
    if scheme == "acled":
        return _acled_label(code)
    return ucdp_labels().get(code) if scheme == "ucdp" else None


def _plover_label(event: str, mode: str) -> str | None:
    event, mode = event.upper(), mode.lower()
    return f"{event} {mode}".strip() if (event, mode) in plover() else None


def _acled_label(code: str) -> str | None:
    words = code.casefold()
    for event, narrower in acled():
        joined = f"{event}/{narrower}" if narrower else event
        if words in (narrower.casefold(), joined.casefold()):
            return narrower or event
    return None


def _event_and_mode(code: str) -> tuple[str, str]:
    """The two parts of `CONSULT/visit`; contexts after a second slash do not change the type."""
    event, _, rest = code.partition("/")
    return event.strip(), rest.partition("/")[0].strip()


def _sub_and_event(code: str) -> tuple[str, str]:
    """Sub-event type and event type of an ACLED code; both hold slashes, so names decide."""
    words = code.strip().casefold()
    for event, narrower in acled():
        if narrower and words in (narrower.casefold(), f"{event}/{narrower}".casefold()):
            return narrower, event
    return "", code
