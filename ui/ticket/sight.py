"""What a ticket looks at while it is open: its contract's quote, depth, chain and margin."""

from dataclasses import dataclass
from datetime import datetime
from math import nan
from typing import Final
from uuid import uuid4

from core.errors import AppError, RuleBroken
from core.instruments.instrument import Instrument, Kind, is_traded
from core.instruments.tick import DepthLevel
from core.ports.feed import FeedMode
from core.services import Services
from core.services.chain_views import chain_view
from core.services.margin_answer import MarginAnswer
from core.services.order_margin import order_margin
from core.state.chains import LiveChain
from core.state.market import Col
from core.strategies.held import Sensitivity, leg_of, together
from core.strategies.legs import Leg
from core.strategies.valuation import Market
from core.ticket.effect import Effect, added
from core.ticket.terms import Quote, Terms
from core.trading.requests import OrderRequest, Side
from ui.components.fresh import fresh

AGEING: Final = 30.0
"""Seconds after which a margin is asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    request: OrderRequest
    at: float


class TicketSight:
    """Holds a subscription for what the ticket shows; `leave` gives all of it back."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._owner = f"ticket {uuid4().hex}"
        self._row = -1
        self._chain: LiveChain | None = None
        self._asked: Asked | None = None
        self._asking = False
        self._resting: OrderRequest | None = None
        self.instrument: Instrument | None = None
        self.margin: MarginAnswer | None = None

    @property
    def row(self) -> int:
        return self._row

    def look_at(self, instrument: Instrument) -> None:
        """Raises RuleBroken for what is computed and not traded."""
        if not is_traded(instrument.key):
            raise RuleBroken(f"{instrument.symbol} is an index: it is computed, not traded")
        if self.instrument is not None and self.instrument.key == instrument.key:
            self.instrument = instrument
            return
        self.leave()
        self.instrument = instrument
        wishes = {instrument.key: FeedMode.FULL}
        if instrument.underlying_key is not None:
            wishes[instrument.underlying_key] = FeedMode.LTPC
        self._services.subscriptions.hold(self._owner, wishes)
        self._row = self._services.market.row(instrument.key)
        self._services.market.watch_depth(self._row)

    def leave(self) -> None:
        if self._row >= 0:
            self._services.market.leave_depth(self._row)
        self._row, self.instrument, self._chain = -1, None, None
        self.margin = self._asked = self._resting = None
        self._services.subscriptions.release(self._owner)
        self._services.chain_keeper.release(self._owner)

    async def open_chain(self) -> None:
        """The option's chain, for its greeks; without one they are not known."""
        what = self.instrument
        if what is None or not what.is_option or what.expiry is None:
            return
        try:
            chain = await self._services.chain_keeper.open(
                self._owner, what.underlying_symbol, what.expiry
            )
        except AppError:
            return  # said on the screen: the greeks stay unknown
        if self.instrument is not None and self.instrument.key == what.key:
            self._chain = chain
        elif self.instrument is None:
            self._services.chain_keeper.release(self._owner)

    def quote(self) -> Quote:
        if self.instrument is None:
            return Quote()
        bid, ask, ltp = (
            self._services.market.get(self.instrument.key, col)
            for col in (Col.BID, Col.ASK, Col.LTP)
        )
        return Quote(bid=_known(bid), ask=_known(ask), ltp=_known(ltp))

    def old(self) -> str:
        """Why the quote cannot be believed now; empty when it can."""
        return "" if self._row < 0 else fresh(self._services, self._row)[1]

    def depth(self) -> tuple[DepthLevel, ...]:
        return self._services.market.depth.get(self._row, ())

    def market(self) -> Market | None:
        """What the order's own greeks and margin are reckoned against; None while not known."""
        what = self.instrument
        if what is None or what.expiry is None:
            return None
        if what.is_option:
            return None if self._chain is None else self._of_chain(self._chain)
        if what.kind is not Kind.FUTURE:
            return None
        quote = self.quote()
        price = quote.mid if quote.mid == quote.mid else quote.ltp
        spot = self._services.market.get(what.underlying_key or what.key, Col.LTP)
        return Market(
            spot=spot if spot > 0 else price,
            now=self._services.clock.now(),
            rate=self._services.rate,
            forwards={what.expiry: price},
            prices={what.key: price},
        )

    def _of_chain(self, chain: LiveChain) -> Market | None:
        if not chain.forward > 0:
            return None
        return chain_view(
            [chain],
            self._services.market,
            now=self._services.clock.now(),
            rate=self._services.rate,
            close_of=self._services.calendar.close_of,
        ).market()

    def effect(self, terms: Terms) -> Effect:
        """On the greeks of the underlying, with what is held of it."""
        what = terms.instrument
        units = terms.quantity if terms.side is Side.BUY else -terms.quantity
        return Effect(
            before=self._held(what.underlying_symbol or what.symbol),
            added=added(what, units, self._price(terms), self._closes(what), self.market()),
        )

    def _held(self, symbol: str) -> Sensitivity:
        trading = self._services.trading
        lines = trading.portfolio.picture().open if trading else ()
        return together(line.sensitivity for line in lines if line.symbol == symbol)

    async def ask_margin(self, terms: Terms, now: float) -> bool:
        """Ask where the terms have come to rest and the last answer is old; True if asked."""
        request = terms.request()
        at_rest, self._resting = request == self._resting, request
        asked = self._asked
        due = asked is None or asked.request != request or now - asked.at > AGEING
        if self._asking or not at_rest or not due:
            return False
        self._asking = True
        try:
            found = await order_margin(
                request,
                self._leg(terms, request.signed),
                self.market(),
                self._services.margin,
            )
        finally:
            self._asking = False
        if self.instrument is not None and self.instrument.key == request.key:
            self.margin, self._asked = found, Asked(request=request, at=now)
        return True

    def margin_of(self, request: OrderRequest) -> MarginAnswer | None:
        """The last answer, if it was about this order."""
        asked = self._asked
        return self.margin if asked is not None and asked.request == request else None

    def _leg(self, terms: Terms, signed: int) -> Leg | None:
        closes = self._closes(terms.instrument)
        return (
            None if closes is None else leg_of(terms.instrument, signed, self._price(terms), closes)
        )

    def _closes(self, what: Instrument) -> datetime | None:
        return None if what.expiry is None else self._services.calendar.close_of(what.expiry)

    def _price(self, terms: Terms) -> float:
        if terms.type.has_price and terms.price > 0:
            return float(terms.price)
        quote = self.quote()
        touch = quote.touch(terms.side)
        return touch if touch == touch else quote.ltp


def _known(price: float) -> float:
    return price if price > 0 else nan
