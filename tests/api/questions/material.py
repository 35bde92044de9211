"""The material of generated records: every kind of date, place and name that is hard."""

from collections.abc import Mapping, Sequence
from typing import Any

DESK, ARCHIVE, VAULT = "desk", "archive", "vault"
DATASETS: Mapping[str, str] = {DESK: "public", ARCHIVE: "public", VAULT: "private"}

STATES = ("PRK", "RUS", "KOR", "USA", "CHN", "JPN", "FJI", "KIR")

ACTORS: Mapping[str, tuple[str, str, str | None]] = {
    "kim-jong-un": ("person", "Kim Jong Un", None),
    "vladimir-putin": ("person", "Vladimir Putin", None),
    "choe-son-hui": ("person", "최선희", None),
    "jose-perez": ("person", "José Pérez-Núñez", None),
    "rada-lodz": ("body", "Rada Łódzka", None),
    "wing-sixteen": ("armed-group", "Wing F-16", None),
    "tokyo-circle": ("organisation", "東京会議", None),
    "passer-by": ("person", "Passer By", None),
    "hidden-unit": ("armed-group", "Hidden Unit", VAULT),
}
"""Slug → kind, name, and the private dataset it is made for."""

SOURCES: Mapping[str, Mapping[str, Any]] = {
    "holding": {"kind": "other", "reliability": "F"},
    "gov-prk": {"kind": "government", "reliability": "D"},
    "wire-a": {"kind": "wire", "reliability": "A"},
    "wire-b": {"kind": "wire", "reliability": "B", "owner": "holding"},
    "paper-c": {"kind": "newspaper", "reliability": "C", "owner": "holding"},
    "agency-prk": {
        "kind": "state-media",
        "reliability": "D",
        "owner": "gov-prk",
        "speaks_for": "PRK",
    },
    "agency-rus": {"kind": "state-media", "reliability": "C", "speaks_for": "RUS"},
    "ministry-kor": {"kind": "government", "reliability": "B", "speaks_for": "KOR"},
    "coded": {"kind": "dataset", "reliability": "B"},
    "blog": {"kind": "other", "reliability": "E"},
    "hidden-paper": {"kind": "newspaper", "reliability": "B", "dataset": VAULT},
}

HIDDEN = {"hidden-unit", "hidden-paper", VAULT}
"""Records that only callers with access to the private dataset can see."""

NAMES = ("Kim Jong Un", "Kim Čong Ŭn", "東京会議", "Rada Łódzka", "Passer By")
"""Names of actors, some of which mean others, or nobody, at another moment."""

SPELLINGS: Mapping[str, str] = {
    "KP": "PRK",
    "North Korea": "PRK",
    "fips:KN": "PRK",
    "gw:731": "PRK",
    "Russian Federation": "RUS",
    "ru": "RUS",
    "Fiji": "FJI",
    "cow:732": "KOR",
}
"""Other ways to write a country in a question."""

TYPES = (
    "summit",
    "meeting",
    "missile-test",
    "recognition",
    "armed-clash",
    "withdrawal",
    "balloon-launch",
    "statement",
)
DETAILS: Mapping[str, Mapping[str, Any]] = {
    "summit": {"series": "kim-jong-un-putin", "ordinal": 3},
    "meeting": {"agenda": ["trade"], "ordinal": 1},
}
ROLES = ("host", "guest", "initiator", "target", "observer", "victim", "launcher", "mediator")
LIFECYCLES = ("planned", "ongoing", "occurred", "cancelled")
RELATIONS = ("follows", "part-of", "responds-to", "enables", "exchanged-for", "contradicts")
TAGS = ("nuclear", "north, east", "Ünïcode", "a", "A", "北", "🚀 launch", "x:y")
CODES = (("cameo", "042"), ("cameo", "0841"), ("plover", "CONSULT/visit"), ("acled", "état: 7"))

