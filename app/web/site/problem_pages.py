"""The pages for a problem's `type`: `/problems` and `/problems/{slug}`."""

from html import escape
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFound
from app.values.suggestions import did_you_mean
from app.web.errors.problems import PROBLEMS, Problem, make_error_responses
from app.web.http.negotiation import prefers_html
from app.web.http.responses import JsonBytes
from app.web.site.html import render_link, render_page

_BY_SLUG = {problem.slug: problem for problem in PROBLEMS.values()}


class ProblemKind(BaseModel):
    """One kind of problem, and how to deal with it."""

    type: str = Field(description="The URI reference of its page.", examples=["/problems/gone"])
    title: str = Field(description="A short title.", examples=["The record was deleted"])
    status: int = Field(ge=400, le=599, description="The HTTP status.", examples=[410])
    explanation: str = Field(
        description="Its meaning, and how to deal with it.", examples=["The record existed once."]
    )


class ProblemKinds(BaseModel):
    """All kinds of problems."""

    items: list[ProblemKind] = Field(description="The kinds, by status.")


_PAGE = {"text/html": {"schema": {"type": "string"}}}
LIST_RESPONSES: dict[int | str, Any] = {
    200: {"model": ProblemKinds, "description": "All kinds of problems.", "content": _PAGE}
}
KIND_RESPONSES: dict[int | str, Any] = {
    200: {"model": ProblemKind, "description": "The kind of problem.", "content": _PAGE},
    **make_error_responses(NotFound),
}
KindPath = Annotated[
    str,
    Path(
        description="The kind's name.",
        examples=["gone"],
        json_schema_extra={"enum": sorted(_BY_SLUG)},
    ),
]

router = APIRouter(tags=["operations"])


@router.get("/problems", summary="List kinds of problems", responses=LIST_RESPONSES)
async def list_problems(request: Request) -> Response:
    """List all kinds of problems that this API answers with, as JSON or as a page."""
    problems = sorted(_BY_SLUG.values(), key=lambda problem: (problem.status, problem.slug))
    if not prefers_html(request):
        return JsonBytes(
            orjson.dumps({"items": [_render_problem(problem) for problem in problems]})
        )
    rows = "\n".join(
        f"<li>{problem.status} {render_link(problem.type, problem.title)}</li>"
        for problem in problems
    )
    return render_page(
        "Problems", f"<p>The problems that the API answers with.</p>\n<ul>\n{rows}\n</ul>"
    )


@router.get("/problems/{slug}", summary="Explain a kind of problem", responses=KIND_RESPONSES)
async def explain_problem(request: Request, slug: KindPath) -> Response:
    """Explain a kind of problem, its meaning and its remedy, as JSON or as a page."""
    problem = _BY_SLUG.get(slug)
    if problem is None:
        raise NotFound(f"there is no such kind of problem{did_you_mean(slug, _BY_SLUG)}")
    if not prefers_html(request):
        return JsonBytes(orjson.dumps(_render_problem(problem)))
    return render_page(
        problem.title,
        f"<p>HTTP status {problem.status}</p>\n<p>{escape(problem.explanation)}</p>\n"
        f"<p>{render_link('/problems', 'All problems')}</p>",
    )


def _render_problem(problem: Problem) -> dict[str, str | int]:
    return {
        "type": problem.type,
        "title": problem.title,
        "status": problem.status,
        "explanation": problem.explanation,
    }
