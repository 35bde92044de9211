"""Fields of shapes and parameters: each says what it takes and names the nearest valid value."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from app.values.dates import EDTF_PATTERN, day_number, parse_date
from app.values.suggestions import did_you_mean
from app.vocab.closed_lists import (
    ACTOR_KINDS,
    BASES,
    CATEGORIES,
    LIFECYCLES,
    LOCATION_PRECISIONS,
    OPERATIONS,
    RELATIONS,
    RELIABILITIES,
    ROLES,
    SOURCE_KINDS,
    STANCES,
    VERIFICATIONS,
    VISIBILITIES,
)
from app.vocab.code_lookup import find_country
from app.vocab.countries import countries
from app.vocab.event_types import EVENT_TYPES

SLUG_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
ACTOR_PATTERN = r"^(?:[A-Z]{3}|[a-z0-9]+(?:-[a-z0-9]+)*)$"
# No control characters but tab and line breaks: no database keeps NUL, and no reader the rest.
TEXT_PATTERN = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F]*$"
# Spelt out, since `\s` is not the same in every reader of patterns: ECMA's leaves U+0085 out.
_BLANKS = r"\x00-\x20\x7F-\xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
CODE_TERM_PATTERN = rf"^[a-z0-9]+(?:-[a-z0-9]+)*:[^,{_BLANKS}][^,\x00-\x1F]*$"
LINE_PATTERN = r"^[^\x00-\x1F]*$"
# Blanks, and marks that have no width.
_UNSEEN = rf"{_BLANKS}\xAD\u200B-\u200F\u2060\uFEFF"
_TO_READ = rf"^[^\x00-\x1F]*[^{_UNSEEN}][^\x00-\x1F]*$"
_SEEN = re.compile(f"[^{_UNSEEN}]")

LIST_NAME = "x-list"
"""Marks, in a JSON Schema, a closed list that the reference has once, under this name."""


def checked(check: Callable[[str], Any], code: str) -> AfterValidator:
    """Refuse what `check` refuses with a ValueError, under a code of our own."""

    def validate(text: str) -> str:
        try:
            check(text)
        except ValueError as wrong:
            raise PydanticCustomError(code, "{reason}", {"reason": str(wrong)}) from None
        return text

    return AfterValidator(validate)


def one_of(values: Sequence[str], what: str, name: str | None = None) -> Any:
    """A word of a closed list; with `name` the reference has the list once, under that name."""
    known = frozenset(values)

    def validate(text: str) -> str:
        if text not in known:
            raise PydanticCustomError(
                "unknown-value",
                "unknown {what} '{text}'{hint}",
                {"what": what, "text": text[:80], "hint": did_you_mean(text, values)},
            )
        return text

    schema: JsonDict = {"type": "string", "enum": list(values)}
    if name:
        schema[LIST_NAME] = name
    return Annotated[str, AfterValidator(validate), WithJsonSchema(schema)]


def _split(value: Any) -> Any:
    """Codes come as repeats, with commas, or both."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [code for text in value for code in text.split(",")]
    return value


COMMAS = BeforeValidator(_split)
MANY = Field(min_length=1, max_length=200)


def _says_something(text: str) -> None:
    if not _SEEN.search(text):
        raise ValueError("this has nothing but blanks in it")


def _country(text: str) -> str:
    try:
        return find_country(text).iso3
    except ValueError as wrong:
        raise PydanticCustomError("unknown-code", "{reason}", {"reason": str(wrong)}) from None


def _split_countries(value: Any) -> Any:
    """As `_split`, but a name may hold a comma itself: "Korea, South"."""
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(each, str) for each in parts):
        return value
    return [code for text in parts for code in ([text] if _is_country(text) else text.split(","))]


def _is_country(text: str) -> bool:
    try:
        find_country(text)
    except ValueError:
        return False
    return True


