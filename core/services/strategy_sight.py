"""What a running strategy sees: the quotes and chains of this moment, and nothing later."""

from datetime import datetime
from math import nan

from core.clock import IST
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.services.chain_keeper import ChainKeeper
from core.services.chain_views import chain_view
from core.services.live_context import Bar, Moment
from core.services.strategy_work import Work
from core.state.chains import ChainState
from core.state.market import Col, MarketState
from core.strategies.chain_view import ExpiryView


class StrategySight:
    def __init__(
        self,
        *,
        market: MarketState,
        chains: ChainState,
        chain_keeper: ChainKeeper,
        calendar: MarketCalendar,
        rate: float,
    ) -> None:
        self._market, self._chains, self._chain_keeper = market, chains, chain_keeper
        self._calendar, self._rate = calendar, rate

    def moment(self, work: Work, now: datetime, bar: Bar) -> Moment:
        """Everything that one event may know, copied: the market goes on meanwhile."""
        today = now.astimezone(IST).date()
        asked = work.run.asked
        return Moment(
            now=now,
            closes_at=self._calendar.close_of(today),
            key=asked.key,
            symbol=asked.symbol,
            bar=bar,
            held=work.book.held,
            pnl=work.book.pnl(self.price),
            chains={name: self._views(name, n, now) for name, n in work.setup.wanted.items()},
            lot=work.lot,
            waiting=work.waiting,
        )

    def price(self, key: InstrumentKey) -> float:
        """The middle of the quotes, else the last price; nan unknown."""
        bid, ask = self._market.get(key, Col.BID), self._market.get(key, Col.ASK)
        return (bid + ask) / 2 if bid > 0 and ask > 0 else self._market.get(key, Col.LTP)

    def spot(self, symbol: str) -> float:
        """The underlying's last price; nan without an open chain of it."""
        found = next((each for each in self._chains if each.symbol == symbol), None)
        return nan if found is None else self._market.get(found.underlying, Col.LTP)

    def _views(self, symbol: str, count: int, now: datetime) -> tuple[ExpiryView, ...]:
        """The nearest expiries that are open, as they stand now."""
        known = (each for each in self._chains if each.symbol == symbol and each.closes_at > now)
        nearest = sorted(known, key=lambda each: each.expiry)[:count]
        for chain in nearest:
            self._chain_keeper.refresh(chain)
        if not nearest:
            return ()
        close_of = self._calendar.close_of
        return chain_view(
            nearest, self._market, now=now, rate=self._rate, close_of=close_of
        ).expiries
