"""`annals match`: noisy copies of real records, found again and related."""

import json
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.cli.session import run_with_records
from app.db.transaction import Transaction
from app.record.document import decode_document
from app.resources.datasets.schemas import DatasetCreate
from app.resources.datasets.service import create_dataset
from app.resources.events.schemas import EventCreate
from app.resources.events.service import create_events
from app.settings import Settings
from app.values.caller import OPERATOR
from app.values.ids import make_record_id
from tests.cli.conftest import Annals
from tests.ingest.rows import UCDP

ROWS = 150
COPIED = 0.8
OTHER_TYPES = {
    "armed-clash": ("air-strike", "shelling", "bombing"),
    "attack-on-civilians": ("assassination", "assault", "bombing"),
}
Document = dict[str, Any]


def noisy(event: Document, random: Random) -> Document:
    """Return the event as of another provider: a day off, some kilometers off, another word."""
    shift = timedelta(random.choice((0, 0, 0, 1, -1, 2, -2)))
    begins = date.fromisoformat(event["earliest_on"]) + shift
    place = {**event["location"], "name": None}
    if place["longitude"] is not None:
        far = random.choice((0, 0.02, 0.1, 0.2))
        for axis in ("longitude", "latitude"):
            place[axis] = round(place[axis] + random.uniform(-far, far), 4)
    other_type = random.choice(OTHER_TYPES[event["type"]])
    taking = [
        {key: each[key] for key in ("actor", "for", "role")} for each in event["participants"]
    ]
    return {
        "dataset": "noisy",
        "external_id": event["external_id"],
        "type": other_type if random.random() < 0.3 else event["type"],
        "title": "Found elsewhere",
        "date": begins.isoformat(),
        "location": place,
        "participants": taking[: random.choice((1, 2, 2))],
    }


@pytest.fixture
def copied(annals: Annals, empty_database_url: str, tmp_path: Path) -> set[tuple[str, str]]:
    """Real records, and noisy copies of most of them in another dataset; the ids of the pairs."""
    lines = (UCDP / "ged191_excerpt.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "some.csv").write_text("".join(lines[: ROWS + 1]), encoding="utf-8")
    assert annals("migrate").code == 0
    assert annals(f"import {tmp_path / 'some.csv'}").code == 0
    exported = annals("export dataset=ucdp-ged sort=date").out.splitlines()
    events, random = [decode_document(line) for line in exported], Random(7)
    copies = [noisy(each, random) for each in events if random.random() < COPIED]
    bodies = [EventCreate.model_validate(each) for each in copies]

    def work(write: Transaction) -> None:
        create_dataset(write, OPERATOR, DatasetCreate(slug="noisy", title="Noisy"))
        create_events(write, OPERATOR, bodies, ["" for _ in bodies])

    settings = Settings(database_url=empty_database_url)
    run_with_records(settings, lambda database: database.write(work))
    ids = [each["external_id"] for each in copies]
    return {(str(make_record_id("ucdp-ged", id)), str(make_record_id("noisy", id))) for id in ids}


def pairs_in(report: Path, least: float) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return the pairs with at least that score, and the clear ones of them."""
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    paired = [each for each in lines if each["paired"] and each["score"] >= least]
    return (
        {(each["from"], each["to"]) for each in paired},
        {(each["from"], each["to"]) for each in paired if each["lead"] >= 0.1},
    )


def test_noisy_copies_are_found_again(
    annals: Annals, copied: set[tuple[str, str]], tmp_path: Path
) -> None:
    report = tmp_path / "report.ndjson"
    ended = annals(f"match ucdp-ged noisy --output {report}")
    assert (ended.code, ended.err) == (0, "")
    paired, clear = pairs_in(report, 0.5)
    recall = len(paired & copied) / len(copied)
    precision, sure = (len(each & copied) / len(each) for each in (paired, clear))
    assert (round(recall, 2), round(precision, 2), round(sure, 2)) == (0.92, 0.93, 1)
    assert annals("export dataset=noisy include=relations limit=1").out.count("same-as") == 0


def test_confirmed_pairs_become_relations_once(
    annals: Annals, copied: set[tuple[str, str]], tmp_path: Path
) -> None:
    report = tmp_path / "report.ndjson"
    first = annals(f"match ucdp-ged noisy min_score=0.6 --confirm 0.8 --output {report}")
    _, clear = pairs_in(report, 0.8)
    assert f"{len(clear)} relations same-as made" in first.out
    again = annals("match noisy ucdp-ged min_score=0.6 --confirm 0.8")
    assert f"{2 * len(clear)} events known to be the same as others already" in again.out
    related = annals("export dataset=noisy include=relations fields=id,relations").out
    notes = [
        relation["note"]
        for line in related.splitlines()
        for relation in json.loads(line)["relations"]["items"]
        if relation["type"] == "same-as"
    ]
    assert len(notes) >= len(clear)
    assert all(note.startswith("matched 0.") or note.startswith("matched 1") for note in notes)


def test_a_mistake_is_named(loaded: Annals) -> None:
    for line, said in (
        ("match desk desk", "two datasets are compared"),
        ("match desk russia-dprk", "unknown dataset 'desk'"),
        ("match russia-dprk desk day=3", "did you mean 'days'?"),
        ("match russia-dprk desk limit=3", "limit is not taken here"),
        ("match russia-dprk desk --confirm 2", "confirm"),
    ):
        ended = loaded(line)
        assert (ended.code != 0, said in ended.err) == (True, True), ended
