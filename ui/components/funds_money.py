"""Funds and margin as the broker tells them, with source and age; on paper the account's own."""

from decimal import Decimal, InvalidOperation
from typing import Final

from nicegui import background_tasks, ui

from core.errors import AppError
from core.ports.account import MoneyLine
from core.services import Services
from core.services.account_desk import AccountDesk
from core.services.paper_account import RESET_WORD, PaperAccountControls
from core.services.trading import Trading
from ui.components.fields import button, text_field
from ui.components.sight import paced
from ui.theme import formats

PACE: Final = 1.0
READ_EVERY: Final = 15.0


class FundsMoney:
    """`detail` lines only where there is an account at a broker."""

    def __init__(self, services: Services, trading: Trading) -> None:
        self._services, self._trading = services, trading
        self._account: AccountDesk | None = trading.account
        self._lines: tuple[MoneyLine, ...] = ()
        with ui.element("div").classes("funds-kpis"):
            self._available = _number("available", "Available")
            self._used = _number("used", "Used")
            self._part = _number("part", "Of all that is used")
        self._source = ui.label().classes("funds-source").props('data-testid="funds-source"')
        self._list = ui.element("div").classes("funds-lines")
        if trading.paper is not None:
            PaperCapital(trading.paper)
        self.look()
        paced(PACE, self.look)
        if self._account is not None:
            paced(READ_EVERY, self.read)
            background_tasks.create(self.read(), name="read funds")

    async def read(self) -> None:
        if self._account is not None:
            await self._account.read_funds()
            if not self._list.is_deleted:
                self.look()

    def look(self) -> None:
        available, used = self._amounts()
        self._available.set_text(_money(available))
        self._used.set_text(_money(used))
        whole = None if available is None or used is None else available + used
        part = float(used / whole) if whole and used is not None else None
        self._part.set_text(formats.percent(part, 1))
        words, tone = self._words()
        self._source.set_text(words)
        self._source.classes(replace=f"funds-source {tone}")
        self._draw()

    def _amounts(self) -> tuple[Decimal | None, Decimal | None]:
        detail = self._account.funds.value if self._account else None
        told = detail or self._trading.state.funds
        return (None, None) if told is None else (told.available, told.used)

    def _words(self) -> tuple[str, str]:
        """Whose figures these are, and how old."""
        state, reading = self._trading.state, self._account.funds if self._account else None
        whose = "The broker's" if self._trading.paper is None else "The paper account's own"
        if reading is None:
            at = state.reconciled_at
            return f"{whose} figures, compared at {formats.clock_time(at)}.", "dim"
        if reading.problem:
            when = f" The figures are of {formats.clock_time(reading.at)}." if reading.at else ""
            return f"{whose} funds could not be read: {reading.problem}.{when}", "warn"
        if reading.at is None:
            return "Being read …", "dim"
        seconds = (self._services.clock.now() - reading.at).total_seconds()
        return f"{whose} figures, read {formats.age(seconds)} ago.", "dim"

    def _draw(self) -> None:
        detail = self._account.funds.value if self._account else None
        lines = detail.lines if detail else ()
        if lines == self._lines:
            return
        self._lines = lines
        self._list.clear()
        with self._list:
            for block in _blocks(lines):
                with ui.element("div").classes("funds-block"):
                    for line in block:
                        _line(line)


class PaperCapital:
    """The paper account's capital, and its beginning anew by a typed word."""

    def __init__(self, paper: PaperAccountControls) -> None:
        self._paper = paper
        with ui.element("div").classes("switch-acts"):
            self._capital = text_field("Begin anew with, ₹", "paper-capital", value="10,00,000")
            self._word = text_field(f"Type {RESET_WORD}", "paper-word")
            tip = "Orders are cancelled, positions closed at their last price"
            button("Begin anew", "paper-reset", self.reset, icon="restart_alt", tip=tip)
        self._said = ui.label().props('role="status" data-testid="paper-said"')
        background_tasks.create(self.look(), name="paper capital")

    async def look(self) -> None:
        capital = await self._paper.capital()
        words = "The account's memory cannot be read: begin anew."
        if capital is not None:
            words = f"It began with {formats.rupees(float(capital), 0)}."
        flags = await self._paper.flags() if capital is not None else []
        if not self._said.is_deleted:
            self._say(" ".join([words, *flags[-3:]]), "dim")

    async def reset(self) -> None:
        text = (self._capital.value or "").replace(",", "").replace("₹", "").strip()
        try:
            capital = Decimal(text)
        except InvalidOperation:
            self._say(f"“{text}” is no amount.", "down")
            return
        try:
            await self._paper.reset(capital, (self._word.value or "").strip())
        except AppError as problem:
            words = str(problem)
            self._say(f"{words[:1].upper()}{words[1:]}.", "down")
            return
        self._word.set_value("")
        await self.look()

    def _say(self, text: str, tone: str) -> None:
        self._said.set_text(text)
        self._said.classes(replace=tone)


def _number(name: str, title: str) -> ui.label:
    with ui.element("div").classes("kpi"):
        ui.label(title).classes("kpi-label")
        made = ui.label().classes("kpi-value num").props(f'data-testid="funds-{name}"')
        return made.mark(f"funds-{name}")


def _blocks(lines: tuple[MoneyLine, ...]) -> list[list[MoneyLine]]:
    """A total with its parts."""
    blocks: list[list[MoneyLine]] = []
    for line in lines:
        if line.level == 0 or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _line(line: MoneyLine) -> None:
    with ui.element("div").classes(f"funds-line level-{line.level}"):
        ui.label(line.name)
        ui.label(_money(line.amount)).classes("num")


def _money(amount: Decimal | None) -> str:
    return formats.DASH if amount is None else formats.rupees(float(amount))
