"""The progress bar: only for long work, only on a terminal."""

from io import StringIO

import pytest
from rich.console import Console

from app.cli import progress_bar


@pytest.mark.parametrize(
    ("patience", "is_terminal", "is_shown"),
    [(-1.0, True, True), (-1.0, False, False), (60.0, True, False)],
)
def test_a_bar_is_shown(
    patience: float, is_terminal: bool, is_shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_bar, "QUIET_SECONDS", patience)
    screen = StringIO()
    with progress_bar.ProgressBar(
        "exporting", 10, Console(file=screen, force_terminal=is_terminal)
    ) as bar:
        for done in range(1, 11):
            bar.update(done)
    assert ("10/10" in screen.getvalue()) is is_shown
    assert bool(screen.getvalue()) is is_shown
