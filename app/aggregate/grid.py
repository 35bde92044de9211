"""A map's cells: how many events lie in each."""

from dataclasses import dataclass
from typing import Any

from app.aggregate.dimensions import GridDimension
from app.aggregate.grouping import GroupCounts, Grouping
from app.errors import Fault, Invalid

LARGEST_CELL = 45.0
MOST_ZOOM = 14
MOST_CELLS = 20_000


@dataclass(frozen=True)
class MapGrid:
    """Cells of `degrees` by `degrees`, counted from -180 and -90."""

    zoom: int

    @property
    def degrees(self) -> float:
        """The size of a cell: 45 degrees, halved with each zoom; an eighth of a map's tile."""
        return LARGEST_CELL / 2**self.zoom  # type: ignore[no-any-return]  # a power of an int

    @property
    def grouping(self) -> Grouping:
        """By column and row."""
        return Grouping(
            (
                GridDimension("longitude", start=-180, size=self.degrees),
                GridDimension("latitude", start=-90, size=self.degrees),
            )
        )

    def cells(self, tally: GroupCounts) -> dict[str, Any]:
        """Each cell that is not empty, by its middle, and how many events have no place."""
        unplaced = tally.get((None, None), (0,))[0]
        placed = [
            (int(column), int(row), numbers[0])
            for (column, row), numbers in tally.items()
            if column is not None and row is not None
        ]
        if len(placed) > MOST_CELLS:
            raise _make_size_error(len(placed))
        cells = [
            {
                "longitude": (column + 0.5) * self.degrees - 180,
                "latitude": (row + 0.5) * self.degrees - 90,
                "count": count,
            }
            for column, row, count in sorted(placed, key=lambda each: (each[1], each[0]))
        ]
        return {"cells": cells, "unplaced": unplaced, "degrees": self.degrees}


def _make_size_error(found: int) -> Invalid:
    detail = f"{found:,} cells are too many, the most is {MOST_CELLS:,}; zoom out, or give a bbox"
    return Invalid(detail, Fault(code="too-much", detail=detail, parameter="zoom"))
