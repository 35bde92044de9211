"""The one table of what can go wrong over HTTP, and the RFC 9457 documents made from it."""

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
    """One kind of problem: its status, where its page is, and what it means."""

    status: int
    slug: str
    title: str
    explanation: str

    @property
    def type(self) -> str:
        """The URI reference under which this kind of problem is explained."""
        return f"/problems/{self.slug}"


PROBLEMS: Mapping[type[Exception], Problem] = {
    errors.Unparsable: Problem(
        400,
        "unparsable",
        "The body cannot be read",
        "The body is empty, or is not what its media type says: broken JSON, bytes that are not "
        "UTF-8, NaN or an infinite number, the same key twice in one object, or nesting that is "
        "too deep. Nothing was changed.",
    ),
    errors.NotAuthenticated: Problem(
        401,
        "not-authenticated",
        "A valid key is needed",
        "Send a key as `Authorization: Bearer <key>`. Either none was sent where one is needed, "
        "or the header is malformed, or the key is unknown, expired or revoked. A key in the URL "
        "is never read.",
    ),
    errors.ScopeMissing: Problem(
        403,
        "scope-missing",
        "The key does not allow this",
        "The key is valid, but lacks the scope that this request needs; the detail names it. The "
        "scopes are read, write, import and admin, and admin includes the others.",
    ),
    errors.NotGranted: Problem(
        403,
        "not-granted",
        "The key writes to other datasets",
        "The key is held to datasets, which the detail names, and this is a write elsewhere. Such "
        "a key writes the events, claims, merges and imports of its datasets, relations that lead "
        "from their events, and the records of the datasets themselves. It makes actors and "
        "sources that are not there yet, changes those that are private to its datasets, and makes "
        "no datasets.",
    ),
    errors.NotFound: Problem(
        404,
        "not-found",
        "There is nothing here",
        "No such path or record exists, or the record is in a dataset that the caller may not "
        "see: the two cannot be told apart from outside.",
    ),
    errors.MethodNotAllowed: Problem(
        405,
        "method-not-allowed",
        "The path does not take this method",
        "The path exists, and takes other methods than the one that was sent. The Allow header "
        "lists them.",
    ),
    errors.NotAcceptable: Problem(
        406,
        "not-acceptable",
        "The wanted representation cannot be made",
        "None of the media types in Accept can be made here; the detail lists those that can. "
        "Leave Accept out, or send */*, for the usual one.",
    ),
    errors.Conflict: Problem(
        409,
        "conflict",
        "The change contradicts what is stored",
        "A record with the same identity exists already (`slug-taken` where it is a slug, whoever "
        "may see its holder), a record is still in use, or an event was merged into another one "
        "and is changed there.",
    ),
    errors.Gone: Problem(
        410,
        "gone",
        "The record was deleted",
        "The record existed and was deleted. Its history can still be read, and it can be "
        "restored with a key that may write.",
    ),
    errors.Stale: Problem(
        412,
        "stale",
        "The record has changed meanwhile",
        "If-Match names another revision than the current one. Read the record again, look at "
        "what changed, and send the change with the new ETag.",
    ),
    errors.TooLarge: Problem(
        413,
        "too-large",
        "The request is too large",
        "The body is larger than the server takes on this path. Split it, or send it as an "
        "import, which takes far larger files.",
    ),
    errors.TooSlow: Problem(
        408,
        "too-slow",
        "The request came too slowly",
        "The headers were not complete in time, or the body brought too little in a window of "
        "time. The connection is closed; send the request again. A long body over a slow line is "
        "taken as long as it goes on coming.",
    ),
    errors.HeadTooLarge: Problem(
        431,
        "head-too-large",
        "The request line and headers are too large",
        "The path, the parameters and the headers together are larger than the server takes. Ask "
        "in parts.",
    ),
    errors.UnsupportedMediaType: Problem(
        415,
        "unsupported-media-type",
        "The body has the wrong media type",
        "The Content-Type is missing or is not one that this path takes; Accept-Post or "
        "Accept-Patch lists those that it does.",
    ),
    errors.RangeNotSatisfiable: Problem(
        416,
        "range-not-satisfiable",
        "The file has no such bytes",
        "The Range header asks for bytes behind the end of the file. Content-Range tells how many "
        "there are.",
    ),
    errors.Invalid: Problem(
        422,
        "invalid",
        "Something in the request is wrong",
        "The request was understood, and at least one value in it cannot be right. Each entry of "
        "errors names the place, as a parameter or as a JSON pointer into the body, and where "
        "there is one the nearest valid thing.",
    ),
    errors.QuestionTooCostly: Problem(
        422,
        "question-too-costly",
        "The question takes too long",
        "The question was not answered within the time that a question may take, and would not be "
        "if it were sent again. Ask for less: fewer days, one dataset, a smaller box, a filter of "
        "fewer parts, a rarer word. Callers with a key have more time than those without.",
    ),
    errors.PreconditionRequired: Problem(
        428,
        "precondition-required",
        "The change must say which revision it is for",
        "PUT, PATCH and DELETE of a record need If-Match with the ETag of the record as it was "
        "read, so that nobody's work is overwritten unseen. `If-Match: *` means any revision.",
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
        "Something that the service needs, usually its database, does not answer. Try again "
        "after the time in Retry-After; repeating a read or a conditional change is safe.",
    ),
    errors.OutcomeUnknown: Problem(
        503,
        "outcome-unknown",
        "Whether it was recorded is not known",
        "The connection to the database was lost while the change was being confirmed: it may "
        "have been recorded, and may not. Look before sending it again. A record with an "
        "external_id is found by it, and sending it twice does not make two; a change of a "
        "record that carries If-Match is safe to send again, since 412 says that it, or somebody "
        "else's, was recorded; else read the record and compare its ETag.",
    ),
    errors.OutOfSpace: Problem(
        507,
        "out-of-space",
        "There is no space to write on",
        "A disk of the server is full: nothing of the change was recorded, and reads are answered "
        "as before. Send it again when the operator has made space; `/readyz` says of writes "
        "whether they are taken. Imports that were accepted wait, and go on by themselves.",
    ),
    errors.StorageCorrupt: Problem(
        500,
        "storage-corrupt",
        "The stored data is damaged",
        "The database finds that its own files are damaged. The server takes no more writes "
        "until its operator has looked into it: `annals check` says what is damaged, and "
        "`annals restore` fills a new database from a backup.",
    ),
    errors.Misconfigured: Problem(
        500,
        "misconfigured",
        "The server is set up wrongly",
        "A setting of the server does not make sense. Its operator finds the reason in the log.",
    ),
    errors.AnnalsError: Problem(
        400,
        "refused",
        "The request was refused",
        "The server does not take this request; the detail says why.",
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
"""Seconds to wait where the error itself does not say."""


class ProblemFault(BaseModel):
    """One thing that is wrong, and where: in a parameter, or at a JSON pointer into the body."""

    model_config = ConfigDict(title="ProblemFault")

    code: str = Field(description="What is wrong, for programs.", examples=["unknown-parameter"])
    detail: str = Field(
        description="What is wrong, for people.",
        examples=["unknown parameter 'tpye'; did you mean 'type'?"],
    )
    parameter: str | None = Field(
        default=None,
        description="The query, path or header parameter that is wrong.",
        examples=["tpye"],
    )
    pointer: str | None = Field(
        default=None,
        description="The JSON pointer (RFC 6901) of the wrong value in the body.",
        examples=["/date"],
    )


class ProblemDocument(BaseModel):
    """What went wrong, as RFC 9457 describes it."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(
        description="Where this kind of problem is explained.", examples=["/problems/invalid"]
    )
    title: str = Field(
        description="The kind of problem, in a few words.",
        examples=["Something in the request is wrong"],
    )
    status: int = Field(ge=400, le=599, description="The HTTP status.", examples=[422])
    detail: str = Field(
        description="What went wrong this time.",
        examples=["unknown parameter 'tpye'; did you mean 'type'?"],
    )
    instance: str | None = Field(
        default=None, description="The path that was asked for.", examples=["/v1/events"]
    )
    errors: list[ProblemFault] = Field(
        default=[], description="Each thing that is wrong with the request."
    )
    trace_id: str = Field(
        description="What to quote when asking about this answer; it is in the server's log.",
        examples=["4bf92f3577b34da6a3ce929d0e0e4736"],
    )


@dataclass(frozen=True)
class ProblemOccurrence:
    """One time that a problem arose: the path it arose at, and the id to find it by in the log."""

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
    """Make the answer: the document as `application/problem+json`, never cached."""
    document: dict[str, Any] = {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "instance": occurrence.instance,
        "errors": [_render_fault(fault) for fault in faults],
        "trace_id": occurrence.trace_id,
    }
    told = {name.lower(): value for name, value in (headers or {}).items()}
    return Response(
        orjson.dumps(document),
        status_code=problem.status,
        media_type=PROBLEM_JSON,
        headers={"cache-control": "no-store", **_make_usual_headers(problem.status), **told},
    )


def make_error_responses(*kinds: type[Exception]) -> dict[int | str, dict[str, Any]]:
    """Return what FastAPI's `responses=` takes for these error classes, from the same table."""
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
