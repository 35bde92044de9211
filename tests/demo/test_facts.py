"""The demo file by itself: every fact of the report is there, and every reference resolves."""

import csv
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import app.demo
import app.vocab
from app.values.dates import parse_date
from app.vocab.details.detail_types import read_details

Record = dict[str, Any]

DEMO = Path(app.demo.__file__).with_name("russia-dprk.ndjson")
VOCABULARY = Path(app.vocab.__file__).with_name("data")

VISIT = "summit-2024-06-pyongyang"
SPACEPORT = "summit-2023-09-vostochny"
ARMS = "arms-transfer-2023-2024"
TECHNOLOGY = "technology-transfer-2023-2024"
AID = "economic-aid-2023-2024"
COOPERATION = "cooperation-2023-2024"
MESSAGE = "message-2024-06-12"
BALLOONS = "balloons-2024-05"
LOUDSPEAKERS = "loudspeakers-2024-06-09"
LAUNCH = "space-launch-2024-05-27"


@cache
def records() -> tuple[Record, ...]:
    return tuple(json.loads(line) for line in DEMO.read_text(encoding="utf-8").splitlines())


def of_kind(kind: str) -> list[Record]:
    return [each for each in records() if each["kind"] == kind]


def only(kind: str, key: str, value: str) -> Record:
    found = [each for each in of_kind(kind) if each[key] == value]
    assert len(found) == 1, f"{kind} {value}: {len(found)} of them"
    return found[0]


def event(external_id: str) -> Record:
    return only("event", "external_id", external_id)


def claim(external_id: str) -> Record:
    return only("claim", "external_id", external_id)


def vocabulary(name: str, column: str) -> set[str]:
    with (VOCABULARY / name).open(encoding="utf-8", newline="") as file:
        return {row[column] for row in csv.DictReader(file)}


def terms(of: str) -> set[str]:
    with (VOCABULARY / "lists.csv").open(encoding="utf-8", newline="") as file:
        return {row["value"] for row in csv.DictReader(file) if row["list"] == of}


def actors_named(record: Record) -> Iterator[str]:
    for taking in record.get("participants", ()):
        yield from filter(None, (taking["actor"], taking.get("for")))
    speaker = record.get("speaker", {})
    voices = (speaker.get("actor"), speaker.get("speaks_for"), record.get("speaks_for"))
    yield from filter(None, voices)


# The facts of the report, by the number that they have in the list of facts.


@pytest.mark.parametrize(
    ("fact", "external_id", "type_", "date", "participants"),
    [
        (1, VISIT, "summit", "2024-06-18/2024-06-19", "kim-jong-un host, vladimir-putin guest"),
        (4, SPACEPORT, "summit", "2023-09-13", "vladimir-putin host, kim-jong-un guest"),
        (
            4,
            "invitation-2023-09",
            "appeal",
            "2023-09-13",
            "kim-jong-un initiator, vladimir-putin addressee",
        ),
        (5, COOPERATION, "cooperation", "2023-09/2024-06", "RUS side, PRK side"),
        (6, ARMS, "arms-transfer", "2023-09/2024-06", "PRK supplier, RUS recipient"),
        (6, TECHNOLOGY, "technology-transfer", "2023-09/2024-06", "RUS supplier, PRK recipient"),
        (6, AID, "economic-aid", "2023-09/2024-06", "RUS supplier, PRK recipient"),
        (8, MESSAGE, "message", "2024-06-12", "kim-jong-un speaker, vladimir-putin addressee"),
        (9, LAUNCH, "space-launch", "2024-05-27", "PRK launcher"),
        (11, BALLOONS, "balloon-launch", "2024-05-28/2024-06-09", "PRK launcher, KOR target"),
        (12, LOUDSPEAKERS, "propaganda-broadcast", "2024-06-09", "KOR initiator, PRK target"),
    ],
)
def test_event_of_the_report(
    fact: int, external_id: str, type_: str, date: str, participants: str
) -> None:
    found = event(external_id)
    assert (found["type"], found["date"]) == (type_, date), f"fact {fact}"
    cast = [f"{each['actor']} {each['role']}" for each in found["participants"]]
    assert ", ".join(cast) == participants


