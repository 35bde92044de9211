"""A progress bar on terminals, for work that takes longer than a second."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

QUIET_SECONDS = 1.0
"""Seconds after which the bar is shown."""


class ProgressBar:
    """A bar that counts up to `total` on standard error; silent if that is not a terminal."""

    def __init__(self, what: str, total: int, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._began = time.monotonic()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._progress.add_task(what, total=total, rate="")
        self._is_shown = False

    def __enter__(self) -> Self:
        """Begin, with nothing shown yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the bar."""
        if self._is_shown:
            self._progress.stop()

    def update(
        self, done: int, total: int | None = None, items: int | None = None, name: str = "items"
    ) -> None:
        """Show the progress: `done` of `total`, and the rate of `items` if these are counted."""
        waited = time.monotonic() - self._began
        self._progress.update(self._task, completed=done, total=total)
        if items is not None:
            rate = f"{items / max(waited, 0.001):,.0f} {name}/s"
            self._progress.update(self._task, rate=rate)
        if not self._is_shown and self._console.is_terminal and waited > QUIET_SECONDS:
            self._progress.start()
            self._is_shown = True
