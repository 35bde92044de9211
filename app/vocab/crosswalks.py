"""Crosswalks from foreign event codes to our event types; unknown codes are never refused.

CAMEO names, numbers and quad classes and the PLOVER and ACLED class names are facts; the types that
we map them to are our own work. The CAMEO → PLOVER table is the Open Event Data Alliance's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from app.vocab.event_types import get_event_types
from app.vocab.loader import DataRow, VocabularyDataError, index_rows, read_rows

UNMAPPED = "other"


@dataclass(frozen=True)
class CameoCode:
    """A CAMEO event code as GDELT lists it; `quad_class` is GDELT's 1–4."""

    code: str
    name: str
    root: str
    quad_class: int
    type: str


@dataclass(frozen=True)
class PloverClass:
    """A PLOVER event type (upper case), its mode or "", and, from CAMEO, its contexts."""

    event: str
    mode: str
    contexts: tuple[str, ...] = ()


def _read_types(file: str, *columns: str) -> Mapping[str, str]:
    rows = index_rows(read_rows(file), *columns)
    return MappingProxyType({key: _read_known_type(row) for key, row in rows.items()})


def _read_known_type(row: DataRow) -> str:
    return row.read_choice("type", get_event_types(), "event type")


@cache
def get_cameo_codes() -> Mapping[str, CameoCode]:
    """Return every CAMEO event code (310: 20 roots, 146 of three digits, 144 of four)."""
    types = _read_types("cameo_types.csv", "code")
    rows = index_rows(read_rows("cameo.csv"), "code")
    if missing := sorted(rows.keys() ^ types.keys()):
        raise VocabularyDataError(
            f"cameo_types.csv and cameo.csv do not both hold {', '.join(missing)}"
        )
    return MappingProxyType(
        {
            code: CameoCode(code, row["name"], row["root"], int(row["quad_class"]), types[code])
            for code, row in rows.items()
        }
    )


@cache
def get_plover_types() -> Mapping[tuple[str, str], str]:
    """Return our type by PLOVER event type and mode; the mode is "" for the type itself."""
    rows = index_rows(read_rows("plover.csv"), "event", "mode").values()
    return MappingProxyType({(row["event"], row["mode"]): _read_known_type(row) for row in rows})


@cache
def get_acled_types() -> Mapping[tuple[str, str], str]:
    """Return our type by ACLED event type and sub-event type, "" for the type itself."""
    rows = index_rows(read_rows("acled_types.csv"), "event_type", "sub_event_type").values()
    return MappingProxyType(
        {(row["event_type"], row["sub_event_type"]): _read_known_type(row) for row in rows}
    )


@cache
def get_ucdp_types() -> Mapping[str, str]:
    """Return our type by UCDP type of violence (1 state-based, 2 non-state, 3 one-sided)."""
    return _read_types("ucdp_types.csv", "type_of_violence")


@cache
def get_ucdp_labels() -> Mapping[str, str]:
    """Return the label of each UCDP type of violence."""
    rows = index_rows(read_rows("ucdp_types.csv"), "type_of_violence")
    return MappingProxyType({code: row["label"] for code, row in rows.items()})


@cache
def _get_cameo_plover() -> Mapping[str, PloverClass]:
    rows = index_rows(read_rows("cameo_plover.csv"), "code")
    for row in rows.values():
        if (row["plover_event"], row["plover_mode"]) not in get_plover_types():
            raise row.make_error(f"unknown PLOVER class {row['plover_event']}/{row['plover_mode']}")
    return MappingProxyType(
        {
            code: PloverClass(
                row["plover_event"], row["plover_mode"], row.split_values("plover_context")
            )
            for code, row in rows.items()
        }
    )


LONGEST_CAMEO = 4
"""Digits of the longest known codes."""


def classify_cameo(code: str) -> str:
    """Return our type for a CAMEO code: its own, or that of its longest known prefix, or other."""
    for length in range(min(len(code), LONGEST_CAMEO), 1, -1):
        known = get_cameo_codes().get(code[:length])
        if known:
            return known.type
    return UNMAPPED


def convert_cameo_to_plover(code: str) -> PloverClass | None:
    """Return the PLOVER class of a CAMEO code; None for the 39 codes without one."""
    return _get_cameo_plover().get(code)


def classify_plover(event: str, mode: str | None = None) -> str:
    """Return our type for a PLOVER event type and mode, or for the event type, or other."""
    event = event.strip().upper()
    exact = get_plover_types().get((event, (mode or "").strip().lower()))
    return exact or get_plover_types().get((event, ""), UNMAPPED)


def classify_acled(sub_event_type: str, event_type: str = "") -> str:
    """Return our type for an ACLED sub-event type, or for its event type, or other."""
    return _index_acled_sub_types().get(
        sub_event_type.strip().casefold(),
        _index_acled_event_types().get(event_type.strip().casefold(), UNMAPPED),
    )


@cache
def _index_acled_sub_types() -> Mapping[str, str]:
    return {sub.casefold(): kind for (_, sub), kind in get_acled_types().items() if sub}


@cache
def _index_acled_event_types() -> Mapping[str, str]:
    return {event.casefold(): kind for (event, sub), kind in get_acled_types().items() if not sub}


def classify_ucdp(type_of_violence: str) -> str:
    """Return our type for a UCDP type of violence, `1`, `2` or `3`; other for anything else."""
    return get_ucdp_types().get(type_of_violence.strip(), UNMAPPED)


@cache
def list_foreign_codes(event_type: str) -> Mapping[str, tuple[str, ...]]:
    """Return every foreign code of a type, by scheme: the crosswalks in reverse."""
    tables: dict[str, dict[str, str]] = {
        "cameo": {code: known.type for code, known in get_cameo_codes().items()},
        "plover": {_join_pair(pair): kind for pair, kind in get_plover_types().items()},
        "acled": {_join_pair(pair): kind for pair, kind in get_acled_types().items()},
        "ucdp": dict(get_ucdp_types()),
    }
    return MappingProxyType(
        {
            scheme: tuple(code for code, kind in table.items() if kind == event_type)
            for scheme, table in tables.items()
        }
    )


def _join_pair(pair: tuple[str, str]) -> str:
    return "/".join(part for part in pair if part)


def _check_representatives() -> None:
    known = {
        "cameo": set(get_cameo_codes()),
        "plover": {_join_pair(pair) for pair in get_plover_types()},
        "acled": {sub for _, sub in get_acled_types() if sub},
        "ucdp": set(get_ucdp_types()),
    }
    for row in read_rows("event_types.csv"):
        for scheme, codes in known.items():
            if strange := [code for code in row.split_values(scheme) if code not in codes]:
                raise row.make_error(f"unknown {scheme} code {strange[0]!r}")


_get_cameo_plover()
_check_representatives()
