"""Rows of events as the database gives them, to make columns of."""

from typing import Any
from uuid import UUID

from app.aggregate.columns.event_columns import NUMBERS, TEXTS
from app.values.ids import compute_day_floor

HALF = 1 << 64


def a_row(number: int, day: int = 738_000, **given: Any) -> tuple[Any, ...]:
    """Return a row; `taking` and `terms` are JSON."""
    row: dict[str, Any] = {
        **dict.fromkeys(NUMBERS, 0),
        **dict.fromkeys(TEXTS, "any"),
        "order_key": compute_day_floor(day) + number % HALF,
        "latest_day": day,
        **given,
    }
    listed = (given.get("taking", "[]"), given.get("terms", "[]"))
    return (UUID(int=number), *(row[name] for name in (*NUMBERS, *TEXTS)), *listed)
