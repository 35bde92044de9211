"""`annals check`: a consistent demo dataset, and damage that is reported and counted."""

import pytest
from sqlalchemy import Connection, text

from app.db.migrations import run_on_schema
from tests.cli.conftest import Annals


def damage(connection: Connection) -> None:
    connection.execute(text("UPDATE events SET cell_1 = 5, title = 'x' WHERE country = 'KOR'"))


def garble(connection: Connection) -> None:
    connection.execute(text("UPDATE event_texts_content SET c2 = 'other' WHERE id % 2"))


def test_damage_is_told(loaded: Annals, empty_database_url: str) -> None:
    assert loaded("check").out == "everything agrees\n"
    run_on_schema(empty_database_url, damage)
    ended = loaded("check")
    *found, summary = ended.out.splitlines()
    assert (ended.code, summary) == (1, f"{len(found)} findings")
    assert len(found) > 3
    assert all("its row disagrees in title, cell_1" in each for each in found)


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_a_text_index_that_lost_its_words_is_found(loaded: Annals, empty_database_url: str) -> None:
    run_on_schema(empty_database_url, garble)
    assert "storage: the text index does not hold the words of its rows" in loaded("check").out
