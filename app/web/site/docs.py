"""The API reference, its assets and the front page, all served from the package itself."""

import hashlib
from dataclasses import dataclass
from html import escape
from importlib.resources import files

import orjson
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.errors import NotFound
from app.web.http.negotiation import prefers_html
from app.web.http.responses import JsonBytes, check_if_none_match, make_list_etag
from app.web.site.html import PAGE_HEADERS, render_link, render_page

ASSETS = {
    "docs.js": "text/javascript; charset=utf-8",
    "pages.css": "text/css; charset=utf-8",
    "swagger-ui/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui/swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui/LICENSE": "text/plain; charset=utf-8",
    "swagger-ui/NOTICE": "text/plain; charset=utf-8",
    "swagger-ui/swagger-ui-bundle.js.LICENSE.txt": "text/plain; charset=utf-8",
}

LINKS = (
    ("/docs", "API reference"),
    ("/openapi.json", "OpenAPI document"),
    ("/v1/events", "Events"),
    ("/problems", "Problems"),
    ("/readyz", "Readiness"),
)


@dataclass(frozen=True)
class Asset:
    """One file of the package, with the ETag of its bytes."""

    body: bytes
    media_type: str
    etag: str


def make_docs_router(app: FastAPI) -> APIRouter:
    """Make the routes; the OpenAPI document is made at its first request."""
    router = APIRouter(include_in_schema=False)
    assets = {name: _read_asset(name, media_type) for name, media_type in ASSETS.items()}
    written: list[bytes] = []

    @router.get("/openapi.json")
    async def get_openapi(request: Request) -> Response:
        if not written:
            written.append(orjson.dumps(app.openapi()))
        etag = make_list_etag(written[0], b"openapi")
        return check_if_none_match(request, etag) or JsonBytes(written[0], etag=etag)

    @router.get("/docs")
    async def get_reference() -> Response:
        return HTMLResponse(_REFERENCE, headers=PAGE_HEADERS)

    @router.get("/assets/{name:path}")
    async def get_asset(request: Request, name: str) -> Response:
        asset = assets.get(name)
        if asset is None:
            raise NotFound(f"there is no asset {name[:80]}")
        headers = {"etag": asset.etag, "cache-control": "public, max-age=3600"}
        return check_if_none_match(request, asset.etag) or Response(
            asset.body, media_type=asset.media_type, headers=headers
        )

    @router.get("/")
    async def get_front_page(request: Request) -> Response:
        if not prefers_html(request):
            about = {"name": app.title, "version": app.version}
            links = [{"href": address, "title": title} for address, title in LINKS]
            return JsonBytes(orjson.dumps({**about, "links": links}))
        rows = "\n".join(f"<li>{render_link(address, title)}</li>" for address, title in LINKS)
        return render_page(app.title, f"<p>{escape(app.summary or '')}</p>\n<ul>\n{rows}\n</ul>")

    return router


def _read_asset(name: str, media_type: str) -> Asset:
    body = files("app.web.site").joinpath("assets", name).read_bytes()
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    return Asset(body=body, media_type=media_type, etag=f'"{digest}"')


_REFERENCE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference · Annals</title>
<link rel="stylesheet" href="/assets/swagger-ui/swagger-ui.css">
</head>
<body>
<div id="reference" data-openapi="/openapi.json"></div>
<script src="/assets/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/assets/docs.js"></script>
</body>
</html>
"""
