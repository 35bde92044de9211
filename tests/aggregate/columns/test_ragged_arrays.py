"""Lists in columns: where their values are, and how many are taken at once."""

from itertools import pairwise

import numpy as np
import pytest

from app.aggregate.columns.event_columns import MANY, make_event_columns
from app.aggregate.columns.ragged_arrays import compute_starts, expand_lists, split_portions
from tests.aggregate.columns.rows import a_row


def test_lists_are_found_by_their_places() -> None:
    starts = compute_starts(np.array([2, 0, 3, 1]))
    numbers, where = expand_lists(starts, np.array([2, 1, 0, 2]))
    assert numbers.tolist() == [0, 0, 0, 2, 2, 3, 3, 3]
    assert where.tolist() == [2, 3, 4, 0, 1, 2, 3, 4]
    assert [each.tolist() for each in expand_lists(starts, np.zeros(0, np.int64))] == [[], []]


@pytest.mark.parametrize(
    ("sizes", "runs"),
    [
        ([], []),
        ([1, 1, 1], [3]),
        ([2, 2, 1, 1], [1, 2, 1]),
        ([9, 1, 9], [1, 1, 1]),
        ([0, 0, 3, 0], [4]),
    ],
)
def test_portions_are_as_large_as_they_may_be(sizes: list[int], runs: list[int]) -> None:
    found = split_portions(np.array(sizes, np.int64), 3)
    assert [each.stop - each.start for each in found] == runs
    assert [place for each in found for place in range(len(sizes))[each]] == [*range(len(sizes))]


def test_a_block_keeps_the_lists_of_each_event_in_its_order() -> None:
    rows = [
        a_row(3, taking='[["PRK",5],["RUS",1]]', terms='[["tag","b"],["code","x:1"],["tag","a"]]'),
        a_row(1),
        a_row(2, taking='[["RUS",9]]', terms='[["source","daily"]]'),
    ]
    block = make_event_columns(rows)
    found: dict[str, list[list[str | None]]] = {name: [] for name in MANY}
    for name in MANY:
        starts, codes = (block.columns[f"{name}_{part}"].tolist() for part in ("starts", "codes"))
        for begin, end in pairwise(starts):
            found[name].append([block.values[name][code] for code in codes[begin:end]])
    assert found == {
        "actor": [[None], ["RUS"], ["PRK", "RUS"]],
        "tag": [[None], [None], ["b", "a"]],
        "code": [[None], [None], ["x:1"]],
        "source": [[None], ["daily"], [None]],
    }
    assert block.columns["actor_roles"].tolist() == [0, 9, 5, 1]
