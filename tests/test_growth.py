"""No reader of what clients send takes more than its size: twice the size, twice the CPU."""

import asyncio
import json
from collections.abc import Callable
from math import cos, pi, sin
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.types import Message

from app.query.cql2.json_parser import parse_json as parse_cql2_json
from app.query.cql2.text_parser import parse_text
from app.query.opaque_tokens import TokenSealer
from app.resources.actors.schemas import ActorCreate
from app.resources.events.query import EventQuery
from app.resources.events.schemas import EventCreate
from app.resources.merges.schemas import MergeCreate
from app.values.dates import parse_date
from app.values.geometry import read_geojson, read_wkt
from app.values.name_matching import compare_names, list_parent_hosts, parse_host
from app.values.polygons import prepare_geometry
from app.values.strict_json import load_json
from app.values.suggestions import did_you_mean
from app.values.tokenizer import fold_text, parse_words, tokenize
from app.web.errors.validation_errors import make_parameter_faults
from app.web.http.json_body import parse_json
from app.web.http.negotiation import check_content_type, choose_accepted
from app.web.http.request_body import read_lines, validate_body
from app.web.http.responses import read_required_revision
from app.web.observability import read_trace
from app.web.routing.query_string import read_query
from tests.growth import MOST_GROWTH, growth_of


class Case(NamedTuple):
    """A parser, what it is given of a size, and that size."""

    name: str
    parse: Callable[[Any], object]
    make: Callable[[int], Any]
    size: int


def joined(one: str, size: int, between: str = ",") -> str:
    """The same many times; `#` in it is its number."""
    return between.join(one.replace("#", str(number)) for number in range(size))


def body(begin: str, one: str, end: str) -> Callable[[int], bytes]:
    return lambda size: f"{begin}{joined(one, size)}{end}".encode()


def headed(name: bytes, value: str, size: int) -> Request:
    headers = [(name, (value * size).encode())]
    return Request({"type": "http", "method": "POST", "headers": headers})


def validated(shape: type[BaseModel]) -> Callable[[Any], object]:
    adapter = TypeAdapter(shape)
    return lambda given: validate_body(adapter, given, shape)


def lines_of(text: bytes) -> int:
    """Count the lines of a body that comes in pieces as a server gives them."""
    pieces = [text[start : start + 65_536] for start in range(0, len(text), 65_536)]

    async def receive() -> Message:
        piece = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def count() -> int:
        return len([line async for line in read_lines(Request({"type": "http"}, receive))])

    return asyncio.run(count())


def parameters(raw: bytes) -> EventQuery:
    return EventQuery.model_validate(read_query(raw, frozenset({"type", "id", "actor", "tag"})))


def unknown_parameters(names: list[str]) -> object:
    problems = [{"type": "extra_forbidden", "loc": (name,)} for name in names]
    return make_parameter_faults(problems, ("type", "since", "until"))


def around(points: int) -> list[list[float]]:
    turns = [2 * pi * number / points for number in [*range(points), 0]]
    return [[round(9 * cos(turn), 5), round(9 * sin(turn), 5)] for turn in turns]


def wkt(points: int) -> str:
    return "POLYGON((" + ",".join(f"{x} {y}" for x, y in around(points)) + "))"


