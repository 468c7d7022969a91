"""A desk with its exchange, and pages of a real Chromium that fail on a console error."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.browsers import NoBrowser, launch
from tests.desk import Desk
from tests.e2e.screens import DESKTOP, PHONE, quiet_page
from tests.network import take_port


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
    async with quiet_page(browser, desk.url, **DESKTOP) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, desk: Desk) -> AsyncIterator[Page]:
    async with quiet_page(browser, desk.url, **PHONE) as page:
        yield page
