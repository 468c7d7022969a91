"""A broker made up for tests: a small NIFTY universe, and doors with settable answers.

`make_services()` is a whole desk on fakes: Wednesday 18 Nov 2026, 10:00 IST, logged in, feed up.
Nothing in it comes from a market.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import nan

import numpy as np

from core.clock import IST, SetClock
from core.errors import AppError, BrokerRejected, RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar, usual_session
from core.instruments.candle import Candles
from core.instruments.expiries import years_left
from core.instruments.holiday import ExchangeHours, Holiday
from core.instruments.instrument import Instrument, Kind, strike_text
from core.log import ring
from core.ports.feed import FeedMode, FrameListener
from core.ports.market_data import BrokerChain, ChainSide, Profile, Quote
from core.pricing.black76 import price
from core.pricing.greeks import greeks
from core.services import Services
from core.services.chain_keeper import ChainKeeper
from core.services.day_bars import DayBars
from core.services.scheduler import Scheduler
from core.services.session_keeper import SessionKeeper
from core.services.subscriptions import Subscriptions
from core.settings import Mode
from core.state.chains import ChainState
from core.state.health import Condition, HealthState, Link, ServiceHealth
from core.state.jobs import JobsState
from core.state.market import Col, MarketState
from core.state.notices import Notices
from core.state.session import Login, SessionState
from tests.fakes import (
    MemoryCandles,
    MemoryInstruments,
    MemoryJobRuns,
    MemoryPreferences,
    MemorySnapshots,
    MemoryWatchlists,
)

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
EXPIRY, NEXT_EXPIRY, FAR_EXPIRY = date(2026, 11, 23), date(2026, 12, 1), date(2026, 12, 29)
SPOT, FORWARD, VOL = 24_210.0, 24_230.0, 0.12
STRIKES = tuple(float(k) for k in range(23_500, 24_951, 50))
NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
BANKNIFTY = InstrumentKey("NSE_INDEX|Nifty Bank")
VIX = InstrumentKey("NSE_INDEX|India VIX")
FUTURE = InstrumentKey("NSE_FO|40001")
RELIANCE = InstrumentKey("NSE_EQ|INE002A01018")
SHARES = {
    "RELIANCE": (RELIANCE, "Reliance Industries Ltd", 1_320.0),
    "TCS": (InstrumentKey("NSE_EQ|INE467B01029"), "Tata Consultancy Services Ltd", 3_050.0),
    "INFY": (InstrumentKey("NSE_EQ|INE009A01021"), "Infosys Ltd", 1_505.0),
    "M&M": (InstrumentKey("NSE_EQ|INE101A01026"), "Mahindra & Mahindra Ltd", 3_110.0),
}


def option_key(strike: float, kind: Kind, expiry: date = EXPIRY) -> InstrumentKey:
    number = 50_000 + 1_000 * (EXPIRY, NEXT_EXPIRY, FAR_EXPIRY).index(expiry)
    return InstrumentKey(f"NSE_FO|{number + 2 * STRIKES.index(strike) + (kind is Kind.PUT)}")


def universe() -> list[Instrument]:
    """Three indices, four shares, three futures, and three NIFTY expiries of 30 strikes."""
    found = [
        _index(NIFTY, "NIFTY", "Nifty 50"),
        _index(BANKNIFTY, "BANKNIFTY", "Nifty Bank"),
        _index(VIX, "INDIA VIX", "India VIX"),
    ]
    found += [_share(key, symbol, name) for symbol, (key, name, _) in SHARES.items()]
    for number, expiry in enumerate((EXPIRY, FAR_EXPIRY, date(2027, 1, 25))):
        found.append(_future(InstrumentKey(f"NSE_FO|{40_001 + number}"), expiry))
    for expiry in (EXPIRY, NEXT_EXPIRY, FAR_EXPIRY):
        for strike in STRIKES:
            found += [_option(strike, kind, expiry) for kind in (Kind.CALL, Kind.PUT)]
    return found


def _index(key: InstrumentKey, symbol: str, name: str) -> Instrument:
    return Instrument(
        key=key,
        segment="NSE_INDEX",
        exchange="NSE",
        symbol=symbol,
        name=name,
        kind=Kind.INDEX,
        series="INDEX",
        lot_size=0,
        tick_size=Decimal("0.05"),
    )


def _share(key: InstrumentKey, symbol: str, name: str) -> Instrument:
    return Instrument(
        key=key,
        segment="NSE_EQ",
        exchange="NSE",
        symbol=symbol,
        name=name,
        kind=Kind.EQUITY,
        series="EQ",
        lot_size=1,
        tick_size=Decimal("0.10"),
        isin=key.partition("|")[2],
    )


def _future(key: InstrumentKey, expiry: date) -> Instrument:
    return Instrument(
        key=key,
        segment="NSE_FO",
        exchange="NSE",
        symbol=f"NIFTY FUT {expiry:%d %b %y}".upper(),
        name="NIFTY",
        kind=Kind.FUTURE,
        series="FUT",
        lot_size=65,
        tick_size=Decimal("0.10"),
        freeze_quantity=1_755,
        expiry=expiry,
        underlying_key=NIFTY,
        underlying_symbol="NIFTY",
    )


def _option(strike: float, kind: Kind, expiry: date) -> Instrument:
    right = "CE" if kind is Kind.CALL else "PE"
    return Instrument(
        key=option_key(strike, kind, expiry),
        segment="NSE_FO",
        exchange="NSE",
        symbol=f"NIFTY {strike_text(strike)} {right} {expiry:%d %b %y}".upper(),
        name="NIFTY",
        kind=kind,
        series=right,
        lot_size=65,
        tick_size=Decimal("0.05"),
        freeze_quantity=1_755,
        expiry=expiry,
        strike=strike,
        weekly=expiry == NEXT_EXPIRY,
        underlying_key=NIFTY,
        underlying_symbol="NIFTY",
    )


Row = dict[Col, float]


def first_values(instruments: Iterable[Instrument], now: datetime) -> dict[InstrumentKey, Row]:
    """A made-up market: flat volatility, quotes half a rupee around the fair price."""
    levels = {NIFTY: (SPOT, 24_150.0), BANKNIFTY: (52_400.0, 52_510.0), VIX: (12.4, 12.1)}
    shares = {key: (level, level * 0.99) for key, _, level in SHARES.values()}
    rows: dict[InstrumentKey, Row] = {}
    for each in instruments:
        if each.is_option:
            rows[each.key] = _option_row(each, now)
        else:
            ltp, close = {**levels, **shares}.get(each.key, (FORWARD, 24_170.0))
            quoted = each.kind is not Kind.INDEX
            rows[each.key] = {
                **{Col.LTP: ltp, Col.CLOSE: close, Col.LTQ: 1.0},
                **({Col.BID: ltp - 0.1, Col.ASK: ltp + 0.1, Col.VOLUME: 1e6} if quoted else {}),
            }
    return rows


def _option_row(each: Instrument, now: datetime) -> Row:
    assert each.strike is not None
    assert each.expiry is not None
    years, call = years_left(usual_session(each.expiry).closes_at, now), each.kind is Kind.CALL
    fair = round(float(price(FORWARD, each.strike, years, VOL, 1.0, call)), 2)
    g = greeks(FORWARD, each.strike, years, VOL, 1.0, call)
    half = min(0.5, fair / 2)
    away = abs(each.strike - FORWARD) / 50
    return {
        Col.LTP: max(round(fair / 0.05) * 0.05, 0.05),
        Col.CLOSE: fair + 5,
        Col.LTQ: 65.0,
        Col.BID: fair - half,
        Col.BID_QTY: 650.0,
        Col.ASK: fair + half,
        Col.ASK_QTY: 975.0,
        Col.VOLUME: round(1e5 / (1 + away)) * 65.0,
        Col.OI: round(2e4 / (1 + away) * (1.0 if call else 1.2)) * 65.0,
        Col.IV: VOL,
        Col.DELTA: float(g.delta),
        Col.GAMMA: float(g.gamma),
        Col.THETA: float(g.theta),
        Col.VEGA: float(g.vega),
    }


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
        self.bars: dict[InstrumentKey, Candles] = {}
        self.fails: AppError | None = None
        self.calls: list[str] = []

    async def minutes(self, key: InstrumentKey, first: date, last: date) -> Candles:
        return self._told("minutes", key)

    async def days(self, key: InstrumentKey, first: date, last: date) -> Candles:
        return self._told("days", key)

    async def today(self, key: InstrumentKey) -> Candles:
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
        return self.bars.get(key, Candles.none())


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


class FakeDatabase:
    def __init__(self) -> None:
        self.fails: Exception | None = None

    async def figures(self) -> dict[str, str | int]:
        if self.fails is not None:
            raise self.fails
        return {"engine": "memory", "instruments": 0, "candles": 0, "bytes": 0}


@dataclass(slots=True, kw_only=True)
class FakeDesk:
    """The bundle, and the fakes behind its doors."""

    services: Services
    feed: FakeFeed
    market_data: FakeMarketData
    history: FakeHistory
    source: FakeInstruments
    login: FakeLogin
    clock: SetClock


def make_desk(
    *,
    now: datetime = NOW,
    mode: Mode = Mode.SIMULATED,
    logged_in: bool = True,
    connected: bool = True,
    instruments: Sequence[Instrument] | None = None,
    grace: float = 0.0,
) -> FakeDesk:
    listed = universe() if instruments is None else list(instruments)
    clock, market, health = SetClock(now), MarketState(), HealthState()
    feed, login = FakeFeed(market, health, clock), FakeLogin(clock, logged_in=logged_in)
    market_data = FakeMarketData(listed, clock)
    history = FakeHistory(market_data.values, clock)
    feed.values = market_data.values
    if connected:
        feed.connect()
    health.instruments_count, health.instruments_date = len(listed), clock.now()
    health.services["feed"] = ServiceHealth(
        name="feed", condition=Condition.RUNNING, since=clock.now()
    )
    services = _bundle(
        clock, market, health, feed, login, market_data, history, listed, mode, grace
    )
    SessionKeeper(
        session=services.session,
        calendar=services.calendar,
        clock=clock,
        notices=services.notices,
    ).look()
    session = services.session
    session.login = Login.OK if logged_in else Login.NONE
    session.user = "Test Trader" if logged_in else ""
    session.token_expires_at = login.expires_at
    return FakeDesk(
        services=services,
        feed=feed,
        market_data=market_data,
        history=history,
        source=FakeInstruments(listed),
        login=login,
        clock=clock,
    )


def make_services(
    *,
    now: datetime = NOW,
    mode: Mode = Mode.SIMULATED,
    logged_in: bool = True,
    connected: bool = True,
) -> Services:
    """A whole bundle for tests that need none of the fakes behind it."""
    return make_desk(now=now, mode=mode, logged_in=logged_in, connected=connected).services


def _bundle(
    clock: SetClock,
    market: MarketState,
    health: HealthState,
    feed: FakeFeed,
    login: FakeLogin,
    market_data: FakeMarketData,
    history: FakeHistory,
    listed: Sequence[Instrument],
    mode: Mode,
    grace: float,
) -> Services:
    instruments, calendar, subscriptions = (
        MemoryInstruments(listed),
        MarketCalendar(clock),
        Subscriptions(feed),
    )
    chains, jobs, runs, notices = ChainState(), JobsState(), MemoryJobRuns(), Notices()
    return Services(
        mode=mode,
        version="0.0.0-test",
        rate=0.065,
        clock=clock,
        market=market,
        chains=chains,
        session=SessionState(),
        health=health,
        notices=notices,
        jobs=jobs,
        subscriptions=subscriptions,
        chain_keeper=ChainKeeper(
            instruments=instruments,
            market_data=market_data,
            feed=feed,
            market=market,
            chains=chains,
            subscriptions=subscriptions,
            calendar=calendar,
            clock=clock,
            rate=0.065,
            grace=grace,
        ),
        day_bars=DayBars(history, market, clock),
        scheduler=Scheduler(state=jobs, runs=runs, calendar=calendar, clock=clock, notices=notices),
        calendar=calendar,
        login=login,
        market_data=market_data,
        history=history,
        instruments=instruments,
        candles=MemoryCandles(),
        snapshots=MemorySnapshots(),
        watchlists=MemoryWatchlists(),
        preferences=MemoryPreferences(),
        job_runs=runs,
        log=ring,
        database=FakeDatabase(),
    )
