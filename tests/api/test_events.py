"""Events from end to end: creation, reads, changes, deletion, restoration and their past."""

from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.api.desk import all_settled

SUMMIT = {
    "dataset": "desk",
    "type": "summit",
    "title": "Putin visits Pyongyang",
    "date": "2024-06-18/2024-06-19",
    "participants": [
        {"actor": "PRK", "role": "host"},
        {"actor": "RUS", "role": "guest"},
    ],
}


async def a_dataset(api: AsyncClient, slug: str = "desk") -> None:
    answer = await api.post(
        "/v1/datasets", json={"slug": slug, "title": slug, "visibility": "public"}
    )
    assert answer.status_code == 201, answer.text


async def test_an_event_is_made_and_read(api: AsyncClient, anonymous: AsyncClient) -> None:
    await a_dataset(api)
    made = await api.post("/v1/events", json=SUMMIT)
    assert made.status_code == 201
    read = await anonymous.get(made.headers["Location"])
    assert read.json() == made.json()
    assert read.headers["ETag"] == made.headers["ETag"] == '"1-1"'


async def test_a_feature_keeps_its_place_whatever_fields_are_shown(
    app: FastAPI, api: AsyncClient, anonymous: AsyncClient
) -> None:
    await a_dataset(api)
    place = {"name": "Pyongyang", "longitude": 125.75, "latitude": 39.03, "precision": "city"}
    made = (await api.post("/v1/events", json={**SUMMIT, "location": place})).json()
    await all_settled(app.state.annals.database)
    (feature,) = (await anonymous.get("/v1/events.geojson?fields=title")).json()["features"]
    assert feature == {
        "type": "Feature",
        "id": made["id"],
        "geometry": {"type": "Point", "coordinates": [125.75, 39.03]},
        "properties": {"title": "Putin visits Pyongyang"},
    }


async def test_an_event_that_was_not_imported_has_no_source_row(
    api: AsyncClient, anonymous: AsyncClient
) -> None:
    await a_dataset(api)
    made = (await api.post("/v1/events", json=SUMMIT)).json()
    answer = await anonymous.get(f"/v1/events/{made['id']}/source-row")
    assert (answer.status_code, "was not imported" in answer.json()["detail"]) == (404, True)
