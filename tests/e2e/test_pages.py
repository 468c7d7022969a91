"""Every page opens, survives a reload and a deep link, and keeps its console clean."""

import re
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.desk import Desk
from tests.e2e.screens import NEVER_SHOWN, PATIENCE, open_chain, overflow

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PAGES = [
    *["/", "/chain/NIFTY", "/watch", "/instruments", "/calendar", "/health"],
    *["/settings", "/guide", "/login"],
]

FIGURES = """() => {
  const content = document.querySelector('main.content').cloneNode(true);
  content.querySelector('[data-testid=log-console]')?.remove();  // quotes the program's own words
  return [...content.querySelectorAll('*')].map((e) => e.children.length ? '' : e.textContent)
    .filter(Boolean).join('\\n');
}"""


async def opened(page: Page, address: str) -> None:
    answer = await page.goto(address)
    assert answer is not None
    assert answer.status == 200
    await page.wait_for_function("window.did_handshake === true", timeout=PATIENCE)
    await expect(page.get_by_test_id("mode-banner")).to_contain_text("SIMULATED")
    await expect(page.locator("main.content")).not_to_be_empty()
    await page.wait_for_timeout(1200)


@pytest.mark.parametrize("address", PAGES)
async def test_a_page_opens_and_survives_a_reload(page: Page, address: str) -> None:
    await opened(page, address)
    title = await page.title()
    assert "Strikedesk" in title
    await page.reload()
    await page.wait_for_timeout(1200)
    assert await page.title() == title
    assert urlsplit(page.url).path == address
    shown = await page.evaluate(FIGURES)
    assert shown.strip()
    assert not NEVER_SHOWN.search(shown), NEVER_SHOWN.search(shown)


@pytest.mark.parametrize("address", PAGES)
async def test_a_page_fits_a_phone(phone: Page, address: str) -> None:
    await opened(phone, address)
    assert await overflow(phone) <= 0


async def test_every_page_is_reached_by_the_menu_without_a_reload(page: Page) -> None:
    await opened(page, "/")
    await page.evaluate("window.stayed = true")
    links = page.locator("nav.menu a")
    for i in range(await links.count()):
        href = await links.nth(i).get_attribute("href")
        await links.nth(i).click()
        await expect(page).to_have_url(re.compile(re.escape(href or "") + r"(\?.*)?$"))
        await page.wait_for_timeout(300)
    assert await page.evaluate("window.stayed") is True


async def test_the_palette_goes_to_a_page_a_chain_and_a_contract(page: Page) -> None:
    await opened(page, "/")
    for typed, arrives in (
        ("calendar", r"/calendar$"),
        ("banknifty option", r"/chain/BANKNIFTY$"),
        ("reliance", r"/instruments\?key="),
    ):
        await page.keyboard.press("Control+k")
        await page.get_by_test_id("palette-input").fill(typed)
        pattern = re.compile(typed.split()[0], re.IGNORECASE)
        await expect(page.get_by_test_id("palette-item").first).to_contain_text(pattern)
        if typed == "reliance":
            await page.get_by_test_id("palette-item").filter(has_text="NSE_EQ").first.click()
        else:
            await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile(arrives), timeout=PATIENCE)
    await page.keyboard.press("Control+k")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("palette")).to_be_hidden()


async def test_the_status_bar_says_mode_session_feed_login_and_whose_time_it_is(
    page: Page,
) -> None:
    await opened(page, "/")
    await expect(page.get_by_test_id("session-state")).to_have_text(re.compile(r"\w"))
    await expect(page.get_by_test_id("feed-link")).to_contain_text("live", timeout=PATIENCE)
    await expect(page.get_by_test_id("feed-age")).to_have_text(re.compile(r"\d"))
    await expect(page.get_by_test_id("login-state")).to_contain_text("Login")
    await expect(page.locator("footer")).to_contain_text("simulated", ignore_case=True)
    await expect(page.locator("footer")).to_contain_text("IST")


async def test_the_light_theme_is_remembered(page: Page) -> None:
    await opened(page, "/")
    await expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    await page.get_by_test_id("theme-toggle").click()
    await expect(page.locator("body")).to_have_class(re.compile("body--light"))
    await page.wait_for_timeout(300)
    await page.reload()
    await expect(page.locator("body")).to_have_class(re.compile("body--light"))
    await page.get_by_test_id("theme-toggle").click()
    await expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    await page.wait_for_timeout(300)


async def test_search_finds_contracts_at_once(page: Page) -> None:
    await opened(page, "/instruments?q=nifty")
    await expect(page.locator("main.content")).to_contain_text("NIFTY", timeout=PATIENCE)


async def test_an_address_that_is_not_there_says_so(desk: Desk) -> None:
    async with httpx.AsyncClient(base_url=desk.url, trust_env=False) as client:
        assert (await client.get("/no/such/page")).status_code == 404
        assert (await client.get("/api/v1/no-such-thing")).status_code == 404


async def test_programs_get_health_readiness_metrics_and_the_chain(desk: Desk, page: Page) -> None:
    await open_chain(page)
    async with httpx.AsyncClient(base_url=desk.url, trust_env=False, timeout=20) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200
        metrics = await client.get("/metrics")
        assert "strikedesk_" in metrics.text
        status = (await client.get("/api/v1/status")).json()
        assert status["mode"] == "simulated"
        chain = await client.get("/api/v1/chain/NIFTY")
        assert chain.status_code == 200
        assert chain.json()["mode"] == "simulated"
        assert (await client.get("/api/v1/openapi.json")).json()["info"]["title"] == "Strikedesk"


async def test_a_foreign_host_and_a_foreign_origin_are_refused(desk: Desk) -> None:
    async with httpx.AsyncClient(base_url=desk.url, trust_env=False) as client:
        evil = await client.get("/", headers={"host": "evil.example"})
        assert evil.status_code in (400, 403, 421)
        posted = await client.post("/api/v1/status", headers={"origin": "http://evil.example"})
        assert posted.status_code == 403


@pytest.mark.parametrize(
    ("address", "panel"), [("/", "Losers"), ("/watch", "Depth"), ("/health", "Runs")]
)
async def test_panels_stay_as_they_were_left_and_come_back_at_a_click(
    page: Page, address: str, panel: str
) -> None:
    await opened(page, address)
    tab = page.locator(".dv-tab", has_text=panel)
    await tab.locator(".dv-default-tab-action").click()
    await expect(tab).to_have_count(0)
    await page.wait_for_timeout(1000)
    await opened(page, address)
    await expect(tab).to_have_count(0)
    await page.get_by_test_id("dock-reset").click()
    await expect(tab).to_have_count(1)
    await page.wait_for_timeout(1000)


async def test_a_phone_shows_bid_and_ask_of_a_watchlist_without_a_scroll_to_the_side(
    phone: Page,
) -> None:
    await opened(phone, "/watch")
    await phone.get_by_test_id("add").fill("nifty fut")
    await phone.locator("[data-testid^='found-'] button").first.click()
    grid = phone.get_by_test_id("quote-grid")
    for name in ("bid", "ask", "ltp"):
        cell = grid.locator(f"td[data-testid$='-{name}'][data-v]").first
        await expect(cell).to_be_visible(timeout=PATIENCE)
        box = await cell.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert await grid.evaluate("box => box.scrollWidth - box.clientWidth") <= 0
