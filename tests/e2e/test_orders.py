"""An order's life on the screen, held against the exchange's own book."""

from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.desk import Desk
from tests.e2e.screens import PATIENCE, overflow

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def at_exchange(desk: Desk, tag: str, expiry: str) -> dict[str, Any]:
    """The exchange's own record of an order."""
    asked = {"underlying": "NIFTY", "expiry": expiry}
    address = f"{desk.exchange_url}/sim/state"
    answer = httpx.get(address, params=asked, trust_env=False, timeout=10)
    (found,) = (row for row in answer.json()["orders"] if row["tag"] == tag)
    return found


def place(desk: Desk) -> tuple[str, float, str]:
    """A purchase well below the market; its id and price, and the contract's expiry."""
    with httpx.Client(base_url=f"{desk.url}/api/v1", trust_env=False, timeout=20) as client:
        chain = client.get("/chain/NIFTY").json()
        row = min(chain["strikes"], key=lambda each: abs(each["strike"] - chain["spot"] + 400))
        call = row["call"]
        price = round(min(call["ltp"], call["bid"]) * 0.7 / 0.05) * 0.05
        asked = {
            "instrument_key": call["instrument_key"],
            "side": "buy",
            "quantity": 65,
            "price": f"{price:.2f}",
        }
        answer = client.post("/orders", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()["order"]["id"], price, chain["expiry"]


async def test_an_order_appears_is_modified_in_place_and_cancelled(page: Page, desk: Desk) -> None:
    await page.goto("/orders")
    await expect(page.get_by_test_id("order-table")).to_be_visible(timeout=PATIENCE)
    id, price, expiry = place(desk)
    status = page.get_by_test_id(f"order-{id}-status")
    await expect(status).to_contain_text("OPEN", timeout=PATIENCE)
    await expect(page.get_by_test_id("blotter-working")).to_have_text("working1", timeout=PATIENCE)

    await page.get_by_test_id(f"order-modify-{id}").click()
    for _ in range(2):
        await page.get_by_test_id(f"order-{id}-price-down").click()
    await page.get_by_test_id(f"order-{id}-price-input").press("ArrowDown")
    await page.get_by_test_id(f"order-send-{id}").click()
    lower = price - 0.15
    await expect(page.get_by_test_id(f"order-{id}-price")).to_have_text(
        f"{lower:,.2f}", timeout=PATIENCE
    )
    assert at_exchange(desk, id, expiry)["price"] == pytest.approx(lower)

    await page.get_by_test_id(f"order-{id}-contract").click()
    await expect(page.get_by_test_id("history-step").first).to_be_visible(timeout=PATIENCE)
    await page.get_by_test_id(f"order-cancel-{id}").click()
    await expect(status).to_contain_text("CANCELLED", timeout=PATIENCE)
    assert at_exchange(desk, id, expiry)["status"] == "cancelled"
    await expect(page.get_by_test_id("history-status")).to_have_text("CANCELLED", timeout=PATIENCE)


async def test_the_order_book_fits_a_phone(phone: Page) -> None:
    await phone.goto("/orders")
    await expect(phone.get_by_test_id("order-table")).to_be_visible(timeout=PATIENCE)
    assert await overflow(phone) <= 0
    await expect(phone.get_by_test_id("blotter")).to_be_hidden()
    await phone.get_by_test_id("blotter-chip").click()
    await expect(phone.get_by_test_id("blotter")).to_be_visible()
    await phone.get_by_test_id("blotter-chip").click()
    await expect(phone.get_by_test_id("blotter")).to_be_hidden()
    assert await overflow(phone) <= 0
