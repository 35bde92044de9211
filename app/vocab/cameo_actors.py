"""Parts of CAMEO's actor codes other than countries: groups, types, religions, peoples."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from app.vocab.closed_lists import ACTOR_KINDS
from app.vocab.countries import get_areas, get_country_codes
from app.vocab.loader import DataRow, index_rows, read_rows

PART_LISTS = ("group", "type", "religion", "ethnic")
PART_LENGTH = 3


@dataclass(frozen=True)
class ActorPart:
    """Three letters of an actor's code; `kind` is the kind of actor that they make."""

    code: str
    list: str
    label: str
    kind: str


@cache
def get_actor_parts() -> Mapping[str, ActorPart]:
    """Return every part by its code; raise VocabularyDataError for a country's or area's code."""
    rows = index_rows(read_rows("cameo_actors.csv"), "code")
    return MappingProxyType({code: _make_part(row) for code, row in rows.items()})


def _make_part(row: DataRow) -> ActorPart:
    code = row["code"]
    if len(code) != PART_LENGTH:
        raise row.make_error(f"{code!r} does not have {PART_LENGTH} letters")
    if code in get_country_codes("cameo") or ("cameo", code) in get_areas():
        raise row.make_error(f"{code!r} is also the code of a country or an area")
    return ActorPart(
        code,
        row.read_choice("list", PART_LISTS, "list"),
        row["label"],
        row.read_choice("kind", ACTOR_KINDS, "kind of actor"),
    )


get_actor_parts()
