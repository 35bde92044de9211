"""All lists by name: closed lists, codes and crosswalks."""

from collections.abc import Callable, Mapping
from functools import cache

from app.vocab.cameo_actors import get_actor_parts
from app.vocab.closed_lists import ListTerm, get_lists
from app.vocab.countries import get_areas, get_countries
from app.vocab.crosswalks import (
    convert_cameo_to_plover,
    get_acled_types,
    get_cameo_codes,
    get_plover_types,
    get_ucdp_labels,
    get_ucdp_types,
)
from app.vocab.event_types import get_event_types
from app.vocab.organizations import get_organizations


def _list_event_types() -> list[ListTerm]:
    return [
        ListTerm(
            event_type.type,
            event_type.label,
            event_type.note,
            {
                "category": event_type.category,
                "details": event_type.details,
                "cameo": event_type.cameo,
                "plover": event_type.plover,
                "acled": event_type.acled,
                "ucdp": event_type.ucdp,
            },
        )
        for event_type in get_event_types().values()
    ]


def _list_countries() -> list[ListTerm]:
    return [
        ListTerm(
            country.iso3,
            country.name,
            "",
            {
                "aliases": country.aliases,
                "region": country.region or None,
                "sub_region": country.sub_region or None,
                "codes": dict(country.codes),
            },
        )
        for country in get_countries().values()
    ]


def _list_areas() -> list[ListTerm]:
    return [ListTerm(f"{area.scheme}:{area.code}", area.label) for area in get_areas().values()]


def _list_organizations() -> list[ListTerm]:
    return [
        ListTerm(
            organization.slug,
            organization.name,
            "",
            {
                "kind": organization.kind,
                "part_of": organization.part_of,
                "aliases": organization.aliases,
                "codes": dict(organization.codes),
            },
        )
        for organization in get_organizations().values()
    ]


def _list_cameo_codes() -> list[ListTerm]:
    terms = []
    for code in get_cameo_codes().values():
        match = convert_cameo_to_plover(code.code)
        properties = {
            "type": code.type,
            "root": code.root,
            "quad_class": code.quad_class,
            "plover_event": match.event if match else None,
            "plover_mode": (match.mode or None) if match else None,
        }
        terms.append(ListTerm(code.code, code.name, "", properties))
    return terms


def _list_cameo_actors() -> list[ListTerm]:
    return [
        ListTerm(part.code, part.label, "", {"list": part.list, "kind": part.kind})
        for part in get_actor_parts().values()
    ]


def _list_pairs(table: Mapping[tuple[str, str], str]) -> list[ListTerm]:
    return [
        ListTerm(
            f"{event}/{narrower}" if narrower else event, narrower or event, "", {"type": kind}
        )
        for (event, narrower), kind in table.items()
    ]


def _list_plover_types() -> list[ListTerm]:
    return _list_pairs(get_plover_types())


def _list_acled_types() -> list[ListTerm]:
    return _list_pairs(get_acled_types())


def _list_ucdp_types() -> list[ListTerm]:
    return [
        ListTerm(code, get_ucdp_labels()[code], "", {"type": kind})
        for code, kind in get_ucdp_types().items()
    ]


_CODE_LISTS: Mapping[str, Callable[[], list[ListTerm]]] = {
    "event-types": _list_event_types,
    "countries": _list_countries,
    "areas": _list_areas,
    "organisations": _list_organizations,
    "cameo": _list_cameo_codes,
    "cameo-actors": _list_cameo_actors,
    "plover": _list_plover_types,
    "acled": _list_acled_types,
    "ucdp": _list_ucdp_types,
}


def list_names() -> tuple[str, ...]:
    """Return the names of all lists, in alphabetical order."""
    return tuple(sorted([*get_lists(), *_CODE_LISTS]))


@cache
def get_list_terms(list_name: str) -> tuple[ListTerm, ...]:
    """Return the terms of a list in display order; raise KeyError for an unknown list."""
    if list_name in _CODE_LISTS:
        return tuple(_CODE_LISTS[list_name]())
    return get_lists()[list_name]
