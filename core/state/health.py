"""Health: how each service, the feed and the broker's door are doing."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Condition(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"  # nothing to do now, and rightly so
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(slots=True)
class ServiceHealth:
    name: str
    condition: Condition = Condition.STARTING
    detail: str = ""
    since: datetime | None = None
    restarts: int = 0


class Link(StrEnum):
    DOWN = "down"
    CONNECTING = "connecting"
    UP = "up"
    LOGIN_NEEDED = "login needed"


@dataclass(slots=True)
class FeedHealth:
    """`last_frame` and `last_pong` are our clock's times; counters run since the start."""

    link: Link = Link.DOWN
    detail: str = ""
    connected_at: datetime | None = None
    last_frame: datetime | None = None
    last_pong: datetime | None = None
    frames: int = 0
    ticks: int = 0
    bytes: int = 0
    reconnects: int = 0
    bad_frames: int = 0
    quarantined: int = 0
    wanted: int = 0
    ticks_per_second: float = 0.0


@dataclass(slots=True)
class BudgetHealth:
    """One class of calls: what the last second, minute and half hour used of its allowance."""

    name: str
    used: tuple[int, int, int] = (0, 0, 0)
    allowed: tuple[int, int, int] = (0, 0, 0)


@dataclass(slots=True)
class BrokerHealth:
    breaker: str = "closed"  # closed · open · half-open
    breaker_until: datetime | None = None
    calls: int = 0
    failures: int = 0
    bad_data: Counter[str] = field(default_factory=Counter)  # by call
    budgets: list[BudgetHealth] = field(default_factory=list)
    last_latency_ms: float = 0.0
    address_refused_at: datetime | None = None
    """When the broker last refused an order for where it came from; None since one was taken."""


@dataclass(slots=True)
class HealthState:
    services: dict[str, ServiceHealth] = field(default_factory=dict)
    feed: FeedHealth = field(default_factory=FeedHealth)
    broker: BrokerHealth = field(default_factory=BrokerHealth)
    instruments_date: datetime | None = None
    instruments_count: int = 0
    instruments_problem: str = ""
    database_problem: str = ""
    loop_lag_ms: float = 0.0  # 99th percentile of the last ten seconds
