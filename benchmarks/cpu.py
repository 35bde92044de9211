"""The CPU time of other processes, to the nanosecond where the system has such a clock."""

import platform
import time
from collections.abc import Iterable, Mapping

import psutil

_SCHEDULED = 2


def cpu_seconds(pids: Iterable[int]) -> dict[int, float]:
    """User and system time of all threads of each process so far; without those that ended."""
    found: dict[int, float] = {}
    for pid in pids:
        try:
            found[pid] = _of(pid)
        except (OSError, psutil.NoSuchProcess):
            continue
    return found


def spent(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """The seconds in between of those that are still there; a new process counts from its start."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def _of(pid: int) -> float:
    if platform.system() == "Linux":
        # clock_getcpuclockid(3): the number of a process's clock is made from its id.
        return time.clock_gettime((~pid << 3) | _SCHEDULED)
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
