"""POLECAT: Latin-1, `None`, lists, its codes and actors, and faulty rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.ingest.formats.polecat import COLUMNS
from app.ingest.reading.import_format import BadRow
from tests.ingest.samples import DATA, NOTHING, findings_in, map_sample, read_as, rows_in

SAMPLE = "polecat/sample.txt"


def event_of(place: int, changed: Mapping[str, str] = NOTHING) -> Any:
    return map_sample(SAMPLE, place, changed).event


def test_the_header_has_40_columns() -> None:
    assert len(COLUMNS) == 40
    assert list(rows_in(SAMPLE)[0].cells) == [name.lower() for name in COLUMNS]


def test_latin_1_and_utf_8_are_both_read() -> None:
    content = (DATA / SAMPLE).read_bytes()
    assert b"S\xe3o Exemplo" in content
    utf_8 = read_as("polecat", b"\xef\xbb\xbf" + content.decode("iso-8859-1").encode())
    assert utf_8 == list(rows_in(SAMPLE))
    assert rows_in(SAMPLE)[2].cells["placename"] == "São Exemplo"


def test_the_other_name_of_intensity() -> None:
    content = (DATA / SAMPLE).read_bytes().replace(b"\tIntensity\t", b"\tEvent Intensity\t")
    assert read_as("polecat", content) == list(rows_in(SAMPLE))


def test_cells_in_quotation_marks() -> None:
    content = (DATA / SAMPLE).read_bytes().replace(b"\tthe ministry\t", b'\t"the ""ministry"""\t')
    row = read_as("polecat", content)[0]
    assert getattr(row, "cells", {})["actor name raw"] == 'the "ministry"'


@pytest.mark.parametrize(
    ("place", "changed", "field", "expected"),
    [
        (0, {}, "external_id", "DVX00000_made_up"),
        (0, {}, "type", "pledge"),
        (0, {}, "date", "2023-02-01"),
        (0, {}, "title", "Agree: Freedonia Ministry – United Nations, Sampleville"),
        (0, {"actor name": "None", "actor name raw": "None", "actor country": "None",
             "actor cow": "None", "recipient name": "None", "recipient name raw": "None"},
         "title", "Agree: unnamed actors, Sampleville"),
        (1, {}, "title", "Consult visit: France – Red Dawn Front, France"),
        (1, {}, "type", "visit"),
        (1, {}, "tags", ["diplomatic", "economic"]),
        (18, {}, "type", "air-strike"),
        (24, {}, "participants", [
            {"actor": "FRA", "for": None, "role": "initiator"},
            {"actor": "polecat-red-dawn-front", "for": None, "role": "target"},
        ]),
        (23, {}, "location", None),
        (0, {}, "location", {
            "name": "Sampleville", "country": "KEN", "admin1": "Sample Province",
            "longitude": 36.75, "latitude": -1.25, "precision": "city",
        }),
        (0, {"latitude": "None"}, "location", {
            "name": "Sampleville", "country": "KEN", "admin1": "Sample Province",
            "longitude": None, "latitude": None, "precision": "country",
        }),
    ],
)  # fmt: skip
def test_a_row_becomes_an_event(
    place: int, changed: dict[str, str], field: str, expected: object
) -> None:
    assert event_of(place, changed)[field] == expected


def test_every_code_is_kept_and_none_is_none() -> None:
    assert event_of(18)["codes"] == {
        "plover": "ASSAULT/aerial",
        "plover-quad": "MATERIAL CONFLICT",
        "plover-intensity": "-4.0",
        "plover-contexts": "military",
        "plover-actor": "GOV",
        "plover-recipient": "GOV",
        "cow-actor": "501",
        "cow-recipient": "750",
        "geonames": "999000001",
        "geonames-feature": "PPL",
        "polecat-version": "NGEC_made_up",
    }


