"""The parameters of a saved query: parsed from a query string, stored, and digested."""

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from app.db.database import Database
from app.errors import Fault, Invalid
from app.query.cql2.rewrite import rewrite_filter
from app.query.names.resolve_names import get_references
from app.query.params import STORED_CONTEXT
from app.query.planning import plan
from app.query.record_query import RecordQuery
from app.resources.events.query import EventQuery
from app.resources.events.rendering import make_writer
from app.resources.events.streaming import find_page_limit, stream_events
from app.web.errors.validation_errors import (
    list_field_names,
    make_parameter_faults,
    summarize_faults,
)
from app.web.routing.query_route import find_list_parameters
from app.web.routing.query_string import read_query

PAGE_PARAMETERS = ("cursor", "count", "limit", "format")


def read_parameters(query: str) -> dict[str, Any]:
    """Return the parameters of a query string; raise Invalid if one cannot be saved."""
    try:
        parameters = read_query(query.removeprefix("?").encode(), find_list_parameters(EventQuery))
    except Invalid as wrong:
        raise _make_error(wrong.detail) from None
    for name in PAGE_PARAMETERS:
        if name in parameters:
            raise _make_error(f"{name} says how a result is read, and cannot be saved")
    return dict(parameters)


def parse_query(
    parameters: Mapping[str, Any], context: Mapping[str, bool] | None = None
) -> EventQuery:
    """Return the query of these parameters; raise Invalid if they are not valid."""
    try:
        return EventQuery.model_validate(parameters, context=context)
    except ValidationError as wrong:
        known = sorted(list_field_names([EventQuery]))
        raise _make_error(
            summarize_faults(make_parameter_faults(wrong.errors(include_url=False), known))
        ) from None


def parse_stored_query(asked: Mapping[str, Any]) -> EventQuery:
    """Return the query of stored parameters; rules that became stricter since do not apply."""
    return parse_query(asked, STORED_CONTEXT)


def make_stored_parameters(
    parameters: Mapping[str, Any], query: EventQuery, named: EventQuery
) -> dict[str, Any]:
    """Return the parameters to store: with slugs for names, and without `as_of`."""
    asked = {name: given for name, given in parameters.items() if name != "as_of"}
    asked |= {name: getattr(named, name) for name in asked if name in get_references(EventQuery)}
    if query.filter is not None and named.filter is not None:
        asked["filter"] = rewrite_filter(parameters["filter"], query.filter, named.filter)
    return asked


async def compute_digest(
    database: Database, query: EventQuery, asked: RecordQuery
) -> tuple[int, str]:
    """Return the number of events that the caller sees, and their SHA-256 as NDJSON."""
    digest, events = hashlib.sha256(), 0
    writer = make_writer(query, "ndjson")
    planned = await plan(database, asked, find_page_limit(query, asked))
    async for chunk in stream_events(database, query, planned, writer):
        digest.update(chunk)
        events += chunk.count(b"\n")
    return events, digest.hexdigest()


def _make_error(detail: str) -> Invalid:
    return Invalid(detail, Fault(code="not-a-question", detail=detail, pointer="/query"))
