"""`annals key`: keys created, listed and revoked at the command line."""

import re

import pytest

from tests.cli.conftest import Annals


@pytest.fixture
def migrated(annals: Annals) -> Annals:
    assert annals("migrate").code == 0
    return annals


DESK = ["desk", "write", "russia-dprk: writes to no others"]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("key create desk --scope read", ["desk", "read", "all datasets"]),
        ("key create desk --scope admin --scope read", ["desk", "read,admin", "all datasets"]),
        ("key create desk --scope write --dataset russia-dprk", DESK),
        ("key create desk --scope read --dataset russia-dprk", ["desk", "read", "russia-dprk"]),
    ],
)
def test_a_key_is_printed_once_and_listed(loaded: Annals, line: str, cells: list[str]) -> None:
    made = loaded(line)
    assert made.code == 0
    token = re.fullmatch(r"annals_([0-9a-f]{16})_\w{43}\n", made.out)
    assert token is not None
    listed = loaded("key list")
    (row,) = listed.out.splitlines()
    assert row.split("\t")[:4] == [token[1], *cells]
    assert row.endswith("\tvalid")
    assert token[0].strip() not in listed.out


def test_a_revoked_key_says_so(migrated: Annals) -> None:
    id = migrated("key create desk --scope read").out.split("_")[1]
    revoked = migrated(f"key revoke {id}")
    assert (revoked.code, revoked.out.startswith(f"key {id} (desk) is revoked")) == (0, True)
    assert "\trevoked 20" in migrated("key list").out
    assert migrated(f"key revoke {id}").out == revoked.out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("key revoke none", "there is no key none"),
        ("key create desk --scope read --dataset rusia-dprk", "did you mean 'russia-dprk'?"),
        ("key create desk --scope admin --dataset russia-dprk", "held to no datasets"),
    ],
)
def test_what_is_not_there_is_a_failure(loaded: Annals, line: str, said: str) -> None:
    ended = loaded(line)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err
