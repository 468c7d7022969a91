"""The frame of every page: top bar, menu, content, status bar, palette, help."""

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

from nicegui import context, ui
from nicegui.events import GenericEventArguments

from core.ids import InstrumentKey
from core.services import Services
from core.state.session import Login
from core.trading.requests import Side
from ui.components.blotter import Blotter
from ui.components.choices import Choices
from ui.components.kill_switch import KillSwitch, arming_banner
from ui.components.notices import NoticeBell
from ui.components.order_ticket import OrderTicket, open_ticket
from ui.components.palette import Palette
from ui.components.sight import Sight
from ui.components.status_bar import StatusBar
from ui.components.ticker import Ticker
from ui.components.time_bar import TimeBar
from ui.components.watch import watch
from ui.menu import PageEntry

KEYS: Final = (
    ("Ctrl K", "Go anywhere: pages, chains, expiries, instruments"),
    ("Ctrl .", "Stop trading; twice stops at once"),
    ("?", "This list"),
    ("↑  ↓", "Chain: from strike to strike"),
    ("←  →", "Chain: calls or puts of the strike"),
    ("[  ]", "Chain: previous and next expiry"),
    ("A", "Chain: back to the money"),
    ("/", "Chain: jump to a strike; type it, then Enter"),
    ("B  S", "Chain: buy, sell the contract: opens the ticket, or sends where quick is armed"),
    ("↑ ↓  Enter  Esc", "Ticket: a tick or a lot, with Shift by ten; send; close"),
    ("↑ ↓  Enter  Esc", "Orders: line to line; in a price a tick, with Shift by ten; send; leave"),
    ("Ctrl K  b nifty 24200 ce", "Buy (b) or sell (s) a contract from anywhere"),
    ("Shift click", "Chain: a bid sells, an ask buys in the builder"),
    ("↑ ↓  ← →", "Builder, on a leg: strike, and lots; with Shift by five"),
    ("B  S  D  Del", "Builder, on a leg: buy, sell, duplicate, remove"),
    ("Ctrl Z  Ctrl Y", "Builder: undo, redo"),
    ("0", "Chart under the pointer: whole range"),
    ("← → + −  End", "Price chart under the pointer: scroll, zoom, the newest bars"),
    ("T R H V X F N M", "Price chart, clicked: what to draw; Del and Z: remove, undo"),
    ("←  →", "Time slider: a minute back or on; Space plays"),
    ("L", "Time slider: back to live"),
    ("P  ,  .  <  >", "Replay: play or pause, a minute back or on, slower or faster"),
    ("Esc", "Close what is open"),
)


