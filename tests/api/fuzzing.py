"""Schemathesis over the application: how it is set up, and what it may not hold against it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zlib import crc32

import schemathesis
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.hooks import HookContext
from schemathesis.schemas import BaseSchema

from tests.api.conftest import ADMIN_KEY
from tests.api.specimens import DATASET

BEYOND_SCHEMA: Mapping[str, str] = {
    "about-and-value": "two fields that come together or not at all",
    "ambiguous-code": "what a name means is in the vocabulary",
    "deleted-event": "what is there is in the database",
    "duplicate": "whether a record is there already is in the database",
    "empty-range": "two bounds that leave nothing between them",
    "half-a-place": "two fields that come together or not at all",
    "immutable": "what a record was made with is in the database",
    "merged-event": "what was merged is in the database",
    "merged": "whether a record was merged is in the database",
    "no-coordinates": "precisions that need coordinates",
    "no-details": "which details an event has depends on its type",
    "named-twice": "names that are the same only when commas are read",
    "no-words": "a sort order, or snippets, that need another parameter",
    "not-a-after": "the server makes positions, and knows its own",
    "not-a-as_of": "the server makes positions, and knows its own",
    "not-a-box": "the south lies above the north",
    "not-a-count": "what a claim's value is depends on what it is about",
    "not-a-cursor": "the server makes cursors, and knows its own",
    "not-a-date": "29 February of common years, intervals that end before they begin",
    "same-actor": "what two names mean is in the vocabulary and in the database",
    "not-a-dyad": "two actors that differ only before commas are read",
    "not-a-filter": "the grammar of CQL2, and which fields it can name",
    "admin-held": "a key with the scope admin names no datasets",
    "not-public": "who sees what a question finds is in the database",
    "not-a-question": "what a query string asks is for the route that it is of",
    "not-a-moment": "instants in the future, positions that are not settled",
    "not-an-area": "rings that do not close or cross themselves",
    "not-an-instant": "instants that leave the years 1 to 9999 by their offset",
    "not-in-order": "low ≤ best ≤ high",
    "not-words": "text without a letter or digit to search for",
    "one-of": "parameters that exclude each other",
    "other-dataset": "where a record is, is in the database",
    "own-owner": "two fields that must differ",
    "private": "whose a record is is in the database",
    "required": "a merge patch that leaves an object without what it needs",
    "same-event": "two fields that must differ",
    "slug-taken": "which slugs are taken is in the database",
    "too-much": "how much an answer comes to is in the database",
    "same-record": "a path and a field that must differ",
    "unknown-actor": "what is there is in the database",
    "unknown-code": "what a name means is in the vocabulary",
    "unknown-dataset": "what is there is in the database",
    "unknown-event": "what is there is in the database",
    "unknown-field": "which details an event has, or a claim can be about, depends on its type",
    "unknown-format": "whether a file is one of a provider is in the file",
    "unknown-source": "what is there is in the database",
}
"""Codes of faults that a schema cannot rule out, each with the reason."""

FREE = ("/details", "/value")
"""Fields that take any JSON: its form depends on other fields, and no text has NUL."""

UNREADABLE = ("text/csv", "text/tab-separated-values", "application/x-ndjson", "application/gzip")
"""Media types whose bytes JSON Schema says nothing about: 400 and 422 are right for most."""

KNOWN: Mapping[str, tuple[str, ...]] = {
    "actor": ("PRK", "RUS", "kim-jong-un"),
    "actor_all": ("PRK", "RUS"),
    "for": ("PRK", "RUS"),
    "speaker": ("shin-won-sik",),
    "speaks_for": ("KOR", "PRK"),
    "dataset": (DATASET, "acled"),
    "source": ("nhk", "government-of-the-dprk"),
    "origin": ("nhk",),
    "owner": ("government-of-the-dprk",),
    "country": ("PRK", "KOR"),
    "filter": ("type = 'summit'", "actor = 'PRK' AND NOT details.ordinal > 2"),
    "within": ("POLYGON((124 37, 131 37, 131 43, 124 43, 124 37))",),
}
"""Names of what is there: most of those made up are exchanged for one, to get past the door."""

PHASES = ("examples", "coverage", "fuzzing", "stateful")
PATIENCE_SECONDS = 60
"""For one answer, on a machine that does much else."""

SERVERS_OWN = ("cursor", "after")
OWN_KEY = "first"


@dataclass
class Findings:
    """The result of a run: the number of cases by phase and status, and each failure once."""

    cases: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Effort:
    """The effort: cases per operation, the seconds that the phases share, and the phases."""

    examples: int
    seconds: int | None = None
    phases: tuple[str, ...] = PHASES


def load(app: FastAPI, seed: int, effort: Effort) -> BaseSchema:
    """The application's own document; all checks are on, as they are by default."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": {"Authorization": f"Bearer {ADMIN_KEY}"},
            "continue-on-failure": True,
            **({"max-time": effort.seconds} if effort.seconds else {}),
            # 428 is made for just that: RFC 6585, and says more than 400.
            "checks": {"missing_required_header": {"expected-statuses": ["401", "428"]}},
            "request-timeout": PATIENCE_SECONDS,
            "generation": {"max-examples": effort.examples, "database": "none"},
            "phases": {name: {"enabled": name in effort.phases} for name in PHASES},
        }
    )
    return schemathesis.openapi.from_asgi("/openapi.json", app, config=config)


