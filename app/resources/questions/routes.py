"""The URLs of saved questions."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Gone
from app.resources.events.routes import LIST_RESPONSES, Suffix
from app.resources.questions.handlers import (
    answer_change,
    answer_creation,
    answer_deletion,
    answer_result,
    answer_saved_queries,
    answer_saved_query,
)
from app.resources.questions.query import QuestionListQuery, ResultQuery
from app.resources.questions.schemas import (
    Question,
    QuestionAbout,
    QuestionContent,
    QuestionCreate,
    QuestionPatch,
)
from app.web.errors.problems import make_error_responses
from app.web.http.content_change import ContentChange, MergePatch
from app.web.http.negotiation import JSON, MERGE_PATCH
from app.web.path_params import QuestionId
from app.web.routing.query_route import QueryRoute
from app.web.schemas import make_list_model

router = APIRouter(prefix="/v1/questions", tags=["questions"], route_class=QueryRoute)

SAVED: dict[int | str, Any] = {201: {"model": Question, "description": "The question as saved."}}
LISTED: dict[int | str, Any] = {
    200: {"model": make_list_model(Question), "description": "A page of the list."}
}
ABOUT: dict[int | str, Any] = {
    200: {"model": QuestionAbout, "description": "The question."},
    **make_error_responses(Gone),
}
CHANGED: dict[int | str, Any] = {200: {"model": Question, "description": "The question."}}
RESULT: dict[int | str, Any] = {**LIST_RESPONSES, **make_error_responses(Gone)}


@router.post("", status_code=201, responses=SAVED)
async def save_question(
    request: Request, body: Annotated[QuestionCreate, Body(media_type=JSON)]
) -> Response:
    """Save a question.

    A saved question can be cited. It is pinned to the last settled position of the feed, or to the
    time that `as_of` names: its result has the same bytes for ever, as far as its records may still
    be seen. It is private, for the key that saves it and for admins, unless `visibility` is
    `public`: then all that it names and finds must be public.
    """
    return await answer_creation(request, body)


@router.get("", responses=LISTED)
async def list_questions(
    request: Request, query: Annotated[QuestionListQuery, Query()]
) -> Response:
    """List saved questions.

    The public questions and the key's own, the newest first. With `admin`, all questions.
    """
    return await answer_saved_queries(request, query)


@router.get("/{question_id}", responses=ABOUT)
async def get_question(request: Request, question_id: QuestionId) -> Response:
    """Get a saved question.

    The query, the position it is pinned to, its citation, and the datasets in its result.
    """
    return await answer_saved_query(request, question_id)


@router.patch("/{question_id}", responses=CHANGED)
async def patch_question(
    request: Request,
    question_id: QuestionId,
    change: Annotated[
        ContentChange[QuestionContent], MergePatch(QuestionPatch), Body(media_type=MERGE_PATCH)
    ],
) -> Response:
    """Change fields of a saved question.

    The title and the visibility, by a JSON merge patch (RFC 7396). For the key that saved it, and
    for admins. A question cannot become public if it names or finds anything that is not.
    """
    return await answer_change(request, question_id, change)


@router.delete("/{question_id}", status_code=204)
async def delete_question(request: Request, question_id: QuestionId) -> Response:
    """Delete a saved question.

    For the key that saved it, and for admins. The question may have been cited in print: from then
    on it answers 410, with its citation, to those who could see it.
    """
    return await answer_deletion(request, question_id)


@router.get("/{question_id}/events", responses=RESULT)
async def get_result(
    request: Request, question_id: QuestionId, query: Annotated[ResultQuery, Query()]
) -> Response:
    """Get the result of a saved question.

    The events as they were at the position that the question is pinned to.
    """
    return await answer_result(request, question_id, query)


@router.get("/{question_id}/events.{suffix}", responses=RESULT)
async def get_result_as(
    request: Request,
    question_id: QuestionId,
    suffix: Suffix,
    query: Annotated[ResultQuery, Query()],
) -> Response:
    """Get the result of a saved question in another representation.

    The suffix names the representation.
    """
    return await answer_result(request, question_id, query, suffix)
