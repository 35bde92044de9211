"""Every error is a problem document, and every kind of problem has its page."""

import pytest

from app import errors
from app.web.errors.problems import PROBLEMS, PROBLEMS_BY_STATUS, find_problem, make_error_responses
from tests.web.conftest import Ask
from tests.web.sample import ID, SECRET

UNTYPED = {"Authorization": "Bearer writer"}
WRITER = {**UNTYPED, "Content-Type": "application/json"}


def family(kind: type[Exception]) -> list[type[Exception]]:
    """Return all descendants of an error class."""
    return [each for child in kind.__subclasses__() for each in (child, *family(child))]


@pytest.mark.parametrize("kind", family(errors.AnnalsError))
def test_each_error_has_a_row_of_its_own(kind: type[Exception]) -> None:
    if kind.__module__ == "app.errors":
        assert kind in PROBLEMS


def test_a_narrower_error_takes_the_row_of_its_ancestor() -> None:
    class NoSuchActor(errors.NotFound):
        """Made up."""

    assert find_problem(NoSuchActor) is PROBLEMS[errors.NotFound]


def test_slugs_are_unique() -> None:
    assert len({problem.slug for problem in PROBLEMS.values()}) == len(PROBLEMS)


def test_each_status_leads_to_its_usual_row() -> None:
    assert {404: "not-found", 500: "internal-error", 400: "unparsable"}.items() <= {
        status: problem.slug for status, problem in PROBLEMS_BY_STATUS.items()
    }.items()


def test_responses_of_one_status_are_joined() -> None:
    responses = make_error_responses(errors.NotFound, errors.Misconfigured, Exception)
    assert sorted(map(str, responses)) == ["404", "500"]
    assert " or: " in responses[500]["description"]


@pytest.mark.parametrize(
    ("line", "headers", "content", "status", "slug"),
    [
        ("GET /v1/nowhere", {}, None, 404, "not-found"),
        ("GET /v1/events/", {}, None, 404, "not-found"),
        ("DELETE /v1/events", {}, None, 405, "method-not-allowed"),
        ("GET /v1/taken", {}, None, 409, "conflict"),
        ("GET /v1/broken", {}, None, 500, "internal-error"),
        ("GET /v1/export", {"Accept": "image/png"}, None, 406, "not-acceptable"),
        ("GET /v1/events?limit=0", {}, None, 422, "invalid"),
        ("GET /v1/events/1", {}, None, 422, "invalid"),
        ("GET /v1/events", {"Authorization": "Basic eA=="}, None, 401, "not-authenticated"),
        ("GET /v1/events", {"Authorization": "Bearer bad"}, None, 401, "not-authenticated"),
        ("POST /v1/events", UNTYPED, b"{}", 415, "unsupported-media-type"),
        ("POST /v1/events", {}, b"{", 401, "not-authenticated"),
        ("POST /v1/events", WRITER, b"{", 400, "unparsable"),
        ("POST /v1/events", WRITER, b"{}", 422, "invalid"),
        ("POST /v1/events", WRITER, b" " * 3000, 413, "too-large"),
        ("POST /v1/plain", WRITER, b"{", 400, "unparsable"),
        ("POST /v1/plain", WRITER, b"{}", 422, "invalid"),
        ("POST /v1/plain?limit=x", WRITER, b'{"title":"x"}', 422, "invalid"),
        ("GET /problems/nothing", {}, None, 404, "not-found"),
    ],
)
async def test_what_goes_wrong_is_a_problem(
    ask: Ask, line: str, headers: dict[str, str], content: bytes | None, status: int, slug: str
) -> None:
    answer = await ask(line, content, **headers)
    document = answer.json()
    assert (answer.status_code, document["type"]) == (status, f"/problems/{slug}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["status"] == status
    assert len(document["trace_id"]) == 32
    assert document["instance"] == line.split(" ")[1].partition("?")[0]
    explanation = await ask(f"GET {document['type']}")
    assert explanation.status_code == 200
    assert explanation.json()["title"] == document["title"]


async def test_an_exceptions_text_stays_inside(ask: Ask) -> None:
    answer = await ask("GET /v1/broken")
    assert SECRET not in answer.text
    assert "RuntimeError" not in answer.text


async def test_an_errors_own_headers_are_sent(ask: Ask) -> None:
    assert (await ask("GET /v1/taken")).headers["location"] == "/v1/there"


async def test_401_says_how_to_authenticate(ask: Ask) -> None:
    answer = await ask("POST /v1/events", b'{"title":"x"}', Content_Type="application/json")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("line", "allow"),
    [
        ("DELETE /v1/events", "GET, HEAD, POST, OPTIONS"),
        (f"POST /v1/events/{ID}", "GET, HEAD, PATCH, OPTIONS"),
        ("PUT /livez", "GET, HEAD, OPTIONS"),
    ],
)
async def test_405_lists_all_methods_of_the_path(ask: Ask, line: str, allow: str) -> None:
    answer = await ask(line)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


async def test_options_lists_methods_and_patch_formats(ask: Ask) -> None:
    answer = await ask(f"OPTIONS /v1/events/{ID}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["accept-patch"] == "application/merge-patch+json"


@pytest.mark.parametrize("path", ["/problems", "/problems/stale", "/"])
async def test_pages_come_as_html_to_browsers_and_json_to_programs(ask: Ask, path: str) -> None:
    browser = await ask(f"GET {path}", Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    program = await ask(f"GET {path}")
    assert browser.headers["content-type"] == "text/html; charset=utf-8"
    assert program.headers["content-type"] == "application/json"
    assert "script-src 'self'" in browser.headers["content-security-policy"]