def run(schema: BaseSchema) -> Findings:
    """Run every phase over every operation."""
    found = Findings()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _collect(event, found)
        elif isinstance(event, events.NonFatalError):
            found.errors.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return found


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Make valid cases hit what is there, and spare the key that the run itself uses."""
    del context, kwargs
    if case.path == "/v1/keys/{id}" and case.path_parameters.get("id") == OWN_KEY:
        case.path_parameters["id"] = "another"
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if len(case.query) > 1:
        # A cursor belongs to one question: alone it is sent, else the question would go unasked.
        for name in SERVERS_OWN:
            case.query.pop(name, None)
    if case.path.startswith("/v1"):  # /readyz?for= is no body that somebody acts for
        _exchange(case.query)
    _exchange(case.body)


@schemathesis.hook
def filter_failure(
    context: HookContext, failure: Failure, case: Case[Any], response: Response
) -> bool:
    """Return whether a failure is a real one, judged by the request and the answer."""
    del context
    name = type(failure).__name__
    if name == "RejectedPositiveData":
        return not _is_beyond_schema(case, response)
    if name == "AcceptedNegativeData":
        return not _query_is_valid(case, response)
    if name == "UseAfterFree":
        return not _outlives_deletion(case)
    return True


def _is_beyond_schema(case: Case[Any], response: Response) -> bool:
    """412 is for a tag that only reading tells; 410 for a record that only asking tells."""
    if response.status_code in {410, 412}:
        return True
    if case.media_type in UNREADABLE or case.path == "/v1/imports":
        return response.status_code in {400, 422}
    faults = json.loads(response.content).get("errors", [])
    return bool(faults) and all(
        fault["code"] in BEYOND_SCHEMA or fault.get("pointer", "").startswith(FREE)
        for fault in faults
    )


def _query_is_valid(case: Case[Any], response: Response) -> bool:
    """Return whether a query that was bent is a valid one on the wire.

    A list of one is written like its item, and a list of none like no list.
    """
    if any(part not in {"query"} for part in _bent(case)):
        return False
    sent: dict[str, list[str]] = {}
    for name, value in parse_qsl(urlsplit(str(response.request.url)).query):
        sent.setdefault(name, []).append(value)
    schemas = {each.name: each.optimized_schema for each in case.operation.query}
    return all(name in schemas and _holds(schemas[name], values) for name, values in sent.items())


def _holds(schema: Any, values: list[str]) -> bool:
    if schema.get("type") == "array":
        return Draft202012Validator(schema).is_valid(values)
    readings: list[Any] = [values[0]]
    if schema.get("type") in {"integer", "number", "boolean"}:
        try:
            readings = [json.loads(values[0])]
        except ValueError:
            return False
    return len(values) == 1 and Draft202012Validator(schema).is_valid(readings[0])


def _bent(case: Case[Any]) -> Iterable[str]:
    assert case.meta is not None
    return [
        location.name.lower()
        for location, part in case.meta.components.items()
        if part.mode is GenerationMode.NEGATIVE
    ]


def _outlives_deletion(case: Case[Any]) -> bool:
    """A revoked key stays in the list, and a deleted event keeps its history, as documented."""
    return case.path.startswith("/v1/keys") or "/history" in case.path


def _exchange(value: Any) -> None:
    for each in value if isinstance(value, list) else ():
        _exchange(each)
    for name, inner in value.items() if isinstance(value, dict) else ():
        pool = KNOWN.get(name)
        if pool and isinstance(inner, str):
            value[name] = _known(inner, pool)
        elif pool and isinstance(inner, list) and all(isinstance(each, str) for each in inner):
            value[name] = [_known(each, pool) for each in inner]
        else:
            _exchange(inner)


def _known(name: str, pool: tuple[str, ...]) -> str:
    number = crc32(name.encode(errors="replace"))
    return name if number % 5 == 0 else pool[number % len(pool)]


def _collect(event: events.ScenarioFinished, found: Findings) -> None:
    recorder = event.recorder
    found.cases += len(recorder.interactions)
    found.phases[event.phase.name] += len(recorder.interactions)
    for interaction in recorder.interactions.values():
        if interaction.response is not None:
            found.statuses[interaction.response.status_code] += 1
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is None:
                continue
            failure, sent = check.failure_info.failure, recorder.interactions.get(case_id)
            found.failures.setdefault(
                (check.name, failure.operation or ""),
                f"{failure.title}: {failure.message}\n{_told(sent)}",
            )


def _told(sent: Any) -> str:
    if sent is None:
        return ""
    answer = sent.response.content[:600] if sent.response is not None else b""
    request = sent.request
    return f"{request.method} {request.uri}\n{(request.body or b'')[:600]!r}\n→ {answer!r}"
