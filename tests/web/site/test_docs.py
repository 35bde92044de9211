"""The reference works without any other host."""

import re

import pytest

from app.web.site.docs import ASSETS, LINKS
from tests.web.conftest import Ask


async def test_the_reference_loads_only_what_is_served(ask: Ask) -> None:
    answer = await ask("GET /docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "//" not in re.sub("<!doctype html>", "", answer.text)
    assert re.findall(r"<script(?![^>]*src)", answer.text) == []
    addresses = re.findall(r'(?:href|src|data-openapi)="([^"]+)"', answer.text)
    assert len(addresses) == 4
    for address in addresses:
        assert (await ask(f"GET {address}")).status_code == 200


async def test_the_policy_allows_our_own_scripts_and_no_others(ask: Ask) -> None:
    policy = (await ask("GET /docs")).headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize("name", ASSETS)
async def test_assets_have_their_type_and_a_tag(ask: Ask, name: str) -> None:
    answer = await ask(f"GET /assets/{name}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, ASSETS[name])
    again = await ask(f"GET /assets/{name}", If_None_Match=answer.headers["etag"])
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["nothing.js", "../docs.py", "..%2Fdocs.py", "swagger-ui"])
async def test_nothing_else_is_served(ask: Ask, name: str) -> None:
    assert (await ask(f"GET /assets/{name}")).status_code == 404


async def test_the_openapi_document_is_served(ask: Ask) -> None:
    answer = await ask("GET /openapi.json")
    assert answer.json()["info"]["title"] == "Sample"
    again = await ask("GET /openapi.json", If_None_Match=answer.headers["etag"])
    assert again.status_code == 304


async def test_the_front_page_leads_on(ask: Ask) -> None:
    page = (await ask("GET /", Accept="text/html")).text
    links = (await ask("GET /")).json()["links"]
    for address, title in LINKS:
        assert f'<a href="{address}">{title}</a>' in page
        assert {"href": address, "title": title} in links
        assert (await ask(f"GET {address}")).status_code == 200
