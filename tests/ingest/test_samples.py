"""The samples of every provider, imported twice end to end on both databases."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.models.actors import actors
from app.models.changes import changes
from app.models.datasets import datasets
from app.models.events import event_documents
from app.models.sources import sources
from tests.ingest.conftest import Import, Read
from tests.ingest.samples import DATA, SAMPLES

Scalar = Callable[[Any], Awaitable[Any]]

EVENTS = select(func.count()).select_from(event_documents)
CHANGES = select(func.count()).select_from(changes)
FIRST = ("acled/sample.csv", "polecat/sample.txt", "icews/sample.tab", "sipri/sample.csv")


async def test_a_sample_goes_in_once(load: Import, scalar: Scalar) -> None:
    for sample in FIRST:
        before = await scalar(EVENTS)
        report = await load(DATA / sample)
        name, rows = sample.partition("/")[0], SAMPLES[sample]
        assert (report.format, report.dataset) == (name, name)
        assert (report.rows.read, report.rows.created, report.rows.rejected) == (rows, rows, 0)
        assert await scalar(EVENTS) == before + rows
        changed = await scalar(CHANGES)
        again = await load(DATA / sample)
        assert (again.rows.read, again.rows.unchanged) == (rows, rows)
        assert await scalar(CHANGES) == changed


async def test_the_api_and_the_file_of_acled_are_the_same_records(
    load: Import, scalar: Scalar
) -> None:
    await load(DATA / "acled/sample.csv")
    changed = await scalar(CHANGES)
    report = await load(DATA / "acled/sample.json")
    assert report.rows.unchanged == report.rows.read == SAMPLES["acled/sample.json"]
    assert await scalar(CHANGES) == changed


async def test_what_a_private_dataset_makes_is_its_own(load: Import, scalar: Scalar) -> None:
    await load(DATA / "sipri/sample.csv")
    assert await scalar(select(datasets.c.is_private).where(datasets.c.slug == "sipri"))
    owner = select(actors.c.dataset).where(actors.c.slug == "sipri-czechoslovakia")
    assert await scalar(owner) == "sipri"
    assert await scalar(select(sources.c.dataset).where(sources.c.slug == "sipri")) == "sipri"
    state = select(actors.c.dataset).where(actors.c.slug == "RUS")
    assert await scalar(state) is None


async def test_a_correction_makes_a_revision(load: Import, read: Read, tmp_path: Any) -> None:
    await load(DATA / "sipri/sample.csv")
    path = tmp_path / "sipri.csv"
    content = (DATA / "sipri/sample.csv").read_bytes()
    path.write_bytes(content.replace(b"MB-2,APC,4,?,2020; 2021", b"MB-2,APC,7,,2020; 2021; 2022"))
    report = await load(path)
    assert (report.rows.updated, report.rows.unchanged) == (1, SAMPLES["sipri/sample.csv"] - 1)
    event = await read("France/Kenya/2018/MB-2/APC", "sipri")
    assert event["revision"] == 2
    assert event["details"]["delivered"] == {"value": 7, "estimated": False}
    assert event["details"]["delivery_years"] == [2020, 2021, 2022]


@pytest.mark.parametrize("sample", FIRST)
async def test_a_machines_claim_confirms_nothing(sample: str, load: Import, scalar: Scalar) -> None:
    await load(DATA / sample)
    from_json = event_documents.c.document.like('%"verification":"confirmed"%')
    assert await scalar(EVENTS.where(from_json)) == 0
