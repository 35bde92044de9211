"""The places and the texts of Pydantic's errors."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.errors import Fault
from app.web.errors.validation_errors import (
    list_names_at,
    make_body_faults,
    make_pointer,
    summarize_faults,
)
from tests.web.conftest import Ask


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Summit(Strict):
    type: Literal["summit"]
    host: str


class MissileTest(Strict):
    type: Literal["missile-test"]
    apogee: int


class Place(Strict):
    name: str
    tags: dict[str, int] = {}


class Shape(Strict):
    details: Annotated[Summit | MissileTest, Field(discriminator="type")] | None = None
    places: list[Place] = []
    source: int = Field(default=0, alias="from")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"details": {"type": "summit"}}, ("/details/host", "required", "this is required")),
        (
            {"details": {"type": "missile-test", "apoge": 1, "apogee": 2}},
            ("/details/apoge", "unknown-field", "unknown field 'apoge'; did you mean 'apogee'?"),
        ),
        (
            {"places": [{"name": "a"}, {"nam": "b", "name": "b"}]},
            ("/places/1/nam", "unknown-field", "unknown field 'nam'; did you mean 'name'?"),
        ),
        (
            {"places": [{"name": "a", "tags": {"a/b~c": "x"}}]},
            (
                "/places/0/tags/a~1b~0c",
                "int-parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            ),
        ),
        (
            {"form": 1},
            ("/form", "unknown-field", "unknown field 'form'; did you mean 'from'?"),
        ),
        ([], ("", "model-type", None)),
    ],
)
def test_a_fault_points_into_the_body(body: Any, fault: tuple[str, str, str | None]) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Shape).validate_python(body)
    (found,) = make_body_faults(caught.value.errors(), body, Shape)
    pointer, code, detail = fault
    assert (found.pointer, found.code) == (pointer, code)
    assert detail is None or found.detail == detail


def test_labels_of_union_members_are_no_steps() -> None:
    assert make_pointer({"a": {"b": 1}}, ("a", "function-after[x()]", "b", "int")) == "/a/b"


def test_names_follow_lists_and_unions() -> None:
    assert list_names_at(list[Shape] | None, (3, "details", "summit")) == ["apogee", "host", "type"]


@pytest.mark.parametrize(
    ("faults", "summary"),
    [
        ([Fault("x", "this is blank", pointer="/title")], "/title: this is blank"),
        ([Fault("x", "this is no object", pointer="")], "this is no object"),
        (
            [Fault("x", "a"), Fault("y", "b")],
            "2 things in the request are wrong; errors lists them",
        ),
    ],
)
def test_the_summary_names_the_only_fault(faults: list[Fault], summary: str) -> None:
    assert summarize_faults(faults) == summary


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ('{"titel":"x","title":"x"}', [("/titel", "unknown field 'titel'; did you mean 'title'?")]),
        ('{"title":" "}', [("/title", "this is blank")]),
        ('{"title":"x","location":{}}', [("/location/name", "this is required")]),
    ],
)
async def test_plain_fastapi_routes_say_the_same(
    ask: Ask, body: str, errors: list[tuple[str, str]]
) -> None:
    headers = {"Authorization": "Bearer writer", "Content-Type": "application/json"}
    for line in ("POST /v1/events", "POST /v1/plain"):
        found = (await ask(line, body, **headers)).json()["errors"]
        assert [(each["pointer"], each["detail"]) for each in found] == errors
