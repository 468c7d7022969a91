"""From what was asked for to the calls that it takes: only what is missing, in legal pieces."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from core.clock import IST, Clock
from core.downloads.coverage import DayState, coverage, gaps, last_whole, period_of
from core.downloads.plan import Piece, Plan, What, is_expired
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Interval
from core.instruments.sessions import HOURS
from core.ports.downloads import DownloadRepository
from core.ports.market_data import ExpiredContracts, History
from core.ports.repositories import CandleRepository, InstrumentRepository
from core.services.download_contracts import ExpiryContracts

AUCTION: Final = min(hours.auction[0] for hours in HOURS if hours.auction)
"""When cash stops trading where there is a closing auction."""
SETTLED: Final = timedelta(minutes=5)
"""After the close of a session its last bars are there."""
LIFE: Final = timedelta(days=35)
"""Of an expired contract so much is asked for before its expiry, unless a plan says from when."""


class DownloadPlanner:
    def __init__(
        self,
        *,
        history: History,
        expired: ExpiredContracts,
        candles: CandleRepository,
        downloads: DownloadRepository,
        instruments: InstrumentRepository,
        calendar: MarketCalendar,
        clock: Clock,
    ) -> None:
        self._history = history
        self._expired = expired
        self._candles = candles
        self._downloads = downloads
        self._instruments = instruments
        self._contracts = ExpiryContracts(expired, instruments)
        self._calendar = calendar
        self._clock = clock

    async def pieces(self, plan: Plan) -> list[Piece]:
        """Empty when there is nothing to be had that is not here already."""
        match plan.what:
            case What.CANDLES:
                names = dict(zip(plan.keys, plan.names or plan.keys, strict=True))
                return _numbered(await self._candle_pieces(plan, names, *plan.span))
            case What.EXPIRED:
                return _numbered(await self._expired_pieces(plan))
            case What.CHAIN:
                return _numbered(await self._chain_pieces(plan))
            case _:
                day, keys = self._calendar.today(), plan.keys or (InstrumentKey(""),)
                names = dict(zip(keys, plan.names or keys, strict=True))
                return _numbered([_piece(key, names[key], plan.interval, day, day) for key in keys])

    async def coverage(
        self, keys: Sequence[InstrumentKey], interval: Interval, first: date, last: date
    ) -> dict[InstrumentKey, dict[date, DayState]]:
        """Per key each day from `first` to `last`."""
        wide = period_of(interval, first, last)
        bars = await self._candles.by_day(keys, interval, *wide)
        early = await self._candles.by_day(keys, interval, *wide, until=AUCTION)
        asked = await self._downloads.asked(keys, interval, first, last)
        return {
            key: coverage(
                self._calendar,
                key,
                interval,
                first,
                last,
                bars[key],
                asked.get(key, ()),
                early[key],
            )
            for key in keys
        }

    def last_whole_day(self) -> date:
        """The newest day that nothing more will be traded on."""
        now = self._clock.now()
        today = now.astimezone(IST).date()
        session = self._calendar.session_of(today)
        if session is not None:
            over = now >= session.closes_at + SETTLED
        else:
            over = now >= datetime.combine(today, time(18), IST)
        return today if over else today - timedelta(days=1)

    async def _candle_pieces(
        self, plan: Plan, names: Mapping[InstrumentKey, str], first: date, last: date
    ) -> list[Piece]:
        """Instruments side by side, so that the first days of all are there first."""
        last = min(last, last_whole(self._calendar, plan.interval, self.last_whole_day()))
        if first > last:
            raise RuleBroken("These days are not over yet: there is nothing whole to download.")
        keys = list(names)
        states = await self.coverage(keys, plan.interval, first, last)
        found = []
        for key in keys:
            door = self._expired if is_expired(key) else self._history
            for span in gaps(
                states[key], door.pieces(plan.interval, first, last), again=plan.again
            ):
                found += [
                    _piece(key, names[key], plan.interval, *part)
                    for part in self._apart_from_today(span, key)
                ]
        return sorted(found, key=lambda each: each.first)

    def _apart_from_today(
        self, span: tuple[date, date], key: InstrumentKey
    ) -> list[tuple[date, date]]:
        """Today's bars are asked for in another way than those of days before."""
        today = self._calendar.today()
        if span[1] < today or is_expired(key):
            return [span]
        before = [(span[0], today - timedelta(days=1))] if span[0] < today else []
        return [*before, (today, today)]

    async def _expired_pieces(self, plan: Plan) -> list[Piece]:
        """The expiry's options and futures, and the underlying's own minutes beside them."""
        if plan.expiry is None or not plan.keys:
            raise RuleBroken("Say which expiry of which underlying to download.")
        underlying, symbol = plan.keys[0], (plan.names or plan.keys)[0]
        contracts = await self._contracts.of(underlying, symbol, plan.expiry)
        if not contracts:
            raise RuleBroken(f"The broker has no contracts of the expiry {plan.expiry:%d %b %Y}.")
        last = min(plan.last or plan.expiry, plan.expiry)
        first = plan.first or last - LIFE
        names = {underlying: symbol}
        names |= {each.key: each.symbol for each in contracts}
        return await self._candle_pieces(plan, names, first, last)

    async def _chain_pieces(self, plan: Plan) -> list[Piece]:
        found = []
        for key, name in zip(plan.keys, plan.names, strict=True):
            expiries = await self._instruments.expiries(name)
            if plan.expiry is not None:
                expiries = [each for each in expiries if each == plan.expiry]
            found += [_piece(key, name, plan.interval, each, each) for each in expiries]
        if not found:
            raise RuleBroken("There is no such chain among the instruments of the day.")
        return found


def _piece(key: InstrumentKey, name: str, interval: Interval, first: date, last: date) -> Piece:
    return Piece(number=0, key=key, name=name, interval=interval, first=first, last=last)


def _numbered(pieces: Sequence[Piece]) -> list[Piece]:
    return [
        Piece(
            number=number,
            key=each.key,
            name=each.name,
            interval=each.interval,
            first=each.first,
            last=each.last,
        )
        for number, each in enumerate(pieces)
    ]
