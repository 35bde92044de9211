"""Prometheus metrics of answered requests.

Plain numbers: all counting is on the event loop, where the locks of prometheus-client's own
counters would protect nothing, at three times the cost.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_BOUNDS = [*(str(float(bound)) for bound in _BUCKETS), "+Inf"]
_LABELS = ("method", "route")


class _RouteCounts:
    """The counts of one method and route."""

    __slots__ = ("buckets", "seconds", "statuses")

    def __init__(self) -> None:
        self.statuses: defaultdict[int, int] = defaultdict(int)
        self.buckets = [0] * len(_BOUNDS)
        self.seconds = 0.0


class RequestMetrics(Collector):
    """The number of requests by status, and their durations."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, str], _RouteCounts] = defaultdict(_RouteCounts)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one response."""
        tally = self._counts[method, route]
        tally.statuses[status] += 1
        tally.buckets[bisect_left(_BUCKETS, seconds)] += 1
        tally.seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """Yield the counts so far."""
        requests = CounterMetricFamily(
            "http_requests", "HTTP requests answered.", labels=(*_LABELS, "status")
        )
        duration = HistogramMetricFamily(
            "http_request_duration_seconds",
            "Time from a request's first byte to its answer's last.",
            labels=_LABELS,
        )
        for labels, tally in self._counts.items():
            for status, number in tally.statuses.items():
                requests.add_metric((*labels, str(status)), number)
            within = zip(_BOUNDS, accumulate(tally.buckets), strict=True)
            duration.add_metric(labels, list(within), tally.seconds)
        yield requests
        yield duration
