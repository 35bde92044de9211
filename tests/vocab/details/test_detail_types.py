"""Details: valid examples, unchanged values, refused nonsense."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from app.vocab.details.detail_types import (
    DETAILS,
    get_details_models,
    get_details_schemas,
    read_details,
)

EVERY_KIND = pytest.mark.parametrize("kind", DETAILS)


def examples(kind: str) -> list[dict[str, Any]]:
    shown = get_details_models()[kind].model_config["json_schema_extra"]
    assert isinstance(shown, dict)
    found: Any = shown["examples"]
    return list(found)


@EVERY_KIND
def test_the_example_is_stored_as_it_is_shown(kind: str) -> None:
    for example in examples(kind):
        assert json.dumps(read_details(kind, example)) == json.dumps(example)


@EVERY_KIND
def test_the_schema_is_sound_and_takes_its_own_examples(kind: str) -> None:
    schema = get_details_schemas()[kind]
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert examples(kind)
    for example in examples(kind):
        validator.validate(example)
    assert not validator.is_valid({"nonsense": 1})


@EVERY_KIND
def test_every_field_says_what_it_is_and_shows_one(kind: str) -> None:
    schema = get_details_schemas()[kind]
    for name, field in fields_of(schema):
        assert field.get("description"), name
        assert field.get("examples"), name


@EVERY_KIND
def test_every_example_of_a_field_is_valid(kind: str) -> None:
    for name, field in get_details_models()[kind].model_fields.items():
        for example in field.examples or []:
            read_details(kind, {field.alias or name: example})


def fields_of(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for model in (schema, *schema.get("$defs", {}).values()):
        yield from model["properties"].items()


@EVERY_KIND
def test_no_field_is_needed(kind: str) -> None:
    assert read_details(kind, {}) == {}


@EVERY_KIND
def test_a_null_is_an_absent_field(kind: str) -> None:
    nulls = dict.fromkeys(get_details_schemas()[kind]["properties"])
    assert read_details(kind, nulls) == {}


@pytest.mark.parametrize(
    ("kind", "given", "place"),
    [
        ("summit", {"ordinal": 0}, "ordinal"),
        ("summit", {"ordinal": "3"}, "ordinal"),
        ("summit", {"agenda": []}, "agenda"),
        ("summit", {"series": ""}, "series"),
        ("summit", {"series": "a\u0000b"}, "series"),
        ("summit", {"serie": "x"}, "serie"),
        ("missile-test", {"vehicle_class": "icbm"}, "vehicle_class"),
        ("missile-test", {"class": "ICBM"}, "class"),
        ("missile-test", {"range_km": -1}, "range_km"),
        ("missile-test", {"apogee_km": float("nan")}, "apogee_km"),
        ("missile-test", {"count": True}, "count"),
        ("nuclear-test", {"yield_kt": {"low": 3, "high": 2}}, "yield_kt"),
        ("nuclear-test", {"yield_kt": {"estimated": True}}, "yield_kt"),
        ("arms-transfer", {"ordered": {"estimated": True}}, "ordered"),
        ("arms-transfer", {"ordered": 50}, "ordered"),
        ("arms-transfer", {"delivery_years": [20]}, "delivery_years"),
        ("conflict", {"event_clarity": 3}, "event_clarity"),
        ("conflict", {"sides": [{"id": "1"}]}, "sides"),
        ("conflict", {"deaths_a": -1}, "deaths_a"),
    ],
)
def test_what_makes_no_sense_is_refused(kind: str, given: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as error:
        read_details(kind, given)
    assert error.value.errors()[0]["loc"][0] == place


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        (
            "missile-test",
            {"outcome": "failed", "class": "icbm"},
            '{"class": "icbm", "outcome": "failed"}',
        ),
        ("missile-test", {"range_km": 1000.0}, '{"range_km": 1000.0}'),
        ("missile-test", {"range_km": 1000}, '{"range_km": 1000}'),
        (
            "arms-transfer",
            {"ordered": {"value": 5}},
            '{"ordered": {"value": 5, "estimated": false}}',
        ),
        (
            "nuclear-test",
            {"yield_kt": {"value": 1}},
            '{"yield_kt": {"value": 1, "estimated": false}}',
        ),
    ],
)
def test_details_are_stored_in_the_order_of_the_model(
    kind: str, given: dict[str, Any], stored: str
) -> None:
    once = read_details(kind, given)
    assert json.dumps(once) == stored
    assert read_details(kind, once) == once


@EVERY_KIND
def test_a_kind_is_a_model(kind: str) -> None:
    model = get_details_models()[kind]
    assert issubclass(model, BaseModel)
    assert model.model_config["extra"] == "forbid"
    assert model.__doc__


def test_a_kind_that_is_none() -> None:
    with pytest.raises(KeyError):
        read_details("party", {})
