"""A recorded day made up for tests: Friday 20 Nov 2026, NIFTY, three quarters of an hour.

Nothing in it comes from a market.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import nan
from pathlib import Path

import numpy as np

from core.analytics.chain_day import ChainDay
from core.clock import IST, WallClock
from core.desk_parts import Conditions
from core.ids import InstrumentKey
from core.instruments.calendar import Session, usual_session
from core.instruments.candle import Candles, Interval
from core.instruments.expiries import years_left
from core.instruments.instrument import Instrument, Kind
from core.pricing.black76 import price
from core.services import Services
from core.settings import Mode
from data.db.database import Database
from data.db.migrate import upgrade
from data.records import records_of
from data.replay.assembly import ReplayDesk, open_replay
from data.replay.recording import RecordedBars, RecordedChain, Recording, snapshot
from tests.fake_universe import EXPIRY, FUTURE, NIFTY, RELIANCE, STRIKES, VOL, option_key, universe

DAY = date(2026, 11, 20)
LENGTH = 45
LAPSED = date(2026, 11, 17)
"""An expiry that the broker lists no more."""


def at(hour: int, minute: int = 0, second: int = 0, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=IST)


def chain_day(
    *,
    day: date = DAY,
    expiry: date = EXPIRY,
    begins: datetime | None = None,
    minutes: Sequence[int] | int = LENGTH,
    seed: int = 7,
) -> ChainDay:
    """A walk of the spot, and options priced on it; `minutes` counts from the opening."""
    opens = begins or at(9, 15, day=day)
    numbers = np.arange(minutes) if isinstance(minutes, int) else np.array(minutes)
    chance = np.random.default_rng(seed)
    spot = 24_200 + np.cumsum(chance.normal(0, 6, len(numbers)))
    strikes = np.array(STRIKES)
    first = int(opens.timestamp()) // 60
    closes = usual_session(expiry).closes_at
    ltp = np.empty((len(numbers), 2, len(strikes)))
    for row, minute in enumerate(numbers):
        now = opens + timedelta(minutes=int(minute) + 1)
        years = years_left(closes, now)
        for side in (0, 1):
            call = np.full(len(strikes), side == 0)
            ltp[row, side] = price(spot[row] + 20, strikes, years, VOL, 1.0, call)
    ltp = np.maximum(np.round(ltp / 0.05) * 0.05, 0.05)
    volume = np.cumsum(chance.integers(0, 40, ltp.shape), axis=0) * 65.0
    return ChainDay(
        symbol="NIFTY",
        expiry=expiry,
        day=day,
        minutes=first + numbers,
        strikes=strikes,
        spot=np.round(spot, 2),
        forward=np.round(spot + 20, 2),
        future=np.full(len(numbers), nan),
        future_oi=np.full(len(numbers), nan),
        ltp=ltp,
        bid=np.maximum(ltp - 0.1, 0.05),
        ask=ltp + 0.1,
        volume=volume,
        oi=np.full(ltp.shape, 6_500.0),
        iv=np.full(ltp.shape, VOL),
    )


def bars(
    *, begins: datetime | None = None, count: int = LENGTH, start: float = 1_320.0, seed: int = 3
) -> Candles:
    chance = np.random.default_rng(seed)
    close = np.round(start + np.cumsum(chance.normal(0, 1, count)), 1)
    opened = np.concatenate([[start], close[:-1]])
    first = int((begins or at(9, 15)).timestamp())
    return Candles(
        time=first + 60 * np.arange(count),
        open=opened,
        high=np.maximum(opened, close) + 0.5,
        low=np.minimum(opened, close) - 0.5,
        close=close,
        volume=chance.integers(100, 900, count),
        open_interest=np.zeros(count, dtype=np.int64),
    )


def keys_of(chain: ChainDay) -> tuple[tuple[InstrumentKey, ...], tuple[InstrumentKey, ...]]:
    kinds = (Kind.CALL, Kind.PUT)
    calls, puts = (tuple(option_key(float(k), kind) for k in chain.strikes) for kind in kinds)
    return calls, puts


def recording(
    chain: ChainDay | None = None,
    of: Sequence[RecordedBars] = (),
    *,
    session: Session | None = None,
    instruments: Sequence[Instrument] | None = None,
) -> Recording:
    chains = (
        [RecordedChain(day=chain, keys=keys_of(chain), underlying=NIFTY, future=FUTURE)]
        if chain is not None
        else []
    )
    return Recording(
        session=session or usual_session(DAY),
        instruments=tuple(universe() if instruments is None else instruments),
        chains=tuple(chains),
        bars=tuple(of),
    )


async def keep(
    home: Path,
    chains: Sequence[ChainDay] = (),
    candles: Sequence[tuple[InstrumentKey, Interval, Candles]] = (),
    listed: Sequence[Instrument] | None = None,
    url: str = "",
) -> str:
    """A home with a recorded day in its database, or in that of `url`; the database's address."""
    await asyncio.to_thread(home.mkdir, parents=True, exist_ok=True)
    url = url or f"sqlite:///{(home / 'strikedesk.db').as_posix()}"
    await asyncio.to_thread(upgrade, url)
    database = Database(url)
    records = records_of(database, home, WallClock(), "test")
    await records.instruments.replace(universe() if listed is None else listed, at(6, 30))
    for chain in chains:
        await records.snapshots.save([snapshot(chain, row) for row in range(len(chain))])
    for key, interval, each in candles:
        await records.candles.upsert(key, interval, each)
    await database.close()
    return url


@dataclass(slots=True)
class Runs:
    """Opens runs of a home, and ends them; what was asked for anew is kept in `asked`."""

    home: Path
    url: str
    asked: list[tuple[date, datetime | None]]
    opened: list[ReplayDesk]

    async def open(self, day: date | None = DAY) -> ReplayDesk:
        """Running, and its books compared with the account's once."""
        conditions = Conditions(
            mode=Mode.REPLAY,
            version="test",
            rate=0.065,
            environment=(),
            run=f"{len(self.opened)}",
        )
        run = await open_replay(
            conditions, self.home, self.url, day, lambda d, m: self.asked.append((d, m))
        )
        self.opened.append(run)
        await run.start()
        services = run.desk.services
        async with asyncio.timeout(20):
            while not _ready(services):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return run

    async def end(self) -> None:
        for run in self.opened:
            await run.stop()


SHARE_BARS = RecordedBars(key=RELIANCE, bars=bars())


def _ready(services: Services) -> bool:
    compared = services.trading is None or services.trading.state.reconciled_at is not None
    return compared and services.health.instruments_count > 0
