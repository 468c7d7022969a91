"""Strategy entry: opens again what a stop has closed, what is bought first, all of it new risk."""

import asyncio
from contextlib import suppress
from datetime import date
from math import nan
from typing import Final

import numpy as np

from core.analytics.straddle import at_the_money
from core.errors import AppError
from core.ids import InstrumentKey, OrderId
from core.instruments.instrument import Instrument
from core.ports.repositories import InstrumentRepository
from core.services.order_desk import OrderDesk
from core.services.risk_gate import RiskGate
from core.services.strategy_exits import Now, Stopped, until
from core.state.market import Col, MarketState
from core.state.trading import TradingState
from core.trading.broker_orders import Status
from core.trading.exit_rules import ExitRules, Strikes
from core.trading.groups import Run, StrategyGroup
from core.trading.requests import OrderRequest, OrderType, Product, Side, Source

PATIENCE: Final = 60.0
"""Seconds that a leg has to be filled; what is not, is cancelled."""
Legs = tuple[tuple[InstrumentKey, Product, int], ...]


class StrategyEntry:
    def __init__(
        self,
        *,
        desk: OrderDesk,
        gate: RiskGate,
        state: TradingState,
        market: MarketState,
        instruments: InstrumentRepository,
        patience: float = PATIENCE,
    ) -> None:
        self._desk, self._gate, self._state = desk, gate, state
        self._market, self._instruments, self._patience = market, instruments, patience

    async def open(self, id: str, run: Run, group: StrategyGroup, now: Now) -> None:
        """All legs of the run, what is bought before what it covers is sold.

        Raises Stopped at the first leg that is not filled whole: nothing more is sent then.
        """
        legs = await self.plan(run.legs, group.rules, group.state.money)
        for way in (1, -1):
            mine = [leg for leg in legs if leg[2] * way > 0]
            work = (self._leg(id, f"{run.id}/{way}/{n}", leg, now) for n, leg in enumerate(mine))
            ended = await asyncio.gather(*work, return_exceptions=True)
            for each in ended:
                if isinstance(each, BaseException):
                    raise each

    async def plan(self, legs: Legs, rules: ExitRules, money: float | None) -> Legs:
        """The contracts to open: the same, or as far from the money as it stood then.

        Raises Stopped where a strike is not listed, or where the money is is not known.
        """
        if rules.reentry is None or rules.reentry.strikes is Strikes.SAME:
            return legs
        known = await self._instruments.get_many([key for key, _, _ in legs])
        options = [known[key] for key, _, _ in legs if key in known and known[key].is_option]
        if len(options) != len(legs):
            raise Stopped("strikes are chosen anew only where all legs are listed options")
        steps = await self._steps(options[0], money)
        return tuple(
            [(await self._moved(known[key], steps), product, n) for key, product, n in legs]
        )

    async def _steps(self, first: Instrument, money: float | None) -> int:
        """So many listed strikes the money has moved up since."""
        spot = self._market.get(first.underlying_key or InstrumentKey(""), Col.LTP)
        strikes = await self._strikes(first)
        then, at = at_the_money(strikes, money or nan), at_the_money(strikes, spot)
        if min(then, at) < 0:
            raise Stopped(f"where {first.underlying_symbol} stands, or stood, is not known")
        return at - then

    async def _moved(self, option: Instrument, steps: int) -> InstrumentKey:
        strikes = await self._strikes(option)
        at = int(np.searchsorted(strikes, option.strike or 0.0)) + steps
        listed = await self._instruments.options(option.underlying_symbol, _expiry(option))
        if 0 <= at < len(strikes):
            for each in listed:
                if each.kind is option.kind and each.strike == strikes[at]:
                    return each.key
        raise Stopped(f"{option.symbol} has no listed strike {steps:+d} from it")

    async def _strikes(self, option: Instrument) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        listed = await self._instruments.options(option.underlying_symbol, _expiry(option))
        return np.unique([each.strike for each in listed if each.strike is not None])

    async def _leg(
        self, id: str, click: str, leg: tuple[InstrumentKey, Product, int], now: Now
    ) -> None:
        key, product, units = leg
        contract = await self._gate.know(key)
        freeze = contract.freeze_quantity or 0
        request = OrderRequest(
            key=key,
            side=Side.BUY if units > 0 else Side.SELL,
            quantity=abs(units),
            product=product,
            type=OrderType.MARKET,
            slice=bool(freeze) and abs(units) > freeze,
            source=Source.RULE,
            group=id,
        )
        if now(id) is None:
            raise Stopped("it was stopped")
        order = await self._desk.place(request, click=click)
        try:
            async with asyncio.timeout(self._patience):
                await until(lambda: self._is_over(order.id))
        except TimeoutError as problem:
            await self._cancel(order.id)
            raise Stopped(
                f"{contract.symbol} was not filled in {self._patience:.0f} s"
            ) from problem
        if (ended := self._state.orders[order.id]).status is not Status.FILLED:
            raise Stopped(f"{contract.symbol}: {ended.why or ended.status}")

    def _is_over(self, id: OrderId) -> bool:
        """Filled and told by its trades, or ended otherwise."""
        order = self._state.orders[id]
        if order.status is Status.FILLED:
            told = self._state.ledger.fills_of(order.broker_ids)
            return sum(fill.quantity for fill in told) == order.filled
        return order.status.is_final or order.status is Status.LOST

    async def _cancel(self, id: OrderId) -> None:
        """It may have ended meanwhile."""
        with suppress(AppError):
            await self._desk.cancel(id)


def _expiry(option: Instrument) -> date:
    assert option.expiry is not None
    return option.expiry