@pytest.mark.parametrize(
    ("fact", "external_id", "field", "value"),
    [
        (1, VISIT, "series", "kim-jong-un-putin"),
        (1, VISIT, "ordinal", 3),
        (2, VISIT, "agenda", ["stronger military ties", "comprehensive strategic partnership"]),
        (4, SPACEPORT, "ordinal", 2),
        (8, MESSAGE, "addressee", "vladimir-putin"),
        (9, LAUNCH, "outcome", "failed"),
    ],
)
def test_detail_of_the_report(fact: int, external_id: str, field: str, value: object) -> None:
    assert event(external_id)["details"][field] == value, f"fact {fact}"


@pytest.mark.parametrize(
    ("fact", "external_id", "stance", "source", "speaks"),
    [
        (1, f"{VISIT}/report", "affirms", "news-report-2024-06", None),
        (2, f"{VISIT}/nhk", "affirms", "nhk", None),
        (3, f"{VISIT}/matsegora", "affirms", "news-report-2024-06", "alexander-matsegora"),
        (5, f"{COOPERATION}/report", "affirms", "news-report-2024-06", None),
        (6, f"{ARMS}/report", "affirms", "news-report-2024-06", None),
        (7, f"{ARMS}/shin-won-sik", "affirms", "news-report-2024-06", "shin-won-sik"),
        (7, f"{ARMS}/report-prk-denial", "denies", "news-report-2024-06", "PRK"),
        (7, f"{ARMS}/report-rus-denial", "denies", "news-report-2024-06", "RUS"),
        (8, f"{MESSAGE}/kcna", "affirms", "kcna", None),
        (9, f"{TECHNOLOGY}/report-motive", "affirms", "news-report-2024-06", None),
        (10, f"{COOPERATION}/report-common-front", "affirms", "news-report-2024-06", None),
        (11, f"{BALLOONS}/report", "affirms", "news-report-2024-06", None),
        (12, f"{LOUDSPEAKERS}/report", "affirms", "news-report-2024-06", None),
    ],
)
def test_claim_of_the_report(
    fact: int, external_id: str, stance: str, source: str, speaks: str | None
) -> None:
    found = claim(external_id)
    assert (found["stance"], found["source"]) == (stance, source), f"fact {fact}"
    speaker = found.get("speaker", {})
    assert speaker.get("actor", speaker.get("speaks_for")) == speaks


@pytest.mark.parametrize(
    ("fact", "start", "type_", "end"),
    [
        (1, VISIT, "follows", SPACEPORT),
        (4, "invitation-2023-09", "enables", VISIT),
        (5, COOPERATION, "follows", SPACEPORT),
        (6, ARMS, "exchanged-for", TECHNOLOGY),
        (6, ARMS, "exchanged-for", AID),
        (8, MESSAGE, "follows", SPACEPORT),
        (12, LOUDSPEAKERS, "responds-to", BALLOONS),
    ],
)
def test_relation_of_the_report(fact: int, start: str, type_: str, end: str) -> None:
    found = {(each["from"], each["type"], each["to"]) for each in of_kind("relation")}
    assert (start, type_, end) in found, f"fact {fact}"


def test_fact_13_is_context_and_not_an_event() -> None:
    assert "at odds with the United States" in event(COOPERATION)["summary"]


def test_ordinals_of_a_series_follow_its_dates() -> None:
    series: dict[str, list[tuple[str, int]]] = {}
    for each in of_kind("event"):
        details = each.get("details", {})
        if "series" in details:
            series.setdefault(details["series"], []).append((each["date"], details["ordinal"]))
    assert [ordinal for _, ordinal in sorted(series["kim-jong-un-putin"])] == [1, 2, 3, 4]
    for meetings in series.values():
        assert [ordinal for _, ordinal in sorted(meetings)] == sorted(o for _, o in meetings)


# Every line by itself.


@pytest.mark.parametrize("kind", ["event", "claim"])
def test_external_ids_are_unique(kind: str) -> None:
    names = [each["external_id"] for each in of_kind(kind)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("kind", "field", "allowed"),
    [
        ("event", "type", vocabulary("event_types.csv", "type")),
        ("event", "lifecycle", terms("lifecycles")),
        ("claim", "stance", terms("stances")),
        ("claim", "basis", terms("bases")),
        ("relation", "type", vocabulary("relations.csv", "relation")),
        ("source", "source_kind", terms("source-kinds")),
        ("source", "reliability", terms("reliabilities")),
        ("actor", "actor_kind", terms("actor-kinds")),
    ],
)
def test_values_are_of_the_vocabulary(kind: str, field: str, allowed: set[str]) -> None:
    assert {each[field] for each in of_kind(kind)} <= allowed


