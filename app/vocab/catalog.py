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
            each.type,
            each.label,
            each.note,
            {
                "category": each.category,
                "details": each.details,
                "cameo": each.cameo,
                "plover": each.plover,
                "acled": each.acled,
                "ucdp": each.ucdp,
            },
        )
        for each in get_event_types().values()
    ]


def _list_countries() -> list[ListTerm]:
    return [
        ListTerm(
            each.iso3,
            each.name,
            "",
            {
                "aliases": each.aliases,
                "region": each.region or None,
                "sub_region": each.sub_region or None,
                "codes": dict(each.codes),
            },
        )
        for each in get_countries().values()
    ]


def _list_areas() -> list[ListTerm]:
    return [ListTerm(f"{each.scheme}:{each.code}", each.label) for each in get_areas().values()]


def _list_organizations() -> list[ListTerm]:
    return [
        ListTerm(
            each.slug,
            each.name,
            "",
            {
                "kind": each.kind,
                "part_of": each.part_of,
                "aliases": each.aliases,
                "codes": dict(each.codes),
            },
        )
        for each in get_organizations().values()
    ]


def _list_cameo_codes() -> list[ListTerm]:
    terms = []
    for each in get_cameo_codes().values():
        match = convert_cameo_to_plover(each.code)
        properties = {
            "type": each.type,
            "root": each.root,
            "quad_class": each.quad_class,
            "plover_event": match.event if match else None,
            "plover_mode": (match.mode or None) if match else None,
        }
        terms.append(ListTerm(each.code, each.name, "", properties))
    return terms


def _list_cameo_actors() -> list[ListTerm]:
    return [
        ListTerm(each.code, each.label, "", {"list": each.list, "kind": each.kind})
        for each in get_actor_parts().values()
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
