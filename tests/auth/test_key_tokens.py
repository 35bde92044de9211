"""Tokens: their form, what is kept of them, and whose id they name."""

import re

import pytest

from app.auth.key_tokens import FIRST_KEY_ID, RANDOM_BYTES, hash_token, mint_key, read_token_id

ZEROS, ONES = bytes(RANDOM_BYTES), b"\xff" * RANDOM_BYTES


@pytest.mark.parametrize("random", [ZEROS, ONES, bytes(range(RANDOM_BYTES))])
def test_every_token_has_the_same_form(random: bytes) -> None:
    minted = mint_key(random)
    assert re.fullmatch(r"annals_[0-9a-f]{16}_[0-9A-Za-z]{43}", minted.token)
    assert minted.token.split("_")[1] == minted.id == read_token_id(minted.token)


@pytest.mark.parametrize(
    ("random", "id", "token"),
    [
        (ZEROS, None, f"annals_{'0' * 16}_{'0' * 43}"),
        (ZEROS, FIRST_KEY_ID, f"annals_first_{'0' * 43}"),
        (bytes(39) + b"\x3d", None, f"annals_{'0' * 16}_{'0' * 42}z"),
        (bytes(39) + b"\x3e", None, f"annals_{'0' * 16}_{'0' * 41}10"),
    ],
)
def test_a_token_is_made_of_its_random_bytes(random: bytes, id: str | None, token: str) -> None:
    assert mint_key(random, id).token == token


def test_the_largest_secret_still_fits() -> None:
    number = 0
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    for digit in mint_key(ONES).token.split("_")[2]:
        number = number * 62 + digits.index(digit)
    assert number == 2**256 - 1


@pytest.mark.parametrize("length", [0, 32, RANDOM_BYTES - 1, RANDOM_BYTES + 1])
def test_too_little_randomness_makes_no_key(length: int) -> None:
    with pytest.raises(ValueError, match="40 random bytes"):
        mint_key(bytes(length))


def test_what_is_kept_is_a_hash_of_the_whole() -> None:
    minted = mint_key(ONES)
    assert minted.hash == hash_token(minted.token)
    assert minted.hash != mint_key(ONES, FIRST_KEY_ID).hash
    assert minted.token.split("_")[2] not in minted.hash


@pytest.mark.parametrize(
    "token",
    [
        "",
        "correct-horse-battery",
        "annals_",
        f"annals_first_{'0' * 42}",
        f"annals_{'0' * 15}_{'0' * 43}",
        f"annals_{'0' * 16}_{'0' * 43}\n",
    ],
)
def test_a_token_of_another_form_can_only_be_the_first_key(token: str) -> None:
    assert read_token_id(token) == FIRST_KEY_ID
