"""The questions whose times are taken."""

from random import Random

from benchmarks.query_times import REPEATS
from benchmarks.timed_queries import counted


def test_what_is_counted_is_never_asked_twice() -> None:
    """Or else what is measured is how long a kept answer takes."""
    times = [str(time) for time in range(1, REPEATS + 1)]
    paths = [
        path.replace("{n}", time)
        for asked in counted(Random(1), ["PRK", "KOR"])
        for path in asked.paths
        for time in times
    ]
    assert len(set(paths)) == len(paths)
