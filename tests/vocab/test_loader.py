"""Faults in data files, which stop the program at its start with the file and the line."""

from importlib import resources

import pytest

from app.vocab import closed_lists, event_types
from app.vocab.loader import VocabularyDataError, index_rows, parse_rows, read_rows

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
    with pytest.raises(VocabularyDataError) as error:
        [event_types._make_event_type(row) for row in parse_rows("things.csv", [HEADER, line])]
    assert str(error.value) == reason


def test_a_repeated_code_names_both_lines() -> None:
    rows = parse_rows("codes.csv", ["code,name\n", "01,one\n", "02,two\n", "01,again\n"])
    with pytest.raises(VocabularyDataError, match=r"codes.csv line 4: '01' is already on line 2"):
        index_rows(rows, "code")


def test_a_role_says_yes_or_no() -> None:
    (row,) = parse_rows("roles.csv", ["role,acts,bit,label,definition\n", "host,maybe,0,Host,\n"])
    with pytest.raises(VocabularyDataError, match="unknown acts 'maybe'"):
        closed_lists._make_role(row)


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
