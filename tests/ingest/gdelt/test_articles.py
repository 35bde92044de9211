"""One key for one article, however its URL is written."""

import pytest

from app.ingest.gdelt.articles import LONGEST_KEY, parse_article

KUNA = "Kuna news agency website in English/BBC Monitoring/(c) BBC"


@pytest.mark.parametrize(
    ("identifier", "key", "publisher"),
    [
        ("http://example.org/a/", "http://example.org/a/", "example.org"),
        ("HTTP://WWW.Example.org:80/A?b=1#c", "http://example.org/A?b=1", "example.org"),
        ("https://www.example.org:443", "https://example.org/", "example.org"),
        ("https://example.org?id=1", "https://example.org/?id=1", "example.org"),
        ("https://example.org:8443/a", "https://example.org:8443/a", "example.org"),
        ("http://user@example.org/a", "http://user@example.org/a", "example.org"),
        ("https://news.example.org/a", "https://news.example.org/a", "news.example.org"),
        ("10.2307/1234", "https://doi.org/10.2307/1234", "doi.org"),
        (KUNA, KUNA, "BBC Monitoring"),
        (KUNA.replace("/BBC", " /BBC"), KUNA, "BBC Monitoring"),
        ("A  survey\tby lidar", "A survey by lidar", "A survey by lidar"),
        ("/", "/", None),
        ("", "unnamed", None),
    ],
)
def test_an_article_has_a_key_and_a_publisher(
    identifier: str, key: str, publisher: str | None
) -> None:
    article = parse_article(identifier)
    assert article.key == key
    assert (article.publisher.name if article.publisher else None) == publisher


@pytest.mark.parametrize(
    ("identifier", "url"),
    [
        ("http://www.example.org/a", "http://www.example.org/a"),
        ("http://example.org/a b", None),
        ("http://example.org/" + "a" * 2000, None),
        ("10.2307/1234", "https://doi.org/10.2307/1234"),
        (KUNA, None),
    ],
)
def test_the_address_is_kept_as_it_is_written(identifier: str, url: str | None) -> None:
    assert parse_article(identifier).url == url


def test_long_addresses_stay_apart() -> None:
    long = "https://example.org/" + "a" * 300
    first, second = parse_article(long + "1").key, parse_article(long + "2").key
    assert len(first) == len(second) == LONGEST_KEY
    assert first != second
