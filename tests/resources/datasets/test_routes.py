"""Datasets over HTTP: a private one is absent for keys that may not see it."""

from typing import Any

import pytest

from tests.resources.conftest import Ask

OPEN = {"slug": "ucdp-ged", "title": "UCDP GED", "released_on": "2024-06-12", "version": "24.1"}
PRIVATE = {"slug": "acled", "title": "ACLED", "visibility": "private"}


@pytest.fixture
async def datasets(ask: Ask) -> None:
    """Create a public and a private dataset, both by the writer."""
    for body in (OPEN, PRIVATE):
        answer = await ask("POST /v1/datasets", body, key="writer")
        assert answer.status_code == 201, answer.text


async def test_a_dataset_is_created(ask: Ask, datasets: None) -> None:
    read = await ask("GET /v1/datasets/ucdp-ged")
    assert read.headers["etag"] == '"1-1"'
    assert list(read.json().items()) == [
        ("slug", "ucdp-ged"),
        ("title", "UCDP GED"),
        ("description", None),
        ("licence", None),
        ("citation", None),
        ("url", None),
        ("version", "24.1"),
        ("released_on", "2024-06-12"),
        ("visibility", "public"),
        ("revision", 1),
        ("created_at", read.json()["created_at"]),
        ("updated_at", read.json()["created_at"]),
    ]


@pytest.mark.parametrize(
    ("key", "seen"),
    [(None, False), ("reader", False), ("other", False), ("writer", True), ("admin", True)],
)
async def test_a_private_dataset_shows_only_to_its_keys(
    ask: Ask, datasets: None, key: str | None, seen: bool
) -> None:
    page = (await ask("GET /v1/datasets?count=exact", key=key)).json()
    slugs = ["acled", "ucdp-ged"] if seen else ["ucdp-ged"]
    assert [item["slug"] for item in page["items"]] == slugs
    assert page["count"]["value"] == len(slugs)
    listed = (await ask("GET /v1/datasets?visibility=private", key=key)).json()["items"]
    assert len(listed) == int(seen)
    assert (await ask("GET /v1/datasets/acled", key=key)).status_code == (200 if seen else 404)
    if key == "other":
        patch = await ask("PATCH /v1/datasets/acled", {"title": "Mine"}, key=key)
        assert (patch.status_code, patch.json()["detail"]) == (404, "there is no dataset 'acled'")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["ucdp-ged"]),
        ("visibility=public", ["ucdp-ged"]),
        ("sort=-title", ["ucdp-ged"]),
        ("updated_since=2030-01-01T00:00:00Z", []),
    ],
)
async def test_datasets_are_found(ask: Ask, datasets: None, query: str, found: list[str]) -> None:
    answer = await ask(f"GET /v1/datasets?{query}")
    assert [item["slug"] for item in answer.json()["items"]] == found


@pytest.mark.parametrize(
    ("line", "body", "key", "status", "said"),
    [
        ("POST /v1/datasets", OPEN, "writer", 409, "the dataset slug 'ucdp-ged' is taken"),
        ("POST /v1/datasets", PRIVATE, "writer", 409, "the dataset slug 'acled' is taken"),
        ("POST /v1/datasets", {**OPEN, "slug": "x"}, "reader", 403, "write"),
        (
            "POST /v1/datasets",
            {**OPEN, "slug": "x", "released_on": "12/06/2024"},
            "other",
            422,
            "day",
        ),
        (
            "POST /v1/datasets",
            {**OPEN, "slug": "x", "visibility": "hidden"},
            "other",
            422,
            "hidden",
        ),
        ("PATCH /v1/datasets/acled", {"visibility": "public"}, "writer", 403, "admin"),
        ("PATCH /v1/datasets/ucdp-ged", {"visibility": "private"}, "writer", 403, "admin"),
        ("PUT /v1/datasets/acled", {"title": "A"}, "admin", 422, "required"),
        ("PUT /v1/datasets/acled", {"title": "A", "visibility": "public"}, "writer", 403, "admin"),
        ("DELETE /v1/datasets/ucdp-ged", None, "writer", 403, "admin"),
        ("DELETE /v1/datasets/none", None, "admin", 404, "'none'"),
    ],
)
async def test_invalid_requests_are_refused(
    ask: Ask, datasets: None, line: str, body: Any, *, key: str | None, status: int, said: str
) -> None:
    answer = await ask(line, body, key=key)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


async def test_a_writer_changes_all_but_visibility(ask: Ask, datasets: None) -> None:
    read = (await ask("GET /v1/datasets/acled", key="writer")).json()
    put = await ask("PUT /v1/datasets/acled", {**read, "licence": "LicenseRef-ACLED"}, key="writer")
    assert (put.status_code, put.json()["licence"], put.json()["revision"]) == (
        200,
        "LicenseRef-ACLED",
        2,
    )


async def test_visibility_is_changed_by_an_admin(ask: Ask, datasets: None) -> None:
    await ask("PATCH /v1/datasets/acled", {"visibility": "public"}, key="admin")
    assert (await ask("GET /v1/datasets/acled")).json()["visibility"] == "public"
    await ask("PATCH /v1/datasets/ucdp-ged", {"visibility": "private"}, key="admin")
    assert (await ask("GET /v1/datasets/ucdp-ged")).status_code == 404


async def test_a_deleted_private_dataset_stays_hidden(ask: Ask, datasets: None) -> None:
    assert (await ask("DELETE /v1/datasets/acled", key="admin")).status_code == 204
    refused = await ask("POST /v1/datasets", {**PRIVATE, "visibility": "public"}, key="other")
    assert (refused.status_code, "taken" in refused.text) == (403, False)
    public = await ask("POST /v1/datasets", {**PRIVATE, "visibility": "public"}, key="writer")
    assert public.status_code == 403, "only admin changes who may see it"
    restored = await ask("POST /v1/datasets", PRIVATE, key="writer")
    assert (restored.status_code, restored.json()["revision"]) == (201, 3)
    assert (await ask("GET /v1/datasets/acled", key="writer")).status_code == 200
    assert (await ask("GET /v1/datasets/acled", key="other")).status_code == 404


async def test_a_dataset_with_records_cannot_be_deleted(ask: Ask, datasets: None) -> None:
    actor = {"slug": "cell", "kind": "armed-group", "name": "Cell", "dataset": "acled"}
    assert (await ask("POST /v1/actors", actor, key="writer")).status_code == 201
    refused = await ask("DELETE /v1/datasets/acled", key="admin")
    assert (refused.status_code, "not empty" in refused.text) == (409, True)
