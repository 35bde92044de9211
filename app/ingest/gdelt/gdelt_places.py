"""The place of an event: GDELT's ActionGeo, whose countries are FIPS codes."""

from functools import lru_cache
from typing import NamedTuple

from app.ingest.reading.import_format import BadRow, RowWarning
from app.ingest.row_parsing.cell_parsing import read_point
from app.ingest.row_parsing.name_parsing import find_country_by_code, make_single_line
from app.record.content import LocationContent
from app.vocab.countries import get_areas

TYPE, NAME, COUNTRY = "ActionGeo_Type", "ActionGeo_FullName", "ActionGeo_CountryCode"
ADM1, LATITUDE, LONGITUDE = "ActionGeo_ADM1Code", "ActionGeo_Lat", "ActionGeo_Long"
PLACE_COLUMNS = (TYPE, NAME, COUNTRY, ADM1, LATITUDE, LONGITUDE)

NOWHERE, STATE_OF_USA = ("", "0"), "2"
PRECISIONS = {"1": "country", "2": "admin1", "3": "city", "4": "city", "5": "admin1"}


class GdeltPlace(NamedTuple):
    """A place with its codes and warnings."""

    location: LocationContent
    codes: tuple[tuple[str, str], ...]
    warnings: tuple[RowWarning, ...]


@lru_cache(maxsize=8192)
def read_gdelt_place(cells: tuple[str, ...]) -> GdeltPlace | None:
    """Return the place in the cells of `PLACE_COLUMNS`, None for nowhere; raise BadRow."""
    named = dict(zip(PLACE_COLUMNS, cells, strict=True))
    kind = named[TYPE]
    if kind in NOWHERE:
        return None
    if kind not in PRECISIONS:
        raise BadRow(TYPE, kind, f"this is not 0 (nowhere) or one of {', '.join(PRECISIONS)}")
    precision = PRECISIONS[kind]
    warnings: list[RowWarning] = []
    point = read_point(named, LONGITUDE, LATITUDE)
    if point is None and precision == "city":
        warnings.append((LATITUDE, None, "no coordinates: only the country is kept"))
        precision = "country"
    code, name = named[COUNTRY], make_single_line(named[NAME])
    country = find_country_by_code("fips", code)
    if country is None and ("fips", code) not in get_areas():
        warnings.append((COUNTRY, code, "no country has this FIPS code; kept as a code"))
    location: LocationContent = {
        "name": name or None,
        "country": country,
        "admin1": _read_admin1(kind, name),
        "longitude": point and point[0],
        "latitude": point and point[1],
        "precision": precision,
    }
    codes = [("fips", code), ("fips-adm1", named[ADM1])]
    return GdeltPlace(location, tuple(pair for pair in codes if pair[1]), tuple(warnings))


def _read_admin1(kind: str, name: str) -> str | None:
    """Return the division between place and country: Umbria of Assisi, Umbria, Italy.

    A state of the USA comes first; a "(general)" division is ignored.
    """
    parts = name.removesuffix(", Republic Of").split(", ")
    division = parts[0] if kind == STATE_OF_USA else ", ".join(parts[1:-1])
    return None if division.endswith("(general)") else division or None
