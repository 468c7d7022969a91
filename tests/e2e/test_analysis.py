"""The pages of analysis in a real browser: what is drawn, and that it goes on living."""

import pytest
from playwright.async_api import Page

from tests.e2e.screens import NEVER_SHOWN, PATIENCE, number

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def drawn(page: Page, name: str) -> int:
    """Wait until a chart has numbers; how many."""
    wanted = f"[data-testid={name}][data-count]:not([data-count='0'])"
    found = await page.wait_for_selector(wanted, timeout=PATIENCE)
    assert found is not None
    return int(await found.get_attribute("data-count") or 0)


async def series(page: Page, name: str) -> list[str]:
    """Names of the lines that a chart shows."""
    code = "n => document.querySelector(`[data-testid=${n}]`).__chart.chart.getOption().series"
    shown = await page.evaluate(f"n => ({code})(n).map((s) => s.id)", name)
    return [each for each in shown if not each.startswith("__")]


async def test_volatility_at_a_glance(page: Page) -> None:
    await page.goto("/volatility?symbol=NIFTY")
    for name in ("smile", "term-chart", "surface-heat", "realised"):
        assert await drawn(page, name) > 10
    assert await series(page, "smile") == ["calls", "puts", "mid", "fit", "ghost"]
    await page.wait_for_selector('[data-testid="vix-ours"][data-v]', timeout=PATIENCE)
    index, ours = await number(page, "vix-index"), await number(page, "vix-ours")
    assert index is not None
    assert ours == pytest.approx(index, abs=0.5)
    rms = await number(page, "fit-rms")
    assert rms is not None
    assert rms < 1
    assert not NEVER_SHOWN.search(await page.locator("main.content").inner_text())

    await page.get_by_test_id("volatility-surface-space").click()
    assert await drawn(page, "surface-space") > 10
    await page.get_by_test_id("volatility-surface-heat").click()
    await page.locator('[data-testid^="expiry-"]').nth(1).click()
    await page.wait_for_function(
        "() => document.querySelector('[data-testid=smile]').__chart.chart.getOption()"
        ".series.filter((s) => s.id.startsWith('fit-')).length === 2"
    )
    await page.locator('[data-testid^="expiry-"]').nth(1).click()


async def test_open_interest_from_bars_to_lines(page: Page) -> None:
    await page.goto("/oi?symbol=NIFTY&view=strikes")
    assert await drawn(page, "oi-by-strike") > 40
    for name in ("oi-pcr", "oi-max-pain", "gex-net", "oi-resistance"):
        await page.wait_for_selector(f'[data-testid="{name}"][data-v]', timeout=PATIENCE)
    pcr, calls, puts = [await number(page, f"oi-{name}") for name in ("pcr", "calls", "puts")]
    assert calls
    assert puts
    assert pcr == pytest.approx(puts / calls, abs=0.01)  # they may be a turn apart

    await page.get_by_test_id("oi-view-time").click()
    await drawn(page, "oi-pick")
    # a line that is not there yet: the lowest strike in view, by a click on its bar
    place = await page.evaluate(
        """() => {
          const c = document.querySelector('[data-testid=oi-pick]').__chart;
          const rows = c.table.parts.puts, chosen = c.marked.map((m) => m.at);
          const free = rows.map((v, i) => (chosen.includes(c.table.parts.x[i]) ? 0 : v));
          const i = free.indexOf(Math.max(...free)), x = c.table.parts.x[i];
          const box = c.$refs.host.getBoundingClientRect();
          const at = (axis, v) => c.chart.convertToPixel({[axis]: 0}, v);
          return [box.x + at('xAxisIndex', x), box.y + at('yAxisIndex', -rows[i] / 2), `${x}PE`];
        }"""
    )
    await page.mouse.click(place[0], place[1])
    await page.wait_for_function(
        "id => document.querySelector('[data-testid=oi-over-time]').__chart.given.series"
        ".some((s) => s.id === id)",
        arg=place[2],
    )
    await page.get_by_test_id("oi-lines-walls").click()

    await page.get_by_test_id("oi-view-gamma").click()
    assert await drawn(page, "gex-profile") == 60
    for view in ("trends", "build-up", "expiry", "futures"):
        await page.get_by_test_id(f"oi-view-{view}").click()
        await page.wait_for_timeout(400)
        assert not NEVER_SHOWN.search(await page.locator("main.content").inner_text())


async def test_a_straddle_from_candles_to_lines(page: Page) -> None:
    await page.goto("/premium?symbol=NIFTY")
    assert await drawn(page, "premium-chart") >= 1
    await page.wait_for_selector('[data-testid="premium-now"][data-v]', timeout=PATIENCE)
    await page.wait_for_selector('[data-testid="premium-value-0"]:not(:text("–"))')
    now, spot = await number(page, "premium-now"), await number(page, "premium-spot")
    assert now is not None
    assert spot is not None
    assert 0 < now < spot

    for name in ("ema", "macd"):
        await page.get_by_test_id(f"premium-study-{name}").click()
    panes = "() => document.querySelector('[data-testid=premium-chart]').__chart.chart.getOption()"
    await page.wait_for_function(f"() => ({panes})().grid.length === 3")  # price, volume, MACD
    shown = await series(page, "premium-chart")
    assert {"candles", "ema", "volume", "macd", "histogram"} <= set(shown)
    for name in ("ema", "macd"):
        await page.get_by_test_id(f"premium-study-{name}").click()

    await page.get_by_test_id("premium-add").click()
    await page.get_by_test_id("premium-view-lines").click()
    await page.wait_for_function(
        f"() => ({panes})().series.filter((s) => s.id.startsWith('line')).length === 2"
    )
    assert not NEVER_SHOWN.search(await page.locator("main.content").inner_text())
    await page.get_by_test_id("premium-remove-1").click()
    await page.get_by_test_id("premium-view-candles").click()
