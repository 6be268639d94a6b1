"""Metrics: what a service tells Prometheus of itself; with several workers, of all of them."""

import os
from collections.abc import Iterator, Mapping
from functools import cache

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric

from service.complaint import Complaint
from service.store import jobs

# The library reads it when it is imported; the server sets it for several workers, see `service.server`.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

REQUESTS = Counter("merilo_requests", "Requests", ["method", "route", "status"])
SECONDS = Histogram(
    "merilo_request_seconds", "Time to answer", ["route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)  # fmt: skip
POSTS = Counter("merilo_posts_scored", "Posts that were scored", ["way"])
STATUSES = Counter("merilo_post_statuses", "Statuses of posts; refused ones had none", ["status"])

REFUSED = "refused"


def count(way: str, statuses: Mapping[str, int]) -> None:
    """Count posts that came in a way, by status or as REFUSED."""
    for status, posts in statuses.items():
        _labelled(STATUSES, status).inc(posts)
    _labelled(POSTS, way).inc(sum(statuses.values()) - statuses.get(REFUSED, 0))


@cache  # the library looks for a label as long as it takes to count
def _labelled(counter: Counter, label: str) -> Counter:
    return counter.labels(label)


class _Now:
    """What is true at the moment of asking, whoever is asked."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def collect(self) -> Iterator[Metric]:
        """The model, whether scores can be stored, and how many archives wait."""
        state = self._app.state
        if state.scorer is not None:
            info = GaugeMetricFamily("merilo_model_info", "The model that scores", labels=["id"])
            info.add_metric([str(state.scorer.info["id"])], 1)
            yield info
        if state.store is None:
            return
        try:
            with state.store.reading() as connection:
                waiting = jobs.tally(connection)
            up = 1
        except Complaint:
            waiting, up = {}, 0
        yield GaugeMetricFamily("merilo_store_up", "Whether the store answers", value=up)
        queue = GaugeMetricFamily("merilo_archives", "Archives by state", labels=["state"])
        for name, count in waiting.items():
            queue.add_metric([name], count)
        yield queue


def show(app: FastAPI) -> bytes:
    """Everything as text for Prometheus."""
    registry = CollectorRegistry()
    if os.environ.get(FOLDER):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for metric in (REQUESTS, SECONDS, POSTS, STATUSES):
            registry.register(metric)
    registry.register(_Now(app))
    return generate_latest(registry)