def lines(points: int) -> str:
    ends = ",".join(f"({number % 90} 0,{number * 7 % 90} 40)" for number in range(points // 2))
    return f"MULTILINESTRING({ends})"


SEAL = TokenSealer(b"secret of the tests")
JSON_BODIES = [
    Case("names", parse_json, body("{", '"name #":#', "}"), 500),
    Case("names, the last twice", parse_json, body("{", '"name #":#', ',"z":0,"z":1}'), 500),
    Case("one name", parse_json, body("{", '"a":1', "}"), 500),
    Case("numbers", parse_json, body("[", "#.5", "]"), 2_000),
    Case("too many numbers", parse_json, body("[", "1", "]"), 100_000),
    Case("objects", parse_json, body("[", '{"a":{"b":[]}}', "]"), 2_000),
    Case("depth", parse_json, lambda size: b"[" * size, 100_000),
    Case("digits", parse_json, lambda size: b"1" * size, 100_000),
    Case("a long text", parse_json, lambda size: b'"' + b"x" * size + b'"', 200_000),
    Case("escapes", parse_json, lambda size: b'"' + b"\\n" * size + b'"', 100_000),
    Case("quotes", parse_json, lambda size: b"[" * 65 + b'"' + b'\\"' * size, 100_000),
    Case("texts with NUL", parse_json, body('{"' + "n" * 900 + '":[', '"\\u0000"', "]}"), 2_000),
    Case(
        "unknown fields",
        validated(EventCreate),
        lambda size: dict.fromkeys(map(str, range(size))),
        2_000,
    ),
    Case("participants", validated(EventCreate), lambda size: {"participants": [{}] * size}, 2_000),
    Case(
        "aliases",
        validated(ActorCreate),
        lambda size: {"aliases": [f"a{n}" for n in range(size)]},
        2_000,
    ),
    Case(
        "losers",
        validated(MergeCreate),
        lambda size: {"losers": [f"{n:032x}" for n in range(size)]},
        2_000,
    ),
    Case("lines", lines_of, lambda size: b"{}\n" * size, 20_000),
    Case("one line", lines_of, lambda size: b"x" * size, 200_000),
]
PARAMETERS = [
    Case("values", parameters, lambda size: b"&".join([b"id=x"] * size), 4_000),
    Case("commas", parameters, lambda size: b"type=" + b"summit," * size, 4_000),
    Case("parameters", unknown_parameters, lambda size: [f"sinse{n}" for n in range(size)], 2_000),
    Case("escapes in a query", parameters, lambda size: b"q=" + b"%C3%A9" * size, 2_000),
    Case("words", parse_words, lambda size: "summit " * size, 2_000),
    Case("compounds", tokenize, lambda size: "KN-23." * size, 2_000),
    Case("ideographs", tokenize, lambda size: "朝鮮" * size, 2_000),
    Case("marks", fold_text, lambda size: "e" + "\u0301\u0316" * size, 2_000),
    Case(
        "names",
        lambda name: compare_names(name, name + "x"),
        lambda size: "Kim Jong " * size,
        1_000,
    ),
    Case(
        "hosts",
        lambda text: list_parent_hosts(parse_host(text) or ""),
        lambda size: "a." * size + "org",
        2_000,
    ),
    Case(
        "a near word",
        lambda word: did_you_mean(word, ["summit"]),
        lambda size: "sumit " * size,
        1_000,
    ),
    Case("dates", parse_date, lambda size: "2024-06-" * size, 1_000),
    Case("cursors", lambda text: SEAL.open_cursor("q", text), lambda size: "A" * size, 2_000),
]
FILTERS = [
    Case("and", parse_text, lambda size: joined("a=#", size, " AND "), 700),
    Case("brackets", parse_text, lambda size: "(" * size, 1_000),
    Case("lists", parse_text, lambda size: f"a IN ({joined('(#)', size)})", 700),
    Case("calls", parse_text, lambda size: "f(" * 15 + joined("(1)", size) + ")" * 15, 700),
    Case("sums", parse_text, lambda size: "a=" + "1+" * size, 700),
    Case("not", parse_text, lambda size: "NOT " * size, 700),
    Case("a text", parse_text, lambda size: "a='" + "''" * size, 2_000),
    Case("a polygon", parse_text, lambda size: f"s_within(geometry,{wkt(size)})", 900),
    Case(
        "arguments",
        parse_cql2_json,
        lambda size: json.dumps({"op": "and", "args": [True] * size}),
        700,
    ),
    Case("members", load_json, lambda size: "{" + joined('"a#":1', size) + ',"z":1,"z":2}', 2_000),
    Case("members alike", load_json, lambda size: "{" + joined('"a":1', size) + "}", 2_000),
    Case("WKT", lambda text: prepare_geometry(read_wkt(text)[0]), wkt, 900),
    Case("lines on the map", lambda text: prepare_geometry(read_wkt(text)[0]), lines, 900),
    Case(
        "GeoJSON",
        read_geojson,
        lambda size: {"type": "Polygon", "coordinates": [around(size)]},
        900,
    ),
]
HEADERS = [
    Case(
        "If-Match", read_required_revision, lambda size: headed(b"if-match", '"4-1",', size), 2_000
    ),
    Case(
        "Accept",
        lambda sent: choose_accepted(sent, (("a", "a/a"), ("b", "b/c"))),
        lambda size: "a/b;q=0.5," * size,
        1_000,
    ),
    Case(
        "Content-Type",
        lambda sent: check_content_type(sent, ("a/b",)),
        lambda size: headed(b"content-type", "a/b;", size),
        2_000,
    ),
    Case(
        "traceparent",
        lambda sent: read_trace(sent, sent),
        lambda size: b"00-" + b"a1" * size,
        2_000,
    ),
]


@pytest.mark.parametrize(
    "case", [*JSON_BODIES, *PARAMETERS, *FILTERS, *HEADERS], ids=lambda case: case.name
)
def test_twice_the_size_takes_twice_the_time(case: Case) -> None:
    assert growth_of(case.parse, case.make, case.size) <= MOST_GROWTH
