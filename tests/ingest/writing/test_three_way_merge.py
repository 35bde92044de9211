"""The three-way merge, field by field."""

from typing import Any

import pytest

from app.ingest.writing.three_way_merge import merge_fields

BASE: dict[str, Any] = {
    "title": "A",
    "codes": {"ucdp": "1"},
    "details": {"deaths_a": 1},
    "tags": [],
    "location": {"name": "X", "country": "SYR"},
}


@pytest.mark.parametrize(
    ("new", "held", "content", "conflicts"),
    [
        ({}, {}, {}, []),
        ({"title": "B"}, {}, {"title": "B"}, []),
        ({}, {"title": "C"}, {"title": "C"}, []),
        ({"title": "B"}, {"title": "B"}, {"title": "B"}, []),
        ({"title": "B"}, {"title": "C"}, {"title": "C"}, [("title", "B")]),
        ({"title": "B"}, {"tags": ["t"]}, {"title": "B", "tags": ["t"]}, []),
        (
            {"location": {"name": "Y", "country": "SYR"}},
            {"location": {"name": "X", "country": "IRQ"}},
            {"location": {"name": "X", "country": "IRQ"}},
            [("location", {"name": "Y", "country": "SYR"})],
        ),
        (
            {"codes": {"ucdp": "2"}},
            {"codes": {"ucdp": "1", "cameo": "190"}},
            {"codes": {"ucdp": "2", "cameo": "190"}},
            [],
        ),
        (
            {"details": {"deaths_a": 2}},
            {"details": {"deaths_a": 3, "means": "artillery"}},
            {"details": {"deaths_a": 3, "means": "artillery"}},
            [("details.deaths_a", 2)],
        ),
        (
            {"details": {}},
            {"details": {"deaths_a": 1, "means": "x"}},
            {"details": {"means": "x"}},
            [],
        ),
        (
            {"details": {}},
            {"details": {"deaths_a": 4}},
            {"details": {"deaths_a": 4}},
            [("details.deaths_a", None)],
        ),
        (
            {"details": {"deaths_a": 2}},
            {"details": None},
            {"details": None},
            [("details.deaths_a", 2)],
        ),
    ],
)
def test_merge(
    new: dict[str, Any],
    held: dict[str, Any],
    content: dict[str, Any],
    conflicts: list[tuple[str, Any]],
) -> None:
    merged = merge_fields(BASE, {**BASE, **new}, {**BASE, **held})
    assert merged.content == {**BASE, **content}
    assert merged.conflicts == conflicts
