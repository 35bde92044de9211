"""What Pydantic says is wrong, told as faults: where in the request, and the nearest valid name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.errors import Fault
from app.values.suggestions import did_you_mean

Location = Sequence[int | str]
PydanticErrors = Iterable[Mapping[str, Any]]

_QUOTED = re.compile(r"'([^']*)'")
_LONGEST_ECHO = 80
MOST_FAULTS = 100
"""How many things an answer says are wrong; a body may have thousands of the same kind."""

_CODES = {"missing": "required", "value_error": "invalid"}


def parameter_faults(problems: PydanticErrors, known: Sequence[str]) -> list[Fault]:
    """Turn errors located at parameters into faults; `known` are the names of all of them."""
    faults = []
    for problem in islice(problems, MOST_FAULTS):
        location = _location(problem)
        name = str(location[0]) if location else None
        if problem["type"] == "extra_forbidden" and name is not None:
            faults.append(unknown_parameter(name, known))
        else:
            faults.append(Fault(code=_code(problem), detail=_detail(problem), parameter=name))
    return faults


def unknown_parameter(name: str, known: Sequence[str]) -> Fault:
    """Say that there is no such parameter, and which name was perhaps meant."""
    return Fault(
        code="unknown-parameter", detail=_unknown("parameter", name, known), parameter=name
    )


def body_faults(problems: PydanticErrors, body: object, shape: object) -> list[Fault]:
    """Turn errors located in `body` into faults with JSON pointers; `shape` is its annotation."""
    faults = []
    for problem in islice(problems, MOST_FAULTS):
        location = _location(problem)
        absent = problem["type"] == "missing" or "field" in problem.get("ctx", {})
        pointer = pointer_into(body, location, absent=absent)
        if problem["type"] == "extra_forbidden":
            known = names_at(shape, location[:-1])
            detail = _unknown("field", str(location[-1]), known)
            faults.append(Fault(code="unknown-field", detail=detail, pointer=pointer))
        else:
            faults.append(Fault(code=_code(problem), detail=_detail(problem), pointer=pointer))
    return faults


def summary_of(faults: Sequence[Fault]) -> str:
    """Say in one sentence what is wrong: the only fault, or how many there are."""
    if len(faults) >= MOST_FAULTS:
        return f"{MOST_FAULTS} things or more in the request are wrong; errors lists the first"
    if len(faults) != 1:
        return f"{len(faults)} things in the request are wrong; errors lists them"
    fault = faults[0]
    place = fault.parameter if fault.parameter is not None else fault.pointer
    if not place or fault.code in {"unknown-parameter", "unknown-field"}:
        return fault.detail
    return f"{place}: {fault.detail}"


def pointer_into(body: object, location: Location, *, absent: bool = True) -> str:
    """Return the JSON pointer (RFC 6901) of a Pydantic location.

    A location also holds labels that are not in the body, such as the tag of a union's member;
    walking the body beside it tells them apart. With `absent` the last step may be a key that is
    not there.
    """
    steps: list[str] = []
    here = body
    for place, step in enumerate(location):
        last = absent and place == len(location) - 1
        if isinstance(here, dict) and (step in here or last):
            steps.append(escaped_step(str(step)))
            here = here.get(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            steps.append(str(step))
            here = here[step]
    return "".join(f"/{step}" for step in steps)


def names_at(shape: object, location: Location) -> list[str]:
    """Return the field names that a body of this annotation may have at a location."""
    models = _models_in(shape)
    for step in location:
        deeper = [
            field.annotation
            for model in models
            for name, field in model.model_fields.items()
            if step in {name, public_name(name, field)}
        ]
        if deeper:
            models = [model for annotation in deeper for model in _models_in(annotation)]
    return sorted(field_names(models))


def field_names(models: Iterable[type[BaseModel]]) -> set[str]:
    """Return the names under which the models' fields are sent."""
    return {
        public_name(name, field) for model in models for name, field in model.model_fields.items()
    }


def public_name(name: str, field: FieldInfo) -> str:
    """Return the name under which a field is sent: its alias if it has one."""
    alias = field.validation_alias if isinstance(field.validation_alias, str) else field.alias
    return alias or name


def _models_in(annotation: object) -> list[type[BaseModel]]:
    aliased = getattr(annotation, "__value__", None)
    if aliased is not None:
        return _models_in(aliased)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        arguments = arguments[:1]
    elif get_origin(annotation) not in {Union, UnionType, list, tuple, set, frozenset, dict}:
        return []
    return [model for argument in arguments for model in _models_in(argument)]


def escaped_step(step: str) -> str:
    """Return one step of a JSON pointer with its two special characters escaped."""
    return step.replace("~", "~0").replace("/", "~1")


def _location(problem: Mapping[str, Any]) -> Location:
    """Where it is: a check of a whole model names the field that it blames as `field`."""
    blamed = problem.get("ctx", {}).get("field")
    return (*problem["loc"], blamed) if blamed else tuple(problem["loc"])


def _unknown(kind: str, name: str, known: Sequence[str]) -> str:
    return f"unknown {kind} '{_shortened(name)}'{did_you_mean(name, known)}"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_ECHO else text[: _LONGEST_ECHO - 1] + "…"


def _code(problem: Mapping[str, Any]) -> str:
    kind = str(problem["type"])
    return _CODES.get(kind, kind).replace("_", "-")


def _detail(problem: Mapping[str, Any]) -> str:
    kind = problem["type"]
    if kind == "missing":
        return "this is required"
    if kind in {"literal_error", "enum"}:
        expected = str(problem["ctx"]["expected"])
        given = str(problem["input"])
        choices = _QUOTED.findall(expected)
        return f"'{_shortened(given)}' is not one of {expected}{did_you_mean(given, choices)}"
    return str(problem["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
