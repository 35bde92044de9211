"""Every list that can be read by name: the closed lists, the codes and the crosswalks."""

from collections.abc import Callable, Mapping
from functools import cache

from app.vocab.cameo_actors import actor_parts
from app.vocab.closed_lists import Term, lists
from app.vocab.countries import areas, countries
from app.vocab.crosswalks import acled, cameo, plover, plover_of_cameo, ucdp, ucdp_labels
from app.vocab.event_types import event_types
from app.vocab.organisations import organisations


def _event_types() -> list[Term]:
    return [
        Term(
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
        for each in event_types().values()
    ]


def _countries() -> list[Term]:
    return [
        Term(
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
        for each in countries().values()
    ]


def _areas() -> list[Term]:
    return [Term(f"{each.scheme}:{each.code}", each.label) for each in areas().values()]


def _organisations() -> list[Term]:
    return [
        Term(
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
        for each in organisations().values()
    ]


def _cameo() -> list[Term]:
    terms = []
    for each in cameo().values():
        match = plover_of_cameo(each.code)
        properties = {
            "type": each.type,
            "root": each.root,
            "quad_class": each.quad_class,
            "plover_event": match.event if match else None,
            "plover_mode": (match.mode or None) if match else None,
        }
        terms.append(Term(each.code, each.name, "", properties))
    return terms


def _cameo_actors() -> list[Term]:
    return [
        Term(each.code, each.label, "", {"list": each.list, "kind": each.kind})
        for each in actor_parts().values()
    ]


def _pairs(table: Mapping[tuple[str, str], str]) -> list[Term]:
    return [
        Term(f"{event}/{narrower}" if narrower else event, narrower or event, "", {"type": kind})
        for (event, narrower), kind in table.items()
    ]


def _plover() -> list[Term]:
    return _pairs(plover())


def _acled() -> list[Term]:
    return _pairs(acled())


def _ucdp() -> list[Term]:
    return [Term(code, ucdp_labels()[code], "", {"type": kind}) for code, kind in ucdp().items()]


_WIDER: Mapping[str, Callable[[], list[Term]]] = {
    "event-types": _event_types,
    "countries": _countries,
    "areas": _areas,
    "organisations": _organisations,
    "cameo": _cameo,
    "cameo-actors": _cameo_actors,
    "plover": _plover,
    "acled": _acled,
    "ucdp": _ucdp,
}


def list_names() -> tuple[str, ...]:
    """The names of all lists, in alphabetical order."""
    return tuple(sorted([*lists(), *_WIDER]))


@cache
def vocabulary(list_name: str) -> tuple[Term, ...]:
    """The terms of one list, in the order they are shown; KeyError for a name that is no list."""
    if list_name in _WIDER:
        return tuple(_WIDER[list_name]())
    return lists()[list_name]
