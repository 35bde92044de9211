"""Field types of details: short texts, years, numbers that may be estimates."""

from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

MOST_ITEMS = 200
LARGEST = 1_000_000_000_000
_PRINTABLE = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F]*$"


ShortText = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_PRINTABLE)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=5000, pattern=_PRINTABLE)]
ShortTexts = Annotated[list[ShortText], Field(min_length=1, max_length=MOST_ITEMS)]
Year = Annotated[int, Field(ge=1000, le=9999)]
Years = Annotated[list[Year], Field(min_length=1, max_length=MOST_ITEMS)]
DetailCount = Annotated[int, Field(ge=0, le=1_000_000_000)]
Ordinal = Annotated[int, Field(ge=1, le=10_000)]

# A union keeps 10 an integer and 2.5 a float, so that what was sent is what is stored; the
# schema says `number`, which is what a client sees.
Amount = Annotated[
    int | float,
    Field(ge=0, le=LARGEST, allow_inf_nan=False),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": LARGEST}),
]


class Details(BaseModel):
    """Fields that only events of some types have. Types are exact: `"3"` is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True, validate_by_name=False)


class Figure(Details):
    """A number and whether it is an estimate."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"value": 50, "estimated": True}]})

    value: Amount = Field(description="The number.", examples=[50])
    estimated: bool = Field(
        default=False, description="Whether the number is an estimate.", examples=[True]
    )


class Range(Details):
    """A number as one value, or as its lower and upper bounds."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"low": 70, "high": 280, "estimated": True}]}
    )

    value: Amount | None = Field(default=None, description="The number.", examples=[100])
    low: Amount | None = Field(default=None, description="Lower bound.", examples=[70])
    high: Amount | None = Field(default=None, description="Upper bound.", examples=[280])
    estimated: bool = Field(
        default=False, description="Whether the numbers are an estimate.", examples=[True]
    )

    @model_validator(mode="after")
    def _require_ordered_values(self) -> "Range":
        known = [number for number in (self.low, self.value, self.high) if number is not None]
        if not known:
            raise ValueError("give a value, or the low and high that it lies between")
        if known != sorted(known):
            raise ValueError("low, value and high must not fall: low <= value <= high")
        return self
