"""Ranges of parameters: of each pair of bounds the lower one comes first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationInfo
from pydantic_core import PydanticCustomError

from app.values.dates import format_day

STORED_CONTEXT: Mapping[str, bool] = {"stored": True}
"""The validation context of a question that was stored: it was allowed by the rules of then."""


@dataclass(frozen=True, slots=True)
class ParameterRange:
    """Two parameters that bound a range; `ends_before`: the upper bound is outside it."""

    lower: str
    upper: str
    ends_before: bool

    def check(self, query: BaseModel) -> None:
        """Refuse a range that holds nothing, naming both bounds."""
        lower, upper = getattr(query, self.lower), getattr(query, self.upper)
        if lower is None or upper is None or lower < upper:
            return
        if lower == upper and not self.ends_before:
            return
        show: Callable[[int], Any] = format_day if self.ends_before else str
        first, last = f"{self.lower}={show(lower)}", f"{self.upper}={show(upper)}"
        raise PydanticCustomError(
            "empty-range",
            "nothing lies between {first} and {last}: {field} must be {more} than {lower}",
            {
                "first": first,
                "last": last,
                "field": self.upper,
                "lower": self.lower,
                "more": "later" if self.ends_before else "no less",
            },
        )


def is_stored(info: ValidationInfo) -> bool:
    """Whether what is validated was stored before."""
    return info.context is STORED_CONTEXT


def get_ranges(model: type[BaseModel]) -> tuple[ParameterRange, ...]:
    """The ranges that a model's parameters bound, by what they are called."""
    known = _RANGES.get(model)
    if known is None:
        names = model.model_fields
        pairs = [("since", "until", True)]
        pairs += [(name, f"{name[:-4]}_max", False) for name in names if name.endswith("_min")]
        known = _RANGES[model] = tuple(
            ParameterRange(*pair) for pair in pairs if pair[0] in names and pair[1] in names
        )
    return known


_RANGES: dict[type[BaseModel], tuple[ParameterRange, ...]] = {}
