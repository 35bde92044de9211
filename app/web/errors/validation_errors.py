"""Faults made from Pydantic's errors: the place in the request, and the nearest valid name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.errors import Fault
from app.values.strict_json import format_pointer
from app.values.suggestions import did_you_mean

ErrorLocation = Sequence[int | str]
PydanticErrors = Iterable[Mapping[str, Any]]

_QUOTED = re.compile(r"'([^']*)'")
_LONGEST_ECHO = 80
MOST_FAULTS = 100
"""The most faults in a response; a body may have thousands of the same kind."""

_CODES = {"missing": "required", "value_error": "invalid"}


def make_parameter_faults(problems: PydanticErrors, known: Sequence[str]) -> list[Fault]:
    """Return faults for errors in parameters; `known` are the names of all parameters."""
    faults = []
    for problem in islice(problems, MOST_FAULTS):
        location = _locate_error(problem)
        name = str(location[0]) if location else None
        if problem["type"] == "extra_forbidden" and name is not None:
            faults.append(make_unknown_parameter(name, known))
        else:
            faults.append(
                Fault(code=_make_code(problem), detail=_describe_error(problem), parameter=name)
            )
    return faults


def make_unknown_parameter(name: str, known: Sequence[str]) -> Fault:
    """Return the fault of an unknown parameter, with a suggestion."""
    return Fault(
        code="unknown-parameter", detail=_describe_unknown("parameter", name, known), parameter=name
    )


def make_body_faults(problems: PydanticErrors, body: object, shape: object) -> list[Fault]:
    """Return faults with JSON pointers for errors in `body`; `shape` is its annotation."""
    faults = []
    for problem in islice(problems, MOST_FAULTS):
        location = _locate_error(problem)
        absent = problem["type"] == "missing" or "field" in problem.get("ctx", {})
        pointer = make_pointer(body, location, absent=absent)
        if problem["type"] == "extra_forbidden":
            known = list_names_at(shape, location[:-1])
            detail = _describe_unknown("field", str(location[-1]), known)
            faults.append(Fault(code="unknown-field", detail=detail, pointer=pointer))
        else:
            faults.append(
                Fault(code=_make_code(problem), detail=_describe_error(problem), pointer=pointer)
            )
    return faults


def summarize_faults(faults: Sequence[Fault]) -> str:
    """Return one sentence for all faults: the only fault, or their number."""
    if len(faults) >= MOST_FAULTS:
        return f"{MOST_FAULTS} things or more in the request are wrong; errors lists the first"
    if len(faults) != 1:
        return f"{len(faults)} things in the request are wrong; errors lists them"
    fault = faults[0]
    place = fault.parameter if fault.parameter is not None else fault.pointer
    if not place or fault.code in {"unknown-parameter", "unknown-field"}:
        return fault.detail
    return f"{place}: {fault.detail}"


def make_pointer(body: object, location: ErrorLocation, *, absent: bool = True) -> str:
    """Return the JSON pointer (RFC 6901) of a Pydantic location.

    A location also holds labels that are not in the body, such as the tag of a union's member; a
    walk through the body tells them apart. With `absent` the last step may be a key that is
    missing.
    """
    steps: list[str | int] = []
    here = body
    for place, step in enumerate(location):
        last = absent and place == len(location) - 1
        if isinstance(here, dict) and (step in here or last):
            steps.append(step)
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            steps.append(step)
            here = here[step]
    return format_pointer(steps)


def list_names_at(shape: object, location: ErrorLocation) -> list[str]:
    """Return the field names that a body of this annotation may have at a location."""
    models = _list_models(shape)
    for step in location:
        deeper = [
            field.annotation
            for model in models
            for name, field in model.model_fields.items()
            if step in {name, get_public_name(name, field)}
        ]
        if deeper:
            models = [model for annotation in deeper for model in _list_models(annotation)]
    return sorted(list_field_names(models))


def list_field_names(models: Iterable[type[BaseModel]]) -> set[str]:
    """Return the names under which the models' fields are sent."""
    return {
        get_public_name(name, field)
        for model in models
        for name, field in model.model_fields.items()
    }


def get_public_name(name: str, field: FieldInfo) -> str:
    """Return the name under which a field is sent: its alias if it has one."""
    alias = field.validation_alias if isinstance(field.validation_alias, str) else field.alias
    return alias or name


def _list_models(annotation: object) -> list[type[BaseModel]]:
    aliased = getattr(annotation, "__value__", None)
    if aliased is not None:
        return _list_models(aliased)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        arguments = arguments[:1]
    elif get_origin(annotation) not in {Union, UnionType, list, tuple, set, frozenset, dict}:
        return []
    return [model for argument in arguments for model in _list_models(argument)]


def _locate_error(problem: Mapping[str, Any]) -> ErrorLocation:
    """Return the location of an error; a validator of a whole model names its field as `field`."""
    blamed = problem.get("ctx", {}).get("field")
    return (*problem["loc"], blamed) if blamed else tuple(problem["loc"])


def _describe_unknown(kind: str, name: str, known: Sequence[str]) -> str:
    return f"unknown {kind} '{_shorten(name)}'{did_you_mean(name, known)}"


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_ECHO else text[: _LONGEST_ECHO - 1] + "…"


def _make_code(problem: Mapping[str, Any]) -> str:
    kind = str(problem["type"])
    return _CODES.get(kind, kind).replace("_", "-")


def _describe_error(problem: Mapping[str, Any]) -> str:
    kind = problem["type"]
    if kind == "missing":
        return "this is required"
    if kind in {"literal_error", "enum"}:
        expected = str(problem["ctx"]["expected"])
        given = str(problem["input"])
        choices = _QUOTED.findall(expected)
        return f"'{_shorten(given)}' is not one of {expected}{did_you_mean(given, choices)}"
    return str(problem["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
