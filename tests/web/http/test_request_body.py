"""JSON bodies, valid and refused."""

from typing import Any

import pytest

from app.errors import Invalid, TooLarge, Unparsable
from app.web.errors.validation_errors import MOST_FAULTS
from app.web.http.json_body import DEEPEST, LARGEST_TEXT, LONGEST_NAME, MOST_VALUES, parse_json
from app.web.http.request_body import apply_merge_patch
from tests.web.conftest import Ask

WRITER = {"Authorization": "Bearer writer", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "parsed"),
    [
        (b' {"a": [1, 2.5, null, true]} ', {"a": [1, 2.5, None, True]}),
        (b"123456789012345678901", 123456789012345678901),
        (rb'"\ud83c\uddf0\ud83c\uddf5"', "🇰🇵"),
        (rb'"\\u0000"', "\\u0000"),
        ("평양".join('""').encode(), "평양"),
        (b"[" * DEEPEST + b"]" * DEEPEST, None),
        (b'{"a":"' + b"[{" * 500 + b'"}', {"a": "[{" * 500}),
        (b'["' + rb"\"[" * 500 + b'"]', ['"[' * 500]),
        (b"[" + b"[]," * 500 + b"[]]", [[] for _ in range(501)]),
        (b"[" + b"1," * (MOST_VALUES - 2) + b"1]", [1] * (MOST_VALUES - 1)),
        (b'["' + b"," * MOST_VALUES + rb'\\","' + b",[" * 99 + b'"]', None),
    ],
)
def test_json_is_parsed(body: bytes, parsed: Any) -> None:
    assert parsed is None or parse_json(body) == parsed
    parse_json(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"{",
        b"{'a':1}",
        b'{"a":1,}',
        b"nul",
        b"NaN",
        b'{"a":Infinity}',
        b"-Infinity",
        b"1e999",
        b'{"a":[-1e999]}',
        b"9" * 5000,
        b'{"a":1,"a":2}',
        b'[{"b":{"a":1,"a":1}}]',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"a\x00"',
        b"\xef\xbb\xbf{}",
        b"{}{}",
        b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" + b"1," * MOST_VALUES + b"1]",
        b"[" + b'"",' * MOST_VALUES + b'""]',
        b'{"' + b"n" * (LONGEST_NAME + 1) + b'":1}',
    ],
)
def test_what_is_no_plain_json_is_refused(body: bytes) -> None:
    with pytest.raises(Unparsable):
        parse_json(body)


def test_a_text_that_is_too_long_is_not_looked_at() -> None:
    with pytest.raises(TooLarge):
        parse_json(b"[" * (LARGEST_TEXT + 1))


def test_an_answer_names_so_many_faults_and_no_more() -> None:
    with pytest.raises(Invalid) as caught:
        parse_json(b"[" + rb'"\u0000",' * (2 * MOST_FAULTS) + b"1]")
    assert len(caught.value.faults) == MOST_FAULTS


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (rb'{"a":["x","\ud800"]}', "/a/1", "lone-surrogate"),
        (rb'{"a/b":"\uDFFF"}', "/a~1b", "lone-surrogate"),
        (rb'{"a":"x\u0000"}', "/a", "nul-character"),
        (rb'{"a":{"\u0000":1}}', "/a", "nul-character"),
    ],
)
def test_text_that_no_database_keeps_is_pointed_at(body: bytes, pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_json(body)
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [(pointer, code)]


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        # The examples of RFC 7396, appendix A, between objects.
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": "foo"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ],
)
def test_merge_patch(target: dict[str, Any], patch: dict[str, Any], merged: Any) -> None:
    before = repr((target, patch))
    assert apply_merge_patch(target, patch) == merged
    assert repr((target, patch)) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"title":"x"}', 201),
        ('{"title":"x","number":9223372036854775807}', 201),
        ('{"title":"x","number":9223372036854775808}', 422),
        ('{"title":"x","number":1e999}', 400),
        ('{"title":"x","number":NaN}', 400),
        ('{"title":"x","title":"y"}', 400),
        ('{"title":"\\u0000"}', 422),
        ("[]", 422),
        ("null", 422),
        ("", 400),
    ],
)
async def test_a_route_refuses_them_too(ask: Ask, body: str, status: int) -> None:
    assert (await ask("POST /v1/events", body, **WRITER)).status_code == status


async def test_a_route_can_look_at_what_was_sent(ask: Ask) -> None:
    headers = {**WRITER, "Content-Type": "application/merge-patch+json", "If-Match": "*"}
    path = "/v1/events/01902f4e-0000-7000-8000-000000000001"
    answer = await ask(f"PATCH {path}", '{"tags":null}', **headers)
    assert answer.json() == {"revision": None, "sent": {"tags": None}}


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        (b"", []),
        (b"{}\n{}\n", [1, 2]),
        (b"{}\n\n {}", [1, 3]),
        (b"\n\n", []),
        (b"{}\r\n{}", [1, 2]),
        (b"x" * 5000 + b"\ny", [1, 2]),
    ],
)
async def test_lines_are_counted_from_one(ask: Ask, body: bytes, numbers: list[int]) -> None:
    assert (await ask("POST /v1/imports", body)).json() == numbers
