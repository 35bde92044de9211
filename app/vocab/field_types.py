"""Types of fields and parameters, whose errors name the nearest valid value."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from app.values.dates import EDTF_PATTERN, parse_date, parse_day
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
from app.vocab.code_lookup import get_country
from app.vocab.countries import get_countries
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
_INVISIBLE = rf"{_BLANKS}\xAD\u200B-\u200F\u2060\uFEFF"
_VISIBLE_LINE_PATTERN = rf"^[^\x00-\x1F]*[^{_INVISIBLE}][^\x00-\x1F]*$"
_VISIBLE = re.compile(f"[^{_INVISIBLE}]")

LONGEST_COUNTRY = 100

LIST_NAME = "x-list"
"""Key in a JSON Schema that names a closed list, which the reference then has once."""


def check_with(check: Callable[[str], Any], code: str) -> AfterValidator:
    """Return a validator that refuses a text if `check` raises ValueError, with our own code."""

    def validate(text: str) -> str:
        try:
            check(text)
        except ValueError as wrong:
            raise PydanticCustomError(code, "{reason}", {"reason": str(wrong)}) from None
        return text

    return AfterValidator(validate)


def make_choice_type(values: Sequence[str], what: str, name: str | None = None) -> Any:
    """Return the type of a closed list; with `name` the reference has the list once."""
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


def _split_commas(value: Any) -> Any:
    """Return the codes of repeated parameters, of comma-separated ones, or of both."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return [code for text in value for code in text.split(",")]
    return value


SPLIT_COMMAS = BeforeValidator(_split_commas)
AT_LEAST_ONE = Field(min_length=1, max_length=200)


def _require_visible_text(text: str) -> None:
    if not _VISIBLE.search(text):
        raise ValueError("this contains only blanks")


@lru_cache(maxsize=4096)
def _get_iso3(text: str) -> str:
    """Return the ISO3 code of a country by any code or name; raise ValueError."""
    return get_country(text).iso3


def _normalize_country(text: str) -> str:
    try:
        return _get_iso3(text)
    except ValueError as wrong:
        raise PydanticCustomError("unknown-code", "{reason}", {"reason": str(wrong)}) from None


def _split_countries(value: Any) -> Any:
    """Split as `_split_commas` does, except names that contain a comma: "Korea, South"."""
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(text, str) for text in parts):
        return value
    return [code for text in parts for code in ([text] if _is_country(text) else text.split(","))]


def _is_country(text: str) -> bool:
    if len(text) > LONGEST_COUNTRY:
        return False
    try:
        _get_iso3(text)
    except ValueError:
        return False
    return True


EventTypeName = make_choice_type(EVENT_TYPES, "event type", "EventTypeName")
Category = make_choice_type(CATEGORIES, "category", "Category")
Lifecycle = make_choice_type(LIFECYCLES, "lifecycle", "Lifecycle")
Verification = make_choice_type(VERIFICATIONS, "verification", "Verification")
RoleName = make_choice_type(ROLES, "role", "Role")
RelationType = make_choice_type(RELATIONS, "relation", "RelationType")
Stance = make_choice_type(STANCES, "stance", "Stance")
BasisName = make_choice_type(BASES, "basis", "Basis")
Reliability = make_choice_type(RELIABILITIES, "reliability", "Reliability")
LocationPrecision = make_choice_type(LOCATION_PRECISIONS, "location precision", "LocationPrecision")
ActorKind = make_choice_type(ACTOR_KINDS, "actor kind", "ActorKind")
SourceKind = make_choice_type(SOURCE_KINDS, "source kind", "SourceKind")
Visibility = make_choice_type(VISIBILITIES, "visibility", "Visibility")
Operation = make_choice_type(OPERATIONS, "operation", "Operation")
RecordKind = Literal["event", "claim", "relation", "actor", "source", "dataset"]
"""A type of record whose changes are in the feed."""
CountryCode = make_choice_type(tuple(get_countries()), "ISO 3166-1 alpha-3 code", "CountryCode")

AnyCountry = Annotated[
    str,
    StringConstraints(pattern=LINE_PATTERN, min_length=1, max_length=LONGEST_COUNTRY),
    AfterValidator(_normalize_country),
]
"""A country by any of its codes or names, converted to its ISO3 code."""

AnyCountries = Annotated[list[AnyCountry], BeforeValidator(_split_countries), AT_LEAST_ONE]

Slug = Annotated[
    str, StringConstraints(pattern=SLUG_PATTERN, max_length=100), Field(examples=["russia-dprk"])
]
ActorSlug = Annotated[
    str, StringConstraints(pattern=ACTOR_PATTERN, max_length=100), Field(examples=["PRK"])
]
Scheme = Annotated[str, StringConstraints(pattern=SLUG_PATTERN, max_length=40)]
SCHEME_NAMES: JsonDict = {"propertyNames": {"pattern": SLUG_PATTERN, "maxLength": 40}}
"""The constraint on keys that pydantic omits from the schema of an object of schemes."""

Text = Annotated[str, StringConstraints(pattern=TEXT_PATTERN, max_length=10_000)]
Line = Annotated[
    str,
    StringConstraints(pattern=LINE_PATTERN, min_length=1, max_length=500),
    check_with(_require_visible_text, "blank"),
    WithJsonSchema(
        {"type": "string", "pattern": _VISIBLE_LINE_PATTERN, "minLength": 1, "maxLength": 500}
    ),
]
"""One line with visible text."""
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
    check_with(parse_date, "not-a-date"),
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
    check_with(parse_day, "not-a-day"),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2024-06-12"]}),
]

# Fields that Annals itself sets.
LARGEST = 2_000_000_000
RecordIdText = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
TimestampText = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
DayText = Annotated[str, Field(json_schema_extra={"format": "date"})]
RevisionNumber = Annotated[int, Field(ge=1, le=LARGEST, examples=[1])]
FeedPosition = Annotated[
    str, Field(pattern="^p[a-z2-7]{13}$", max_length=14, examples=["pmfzwkidtnfxgq"])
]
"""A sealed position of the change feed."""
CountNumber = Annotated[int, Field(ge=0, le=LARGEST)]
PRECISIONS = ("time", "day", "month", "season", "year", "decade", "century")
ForeignCode = Annotated[str, StringConstraints(pattern=LINE_PATTERN, min_length=1, max_length=200)]
NameText = Annotated[str, Field(pattern=LINE_PATTERN, min_length=1, max_length=500)]
"""A name to look up, or its beginning."""

ReadOnlyField = Annotated[Any, Field(json_schema_extra={"readOnly": True})]
"""A field set by Annals, which clients may send back as they read it."""
