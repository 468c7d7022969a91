"""Looking at the desk's pages the way a person does: what is in view, and what it says."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from playwright.async_api import Browser, Page

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
PATIENCE = 20_000
"""Milliseconds to wait for what takes a moment."""
CELLS_IN_VIEW = """() => {
  const grid = document.querySelector('[data-testid=chain-grid]');
  const box = grid.getBoundingClientRect();
  const heads = [...grid.querySelectorAll('th')].map((th) => th.getBoundingClientRect().bottom);
  const head = Math.max(...heads), seen = {};
  for (const td of grid.querySelectorAll('td[data-testid^="chain-"]')) {
    const at = td.getBoundingClientRect();
    if (at.width === 0 || at.top < head || at.bottom > box.bottom) continue;
    seen[td.dataset.testid] = [td.dataset.v ?? null, td.textContent, td.title, td.dataset.fresh];
  }
  return seen;
}"""
NEVER_SHOWN = re.compile(r"\b(nan|NaN|inf|Infinity|None|null|undefined)\b")


@dataclass(frozen=True)
class Cell:
    strike: str
    side: str
    field: str
    value: float | None
    text: str
    title: str
    fresh: str


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


async def open_chain(page: Page, address: str = "/chain/NIFTY") -> None:
    """Open a chain and wait until its prices and its volatilities are there."""
    await page.goto(address)
    for field in ("ltp", "iv"):
        cell = f'[data-testid=chain-grid] tr.atm td[data-testid$="-{field}"][data-v]'
        await page.wait_for_selector(cell, timeout=PATIENCE)


async def cells_in_view(page: Page) -> list[Cell]:
    seen = await page.evaluate(CELLS_IN_VIEW)
    return [_cell(name, *shown) for name, shown in seen.items()]


def _cell(name: str, raw: str | None, text: str, title: str, fresh: str) -> Cell:
    strike, side, field = name.removeprefix("chain-").split("-", 2)
    return Cell(strike, side, field, None if raw is None else float(raw), text, title, fresh)


async def number(page: Page, testid: str) -> float | None:
    """The exact number behind a headline figure; None while it is not known."""
    raw = await page.get_by_test_id(testid).get_attribute("data-v")
    return None if raw is None else float(raw)


async def expiries(page: Page) -> list[date]:
    """The days of the tabs above a chain."""
    tabs = await page.locator('[role=tab][data-testid^="expiry-"]').all()
    names = [await tab.get_attribute("data-testid") for tab in tabs]
    return [date.fromisoformat((name or "").removeprefix("expiry-")) for name in names]


async def chosen_expiry(page: Page) -> date:
    name = await page.locator('[data-testid^="expiry-"][aria-selected="true"]').get_attribute(
        "data-testid"
    )
    return date.fromisoformat((name or "").removeprefix("expiry-"))


async def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    script = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(await page.evaluate(script))