class Frame:
    """Builds the frame into the current page; pages go into `content`."""

    def __init__(self, services: Services, choices: Choices, pages: Sequence[PageEntry]) -> None:
        self._services, self._choices = services, choices
        self._links: dict[str, ui.element] = {}
        Sight()
        self._dark = ui.dark_mode(choices.get("theme", "dark") == "dark")
        self._help = _help()
        self._palette = Palette(services, pages)
        self._palette.on("theme", self._toggle_theme)
        self._palette.on("help", self._help.open)
        self._palette.on("order", self._order)
        with ui.element("div").classes(self._looks()):
            self._top_bar()
            with ui.element("div").classes("middle"):
                self._menu(pages)
                with ui.element("div").classes("body-column"):
                    if services.replay is not None:
                        TimeBar(services, services.replay)
                    self._banner()
                    self.content = ui.element("main").classes("content")
            blotter = self._blotter()
            bar = StatusBar(services)
            if blotter is not None:
                with bar.beside_mode:
                    blotter.chip()
            if services.trading is not None:
                OrderTicket(services, services.trading, choices)
        router = context.client.sub_pages_router
        router.on_path_changed(self._mark)
        self._mark(router.current_path)

    def _blotter(self) -> Blotter | None:
        trading = self._services.trading
        return None if trading is None else Blotter(self._services, trading, self._choices)

    def _looks(self) -> str:
        density = self._choices.get("density", "compact")
        return f"frame mode-{self._services.mode} density-{density}"

    def _leads_to(self, entry: PageEntry) -> str:
        """The menu's chain is the one of the underlying that the user chose in the settings."""
        chosen = self._choices.get("underlying", "")
        if chosen and "{underlying}" in entry.path:
            return entry.path.replace("{underlying}", quote(chosen, safe=""))
        return entry.href

    def _top_bar(self) -> None:
        with ui.element("header").classes("topbar"):
            with ui.element("a").props('href="/" title="Desk"').classes("brand"):
                ui.element("img").props('src="/assets/icons/logo.svg" alt=""')
                ui.label("STRIKEDESK")
            Ticker(self._services)
            ui.element("div").classes("spring")
            KillSwitch(self._services)
            NoticeBell(self._services, self._choices)
            _button("contrast", "Light or dark", self._toggle_theme, "theme-toggle")
            _button("keyboard", "Keys", self._help.open, "help")
            with (
                ui.element("button")
                .classes("kbd")
                .props('data-testid="palette-open" title="Go anywhere"')
                .on("click", self._palette.open)
            ):
                ui.icon("search").classes("phone-only")
                ui.label("Ctrl K")

    def _menu(self, pages: Sequence[PageEntry]) -> None:
        with ui.element("nav").classes("menu").props('aria-label="Pages"'):
            group = ""
            for entry in pages:
                if not entry.group:
                    continue
                if group and entry.group != group:
                    ui.element("div").classes("menu-gap" if entry.group == "desk" else "menu-line")
                group = entry.group
                link = self._link(entry).classes("" if entry.phone else "roomy")
                self._links[entry.path.split("{")[0]] = link
            more = ui.element("button").classes("phone-only menu-more")
            with more.props('data-testid="nav-more" aria-label="More pages"'):
                ui.icon("apps")
                ui.label("More")
                with ui.menu().props('anchor="top right" self="bottom right"').classes("more-menu"):
                    for entry in pages:
                        if entry.group and not entry.phone:
                            self._link(entry, testid="more")

    def _link(self, entry: PageEntry, *, testid: str = "nav") -> ui.element:
        with (
            ui.element("a")
            .props(f'href="{self._leads_to(entry)}" title="{entry.title}"')
            .props(f'data-testid="{testid}-{entry.href.split("/")[1] or "desk"}"') as link
        ):
            ui.icon(entry.icon)
            ui.label(entry.short or entry.title.split()[-1].capitalize())
        return link

    def _mark(self, path: str) -> None:
        """Mark the page that is open in the menu."""
        for start, link in self._links.items():
            here = path == "/" if start == "/" else path.startswith(start)
            link.classes(add="here" if here else "", remove="" if here else "here")

    def _banner(self) -> None:
        """What every page has to say first: log in again, a year without its holidays."""
        session = self._services.session

        @ui.refreshable
        def lines() -> None:
            arming_banner(self._services)
            if session.login is Login.EXPIRED:
                with ui.element("div").classes("banner problem").props('data-testid="login-again"'):
                    ui.label("The broker's token is dead: prices stand still until you")
                    ui.link("log in again", "/login")
            if session.calendar_missing_year is not None:
                ui.label(
                    f"There is no holiday list for {session.calendar_missing_year}: days are taken"
                    " as trading days unless the broker says otherwise."
                ).classes("banner").props('data-testid="calendar-missing"')

        lines()
        trading = self._services.trading
        watch(
            lambda: (
                session.login,
                session.calendar_missing_year,
                trading is not None and trading.state.armed,
            ),
            lines.refresh,
        )

    async def _order(self, event: GenericEventArguments) -> None:
        key, side = InstrumentKey(event.args["key"]), Side(event.args["side"])
        await open_ticket(self._services, key, side)

    def _toggle_theme(self) -> None:
        self._dark.toggle()
        self._choices.keep("theme", "dark" if self._dark.value else "light")


def _button(icon: str, tip: str, then: Callable[[], object], testid: str) -> None:
    with (
        ui.element("button")
        .classes("icon-button")
        .props(f'data-testid="{testid}" title="{tip}" aria-label="{tip}"')
        .on("click", lambda: then())
    ):
        ui.icon(icon)


def _help() -> ui.dialog:
    with ui.dialog() as dialog, ui.element("div").classes("sheet"):
        ui.label("Keys").classes("sheet-title")
        for key, meaning in KEYS:
            with ui.element("div").classes("sheet-line"):
                ui.label(key).classes("kbd")
                ui.label(meaning)
    return dialog
