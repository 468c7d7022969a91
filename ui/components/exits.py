"""Dialogs over what is held: exit all or a part of it, roll it into another expiry, reverse it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from nicegui import background_tasks, ui

from core.errors import AppError, RuleBroken
from core.services import Services
from core.services.trading import Trading
from core.trading.baskets import BasketKind, Late, Policy
from core.trading.exits import Held, Which, cuts
from core.trading.ledger import Holding
from ui.basket.held import closing_rows, held, reversed_rows, roll_expiries, rolled_rows
from ui.components.basket_ticket import NOWHERE, BasketTicket, open_basket
from ui.components.fields import choice_field
from ui.theme import formats

GET_OUT: Final = Policy(late=Late.MARKET, seconds=10.0)
"""Of exits: what is not had at the limit is had at the market."""
NOTHING: Final = "Nothing is held that could be closed."
PARTS: Final = (25, 50, 75, 100)


async def open_exit(
    services: Services,
    holdings: Sequence[Holding] = (),
    *,
    which: Which = Which.ALL,
    symbol: str = "",
    percent: int = 100,
) -> None:
    """A dialog that closes these holdings, or everything where none are named; the choices in it
    begin with those given."""
    trading = services.trading
    if trading is None:
        _say(NOWHERE)
        return
    found = await held(trading, holdings)
    if not found:
        _say(NOTHING)
        return
    head = _ExitHead(trading, found, which, symbol, percent)
    open_basket(
        services,
        await closing_rows(trading, cuts(found, which=which, symbol=symbol, percent=percent)),
        kind=BasketKind.EXIT,
        title=_title("Exit", found),
        policy=GET_OUT,
        head=head.build,
    )


async def open_roll(services: Services, holdings: Sequence[Holding]) -> None:
    """A dialog that closes these holdings and opens them again in another expiry, with the net
    credit of all in one."""
    trading = services.trading
    if trading is None:
        _say(NOWHERE)
        return
    if not holdings:
        _say(NOTHING)
        return
    try:
        found = await held(trading, holdings)
        expiries = await roll_expiries(services, trading, found)
        now = {(await trading.gate.know(each.key)).expiry for each in found}
        later = [each for each in expiries if each not in now]
        if not later:
            raise RuleBroken("there is no other expiry to roll into")
        following = [each for each in later if each > max(e for e in now if e is not None)]
        first = (following or later)[0]
        rows = await rolled_rows(services, trading, found, first)
    except AppError as problem:
        _say(str(problem))
        return
    head = _RollHead(services, trading, found, later, first)
    open_basket(services, rows, kind=BasketKind.ROLL, title=_title("Roll", found), head=head.build)


async def open_reverse(services: Services, holdings: Sequence[Holding]) -> None:
    """A dialog that closes these holdings and opens them the other way round."""
    trading = services.trading
    if trading is None:
        _say(NOWHERE)
        return
    found = await held(trading, holdings) if holdings else []
    rows = await reversed_rows(trading, found)
    if not rows:
        _say(NOTHING)
        return
    open_basket(services, rows, kind=BasketKind.REVERSE, title=_title("Reverse", found))


class _ExitHead:
    """Which part of what is held is closed."""

    def __init__(
        self, trading: Trading, found: Sequence[Held], which: Which, symbol: str, percent: int
    ) -> None:
        self._trading, self._held = trading, found
        self._which, self._symbol, self._percent = which, symbol, percent

    def build(self, ticket: BasketTicket) -> None:
        self._ticket = ticket
        symbols = sorted({each.symbol for each in self._held})
        words = {each: str(each) for each in Which}
        choice_field(
            "Close", "exit-which", words, value=self._which, on_change=lambda e: self._put(which=e)
        )
        if len(symbols) > 1:
            choice_field(
                "Of",
                "exit-symbol",
                {"": "every underlying"} | {each: each for each in symbols},
                value=self._symbol,
                on_change=lambda e: self._put(symbol=e),
            )
        parts = {each: f"{each} %" for each in sorted({*PARTS, self._percent})}
        choice_field(
            "How much",
            "exit-percent",
            parts,
            value=self._percent,
            on_change=lambda e: self._put(percent=e),
        )
        ticket.note = self._left_out()

    def _put(self, **changes: Any) -> None:
        for name, event in changes.items():
            setattr(self, f"_{name}", event.value)
        background_tasks.create(self._renew(), name="exit")

    async def _renew(self) -> None:
        rows = await closing_rows(self._trading, self._cuts())
        self._ticket.edit_rows(rows, self._left_out())

    def _cuts(self) -> list[Any]:
        return cuts(self._held, which=self._which, symbol=self._symbol, percent=self._percent)

    def _left_out(self) -> str:
        told = [f"{cut.held.title}: {cut.why}" for cut in self._cuts() if cut.why]
        return f"Stays: {'; '.join(told)}." if told else ""


class _RollHead:
    """Where to."""

    def __init__(
        self,
        services: Services,
        trading: Trading,
        found: Sequence[Held],
        expiries: Sequence[date],
        first: date,
    ) -> None:
        self._services, self._trading, self._held = services, trading, found
        self._expiries, self._expiry, self._shift = expiries, first, 0

    def build(self, ticket: BasketTicket) -> None:
        self._ticket = ticket
        days = {each: formats.day(each) for each in self._expiries}
        choice_field(
            "Into", "roll-expiry", days, value=self._expiry, on_change=lambda e: self._put(expiry=e)
        )
        shifts = {at: _shift_words(at) for at in range(-10, 11)}
        choice_field(
            "Strike", "roll-shift", shifts, value=0, on_change=lambda e: self._put(shift=e)
        )

    def _put(self, **changes: Any) -> None:
        for name, event in changes.items():
            setattr(self, f"_{name}", event.value)
        background_tasks.create(self._renew(), name="roll")

    async def _renew(self) -> None:
        try:
            rows = await rolled_rows(
                self._services, self._trading, self._held, self._expiry, self._shift
            )
        except AppError as problem:
            self._ticket.edit_rows([], str(problem))
            return
        self._ticket.edit_rows(rows)


def _shift_words(shift: int) -> str:
    if not shift:
        return "the same"
    return f"{abs(shift)} {'higher' if shift > 0 else 'lower'}"


def _title(act: str, found: Sequence[Held]) -> str:
    """`Exit NIFTY 24200 CE …`, `Exit 5 positions`."""
    if len(found) == 1:
        return f"{act} {found[0].title}"
    symbols = sorted({each.symbol for each in found})
    return (
        f"{act} {len(found)} positions on {symbols[0]}"
        if len(symbols) == 1
        else (f"{act} {len(found)} positions")
    )


def _say(text: str) -> None:
    ui.notify(text, type="warning", position="bottom-right")