TITLE_PARTS = (
    "Putin visits Pyongyang",
    "Méco and Łódź sign",
    "F-16 over U.S. base",
    "KN-23 launched",
    "金正恩が平壌で会談",
    "Straße to Ålesund",
    "🚀🚀 rocket day",
    "O'Neill’s talks",
    "kn23 reported again",
    "the visit",
    "THE VISIT",
    "Ĳssel ﬁne",
    "missile missiles Missile",
    '"quoted" * -minus',
    "Ελλάδα Σίσυφος",
    "zzz_end of all",
)
SUMMARIES = (
    None,
    None,
    "Putin and Kim met at the airport.\nThey spoke of F-16 and KN-23 missiles.",
    "平壌の空港で",
    "Talks about Łódź; the visit was short",
    "",
)
PLACE_NAMES = ("Pyongyang", "Ťahanovce", "Taveuni", "平壌", "Amundsen–Scott", None)

DAYS = tuple(f"2024-06-{day:02}" for day in (10, 11, 12, 18, 18, 18, 19, 30))
DATES = (
    "2024",
    "2024-06",
    "2024-05",
    "2024-22",
    "202X",
    "19XX",
    "2024-06-18T10:00:00+09:00",
    "2024-06-18T23:59:59Z",
    "2024-05~",
    "2024-06-12?",
    "2024-06%",
    "2023~",
    "2024-06-XX",
    "2024-XX-XX",
    "2024-06-18/2024-06-19",
    "2024-06-18/2024-07-19",
    "2024-06-18/2024-07-20",
    "2024-05-18/2024-06-18",
    "2024-05-17/2024-06-18",
    "2021-03/2024-09",
    "1950-06-25/1953-07-27",
    "2024-01/..",
    "2024-06-12/..",
    "../2023-05",
    "../2024-06-18",
    "2024-02-10/",
    "/2024-06-12",
    "2024-05~/2024-06-12",
    "2024-06-10/2024-06?",
    "0001-01-01",
    "9999-12-31",
    "2024-02-29",
    "2023-12-31/2024-01-01",
)

PLACES: Sequence[tuple[float, float]] = (
    (180.0, -16.5),
    (-180.0, -16.5),
    (180.0, 0.0),
    (-180.0, 0.0),
    (179.999, -17.0),
    (-179.999, -17.0),
    (179.0, -16.0),
    (-179.0, -16.0),
    (180.0, 90.0),
    (0.0, 90.0),
    (123.4, -90.0),
    (-180.0, -90.0),
    (10.0, 89.9),
    (-170.0, 89.9),
    (0.0, 0.0),
    (-0.0, -0.0),
    (125.75, 39.03),
    (125.75, 39.03),
    (126.0, 38.0),
    (131.0, 43.0),
    (-120.0, 40.0),
    (-180.0, 66.0),
    (180.0, 66.0),
)
BOXES = (
    "170,-20,180,-10",
    "-180,-20,-170,-10",
    "170,-20,-170,-10",
    "180,-90,180,90",
    "-180,-90,-180,90",
    "180,-20,-180,-10",
    "180,-20,-179.5,-10",
    "179.5,-20,-180,-10",
    "-180,-90,180,90",
    "-180,60,180,90",
    "0,0,0,0",
    "124,37.5,131,43",
    "100,-90,-100,90",
    "1,-90,0,90",
)

FATALITIES: Sequence[tuple[int | None, int | None, int | None] | None] = (
    None,
    None,
    (0, 0, 0),
    (None, 0, None),
    (None, 5, None),
    (30, 38, 50),
    (None, None, 3),
    (1, None, None),
    (5, 5, 5),
    (2_000_000_000, 2_000_000_000, 2_000_000_000),
)

MADE_ON = (
    None,
    "2024-06-01",
    "2024-06-10",
    "2024-06-12",
    "2024-06-12",
    "2024-06-12~",
    "2024-06-13",
    "2024-06",
    "2024",
    "2024-05/2024-07",
    "2024-06/..",
    "2024-07-01",
    "2019-02-28",
    "2024-06-30T08:00:00+09:00",
    "2025-01-01",
)
KNOWN_DAYS = (
    "2019-02-27",
    "2019-02-28",
    "2024-05-31",
    "2024-06-10",
    "2024-06-11",
    "2024-06-12",
    "2024-06-30",
    "2024-07-31",
    "2024-12-31",
    "2025-01-01",
    "9999-12-31",
)
RETRACTED_ON = (
    None,
    None,
    None,
    None,
    None,
    "2024-06-12",
    "2024-06-20",
    "2024-06-05",
    "2025-02-01",
)
BASES = (
    "official-statement",
    "media-report",
    "anonymous-official",
    "observation",
    "document",
    "dataset-coding",
)
