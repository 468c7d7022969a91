"""A day of recorded chains as a market: which minutes there are, and what each of them shows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from math import nan

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.backtest.option_view import ChainMinutes, MinuteView
from core.clock import IST
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar, Session
from core.instruments.instrument import Instrument, Right
from core.instruments.recorded import LotOf, option
from core.paper.recorded import Shown, Slippage, shown

Place = tuple[ChainMinutes, int, int]
"""Of a contract: its chain, side and position."""
RIGHTS = (Right.CALL, Right.PUT)


class DayMarket:
    """Only the asked numbers of nearest expiries by symbol, and those in `held`.

    `move` sets the minute; whatever is asked afterwards is of it.
    """

    def __init__(
        self,
        days: Sequence[ChainDay],
        session: Session,
        calendar: MarketCalendar,
        *,
        wanted: Mapping[str, int],
        held: Collection[tuple[str, date]],
        rate: float,
        lot_of: LotOf,
        slippage: Slippage,
    ) -> None:
        self.session, self._lot_of, self._slippage = session, lot_of, slippage
        self._chains: dict[str, list[ChainMinutes]] = {}
        for each in _asked(days, session.day, wanted, held):
            chain = ChainMinutes(each, calendar.close_of(each.expiry), rate, lot_of)
            self._chains.setdefault(each.symbol, []).append(chain)
        self.minutes, self.left_out = self._within(wanted)
        self._places: dict[InstrumentKey, Place] = {}
        self._minute = -1

    def _within(self, wanted: Mapping[str, int]) -> tuple[list[int], int]:
        """Minutes of the session, and how many others were recorded."""
        of = [c.day.minutes for s in wanted for c in self._chains.get(s, ())]
        every: NDArray[np.int64] = np.unique(np.concatenate(of)) if of else np.empty(0, np.int64)
        ends = (every + 1) * 60
        inside = np.zeros(len(every), np.bool_)
        for first, last in self.session.windows:
            inside |= (ends > first.timestamp()) & (ends <= last.timestamp())
        return every[inside].tolist(), int((~inside).sum())

    def move(self, minute: int) -> datetime:
        """The moment that its numbers are of: the minute's end."""
        self._minute = minute
        return datetime.fromtimestamp((minute + 1) * 60, UTC)

    @property
    def symbols(self) -> list[str]:
        return list(self._chains)

    @property
    def quoted(self) -> bool:
        return all(each.quoted for chains in self._chains.values() for each in chains)

    def spot(self, symbol: str) -> float:
        for chain in self._chains.get(symbol, ()):
            row = chain.rows.get(self._minute)
            if row is not None and (spot := float(chain.day.spot[row])) > 0:
                return spot
        return nan

    def view(self, symbol: str, expiry: int | date) -> MinuteView:
        """Raises RuleBroken where it was not recorded at this minute."""
        chains = self._chains.get(symbol, [])
        if isinstance(expiry, int):
            found = chains[expiry : expiry + 1]
        else:
            found = [each for each in chains if each.day.expiry == expiry]
        row = found[0].rows.get(self._minute) if found else None
        if row is None:
            at = datetime.fromtimestamp(self._minute * 60, IST)
            which = f"expiry {expiry + 1}" if isinstance(expiry, int) else f"{expiry:%d %b %Y}"
            raise RuleBroken(f"{symbol} {which} was not recorded at {at:%H:%M on %d %b %Y}")
        return found[0].view(row)

    def shows(self, key: InstrumentKey) -> tuple[Shown, float] | None:
        """What this minute shows of a contract, and its volume of the day; None for no record."""
        if (found := self.place(key)) is None:
            return None
        (chain, side, at), day = found, found[0].day
        row = chain.rows.get(self._minute)
        if row is None:
            return None
        volume = float(day.volume.item(row, side, at))
        market = shown(
            bid=day.bid.item(row, side, at),
            ask=day.ask.item(row, side, at),
            last=day.ltp.item(row, side, at),
            volume=volume,
            tick=self.instrument(key).tick_size,
            slippage=None if chain.quoted else self._slippage,
        )
        return market, volume

    def mark(self, key: InstrumentKey) -> float:
        """The middle of its quotes, else its last price; nan where neither was recorded now."""
        found = self.place(key)
        row = found[0].rows.get(self._minute) if found else None
        return nan if found is None or row is None else found[0].mark(found[1], found[2], row)

    def place(self, key: InstrumentKey) -> Place | None:
        if key not in self._places:
            for chain in (each for chains in self._chains.values() for each in chains):
                if (at := chain.places.get(key)) is not None:
                    self._places[key] = (chain, *at)
        return self._places.get(key)

    def instrument(self, key: InstrumentKey) -> Instrument:
        """Raises RuleBroken for a contract that today's record does not list."""
        found = self.place(key)
        if found is None:
            raise RuleBroken(f"{key} is not in the record of {self.session.day:%d %b %Y}")
        chain, side, at = found
        day = chain.day
        strike = float(day.strikes[at])
        return option(day.symbol, day.expiry, RIGHTS[side], strike, day.day, self._lot_of)


def _asked(
    days: Sequence[ChainDay],
    day: date,
    wanted: Mapping[str, int],
    held: Collection[tuple[str, date]],
) -> list[ChainDay]:
    found: list[ChainDay] = []
    for symbol in dict.fromkeys([*wanted, *(name for name, _ in held)]):
        mine = sorted(
            (d for d in days if d.symbol == symbol and d.expiry >= day), key=lambda d: d.expiry
        )
        near = mine[: wanted.get(symbol, 0)]
        found += near + [d for d in mine[len(near) :] if (symbol, d.expiry) in held]
    return found
