"""Paths and sorts of the values in details, derived from the models."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from app.vocab.details.detail_types import get_details_models

TEXT, NUMBER, BOOLEAN, TEXTS, NUMBERS = "text", "number", "truth", "texts", "numbers"
_SCALARS: Mapping[Any, str] = {str: TEXT, int: NUMBER, float: NUMBER, bool: BOOLEAN}
_LISTS = {TEXT: TEXTS, NUMBER: NUMBERS}
_VALUE = "value"

DetailsPaths = Mapping[str, tuple[str, tuple[str, ...]]]


@cache
def list_details_paths() -> DetailsPaths:
    """Return the sort and the steps of every value of any kind of details, by dotted name.

    A number that may be an estimate, `{"value": 20, "estimated": true}`, is found by its value.
    """
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for model in get_details_models().values():
        for name, sort, path in _list_paths(model, ()):
            if found.setdefault(name, (sort, path))[0] != sort:
                raise TypeError(f"details.{name} is not of the same sort in all details")
    return MappingProxyType(found)


def _list_paths(
    model: type[BaseModel], above: tuple[str, ...]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for field_name, field in model.model_fields.items():
        path = (*above, field.alias or field_name)
        sort = _get_value_sort(field.annotation)
        if isinstance(sort, str):
            yield ".".join(path), sort, path
        elif sort is not None and not above:
            if _VALUE in sort.model_fields:
                yield ".".join(path), NUMBER, (*path, _VALUE)
            yield from _list_paths(sort, path)


def _get_value_sort(annotation: Any) -> str | type[BaseModel] | None:
    """Return the sort of a field, its model, or None if no filter can compare it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        sorts = {_get_value_sort(argument) for argument in arguments if argument is not type(None)}
        return sorts.pop() if len(sorts) == 1 else None
    if origin is list:
        item = _get_value_sort(arguments[0])
        return _LISTS.get(item) if isinstance(item, str) else None
    if origin is Annotated:
        return _get_value_sort(arguments[0])
    return TEXT if origin is Literal else _SCALARS.get(annotation)
