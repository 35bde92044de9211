"""Columns made all at once, compared with rows made one by one and with the `csv` module."""

import csv
import io
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from app.export.formats.csv import WRITER
from app.export.table_columns import COLUMNS, write_list_cell, write_text_cell
from app.export.text_columns import NUMBER_COLUMNS
from app.export.writer import RenderOptions
from app.record.content import EventContent
from tests.export.documents import BARE, FULL, document

TEXTS = st.text("a,\";\\\r\n=-@'ü ", max_size=4)
NAMED = st.lists(st.text('b;\\," ', min_size=1, max_size=3), max_size=3)
NUMBER = st.none() | st.integers(-(10**9), 10**9)
DEGREES = NUMBER | st.floats(-180, 180)


@st.composite
def contents(draw: st.DrawFn) -> EventContent:
    """An event with anything in the fields that can hold anything."""
    kept: EventContent = draw(st.sampled_from([FULL, BARE]))
    location: Any = {
        **(FULL["location"] or {}),
        "name": draw(st.none() | TEXTS),
        "longitude": draw(DEGREES),
        "latitude": draw(DEGREES),
    }
    changed: Any = {
        "title": draw(TEXTS),
        "summary": draw(st.none() | TEXTS),
        "location": draw(st.none() | st.just(location)),
        "details": draw(st.none() | st.dictionaries(TEXTS, TEXTS, max_size=2)),
        "fatalities": draw(st.none() | st.just({"low": 1, "best": draw(NUMBER), "high": None})),
        "codes": dict.fromkeys(draw(NAMED), draw(TEXTS)),
        "tags": draw(NAMED),
    }
    return {**kept, **changed}


def cells(event: dict[str, Any]) -> list[Any]:
    """The cells of one event, one by one."""
    flat = dict(event)
    flat["summary"] = write_text_cell(event["summary"])
    for field, prefix in (("fatalities", "fatalities_"), ("claims", "claims_"), ("location", "")):
        flat |= {prefix + part: value for part, value in (event[field] or {}).items()}
    override, place = event["verification_override"] or {}, event["location"] or {}
    flat |= {f"override_{part}": value for part, value in override.items()}
    flat |= {f"location_{part}": place.get(part) for part in ("name", "precision")}
    parts = {"actors": "actor", "names": "name", "for": "for", "roles": "role"}
    for column, part in parts.items():
        listed = [each[part] or "" for each in event["participants"]]
        flat[f"participant_{column}"] = write_list_cell(listed)
    details = event["details"]
    flat["details"] = None if details is None else orjson.dumps(details).decode()
    flat["codes"] = write_list_cell([f"{scheme}:{code}" for scheme, code in event["codes"].items()])
    flat["tags"] = write_list_cell(event["tags"])
    return [flat.get(name) for name in COLUMNS]


@given(st.lists(contents(), min_size=1, max_size=4), st.text('b;\\,"', min_size=1, max_size=3))
def test_the_bytes_are_those_of_rows_one_by_one(contents: list[EventContent], name: str) -> None:
    documents = [
        document(each).replace("Russia", orjson.dumps(name).decode()[1:-1]) for each in contents
    ]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([cells(orjson.loads(d)) for d in documents])
    assert WRITER.write_batch(documents, started=True).decode() == text.getvalue()


def test_a_single_empty_cell_is_a_line_too() -> None:
    only = WRITER.with_options(RenderOptions(fields=frozenset({"external_id"})))
    assert only.write_batch([document(BARE)], started=True) == b'""\r\n'


def test_numbers_are_columns() -> None:
    assert set(COLUMNS) >= NUMBER_COLUMNS
