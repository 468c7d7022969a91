"""Figures for Prometheus, read from the state at the moment of asking."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from core.services import Services
from core.state.health import Condition, HealthState, Link

FEED_COUNTERS: Final = {
    "frames": "Frames received from the feed",
    "ticks": "Ticks written to the market state",
    "bytes": "Bytes received from the feed",
    "reconnects": "Times the feed connected again",
    "bad_frames": "Frames that could not be read",
    "quarantined": "Values refused as insane",
}
WINDOWS: Final = ("second", "minute", "half_hour")


def router(services: Services) -> APIRouter:
    router = APIRouter(tags=["probes"])

    @router.get("/metrics")
    async def metrics() -> Response:
        """Prometheus text: feed, event loop, services, broker budgets, database, process."""
        from prometheus_client import (  # 70 ms that the start of the desk does without
            CollectorRegistry,
            ProcessCollector,
            generate_latest,
        )
        from prometheus_client.exposition import CONTENT_TYPE_LATEST

        registry = CollectorRegistry()
        registry.register(_Figures(services, await services.database.figures()))
        ProcessCollector(registry=registry)
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return router


class _Figures:
    def __init__(self, services: Services, database: dict[str, str | int]) -> None:
        self._services, self._database = services, database

    def describe(self) -> list[Any]:
        return []  # nothing to check for duplicates: a registry lives for one scrape

    def collect(self) -> Iterable[Any]:
        services, health = self._services, self._services.health
        yield _labelled(
            "info", "The desk", "mode version", [((services.mode, services.version), 1)]
        )
        yield _one("ready", "1 if the desk can do its job", 0 if services.ready() else 1)
        yield _one("trading", "1 while the derivatives segment trades", services.session.trading)
        yield _one("loop_lag_seconds", "Event loop lag, p99 of 10 s", health.loop_lag_ms / 1000)
        yield from self._feed()
        yield from _services(health)
        yield from _broker(health)
        yield _one("instruments", "Instruments of the day", health.instruments_count)
        yield _one(
            "chains_open", "Option chains that somebody looks at", sum(1 for _ in services.chains)
        )
        numbers = [((k,), v) for k, v in self._database.items() if isinstance(v, int)]
        yield _labelled("database", "Figures of the database", "figure", numbers)

    def _feed(self) -> Iterable[Any]:
        feed = self._services.health.feed
        for name, text in FEED_COUNTERS.items():
            yield _counter(f"feed_{name}", text, getattr(feed, name))
        yield _one("feed_up", "1 while the feed is connected", feed.link is Link.UP)
        yield _one("feed_wanted", "Keys that the desk wants from the feed", feed.wanted)
        yield _one("feed_ticks_per_second", "Ticks per second, recent", feed.ticks_per_second)
        if feed.last_frame is not None:
            age = (self._services.clock.now() - feed.last_frame).total_seconds()
            yield _one("feed_age_seconds", "Since the last frame", age)


def _services(health: HealthState) -> Iterable[Any]:
    each = list(health.services.values())
    yield _labelled(
        "service_up",
        "1 while the service runs, or rightly waits",
        "service",
        [((s.name,), s.condition in (Condition.RUNNING, Condition.WAITING)) for s in each],
    )
    yield _labelled(
        "service_restarts",
        "Restarts since the start of the desk",
        "service",
        [((s.name,), s.restarts) for s in each],
    )


def _broker(health: HealthState) -> Iterable[Any]:
    broker = health.broker
    yield _counter("broker_calls", "Calls to the broker", broker.calls)
    yield _counter("broker_failures", "Calls to the broker that failed", broker.failures)
    yield _counter(
        "broker_bad_data", "Answers that could not be understood", broker.bad_data.total()
    )
    yield _one("broker_latency_seconds", "Latency of the last call", broker.last_latency_ms / 1000)
    yield _one("broker_breaker_open", "1 while calls are held back", broker.breaker != "closed")
    for name, text in (("used", "Calls used"), ("allowed", "Calls allowed")):
        samples = [
            ((budget.name, window), value)
            for budget in broker.budgets
            for window, value in zip(WINDOWS, getattr(budget, name), strict=True)
        ]
        yield _labelled(f"broker_budget_{name}", f"{text} per window", "budget window", samples)


def _one(name: str, text: str, value: float) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(f"strikedesk_{name}", text, value=float(value))


def _counter(name: str, text: str, value: float) -> Any:
    from prometheus_client.core import CounterMetricFamily

    return CounterMetricFamily(f"strikedesk_{name}", text, value=float(value))


def _labelled(
    name: str, text: str, labels: str, samples: Iterable[tuple[tuple[str, ...], float]]
) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"strikedesk_{name}", text, labels=labels.split())
    for values, number in samples:
        family.add_metric([str(v) for v in values], float(number))
    return family
