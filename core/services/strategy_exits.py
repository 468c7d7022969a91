"""Strategy exits: closes the legs of a group, the sold ones first, and never more than is held.

Every order is sized by what is held at that moment, less what other orders close already. While the
fate of an order is not known, or its trades have not been told, nothing more is sent for that leg.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from core.clock import IST, Clock
from core.errors import AppError
from core.instruments.instrument import Instrument
from core.services.order_desk import OrderDesk
from core.services.risk_gate import RiskGate
from core.state.trading import TradingState
from core.trading.broker_orders import Status
from core.trading.groups import StrategyGroup
from core.trading.ledger import Holding
from core.trading.orders import Order
from core.trading.requests import OrderRequest, OrderType, Product, Side, Source

log = structlog.get_logger(__name__)

ATTEMPTS: Final = 3
"""Orders for one leg: after a clear refusal, or when a part was cancelled, another is sent."""
BETWEEN: Final = 2.5
"""Seconds before a leg is asked for again: longer than the guard against duplicates."""
MOST_SLICES: Final = 25
LOOK: Final = 0.05
"""Seconds between two looks at an order on its way."""
Now = Callable[[str], StrategyGroup | None]
"""A group as it is now, its newest fills entered; None for one that is no longer to be closed."""


class Stopped(AppError):
    """The exit cannot go on; the text says why."""


class StrategyExits:
    """`between` are the seconds before a leg is asked for again."""

    def __init__(
        self,
        *,
        desk: OrderDesk,
        gate: RiskGate,
        state: TradingState,
        clock: Clock,
        between: float = BETWEEN,
    ) -> None:
        self._desk, self._gate, self._state, self._clock = desk, gate, state, clock
        self._between = between

    async def close(self, id: str, run: str, now: Now, source: Source) -> list[str]:
        """Close all that the group holds; returns what could not be closed, and why.

        Raises Stopped where something that is bought must be kept, since what it covers is open.
        """
        await self._end_orders(id, now)
        left: list[str] = []
        for way in (-1, 1):
            group = now(id)
            legs = [at for at, units in (group.held() if group else {}).items() if units * way > 0]
            work = (
                self._close_leg(id, f"{run}/{way}/{n}", at, now, source)
                for n, at in enumerate(legs)
            )
            ended = await asyncio.gather(*work, return_exceptions=True)
            for each in ended:
                if isinstance(each, BaseException) and not isinstance(each, AppError):
                    raise each
            if problems := [str(each) for each in ended if isinstance(each, AppError)]:
                raise Stopped("; ".join(dict.fromkeys(problems)))
            left += [each for each in ended if isinstance(each, str) and each]
        return left

    def waits(self, group: StrategyGroup) -> dict[Holding, str]:
        """What the exit of a group waits for, by leg."""
        found = {}
        for at, wanted in group.held().items():
            if self._in_doubt(at):
                found[at] = "what became of an order is not known yet"
                continue
            others, own = 0, 0
            for order, units in self._state.left():
                if (order.request.key, order.request.product) == at and units * wanted < 0:
                    others += abs(units) * (order.request.group != group.id)
                    own += abs(units) * (order.request.group == group.id)
            if own:
                found[at] = f"{own} units are not filled yet"
            elif others:
                found[at] = f"another order closes {others} units already: it fills, or cancel it"
        return found

    async def _end_orders(self, id: str, now: Now) -> None:
        """Cancel what the group still has working, so that nothing is opened behind our back."""
        mine = [o for o in self._state.working() if o.request.group == id]
        for order in mine:
            try:
                await self._desk.cancel(order.id)
            except AppError as problem:
                log.info("strategy.cancel_failed", order=order.id, problem=str(problem))
        await until(lambda: now(id) is None or not any(self._open(order) for order in mine))

    def _open(self, order: Order) -> bool:
        status = self._state.orders[order.id].status
        return not status.is_final and status is not Status.LOST

    async def _close_leg(self, id: str, click: str, at: Holding, now: Now, source: Source) -> str:
        """Until nothing of it is left; why something is, where that is no failure."""
        sent, why = 0, ""
        while (group := now(id)) is not None:
            wanted = group.held().get(at, 0)
            if not wanted:
                return ""
            if self._in_doubt(at):
                await asyncio.sleep(LOOK)
                continue
            contract = await self._gate.know(at[0])
            units = self._closable(at, wanted)
            if not units and self._others_close(at, wanted):
                await asyncio.sleep(LOOK)
                continue
            if not units:
                return f"{abs(wanted)} units of {contract.symbol} are not really held"
            if sent == ATTEMPTS:
                raise Stopped(why)
            sent += 1
            request = self._request(contract, at[1], units, id, source)
            if why := await self._send(request, f"{click}/{sent}"):
                await asyncio.sleep(self._between)
        raise Stopped("it was stopped")

    async def _send(self, request: OrderRequest, click: str) -> str:
        """One order to its end; why it did not fill, or empty."""
        try:
            order = await self._desk.place(request, click=click, closing=True)
        except AppError as problem:
            if stopped := self._gate.halted():
                raise Stopped(stopped) from problem
            return str(problem)
        await until(lambda: not self._open(order))
        order = self._state.orders[order.id]
        if order.status is Status.LOST:
            raise Stopped("an order never arrived at the broker: look there, then exit again")
        return "" if order.status is Status.FILLED else order.why or f"an order was {order.status}"

    def _request(
        self, contract: Instrument, product: Product, units: int, id: str, source: Source
    ) -> OrderRequest:
        freeze = contract.freeze_quantity or 0
        size = min(abs(units), freeze * MOST_SLICES) if freeze else abs(units)
        return OrderRequest(
            key=contract.key,
            side=Side.SELL if units > 0 else Side.BUY,
            quantity=size,
            product=product,
            type=OrderType.MARKET,
            slice=bool(freeze) and size > freeze,
            source=source,
            group=id,
        )

    def _closable(self, at: Holding, wanted: int) -> int:
        """Units of a leg that may be closed now, with the leg's sign."""
        way = 1 if wanted > 0 else -1
        held = way * self._state.held(*at)
        return way * max(min(way * wanted, held - self._others_close(at, wanted)), 0)

    def _others_close(self, at: Holding, wanted: int) -> int:
        """Units that orders on their way may yet close of a holding."""
        return sum(
            abs(units)
            for order, units in self._state.left()
            if (order.request.key, order.request.product) == at and units * wanted < 0
        )

    def _in_doubt(self, at: Holding) -> bool:
        """Whether something may have been filled that is not in the books yet."""
        today = self._clock.now().astimezone(IST).date()
        for order in self._state.orders.values():
            request = order.request
            if (request.key, request.product) != at:
                continue
            if order.status in (Status.UNKNOWN, Status.PENDING):
                return True
            if order.filled and order.placed_at.astimezone(IST).date() == today:
                told = self._state.ledger.fills_of(order.broker_ids)
                if sum(fill.quantity for fill in told) != order.filled:
                    return True
        return False


async def until(true: Callable[[], bool]) -> None:
    """Look again and again: what is true is written by many, and told by none."""
    while not true():  # noqa: ASYNC110
        await asyncio.sleep(LOOK)
