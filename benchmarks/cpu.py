"""The CPU time of other processes, to the nanosecond where the system has such a clock."""

import platform
import time
from collections.abc import Iterable, Mapping

import psutil

_SCHEDULED = 2


def cpu_seconds(pids: Iterable[int]) -> dict[int, float]:
    """Return user and system time of all threads of each process, without those that have ended."""
    found: dict[int, float] = {}
    for pid in pids:
        try:
            found[pid] = _read_seconds(pid)
        except (OSError, psutil.NoSuchProcess):
            continue
    return found


def spent(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """Return the seconds spent by processes that still run; a new one counts from its start."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def _read_seconds(pid: int) -> float:
    if platform.system() == "Linux":
        # clock_getcpuclockid(3): the number of a process's clock is made from its id.
        return time.clock_gettime((~pid << 3) | _SCHEDULED)
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
