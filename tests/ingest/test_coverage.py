"""The part of a dataset that a file covers, by its name and its rows."""

from pathlib import Path

import pytest

from app.ingest.coverage import Coverage, FileFacts, RowSpan, parse_period
from app.ingest.mapping.detection import find_format
from app.record.content import EventContent
from tests.ingest.conftest import Import
from tests.ingest.samples import DATA

KENYA = RowSpan(738_000, 738_100, frozenset({"KEN"}), frozenset({("side", "KEN")}))
BOTH = RowSpan(738_000, 738_100, frozenset({"KEN", "ETH"}), frozenset())


def told(format: str, name: str, span: RowSpan = KENYA, head: bytes = b"a,b") -> dict[str, object]:
    find = find_format(format).coverage_of
    assert find is not None
    found = find(FileFacts((name,), head, span))
    return found.to_document() if found is not None else {}


@pytest.mark.parametrize(
    ("format", "name", "days"),
    [
        ("ucdp-ged", "GEDEvent_v25_1.csv", "1989-01-01/2024-12-31"),
        ("ucdp-ged", "ged251-csv.zip", "1989-01-01/2024-12-31"),
        ("ucdp-ged", "GEDEvent_v25_0_3.csv", "2025-03-01/2025-03-31"),
        ("ucdp-ged", "GEDEvent_v24_0_12.csv", "2024-12-01/2024-12-31"),
        ("ucdp-ged", "GEDEvent_v24_01_24_03.csv", "2024-01-01/2024-03-31"),
        ("ucdp-ged", "GEDEvent_v24_0_13.csv", None),
        ("ucdp-ged", "GEDEvent_v25_1_syria.csv", None),
        ("ucdp-ged", "ged231_sample1000.csv", None),
        ("polecat", "ngecEventsDV-2021.txt", "2021-01-01/2021-12-31"),
        ("polecat", "ngecEvents.DV.2021.txt.zip", "2021-01-01/2021-12-31"),
        ("polecat", "ngecEvents.20230501000000.Release650.DV.txt", None),
        ("icews", "events.2015.20170206133646.tab", "2015-01-01/2015-12-31"),
        ("icews", "Events.2018.20180615.tab", "2018-01-01/2018-06-15"),
        ("icews", "events.tab", None),
        ("annals", "events.ndjson", None),
    ],
)
def test_the_name_tells_the_days(format: str, name: str, days: str | None) -> None:
    assert told(format, name).get("period") == days


def test_a_file_of_one_country_speaks_for_it() -> None:
    named = "2021-01-01-2021-12-31-Kenya.csv"
    ours = {"countries": ["KEN"]}
    assert told("acled", named) == {"period": "2021-01-01/2021-12-31", **ours}
    assert told("acled", "x.csv") == {"period": "2021-07-29/2021-11-06", **ours}
    assert told("acled", named, BOTH) == told("acled", named, head=b'{"data":[') == {}
    assert told("ucdp-ged", "conflict_data_ken.csv") == told("acled", "x.csv")


@pytest.mark.parametrize(
    ("line", "days"),
    [
        (b"Deals with deliveries or orders made between 1950 and 2024", "1950-01-01/2024-12-31"),
        (b"Deals with deliveries or orders made for 2010 to 2020", "2010-01-01/2020-12-31"),
        (b"Deliveries between 2020 and 2025", None),
        (b"Information generated: 22 March 2026", None),
    ],
)
def test_the_register_says_its_years(line: bytes, days: str | None) -> None:
    assert told("sipri", "register.csv", head=line + b"\r\n").get("period") == days


def transfer(date: str, *years: int) -> EventContent:
    taking = [{"actor": "FRA", "for": None, "role": "supplier"}]
    details = {"delivery_years": list(years)}
    return {  # type: ignore[typeddict-item]
        "type": "arms-transfer", "date": date, "location": None, "details": details,
        "participants": taking,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("covered", "event", "is_inside"),
    [
        (parse_period("2000/2010"), transfer("2001", 2003, 2004), True),
        (parse_period("2000/2010"), transfer("2001", 2003, 2011), False),
        (parse_period("2000/2010"), transfer("2001~"), True),
        (parse_period("2000/2010"), transfer("1999-12-31/2001"), False),
        (parse_period("2000/2010"), transfer("2001/.."), False),
        (parse_period("2000/.."), transfer("2001/.."), True),
        (parse_period("2001").narrow(frozenset({"FRA"})), transfer("2001"), True),
        (parse_period("2001").narrow(frozenset({"KEN"})), transfer("2001"), False),
        (Coverage(0, 10**7, parties=frozenset({("supplier", "FRA")})), transfer("2001"), True),
        (Coverage(0, 10**7, parties=frozenset({("recipient", "FRA")})), transfer("2001"), False),
    ],
)
def test_only_what_lies_wholly_inside(
    covered: Coverage, event: EventContent, is_inside: bool
) -> None:
    assert covered.contains(event) is is_inside


@pytest.mark.parametrize("text", ["2024~", "2024?/2025", "2025/2024", "soon"])
def test_a_period_is_sure(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_period(text)


@pytest.mark.parametrize(
    ("sample", "name", "coverage", "found"),
    [
        ("sipri/sample.csv", "register.csv", None, 1),
        ("polecat/sample.txt", "ngecEventsDV-2023.txt", None, 1),
        ("polecat/sample.txt", "ngecEventsDV-2022.txt", None, 0),
        ("icews/sample.tab", "events.2018.20190101.tab", None, 1),
        ("acled/sample.csv", "acled.csv", None, None),
        ("acled/sample.csv", "acled.csv", "2023", 1),
    ],
)
async def test_a_row_less_is_a_record_gone(
    load: Import, tmp_path: Path, sample: str, name: str, coverage: str | None, found: int | None
) -> None:
    await load(DATA / sample)
    lines = (DATA / sample).read_bytes().splitlines(keepends=True)
    cut = tmp_path / name
    cut.write_bytes(b"".join(lines[:-1]))
    report = await load(cut, coverage=coverage and parse_period(coverage))
    assert (report.removals and report.removals.found) == found, report.warnings


async def test_of_our_own_format_the_days_have_to_be_said(load: Import, tmp_path: Path) -> None:
    line = b"desk,meeting,A,%d-01-01,%d\n"
    file = tmp_path / "events.csv"
    header = b"dataset,type,title,date,external_id\n"
    file.write_bytes(header + b"".join(line % (year, year) for year in range(2000, 2020)))
    await load(file)
    file.write_bytes(header + line % (2001, 2001))
    assert (await load(file)).removals is None
    report = await load(file, mirror=True, coverage=parse_period("2001/2002"))
    assert [each.value for each in report.warnings] == ["2002"]
    assert report.removals is not None
    assert (report.removals.found, report.removals.removed) == (1, 1)
