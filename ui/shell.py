"""The shell: one frame around every page, and the list of pages."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, cast

from nicegui import Client, ui

from core.errors import AppError
from core.services import Services
from ui.components.anew import build_anew_when
from ui.components.choices import Choices
from ui.components.empty_state import empty_state
from ui.frame import Frame
from ui.menu import PageEntry
from ui.pages import (
    backtest,
    builder,
    calendar,
    chain,
    chart,
    desk,
    downloads,
    funds,
    greeks,
    guide,
    health,
    history,
    instruments,
    journal,
    login,
    oi,
    orders,
    positions,
    premium,
    risk,
    settings,
    signals,
    volatility,
    watch,
)

PAGES: Final = (
    PageEntry("/", "Desk", "space_dashboard", "market", desk.page, phone=True),
    PageEntry(
        "/chain/{underlying}",
        "Option chain",
        "table_rows",
        "market",
        chain.page,
        "/chain/NIFTY",
        phone=True,
    ),
    PageEntry("/watch", "Watch", "visibility", "market", watch.page, phone=True),
    PageEntry("/instruments", "Instruments", "manage_search", "market", instruments.page),
    PageEntry("/calendar", "Calendar", "calendar_month", "market", calendar.page),
    PageEntry("/greeks", "Greeks", "functions", "analysis", greeks.page),
    PageEntry("/volatility", "Volatility", "ssid_chart", "analysis", volatility.page),
    PageEntry(
        "/oi", "Open interest", "stacked_bar_chart", "analysis", oi.page, short="OI", phone=True
    ),
    PageEntry(
        "/premium",
        "Straddle and premium",
        "candlestick_chart",
        "analysis",
        premium.page,
        short="Premium",
    ),
    PageEntry("/builder", "Builder", "construction", "analysis", builder.page, phone=True),
    PageEntry("/chart/{key}", "Charts", "candlestick_chart", "research", chart.page, "/chart/last"),
    PageEntry("/backtest", "Backtest", "science", "research", backtest.page),
    PageEntry("/signals", "Signals", "sensors", "research", signals.page),
    PageEntry("/history", "History", "history", "research", history.page),
    PageEntry("/downloads", "Downloads", "download", "research", downloads.page),
    PageEntry(
        "/positions",
        "Positions",
        "account_balance_wallet",
        "trade",
        positions.page,
        phone=True,
    ),
    PageEntry("/orders", "Orders", "receipt_long", "trade", orders.page, phone=True),
    PageEntry("/funds", "Funds", "account_balance", "trade", funds.page),
    PageEntry("/journal", "Journal", "auto_stories", "trade", journal.page),
    PageEntry("/risk", "Risk", "shield", "trade", risk.page),
    PageEntry("/health", "Health", "monitor_heart", "desk", health.page),
    PageEntry("/settings", "Settings", "tune", "desk", settings.page),
    PageEntry("/guide", "Guide", "menu_book", "desk", guide.page),
    PageEntry("/login", "Broker login", "key", "", login.page),
)

NEEDS_INSTRUMENTS: Final = ("market", "analysis", "research", "trade")


def build(services: Services | Callable[[], Services]) -> None:
    """Register every page, once; `ui.opening.prepare` has been there before.

    A function is asked at every visit: a replay begins again with another desk.
    """
    now = services if callable(services) else lambda: services
    for entry in PAGES:
        ui.page(entry.path, title="Strikedesk", dark=True)(partial(_shell, now))


def reload() -> None:
    """Every open page is loaded anew, since its desk is another now."""
    for client in list(Client.instances.values()):
        if client.has_socket_connection:
            with client:
                ui.navigate.reload()


async def _shell(now: Callable[[], Services]) -> None:
    services = now()
    choices = await Choices.load(services.preferences)
    frame = Frame(services, choices, PAGES)
    with frame.content:
        ui.sub_pages({entry.path: _opened(entry, services) for entry in PAGES})


def _opened(entry: PageEntry, services: Services) -> Callable[..., Awaitable[None]]:
    build_page = partial(entry.build, services)

    async def opened(**given: Any) -> None:
        ui.page_title(f"{entry.title} · Strikedesk")
        if entry.group in NEEDS_INSTRUMENTS and not services.health.instruments_count:
            _wait_for_instruments(services)
            return
        try:
            await build_page(**given)
        except AppError as problem:
            empty_state("This page could not be opened", str(problem), icon="error_outline")

    # sub_pages reads the parameters of the address off the signature
    cast(Any, opened).__signature__ = inspect.signature(build_page)
    return opened


def _wait_for_instruments(services: Services) -> None:
    """On the first start a page may be asked for before there is anything to show on it."""
    empty_state(
        "Getting the list of instruments",
        "It takes a few seconds on the first start, and the page opens by itself then. "
        "If it does not come, Health says why.",
        icon="hourglass_empty",
    ).props('data-testid="waiting-for-instruments"')
    build_anew_when(lambda: services.health.instruments_count > 0)
