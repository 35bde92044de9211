"""The CQL2 standard's example expressions over our fields, each as its text and as its JSON."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import orjson

from tests.api.questions.filtering import Tree, Written
from tests.api.questions.history import History
from tests.api.questions.material import DESK
from tests.api.questions.records import Content

EXAMPLES: Mapping[str, Mapping[str, Any]] = orjson.loads(
    Path(__file__).parents[2].joinpath("query", "cql2", "examples.json").read_bytes()
)
Names = Mapping[str, str]

_PLACE = {"geometry": "location", "road": "location", "footprint": "location"}
_HOUSE = {
    "floors": "fatalities",
    "taxes": "fatalities",
    "owner": "title",
    "material": "summary",
    "swimming_pool": "details.delivered.estimated",
}
_SCENE = {
    "landsat:scene_id": "external_id",
    "landsat:wrs_row": "fatalities",
    "eo:instrument": "title",
    "eo:cloud_cover": "details.ordinal",
    "footprint": "location",
}
_SPAN = {
    "starts_at": "earliest_on",
    "ends_at": "latest_on",
    "touchdown": "earliest_on",
    "liftOff": "latest_on",
    "event_time": "date",
    "built": "latest_on",
}
_NUMBERS = {"value": "fatalities", "foo": "details.ordinal", "bar": "fatalities"}

RENAMED: Mapping[str, Names] = {
    "clause6_02a": {"city": "location.name"},
    "clause6_02c": {"balance": "fatalities"},
    "clause6_02d": {"updated": "updated_at"},
    "clause6_03": _PLACE,
    "clause7_01": {"name": "title"},
    "clause7_02": {"depth": "fatalities"},
    "clause7_03a": {"cityName": "location.name"},
    "clause7_03b": {"category": "fatalities"},
    "clause7_04": {"road_class": "title"},
    "clause7_05": {"etat_vol": "title"},
    "clause7_07": _PLACE,
    "clause7_10": _PLACE,
    "clause7_12": _SPAN,
    "clause7_13": _SPAN,
    "clause7_15": {"layer:ids": "tag"},
    "clause7_17": {},
    "clause7_19": {"vehicle_height": "fatalities", "bridge_clearance": "details.ordinal"},
    "example01": _SCENE,
    "example02": _SCENE,
    "example03": {"landsat:wrs_path": "tag"},
    "example04": {**_SCENE, "landsat:wrs_path": "fatalities"},
    "example05a": _SCENE,
    "example05b": _SCENE,
    "example06a": {**_SCENE, "landsat:wrs_path": "fatalities"},
    "example06b": {**_SCENE, "landsat:wrs_path": "fatalities"},
    "example07": _SCENE,
    "example08": {
        "beamMode": "title",
        "swathDirection": "summary",
        "polarization": "tag",
        "footprint": "location",
    },
    **{f"example{number:02}": _HOUSE for number in range(9, 20)},
    "example20": _SPAN,
    "example21": _SPAN,
    "example22": _SPAN,
    "example23": {},
    "example24": _PLACE,
    "example25": {**_HOUSE, **_PLACE},
    "example26": {"road_class": "title"},
    "example27": {"etat_vol": "title"},
    "example28": {"geophys:SURVEY_NAME": "title"},
    "example29": {},
    "example30": {},
    **{f"example{number}": _NUMBERS for number in (31, 32, 33, 34, 37, 38, 39, 41, 42, 44)},
    "example35": {"name": "title"},
    "example36": {"name": "title"},
    "example40": {"value": "tag"},
    "example43": {"name": "title", "value": "fatalities"},
    **{f"example{number}": {} for number in (45, 47, 48, 50, 51, 52, 53, 54, 58, 83, 84)},
    **{f"example{number}": _SPAN for number in (55, 56, 57, *range(59, 68))},
    "example70": {"owner": "title"},
    "example71": {"owner": "title"},
    **{f"example{number}": _NUMBERS for number in range(72, 76)},
    "example79": {"values": "tag"},
    "example80": {"values": "tag"},
    "example86": {"name": "title"},
}
"""Our field for each field of the examples; geometry, id and others have the same name."""

BEYOND: Mapping[str, str] = {
    "clause6_01": "avg is no function of ours, and no condition",
    "clause6_02b": "avg is no function of ours",
    "clause7_16": "two geometries, and no field",
    "clause7_18": "buffer is no function of ours",
    "example46": "a ring that crosses itself",
    "example49": "a hole outside its ring",
    "example68": "foo is no function",
    "example69": "bar is no function",
    "example76": "a field as an exponent",
    "example77": "the rest of a field's division",
    "example78": "a field's whole division",
    "example81": "a list of texts and truths",
    "example82": "a list of moments and truths",
    "example85": "a field as a base",
}
"""Examples that are parsed and then refused: not applicable to events, or beyond SQL's numbers."""


@dataclass(frozen=True)
class Example:
    """One spelling of an example, over our fields."""

    name: str
    filter: Written


