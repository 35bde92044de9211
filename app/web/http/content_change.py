"""Bodies that change a record: whole content (PUT) or a merge patch (PATCH).

A route declares `Annotated[ContentChange[EventCreate], Replacement(EventReplace), Body(…)]`. The
body is validated as the model of the marker before the transaction begins. The resulting content is
validated inside the transaction, since it depends on the stored document.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from pydantic import BaseModel, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from app.record.revision_checks import check_read_only
from app.web.errors.validation_errors import list_field_names
from app.web.http.request_body import apply_merge_patch, validate_body

Content = TypeVar("Content", bound=BaseModel)
Document = dict[str, Any]


class ContentChange(Generic[Content]):
    """A body that changes a record, as it was sent; `content` is the model of the record."""

    content: ClassVar[type[BaseModel]]

    def __init__(self, sent: Document, *, is_patch: bool) -> None:
        self.sent = sent
        self.is_patch = is_patch

    if not TYPE_CHECKING:

        def __class_getitem__(cls, content: type[BaseModel]) -> type["ContentChange[Any]"]:
            """Return a subclass, since FastAPI documents every type argument of an alias."""
            return type(cls.__name__, (cls,), {"content": content})

    def apply(self, document: Document) -> Content:
        """Return the new content of the record with this stored document.

        Raise `Invalid`, with pointers into the body, if a field that Annals sets would change, or
        if the result is not valid content.
        """
        settable = list_field_names([self.content])
        check_read_only(document, self.sent, _list_other_names(document, settable))
        whole = apply_merge_patch(document, self.sent) if self.is_patch else self.sent
        wanted = {name: value for name, value in whole.items() if name in settable}
        return cast(Content, validate_body(_make_adapter(self.content), wanted, self.content))


@dataclass(frozen=True, slots=True)
class ChangeBody:
    """A marker of a body that changes a record, with the model that the body must match."""

    model: type[BaseModel]
    is_patch: bool

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return a schema that validates as `model` and keeps the body as it was sent."""

        def keep_sent(sent: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
            validate(sent)
            return source(sent, is_patch=self.is_patch)

        model = handler.generate_schema(self.model)
        return core_schema.no_info_wrap_validator_function(keep_sent, model)


class Replacement(ChangeBody):
    """The marker of a PUT: fields that are left out fall back to their defaults."""

    def __init__(self, model: type[BaseModel]) -> None:
        super().__init__(model, is_patch=False)


class MergePatch(ChangeBody):
    """The marker of a PATCH: a JSON merge patch (RFC 7396)."""

    def __init__(self, model: type[BaseModel]) -> None:
        super().__init__(model, is_patch=True)


def _list_other_names(document: Document, settable: Iterable[str]) -> list[str]:
    known = set(settable)
    return [name for name in document if name not in known]


@cache
def _make_adapter(model: type[BaseModel]) -> TypeAdapter[Any]:
    return TypeAdapter(model)
