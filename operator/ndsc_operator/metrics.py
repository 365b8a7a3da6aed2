"""What the operator measures of itself, for Prometheus. Labels are codes: no resource's name, no message."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kubernetes.aio.client import ApiClient
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ndsc.web.measuring import registry_of
from ndsc_operator.children.common import Object
from ndsc_operator.queue import Told

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One operator's."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = registry_of("operator")
        self.conditions = Conditions()
        self._registry.register(self.conditions)
        self._rounds = Histogram(
            "ndsc_operator_reconcile_seconds",
            "Time that a round for one resource took.",
            ("kind",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._errors = Counter(
            "ndsc_operator_errors", "Rounds that failed, by reason.", ("kind", "reason"), registry=self._registry
        )
        self._waiting = Gauge(
            "ndsc_operator_queue_depth", "Resources that wait for a worker.", ("kind",), registry=self._registry
        )
        self._requests = Counter(
            "ndsc_operator_requests",
            "Requests to the API server, those of kopf aside.",
            ("method", "status"),
            registry=self._registry,
        )
        self._leads = Gauge("ndsc_operator_leader", "1 where this replica leads.", registry=self._registry)

    def rounds(self, kind: str) -> Told:
        """What counts the rounds of a kind."""
        self._rounds.labels(kind)  # a kind of which there is nothing yet is shown all the same

        def told(seconds: float, reason: str) -> None:
            self._rounds.labels(kind).observe(seconds)
            if reason:
                self._errors.labels(kind, reason).inc()

        return told

    def waiting(self, kind: str, depth: Callable[[], float]) -> None:
        """Show how many wait, asked for at each reading."""
        self._waiting.labels(kind).set_function(depth)

    def leads(self) -> None:
        """This replica leads; one that does so no more ends."""
        self._leads.set(1)

    def requested(self, method: str, status: str) -> None:
        """A request to the API server was answered with that status, or not at all."""
        self._requests.labels(method, status).inc()

    def text(self) -> bytes:
        """All of it."""
        return generate_latest(self._registry)


class Conditions(Collector):
    """How many resources of a kind have a condition with a status and a reason, as the watches last told of them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], tuple[tuple[str, str, str], ...]] = {}

    def heard(self, one: Object, *, gone: bool) -> None:
        """A resource was made or changed, or is gone."""
        its = one["metadata"]
        key = (one["kind"], its.get("namespace", ""), its["name"])
        if gone:
            self._known.pop(key, None)
        else:
            self._known[key] = tuple(_states((one.get("status") or {}).get("conditions") or ()))

    def describe(self) -> Iterable[Metric]:
        """Its name, for the registry."""
        yield self._family()

    def collect(self) -> Iterable[Metric]:
        """As of now."""
        family = self._family()
        tally = Tally((kind, *state) for (kind, _, _), states in self._known.items() for state in states)
        for labels, number in sorted(tally.items()):
            family.add_metric(labels, number)
        yield family

    @staticmethod
    def _family() -> GaugeMetricFamily:
        return GaugeMetricFamily(
            "ndsc_operator_resources",
            "Resources, by condition.",
            labels=("kind", "condition", "status", "reason"),
        )


def _states(conditions: Iterable[Any]) -> Iterator[tuple[str, str, str]]:
    for one in conditions:
        yield str(one["type"]), str(one["status"]), str(one.get("reason", ""))


class CountedClient(ApiClient):
    """A client whose requests are counted."""

    def __init__(self, metrics: Metrics, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._metrics = metrics

    async def call_api(self, method: str, *arguments: Any, **named: Any) -> Any:
        """One request. What is counted of an answer that is read bit by bit is how it began."""
        status = "none"
        try:
            answer = await super().call_api(method, *arguments, **named)
            status = str(answer.status)
            return answer
        finally:
            self._metrics.requested(method, status)
