"""An order by hand in a real browser: from a key in the chain to the exchange's own books."""

from datetime import date
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.desk import Desk
from tests.e2e.screens import DESKTOP, PATIENCE, chosen_expiry, open_chain, quiet_page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def books(desk: Desk, expiry: date) -> dict[str, Any]:
    """What the exchange says of orders, trades and positions."""
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        asked = {"underlying": "NIFTY", "expiry": expiry.isoformat()}
        answer = await client.get(f"{desk.exchange_url}/sim/state", params=asked)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def shown(page: Page, name: str) -> Any:
    return page.get_by_test_id(name)


async def test_a_key_in_the_chain_leads_to_one_filled_order(
    browser: Browser, new_desk: Desk
) -> None:
    new_desk.start()
    async with quiet_page(browser, new_desk.url, **DESKTOP) as page:
        await open_chain(page)
        await page.keyboard.press("b")
        await expect(shown(page, "ticket-mode")).to_contain_text("SIMULATED", timeout=PATIENCE)
        await page.keyboard.press("Shift+ArrowUp")  # ten ticks above the ask: filled at once
        await expect(shown(page, "ticket-send")).to_be_enabled(timeout=PATIENCE)
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        sent = shown(page, "ticket-sent")
        await expect(sent).to_have_attribute("data-status", "filled", timeout=PATIENCE)
        await expect(shown(page, "ticket-send")).to_be_disabled()
        words, expiry = await sent.inner_text(), await chosen_expiry(page)
    told = await books(new_desk, expiry)
    (order,) = told["orders"]
    assert (order["status"], order["transaction_type"]) == ("complete", "BUY")
    assert order["quantity"] == order["filled_quantity"] == 65
    assert f"Filled: 65 at {order['average_price']:.2f}." in words
    assert sum(trade["quantity"] for trade in told["trades"]) == 65
    (position,) = told["positions"]
    assert position["quantity"] == 65