def test_roles_and_codes_are_of_the_vocabulary() -> None:
    roles = {taking["role"] for each in of_kind("event") for taking in each["participants"]}
    assert roles <= vocabulary("roles.csv", "role")
    cameo = {each["codes"]["cameo"] for each in of_kind("event")}
    assert cameo <= vocabulary("cameo.csv", "code")


def test_details_fit_their_type() -> None:
    with (VOCABULARY / "event_types.csv").open(encoding="utf-8", newline="") as file:
        models = {row["type"]: row["details"] for row in csv.DictReader(file)}
    for each in of_kind("event"):
        if "details" in each:
            given = each["details"]
            assert read_details(models[each["type"]], given) == given, each["external_id"]


def test_actors_are_defined_here_or_in_the_vocabulary() -> None:
    known = {each["slug"] for each in of_kind("actor")}
    known |= vocabulary("countries.csv", "iso3") | vocabulary("organisations.csv", "slug")
    named = {actor for each in records() for actor in actors_named(each)}
    assert named <= known
    assert {each["slug"] for each in of_kind("actor")} <= named


def test_claims_and_relations_point_at_events() -> None:
    events = {each["external_id"] for each in of_kind("event")}
    pointed = {each["event"] for each in of_kind("claim")}
    pointed |= {each[end] for each in of_kind("relation") for end in ("from", "to")}
    assert pointed <= events


def test_sources_are_defined_before_they_are_named() -> None:
    known: set[str] = set()
    for each in records():
        named = {each[key] for key in ("source", "origin", "owner") if key in each}
        assert named - {None} <= known, each
        if each["kind"] == "source":
            known.add(each["slug"])


def test_every_event_has_a_claim() -> None:
    spoken_of = {each["event"] for each in of_kind("claim")}
    assert {each["external_id"] for each in of_kind("event")} == spoken_of


def test_every_claim_says_who_spoke_and_when() -> None:
    institutions = {each["slug"] for each in of_kind("source") if "speaks_for" in each}
    institutions |= {"nhk", "news-report-2024-06"}
    for each in of_kind("claim"):
        assert each["paraphrase"], each
        assert each["made_on"], each
        assert "speaker" in each or each["source"] in institutions, each


def test_persons_speak_only_as_the_report_names_them() -> None:
    speakers = [each["speaker"] for each in of_kind("claim") if "speaker" in each]
    persons = {each["actor"] for each in speakers if "actor" in each}
    assert persons == {"alexander-matsegora", "shin-won-sik"}


def test_nothing_is_quoted_and_nothing_is_linked() -> None:
    text = DEMO.read_text(encoding="utf-8")
    assert "://" not in text
    assert not any("url" in each for each in records())
    assert not any(mark in each["paraphrase"] for each in of_kind("claim") for mark in '"“”«»')


def test_dates_are_read_and_claims_follow_their_event() -> None:
    expected_first = {VISIT}
    for each in of_kind("claim"):
        happened = parse_date(event(each["event"])["date"])
        made = parse_date(each["made_on"])
        early = made.latest_day < happened.earliest_day
        assert not early or each["event"] in expected_first, each


def test_coordinates_stand_with_a_place_on_the_map() -> None:
    for each in of_kind("event"):
        location = each.get("location", {"precision": "country"})
        placed = location["precision"] in ("exact", "city", "admin1")
        assert placed == ("longitude" in location) == ("latitude" in location), each


# Facts known by the day of the report.


def test_only_nhk_and_the_ambassador_speak_of_the_visit_by_12_june() -> None:
    day = parse_date("2024-06-12").latest_day
    claims = [each for each in of_kind("claim") if each["event"] == VISIT]
    made = {each["external_id"] for each in claims if parse_date(each["made_on"]).latest_day <= day}
    assert made == {f"{VISIT}/nhk", f"{VISIT}/matsegora"}
    assert "speaks_for" not in claim(f"{VISIT}/matsegora")["speaker"]


@pytest.mark.parametrize("by", ["2024-06-12", "2025-12-31"])
def test_arms_transfer_is_affirmed_and_denied(by: str) -> None:
    day = parse_date(by).latest_day
    claims = [each for each in of_kind("claim") if each["event"] == ARMS]
    made = [each for each in claims if parse_date(each["made_on"]).latest_day <= day]
    assert {each["stance"] for each in made} == {"affirms", "denies"}
    deniers = {each["speaker"]["speaks_for"] for each in made if each["stance"] == "denies"}
    assert deniers == {"PRK", "RUS"}
