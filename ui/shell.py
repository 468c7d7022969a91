"""The shell: one frame around every page, and the list of pages."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, cast

from fastapi import Request
from nicegui import app, ui
from starlette.responses import HTMLResponse, JSONResponse, Response

from core.errors import AppError
from core.services import Services
from ui.components.choices import Choices
from ui.components.empty_state import empty_state
from ui.frame import Frame
from ui.guard import ContentPolicy
from ui.menu import PageEntry
from ui.pages import calendar, chain, desk, guide, health, instruments, login, settings, watch
from ui.theme import style

PAGES: Final = (
    PageEntry("/", "Desk", "space_dashboard", "market", desk.page),
    PageEntry(
        "/chain/{underlying}", "Option chain", "table_rows", "market", chain.page, "/chain/NIFTY"
    ),
    PageEntry("/watch", "Watch", "visibility", "market", watch.page),
    PageEntry("/instruments", "Instruments", "manage_search", "market", instruments.page),
    PageEntry("/calendar", "Calendar", "calendar_month", "market", calendar.page),
    PageEntry("/health", "Health", "monitor_heart", "desk", health.page),
    PageEntry("/settings", "Settings", "tune", "desk", settings.page),
    PageEntry("/guide", "Guide", "menu_book", "desk", guide.page),
    PageEntry("/login", "Broker login", "key", "", login.page),
)
NOT_FOUND: Final = style.ASSETS / "not_found.html"
OURS: Final = ("/api/", "/assets/", "/_nicegui/")


def build(services: Services) -> None:
    """Register every page and what they need; once, before `ui.run`."""
    style.apply()
    app.add_middleware(ContentPolicy)
    app.add_exception_handler(404, _not_found)
    for entry in PAGES:
        ui.page(entry.path, title="Strikedesk", dark=True)(partial(_shell, services))


async def _shell(services: Services) -> None:
    choices = await Choices.load(services.preferences)
    frame = Frame(services, choices, PAGES)
    with frame.content:
        ui.sub_pages({entry.path: _opened(entry, services) for entry in PAGES})


def _opened(entry: PageEntry, services: Services) -> Callable[..., Awaitable[None]]:
    build_page = partial(entry.build, services)

    async def opened(**given: Any) -> None:
        ui.page_title(f"{entry.title} · Strikedesk")
        try:
            await build_page(**given)
        except AppError as problem:
            empty_state("This page could not be opened", str(problem), icon="error_outline")

    # sub_pages reads the parameters of the address off the signature
    cast(Any, opened).__signature__ = inspect.signature(build_page)
    return opened


async def _not_found(request: Request, _: Exception) -> Response:
    if request.url.path.startswith(OURS):
        return JSONResponse({"detail": "not found"}, 404)
    return HTMLResponse(NOT_FOUND.read_text("utf-8"), 404)
