"""`annals import`: the outcome of the rows, and an exit code for scripts."""

import csv
import gzip
import shutil
import zipfile
from pathlib import Path

import pytest

from app.ingest.formats.ucdp import LAYOUT_20
from tests.cli.conftest import Annals
from tests.ingest.gdelt_rows import KOREA
from tests.ingest.hidden import a_row, write_rows

ROW = {
    "id": "1",
    "year": "2020",
    "type_of_violence": "1",
    "conflict_new_id": "1",
    "conflict_name": "Somalia: Government",
    "dyad_new_id": "1",
    "dyad_name": "Government of Somalia - Al-Shabaab",
    "side_a_new_id": "95",
    "side_a": "Government of Somalia",
    "side_b_new_id": "717",
    "side_b": "Al-Shabaab",
    "number_of_sources": "1",
    "source_office": "Reuters",
    "source_date": "2020-01-02",
    "source_headline": "Attack in Mogadishu",
    "where_prec": "1",
    "where_coordinates": "Mogadishu",
    "adm_1": "Banaadir region",
    "latitude": "2.04",
    "longitude": "45.34",
    "country": "Somalia",
    "country_id": "520",
    "event_clarity": "1",
    "date_prec": "1",
    "date_start": "2020-01-01",
    "date_end": "2020-01-01",
    "deaths_civilians": "1",
    "best": "1",
    "high": "2",
    "low": "1",
    "gwnoa": "520",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One good row and one wrong row."""
    path = tmp_path / "ged.csv"
    with path.open("w", newline="") as opened:
        rows = csv.DictWriter(opened, LAYOUT_20, restval="0")
        rows.writeheader()
        rows.writerows([ROW, {**ROW, "id": "2", "best": "many"}])
    return path


def test_an_import_can_be_tried_made_and_repeated(annals: Annals, file: Path) -> None:
    annals("migrate")
    tried, made, again = (
        annals(line, str(file))
        for line in ("import --dry-run", "import", "import --format ucdp-ged --dataset ucdp-ged")
    )
    assert [ended.code for ended in (tried, made, again)] == [1, 1, 1]
    assert tried.out.startswith(
        "ucdp-ged into ucdp-ged, dry run: line 1 names the columns of UCDP GED\n2 read, 1 created,"
    )
    assert again.out.startswith("ucdp-ged into ucdp-ged\n2 read,")
    assert "\n2 read, 1 created, 0 updated, 0 unchanged," in made.out
    assert "\n2 read, 0 created, 0 updated, 1 unchanged," in again.out
    assert "rejected: line 3, best: " in made.out


def test_a_file_without_a_fault_is_a_success(annals: Annals, file: Path) -> None:
    annals("migrate")
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:2]))
    ended = annals("import", str(file))
    assert (ended.code, "1 created" in ended.out) == (0, True), ended


def test_what_becomes_public_is_told(annals: Annals, tmp_path: Path) -> None:
    annals("migrate")
    taking = {"participants": [{"actor": "aaa-010", "for": None, "role": "host"}]}
    public = {"dataset": {"slug": "desk", "title": "Desk", "visibility": "public"}}
    for name, row in (
        ("umbra", a_row("umbra", **taking)),
        ("desk", a_row("desk", **taking, references=public)),
    ):
        file = write_rows(tmp_path / f"{name}.ndjson", row)
        told = [annals(line, str(file)) for line in ("import --dry-run", "import")]
        said = "published: the actor 'aaa-010', which was private\n"
        assert [said in ended.out for ended in told] == [name == "desk"] * 2


@pytest.mark.parametrize(
    ("line", "said"),
    [("import --format udcp", "no import format"), ("import", "in none of the formats")],
)
def test_what_cannot_be_read_is_a_failure(
    annals: Annals, tmp_path: Path, line: str, said: str
) -> None:
    annals("migrate")
    file = tmp_path / "notes.txt"
    file.write_text("nothing of the kind\n")
    ended = annals(line, str(file))
    assert (ended.code, ended.out, said in ended.err) == (1, "", True), ended


def test_a_folder_goes_in_by_name_whatever_lies_beside(annals: Annals, tmp_path: Path) -> None:
    annals("migrate")
    folder = tmp_path / "slots"
    (folder / "2017").mkdir(parents=True)
    shutil.copy(KOREA, folder / "2017" / "1.export.CSV")
    with zipfile.ZipFile(folder / "2.export.CSV.zip", "w") as archive:
        archive.write(KOREA, "2.export.CSV")
    (folder / "3.export.CSV.gz").write_bytes(gzip.compress(KOREA.read_bytes()))
    (folder / "read.me").write_text("not a file of events\n")
    (folder / ".hidden").write_text("not looked at")
    ended = annals("import", str(folder))
    told = [line for line in ended.out.splitlines() if not line.startswith("warning")]
    assert ended.code == 1
    beginnings = (
        "2.export.CSV.zip: gdelt-events into gdelt: line 1 has the 61 columns",
        "71 read, 71 created,",
        "2017/1.export.CSV: gdelt-events into gdelt",
        "71 read, 0 created, 0 updated, 71 unchanged,",
        "3.export.CSV.gz: gdelt-events into gdelt",
        "71 read, 0 created, 0 updated, 71 unchanged,",
        "read.me: refused: the file begins with 'not a file of events'",
        "4 files, 1 refused: 213 read, 71 created, 0 updated, 142 unchanged,",
    )
    for line, beginning in zip(told, beginnings, strict=True):
        assert line.startswith(beginning)


@pytest.mark.parametrize(
    ("line", "said"),
    [("import", "holds no files"), ("import --mirror", "only a file can be mirrored")],
)
def test_a_folder_that_cannot_go_in(annals: Annals, tmp_path: Path, line: str, said: str) -> None:
    annals("migrate")
    (tmp_path / "empty").mkdir()
    ended = annals(line, str(tmp_path / "empty"))
    assert (ended.code, said in ended.err) == (1, True), ended


def test_what_is_gone_is_removed_once_its_number_is_said(annals: Annals, tmp_path: Path) -> None:
    annals("migrate")
    file = tmp_path / "ged.csv"

    def write(ids: range) -> None:
        with file.open("w", newline="") as opened:
            rows = csv.DictWriter(opened, LAYOUT_20, restval="0")
            rows.writeheader()
            rows.writerows({**ROW, "id": str(id)} for id in ids)

    write(range(4))
    annals("import", str(file))
    write(range(1))
    covered = ("--mirror", "--coverage", "2020-01-01/2020-12-31", "--country", "Somalia")
    found = annals("import", str(file), *covered)
    assert found.code == 0, found
    assert "gone: 3 found, 0 removed, of 2020-01-01/2020-12-31\n" in found.out
    assert "gone: --mirror --confirm-removals 3 removes them\n" in found.out
    wrong = annals("import", str(file), *covered, "--confirm-removals", "2")
    assert (wrong.code, "3 records are gone from this file, not the 2" in wrong.err) == (1, True)
    removed = annals("import", str(file), *covered, "--confirm-removals", "3")
    assert "gone: 3 found, 3 removed, of 2020-01-01/2020-12-31\n" in removed.out
    assert "warning: 3: gone from this release: removed\n" in removed.out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--coverage soon", "coverage: "),
        ("--country Atlantis", "country"),
        ("--confirm-removals 3", "--confirm-removals needs --mirror"),
    ],
)
def test_a_coverage_that_is_none_is_used_wrongly(
    annals: Annals, file: Path, line: str, said: str
) -> None:
    annals("migrate")
    ended = annals(f"import {line}", str(file))
    assert (ended.code, said in ended.err) == (2, True), ended
