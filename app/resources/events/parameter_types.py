"""The types of the query parameters of events: their syntax and their parsers."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.export.registry import list_formats
from app.query.params import make_parser
from app.values.geo_grid import Box, Circle, parse_box, parse_circle
from app.values.polygons import LONGEST_AREA, PreparedGeometry, parse_area
from app.values.tokenizer import WordQuery, parse_words
from app.vocab.field_types import AT_LEAST_ONE, CODE_TERM_PATTERN, SPLIT_COMMAS

ActorNameText = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^,\x00-\x1F]+$", examples=["PRK"])
]
ActorNames = Annotated[list[ActorNameText], SPLIT_COMMAS, AT_LEAST_ONE]
_LONGITUDE = r"-?(?:180(?:\.0+)?|(?:1[0-7][0-9]|[1-9]?[0-9])(?:\.[0-9]+)?)"
_LATITUDE = r"-?(?:90(?:\.0+)?|[1-8]?[0-9](?:\.[0-9]+)?)"
_POINT = f"{_LONGITUDE},{_LATITUDE}"
_KILOMETRES = r"(?:1[0-9]{4}|[1-9][0-9]{0,3})(?:\.[0-9]+)?"
"""The documented spellings; an exponent, blanks and a plus sign are accepted as well."""

LONGEST_WORDS = 2000


def _parse_words(text: str) -> WordQuery:
    if len(text) > LONGEST_WORDS:
        raise ValueError(f"{len(text)} characters are too many; the most is {LONGEST_WORDS}")
    return parse_words(text)


WordsText = Annotated[
    WordQuery,
    *make_parser(
        _parse_words,
        "not-words",
        {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_WORDS,
            "pattern": r"^[^\x00]*$",
            "examples": ['Pyongyang "space launch" -satellite'],
        },
    ),
]
BoxText = Annotated[
    Box,
    *make_parser(
        parse_box,
        "not-a-box",
        {
            "type": "string",
            "pattern": f"^{_POINT},{_POINT}$",
            "maxLength": 200,
            "examples": ["124,37.5,131,43"],
        },
    ),
]
CircleText = Annotated[
    Circle,
    *make_parser(
        parse_circle,
        "not-a-circle",
        {
            "type": "string",
            "pattern": f"^{_POINT},{_KILOMETRES}$",
            "maxLength": 200,
            "examples": ["125.75,39.03,50"],
        },
    ),
]
AreaText = Annotated[
    PreparedGeometry,
    *make_parser(
        parse_area,
        "not-an-area",
        {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_AREA,
            "examples": ["POLYGON((124 37.5, 131 37.5, 131 43, 124 43, 124 37.5))"],
        },
    ),
]
CodeTerm = Annotated[
    str,
    Field(pattern=CODE_TERM_PATTERN, max_length=241, examples=["cameo:042"]),
]


def _make_format_type() -> Any:
    """Return the type of a parameter that takes JSON or the name of an export format."""
    return Literal[("json", *(format.name for format in list_formats()))]


FormatName: Any = _make_format_type()
IncludeName = Literal["claims", "relations", "references", "snippets"]
EventSort = Literal[
    "-date",
    "date",
    "-updated_at",
    "updated_at",
    "-fatalities",
    "fatalities",
    "-title",
    "title",
    "-relevance",
    "relevance",
]
