"""Licences and citations of the datasets in an answer: its headers and a document of its own."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.export.citation import list_citations
from app.query.execute import fetch_datasets
from app.query.record_query import PlannedQuery
from app.record.document import decode_document
from app.resources.events.query import EventFilters
from app.vocab.field_types import Day, FeedPosition, Line, Slug, Text, Url
from app.web.endpoints.as_of_reads import make_as_of_header
from app.web.http.responses import JsonBytes, check_if_none_match, make_list_etag
from app.web.state import AppState, get_state

MOST_LINKS = 20
"""License links in the headers at most; the citation document has all."""

_EXAMPLE: dict[str, Any] = {
    "slug": "ucdp-ged",
    "title": "UCDP Georeferenced Event Dataset",
    "licence": "CC-BY-4.0",
    "citation": "Sundberg, Ralph and Erik Melander (2013). Journal of Peace Research 50(4).",
    "url": "https://ucdp.uu.se/downloads/",
    "version": "24.1",
    "released_on": "2024-06-12",
    "licence_url": "https://spdx.org/licenses/CC-BY-4.0.html",
}


class CitedDataset(BaseModel):
    """A dataset with its license and citation."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    slug: Slug = Field(description="The slug of the dataset.")
    title: Line = Field(description="The title of the dataset.")
    licence: Line | None = Field(description="The license of the dataset.")
    citation: Text | None = Field(description="The citation that its provider asks for.")
    url: Url | None = Field(description="The address of its provider.")
    version: Line | None = Field(description="The release of the dataset.")
    released_on: Day | None = Field(description="The day of the release.")
    licence_url: Url | None = Field(description="The address of the license text, if it is known.")


class Citation(BaseModel):
    """The datasets that a query finds records of, with their licenses and citations."""

    query: str = Field(description="The query, as a query string.", examples=["type=summit"])
    as_of: FeedPosition | None = Field(description="The position of the query, if it has one.")
    datasets: list[CitedDataset] = Field(description="Every dataset with a record in the answer.")


async def fetch_cited_datasets(state: AppState, planned: PlannedQuery) -> list[dict[str, Any]]:
    """Fetch the datasets of an answer, with their licenses and citations."""
    documents = await fetch_datasets(state.database, planned)
    return list_citations([decode_document(document) for document in documents])


async def answer_citation(request: Request, planned: PlannedQuery) -> Response:
    """Answer with the datasets that the query finds records of."""
    state = get_state(request)
    position = planned.as_of
    document = {
        "query": request.scope["query_string"].decode("latin-1"),
        "as_of": state.sealer.seal_position(position) if position is not None else None,
        "datasets": await fetch_cited_datasets(state, planned),
    }
    body = orjson.dumps(document)
    etag = make_list_etag(body, state.sealer.secret)
    known = check_if_none_match(request, etag)
    return known or JsonBytes(body, etag=etag, headers=make_as_of_header(state, position))


def make_citation_links(request: Request, datasets: list[dict[str, Any]]) -> str:
    """Return the value of a Link header with the licenses of an answer and its citation."""
    urls = dict.fromkeys(dataset["licence_url"] for dataset in datasets if dataset["licence_url"])
    links = [f'<{url}>; rel="license"' for url in [*urls][:MOST_LINKS]]
    return ", ".join(
        [*links, f'<{_make_citation_url(request)}>; rel="describedby"; type="application/json"']
    )


def _make_citation_url(request: Request) -> str:
    """Return the address of the citation: for a saved query, the query's own address."""
    path = request.scope["path"]
    if "question_id" in request.path_params:
        return str(path).rpartition("/")[0]
    filters = pick_parameters(request, EventFilters.model_fields)
    actor = request.path_params.get("actor")
    named = [filters] if filters else []
    named += [urlencode({"actor_all": actor})] if actor else []
    return "?".join(["/v1/citation", *(["&".join(named)] if named else [])])


def pick_parameters(request: Request, names: Iterable[str]) -> str:
    """Return the part of a request's query string with these parameters."""
    asked = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    wanted = frozenset(names)
    return urlencode([(name, value) for name, value in asked if name in wanted])
