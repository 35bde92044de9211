"""Parameters that many lists share: mixins from which query models are composed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.values.dates import format_day, parse_day
from app.values.timestamps import parse_timestamp

MAX_ITEMS = 10_000
INSTANT_SCHEMA = {"type": "string", "format": "date-time", "examples": ["2024-06-12T00:00:00Z"]}
DAY_SCHEMA = {"type": "string", "format": "date", "examples": ["2024-06-12"]}

STORED_CONTEXT: Mapping[str, bool] = {"stored": True}
"""The validation context of a stored query, which an earlier release accepted."""


@dataclass(frozen=True, slots=True)
class ParameterRange:
    """Two parameters that bound a range; `ends_before`: the upper bound is exclusive."""

    lower: str
    upper: str
    ends_before: bool

    def check(self, query: BaseModel) -> None:
        """Raise an error for an empty range, with both bounds."""
        lower, upper = getattr(query, self.lower), getattr(query, self.upper)
        if lower is None or upper is None or lower < upper:
            return
        if lower == upper and not self.ends_before:
            return
        show: Callable[[int], Any] = format_day if self.ends_before else str
        first, last = f"{self.lower}={show(lower)}", f"{self.upper}={show(upper)}"
        raise PydanticCustomError(
            "empty-range",
            "nothing is between {first} and {last}: {field} must be {more} than {lower}",
            {
                "first": first,
                "last": last,
                "field": self.upper,
                "lower": self.lower,
                "more": "later" if self.ends_before else "no less",
            },
        )


def is_stored(info: ValidationInfo) -> bool:
    """Return whether the validated query was stored before."""
    return info.context is STORED_CONTEXT


def get_ranges(model: type[BaseModel]) -> tuple[ParameterRange, ...]:
    """Return the ranges that a model's parameters bound, by their names."""
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


class QueryModel(BaseModel):
    """The parameters of one list; any other parameter is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _check_ranges(self, info: ValidationInfo) -> Self:
        """Check ranges, except in stored queries, to which stricter rules do not apply."""
        if not is_stored(info):
            for bounds in get_ranges(type(self)):
                bounds.check(self)
        return self


def make_parser(
    parse: Any, code: str, schema: dict[str, Any]
) -> tuple[BeforeValidator, WithJsonSchema]:
    """Make the validator and the schema of a parsed parameter; `parse` may raise ValueError."""

    def validate(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return parse(value)
        except ValueError as wrong:
            raise PydanticCustomError(code, "{reason}", {"reason": str(wrong)}) from None

    return BeforeValidator(validate), WithJsonSchema(schema)


_READ_DAY, _DAY_SCHEMA = make_parser(parse_day, "not-a-day", DAY_SCHEMA)
_READ_INSTANT, _INSTANT_SCHEMA = make_parser(parse_timestamp, "not-an-instant", INSTANT_SCHEMA)

DayNumber = Annotated[int, _READ_DAY, _DAY_SCHEMA]
"""A day as YYYY-MM-DD, read into its ordinal."""

Micros = Annotated[int, _READ_INSTANT, _INSTANT_SCHEMA]
"""An RFC 3339 instant, read into microseconds since the epoch."""


class PageParams(QueryModel):
    """The parameters of pages."""

    limit: int = Field(
        default=50, ge=1, le=MAX_ITEMS, description="The maximum number of items on a page."
    )
    cursor: str | None = Field(
        default=None,
        min_length=1,
        max_length=2000,
        pattern="^[A-Za-z0-9_-]+$",
        description="`next_cursor` of the previous page; it is valid for the same query only.",
        examples=["kQ3vJ0x2yZrAW251bGwsNF0"],
    )
    count: Literal["exact", "estimate", "none"] = Field(
        default="none",
        description="Count all items of the answer. Where counting is cheap, an"
        " estimate is exact too; `kind` in the answer says which.",
    )


_AS_OF_PATTERN = (
    "^(?:now|p[a-z2-7]{13}|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2}))$"
)


class AsOfParam(QueryModel):
    """The parameter of reads of the past."""

    as_of: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="Read the records as Annals held them at a time: an RFC 3339 instant, a"
        " position from the change feed or from an answer, or `now`, which pins a walk through the"
        " pages to one position. The answer names its position; a read at that position stays the"
        " same.",
        examples=["now"],
        json_schema_extra={"pattern": _AS_OF_PATTERN},
    )
