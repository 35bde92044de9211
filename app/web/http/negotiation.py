"""Content negotiation: the representation of an answer, and the media type of a body."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from starlette.requests import Request

from app.errors import Fault, Invalid, NotAcceptable, NotFound, UnsupportedMediaType
from app.values.suggestions import did_you_mean
from app.web.http.responses import read_header

JSON = "application/json"
GEOJSON = "application/geo+json"
NDJSON = "application/x-ndjson"
MERGE_PATCH = "application/merge-patch+json"
HTML = "text/html"

LONGEST_CACHED_ACCEPT = 300
_ACCEPT_HEADERS = {"POST": "accept-post", "PATCH": "accept-patch"}


def choose_format(
    request: Request,
    makes: Mapping[str, str],
    *,
    suffix: str | None = None,
    parameter: str | None = None,
) -> str:
    """Return the name of the representation, one of `makes` (name → media type, default first).

    A path's suffix decides, else the `format` parameter, else Accept. An unknown suffix is
    `NotFound`, an unknown `format` is `Invalid`, an Accept that matches nothing is `NotAcceptable`.
    """
    if suffix is not None:
        if suffix not in makes:
            raise NotFound(f"there is no representation '.{suffix}'{did_you_mean(suffix, makes)}")
        return suffix
    if parameter is not None:
        if parameter not in makes:
            raise _make_format_error(parameter, makes)
        return parameter
    return choose_accepted(read_header(request, b"accept"), tuple(makes.items()))


def choose_accepted(accept: str | None, makes: tuple[tuple[str, str], ...]) -> str:
    """Return the name in `makes` that an Accept header prefers; among equals the first."""
    # Longer headers are rarely repeated.
    known = accept is None or len(accept) <= LONGEST_CACHED_ACCEPT
    return _choose_cached(accept, makes) if known else _choose_best(accept, makes)


@lru_cache(maxsize=1024)
def _choose_cached(accept: str | None, makes: tuple[tuple[str, str], ...]) -> str:
    return _choose_best(accept, makes)


def _choose_best(accept: str | None, makes: tuple[tuple[str, str], ...]) -> str:
    if not accept or not accept.strip():
        return makes[0][0]
    ranges = _parse_media_ranges(accept)
    best, best_quality = "", 0.0
    for name, media_type in makes:
        quality = _find_quality(media_type, ranges)
        if quality > best_quality:
            best, best_quality = name, quality
    if not best:
        can_make = ", ".join(media_type for _, media_type in makes)
        raise NotAcceptable(f"the representations are {can_make}")
    return best


def prefers_html(request: Request) -> bool:
    """Return True if HTML is preferred to JSON, as browsers do and programs mostly do not."""
    return (
        choose_accepted(read_header(request, b"accept"), (("json", JSON), ("html", HTML))) == "html"
    )


def check_content_type(request: Request, accepts: Sequence[str]) -> str:
    """Return the media type of the body if it is one of `accepts`, in UTF-8; else refuse it."""
    check_content_coding(request)
    header = request.headers.get("content-type", "")
    media_type, *parameters = (part.strip().lower() for part in header.split(";"))
    charsets = [part[8:].strip('"') for part in parameters if part.startswith("charset=")]
    if media_type in accepts and all(charset in {"utf-8", "utf8"} for charset in charsets):
        return media_type
    takes = ", ".join(accepts)
    said = f"not {media_type}" if media_type else "and Content-Type must say so"
    if media_type in accepts:
        said = "in UTF-8"
    name = _ACCEPT_HEADERS.get(request.method)
    raise UnsupportedMediaType(
        f"this takes {takes}, {said}", headers={name: takes} if name else None
    )


def check_content_coding(request: Request, takes: Sequence[str] = ()) -> None:
    """Refuse a body in a coding that is not one of `takes`, and list these (RFC 7694)."""
    sent = ",".join(request.headers.getlist("content-encoding")).lower().split(",")
    others = {coding.strip() for coding in sent} - {"", "identity", *takes}
    if others:
        known = ", ".join([*takes, "identity"])
        raise UnsupportedMediaType(
            f"the body is in the content coding {min(others)[:40]}; this takes {known}",
            headers={"accept-encoding": known},
        )


def _parse_media_ranges(accept: str) -> list[tuple[str, float]]:
    ranges = []
    for part in accept.lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        if not media_range:
            continue
        # Old Java clients send "*" alone.
        ranges.append(("*/*" if media_range == "*" else media_range, _parse_weight(parameters)))
    return ranges


def _parse_weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _find_quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return the weight of the most specific range that covers a media type; 0 if none does."""
    main_type = media_type.partition("/")[0]
    for wanted in (media_type, f"{main_type}/*", "*/*"):
        for media_range, weight in ranges:
            if media_range == wanted:
                return weight
    return 0.0


def _make_format_error(name: str, makes: Mapping[str, str]) -> Invalid:
    detail = f"'{name[:40]}' is not one of {', '.join(makes)}{did_you_mean(name, makes)}"
    fault = Fault(code="unknown-format", detail=detail, parameter="format")
    return Invalid(f"format: {detail}", fault)
