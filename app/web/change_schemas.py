"""Schemas of PUT and PATCH bodies, made from the schemas of the records that they change."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, Field, create_model

from app.vocab.field_types import ReadOnlyField

Model = TypeVar("Model", bound=BaseModel)


def patches(content: type[BaseModel], **types: Any) -> Callable[[type[Model]], type[Model]]:
    """Add every field of `content` to a merge patch (RFC 7396): optional, null by default.

    `types` replaces the types of some fields; fields that the patch defines itself are kept.
    """

    def add_fields(patch: type[Model]) -> type[Model]:
        hints = {**get_type_hints(content, include_extras=True), **types}
        fields = {
            name: (_make_optional(hints[name]), Field(default=None, description=info.description))
            for name, info in content.model_fields.items()
            if name not in patch.model_fields
        }
        return _extend(patch, fields)

    return add_fields


def has_read_only_fields(
    names: Iterable[str],
) -> Callable[[type[Model]], type[Model]]:
    """Add fields that Annals sets: they may be sent back as they were read, and are ignored."""

    def add_fields(model: type[Model]) -> type[Model]:
        read_only = {
            name: (ReadOnlyField, Field(default=None, description="Read-only.")) for name in names
        }
        return _extend(model, read_only)

    return add_fields


def _make_optional(hint: Any) -> Any:
    return hint if hint is Any else hint | None


def _extend(model: type[Model], fields: dict[str, Any]) -> type[Model]:
    return create_model(
        model.__name__,
        __base__=model,
        __module__=model.__module__,
        __doc__=model.__doc__,
        **fields,
    )
