"""Names in other spellings: found by a key, ranked by their letters."""

import pytest

from app.values.name_matching import compare_names, list_parent_hosts, make_lookup_keys, parse_host

SAME_PERSON = [
    ("kim jong un", "Kim Chong-un", "sounds the same, and differs by 2 letters", 0.9),
    ("kim jong un", "Kim Jŏng-ŭn", "is the same", 1.0),
    ("Kim Jongun", "Kim Jong Un", "is the same but for spaces", 0.99),
    ("Gadhafi", "Qaddafi", "sounds the same, and differs by 2 letters", 0.8),
    ("Muammar Gaddafi", "Moammar Qadhafi", "sounds the same, and differs by 3 letters", 0.88),
    ("Xi Jinping", "Hsi Chin-p'ing", "sounds the same, and differs by 4 letters", 0.8),
    ("Hizbullah", "Hezbollah", "sounds the same, and differs by 2 letters", 0.85),
    ("Putin, Vladimir", "Vladimir Putin", "has the same words in another order", 0.97),
    ("Putin", "Vladimir Putin", "has all these words", 0.87),
    ("Zelensky", "Volodymyr Zelenskyy", "has words that sound like these", 0.78),
    ("Krelmin", "Kremlin", "differs by 2 letters", 0.85),
]


@pytest.mark.parametrize(("asked", "name", "how", "least"), SAME_PERSON)
def test_a_name_that_is_spelt_otherwise(asked: str, name: str, how: str, least: float) -> None:
    found = compare_names(asked, name)
    assert (found.how, least <= found.score <= 1) == (how, True), found
    assert make_lookup_keys([asked]) & make_lookup_keys([name]), "it is found"


@pytest.mark.parametrize(
    ("asked", "name"),
    [("kim jong un", "Kim Il Sung"), ("Putin", "Biden"), ("Wagner", "Bundestag"), ("", "Kim")],
)
def test_another_name_is_not_alike(asked: str, name: str) -> None:
    assert compare_names(asked, name).score < 0.7


@pytest.mark.parametrize("name", ["…", "북한", "朝鮮", "’", "a" * 500, "x y z " * 80])
def test_any_name_has_keys(name: str) -> None:
    keys = make_lookup_keys([name])
    assert keys == make_lookup_keys([name])
    assert 0 < len(keys) < 60
    assert max(map(len, keys)) < 90


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://www.nytimes.com/2024/06/x?y=1#z", "nytimes.com"),
        ("WWW.NYTimes.com", "nytimes.com"),
        ("www3.nhk.or.jp", "nhk.or.jp"),
        ("edition.cnn.com:443", "edition.cnn.com"),
        ("NHK", None),
        ("Al Jazeera. com", None),
        ("", None),
    ],
)
def test_the_host_of_an_address(text: str, host: str | None) -> None:
    assert parse_host(text) == host


def test_hosts_above() -> None:
    assert list_parent_hosts("a.b.cnn.com") == ["a.b.cnn.com", "b.cnn.com", "cnn.com"]
    assert list_parent_hosts("cnn.com") == ["cnn.com"]
