"""A desk with its exchange, and pages of a real Chromium that fail on a console error."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.browsers import NoBrowser, launch
from tests.desk import Desk
from tests.network import take_port

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all tests that leave it as they found it."""
    desk = Desk(tmp_path_factory.mktemp("desk") / "home", take_port())
    try:
        yield desk.start()
    finally:
        desk.stop()


@pytest.fixture
def new_desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk of the test's own, not started yet."""
    desk = Desk(tmp_path / "home", take_port())
    try:
        yield desk
    finally:
        desk.kill()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        try:
            browser = await launch(playwright)
        except NoBrowser as problem:
            pytest.skip(str(problem))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, desk: Desk) -> AsyncIterator[Page]:
    async with quiet_page(browser, desk.url, viewport=DESKTOP) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, desk: Desk) -> AsyncIterator[Page]:
    shape = {"viewport": PHONE, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
    async with quiet_page(browser, desk.url, **shape) as page:
        yield page


@asynccontextmanager
async def quiet_page(browser: Browser, url: str, **shape: Any) -> AsyncIterator[Page]:
    """A page in a context of its own; leaving it fails if its console showed an error."""
    context = await browser.new_context(base_url=url, **shape)
    errors: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda line: errors.append(f"{page.url}: {line.text}") if line.type == "error" else None,
    )
    try:
        yield page
    finally:
        await context.close()
    assert not errors, "\n".join(errors)
