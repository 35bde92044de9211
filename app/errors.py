"""The errors of Annals; `web/errors/problems.py` gives each its status.

`detail` is written for the client and leaves the server; a `Fault` names one place in the
request (a JSON pointer into the body, or a parameter) and what is wrong with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request: at a `pointer` into its body or at a `parameter`."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None


class AnnalsError(Exception):
    """An error of Annals; `headers` are added to the answer."""

    def __init__(
        self, detail: str, *faults: Fault, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults
        self.headers = dict(headers or {})


class Unparsable(AnnalsError):
    """The body is not what its media type says."""


class NotAuthenticated(AnnalsError):
    """No key was sent although one is needed, or the key is not valid."""


class ScopeMissing(AnnalsError):
    """The key lacks the scope that this needs."""


class NotGranted(AnnalsError):
    """The key is restricted to datasets, and this write is to another one."""


class NotFound(AnnalsError):
    """There is no such record, or it is not visible to the caller."""


class MethodNotAllowed(AnnalsError):
    """The path does not take this method."""


class NotAcceptable(AnnalsError):
    """None of the media types that the client accepts is available."""


class Conflict(AnnalsError):
    """The write contradicts what is stored: a duplicate, or a record still in use."""


class Gone(AnnalsError):
    """The record was deleted; its history can still be read."""


class Stale(AnnalsError):
    """The record has changed since the revision named in If-Match."""


class TooLarge(AnnalsError):
    """The request is larger than the server accepts."""


class TooSlow(AnnalsError):
    """The request did not arrive in the time that it may take."""


class HeadTooLarge(AnnalsError):
    """The request line and the headers are larger than the server accepts."""


class UnsupportedMediaType(AnnalsError):
    """The body's media type is not one that this path accepts."""


class RangeNotSatisfiable(AnnalsError):
    """The file does not have the requested bytes."""


class Invalid(AnnalsError):
    """The request was understood, and something in it is wrong."""


class QuestionTooCostly(AnnalsError):
    """The query was not answered within the time that it may take; ask for less."""


class PreconditionRequired(AnnalsError):
    """The change must name, in If-Match, the revision it is meant for."""


class TooManyRequests(AnnalsError):
    """The caller has used up its share of requests for now."""


class Unavailable(AnnalsError):
    """The service cannot answer right now; try again after a while."""


class OutcomeUnknown(Unavailable):
    """The commit of the write was not confirmed: it may or may not have been recorded."""


class OutOfSpace(AnnalsError):
    """There is no space left for writes; reads go on."""


class StorageCorrupt(AnnalsError):
    """The database finds its own files damaged, and takes no more writes."""


class Misconfigured(AnnalsError):
    """A setting is invalid; the program does not start."""
