"""A bad row stops the program at its start and says where it is."""

from importlib import resources

import pytest

from app.vocab import closed_lists, event_types
from app.vocab.loader import BadData, keyed, read_rows, rows_of

HEADER = "type,category,label,details,cameo,plover,acled,ucdp,note\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("gala,diplomacy,Gala", "things.csv line 2: 3 cells where the header has 9"),
        ("gala,fun,Gala,,,,,,", "things.csv line 2: unknown category 'fun'"),
        ("gala,diplomacy,Gala,party,,,,,", "things.csv line 2: unknown details model 'party'"),
    ],
)
def test_a_wrong_event_type_is_named_by_file_and_line(line: str, reason: str) -> None:
    with pytest.raises(BadData) as error:
        [event_types._event_type(row) for row in rows_of("things.csv", [HEADER, line])]
    assert str(error.value) == reason


def test_a_repeated_code_names_both_lines() -> None:
    rows = rows_of("codes.csv", ["code,name\n", "01,one\n", "02,two\n", "01,again\n"])
    with pytest.raises(BadData, match=r"codes.csv line 4: '01' is already on line 2"):
        keyed(rows, "code")


def test_a_role_says_yes_or_no() -> None:
    (row,) = rows_of("roles.csv", ["role,acts,bit,label,definition\n", "host,maybe,0,Host,\n"])
    with pytest.raises(BadData, match="unknown acts 'maybe'"):
        closed_lists._role(row)


DATA = sorted(
    file.name
    for file in resources.files("app.vocab").joinpath("data").iterdir()
    if file.name.endswith(".csv")
)


@pytest.mark.parametrize("file", DATA)
def test_every_data_file_is_sound_and_has_its_licence_beside_it(file: str) -> None:
    assert read_rows(file)
    licence = resources.files("app.vocab").joinpath("data", f"{file}.license")
    text = licence.read_text(encoding="utf-8")
    assert "SPDX-License-Identifier: " in text
    assert "SPDX-FileCopyrightText: " in text
