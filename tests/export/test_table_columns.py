"""Events as flat rows whose cells can be read back unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.export.table_columns import (
    COLUMNS,
    FIELD_COLUMNS,
    read_list_cell,
    read_text_cell,
    write_list_cell,
    write_text_cell,
)
from app.resources.events.schemas import Event

ITEMS = st.lists(st.text("ab;\\\n\"' =", min_size=1), max_size=4)


def test_every_field_of_an_event_has_its_columns() -> None:
    beside = {"relations", "references", "snippets", "known_by"}
    assert list(FIELD_COLUMNS) == [name for name in Event.model_fields if name not in beside]
    assert len(set(COLUMNS)) == len(COLUMNS)


@given(ITEMS)
def test_a_list_is_read_back(items: list[str]) -> None:
    assert read_list_cell(write_list_cell(items)) == items


@given(st.none() | st.text("a\\;\n "))
def test_a_text_is_read_back(text: str | None) -> None:
    assert read_text_cell(write_text_cell(text) or "") == text


@pytest.mark.parametrize(
    ("items", "cell"),
    [
        ([], ""),
        (["visit"], "visit"),
        (["PRK", "RUS"], "PRK;RUS"),
        (["", "PRK"], ";PRK"),
        (["a;b", "c\\d"], r"a\;b;c\\d"),
    ],
)
def test_lists_are_parted_by_semicolons(items: list[str], cell: str) -> None:
    assert write_list_cell(items) == cell
    assert read_list_cell(cell) == items


def test_a_backslash_that_stands_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="stands for nothing"):
        read_list_cell("a;b\\")
