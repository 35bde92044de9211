"""International organizations and their bodies, which are actors from the start."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from app.vocab.closed_lists import ACTOR_KINDS
from app.vocab.loader import DataRow, index_rows, read_rows
from app.vocab.name_key import make_name_key


@dataclass(frozen=True)
class Organization:
    """An organization or a body; `part_of` is the slug of its parent, `codes` are by scheme."""

    slug: str
    kind: str
    name: str
    part_of: str | None
    codes: Mapping[str, tuple[str, ...]]
    aliases: tuple[str, ...]


@cache
def get_organizations() -> Mapping[str, Organization]:
    """Return every organization by its slug."""
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
    """Return slug by CAMEO code; raise VocabularyDataError for a code used twice."""
    found: dict[str, str] = {}
    for row in read_rows("organisations.csv"):
        for code in row.split_values("cameo"):
            if code in found:
                raise row.make_error(f"the cameo code {code!r} is also that of {found[code]}")
            found[code] = row["slug"]
    return MappingProxyType(found)


@cache
def get_organization_names() -> Mapping[str, str]:
    """Return slug by folded name, alias or slug; raise VocabularyDataError for duplicates."""
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
