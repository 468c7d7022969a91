"""The basket ticket's figures: premium, charges, the most it can lose, and the broker's margin."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import nan
from typing import Final

from core.charges.charges import Trade, charges
from core.charges.rates import Side
from core.clock import IST
from core.errors import AppError
from core.money import rupees
from core.ports.margin import BasketLeg, BasketMargin
from core.services import Services
from core.strategies.worst import Stake, worst_at_expiry
from core.trading.ledger import segment_of
from ui.basket.form import BasketForm, Row

PAUSE: Final = 0.05
"""Seconds without a change before the broker is asked."""
AGEING: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Rupees, nan where not known; `premium` above 0 is received."""

    premium: float
    charges: Decimal | None
    no_charges: str
    worst: float


def figures(form: BasketForm, services: Services) -> Figures:
    paid, why = _charges(form, services)
    return Figures(premium=_premium(form), charges=paid, no_charges=why, worst=_worst(form))


def _premium(form: BasketForm) -> float:
    options = [row for row in form.rows if row.instrument.is_option]
    return -sum(_signed(row) * form.reckoned(row) for row in options) + 0.0


def _signed(row: Row) -> int:
    return row.units if row.side is Side.BUY else -row.units


def _worst(form: BasketForm) -> float:
    """Of what it opens, where that is all it does."""
    if any(row.closes for row in form.rows) or not form.rows:
        return nan
    return worst_at_expiry(
        [
            Stake(instrument=row.instrument, units=_signed(row), price=form.reckoned(row))
            for row in form.rows
        ]
    )


def _charges(form: BasketForm, services: Services) -> tuple[Decimal | None, str]:
    day = services.clock.now().astimezone(IST).date()
    try:
        trades = [
            Trade(
                segment=segment_of(row.instrument, row.product),
                exchange=row.instrument.exchange,
                underlying=row.instrument.underlying_symbol or row.instrument.symbol,
                side=row.side,
                quantity=size,
                price=rupees(form.reckoned(row)),
                day=day,
                order_id=f"{row.id}/{number}",
            )
            for row in form.rows
            for number, size in enumerate(row.slices)
        ]
        return charges(trades).total, ""
    except (AppError, ValueError) as problem:
        return None, str(problem) if isinstance(problem, AppError) else "a price is not known"


class MarginAsker:
    """Asks the broker a moment after the last change, and again after a while; one question at a
    time. `then` is called with every answer."""

    def __init__(self, form: BasketForm, services: Services, then: Callable[[], object]) -> None:
        self._form, self._services, self._then = form, services, then
        self._asked: tuple[object, ...] = ()
        self._at = 0.0
        self._task: asyncio.Task[None] | None = None
        self.answer: BasketMargin | None = None
        self.problem = ""
        self.waiting = False

    def look(self) -> None:
        """Ask where the question is another one, or its answer is old: prices matter little."""
        rows = (row for row in self._form.rows if not row.closes)
        question = tuple((row.instrument.key, _signed(row), row.product) for row in rows)
        now = asyncio.get_running_loop().time()
        if question == self._asked and now - self._at < AGEING:
            return
        if question != self._asked:
            self.answer, self.problem = None, ""
        self._asked, self._at, self.waiting = question, now, bool(question)
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._ask()) if question else None

    def leave(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _ask(self) -> None:
        await asyncio.sleep(PAUSE)
        if self._services.margin is None:
            self.problem = "this login cannot ask the broker for margins"
        else:
            try:
                self.answer, self.problem = await self._services.margin.basket(self._legs()), ""
            except AppError as problem:
                self.problem = str(problem)
        self.waiting = False
        self._then()

    def _legs(self) -> list[BasketLeg]:
        return [
            BasketLeg(
                key=row.instrument.key,
                quantity=_signed(row),
                price=_price(self._form, row),
                product=row.product,
            )
            for row in self._form.rows
            if not row.closes
        ]


def _price(form: BasketForm, row: Row) -> float | None:
    price = form.reckoned(row)
    return price if price > 0 else None
