"""The builder in a real browser: from a click in the chain to a picture that follows the hand."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.screens import NEVER_SHOWN, PATIENCE, number, open_chain, overflow

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LEGS = "tr[data-testid^=leg-][tabindex]"
DRAWN = """() => document.querySelector("[data-testid=payoff]").dataset.count > 300"""
PLACE = """k => {
  const el = document.querySelector("[data-testid=payoff]");
  const box = el.querySelector("canvas").getBoundingClientRect();
  return [box.x + el.__chart.chart.convertToPixel({ xAxisIndex: 0 }, k), box.y + box.height / 2];
}"""


async def strikes(page: Page) -> list[str]:
    fields = page.locator("[data-testid^=leg-][data-testid$=-strike]")
    return [await each.input_value() for each in await fields.all()]


async def drawn(page: Page) -> None:
    await expect(page.locator(LEGS).first).to_be_visible(timeout=PATIENCE)
    await page.wait_for_function(DRAWN, timeout=PATIENCE)


async def empty_table(page: Page) -> None:
    await page.goto("/builder?symbol=NIFTY")
    await expect(page.get_by_test_id("clear")).to_be_visible(timeout=PATIENCE)
    await page.get_by_test_id("clear").click()
    await expect(page.locator(LEGS)).to_have_count(0)


async def test_from_the_chain_to_a_position_that_is_judged(page: Page) -> None:
    await empty_table(page)
    await open_chain(page)
    row = page.locator("tr.atm")
    await row.locator('td[data-testid$="-CE-bid"]').click(modifiers=["Shift"])
    await row.locator('td[data-testid$="-PE-bid"]').click(modifiers=["Shift"])
    await page.get_by_test_id("chain-builder").click()
    await expect(page.locator(LEGS)).to_have_count(2, timeout=PATIENCE)
    await expect(page.get_by_test_id("max-loss")).to_have_text("Unlimited", timeout=PATIENCE)
    await expect(page.get_by_test_id("margin")).to_contain_text("₹", timeout=PATIENCE)
    for name in ("max-profit", "pop-smile", "pop-lognormal", "net-premium", "charges"):
        assert await number(page, name) is not None, name
    for each in await page.locator(".builder-numbers .value").all_inner_texts():
        assert not NEVER_SHOWN.search(each), each


async def test_the_picture_follows_the_slider_and_strikes_follow_the_hand(page: Page) -> None:
    await page.goto("/builder?symbol=NIFTY&template=short-straddle")
    await drawn(page)
    await page.get_by_test_id("days-ahead").fill("140")
    await expect(page.get_by_test_id("days-ahead-said")).to_contain_text("in ")
    before = await strikes(page)
    x, y = await page.evaluate(PLACE, float(before[0]))
    there, _ = await page.evaluate(PLACE, float(before[0]) + 160)
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move((x + there) / 2, y, steps=4)
    await page.mouse.move(there, y, steps=4)
    await page.mouse.up()
    moved = f"{float(before[0]) + 150:g}"
    await expect(page.get_by_test_id("leg-0-strike")).to_have_value(moved, timeout=PATIENCE)
    assert await strikes(page) == [moved, moved]
    await page.keyboard.press("Control+z")
    await expect(page.get_by_test_id("leg-0-strike")).to_have_value(before[0])


async def test_a_wrong_strike_stays_in_its_field_and_is_told(page: Page) -> None:
    await page.goto("/builder?symbol=NIFTY&template=bull-call-spread")
    await expect(page.locator(LEGS)).to_have_count(2, timeout=PATIENCE)
    field = page.get_by_test_id("leg-0-strike")
    before = await field.input_value()
    await field.fill("24211")
    await field.press("Enter")
    await expect(page.get_by_test_id("leg-0-problem")).to_contain_text("not listed")
    await expect(field).to_have_value("24211")
    await field.press("Escape")
    await expect(field).to_have_value(before)
    await page.get_by_test_id("leg-0-delta").click()
    await page.keyboard.press("ArrowUp")
    await expect(field).not_to_have_value(before)
    await page.keyboard.press("Delete")
    await expect(page.locator(LEGS)).to_have_count(1)
    await page.reload()
    await expect(page.locator(LEGS)).to_have_count(1, timeout=PATIENCE)


async def test_a_phone_shows_legs_picture_and_numbers(phone: Page) -> None:
    await phone.goto("/builder?symbol=NIFTY&template=iron-condor")
    await expect(phone.locator(LEGS)).to_have_count(4, timeout=PATIENCE)
    assert await overflow(phone) == 0
    await phone.get_by_test_id("payoff").scroll_into_view_if_needed()
    await drawn(phone)
    await expect(phone.get_by_test_id("max-profit")).to_contain_text("₹", timeout=PATIENCE)
