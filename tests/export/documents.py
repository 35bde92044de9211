"""Two stored documents: one with every field, one with as few as possible."""

from typing import Any

import orjson

from app.record.content import EventContent
from app.record.document import RevisionInfo, encode_document, make_event_document
from app.record.verification import verify_event
from app.values.ids import make_record_id

AT = 1_718_150_400_000_000
"""2024-06-12 in microseconds."""

FULL: EventContent = {
    "dataset": "russia-dprk",
    "external_id": "visit;2024",
    "type": "summit",
    "title": '=Putin "visits" Pyongyang, again',
    "summary": "First line\nsecond line; with a ü",
    "date": "2024-06-18/2024-06-19",
    "lifecycle": "occurred",
    "location": {
        "name": "Pyongyang",
        "country": "PRK",
        "admin1": None,
        "longitude": 125.75,
        "latitude": -39.03,
        "precision": "city",
    },
    "participants": [
        {"actor": "kim-jong-un", "for": "PRK", "role": "host"},
        {"actor": "RUS", "for": None, "role": "guest"},
    ],
    "details": {"series": "kim-jong-un-putin", "ordinal": 3},
    "fatalities": {"low": None, "best": 0, "high": 12},
    "codes": {"cameo": "042", "plover": "CONSULT/visit"},
    "tags": ["a;b", "c\\d", "@home"],
    "verification_override": {"status": "disputed", "reason": "-1 source"},
}
BARE: EventContent = {
    **FULL,
    "external_id": None,
    "title": "A meeting",
    "type": "meeting",
    "summary": None,
    "date": "2024~",
    "location": None,
    "participants": [],
    "details": None,
    "fatalities": None,
    "codes": {},
    "tags": [],
    "verification_override": None,
}
NAMES = {"kim-jong-un": "Kim Jong Un", "RUS": "Russia"}


def document(content: EventContent, **beside: Any) -> str:
    """The stored document of an event without claims; `beside` is added to it."""
    stamp = RevisionInfo(make_record_id("export", content["title"]), 2, AT, AT + 1)
    verdict = verify_event([], content["participants"], content["verification_override"])
    made = make_event_document(content, stamp, verdict, 0, NAMES)
    return orjson.dumps({**made, **beside}).decode() if beside else encode_document(made)


DOCUMENTS = [document(FULL), document(BARE)]
