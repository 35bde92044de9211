"""Filters on the command line, as `key=value`: the parameters of the API, with its models."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import quote

import typer
from pydantic import BaseModel, ValidationError

from app.errors import Invalid
from app.web.errors.validation_errors import list_field_names, make_parameter_faults
from app.web.routing.query_route import find_list_parameters
from app.web.routing.query_string import read_query

Model = TypeVar("Model", bound=BaseModel)


def read_filters(model: type[Model], given: Sequence[str]) -> Model:
    """Read `key=value …` into a query model; raise BadParameter for a wrong one."""
    try:
        return model.model_validate(
            read_query(_make_query_string(given), find_list_parameters(model))
        )
    except Invalid as wrong:
        raise typer.BadParameter(wrong.detail) from None
    except ValidationError as wrong:
        known = sorted(list_field_names([model]))
        faults = make_parameter_faults(wrong.errors(include_url=False), known)
        told = (
            fault.detail
            if fault.code == "unknown-parameter"
            else f"{fault.parameter}: {fault.detail}"
            for fault in faults
        )
        raise typer.BadParameter("; ".join(told)) from None


def _make_query_string(given: Sequence[str]) -> bytes:
    for pair in given:
        if "=" not in pair:
            raise typer.BadParameter(f"{pair!r} is not a filter such as type=summit")
    parts = (pair.partition("=") for pair in given)
    return "&".join(f"{quote(name)}={quote(value)}" for name, _, value in parts).encode()