EventTypeName = one_of(EVENT_TYPES, "event type", "EventTypeName")
Category = one_of(CATEGORIES, "category", "Category")
Lifecycle = one_of(LIFECYCLES, "lifecycle", "Lifecycle")
Verification = one_of(VERIFICATIONS, "verification", "Verification")
Role = one_of(ROLES, "role", "Role")
RelationType = one_of(RELATIONS, "relation", "RelationType")
Stance = one_of(STANCES, "stance", "Stance")
Basis = one_of(BASES, "basis", "Basis")
Reliability = one_of(RELIABILITIES, "reliability", "Reliability")
LocationPrecision = one_of(LOCATION_PRECISIONS, "location precision", "LocationPrecision")
ActorKind = one_of(ACTOR_KINDS, "actor kind", "ActorKind")
SourceKind = one_of(SOURCE_KINDS, "source kind", "SourceKind")
Visibility = one_of(VISIBILITIES, "visibility", "Visibility")
Operation = one_of(OPERATIONS, "operation", "Operation")
Kind = Literal["event", "claim", "relation", "actor", "source", "dataset"]
"""A noun whose records' changes are in the feed."""
CountryCode = one_of(tuple(countries()), "ISO 3166-1 alpha-3 code", "CountryCode")

AnyCountry = Annotated[
    str,
    StringConstraints(pattern=LINE_PATTERN, min_length=1, max_length=100),
    AfterValidator(_country),
]
"""A country by any of its codes or names; what comes out is its ISO3 code."""

AnyCountries = Annotated[list[AnyCountry], BeforeValidator(_split_countries), MANY]

Slug = Annotated[
    str, StringConstraints(pattern=SLUG_PATTERN, max_length=100), Field(examples=["russia-dprk"])
]
ActorSlug = Annotated[
    str, StringConstraints(pattern=ACTOR_PATTERN, max_length=100), Field(examples=["PRK"])
]
Scheme = Annotated[str, StringConstraints(pattern=SLUG_PATTERN, max_length=40)]
SCHEME_NAMES: JsonDict = {"propertyNames": {"pattern": SLUG_PATTERN, "maxLength": 40}}
"""What pydantic leaves out of the schema of an object whose keys are schemes."""

Text = Annotated[str, StringConstraints(pattern=TEXT_PATTERN, max_length=10_000)]
Line = Annotated[
    str,
    StringConstraints(pattern=LINE_PATTERN, min_length=1, max_length=500),
    checked(_says_something, "blank"),
    WithJsonSchema({"type": "string", "pattern": _TO_READ, "minLength": 1, "maxLength": 500}),
]
"""One line with something to read in it."""
Url = Annotated[
    str,
    StringConstraints(pattern=rf"^https?://[^{_BLANKS}]+$", max_length=2000),
    Field(examples=["https://www3.nhk.or.jp/news/"]),
]
Language = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$", max_length=35),
    Field(examples=["ko"]),
]
EdtfDate = Annotated[
    str,
    StringConstraints(max_length=60),
    checked(parse_date, "not-a-date"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": EDTF_PATTERN,
            "maxLength": 60,
            "examples": ["2024-06-18/2024-06-19"],
        }
    ),
]
Day = Annotated[
    str,
    checked(day_number, "not-a-day"),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2024-06-12"]}),
]

# What Annals itself makes, as the reference describes it.
LARGEST = 2_000_000_000
RecordIdText = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
InstantText = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
DayText = Annotated[str, Field(json_schema_extra={"format": "date"})]
RevisionNumber = Annotated[int, Field(ge=1, le=LARGEST, examples=[1])]
Position = Annotated[
    str, Field(pattern="^p[a-z2-7]{13}$", max_length=14, examples=["pmfzwkidtnfxgq"])
]
"""A sealed position of the change feed."""
Tally = Annotated[int, Field(ge=0, le=LARGEST)]
PRECISIONS = ("time", "day", "month", "season", "year", "decade", "century")
ReadOnly = Annotated[Any, Field(json_schema_extra={"readOnly": True})]
"""Set by Annals: it may be sent back as it was read."""
