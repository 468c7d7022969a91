"""The broker's doors for tests, with settable answers."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import nan

import numpy as np

from core.clock import IST, SetClock
from core.errors import AppError, BrokerRejected, RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import usual_session
from core.instruments.candle import Candles, Interval
from core.instruments.holiday import ExchangeHours, Holiday
from core.instruments.instrument import Instrument, Kind
from core.money import rupees
from core.ports.feed import FeedMode, FrameListener
from core.ports.margin import BasketLeg, BasketMargin, LegMargin
from core.ports.market_data import BrokerChain, ChainSide, Profile, Quote
from core.state.health import HealthState, Link
from core.state.market import Col, MarketState
from data.brokers.upstox import reach
from tests.fake_universe import (
    SPOT,
    Row,
    first_values,
)


class FakeFeed:
    """Sends a snapshot of what is newly wanted, then only what the test says."""

    def __init__(self, market: MarketState, health: HealthState, clock: SetClock) -> None:
        self.market = market
        self.health = health.feed
        self.clock = clock
        self.values: dict[InstrumentKey, Row] = {}
        self.wanted: dict[InstrumentKey, FeedMode] = {}
        self.bounds: dict[InstrumentKey, tuple[float, float]] = {}
        self.asked: list[dict[InstrumentKey, FeedMode]] = []
        self.listeners: list[FrameListener] = []
        self.fails: Exception | None = None
        self.runs = 0

    def want(self, wishes: Mapping[InstrumentKey, FeedMode]) -> None:
        fresh = [key for key in wishes if key not in self.wanted]
        self.wanted = dict(wishes)
        self.asked.append(self.wanted)
        self.health.wanted = len(wishes)
        if self.health.link is Link.UP:
            self.send({key: self.values[key] for key in fresh if key in self.values})

    def bound(self, key: InstrumentKey, low: float, high: float) -> None:
        self.bounds[key] = (low, high)

    def listen(self, listener: FrameListener) -> None:
        self.listeners.append(listener)

    async def run(self) -> None:
        self.runs += 1
        if self.fails is not None:
            raise self.fails
        await asyncio.Event().wait()

    def connect(self) -> None:
        self.health.link, self.health.connected_at = Link.UP, self.clock.now()
        self.send({key: self.values[key] for key in self.wanted if key in self.values})

    def drop(self) -> None:
        self.health.link = Link.DOWN

    def say(self, key: InstrumentKey, values: Row) -> None:
        """One tick: these columns change, the others stay."""
        self.send({key: values})

    def send(self, frame: Mapping[InstrumentKey, Row]) -> None:
        now = self.clock.now().timestamp() * 1000
        self.market.begin_frame()
        rows = []
        for key, values in frame.items():
            row = self.market.row(key)
            whole = {Col.LTT: now, **values, Col.RECEIVED: now, Col.EXCHANGE_TS: now}
            self.market.write_some(row, list(whole), list(whole.values()))
            rows.append(row)
        self.health.frames += 1
        self.health.ticks += len(rows)
        self.health.last_frame = self.clock.now()
        for listener in self.listeners:
            listener(rows)


class FakeMarketData:
    """Answers from `values` and from what a test puts in; `fails` makes every call raise."""

    def __init__(self, instruments: Sequence[Instrument], clock: SetClock) -> None:
        self.instruments = list(instruments)
        self.values = first_values(instruments, clock.now())
        self.clock = clock
        self.fails: AppError | None = None
        self.told_holidays: list[Holiday] = []
        self.told_timings: dict[date, list[ExchangeHours]] = {}
        self.limits: dict[InstrumentKey, tuple[float, float]] = {}
        self.calls: list[str] = []

    def _asked(self, name: str) -> None:
        self.calls.append(name)
        if self.fails is not None:
            raise self.fails

    async def profile(self) -> Profile:
        self._asked("profile")
        return Profile(
            user_id="TEST01",
            name="Test Trader",
            email="trader@example.com",
            broker="UPSTOX",
            exchanges=("NSE", "NFO", "BSE", "BFO"),
            active=True,
        )

    async def quotes(self, keys: Sequence[InstrumentKey]) -> Mapping[InstrumentKey, Quote]:
        self._asked("quotes")
        return {key: self._quote(key) for key in keys if key in self.values}

    def _quote(self, key: InstrumentKey) -> Quote:
        row = {col: nan for col in Col} | self.values[key]
        return Quote(
            key=key,
            at=self.clock.now(),
            ltp=row[Col.LTP],
            close=row[Col.CLOSE],
            open=row[Col.CLOSE],
            high=max(row[Col.LTP], row[Col.CLOSE]),
            low=min(row[Col.LTP], row[Col.CLOSE]),
            volume=int(self.values[key].get(Col.VOLUME, 0)),
            oi=self.values[key].get(Col.OI),
            bid=self.values[key].get(Col.BID),
            bid_quantity=int(self.values[key].get(Col.BID_QTY, 0)),
            ask=self.values[key].get(Col.ASK),
            ask_quantity=int(self.values[key].get(Col.ASK_QTY, 0)),
            lower_circuit=self.limits.get(key, (None, None))[0],
            upper_circuit=self.limits.get(key, (None, None))[1],
        )

    async def chain(self, underlying: InstrumentKey, expiry: date) -> BrokerChain:
        self._asked("chain")
        listed = [i for i in self.instruments if i.is_option and i.expiry == expiry]
        strikes = sorted({i.strike for i in listed if i.strike is not None})
        sides = {(i.strike, i.kind): self._side(i) for i in listed}
        return BrokerChain(
            underlying=underlying,
            expiry=expiry,
            spot=SPOT,
            strikes=np.array(strikes),
            calls=tuple(sides.get((k, Kind.CALL)) for k in strikes),
            puts=tuple(sides.get((k, Kind.PUT)) for k in strikes),
        )

    def _side(self, each: Instrument) -> ChainSide:
        row = self.values[each.key]
        return ChainSide(
            key=each.key,
            ltp=row[Col.LTP],
            close=row[Col.CLOSE],
            volume=int(row[Col.VOLUME]),
            oi=row[Col.OI],
            oi_prev=row[Col.OI] * 0.9,
            bid=row[Col.BID],
            bid_quantity=int(row[Col.BID_QTY]),
            ask=row[Col.ASK],
            ask_quantity=int(row[Col.ASK_QTY]),
            iv=row[Col.IV],
            delta=row[Col.DELTA],
            gamma=row[Col.GAMMA],
            theta=row[Col.THETA],
            vega=row[Col.VEGA],
            pop=50.0,
        )

    async def contracts(self, underlying: InstrumentKey) -> list[Instrument]:
        self._asked("contracts")
        return [i for i in self.instruments if i.is_option and i.underlying_key == underlying]

    async def holidays(self) -> list[Holiday]:
        self._asked("holidays")
        return list(self.told_holidays)

    async def timings(self, day: date) -> list[ExchangeHours]:
        self._asked("timings")
        if day in self.told_timings:
            return self.told_timings[day]
        if day.weekday() >= 5:
            return []
        session = usual_session(day)
        return [
            ExchangeHours(exchange="NFO", opens_at=session.opens_at, closes_at=session.closes_at)
        ]

    async def market_status(self, exchange: str) -> str:
        self._asked("market_status")
        return "NORMAL_OPEN"


class FakeHistory:
    """Today's minutes rise by a rupee each to the last price; other spans are as a test puts in."""

    def __init__(self, values: Mapping[InstrumentKey, Row], clock: SetClock) -> None:
        self.values = values
        self.clock = clock
        self.candles: dict[InstrumentKey, Candles] = {}
        self.fails: AppError | None = None
        self.calls: list[str] = []

    def pieces(self, interval: Interval, first: date, last: date) -> list[tuple[date, date]]:
        """As the real one cuts."""
        return list(reach.pieces(reach.reach_of(interval), first, last))

    async def bars(
        self, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Candles:
        """What a test put in of these days, whatever the interval."""
        return within(self._told(f"bars {interval} {first} {last}", key), first, last)

    async def minutes(self, key: InstrumentKey, first: date, last: date) -> Candles:
        return self._told("minutes", key)

    async def days(self, key: InstrumentKey, first: date, last: date) -> Candles:
        return self._told("days", key)

    async def today(self, key: InstrumentKey, interval: Interval = Interval.MINUTE) -> Candles:
        told = self._told("today", key)
        now = self.clock.now()
        opens = usual_session(now.astimezone(IST).date()).opens_at
        count = int((now - opens) / timedelta(minutes=1))
        if len(told) or count <= 0 or key not in self.values:
            return told
        times = int(opens.timestamp()) + 60 * np.arange(count, dtype=np.int64)
        closes = self.values[key][Col.LTP] - np.arange(count, dtype=np.float64)[::-1]
        return candles(times, closes)

    def _told(self, name: str, key: InstrumentKey) -> Candles:
        self.calls.append(f"{name} {key}")
        if self.fails is not None:
            raise self.fails
        return self.candles.get(key, Candles.none())


def within(bars: Candles, first: date, last: date) -> Candles:
    """Those that start on a day (IST) from `first` to `last`."""
    days = (bars.time + 19_800) // 86_400 + date(1970, 1, 1).toordinal()
    kept = (days >= first.toordinal()) & (days <= last.toordinal())
    return Candles(**{name: getattr(bars, name)[kept] for name in Candles.__slots__})


def candles(times: np.ndarray, closes: np.ndarray) -> Candles:
    """Bars that open and close at the same price, with a volume of 65."""
    return Candles(
        time=times,
        open=closes,
        high=closes,
        low=closes,
        close=closes,
        volume=np.full(len(times), 65, dtype=np.int64),
        open_interest=np.zeros(len(times), dtype=np.int64),
    )


class FakeExpired:
    """Serves nothing until a test puts it in; keys carry the expiry, as the broker's do."""

    def __init__(self) -> None:
        self.listed: dict[date, list[Instrument]] = {}
        self.candles: dict[InstrumentKey, Candles] = {}
        self.fails: AppError | None = None
        self.calls: list[str] = []

    async def expiries(self, underlying: InstrumentKey) -> list[date]:
        self._asked("expiries")
        return sorted(self.listed)

    async def options(self, underlying: InstrumentKey, expiry: date) -> list[Instrument]:
        self._asked(f"options {expiry}")
        return [each for each in self.listed.get(expiry, []) if each.is_option]

    async def futures(self, underlying: InstrumentKey, expiry: date) -> list[Instrument]:
        self._asked(f"futures {expiry}")
        return [each for each in self.listed.get(expiry, []) if not each.is_option]

    def pieces(self, interval: Interval, first: date, last: date) -> list[tuple[date, date]]:
        reach.expired_word(interval)
        return list(reach.pieces(reach.reach_of(interval), first, last))

    async def bars(
        self, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Candles:
        self._asked(f"bars {key} {interval} {first} {last}")
        return within(self.candles.get(key, Candles.none()), first, last)

    async def days(self, key: InstrumentKey, first: date, last: date) -> Candles:
        self._asked(f"days {key}")
        return self.candles.get(key, Candles.none())

    def _asked(self, call: str) -> None:
        self.calls.append(call)
        if self.fails is not None:
            raise self.fails


class FakeInstruments:
    """The instrument file; `fails` is what its download ends with."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self.instruments = list(instruments)
        self.fails: AppError | None = None
        self.fetches = 0

    async def fetch(self) -> list[Instrument]:
        self.fetches += 1
        if self.fails is not None:
            raise self.fails
        return list(self.instruments)


class FakeMargin:
    """A thousand rupees for each unit sold, the price for each bought; a basket saves half."""

    def __init__(self) -> None:
        self.fails: AppError | None = None
        self.asked: list[Sequence[BasketLeg]] = []

    async def basket(self, legs: Sequence[BasketLeg]) -> BasketMargin:
        self.asked.append(legs)
        if self.fails is not None:
            raise self.fails
        told = tuple(self._leg(leg) for leg in legs)
        required = sum((leg.total for leg in told), rupees(0))
        final = required / 2 if len(told) > 1 else required
        return BasketMargin(required=required, final=final, legs=told)

    def _leg(self, leg: BasketLeg) -> LegMargin:
        sold = rupees(1000 * max(-leg.quantity, 0))
        bought = rupees(max(leg.quantity, 0) * (leg.price or 100.0))
        return LegMargin(
            key=leg.key,
            span=sold * 4 / 5,
            exposure=sold / 5,
            premium=bought,
            total=sold + bought,
        )


class FakeLogin:
    """Accepts the code "good" with the state "right"."""

    def __init__(self, clock: SetClock, *, logged_in: bool = True) -> None:
        self.clock = clock
        self.expires: datetime | None = self._next_0330() if logged_in else None

    def authorize_url(self) -> str:
        return "http://127.0.0.1:1/login?state=right"

    async def complete(self, code: str, state: str) -> None:
        if state != "right":
            raise RuleBroken("This answer belongs to another login.")
        if code != "good":
            raise BrokerRejected("Invalid Auth code", code="UDAPI100057", http_status=401)
        self.expires = self._next_0330()

    async def log_out(self) -> None:
        self.expires = None

    @property
    def expires_at(self) -> datetime | None:
        return self.expires

    def _next_0330(self) -> datetime:
        now = self.clock.now().astimezone(IST)
        today = now.replace(hour=3, minute=30, second=0, microsecond=0)
        return (today if today > now else today + timedelta(days=1)).astimezone(UTC)
