"""Each aggregate of a question against what the documents of its list come to."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from httpx2 import AsyncClient

from tests.api.questions import counting
from tests.api.questions.records import Content

MEASURES = "count,fatalities_best,fatalities_known,fatalities_most"
MOST_NODES = 1000
Params = Mapping[str, Any]


async def compare_counts(
    client: AsyncClient, params: Params, documents: Sequence[Content], random: Random
) -> None:
    """One of the aggregates, with the filters of the list; AssertionError if it differs."""
    compare = random.choice((_rows, _rows, _facets, _grid, _network, _dashboard))
    await compare(client, params, documents, random)


def same(found: Any, wanted: Any, what: str) -> None:
    """AssertionError with both sides, if they differ."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        keys = [key for key in {*found, *wanted} if found.get(key) != wanted.get(key)]
        found, wanted = ({key: side.get(key) for key in keys} for side in (found, wanted))
    if found != wanted:
        raise AssertionError(f"{what}: found {found} for {wanted}")


async def _get(client: AsyncClient, path: str, params: Params) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _rows(
    client: AsyncClient, params: Params, documents: Sequence[Content], random: Random
) -> None:
    by = random.sample([*counting.SINGLE, *counting.MANY], random.choice((1, 1, 2, 3)))
    asked = {**params, "by": ",".join(by), "measures": MEASURES}
    rows = (await _get(client, "/v1/aggregate", asked))["data"]
    found = {
        tuple(row[name] for name in by): {
            name: value for name, value in row.items() if name not in by
        }
        for row in rows
    }
    same(found, counting.aggregate(documents, by), f"rows by {by}")
    same(len(found), len(rows), "rows with the same values")
    keys = [[(row[name] is None, row[name] or "") for name in by] for row in rows]
    same(keys, sorted(keys), f"the order by {by}")


async def _facets(
    client: AsyncClient, params: Params, documents: Sequence[Content], random: Random
) -> None:
    by = random.sample([*counting.SINGLE, *counting.MANY], random.choice((1, 2, 4)))
    top = random.choice((1, 2, 1000))
    answer = await _get(client, "/v1/facets", {**params, "by": by, "top": top})
    same(answer["total"], len(documents), "total")
    for name in by:
        compare_facet(answer["facets"][name], documents, name, top)


def compare_facet(facet: Content, documents: Sequence[Content], name: str, top: int) -> None:
    """One facet."""
    wanted = {
        value: numbers["count"]
        for (value,), numbers in counting.aggregate(documents, [name]).items()
    }
    nothing = wanted.pop(None, None)
    ranked = sorted(wanted.items(), key=lambda each: (-each[1], each[0]))
    items: list[Content] = [{"value": value, "count": count} for value, count in ranked[:top]]
    if nothing is not None:
        items.append({"value": None, "count": nothing})
    beyond = [count for _, count in ranked[top:]]
    rest = {"values": len(beyond), "count": sum(beyond)} if beyond else None
    same(facet, {"items": items, "rest": rest}, f"facet {name}")


async def _grid(
    client: AsyncClient, params: Params, documents: Sequence[Content], random: Random
) -> None:
    zoom = random.choice((0, 3, 7, 11))
    compare_grid(await _get(client, "/v1/grid", {**params, "zoom": zoom}), documents, zoom)


def compare_grid(answer: Content, documents: Sequence[Content], zoom: int) -> None:
    """A grid."""
    degrees = 45 / 2**zoom
    cells, unplaced = counting.grid(documents, degrees)
    found = {
        (int((cell["longitude"] + 180) // degrees), int((cell["latitude"] + 90) // degrees)): cell[
            "count"
        ]
        for cell in answer["cells"]
    }
    same(found, cells, f"cells at {zoom}")
    same(answer["unplaced"], unplaced, "unplaced")
    same(sum(found.values()) + unplaced, len(documents), "cells and unplaced")


async def _network(
    client: AsyncClient, params: Params, documents: Sequence[Content], random: Random
) -> None:
    del random
    answer = await _get(client, "/v1/network", {**params, "top": MOST_NODES})
    nodes = {(each["actor"],): each["count"] for each in answer["nodes"]}
    actors = counting.aggregate(documents, ["actor"])
    actors.pop((None,), None)
    same(nodes, {key: numbers["count"] for key, numbers in actors.items()}, "nodes")
    edges = {(each["from"], each["to"]): each["count"] for each in answer["edges"]}
    same(edges, counting.edges(documents), "edges")
    same(answer["left_out"], {"nodes": 0, "edges": 0}, "left out")


async def _dashboard(
    client: AsyncClient, params: Params, documents: Sequence[Content], random: Random
) -> None:
    bucket = random.choice(("week", "month", "year"))
    asked = {**params, "zoom": 2, "limit": 3, "top": 2, "by": "type,tag", "bucket": bucket}
    answer = await _get(client, "/v1/dashboard", asked)
    same(answer["total"], len(documents), "total")
    listed = answer["events"]
    same(len(listed["items"]), min(3, len(documents)), "items")
    same(listed["next_cursor"] is None, len(documents) <= 3, "whether that is all")
    compare_grid(answer["grid"], documents, 2)
    for name in ("type", "tag"):
        compare_facet(answer["facets"][name], documents, name, 2)
    histogram = {(row[bucket],): row["count"] for row in answer["histogram"]["data"]}
    wanted = counting.aggregate(documents, [bucket])
    same(
        {key: count for key, count in histogram.items() if count},
        {key: numbers["count"] for key, numbers in wanted.items()},
        "histogram",
    )
    same(sum(histogram.values()), len(documents), "sum of the histogram")
