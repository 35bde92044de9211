"""Each export of a question against its list, walked page by page."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import orjson
import pyarrow.parquet
from httpx2 import AsyncClient

from tests.api.questions.naive import MOST_INCLUDED
from tests.api.questions.records import Content


async def compare_export(
    client: AsyncClient,
    path: str,
    params: Mapping[str, Any],
    items: Sequence[Content],
    random: Random,
) -> None:
    """The whole answer in one of the formats; AssertionError if it has not the items of the list.

    Of what is included it has all, where a page has the latest.
    """
    format = random.choice(("ndjson", *IDS))
    exported = await client.get(f"{path}.{format}", params=params)
    assert exported.status_code == 200, exported.text
    if format != "ndjson":
        ids = IDS[format](exported.content)
        assert ids == [each["id"] for each in items], f"{format} has {len(ids)} rows"
        return
    found = [orjson.loads(line) for line in exported.content.splitlines()]
    for event in found:
        for name in params.get("include", "").split(","):
            _show_latest(event, name)
    assert found == list(items), "ndjson differs"


def _show_latest(event: Content, name: str) -> None:
    """Leave of what is included what a page shows of it."""
    if not name:
        return
    included = event[name]
    assert included["more"] is None
    if len(included["items"]) > MOST_INCLUDED:
        included["items"] = included["items"][:MOST_INCLUDED]
        included["more"] = f"/v1/events/{event['id']}/{name}"


def _of_csv(content: bytes) -> list[str]:
    return [row["id"] for row in csv.DictReader(io.StringIO(content.decode(), newline=""))]


def _of_geojson(content: bytes) -> list[str]:
    return [feature["id"] for feature in orjson.loads(content)["features"]]


def _of_parquet(content: bytes) -> list[str]:
    ids = pyarrow.parquet.read_table(io.BytesIO(content), columns=["id"]).column("id")
    return [str(each) for each in ids.to_pylist()]


IDS: Mapping[str, Callable[[bytes], list[str]]] = {
    "csv": _of_csv,
    "geojson": _of_geojson,
    "parquet": _of_parquet,
}
