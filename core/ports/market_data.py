"""Market data by request: what the broker answers when asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.instruments.holiday import ExchangeHours as ExchangeHours
from core.instruments.holiday import Holiday as Holiday
from core.instruments.instrument import Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    user_id: str
    name: str
    email: str
    broker: str
    exchanges: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A full quote; `at` is the exchange's time, None where the broker has no figure."""

    key: InstrumentKey
    at: datetime
    ltp: float
    close: float  # previous session
    open: float
    high: float
    low: float
    volume: int
    oi: float | None
    bid: float | None
    bid_quantity: int
    ask: float | None
    ask_quantity: int
    lower_circuit: float | None
    upper_circuit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSide:
    """One option in the broker's own chain reply, with greeks in its own convention.

    `iv` is a fraction, None where the broker has not solved it.
    """

    key: InstrumentKey
    ltp: float
    close: float
    volume: int
    oi: float
    oi_prev: float
    bid: float
    bid_quantity: int
    ask: float
    ask_quantity: int
    iv: float | None
    delta: float
    gamma: float
    theta: float
    vega: float
    pop: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerChain:
    underlying: InstrumentKey
    expiry: date
    spot: float
    strikes: NDArray[np.float64]
    calls: tuple[ChainSide | None, ...]
    puts: tuple[ChainSide | None, ...]


class MarketData(Protocol):
    """Reads from the broker.

    Each may raise BrokerUnavailable, BrokerRejected, LoginNeeded or BadData.
    """

    async def profile(self) -> Profile: ...

    async def quotes(self, keys: Sequence[InstrumentKey]) -> Mapping[InstrumentKey, Quote]:
        """Any number of keys; split to the broker's limit."""
        ...

    async def chain(self, underlying: InstrumentKey, expiry: date) -> BrokerChain: ...

    async def contracts(self, underlying: InstrumentKey) -> list[Instrument]: ...

    async def holidays(self) -> list[Holiday]: ...

    async def timings(self, day: date) -> list[ExchangeHours]: ...

    async def market_status(self, exchange: str) -> str: ...


class History(Protocol):
    """Candles by request; each call may raise what `MarketData` may.

    A length that the broker does not serve is a RuleBroken.
    """

    def pieces(self, interval: Interval, first: date, last: date) -> list[tuple[date, date]]:
        """What [first, last] takes in calls, oldest first; nothing of days before the broker's."""
        ...

    async def bars(
        self, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Candles:
        """Bars of past days, both ends included; never of today.

        Any span: it is split to the broker's limit.
        """
        ...

    async def minutes(self, key: InstrumentKey, first: date, last: date) -> Candles:
        """One-minute bars, as `bars` gives them."""
        ...

    async def days(self, key: InstrumentKey, first: date, last: date) -> Candles: ...

    async def today(self, key: InstrumentKey, interval: Interval = Interval.MINUTE) -> Candles:
        """Bars of the session that runs or last ran."""
        ...


class ExpiredContracts(Protocol):
    """Contracts that are over, of about the last six months; not every account may ask.

    Each may raise BrokerUnavailable, BrokerRejected, LoginNeeded or BadData. Keys carry the
    expiry, and are good for `bars` and `days` only.
    """

    async def expiries(self, underlying: InstrumentKey) -> list[date]:
        """Oldest first."""
        ...

    async def options(self, underlying: InstrumentKey, expiry: date) -> list[Instrument]: ...

    async def futures(self, underlying: InstrumentKey, expiry: date) -> list[Instrument]:
        """None for an expiry that had no future."""
        ...

    def pieces(self, interval: Interval, first: date, last: date) -> list[tuple[date, date]]: ...

    async def bars(
        self, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Candles:
        """Both ends included; any span, split to the broker's limit."""
        ...

    async def days(self, key: InstrumentKey, first: date, last: date) -> Candles:
        """Daily bars, as `bars` gives them."""
        ...


class InstrumentSource(Protocol):
    """The broker's instrument file of the day."""

    async def fetch(self) -> list[Instrument]:
        """Download, check, parse; raises BadData for a file that must not replace yesterday's."""
        ...


class LoginDoor(Protocol):
    """The broker's login, as far as screens and the session keeper need it."""

    def authorize_url(self) -> str:
        """Where the user logs in; holds a fresh `state`."""
        ...

    async def complete(self, code: str, state: str) -> None:
        """Trade the code for a token and keep it.

        Raises RuleBroken for a foreign `state`, BrokerRejected for a bad code.
        """
        ...

    async def log_out(self) -> None: ...

    @property
    def expires_at(self) -> datetime | None:
        """When the kept token dies (03:30 IST); None without a token."""
        ...
