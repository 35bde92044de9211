"""The counts of answered requests, as Prometheus reads them.

Plain numbers: everything is counted on the event loop, where the locks of prometheus-client's own
counters would guard nothing, at three times the cost.
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
    """What was answered of one method and route."""

    __slots__ = ("buckets", "seconds", "statuses")

    def __init__(self) -> None:
        self.statuses: defaultdict[int, int] = defaultdict(int)
        self.buckets = [0] * len(_BOUNDS)
        self.seconds = 0.0


class RequestMetrics(Collector):
    """How many requests were answered how, and how long that took."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, str], _RouteCounts] = defaultdict(_RouteCounts)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        tally = self._counts[method, route]
        tally.statuses[status] += 1
        tally.buckets[bisect_left(_BUCKETS, seconds)] += 1
        tally.seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """The counts so far."""
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
