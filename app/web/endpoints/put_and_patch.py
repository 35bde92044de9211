"""Changing a record as a whole (PUT) or in part (PATCH): from what was sent to what shall stand."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request

from app.record.preconditions import check_read_only
from app.web.errors.validation_errors import list_field_names
from app.web.http.request_body import apply_merge_patch, get_parsed_body, validate_body

Content = TypeVar("Content", bound=BaseModel)
Document = dict[str, Any]
Revise = Callable[[Document], Content]
"""Makes the new content from the document that stands; raises `Invalid` with pointers."""


def prepare_replace(request: Request, shape: type[Content]) -> Revise[Content]:
    """What a PUT makes of a document: the fields of `shape` as sent, whatever stood before."""
    sent: Document = get_parsed_body(request)
    return lambda document: _validate_content(shape, document, sent, sent)


def prepare_patch(request: Request, shape: type[Content]) -> Revise[Content]:
    """What a PATCH makes of a document: the merge patch (RFC 7396) applied to it."""
    sent: Document = get_parsed_body(request)
    return lambda document: _validate_content(
        shape, document, sent, apply_merge_patch(document, sent)
    )


def _validate_content(
    shape: type[Content], document: Document, sent: Document, wanted: Document
) -> Content:
    settable = list_field_names([shape])
    check_read_only(document, sent, _list_other_names(document, settable))
    settled = {name: value for name, value in wanted.items() if name in settable}
    content: Content = validate_body(_make_adapter(shape), settled, shape)
    return content


def _list_other_names(document: Document, settable: Iterable[str]) -> list[str]:
    known = set(settable)
    return [name for name in document if name not in known]


@cache
def _make_adapter(shape: type[BaseModel]) -> TypeAdapter[Any]:
    return TypeAdapter(shape)
