"""The URLs of actors."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Conflict, Gone, NotFound
from app.query.params import AsOfParam
from app.record.reference_records.shared_schemas import MergeInto
from app.resources.actors import service
from app.resources.actors.query import ActorQuery
from app.resources.actors.resource_type import ACTORS
from app.resources.actors.schemas import (
    Actor,
    ActorContent,
    ActorCreate,
    ActorPatch,
    ActorReplace,
)
from app.vocab.code_lookup import guess_actor
from app.web.endpoints.history_endpoint import (
    HistoryEntry,
    HistoryQuery,
    answer_history,
    answer_revision,
)
from app.web.endpoints.list_endpoint import answer_list
from app.web.endpoints.record_endpoint import answer_current_record
from app.web.endpoints.write_endpoint import (
    answer_change,
    answer_create,
    answer_delete,
    answer_merge,
    answer_restore,
)
from app.web.errors.problems import make_error_responses
from app.web.http.content_change import ContentChange, MergePatch, Replacement
from app.web.http.negotiation import JSON, MERGE_PATCH
from app.web.path_params import RevisionPath
from app.web.routing.query_route import CachedRoute
from app.web.schemas import make_list_model

router = APIRouter(prefix="/v1/actors", tags=["actors"], route_class=CachedRoute)

ActorList = make_list_model(Actor)
ActorPath = Annotated[
    str,
    Path(min_length=1, max_length=100, description="The actor's slug.", examples=["kim-jong-un"]),
]
RESTORED_RESPONSES: dict[int | str, Any] = {
    200: {"model": Actor, "description": "The actor after the change."},
    **make_error_responses(Conflict, NotFound),
}
HISTORY_RESPONSES: dict[int | str, Any] = {
    200: {"model": make_list_model(HistoryEntry), "description": "A page of revisions."}
}
REVISION_RESPONSES: dict[int | str, Any] = {
    200: {"model": Actor, "description": "The actor as it was."}
}


@router.get("", responses={200: {"model": ActorList, "description": "A page of the list."}})
async def list_actors(request: Request, query: Annotated[ActorQuery, Query()]) -> Response:
    """List actors.

    All filters must hold. States have their ISO 3166-1 alpha-3 code as slug; they and the
    organizations of the vocabulary exist from the start.
    """
    return await answer_list(request, ACTORS, query)


@router.post(
    "",
    status_code=201,
    responses={
        201: {"model": Actor, "description": "The actor."},
        **make_error_responses(Conflict),
    },
)
async def create_actor(
    request: Request, body: Annotated[ActorCreate, Body(media_type=JSON)]
) -> Response:
    """Create an actor.

    An actor created for a private dataset is visible to those who see that dataset, until somebody
    who sees it names it in a public one. A slug that is taken, even by something that the key
    cannot see, is 409 `slug-taken`.
    """
    return await answer_create(request, "/v1/actors", service.create_actor, body)


@router.get(
    "/{slug}",
    responses={
        200: {"model": Actor, "description": "The actor."},
        308: {"description": "It was merged into the record at `Location`."},
        **make_error_responses(Gone, NotFound),
    },
)
async def get_actor(
    request: Request, slug: ActorPath, query: Annotated[AsOfParam, Query()]
) -> Response:
    """Get an actor.

    The actor as it is now, or as of an earlier time with `as_of`.
    """
    return await answer_current_record(request, ACTORS, slug, query, _suggest_actor)


@router.put(
    "/{slug}", responses={200: {"model": Actor, "description": "The actor after the change."}}
)
async def replace_actor(
    request: Request,
    slug: ActorPath,
    change: Annotated[
        ContentChange[ActorContent], Replacement(ActorReplace), Body(media_type=JSON)
    ],
) -> Response:
    """Replace an actor.

    What is left out falls back to its default. The slug never changes, and PUT never creates an
    actor. Fields that Annals sets may be sent back as they were read. Content that is the same
    makes no revision. A new name is written into the events in which the actor takes part.
    """
    return await answer_change(request, service.change_actor, slug, change)


@router.patch(
    "/{slug}", responses={200: {"model": Actor, "description": "The actor after the change."}}
)
async def patch_actor(
    request: Request,
    slug: ActorPath,
    change: Annotated[
        ContentChange[ActorContent], MergePatch(ActorPatch), Body(media_type=MERGE_PATCH)
    ],
) -> Response:
    """Change fields of an actor.

    The body is a JSON merge patch (RFC 7396): null removes a value, and what is left out stays.
    """
    return await answer_change(request, service.change_actor, slug, change)


@router.delete("/{slug}", status_code=204, responses=make_error_responses(Conflict))
async def delete_actor(request: Request, slug: ActorPath) -> Response:
    """Delete an actor.

    An actor that takes part in an event, speaks in a claim or has a source that speaks for it is in
    use: 409.
    """
    return await answer_delete(request, service.delete_actor, slug)


@router.post("/{slug}/restore", responses=RESTORED_RESPONSES)
async def restore_actor(request: Request, slug: ActorPath) -> Response:
    """Restore an actor.

    The deleted actor comes back as it was, with its names and codes.
    """
    return await answer_restore(request, service.restore_actor, slug)


@router.get("/{slug}/history", responses=HISTORY_RESPONSES)
async def list_history_of_actor(
    request: Request, slug: ActorPath, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """List the revisions of an actor.

    The newest come first, each with the values that it changed. An actor that was deleted or merged
    has them too. `recorded_by` shows only to keys.
    """
    return await answer_history(request, ACTORS, query, slug)


@router.get("/{slug}/history/{revision}", responses=REVISION_RESPONSES)
async def get_revision_of_actor(
    request: Request, slug: ActorPath, revision: RevisionPath
) -> Response:
    """Get a revision of an actor.

    The whole actor as it was at that revision.
    """
    return await answer_revision(request, ACTORS, slug, revision)


@router.post(
    "/{slug}/merge",
    responses={
        200: {"model": Actor, "description": "The actor that stays."},
        202: {"model": Actor, "description": "The merge continues; `Link` leads to its progress."},
        **make_error_responses(Conflict, NotFound),
    },
)
async def merge_actor_into(
    request: Request, slug: ActorPath, body: Annotated[MergeInto, Body(media_type=JSON)]
) -> Response:
    """Merge an actor into another.

    Both are the same actor. The other takes over the names, the codes and the place in events,
    claims and sources. From then on the slug of this actor answers 308, and means the other in
    filters, writes and imports. If many events name it, they are rewritten in batches (202); until
    then each is found under the actor that it names. A merge cannot be undone: `as_of` shows the
    records before it.
    """
    return await answer_merge(request, service.merge_actor, slug, body.into)


def _suggest_actor(slug: str) -> str:
    meant = guess_actor(slug)
    return f"; did you mean {meant!r}?" if meant and meant != slug else ""
