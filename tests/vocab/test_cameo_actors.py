"""The parts of CAMEO's actor codes."""

from collections import Counter

import pytest

from app.vocab.cameo_actors import get_actor_parts


def test_the_lists_are_whole() -> None:
    lists = Counter(each.list for each in get_actor_parts().values())
    assert lists == {"group": 114, "type": 38, "religion": 30, "ethnic": 639}


@pytest.mark.parametrize(
    ("code", "list", "label", "kind"),
    [
        ("UNO", "group", "United Nations", "organisation"),
        ("TAL", "group", "Taliban", "armed-group"),
        ("GOV", "type", "Government", "body"),
        ("PTY", "type", "Political party", "organisation"),
        ("SHI", "religion", "Shia", "organisation"),
        ("tha", "ethnic", "Thai", "organisation"),
    ],
)
def test_a_part(code: str, list: str, label: str, kind: str) -> None:
    part = get_actor_parts()[code]
    assert (part.list, part.label, part.kind) == (list, label, kind)


@pytest.mark.parametrize("code", ["PSE", "SHN", "0"])
def test_what_means_a_country_or_nothing_is_no_part(code: str) -> None:
    assert code not in get_actor_parts()
