"""Schemas of PUT and PATCH bodies: every field optional, null allowed, limits kept."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.web.change_schemas import has_read_only_fields, patches


class Place(BaseModel):
    """A part of the content."""

    name: str


class Content(BaseModel):
    """The settable fields of a record."""

    title: Annotated[str, Field(min_length=2)] = Field(description="The title.")
    count: Annotated[int, Field(ge=0)] = 0
    place: Place | None = None


@patches(Place)
class PlacePatch(BaseModel):
    """A merge patch of a place."""


@has_read_only_fields(("id",))
class ReadOnlyContentFields(BaseModel):
    """The fields that Annals sets."""

    model_config = ConfigDict(extra="forbid")


@patches(Content, place=PlacePatch)
class ContentPatch(ReadOnlyContentFields):
    """A merge patch of the content."""


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "ab"},
        {"title": None, "count": None, "place": None},
        {"place": {"name": None}},
        {"place": {}},
        {"id": ["whatever", "was", "read"]},
    ],
)
def test_a_patch_may_leave_out_or_empty_every_field(body: dict[str, Any]) -> None:
    assert ContentPatch.model_validate(body).model_dump(exclude_unset=True) == body


@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ({"title": "a"}, ("title",), "string_too_short"),
        ({"count": -1}, ("count",), "greater_than_equal"),
        ({"place": {"name": 3}}, ("place", "name"), "string_type"),
        ({"titel": "ab"}, ("titel",), "extra_forbidden"),
    ],
)
def test_a_patch_keeps_the_limits_of_the_content(
    body: dict[str, Any], place: tuple[str, ...], code: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        ContentPatch.model_validate(body)
    (error,) = refused.value.errors()
    assert (error["loc"], error["type"]) == (place, code)


def test_a_patch_keeps_name_docstring_and_descriptions() -> None:
    schema = ContentPatch.model_json_schema()
    assert (schema["title"], schema["description"]) == (
        "ContentPatch",
        "A merge patch of the content.",
    )
    assert list(schema["properties"]) == ["id", "title", "count", "place"]
    assert schema["properties"]["title"]["description"] == "The title."
    assert "required" not in schema
