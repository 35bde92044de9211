"""`annals demo`: the demo dataset at the first run, nothing at the second."""

from tests.cli.conftest import Annals


def test_the_second_time_nothing_is_changed(annals: Annals) -> None:
    assert annals("migrate").code == 0
    first, second = annals("demo"), annals("demo")
    assert (first.code, second.code) == (0, 0)
    assert "68 events, 129 claims, 35 relations" in first.out
    assert second.out == "demo: everything is there already; nothing was changed\n"
