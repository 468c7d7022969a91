"""The option chain in a real browser shows what the exchange's market is."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from tests.desk import Desk
from tests.e2e.screens import (
    NEVER_SHOWN,
    PATIENCE,
    Cell,
    cells_in_view,
    chosen_expiry,
    expiries,
    number,
    open_chain,
)
from tests.e2e.truth import EVERY, Truth, now, value

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LOOKS = 8
MOST_LOOKS = 40
BETWEEN_LOOKS = 0.25
MAY_LAG = 1.5
"""Seconds by which a cell may be behind the exchange: its frame, ours, and a busy machine."""
EXACT = {"ltp", "bid", "ask", "volume", "oi", "oi-change"}
PASSING = 0.02
"""Share of looks at a cell that may fall on an extreme which came and went between two answers."""


@dataclass
class Verdict:
    """Over several looks: which cells were exactly right once, and which looks were far off."""

    exact: set[str] = field(default_factory=set)
    cells: set[str] = field(default_factory=set)
    far: list[str] = field(default_factory=list)
    looks: int = 0

    def judge(self, cell: Cell, states: list[dict[str, Any]]) -> None:
        name = f"{cell.strike} {cell.side} {cell.field}"
        right = [value(state, cell.strike, cell.side, cell.field) for state in states]
        self.cells.add(name)
        self.looks += 1
        if cell.value in right:
            self.exact.add(name)
        elif not between(cell.value, right):
            self.far.append(f"{cell} not in {sorted(map(str, set(right)))[:8]}")


def between(x: float | None, right: list[float | None]) -> bool:
    """A price may have come and gone between two answers, but then it was near them."""
    known = [r for r in right if r is not None]
    if x is None or not known:
        return False
    room = 0.5 + 0.005 * abs(x)
    return min(known) - room <= x <= max(known) + room


async def assert_true(page: Page, desk: Desk, symbol: str, fields: set[str]) -> None:
    """Every cell in view is exactly right within a few looks, and never far off."""
    verdict, times = Verdict(), 0
    async with Truth(desk.exchange_url, symbol, await chosen_expiry(page)) as truth:
        await asyncio.sleep(MAY_LAG)
        while times < LOOKS or (verdict.exact < verdict.cells and times < MOST_LOOKS):
            times += 1
            await asyncio.sleep(BETWEEN_LOOKS)
            asked = now()
            cells = await cells_in_view(page)
            await asyncio.sleep(2 * EVERY)  # an answer may still be on its way
            states = truth.between(asked - MAY_LAG, now())
            for cell in cells:
                if cell.field in EXACT:
                    verdict.judge(cell, states)
    assert fields <= {cell.field for cell in cells}
    assert len(verdict.cells) > 50
    never = sorted(verdict.cells - verdict.exact)
    assert not never, f"never true: {never[:10]}\n" + "\n".join(verdict.far[:10])
    assert len(verdict.far) <= PASSING * verdict.looks, (
        f"{len(verdict.far)} of {verdict.looks} looks were far off\n" + "\n".join(verdict.far[:10])
    )


async def test_every_cell_in_view_is_what_the_exchange_says(page: Page, desk: Desk) -> None:
    await open_chain(page)
    await assert_true(page, desk, "NIFTY", {"ltp", "bid", "ask", "volume", "oi", "oi-change"})


async def test_a_phone_shows_the_same_truth_in_fewer_columns(phone: Page, desk: Desk) -> None:
    await open_chain(phone)
    assert {cell.field for cell in await cells_in_view(phone)} == {"oi", "iv", "ltp"}
    await assert_true(phone, desk, "NIFTY", {"oi", "ltp"})


async def test_rows_that_were_out_of_view_are_true_once_they_are_scrolled_to(
    page: Page, desk: Desk
) -> None:
    await open_chain(page)
    before = {cell.strike for cell in await cells_in_view(page)}
    await page.get_by_test_id("chain-grid").evaluate("grid => { grid.scrollTop = 0 }")
    await asyncio.sleep(1)
    after = {cell.strike for cell in await cells_in_view(page)}
    assert len(after - before) > 10
    await assert_true(page, desk, "NIFTY", {"ltp", "bid", "ask"})


async def test_the_headline_figures_agree_with_the_exchange(page: Page, desk: Desk) -> None:
    await open_chain(page)
    async with Truth(desk.exchange_url, "NIFTY", await chosen_expiry(page)) as truth:
        await asyncio.sleep(MAY_LAG)
        asked = now()
        spot, forward = await number(page, "spot"), await number(page, "forward")
        atm = await number(page, "atm-strike")
        states = truth.between(asked - MAY_LAG, now())
    assert spot is not None
    assert min(abs(spot - state["spot"]) for state in states) < 0.5
    assert forward == pytest.approx(states[-1]["forward"], rel=0.001)
    strikes = [float(strike) for strike in states[-1]["strikes"]]
    assert atm == min(strikes, key=lambda strike: abs(strike - (forward or 0)))


async def test_volatility_and_greeks_near_the_money_agree_with_the_broker(
    page: Page, desk: Desk
) -> None:
    await open_chain(page)
    later = (await expiries(page))[2]
    await page.get_by_test_id(f"expiry-{later.isoformat()}").click()
    await page.wait_for_selector('tr.atm td[data-testid$="-CE-iv"][data-v]', timeout=PATIENCE)
    atm = await number(page, "atm-strike")
    assert atm is not None
    async with Truth(desk.exchange_url, "NIFTY", later) as truth:
        await asyncio.sleep(1)
        near = [
            cell
            for cell in await cells_in_view(page)
            if cell.field in ("iv", "delta") and abs(float(cell.strike) - atm) <= 0.02 * atm
        ]
        assert len(near) > 20
        for cell in near:
            said = value(truth.newest, cell.strike, cell.side, cell.field)
            assert said is not None
            # conventions differ (rate, day count); a wrong formula is off by far more
            assert cell.value == pytest.approx(said, abs=0.08 if cell.field == "delta" else 0.03)


async def test_a_cell_shows_its_number_rounded_or_a_dash_with_a_reason(page: Page) -> None:
    await open_chain(page)
    await page.get_by_test_id("window-all").click()
    await page.wait_for_selector("tr.atm td[data-v]", timeout=PATIENCE)
    for place in ("0", "grid.scrollHeight / 2", "grid.scrollHeight"):
        await page.get_by_test_id("chain-grid").evaluate(f"grid => {{ grid.scrollTop = {place} }}")
        await asyncio.sleep(0.8)
        for cell in await cells_in_view(page):
            assert_readable(cell)
    await page.get_by_test_id("window-40").click()


def assert_readable(cell: Cell) -> None:
    assert not NEVER_SHOWN.search(cell.text), cell
    if cell.value is None:
        assert cell.text == "–", cell
        assert cell.title, f"no reason: {cell}"
    elif cell.field in ("ltp", "bid", "ask"):
        assert float(cell.text.replace(",", "")) == pytest.approx(cell.value, abs=0.0051), cell


async def test_the_chain_moves(page: Page) -> None:
    await open_chain(page)
    first = {(c.strike, c.side, c.field): c.value for c in await cells_in_view(page)}
    await asyncio.sleep(3)
    then = {(c.strike, c.side, c.field): c.value for c in await cells_in_view(page)}
    moved = sum(first[at] != then[at] for at in first.keys() & then.keys())
    assert moved > 20


async def test_another_expiry_is_a_click_away_and_is_remembered(page: Page, desk: Desk) -> None:
    await open_chain(page)
    first, second = (await expiries(page))[:2]
    await page.get_by_test_id(f"expiry-{second.isoformat()}").click()
    await expect(page.get_by_test_id(f"expiry-{second.isoformat()}")).to_have_attribute(
        "aria-selected", "true"
    )
    await page.wait_for_selector("tr.atm td[data-v]", timeout=PATIENCE)
    await assert_true(page, desk, "NIFTY", {"ltp"})
    await page.reload()
    await page.wait_for_selector("tr.atm td[data-v]", timeout=PATIENCE)
    assert await chosen_expiry(page) == second
    await page.keyboard.press("[")
    await expect(page.get_by_test_id(f"expiry-{first.isoformat()}")).to_have_attribute(
        "aria-selected", "true"
    )


async def test_a_deep_link_opens_its_expiry(page: Page) -> None:
    await open_chain(page)
    day: date = (await expiries(page))[3]
    await open_chain(page, f"/chain/NIFTY?expiry={day.isoformat()}")
    assert await chosen_expiry(page) == day


async def test_columns_are_chosen_and_remembered(page: Page) -> None:
    await open_chain(page)
    assert "gamma" not in {cell.field for cell in await cells_in_view(page)}
    await choose_column(page, "gamma")
    await expect(page.locator('td[data-testid$="-CE-gamma"]').first).to_be_visible()
    await open_chain(page)
    assert "gamma" in {cell.field for cell in await cells_in_view(page)}
    await choose_column(page, "gamma")
    await expect(page.locator('td[data-testid$="-CE-gamma"]')).to_have_count(0)


async def choose_column(page: Page, name: str) -> None:
    await page.get_by_test_id("columns").click()
    await page.get_by_test_id(f"column-{name}").click()
    await page.keyboard.press("Escape")


async def test_arrows_walk_and_a_jumps_back_to_the_money(page: Page) -> None:
    await open_chain(page)
    await page.keyboard.press("ArrowDown")
    for _ in range(40):
        await page.keyboard.press("ArrowDown")
    await expect(page.locator("tr.picked")).to_be_in_viewport()
    await expect(page.locator("tr.atm")).not_to_be_in_viewport()
    await page.keyboard.press("a")
    await expect(page.locator("tr.atm")).to_be_in_viewport()


async def test_a_row_opens_its_contract_with_depth(page: Page) -> None:
    await open_chain(page)
    await page.locator('tr.atm td[data-testid$="-PE-ltp"]').click()
    await expect(page.get_by_test_id("contract")).to_contain_text("PE")
    await expect(page.get_by_test_id("depth-1-bid")).to_have_text(
        re.compile(r"\d"), timeout=PATIENCE
    )


@pytest.mark.parametrize(
    "name", ["NOSUCH", "<img src=x onerror=alert(1)>", "'; DROP TABLE instruments;--", "%00"]
)
async def test_an_underlying_that_is_not_there_is_refused_in_words(page: Page, name: str) -> None:
    popped: list[str] = []
    page.on("dialog", lambda dialog: popped.append(dialog.message))
    await page.goto(f"/chain/{quote(name, safe='')}")
    await expect(page.get_by_test_id("unknown-underlying")).to_be_visible(timeout=PATIENCE)
    assert await page.locator("main img[src=x]").count() == 0
    assert not popped
    await open_chain(page)


@pytest.mark.parametrize("symbol", ["BANKNIFTY", "SENSEX"])
async def test_other_underlyings_have_chains_too(page: Page, desk: Desk, symbol: str) -> None:
    await open_chain(page, f"/chain/{symbol}")
    await assert_true(page, desk, symbol, {"ltp", "bid", "ask"})


async def test_a_cell_tells_its_age_on_hover(page: Page) -> None:
    await open_chain(page)
    cell = next(c for c in await cells_in_view(page) if c.field == "ltp" and c.value)
    place = page.get_by_test_id(f"chain-{cell.strike}-{cell.side}-ltp")
    await place.hover()
    await expect(place).to_have_attribute(
        "title", re.compile(r"Last change of this contract: [\d.]+ s ago")
    )
