"""The parser of filters: the place of each mistake, and limits."""

import pytest

from app.query.cql2.ast import MAX_CHARACTERS, Call, FilterError, Property, Value
from app.query.cql2.parse import parse_filter


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "character 1: a field, a value or a function is expected here, not the end"),
        ("type = ", "character 8: a field, a value or a function is expected here, not the end"),
        ("type = 'a", "character 8: the quote that opens here is never closed"),
        ("type # 1", "character 6: '#' has no meaning here"),
        ("a = 1 b", "character 7: AND, OR or the end is expected here, not 'b'"),
        ("a NOT = 1", "character 7: LIKE, BETWEEN or IN is expected here, not '='"),
        ("a IS 1", "character 6: NULL is expected here, not '1'"),
        ("(a = 1", "character 7: ')' is expected here, not the end"),
        ("a BETWEEN 1 OR 2", "character 13: AND and the upper bound is expected here"),
        ("f(1", "character 4: ',' is expected here, not the end"),
        ("a = 1e999", "character 5: a number must be between -1e+15 and 1e+15"),
        ("s(POINT(1))", "character 9: expected a longitude and a latitude"),
        ("s(BBOX(1,2,3))", "character 3: a box has four numbers"),
        ("s(BBOX(1,2,3,'4'))", "character 3: a box must be numbers"),
        ("DATE(1)", "character 6: a moment in single quotes is expected here"),
        ("INTERVAL('..', 3)", "character 16: a day or an instant in single quotes"),
        ("NOT " * 30 + "TRUE", "character 85: this is nested deeper than 20 levels"),
        ("(" * 3000, "this is nested deeper than 20 levels"),
        ("1" + " + 1" * 40, "more than 20 operators in a row are too many"),
        ("a" * (MAX_CHARACTERS + 1), "10001 characters are too many; the limit is 10000"),
        (" OR ".join(["a = 1"] * 200), "601 fields, values and functions are too many"),
        ("{", "character 2: this is not JSON"),
        ('{"op": "=", "op": "<", "args": [1, 2]}', 'an object has the name "op" twice'),
        ('{"op": "=", "args": [1, NaN]}', "NaN is not JSON"),
        ('{"op": "=", "args": [1, 1e999]}', "/args/1: a number must be between"),
        ('{"op": "=", "args": [1, ' + "9" * 5000 + "]}", "a number has too many digits"),
        ('{"op": "=", "args": [1, null]}', "/args/1: null cannot be used here"),
        ('{"op": "=", "args": [1]}', "/: '=' takes 2 arguments, not 1"),
        ('{"op": "not", "args": [true, true]}', "/: 'not' takes 1 arguments, not 2"),
        ('{"op": 1, "args": []}', "/: 'op' must be the name of an operator, and 'args' a list"),
        ('{"op": "=", "args": [], "x": 1}', "/: an object with 'op' and 'args' must not have 'x'"),
        ('{"a": 1}', "/: an object must have one of the members op, property"),
        (
            '{"property": "a", "date": "b"}',
            "/: an object with 'property' must have no other member",
        ),
        ('{"property": "a\\u0000"}', "/: a text must not have NUL characters"),
        (
            '{"op": "=", "args": [{"property": "a"}, "\\ud800"]}',
            "/args/1: a text must not have NUL",
        ),
        (
            '{"op": "not", "args": [' * 30 + "true" + "]}" * 30,
            "this is nested deeper than 20 levels",
        ),
        ("[" * 100, "this is not JSON"),
        ('{"a":' * 1900, "this is nested deeper than 200 levels"),
        ('{"bbox": [1, 2, 3]}', "/bbox: a box has four numbers"),
        ('{"type": "Point", "coordinates": [1]}', "/coordinates: expected [longitude, latitude]"),
        ('{"interval": ["2020-01-01"]}', "/interval: an interval must be a list of its two ends"),
    ],
)
def test_a_mistake_is_reported_with_its_place(text: str, told: str) -> None:
    form = "cql2-json" if text.startswith(("{", "[")) else None
    with pytest.raises(FilterError) as raised:
        parse_filter(text, form)
    assert told in str(raised.value)


@pytest.mark.parametrize("text", ["a AND b = 1 OR NOT c = 2", "A and B = 1 or not C = 2"])
def test_and_binds_closer_than_or(text: str) -> None:
    root = parse_filter(text).root
    assert isinstance(root, Call)
    assert root.name == "or"
    assert [part.name for part in root.args if isinstance(part, Call)] == ["and", "not"]


def test_a_quote_inside_a_text() -> None:
    for text in ("'it''s'", r"'it\'s'"):
        assert parse_filter(text).root == Value("it's", "character 1")


def test_a_name_in_double_quotes() -> None:
    assert parse_filter('"date"').root == Property("date", "character 1")
