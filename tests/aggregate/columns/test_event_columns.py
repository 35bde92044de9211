"""Events as columns: finding them by their ids, marking them replaced, their months."""

from uuid import UUID

import numpy as np

from app.aggregate.columns.event_columns import EventColumns, make_event_columns
from app.values.dates import OPEN_END, OPEN_START
from tests.aggregate.columns.rows import HALF, a_row


def live_places(block: EventColumns) -> list[int]:
    """Return the places of live events."""
    return list(range(len(block))) if block.live is None else np.flatnonzero(block.live).tolist()


def test_events_are_found_by_their_ids_also_where_the_first_halves_are_equal() -> None:
    numbers = [5, HALF + 5, HALF + 6, HALF + 7, 3 * HALF]
    block = make_event_columns([a_row(number) for number in reversed(numbers)])
    for place, number in enumerate(numbers):
        assert block.locate([UUID(int=number)]).tolist() == [place]
    assert block.locate([UUID(int=6), UUID(int=2 * HALF)]).tolist() == []
    without = block.mark_replaced([UUID(int=HALF + 6), UUID(int=9)])
    assert live_places(without) == [0, 1, 3, 4]
    assert live_places(block) == [0, 1, 2, 3, 4]
    assert live_places(without.mark_replaced([UUID(int=5)])) == [1, 3, 4]


def test_a_block_of_nothing() -> None:
    block = make_event_columns([])
    assert len(block) == 0
    assert block.mark_replaced([UUID(int=1)]) is block


def test_months_of_open_ends_are_none_of_any_year() -> None:
    day = 738_000
    block = make_event_columns([a_row(1, OPEN_START), a_row(2, day, latest_day=OPEN_END)])
    assert block.columns["first_month"].tolist() == [-12_000, 2021 * 12 + 6]
    assert block.columns["last_month"].tolist() == [-12_000, -24_000]
