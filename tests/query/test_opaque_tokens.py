"""Sealed positions and cursors: what opens again, and what does not."""

from typing import Any
from uuid import UUID

import pytest

from app.errors import Invalid
from app.query.opaque_tokens import TokenSealer, describe_cursor_scope
from app.query.params import PageParams

SEALER = TokenSealer(b"secret")
OTHER = TokenSealer(b"another secret")
ID = UUID("0190a1b2-0000-7000-8000-000000000001")


@pytest.mark.parametrize("position", [0, 1, 2, 255, 2**32 - 1, 2**32, 2**63 - 1])
def test_a_position_opens_again(position: int) -> None:
    text = SEALER.seal_position(position)
    assert SEALER.open_position(text, "as_of") == position
    assert (text[0], len(text)) == ("p", 14)


def test_positions_do_not_show_their_order() -> None:
    sealed = [SEALER.seal_position(position) for position in range(50)]
    assert len(set(sealed)) == 50
    assert sealed != sorted(sealed)


@pytest.mark.parametrize("text", ["", "p", "p1", "q" + "a" * 13, "p" + "a" * 20, "p!!!!!!!!!!!!!"])
def test_other_texts_are_not_positions(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        SEALER.open_position(text, "after")
    (fault,) = refused.value.faults
    assert (fault.code, fault.parameter) == ("not-a-after", "after")


@pytest.mark.parametrize(
    ("keys", "at"),
    [((1,), None), ((20240618, "a"), 7), ((None, ""), 0), (("Ünal", -3, 0.5), None)],
)
def test_a_cursor_opens_with_its_query(keys: tuple[Any, ...], at: int | None) -> None:
    text = SEALER.seal_cursor("query", keys, at)
    assert SEALER.open_cursor("query", text) == (keys, at)


def test_ids_in_a_cursor_come_back_as_text() -> None:
    assert SEALER.open_cursor("query", SEALER.seal_cursor("query", (ID,), None)) == (
        (str(ID),),
        None,
    )


@pytest.mark.parametrize(
    ("sealer", "scope", "change"),
    [
        (SEALER, "another query", lambda text: text),
        (OTHER, "query", lambda text: text),
        (SEALER, "query", lambda text: text[:-4]),
        (SEALER, "query", lambda text: "A" + text),
        (SEALER, "query", lambda text: ""),
        (SEALER, "query", lambda text: "a"),
    ],
)
def test_a_cursor_opens_with_nothing_else(sealer: TokenSealer, scope: str, change: Any) -> None:
    text = SEALER.seal_cursor("query", (1, "a"), 3)
    with pytest.raises(Invalid) as refused:
        sealer.open_cursor(scope, change(text))
    assert [fault.code for fault in refused.value.faults] == ["not-a-cursor"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"limit": 5}, {"limit": 6}, True),
        ({}, {"count": "exact"}, True),
        ({"cursor": "abc"}, {}, True),
    ],
)
def test_the_scope_of_a_cursor_ignores_how_an_answer_is_shown(
    one: dict[str, Any], other: dict[str, Any], same: bool
) -> None:
    scopes = {describe_cursor_scope(PageParams(**each), "/v1/events") for each in (one, other)}
    assert (len(scopes) == 1) is same
    assert describe_cursor_scope(PageParams(**one), "/v1/claims") not in scopes
