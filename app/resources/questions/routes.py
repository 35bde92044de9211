"""The URLs of saved questions."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from starlette.requests import Request
from starlette.responses import Response

from app.resources.events.routes import MANY, Suffix
from app.resources.questions.answers import (
    answer_question,
    answer_questions,
    answer_result,
    save,
)
from app.resources.questions.query import QuestionListQuery, ResultQuery
from app.resources.questions.schemas import Question, QuestionAbout, QuestionCreate
from app.web.negotiation import JSON
from app.web.paths import QuestionId
from app.web.query_route import QueryRoute
from app.web.shapes import listing_of

router = APIRouter(prefix="/v1/questions", tags=["questions"], route_class=QueryRoute)

SAVED: dict[int | str, Any] = {201: {"model": Question, "description": "The question as saved."}}
LISTED: dict[int | str, Any] = {200: {"model": listing_of(Question), "description": "A page."}}
ABOUT: dict[int | str, Any] = {200: {"model": QuestionAbout, "description": "The question."}}


@router.post("", status_code=201, responses=SAVED)
async def save_question(
    request: Request, body: Annotated[QuestionCreate, Body(media_type=JSON)]
) -> Response:
    """Save a question, so that it can be cited.

    It is pinned to the last settled position of the feed, or to the moment that `as_of` names:
    its result has the same bytes for ever, as far as its records may still be seen.
    """
    return await save(request, body)


@router.get("", responses=LISTED)
async def list_questions(
    request: Request, query: Annotated[QuestionListQuery, Query()]
) -> Response:
    """List saved questions, the newest first."""
    return await answer_questions(request, query)


@router.get("/{question_id}", responses=ABOUT)
async def get_question(request: Request, question_id: QuestionId) -> Response:
    """A saved question: what was asked, of when, how to cite it, and whose data answers it."""
    return await answer_question(request, question_id)


@router.get("/{question_id}/events", responses=MANY)
async def get_result(
    request: Request, question_id: QuestionId, query: Annotated[ResultQuery, Query()]
) -> Response:
    """The answer of a saved question, as it was then."""
    return await answer_result(request, question_id, query)


@router.get("/{question_id}/events.{suffix}", responses=MANY)
async def get_result_as(
    request: Request,
    question_id: QuestionId,
    suffix: Suffix,
    query: Annotated[ResultQuery, Query()],
) -> Response:
    """The answer of a saved question, in the representation that the suffix names."""
    return await answer_result(request, question_id, query, suffix)
