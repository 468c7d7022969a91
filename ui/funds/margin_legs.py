"""The margin calculator's legs, and what they need: by the broker, and by our own estimate."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from math import nan
from typing import Final
from uuid import uuid4

from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind, is_traded
from core.ports.feed import FeedMode
from core.ports.margin import BasketLeg, BasketMargin
from core.risk.margin import LABEL, MarginEstimate
from core.services import Services
from core.services.chain_views import chain_view
from core.state.market import Col
from core.strategies.costs import margin
from core.strategies.held import leg_of
from core.strategies.legs import Leg
from core.strategies.valuation import Market
from core.ticket.terms import products
from core.trading.requests import Product, Side

MOST: Final = 20
"""The broker's call takes so many contracts."""
MOST_LOTS: Final = 10_000
_numbers = count(1)


@dataclass(slots=True, kw_only=True)
class MarginRow:
    instrument: Instrument
    side: Side = Side.BUY
    lots: int = 1
    product: Product = Product.CARRY
    id: str = field(default_factory=lambda: f"leg-{next(_numbers)}")

    @property
    def lot_size(self) -> int:
        return max(self.instrument.lot_size, 1)

    @property
    def signed(self) -> int:
        units = self.lots * self.lot_size
        return units if self.side is Side.BUY else -units


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """Rupees; `problem` and `no_estimate` say why one of both is missing."""

    broker: BasketMargin | None = None
    problem: str = ""
    estimate: float = nan
    alone: float = nan
    label: str = LABEL
    no_estimate: str = ""


class MarginLegs:
    """Holds the prices and chains of its legs; `leave` gives them back."""

    def __init__(self, services: Services) -> None:
        self._services, self._owner = services, f"margin {uuid4().hex}"
        self.rows: list[MarginRow] = []
        self._viewers: set[str] = set()

    def add(self, instrument: Instrument) -> MarginRow:
        """Raises RuleBroken for what cannot stand here."""
        if not is_traded(instrument.key):
            raise RuleBroken(f"{instrument.symbol} is an index: it is computed, not traded")
        if any(row.instrument.key == instrument.key for row in self.rows):
            raise RuleBroken(f"{instrument.symbol} is among the legs already")
        if len(self.rows) >= MOST:
            raise RuleBroken(f"the broker's margin takes {MOST} contracts")
        row = MarginRow(instrument=instrument, product=products(instrument)[0])
        self.rows.append(row)
        self._hold()
        return row

    def remove(self, row: MarginRow) -> None:
        self.rows.remove(row)
        self._hold()

    def clear(self) -> None:
        self.rows.clear()
        self._hold()

    def price(self, row: MarginRow) -> float:
        """The last price, nan while it is not known."""
        last = self._services.market.get(row.instrument.key, Col.LTP)
        return last if last > 0 else nan

    async def needed(self) -> Needed:
        """Of all legs together; raises nothing that can be said in words."""
        rows = list(self.rows)
        if not rows:
            return Needed()
        broker, problem = None, ""
        if self._services.margin is None:
            problem = "this login cannot ask the broker for margins"
        else:
            try:
                broker = await self._services.margin.basket([_asked(row) for row in rows])
            except AppError as refused:
                problem = str(refused)
        try:
            found = await self._estimates(rows)
        except AppError as missing:
            return Needed(broker=broker, problem=problem, no_estimate=str(missing))
        return Needed(
            broker=broker,
            problem=problem,
            estimate=sum(each.total for each in found),
            alone=sum(sum(each.alone) for each in found),
        )

    def leave(self) -> None:
        self._services.subscriptions.release(self._owner)
        for viewer in self._viewers:
            self._services.chain_keeper.release(viewer)

    async def _estimates(self, rows: Iterable[MarginRow]) -> list[MarginEstimate]:
        """One for each underlying: they do not offset each other."""
        by_symbol: dict[str, list[MarginRow]] = defaultdict(list)
        for row in rows:
            if row.instrument.kind is Kind.EQUITY:
                raise RuleBroken("our estimate is of futures and options only")
            by_symbol[row.instrument.underlying_symbol].append(row)
        return [
            margin([self._leg(row) for row in group], await self._market(group))
            for group in by_symbol.values()
        ]

    def _leg(self, row: MarginRow) -> Leg:
        what = row.instrument
        closes = self._services.calendar.close_of(what.expiry) if what.expiry else None
        leg = leg_of(what, row.signed, self.price(row), closes) if closes else None
        if leg is None:
            raise RuleBroken(f"{what.symbol} cannot be valued")
        return leg

    async def _market(self, group: list[MarginRow]) -> Market:
        services = self._services
        found = {}
        for row in group:
            expiry = row.instrument.expiry
            if row.instrument.is_option and expiry is not None and expiry not in found:
                symbol, viewer = row.instrument.underlying_symbol, self._viewer(row)
                found[expiry] = await services.chain_keeper.open(viewer, symbol, expiry)
        chains = [each for each in found.values() if each.forward > 0]
        if chains:
            return chain_view(
                chains,
                services.market,
                now=services.clock.now(),
                rate=services.rate,
                close_of=services.calendar.close_of,
            ).market()
        first = group[0].instrument
        spot = services.market.get(first.underlying_key or first.key, Col.LTP)
        forwards = {
            r.instrument.expiry: self.price(r) for r in group if r.instrument.expiry is not None
        }
        if any(r.instrument.is_option for r in group) or not spot > 0:
            raise RuleBroken(f"the prices of {first.underlying_symbol} are not known yet")
        return Market(
            spot=spot,
            now=services.clock.now(),
            rate=services.rate,
            forwards=forwards,
            prices={row.instrument.key: self.price(row) for row in group},
        )

    def _hold(self) -> None:
        wishes: dict[InstrumentKey, FeedMode] = {}
        for row in self.rows:
            wishes[row.instrument.key] = FeedMode.LTPC
            if row.instrument.underlying_key is not None:
                wishes[row.instrument.underlying_key] = FeedMode.LTPC
        self._services.subscriptions.hold(self._owner, wishes)
        wanted = {self._viewer(row) for row in self.rows}
        for viewer in self._viewers - wanted:
            self._services.chain_keeper.release(viewer)
        self._viewers = wanted

    def _viewer(self, row: MarginRow) -> str:
        """A viewer looks at one chain at a time."""
        return f"{self._owner} {row.instrument.underlying_symbol} {row.instrument.expiry}"


def _asked(row: MarginRow) -> BasketLeg:
    return BasketLeg(key=row.instrument.key, quantity=row.signed, product=row.product)
