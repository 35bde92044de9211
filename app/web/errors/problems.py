"""The table of problems that the API answers with, and the RFC 9457 documents made from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app import errors
from app.errors import Fault

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True)
class Problem:
    """One kind of problem: its status, the slug of its page, and its meaning."""

    status: int
    slug: str
    title: str
    explanation: str

    @property
    def type(self) -> str:
        """The URI reference of the page that explains this kind of problem."""
        return f"/problems/{self.slug}"


PROBLEMS: Mapping[type[Exception], Problem] = {
    errors.Unparsable: Problem(
        400,
        "unparsable",
        "The body cannot be read",
        "The body is empty or does not match its media type: broken JSON, bytes that are not "
        "UTF-8, NaN or an infinite number, a key that is repeated in one object, or nesting "
        "that is too deep. Nothing was changed.",
    ),
    errors.NotAuthenticated: Problem(
        401,
        "not-authenticated",
        "A valid key is needed",
        "Send a key as `Authorization: Bearer <key>`. Either no key was sent where one is "
        "needed, or the header is malformed, or the key is unknown, expired or revoked. A key "
        "in the URL is never read.",
    ),
    errors.ScopeMissing: Problem(
        403,
        "scope-missing",
        "The key does not allow this",
        "The key is valid but lacks the scope that this request needs; the detail names it. The "
        "scopes are read, write, import and admin, and admin includes the others.",
    ),
    errors.NotGranted: Problem(
        403,
        "not-granted",
        "The key writes to other datasets",
        "The key is held to datasets, which the detail names, and this is a write elsewhere. "
        "Such a key writes the events, claims, merges and imports of its datasets, relations "
        "that lead from their events, and the records of the datasets themselves. It creates "
        "actors and sources that do not exist yet, changes those that are private to its "
        "datasets, and creates no datasets.",
    ),
    errors.NotFound: Problem(
        404,
        "not-found",
        "There is nothing here",
        "The path or the record does not exist, or the record is in a dataset that the caller "
        "cannot see; the answer does not distinguish these cases.",
    ),
    errors.MethodNotAllowed: Problem(
        405,
        "method-not-allowed",
        "The path does not take this method",
        "The path exists but does not allow this method. The Allow header lists the methods "
        "that it allows.",
    ),
    errors.NotAcceptable: Problem(
        406,
        "not-acceptable",
        "The wanted representation cannot be made",
        "None of the media types in Accept is available here; the detail lists those that are. "
        "Leave Accept out, or send */*, to get the default.",
    ),
    errors.Conflict: Problem(
        409,
        "conflict",
        "The change contradicts what is stored",
        "A record with the same identity exists already (`slug-taken` for a slug, even if the "
        "caller cannot see its record), or a record is still in use, or an event was merged "
        "into another one and must be changed there.",
    ),
    errors.Gone: Problem(
        410,
        "gone",
        "The record was deleted",
        "The record existed and was deleted. Its history can still be read, and a key with the "
        "scope write can restore it.",
    ),
    errors.Stale: Problem(
        412,
        "stale",
        "The record has changed meanwhile",
        "If-Match names another revision than the current one. Read the record again, compare, "
        "and send the change with the new ETag.",
    ),
    errors.TooLarge: Problem(
        413,
        "too-large",
        "The request is too large",
        "The body is larger than the limit of this path. Split it, or send it as an import, "
        "which accepts far larger files.",
    ),
    errors.TooSlow: Problem(
        408,
        "too-slow",
        "The request came too slowly",
        "The headers were not complete in time, or too little of the body arrived in a window "
        "of time. The connection is closed; send the request again. A long body over a slow "
        "line is accepted as long as it keeps arriving.",
    ),
    errors.HeadTooLarge: Problem(
        431,
        "head-too-large",
        "The request line and headers are too large",
        "The path, the parameters and the headers together are larger than the limit. Split the "
        "request.",
    ),
    errors.UnsupportedMediaType: Problem(
        415,
        "unsupported-media-type",
        "The body has the wrong media type",
        "The Content-Type is missing, or this path does not accept it; Accept-Post or "
        "Accept-Patch lists those that it accepts.",
    ),
    errors.RangeNotSatisfiable: Problem(
        416,
        "range-not-satisfiable",
        "The file has no such bytes",
        "The Range header asks for bytes beyond the end of the file. Content-Range has the size "
        "of the file.",
    ),
    errors.Invalid: Problem(
        422,
        "invalid",
        "Something in the request is wrong",
        "The request was understood, but at least one value in it is invalid. Each entry of "
        "errors names the place, as a parameter or as a JSON pointer into the body, and the "
        "nearest valid value if there is one.",
    ),
    errors.QuestionTooCostly: Problem(
        422,
        "question-too-costly",
        "The question takes too long",
        "The query exceeded the time limit, and would exceed it again. Narrow it: fewer days, "
        "one dataset, a smaller box, a simpler filter, a rarer word. Callers with a key have "
        "more time than those without.",
    ),
    errors.PreconditionRequired: Problem(
        428,
        "precondition-required",
        "The change must say which revision it is for",
        "PUT, PATCH and DELETE of a record need If-Match with the ETag of the record as it was "
        "read, so that no concurrent change is overwritten. `If-Match: *` means any revision.",
    ),
    errors.TooManyRequests: Problem(
        429,
        "too-many-requests",
        "Too many requests",
        "The caller has used up its share of requests for now. Wait as long as Retry-After says.",
    ),
    errors.Unavailable: Problem(
        503,
        "unavailable",
        "The service cannot answer right now",
        "A service that the server depends on, usually its database, does not answer. Try again "
        "after the time in Retry-After; repeating a read or a conditional change is safe.",
    ),
    errors.OutcomeUnknown: Problem(
        503,
        "outcome-unknown",
        "Whether it was recorded is not known",
        "The connection to the database was lost while the change was being committed, so it "
        "may or may not have been recorded. Check before sending it again. A record with an "
        "external_id is found by it, and sending it twice creates only one; a change of a "
        "record with If-Match is safe to send again, since 412 shows that it, or another "
        "change, was recorded; otherwise read the record and compare its ETag.",
    ),
    errors.OutOfSpace: Problem(
        507,
        "out-of-space",
        "There is no space to write on",
        "A disk of the server is full: nothing of the change was recorded, and reads are still "
        "answered. Send it again when the operator has freed space; `/readyz` shows if writes "
        "are accepted. Accepted imports wait, and continue without further action.",
    ),
    errors.StorageCorrupt: Problem(
        500,
        "storage-corrupt",
        "The stored data is damaged",
        "The database reports that its own files are damaged. The server accepts no more writes "
        "until its operator has intervened: `annals check` reports the damage, and `annals "
        "restore` fills a new database from a backup.",
    ),
    errors.Misconfigured: Problem(
        500,
        "misconfigured",
        "The server is set up wrongly",
        "A setting of the server is invalid. Its operator finds the reason in the log.",
    ),
    errors.AnnalsError: Problem(
        400,
        "refused",
        "The request was refused",
        "The server refuses this request; the detail has the reason.",
    ),
    Exception: Problem(
        500,
        "internal-error",
        "Something went wrong inside the server",
        "This is a fault of the server and not of the request. The server's log has the reason "
        "under the trace_id of the answer.",
    ),
}

PROBLEMS_BY_STATUS: Mapping[int, Problem] = {
    problem.status: problem for problem in reversed([*PROBLEMS.values()])
} | {400: PROBLEMS[errors.Unparsable], 500: PROBLEMS[Exception]}

_RETRY_AFTER = {429: "60", 503: "5"}
"""Seconds to wait, unless the error itself has them."""


class ProblemFault(BaseModel):
    """One fault of a request, in a parameter or at a JSON pointer into the body."""

    model_config = ConfigDict(title="ProblemFault")

    code: str = Field(
        description="The kind of fault, for programs.", examples=["unknown-parameter"]
    )
    detail: str = Field(
        description="The fault, for people.",
        examples=["unknown parameter 'tpye'; did you mean 'type'?"],
    )
    parameter: str | None = Field(
        default=None,
        description="The query, path or header parameter at fault.",
        examples=["tpye"],
    )
    pointer: str | None = Field(
        default=None,
        description="The JSON pointer (RFC 6901) of the value at fault in the body.",
        examples=["/date"],
    )


class ProblemDocument(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(
        description="The URI reference of the page that explains this kind of problem.",
        examples=["/problems/invalid"],
    )
    title: str = Field(
        description="A short title of this kind of problem.",
        examples=["Something in the request is wrong"],
    )
    status: int = Field(ge=400, le=599, description="The HTTP status.", examples=[422])
    detail: str = Field(
        description="The cause of this occurrence.",
        examples=["unknown parameter 'tpye'; did you mean 'type'?"],
    )
    instance: str | None = Field(
        default=None, description="The path of the request.", examples=["/v1/events"]
    )
    errors: list[ProblemFault] = Field(default=[], description="All faults of the request.")
    trace_id: str = Field(
        description="The id to quote in support requests; the server's log has it.",
        examples=["4bf92f3577b34da6a3ce929d0e0e4736"],
    )


@dataclass(frozen=True)
class ProblemOccurrence:
    """One occurrence of a problem: the path of the request, and its id in the log."""

    instance: str
    trace_id: str


def find_problem(error: type[Exception]) -> Problem:
    """Return the row of the table for an error class, or for its nearest ancestor."""
    for ancestor in error.__mro__:
        if ancestor in PROBLEMS:
            return PROBLEMS[ancestor]
    return PROBLEMS[Exception]


def make_problem_response(
    problem: Problem,
    detail: str,
    occurrence: ProblemOccurrence,
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a response with the document as `application/problem+json`, never cached."""
    document: dict[str, Any] = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "instance": occurrence.instance,
        "errors": [_render_fault(fault) for fault in faults],
        "trace_id": occurrence.trace_id,
    }
    given = {name.lower(): value for name, value in (headers or {}).items()}
    return Response(
        orjson.dumps(document),
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers={"cache-control": "no-store", **_make_usual_headers(problem.status), **given},
    )


def make_error_responses(*kinds: type[Exception]) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's `responses=` for these error classes, from the table."""
    titles: dict[int, list[str]] = {}
    for kind in kinds:
        problem = find_problem(kind)
        titles.setdefault(problem.status, []).append(problem.title)
    return {
        status: {
            "description": "; or: ".join(dict.fromkeys(names)) + ".",
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, names in titles.items()
    }


def _render_fault(fault: Fault) -> dict[str, str]:
    place = {"pointer": fault.pointer, "parameter": fault.parameter}
    return {
        **{name: value for name, value in place.items() if value is not None},
        "code": fault.code,
        "detail": fault.detail,
    }


def _make_usual_headers(status: int) -> dict[str, str]:
    headers = {}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if status in _RETRY_AFTER:
        headers["retry-after"] = _RETRY_AFTER[status]
    return headers
