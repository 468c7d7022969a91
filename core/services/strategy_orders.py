"""What strategies order: sent through the order desk where they trade, else assumed at the quotes.

An assumed market order is filled whole at the other side's quote, a limit when that quote reaches
it, at its own price, a stop at the other side's quote after a trade at or beyond it. What nobody
quotes at all, as an index, is assumed at its last price.
"""

from contextlib import suppress
from datetime import datetime
from math import nan

from core.errors import AppError, BrokerRejected, RuleBroken
from core.ids import InstrumentKey, OrderId
from core.services.live_context import is_market
from core.services.strategy_work import Work, Working
from core.services.trading import Trading
from core.state.market import Col, MarketState
from core.strategies.asking import Ask, request_of
from core.strategies.strategy import Filled
from core.trading.broker_orders import Status


class StrategyOrders:
    """`trading` is None where nothing can be ordered."""

    def __init__(self, trading: Trading | None, market: MarketState) -> None:
        self._trading, self._market = trading, market

    def require(self) -> None:
        """Raises RuleBroken where nothing can be ordered."""
        if self._trading is None:
            raise RuleBroken("Nothing can be ordered in this mode.")

    def touch(self, key: InstrumentKey, units: int) -> float:
        """The other side's quote for so many units, rupees; nan unknown."""
        price = self._market.get(key, Col.ASK if units > 0 else Col.BID)
        return price if price > 0 else nan

    def _quoted(self, key: InstrumentKey) -> bool:
        """Whether anybody quotes it, on either side."""
        return any(self._market.get(key, side) > 0 for side in (Col.BID, Col.ASK))

    def _assumed_at(self, key: InstrumentKey, units: int) -> float:
        return self.touch(key, units) if self._quoted(key) else self._market.get(key, Col.LTP)

    async def place(self, work: Work, ask: Ask) -> tuple[OrderId | None, str]:
        """Our id of what was sent, None where it is only assumed, and that in words.

        Raises what the desk refuses.
        """
        if not work.run.trades:
            return None, self._assume(work, ask)
        if self._trading is None:
            raise RuleBroken("nothing can be ordered in this mode")
        instrument = await self._trading.gate.know(ask.key)
        request = request_of(ask, instrument, group=work.run.id)
        order = await self._trading.desk.place(request)
        work.working[ask.number] = Working(ask, order=order.id)
        return order.id, f"sent as {order.id}"

    def _assume(self, work: Work, ask: Ask) -> str:
        if is_market(ask) and not self._assumed_at(ask.key, ask.units) > 0:
            raise RuleBroken("no quote on the other side")
        work.working[ask.number] = Working(ask)
        return "assumed, not sent" if self._quoted(ask.key) else "assumed at the last price"

    async def fills(self, work: Work, now: datetime) -> list[Filled]:
        """What was filled since the last look; the book has it already."""
        found = []
        for number, each in list(work.working.items()):
            fill, over = self._sent(each, now) if each.order else self._assumed(each, now)
            if fill is not None:
                work.book.fill(fill.key, fill.units, fill.price)
                found.append(fill)
            if over:
                del work.working[number]
                if why := self._rejected(each):
                    work.refused.append((number, why))
        return found

    def _rejected(self, each: Working) -> str:
        """Why the broker or the exchange said no; empty where it did not."""
        order = self._trading.state.orders.get(each.order) if self._trading and each.order else None
        if order is None or order.status is not Status.REJECTED:
            return ""
        return order.reason or "rejected"

    async def cancel(self, work: Work, number: int) -> None:
        """An order that is over, or never was, is no error: it may have been filled meanwhile."""
        each = work.working.get(number)
        if each is None:
            return
        if each.order is None:
            del work.working[number]
        elif self._trading is not None:
            order = self._trading.state.orders.get(each.order)  # none of an earlier day
            if order is not None and not order.is_over:
                with suppress(BrokerRejected, RuleBroken):  # it has come to its end meanwhile
                    await self._trading.desk.cancel(each.order)

    async def cancel_all(self, work: Work) -> list[str]:
        """Each of them, whatever becomes of the others; why some could not be."""
        problems = []
        for number in list(work.working):
            try:
                await self.cancel(work, number)
            except AppError as problem:
                problems.append(str(problem))
        return problems

    def _sent(self, each: Working, now: datetime) -> tuple[Filled | None, bool]:
        """What the broker has told since, in one fill at its average price."""
        assert self._trading is not None
        assert each.order is not None
        order = self._trading.state.orders.get(each.order)
        if order is None:  # of an earlier day
            return None, True
        more = order.filled - each.filled
        if not more:
            return None, order.is_over
        value = order.filled * float(order.average_price)
        price = (value - each.value) / more
        each.filled, each.value = order.filled, value
        return _filled(each.ask, more, price, now), order.is_over

    def _assumed(self, each: Working, now: datetime) -> tuple[Filled | None, bool]:
        ask = each.ask
        touch, last = self._assumed_at(ask.key, ask.units), self._market.get(ask.key, Col.LTP)
        way = 1 if ask.units > 0 else -1
        if ask.stop is not None and not way * (last - ask.stop) >= 0:
            return None, False
        if not touch > 0 or (ask.limit is not None and way * (touch - ask.limit) > 0):
            return None, False
        price = touch if ask.limit is None else ask.limit
        return _filled(ask, abs(ask.units), price, now), True


def _filled(ask: Ask, units: int, price: float, now: datetime) -> Filled:
    signed = units if ask.units > 0 else -units
    return Filled(order=ask.number, key=ask.key, units=signed, price=price, at=now, tag=ask.tag)