@pytest.mark.parametrize(
    ("changed", "parties"),
    [
        ({"recipient name": "Japan;South Korea", "recipient country": "JPN;KOR"},
         [("JPN", None), ("KOR", None)]),
        ({"recipient name": "Ann;Bob", "recipient country": "JPN; KOR", "recipient title": "PM"},
         [("polecat-ann", "JPN"), ("polecat-bob", "KOR")]),
        ({"recipient name": "Ann;Bob", "recipient country": "JPN;KOR;PRK"},
         [("polecat-ann", None), ("polecat-bob", None)]),
        ({"recipient name": "Ann", "recipient country": "None", "recipient cow": "731",
          "primary recipient sector": "GOV"}, [("polecat-ann", "PRK")]),
        ({"recipient name": "None", "recipient name raw": "None", "recipient country": "PRK",
          "primary recipient sector": "GOV"}, [("PRK", None)]),
        ({"recipient name": "None", "recipient name raw": "None", "recipient country": "PRK",
          "primary recipient sector": "CVL"}, []),
        ({"recipient name": "Georgia (country);Georgia (U.S. state)"},
         [("GEO", None), ("polecat-georgia-u-s-state", None)]),
        ({"recipient name": "Guérilla de l'Exemple", "primary recipient sector": "REB",
          "recipient country": "COL"}, [("polecat-guerilla-de-lexemple", None)]),
    ],
)  # fmt: skip
def test_who_takes_part(changed: dict[str, str], parties: list[tuple[str, str | None]]) -> None:
    participants = event_of(0, changed)["participants"]
    targets = [each for each in participants if each["role"] == "target"]
    assert [(each["actor"], each["for"]) for each in targets] == parties


@pytest.mark.parametrize(
    ("place", "feature", "precision"),
    [(0, "PPLC", "city"), (0, "ADM2", "admin1"), (0, "PCLI", "country"), (0, "None", "city"),
     (1, "None", "country")],
)  # fmt: skip
def test_place_precision(place: int, feature: str, precision: str) -> None:
    assert event_of(place, {"feature type": feature})["location"]["precision"] == precision


def test_polecat_affirms_what_it_read_in_a_report() -> None:
    mapped = map_sample(SAMPLE, 2)
    (claim,) = mapped.claims.values()
    assert claim["source"] == "polecat"
    assert claim["origin"] == "agencia-ficticia"
    assert claim["basis"] == "dataset-coding"
    assert claim["made_on"] == "2023-02-04"
    assert {each.name for each in mapped.sources} == {"POLECAT", "Agência Fictícia"}


def test_a_report_without_name_or_day() -> None:
    (claim,) = map_sample(SAMPLE, 24).claims.values()
    assert (claim["origin"], claim["made_on"]) == (None, None)


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"event id": "None"}, "event id", "no id"),
        ({"event date": "None"}, "event date", "not a day"),
        ({"publication date": "yesterday"}, "publication date", "not a day"),
        ({"latitude": "1.5N"}, "latitude", "from -90 to 90"),
    ],
)
def test_a_bad_row_says_where_it_is_bad(changed: dict[str, str], column: str, reason: str) -> None:
    with pytest.raises(BadRow, match=reason) as raised:
        event_of(0, changed)
    assert raised.value.column == column


@pytest.mark.parametrize(
    ("changed", "column", "type", "code"),
    [
        ({"event mode": "hypnosis"}, "event mode", "pledge", "AGREE/hypnosis"),
        ({"event type": "CRIME"}, "event type", "other", "CRIME"),
        ({"country": "ATL"}, "country", "pledge", "AGREE"),
    ],
)
def test_what_is_odd_is_kept_with_a_warning(
    changed: dict[str, str], column: str, type: str, code: str
) -> None:
    mapped = map_sample(SAMPLE, 0, changed)
    assert [warned for warned, _, _ in mapped.warnings] == [column]
    assert (mapped.event["type"], mapped.event["codes"]["plover"]) == (type, code)


def test_a_nul_is_named_with_its_column(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes((DATA / SAMPLE).read_bytes().replace(b"the ministry", b"the\0ministry", 1))
    reason = "line 2 contains a NUL character"
    assert findings_in(path, "polecat")[0] == (2, "actor name raw", reason)
