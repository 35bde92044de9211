"""International organisations and their bodies, known as actors from the start."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from app.vocab.closed_lists import ACTOR_KINDS
from app.vocab.loader import DataRow, index_rows, read_rows
from app.vocab.name_key import make_name_key


@dataclass(frozen=True)
class Organization:
    """An organisation or a body; `codes` by scheme, `part_of` the slug of what it belongs to."""

    slug: str
    kind: str
    name: str
    part_of: str | None
    codes: Mapping[str, tuple[str, ...]]
    aliases: tuple[str, ...]


@cache
def get_organizations() -> Mapping[str, Organization]:
    """Every organisation by its slug."""
    rows = index_rows(read_rows("organisations.csv"), "slug")
    return MappingProxyType({slug: _make_organization(row, rows) for slug, row in rows.items()})


def _make_organization(row: DataRow, rows: Mapping[str, DataRow]) -> Organization:
    return Organization(
        slug=row["slug"],
        kind=row.read_choice("kind", ACTOR_KINDS, "kind of actor"),
        name=row["name"],
        part_of=row.read_choice("part_of", ("", *rows), "organisation") or None,
        codes=MappingProxyType({"cameo": row.split_values("cameo")}),
        aliases=row.split_values("aliases"),
    )


@cache
def get_organization_codes() -> Mapping[str, str]:
    """Slug by CAMEO code; BadData where two organisations have the same code."""
    found: dict[str, str] = {}
    for row in read_rows("organisations.csv"):
        for code in row.split_values("cameo"):
            if code in found:
                raise row.make_error(f"the cameo code {code!r} is also that of {found[code]}")
            found[code] = row["slug"]
    return MappingProxyType(found)


@cache
def get_organization_names() -> Mapping[str, str]:
    """Slug by folded name, alias or slug; BadData where two organisations share one."""
    found: dict[str, str] = {}
    for row in read_rows("organisations.csv"):
        for name in (row["name"], row["slug"], *row.split_values("aliases")):
            slug = found.setdefault(make_name_key(name), row["slug"])
            if slug != row["slug"]:
                raise row.make_error(f"the name {name!r} is also that of {slug}")
    return MappingProxyType(found)


get_organizations()
get_organization_codes()
get_organization_names()
