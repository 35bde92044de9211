"""Ids: their bits, their order, and the published ids of imported records."""

from collections.abc import Callable
from itertools import pairwise
from random import Random
from uuid import NAMESPACE_URL, RFC_4122, UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.values.dates import OPEN_END, OPEN_START
from app.values.ids import (
    NAMESPACE,
    IdMaker,
    compute_day_floor,
    compute_order_hash,
    compute_order_key,
    make_claim_id,
    make_record_id,
    make_uuid7,
)

EVENT = UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


def ticking(*times: int) -> Callable[[], int]:
    return iter(times).__next__


def all_ones(bits: int) -> int:
    return (1 << bits) - 1


def all_zeros(_bits: int) -> int:
    return 0


def test_the_example_of_the_rfc() -> None:
    random_bits = 0xCC3 << 62 | 0x18C4DC0C0C07398F
    assert make_uuid7(0x017F22E279B0, random_bits) == EVENT


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1))
def test_a_new_id_is_a_version_7(milliseconds: int, random_bits: int) -> None:
    made = make_uuid7(milliseconds, random_bits)
    assert (made.version, made.variant, made.int >> 80) == (7, RFC_4122, milliseconds)


@pytest.mark.parametrize("milliseconds", [-1, 2**48, 1_718_700_000_000_000])
def test_a_time_that_is_not_milliseconds_is_refused(milliseconds: int) -> None:
    with pytest.raises(ValueError, match="do not fit a UUIDv7"):
        make_uuid7(milliseconds, 0)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=40), st.randoms(use_true_random=False))
def test_made_ids_rise_whatever_the_clock_does(times: list[int], random: Random) -> None:
    maker = IdMaker(ticking(*times), random.getrandbits)
    made = [maker.make() for _ in times]
    assert all(one < other for one, other in pairwise(made))


def test_a_used_up_count_borrows_the_next_millisecond() -> None:
    maker = IdMaker(lambda: 1000, all_ones)
    made = [maker.make() for _ in range(5000)]
    assert all(one < other for one, other in pairwise(made))
    assert {one.int >> 80 for one in made} == {1000, 1001, 1002}


def test_an_id_follows_the_clock_when_it_goes_on() -> None:
    maker = IdMaker(ticking(1000, 1000, 900, 1001), all_zeros)
    assert [maker.make().int >> 80 for _ in range(4)] == [1000, 1000, 1000, 1001]


def test_the_namespace_is_the_published_one() -> None:
    assert uuid5(NAMESPACE_URL, "https://annals.example/ns/records") == NAMESPACE


def test_the_name_of_an_imported_record_never_changes() -> None:
    assert make_record_id("ucdp-ged", "244657") == uuid5(NAMESPACE, "ucdp-ged\n244657")
    assert make_record_id("ucdp-ged", "244657") == UUID("b80e75ff-a33c-57fb-a6bb-fe257c2ff7c6")
    assert make_claim_id(EVENT, "https://example.org/a") == UUID(
        "00dc62bb-d672-5e9f-a51e-aadc246ceed1"
    )


def test_the_hash_of_an_id_never_changes() -> None:
    assert compute_order_hash(EVENT) == 2_029_342_794_169


@given(st.integers(1, 3_652_059), st.uuids())
def test_an_order_key_lies_in_its_day(day: int, event: UUID) -> None:
    key = compute_order_key(day, event)
    assert compute_day_floor(day) <= key < compute_day_floor(day + 1) < 2**63
    assert key - compute_day_floor(day) == compute_order_hash(event) < 2**41


@given(st.uuids())
def test_an_open_start_sorts_first_and_an_open_end_is_above_all(event: UUID) -> None:
    assert compute_order_key(OPEN_START, event) < compute_day_floor(1)
    assert compute_order_key(3_652_059, event) < compute_day_floor(OPEN_END) < 2**63
