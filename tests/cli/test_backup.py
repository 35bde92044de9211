"""`annals backup` and `annals restore`, from one kind of database to the other."""

from pathlib import Path

from tests.cli.conftest import Annals


def test_everything_comes_back(loaded: Annals, tmp_path: Path) -> None:
    file = tmp_path / "records.backup"
    said = loaded(f"backup {file}").out
    assert said.startswith(f"{file}: 68 events, ")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.glob(".*")] == []
    there = f"--database-url sqlite:///{tmp_path / 'restored.db'}"
    assert loaded(f"restore {file} {there}").out == said.replace("\n", " restored\n")
    assert loaded(f"check {there}").code == 0
    again = loaded(f"restore {file} {there}")
    assert (again.code, again.out) == (1, "")
    assert "is not empty" in again.err


def test_what_is_no_backup_is_refused(annals: Annals, tmp_path: Path) -> None:
    file = tmp_path / "records.csv"
    file.write_text("id,title\n")
    ended = annals(f"restore {file}")
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert "the backup is damaged or incomplete: Not a gzipped file" in ended.err
