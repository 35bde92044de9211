"""Changes of a record: the content that PUT and PATCH bodies make of a stored document."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from app.errors import Invalid
from app.web.http.content_change import ContentChange, MergePatch, Replacement


class Note(BaseModel):
    """The content of a record."""

    model_config = ConfigDict(extra="forbid")

    text: str
    labels: dict[str, str] = {}


class NoteBody(Note):
    """The body of a PUT, with a field that Annals sets."""

    revision: int | None = None


class NotePatch(BaseModel):
    """The body of a PATCH."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = None
    labels: dict[str, str | None] | None = None
    revision: int | None = None


STORED = {"text": "old", "labels": {"a": "1", "b": "2"}, "revision": 3}
PUT: TypeAdapter[ContentChange[Note]] = TypeAdapter(
    Annotated[ContentChange[Note], Replacement(NoteBody)]
)
PATCH: TypeAdapter[ContentChange[Note]] = TypeAdapter(
    Annotated[ContentChange[Note], MergePatch(NotePatch)]
)


@pytest.mark.parametrize(
    ("body", "sent", "content"),
    [
        (PUT, {"text": "new"}, {"text": "new", "labels": {}}),
        (PUT, {**STORED, "text": "new"}, {**STORED, "text": "new"}),
        (PATCH, {}, STORED),
        (PATCH, {"text": "new"}, {**STORED, "text": "new"}),
        (PATCH, {"labels": {"a": None}}, {**STORED, "labels": {"b": "2"}}),
        (PATCH, {"labels": None, "revision": 3}, {"text": "old", "labels": {}}),
    ],
)
def test_the_content_of_a_change(
    body: TypeAdapter[ContentChange[Note]], sent: dict[str, Any], content: dict[str, Any]
) -> None:
    settable = {name: content[name] for name in Note.model_fields}
    assert body.validate_python(sent).apply(STORED) == Note(**settable)
    assert STORED["labels"] == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("body", "sent", "pointer"),
    [
        (PUT, {"text": "new", "revision": 4}, "/revision"),
        (PATCH, {"revision": 4}, "/revision"),
        (PATCH, {"text": None}, "/text"),
    ],
)
def test_a_change_is_refused_with_the_place(
    body: TypeAdapter[ContentChange[Note]], sent: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        body.validate_python(sent).apply(STORED)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


@pytest.mark.parametrize(("body", "sent"), [(PUT, {}), (PATCH, {"txt": "new"})])
def test_a_body_must_match_the_model_of_its_marker(
    body: TypeAdapter[ContentChange[Note]], sent: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        body.validate_python(sent)


@pytest.mark.parametrize(("body", "model"), [(PUT, NoteBody), (PATCH, NotePatch)])
def test_the_schema_is_that_of_the_model(
    body: TypeAdapter[ContentChange[Note]], model: type[BaseModel]
) -> None:
    assert body.json_schema() == model.model_json_schema()
