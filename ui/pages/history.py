"""History: the option chains of past days at any minute, what there is of them, and imports."""

from datetime import date
from inspect import isawaitable
from typing import Final

from nicegui import ui

from core.services import Services
from ui.addresses import day_of
from ui.components.choices import Choices
from ui.components.empty_state import empty_state
from ui.components.fields import button
from ui.components.segments import Segments
from ui.history.chain_view import ChainView
from ui.history.have import HaveView
from ui.history.importing import ImportView

CHAIN, HAVE, IMPORT = "chain", "have", "import"
Wanted = tuple[str, date | None, date | None]
"""Underlying ("" = any), day and expiry of a chain."""
VIEWS: Final = {CHAIN: "Chain", HAVE: "What there is", IMPORT: "Import files"}


async def page(
    services: Services, symbol: str = "", day: str = "", expiry: str = "", view: str = ""
) -> None:
    choices = await Choices.load(services.preferences)
    if view in VIEWS or symbol:
        choices.keep("history.view", view if view in VIEWS else CHAIN)
    wanted = (symbol.strip().upper(), day_of(day), day_of(expiry))
    await HistoryPage(services, choices, wanted).show()


class HistoryPage:
    """Each view is built when it is first wanted; the chain's opens with what is `wanted`."""

    def __init__(self, services: Services, choices: Choices, wanted: Wanted) -> None:
        self._services, self._choices, self._wanted = services, choices, wanted
        self.chain: ChainView | None = None
        self.have: HaveView | None = None
        self.imports: ImportView | None = None
        with ui.element("div").classes("fill analysis page-history"):
            with ui.element("div").classes("history-tabs"):
                self.views = Segments(VIEWS, choices, "history.view", self.show)
            self._boxes = {name: ui.element("div").classes("history-view") for name in VIEWS}

    async def show(self) -> None:
        wanted = self.views.value
        for name, box in self._boxes.items():
            box.set_visibility(name == wanted)
        if wanted == CHAIN:
            await self._show_chain()
        elif wanted == HAVE:
            await self._show_have()
        elif self.imports is None:
            with self._boxes[IMPORT]:
                self.imports = ImportView(self._services, self._imported)

    async def open_chain(self, symbol: str, day: date | None, expiry: date | None) -> None:
        self._wanted = (symbol, day, expiry)
        built = self.chain
        shown = self.views.choose(CHAIN)
        if isawaitable(shown):
            await shown
        if built is not None:
            await built.load(symbol, day, expiry)

    async def _show_chain(self) -> None:
        if self.chain is not None:
            return
        box = self._boxes[CHAIN]
        box.clear()
        with box:
            if not await self._services.option_history.symbols():
                self._nothing_yet()
                return
            self.chain = ChainView(self._services, self._choices)
        await self.chain.load(*self._wanted)

    async def _show_have(self) -> None:
        if self.have is None:
            with self._boxes[HAVE]:
                self.have = HaveView(self._services, self.open_chain)
        await self.have.load()

    def _nothing_yet(self) -> None:
        with (
            empty_state(
                "No day of any option chain is kept yet",
                "Every chain that is open here is recorded by the minute and can be looked back on "
                "at once. Whole expiries that are over come from the broker by a download, others "
                "from files: NSE bhavcopies and option chains, option minutes as CSV or Parquet.",
                icon="history",
            ).props('data-testid="no-history"'),
            ui.element("div").classes("empty-acts"),
        ):
            button(
                "Import files",
                "history-to-import",
                lambda: self.views.choose(IMPORT),
                icon="upload_file",
                primary=True,
            )
            button(
                "Downloads",
                "history-to-downloads",
                lambda: ui.navigate.to("/downloads"),
                icon="download",
            )

    async def _imported(self) -> None:
        """What was read may be the first that there is."""
        if self.chain is not None:
            await self.chain.load()
