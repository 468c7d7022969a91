"""Signals: the strategies that run now, and what they have said."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from math import nan
from typing import Any, Final

from core.ids import InstrumentKey, OrderId
from core.strategies.strategy import Held

KEPT: Final = 500


class Doing(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to run: a strategy by name with its parameters, on an instrument or an underlying.

    `interval` is the length of its bars. `symbol` is the underlying whose chains it may ask for.
    """

    strategy: str
    parameters: Mapping[str, Any]
    key: InstrumentKey
    symbol: str
    interval: str = "1m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What a strategy wanted. `units` below 0 are to be sold, 0 is a note.

    `price` is that of the other side when it was said, rupees; nan unknown. `outcome` says what
    became of it: assumed only, sent as `order`, or refused and why.
    """

    number: int
    at: datetime
    run: str
    title: str
    text: str
    key: InstrumentKey
    units: int
    price: float
    outcome: str
    order: OrderId | None = None


@dataclass(slots=True, kw_only=True)
class Run:
    """One strategy at work. While `trades` is off, its fills are assumed and nothing is sent."""

    id: str
    asked: Asked
    title: str
    started_at: datetime
    trades: bool = False
    doing: Doing = Doing.STARTING
    problem: str = ""
    last_at: datetime | None = None
    last_words: str = ""
    held: tuple[Held, ...] = ()
    pnl: float = nan
    """Rupees since it started, at the middle of the quotes, without charges."""


@dataclass(slots=True)
class SignalState:
    """Lives on the event loop's thread; `revision` grows with every change."""

    runs: dict[str, Run] = field(default_factory=dict)
    signals: deque[Signal] = field(default_factory=lambda: deque(maxlen=KEPT))
    count: int = 0
    revision: int = 0

    def say(self, signal: Signal) -> None:
        self.count += 1
        self.signals.append(signal)
        self.revision += 1


def kept_of(run: Run) -> dict[str, Any]:
    """A run as it is kept, fit for JSON."""
    more = {"id": run.id, "trades": run.trades, "doing": run.doing, "problem": run.problem}
    return {**asdict(run.asked), **more}


def asked_of(kept: Mapping[str, Any]) -> Asked:
    """Raises KeyError, TypeError or ValueError for what was not kept by us."""
    return Asked(
        strategy=str(kept["strategy"]),
        parameters=dict(kept["parameters"]),
        key=InstrumentKey(str(kept["key"])),
        symbol=str(kept["symbol"]),
        interval=str(kept["interval"]),
    )
