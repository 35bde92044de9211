"""Facets: of each dimension the values that most events have."""

from typing import Any

from app.aggregate.grouping import Grouping, Tally

OTHER = "other"


def facet_of(grouping: Grouping, tally: Tally, top: int) -> list[dict[str, Any]]:
    """The `top` values with most events, then all others as one, then those without a value.

    The item of the others says in `values` how many they are, and is the only one that does.
    """
    (dimension,) = grouping.dimensions
    ranked = sorted(
        ((value, numbers[0] or 0) for (value,), numbers in tally.items() if value is not None),
        key=lambda each: (-each[1], each[0]),
    )
    found: list[dict[str, Any]] = [
        {"value": dimension.written(value), "count": count} for value, count in ranked[:top]
    ]
    beyond = ranked[top:]
    if beyond:
        count = sum(count for _, count in beyond)
        found.append({"value": OTHER, "count": count, "values": len(beyond)})
    if (None,) in tally:
        found.append({"value": None, "count": tally[(None,)][0]})
    return found
