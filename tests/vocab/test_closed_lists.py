"""The closed lists, and every list by its name."""

import re

import pytest

from app.vocab import closed_lists
from app.vocab.catalog import get_list_terms, list_names
from app.vocab.closed_lists import (
    encode_roles,
    get_acting_roles,
    get_list_values,
    get_placed_precisions,
    get_roles,
)

ACTING = {
    "host", "guest", "initiator", "supplier", "recipient", "signatory", "launcher", "imposer",
    "speaker", "side", "mediator",
}  # fmt: skip


def test_roles_are_those_of_the_product() -> None:
    assert get_acting_roles() == ACTING
    assert set(get_roles()) - ACTING == {"target", "addressee", "observer", "victim"}


def test_the_bits_of_roles_never_change() -> None:
    assert {role.role: role.bit for role in get_roles().values()} == {
        "host": 0, "guest": 1, "initiator": 2, "supplier": 3, "recipient": 4, "signatory": 5,
        "launcher": 6, "imposer": 7, "speaker": 8, "side": 9, "mediator": 10, "target": 11,
        "addressee": 12, "observer": 13, "victim": 14,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("held", "bits"), [([], 0), (["host"], 1), (["guest", "host", "host"], 3), (["victim"], 16384)]
)
def test_role_bits(held: list[str], bits: int) -> None:
    assert encode_roles(held) == bits


def test_a_word_that_is_no_role_has_no_bit() -> None:
    with pytest.raises(KeyError):
        encode_roles(["hostess"])


def test_only_three_precisions_are_places_on_a_map() -> None:
    assert get_placed_precisions() == {"exact", "city", "admin1"}
    assert get_list_values("location-precisions") == (
        "exact",
        "city",
        "admin1",
        "country",
        "region",
    )


@pytest.mark.parametrize(
    ("list_name", "values"),
    [
        ("lifecycles", "planned ongoing occurred cancelled"),
        ("verifications", "unverified alleged confirmed disputed denied refuted"),
        ("stances", "affirms denies"),
        ("reliabilities", "A B C D E F"),
        ("credibilities", "1 2 3 4 5 6"),
        ("actor-kinds", "state organisation armed-group person body"),
        ("visibilities", "public private"),
        ("scopes", "read write import admin"),
        ("operations", "created updated deleted restored merged unmerged purged"),
        (
            "relations",
            "follows part-of responds-to enables exchanged-for same-as contradicts",
        ),
        (
            "bases",
            "official-statement media-report anonymous-official observation document "
            "dataset-coding",
        ),
        (
            "categories",
            "diplomacy military arms provocation economy conflict protest security statement other",
        ),
    ],
)
def test_a_list_holds_the_words_of_the_product(list_name: str, values: str) -> None:
    assert get_list_values(list_name) == tuple(values.split())


@pytest.mark.parametrize("list_name", list_names())
def test_every_list_can_be_read_by_its_name(list_name: str) -> None:
    terms = get_list_terms(list_name)
    assert terms
    assert len({term.value for term in terms}) == len(terms)
    assert all(term.label for term in terms)


def test_a_name_that_is_no_list() -> None:
    with pytest.raises(KeyError):
        get_list_terms("moods")


@pytest.mark.parametrize("list_name", sorted(closed_lists.get_lists().keys() - {"reliabilities"}))
def test_values_are_lower_case_with_hyphens(list_name: str) -> None:
    assert all(
        re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value) for value in get_list_values(list_name)
    )
