"""What a broker would have answered at the replay's now, from the recording alone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from core.clock import IST, Clock
from core.errors import BadData, BrokerUnavailable
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.instruments.holiday import ExchangeHours, Holiday
from core.instruments.instrument import Instrument
from core.ports.market_data import BrokerChain, ChainSide, Profile, Quote
from core.state.market import Col
from data.replay.feed import ReplayFeed
from data.replay.past import PastCandles, cut
from data.replay.recording import RecordedBars, RecordedChain, Recording

NOTHING = "there is no broker in a replay"


class ReplayMarketData:
    """Fills the `MarketData`; of what was not recorded nothing is known."""

    def __init__(self, recording: Recording | None, feed: ReplayFeed, clock: Clock) -> None:
        chains = recording.chains if recording is not None else ()
        self._chains = {(each.underlying, each.day.expiry): each for each in chains}
        self._instruments = recording.instruments if recording is not None else ()
        self._feed, self._clock = feed, clock

    async def profile(self) -> Profile:
        raise BrokerUnavailable(NOTHING)

    async def quotes(self, keys: Sequence[InstrumentKey]) -> Mapping[InstrumentKey, Quote]:
        found = ((key, self._feed.row(key)) for key in keys)
        return {key: _quote(key, row) for key, row in found if row is not None}

    async def chain(self, underlying: InstrumentKey, expiry: date) -> BrokerChain:
        chain = self._chains.get((underlying, expiry))
        if chain is None:
            raise BadData(f"no chain of {underlying} for {expiry:%d %b %Y} was recorded")
        before = _before(chain)
        sides = [
            tuple(
                self._side(key, float(before[side, n])) if key is not None else None
                for n, key in enumerate(chain.keys[side])
            )
            for side in (0, 1)
        ]
        spot = self._feed.row(underlying)
        return BrokerChain(
            underlying=underlying,
            expiry=expiry,
            spot=0.0 if spot is None else float(spot[Col.LTP]),
            strikes=chain.day.strikes,
            calls=sides[0],
            puts=sides[1],
        )

    async def contracts(self, underlying: InstrumentKey) -> list[Instrument]:
        return [each for each in self._instruments if each.underlying_key == underlying]

    async def holidays(self) -> list[Holiday]:
        raise BrokerUnavailable(NOTHING)

    async def timings(self, day: date) -> list[ExchangeHours]:
        raise BrokerUnavailable(NOTHING)

    async def market_status(self, exchange: str) -> str:
        raise BrokerUnavailable(NOTHING)

    def _side(self, key: InstrumentKey, oi_prev: float) -> ChainSide:
        """A last price of 0 is the word for "not known"; greeks of a broker were not recorded."""
        row = self._feed.row(key)
        values = np.full(len(Col), np.nan) if row is None else row
        return ChainSide(
            key=key,
            ltp=_or(values[Col.LTP], 0.0),
            close=_or(values[Col.CLOSE], 0.0),
            volume=int(_or(values[Col.VOLUME], 0.0)),
            oi=float(values[Col.OI]),
            oi_prev=oi_prev,
            bid=float(values[Col.BID]),
            bid_quantity=0,
            ask=float(values[Col.ASK]),
            ask_quantity=0,
            iv=None,
            delta=float("nan"),
            gamma=float("nan"),
            theta=float("nan"),
            vega=float("nan"),
            pop=float("nan"),
        )


class ReplayHistory:
    """Fills the `History` from stored candles, up to now."""

    def __init__(
        self,
        recording: Recording | None,
        candles: PastCandles,
        calendar: MarketCalendar,
        clock: Clock,
    ) -> None:
        bars = recording.bars if recording is not None else ()
        self._bars: dict[InstrumentKey, RecordedBars] = {each.key: each for each in bars}
        self._candles, self._calendar, self._clock = candles, calendar, clock

    def pieces(self, interval: Interval, first: date, last: date) -> list[tuple[date, date]]:
        """Nothing can be asked for that is not kept already."""
        return []

    async def bars(
        self, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Candles:
        begins, ends = _midnight(first), _midnight(last, after=True)
        return await self._candles.between(key, interval, begins, ends)

    async def minutes(self, key: InstrumentKey, first: date, last: date) -> Candles:
        return await self.bars(key, Interval.MINUTE, first, last)

    async def days(self, key: InstrumentKey, first: date, last: date) -> Candles:
        """Today's, once its session is over, is made of its bars where it was not kept."""
        kept = await self.bars(key, Interval.DAY, first, last)
        today, each = self._calendar.today(), self._bars.get(key)
        over = self._clock.now() >= self._calendar.close_of(today)
        has = len(kept) and datetime.fromtimestamp(int(kept.time[-1]), UTC).astimezone(IST).date()
        if not (first <= today <= last and over and each is not None and has != today):
            return kept
        bars = each.bars
        day = Candles(
            time=np.array([int(_midnight(today).timestamp())]),
            open=bars.open[:1],
            high=np.array([bars.high.max()]),
            low=np.array([bars.low.min()]),
            close=bars.close[-1:],
            volume=np.array([bars.volume.sum()]),
            open_interest=bars.open_interest[-1:],
        )
        return _joined(kept, day)

    async def today(self, key: InstrumentKey, interval: Interval = Interval.MINUTE) -> Candles:
        each = self._bars.get(key)
        if each is None:
            return Candles.none()
        if interval.intraday and interval.seconds == each.seconds:
            over = each.bars.time + each.seconds <= self._clock.now().timestamp()
            return cut(each.bars, slice(0, int(over.sum())))
        return await self.bars(key, interval, self._calendar.today(), self._calendar.today())


def _quote(key: InstrumentKey, row: NDArray[np.float64]) -> Quote:
    return Quote(
        key=key,
        at=datetime.fromtimestamp(row[Col.RECEIVED] / 1000, UTC),
        ltp=_or(row[Col.LTP], 0.0),
        close=_or(row[Col.CLOSE], 0.0),
        open=_or(row[Col.OPEN], 0.0),
        high=_or(row[Col.HIGH], 0.0),
        low=_or(row[Col.LOW], 0.0),
        volume=int(_or(row[Col.VOLUME], 0.0)),
        oi=_known(row[Col.OI]),
        bid=_known(row[Col.BID]),
        bid_quantity=0,
        ask=_known(row[Col.ASK]),
        ask_quantity=0,
        lower_circuit=None,
        upper_circuit=None,
    )


def _before(chain: RecordedChain) -> NDArray[np.float64]:
    """Open interest at the end of the session before, (2, strikes); nan where not recorded."""
    found = np.full((2, len(chain.day.strikes)), np.nan)
    before = chain.before
    if before is not None:
        _, ours, theirs = np.intersect1d(
            chain.day.strikes, before.strikes, assume_unique=True, return_indices=True
        )
        found[:, ours] = before.oi[-1][:, theirs]
    return found


def _joined(first: Candles, second: Candles) -> Candles:
    names = ("time", "open", "high", "low", "close", "volume", "open_interest")
    return Candles(
        **{name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in names}
    )


def _midnight(day: date, *, after: bool = False) -> datetime:
    return datetime.combine(day + timedelta(days=after), datetime.min.time(), IST)


def _or(value: float, otherwise: float) -> float:
    return float(value) if isfinite(value) else otherwise


def _known(value: float) -> float | None:
    return float(value) if isfinite(value) else None
