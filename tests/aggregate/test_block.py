"""Blocks: events as columns, in memory and in files."""

from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from app.aggregate.columns.column_store import load_columns, save_columns
from app.aggregate.columns.event_columns import NUMBERS, TEXTS, EventColumns, make_event_columns
from app.values.dates import OPEN_END, OPEN_START
from app.values.ids import compute_day_floor

HALF = 1 << 64


def a_row(number: int, day: int = 738_000, **given: Any) -> tuple[Any, ...]:
    """A row as the database gives it."""
    row: dict[str, Any] = {
        **dict.fromkeys(NUMBERS, 0),
        **dict.fromkeys(TEXTS, "any"),
        "order_key": compute_day_floor(day) + number % HALF,
        "latest_day": day,
        **given,
    }
    listed = (given.get("taking", "[]"), given.get("terms", "[]"))
    return (UUID(int=number), *(row[name] for name in (*NUMBERS, *TEXTS)), *listed)


def live_places(block: EventColumns) -> list[int]:
    """Where live events stand."""
    return list(range(len(block))) if block.live is None else np.flatnonzero(block.live).tolist()


def test_events_are_found_by_their_ids_also_where_the_first_halves_are_equal() -> None:
    numbers = [5, HALF + 5, HALF + 6, HALF + 7, 3 * HALF]
    block = make_event_columns([a_row(number) for number in reversed(numbers)])
    for place, number in enumerate(numbers):
        assert block.places_of([UUID(int=number)]).tolist() == [place]
    assert block.places_of([UUID(int=6), UUID(int=2 * HALF)]).tolist() == []
    without = block.without([UUID(int=HALF + 6), UUID(int=9)])
    assert live_places(without) == [0, 1, 3, 4]
    assert live_places(block) == [0, 1, 2, 3, 4]
    assert live_places(without.without([UUID(int=5)])) == [1, 3, 4]


def test_a_block_of_nothing() -> None:
    block = make_event_columns([])
    assert len(block) == 0
    assert block.without([UUID(int=1)]) is block


def test_months_of_open_ends_are_none_of_any_year() -> None:
    day = 738_000
    block = make_event_columns([a_row(1, OPEN_START), a_row(2, day, latest_day=OPEN_END)])
    assert block.columns["first_month"].tolist() == [-12_000, 2021 * 12 + 6]
    assert block.columns["last_month"].tolist() == [-12_000, -24_000]


def test_files_hold_what_was_saved_and_the_newest_counts(tmp_path: Path) -> None:
    older, newer = (
        make_event_columns([a_row(1)]),
        make_event_columns([a_row(1), a_row(2, country=None)]),
    )
    assert load_columns(tmp_path / "none") is None
    save_columns(tmp_path, 1, 100, older)
    mapped = load_columns(tmp_path)
    save_columns(tmp_path, 1, 200, newer)
    assert mapped is not None
    assert len(mapped[2]) == 1, "who has the older files open keeps them"
    found = load_columns(tmp_path, newer_than=100)
    assert found is not None
    epoch, position, block = found
    assert (epoch, position, len(block)) == (1, 200, 2)
    assert [block.values["country"][code] for code in block.columns["country"]] == ["any", None]
    assert all((block.columns[name] == newer.columns[name]).all() for name in newer.columns)
    assert load_columns(tmp_path, newer_than=200) is None
    assert len([*tmp_path.iterdir()]) == 1
