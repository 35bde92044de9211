"""Columns in files: what was saved is loaded, the newest of several."""

from pathlib import Path

from app.aggregate.columns.column_store import load_columns, save_columns
from app.aggregate.columns.event_columns import make_event_columns
from tests.aggregate.columns.rows import a_row


def test_files_hold_what_was_saved_and_the_newest_counts(tmp_path: Path) -> None:
    older, newer = (
        make_event_columns([a_row(1)]),
        make_event_columns([a_row(1), a_row(2, country=None)]),
    )
    assert load_columns(tmp_path / "none") is None
    save_columns(tmp_path, 1, 100, older)
    mapped = load_columns(tmp_path)
    save_columns(tmp_path, 1, 200, newer)
    assert mapped is not None
    assert len(mapped[2]) == 1, "who has the older files open keeps them"
    found = load_columns(tmp_path, newer_than=100)
    assert found is not None
    epoch, position, block = found
    assert (epoch, position, len(block)) == (1, 200, 2)
    assert [block.values["country"][code] for code in block.columns["country"]] == ["any", None]
    assert all((block.columns[name] == newer.columns[name]).all() for name in newer.columns)
    assert load_columns(tmp_path, newer_than=200) is None
    assert len([*tmp_path.iterdir()]) == 1
