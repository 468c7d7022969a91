"""What is held, in a real browser: bought by a program, watched, closed through the ticket."""

import asyncio
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.desk import Desk
from tests.e2e.screens import DESKTOP, PATIENCE, quiet_page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def bought(desk: Desk) -> str:
    """A lot at the money, at the market; its key."""
    async with httpx.AsyncClient(trust_env=False, base_url=f"{desk.url}/api/v1") as client:
        expiries = (await client.get("/underlyings/NIFTY/expiries")).json()["expiries"]
        chain: dict[str, Any] = {}
        while not chain.get("atm_strike"):
            answer = await client.get("/chain/NIFTY", params={"expiry": expiries[1]})
            chain = answer.json() if answer.status_code == 200 else {}
            await asyncio.sleep(0.2)
        strike = next(s for s in chain["strikes"] if s["strike"] == chain["atm_strike"])
        key: str = strike["call"]["instrument_key"]
        lot, asked = chain["lot_size"], {"instrument_key": key, "side": "buy", "type": "market"}
        answer = await client.post("/orders", json={**asked, "quantity": lot})
        assert answer.status_code == 200, answer.text
    return key


async def test_a_position_is_seen_at_once_and_closed_through_the_ticket(
    browser: Browser, new_desk: Desk
) -> None:
    new_desk.start()
    key = await bought(new_desk)
    async with quiet_page(browser, new_desk.url, **DESKTOP) as page:
        await page.goto("/positions?underlying=NIFTY")
        id = f"positions-{key}:carry"
        await expect(page.get_by_test_id(f"{id}-units")).to_have_text("+65 · +1L", timeout=PATIENCE)
        await expect(page.get_by_test_id(f"{id}-delta")).to_contain_text("+", timeout=PATIENCE)
        charges = page.get_by_test_id(f"{id}-charges")
        assert "STT" not in str(await charges.get_attribute("title"))  # options pay it when sold
        assert str(await charges.get_attribute("title")).startswith("brokerage ₹20.00")
        await page.get_by_test_id(f"{id}-menu").click()
        await expect(page.get_by_test_id("positions-act-roll")).to_be_visible()
        await page.keyboard.press("Escape")
        await page.get_by_test_id(f"{id}-exit").click()
        await expect(page.get_by_test_id("ticket-mode")).to_contain_text("SIMULATED")
        await page.get_by_test_id("ticket-send").press("Shift+ArrowDown")  # below the bid: at once
        await expect(page.get_by_test_id("ticket-send")).to_be_enabled(timeout=PATIENCE)
        await page.get_by_test_id("ticket-send").click()
        await expect(page.get_by_test_id(f"{id}-units")).to_have_text("0", timeout=PATIENCE)
        realised = page.get_by_test_id(f"{id}-realised")
        assert str(await realised.get_attribute("title")).startswith("Sold 65 for ₹")
        assert "STT" in str(await charges.get_attribute("title"))
