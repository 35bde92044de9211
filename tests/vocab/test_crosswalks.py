"""Foreign codes: each maps to a type that exists, and none is refused."""

from collections import Counter

import pytest

from app.vocab.crosswalks import (
    classify_acled,
    classify_cameo,
    classify_plover,
    classify_ucdp,
    convert_cameo_to_plover,
    get_acled_types,
    get_cameo_codes,
    get_plover_types,
    list_foreign_codes,
)
from app.vocab.event_types import EVENT_TYPES


def test_every_cameo_code_becomes_a_type_that_exists() -> None:
    assert len(get_cameo_codes()) == 310
    assert {classify_cameo(code) for code in get_cameo_codes()} <= set(EVENT_TYPES) - {"other"}


def test_the_cameo_table_is_whole() -> None:
    assert Counter(len(code) for code in get_cameo_codes()) == {2: 20, 3: 146, 4: 144}
    assert all(each.root == code[:2] for code, each in get_cameo_codes().items())
    assert all(each.name == each.name.strip() for each in get_cameo_codes().values())
    assert {each.quad_class for each in get_cameo_codes().values() if each.root == "09"} == {2}


@pytest.mark.parametrize(
    ("code", "event_type"),
    [
        ("010", "statement"),
        ("10", "demand"),
        ("042", "visit"),
        ("0356", "pledge"),
        ("057", "agreement"),
        ("0871", "ceasefire"),
        ("163", "sanction"),
        ("1663", "expulsion"),
        ("190", "armed-clash"),
        ("195", "air-strike"),
        ("2042", "wmd-attack"),
    ],
)
def test_a_cameo_code(code: str, event_type: str) -> None:
    assert classify_cameo(code) == event_type


@pytest.mark.parametrize(
    ("code", "event_type"),
    [
        ("106", "demand"),
        ("1951", "air-strike"),
        ("19512", "air-strike"),
        ("9999", "other"),
        ("", "other"),
        ("1", "other"),
        ("X", "other"),
    ],
)
def test_an_unlisted_cameo_code_goes_by_its_longest_known_beginning(
    code: str, event_type: str
) -> None:
    assert code not in get_cameo_codes()
    assert classify_cameo(code) == event_type


def test_39_cameo_codes_have_no_plover_class() -> None:
    without = [code for code in get_cameo_codes() if convert_cameo_to_plover(code) is None]
    assert len(without) == 39
    assert {code[:2] for code in without} == {"01", "02"}


@pytest.mark.parametrize(
    ("code", "event", "mode", "contexts"),
    [
        ("042", "CONSULT", "visit", ()),
        ("094", "ACCUSE", "investigate", ("military", "legal")),
        ("08", "CONCEDE", "", ()),
        ("163", "COERCE", "restrict", ("diplomatic",)),
    ],
)
def test_the_plover_class_of_a_cameo_code(
    code: str, event: str, mode: str, contexts: tuple[str, ...]
) -> None:
    found = convert_cameo_to_plover(code)
    assert found is not None
    assert (found.event, found.mode, found.contexts) == (event, mode, contexts)


def test_plover_has_sixteen_event_types() -> None:
    assert len({event for event, _ in get_plover_types()}) == 16
    assert all((event, "") in get_plover_types() for event, _ in get_plover_types())


@pytest.mark.parametrize(
    ("event", "mode", "event_type"),
    [
        ("CONSULT", "visit", "visit"),
        ("CONSULT", None, "consultation"),
        ("consult", "None", "consultation"),
        ("ASSAULT", "drone", "air-strike"),
        ("ASSAULT", "not-a-mode", "assault"),
        ("COERCE", "cyber", "cyberattack"),
        ("INVESTIGATE", "", "other"),
    ],
)
def test_a_plover_class(event: str, mode: str | None, event_type: str) -> None:
    assert classify_plover(event, mode) == event_type


def test_acled_has_25_sub_event_types_of_six_event_types() -> None:
    assert len({sub for _, sub in get_acled_types() if sub}) == 25
    assert len({event for event, _ in get_acled_types()}) == 6


@pytest.mark.parametrize(
    ("sub_event_type", "event_type", "ours"),
    [
        ("Armed clash", "Battles", "armed-clash"),
        ("Air/drone strike", "", "air-strike"),
        ("peaceful protest", "Protests", "protest"),
        ("Something new", "Riots", "riot"),
        ("Something new", "Something else", "other"),
    ],
)
def test_an_acled_class(sub_event_type: str, event_type: str, ours: str) -> None:
    assert classify_acled(sub_event_type, event_type) == ours


@pytest.mark.parametrize(
    ("violence", "event_type"),
    [("1", "armed-clash"), ("2", "armed-clash"), ("3", "attack-on-civilians"), ("4", "other")],
)
def test_a_ucdp_type_of_violence(violence: str, event_type: str) -> None:
    assert classify_ucdp(violence) == event_type


@pytest.mark.parametrize("event", sorted({event for event, _ in get_plover_types()}))
def test_every_plover_event_type_has_a_type_of_its_own(event: str) -> None:
    assert classify_plover(event) != "other"


def test_the_crosswalks_read_backwards() -> None:
    codes = list_foreign_codes("bombing")
    assert codes["cameo"] == ("183", "1831", "1832", "1833")
    assert codes["plover"] == ("ASSAULT/explosives", "ASSAULT/suicide-attack")
    assert codes["ucdp"] == ()
