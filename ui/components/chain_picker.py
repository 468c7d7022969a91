"""Which chain a page is about: the underlying, and one or several of its expiries."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

from nicegui import ui

from core.clock import IST
from core.errors import AppError
from core.services import Services
from ui.components.choices import Choices
from ui.components.keys import Keys
from ui.components.sight import paced
from ui.theme import formats

YEAR: Final = 365
"""Days; of a later expiry the tab tells the year too."""
USUAL: Final = "NIFTY"
"""What most want to see, until they choose."""
NEW_DAY: Final = 30.0
"""Seconds between two looks whether other expiries are listed."""


class ChainPicker:
    """A select and tabs, built where it is made; `load` fills them and picks what was kept.

    `on_change` is called with the picker in its new state; an `AppError` from it is shown and the
    old choice stays. `page` names the memory of the choice. With `many`, tabs are switches and
    `chosen` may hold several. `goes_to` is called instead when another underlying is wanted
    (a page whose address names it). `keys` makes `[` and `]` step through the expiries.
    """

    def __init__(
        self,
        services: Services,
        choices: Choices,
        *,
        page: str,
        on_change: Callable[["ChainPicker"], Awaitable[object]],
        many: bool = False,
        keys: bool = True,
        goes_to: Callable[[str], object] | None = None,
    ) -> None:
        self._services, self._choices, self._page = services, choices, page
        self._on_change, self._many, self._goes_to = on_change, many, goes_to
        self.symbol = ""
        self.listed: list[date] = []
        self.chosen: list[date] = []
        self._tabs: dict[date, ui.element] = {}
        self._select = (
            ui.select([], with_input=True, on_change=lambda e: self._symbol_wanted(e.value))
            .props('dense outlined options-dense data-testid="underlying-select"')
            .classes("underlying")
        )
        self._strip = ui.element("div").classes("expiries").props('role="tablist"')
        self._strip.on("wheel", js_handler="(e) => { e.currentTarget.scrollLeft += e.deltaY; }")
        if keys:
            Keys({"[": lambda: self.step(-1), "]": lambda: self.step(1)})
        if goes_to is None:
            self._day = self._today
            paced(NEW_DAY, self._look)

    @property
    def expiry(self) -> date:
        """The chosen one, or the nearest of several."""
        return self.chosen[0]

    async def load(self, symbol: str = "", expiry: date | None = None) -> bool:
        """Pick `symbol` (else the kept, the preferred, the usual); False if it has no options."""
        underlyings = await self._services.instruments.underlyings()
        kept = self._choices.get(f"{self._page}.symbol", ""), self._choices.get("underlying", "")
        known = [name for name in (symbol, *kept, USUAL) if name in underlyings]
        wanted = symbol or next(iter(known or underlyings), "")
        expiries = await self._services.instruments.expiries(wanted) if wanted else []
        if not expiries:
            return False
        self._select.set_options(underlyings)
        await self._turn(wanted, expiries, expiry)
        return True

    async def pick(self, *expiries: date) -> bool:
        """Turn to these expiries; False (and the old choice stays) if that cannot be done."""
        before, self.chosen = self.chosen, sorted(expiries)
        try:
            await self._on_change(self)
        except AppError as problem:
            self.chosen = before
            ui.notify(str(problem), type="negative", position="bottom-right")
            return False
        self._keep()
        self._mark()
        return True

    async def step(self, by: int) -> None:
        """The expiry before or after; stays at the ends."""
        at = self.listed.index(self.expiry) + by if self.chosen else -1
        if 0 <= at < len(self.listed):
            await self.pick(self.listed[at])

    # the underlying
    async def _symbol_wanted(self, symbol: str | None) -> None:
        if not symbol or symbol == self.symbol:
            return
        if self._goes_to is not None:
            self._goes_to(symbol)
        elif expiries := await self._services.instruments.expiries(symbol):
            await self._turn(symbol, expiries, None)

    async def _turn(self, symbol: str, expiries: list[date], expiry: date | None) -> None:
        before = self.symbol, self.listed
        self.symbol, self.listed = symbol, expiries
        first = [expiry] if expiry in expiries else self._kept()
        if await self.pick(*first):
            self._choices.keep(f"{self._page}.symbol", symbol)
        elif before[0]:
            self.symbol, self.listed = before
        self._build_tabs()
        self._select.set_value(self.symbol)

    def _kept(self) -> list[date]:
        one = self._choices.get(f"{self._page}.expiry.{self.symbol}", "")
        several = self._choices.get(f"{self._page}.expiries.{self.symbol}", list[str]())
        texts = set(several if self._many else [one])
        return [day for day in self.listed if day.isoformat() in texts] or self.listed[:1]

    def _keep(self) -> None:
        if self._many:
            days = [day.isoformat() for day in self.chosen]
            self._choices.keep(f"{self._page}.expiries.{self.symbol}", days)
        else:
            self._choices.keep(f"{self._page}.expiry.{self.symbol}", self.expiry.isoformat())

    # the tabs
    def _build_tabs(self) -> None:
        self._strip.clear()
        with self._strip:
            self._tabs = {day: self._tab(day) for day in self.listed}
        self._mark()

    def _tab(self, day: date) -> ui.element:
        left = (day - self._today).days
        with (
            ui.element("button")
            .classes("expiry")
            .props(f'role="tab" data-testid="expiry-{day.isoformat()}" title="{formats.day(day)}"')
            .on("click", lambda: self._clicked(day)) as tab
        ):
            far = left > YEAR
            ui.label(f"{formats.short_day(day)} {day:%y}" if far else formats.short_day(day))
            ui.label(f"{left}d" if left > 0 else "today").classes("days num")
        return tab

    async def _clicked(self, day: date) -> None:
        if not self._many:
            await self.pick(day)
            return
        left = [each for each in self.chosen if each != day]
        new = left if day in self.chosen else [*left, day]
        if new:
            await self.pick(*new)

    def _mark(self) -> None:
        for day, tab in self._tabs.items():
            here = day in self.chosen
            tab.classes(add="here" if here else "", remove="" if here else "here")
            tab.props(f"aria-selected={'true' if here else 'false'}")
        if self.chosen and self.expiry in self._tabs:
            nearest = {"block": "nearest", "inline": "nearest"}
            self._tabs[self.expiry].run_method("scrollIntoView", nearest)

    # another day
    @property
    def _today(self) -> date:
        return self._services.clock.now().astimezone(IST).date()

    async def _look(self) -> None:
        """On a new day other expiries are listed, and the tabs count other days."""
        if self.symbol and self._today != self._day:
            self._day = self._today
            await self.load(self.symbol)
