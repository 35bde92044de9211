"""Countries and territories with their codes in every scheme, and codes of other areas."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from app.vocab.loader import DataRow, index_rows, read_rows
from app.vocab.name_key import make_name_key

CODE_SCHEMES = ("iso3", "iso2", "iso-numeric", "fips", "cameo", "gw", "cow", "wikidata")
NUMERIC_SCHEMES = ("iso-numeric", "gw", "cow")


@dataclass(frozen=True)
class Country:
    """A country or territory. `codes` holds, by scheme, all of its codes, newest first.

    `shared_names` are names that it shares with another country, so that they find neither.
    """

    iso3: str
    iso2: str
    name: str
    aliases: tuple[str, ...]
    shared_names: tuple[str, ...]
    codes: Mapping[str, tuple[str, ...]]
    region: str
    sub_region: str


@dataclass(frozen=True)
class AreaCode:
    """A code in a country scheme of something other than a country: a region, an ocean."""

    scheme: str
    code: str
    label: str


@cache
def get_countries() -> Mapping[str, Country]:
    """Return every country by its ISO 3166-1 alpha-3 code (`XKX` for Kosovo)."""
    rows = index_rows(read_rows("countries.csv"), "iso3")
    return MappingProxyType({iso3: _make_country(row) for iso3, row in rows.items()})


def _make_country(row: DataRow) -> Country:
    return Country(
        iso3=row["iso3"],
        iso2=row["iso2"],
        name=row["name"],
        aliases=row.split_values("aliases"),
        shared_names=row.split_values("shared_names"),
        codes=MappingProxyType(
            {scheme: row.split_values(scheme.replace("-", "_")) for scheme in CODE_SCHEMES}
        ),
        region=row["region"],
        sub_region=row["sub_region"],
    )


@cache
def get_areas() -> Mapping[tuple[str, str], AreaCode]:
    """Return every code of an area other than a country, by scheme and code."""
    rows = index_rows(read_rows("areas.csv"), "scheme", "code").values()
    return MappingProxyType(
        {
            (row["scheme"], row["code"]): AreaCode(row["scheme"], row["code"], row["label"])
            for row in rows
        }
    )


@cache
def get_country_codes(scheme: str) -> Mapping[str, str]:
    """Return ISO3 by code in a scheme; raise VocabularyDataError for a code used twice."""
    found: dict[str, str] = {}
    for row in read_rows("countries.csv"):
        for code in row.split_values(scheme.replace("-", "_")):
            if code in found:
                raise row.make_error(f"the {scheme} code {code!r} is also that of {found[code]}")
            found[code] = row["iso3"]
    if scheme == "cameo":
        _add_newer_cameo(found)
    return MappingProxyType(found)


def _add_newer_cameo(found: dict[str, str]) -> None:
    # CAMEO froze some codes before ISO changed them (ROM, TMP) and never listed the youngest
    # states (SSD); coders since have written the ISO code there, and it means nothing else.
    taken = {code for scheme, code in get_areas() if scheme == "cameo"}
    for iso3 in get_countries():
        if iso3 not in taken:
            found.setdefault(iso3, iso3)


@cache
def get_country_names() -> Mapping[str, tuple[str, ...]]:
    """Return ISO3 by folded name: one country, or several if the name is shared."""
    found: dict[str, tuple[str, ...]] = {}
    for row in read_rows("countries.csv"):
        for name in (row["name"], *row.split_values("aliases")):
            holder = found.setdefault(make_name_key(name), (row["iso3"],))
            if holder != (row["iso3"],):
                raise row.make_error(f"the name {name!r} is also that of {holder[0]}")
    for row in read_rows("countries.csv"):
        for name in row.split_values("shared_names"):
            key = make_name_key(name)
            found[key] = (*found.get(key, ()), row["iso3"])
    return MappingProxyType(found)


COUNTRIES = tuple(get_countries())
for _scheme in CODE_SCHEMES:
    get_country_codes(_scheme)
get_country_names()
