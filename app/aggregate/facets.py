"""Facets: of each dimension the values that most events have."""

from typing import Any

from app.aggregate.grouping import GroupCounts, Grouping


def build_facet(grouping: Grouping, tally: GroupCounts, top: int) -> dict[str, Any]:
    """The `top` values with most events, then those without a value; and how much lies beyond.

    Gives `{"items": [{"value", "count"}], "rest": {"values", "count"} or None}`: what lies beyond
    the top is never a value, since any word for it could be one.
    """
    (dimension,) = grouping.dimensions
    ranked = sorted(
        ((value, numbers[0] or 0) for (value,), numbers in tally.items() if value is not None),
        key=lambda each: (-each[1], each[0]),
    )
    items: list[dict[str, Any]] = [
        {"value": dimension.written(value), "count": count} for value, count in ranked[:top]
    ]
    if (None,) in tally:
        items.append({"value": None, "count": tally[(None,)][0]})
    beyond = [count for _, count in ranked[top:]]
    return {
        "items": items,
        "rest": {"values": len(beyond), "count": sum(beyond)} if beyond else None,
    }