def examples() -> Iterator[Example]:
    """Each spelling of those over our fields."""
    for name in EXAMPLES:
        base = name.partition("-")[0]
        if base in RENAMED:
            tree = _with_names(EXAMPLES[base]["json"], RENAMED[base])
            for spelling in _spellings(name, RENAMED[base]):
                yield Example(name, Written.of(tree, spelling))


def refused() -> Iterator[Example]:
    """Each spelling of the others."""
    for name in EXAMPLES:
        if name.partition("-")[0] in BEYOND:
            for spelling in _spellings(name, {**_NUMBERS, "values": "tag", "x": "fatalities"}):
                yield Example(name, Written.of(None, spelling))


def _spellings(name: str, names: Names) -> Iterator[str]:
    forms = EXAMPLES[name]
    if "text" in forms:
        yield _text_with_names(forms["text"], names)
    if "json" in forms:
        yield orjson.dumps(_with_names(forms["json"], names)).decode()


def _text_with_names(text: str, names: Names) -> str:
    """Replace field names, except inside single quotes."""
    words = "|".join(map(re.escape, names)) or "$^"
    pattern = re.compile(rf"'[^']*'|(?<![\w:])({words})(?![\w:])")
    return pattern.sub(lambda found: names[found[1]] if found[1] else found[0], text)


def _with_names(tree: Tree, names: Names) -> Tree:
    if isinstance(tree, list):
        return [_with_names(each, names) for each in tree]
    if isinstance(tree, dict) and "property" in tree:
        return {"property": names.get(tree["property"], tree["property"])}
    if isinstance(tree, dict):
        return {name: _with_names(each, names) for name, each in tree.items()}
    return tree


EVENTS = 120
_TITLES = (
    "Smithson", "OLI-2 sees smoke", "Mike", "mike and Jones", "foo", "food", "FOO fighters",
    "Straße", "ΟΔΟΣ", "debarquer", "Beyonce", "Somebody Else", "North of Calcutta",
    "ScanSAR Narrow",
)  # fmt: skip
_SUMMARIES = (None, "brick by brick", "brick", "ascending", "wood")
_TAGS = ("a", "b", "c", "layers-ca", "layers-us", "153", "HH+VV+HV+VH")
_PLACES = (
    ("Toronto", 36.319836, 32.288087), ("Frankfurt", -3.508362, -1.754181), ("Tokyo", 5.0, -5.0),
    (None, -117.95, 33.9), (None, -118.0, 34.0), (None, -77.04, 38.9), (None, 43.6, -79.4),
    (None, 144.022387, 45.176126), (None, -1.9, -0.99999), (None, 1.5, 8.547371),
    (None, 90.0, 89.0),
)  # fmt: skip
_DATES = (
    "1969-07-16/1969-07-24", "1969-07-17/1969-07-20", "1969-07-24", "2017-06-10/2017-06-11", "2014",
    "2012-06-06", "2000-01-01/2005-01-10", "2001/2004", "2005-01-10/2010-02-10", "2006-01/2009-03",
    "1991-10-07/2010-02-10", "1990/2010-02-10", "1995/2010-02-10", "1991-10-07/2011-01-01",
    "1991-10-07/2001-01-01", "1991-10-07/..", "1990/1992-01-01", "1991-12/1993", "2010-02-10/2012",
    "2010-10-07/2011", "1993/2011", "../1995", "2004/2010-10-07", "2000/2005-01-10", "2010-02-10",
    "1991-01-01/1992-10-09", "1980/2010-02-10", "2005-01-11/2010-02-09", "2009/2010-02-10",
)  # fmt: skip
_DEAD = (None, 0, 1, 2, 3, 4, 5, 6, 10, 15, 20, 28, 120, 150, 203, 400, 501)


def write_specimens() -> History:
    """Events that the examples tell apart."""
    history = History(Random(0))
    history.send("POST", "/v1/datasets", {"slug": DESK, "title": DESK, "visibility": "public"})
    contents = [_content(history) for _ in range(EVENTS)]
    history.send("POST", "/v1/events", contents)
    for content in contents:
        history.records.make_event(content, history.at)
    history.pause()
    return history


def _content(history: History) -> Content:
    choose, sample = history.random.choice, history.random.sample
    name, longitude, latitude = choose(_PLACES)
    place = {"name": name, "country": None, "admin1": None, "precision": "exact"}
    dead = choose(_DEAD)
    kind, details = choose(
        (
            ("summit", {"ordinal": choose((1, 2, 7, 15))}),
            ("arms-transfer", {"delivered": {"value": 3, "estimated": choose((True, False))}}),
            ("arms-transfer", {"delivered": {"value": 3}}),
            ("statement", None),
        )
    )
    return {
        "dataset": DESK,
        "external_id": choose(("LC82030282019133LGN0", "other ")) + str(history.number()),
        "type": kind,
        "title": choose(_TITLES),
        "summary": choose(_SUMMARIES),
        "date": choose(_DATES),
        "lifecycle": "occurred",
        "location": choose((None, {**place, "longitude": longitude, "latitude": latitude})),
        "participants": [],
        "details": details,
        "fatalities": None if dead is None else {"low": None, "best": dead, "high": None},
        "codes": {},
        "tags": sample(_TAGS, choose((0, 1, 3))),
        "verification_override": None,
    }
