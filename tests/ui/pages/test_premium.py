"""The premium page: what legs cost now, over the recorded day and before it was recorded."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import pytest
from nicegui.element import Element
from nicegui.testing import User

from core.analytics.chain_day import minute_of
from core.analytics.premium import Rolling, combined
from core.errors import BrokerUnavailable
from core.ids import LOCAL_USER
from core.instruments.instrument import Kind
from core.state.market import Col
from tests.core.analytics.chain_minutes import OPENING, snapshot
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NEXT_EXPIRY, STRIKES, option_key
from tests.ui.waiting import say, until
from ui.components.board import Board
from ui.components.chart import Chart
from ui.components.time_slider import TimeSlider

MONEY = 24_250.0
"""The strike nearest the forward."""
MINUTES = 45
"""From 09:15 to 10:00."""


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def by_test_id(visitor: User, name: str) -> Element:
    return next(e for e in elements(visitor) if e.props.get("data-testid") == name)


def text(visitor: User, name: str) -> str:
    return str(getattr(by_test_id(visitor, name), "text", ""))


def press(visitor: User, name: str) -> None:
    say(by_test_id(visitor, name), "click", None)


def chart(visitor: User) -> Chart:
    return next(e for e in elements(visitor) if isinstance(e, Chart))


def shown(visitor: User, name: str) -> float:
    """A headline number."""
    board = next(
        e for e in elements(visitor) if isinstance(e, Board) and "premium-header" in e.classes
    )
    value = board.shown[name][5] if name in board.shown else None
    return float("nan") if value is None else value


def tip(visitor: User, name: str) -> str:
    board = next(
        e for e in elements(visitor) if isinstance(e, Board) and "premium-header" in e.classes
    )
    return board.shown[name][4]


def mid(desk: FakeDesk, strike: float, kind: Kind) -> float:
    values = desk.market_data.values[option_key(strike, kind)]
    return (values[Col.BID] + values[Col.ASK]) / 2


def straddle(desk: FakeDesk, strike: float = MONEY) -> float:
    return mid(desk, strike, Kind.CALL) + mid(desk, strike, Kind.PUT)


async def record(desk: FakeDesk, minutes: Sequence[int], *, days_ago: int = 0) -> None:
    taken = [snapshot(minute - 1440 * days_ago, STRIKES) for minute in minutes]
    await desk.services.snapshots.save(taken)
    desk.services.chain_history.take(taken)


async def opened(visitor: User, address: str = "/premium") -> None:
    await visitor.open(address)
    await until(lambda: shown(visitor, "now") == shown(visitor, "now"))


async def filled(visitor: User, bars: int = MINUTES + 1) -> None:
    await until(lambda: len(chart(visitor).parts.get("x", ())) == bars)


async def remembered(desk: FakeDesk, name: str, holds: Callable[[object], bool]) -> None:
    """Choices are written behind."""
    for _ in range(100):
        if holds((await desk.services.preferences.all(LOCAL_USER)).get(name)):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{name} was not kept so")


async def test_the_straddle_now_is_the_mid_of_its_quotes(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    assert shown(visitor, "now") == pytest.approx(straddle(desk))
    closes = sum(
        desk.market_data.values[option_key(MONEY, kind)][Col.CLOSE]
        for kind in (Kind.CALL, Kind.PUT)
    )
    assert shown(visitor, "close") == pytest.approx(straddle(desk) - closes)
    assert shown(visitor, "iv") == pytest.approx(0.12, abs=1e-3)
    desk.feed.say(option_key(MONEY, Kind.CALL), {Col.BID: 200.0, Col.ASK: 202.0})
    now = 201.0 + mid(desk, MONEY, Kind.PUT)
    await until(lambda: shown(visitor, "now") == pytest.approx(now))


async def test_minutes_before_the_desk_are_filled_from_trades_and_say_so(visitor: User) -> None:
    await opened(visitor)
    await filled(visitor)
    await until(lambda: f"{MINUTES} from trades" in text(visitor, "premium-said"))
    assert "0 minutes recorded" in text(visitor, "premium-said")
    assert "Standing chains" in text(visitor, "premium-said")
    candles = chart(visitor).parts["candles"]
    assert np.isfinite(candles).all()


async def test_without_the_brokers_minutes_the_chart_begins_now(
    visitor: User, desk: FakeDesk
) -> None:
    desk.history.fails = BrokerUnavailable("no answer")
    await record(desk, (3, 4, 6))
    await opened(visitor)
    await filled(visitor, 43)  # from the first recorded minute to the one that runs
    assert text(visitor, "premium-said").startswith("3 minutes recorded")
    known = np.isfinite(chart(visitor).parts["candles"][:, 3])
    assert np.flatnonzero(known).tolist() == [0, 1, 3, 42]  # gaps stay gaps


async def test_recorded_minutes_are_the_premium_series(visitor: User, desk: FakeDesk) -> None:
    desk.history.fails = BrokerUnavailable("no answer")
    await record(desk, range(MINUTES))
    await opened(visitor)
    await filled(visitor)
    day = await desk.services.chain_history.day("NIFTY", EXPIRY, OPENING.date())
    assert day is not None
    wanted = combined(day, Rolling(), desk.services.calendar.close_of(EXPIRY))
    close = chart(visitor).parts["candles"][:MINUTES, 3]
    np.testing.assert_allclose(close, wanted.value)


async def test_the_slider_shows_the_day_up_to_its_minute(visitor: User, desk: FakeDesk) -> None:
    await record(desk, range(10))
    await record(desk, range(5), days_ago=1)
    await opened(visitor)
    slider = next(e for e in elements(visitor) if isinstance(e, TimeSlider))
    say(slider, "minute", minute_of(OPENING) + 6)
    await filled(visitor, 7)
    assert shown(visitor, "spot") == 24_006.0
    assert np.isfinite(shown(visitor, "close"))  # the broker's closes are those before today
    assert chart(visitor).stamp is not None
    assert chart(visitor).stamp["recorded"] is True  # type: ignore[index]
    say(slider, "day", (OPENING - timedelta(days=1)).date().isoformat())
    await filled(visitor, 5)
    assert "session before was not recorded" in tip(visitor, "close")
    say(slider, "live", None)
    await until(lambda: shown(visitor, "now") == pytest.approx(straddle(desk)))


async def test_the_page_grows_by_the_minute(visitor: User, desk: FakeDesk) -> None:
    desk.history.fails = BrokerUnavailable("no answer")
    await record(desk, range(MINUTES))
    await opened(visitor)
    await filled(visitor)
    desk.clock.set(desk.clock.now() + timedelta(minutes=1))
    await record(desk, [MINUTES])
    desk.feed.say(option_key(MONEY, Kind.CALL), {Col.LTP: 100.0})
    await until(lambda: text(visitor, "premium-said").startswith(f"{MINUTES + 1} minutes"))
    await filled(visitor, MINUTES + 2)


async def test_a_fixed_strangle_is_chosen_moved_and_remembered(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    press(visitor, "premium-set-strangle")
    press(visitor, "premium-set-fixed")
    press(visitor, "premium-call-higher")
    call, put = MONEY + 4 * 50, MONEY - 3 * 50
    value = mid(desk, call, Kind.CALL) + mid(desk, put, Kind.PUT)
    await until(lambda: shown(visitor, "now") == pytest.approx(value))
    await opened(visitor)
    assert shown(visitor, "now") == pytest.approx(value)
    assert len(chart(visitor).parts["candles"]) > 0


async def test_legs_have_sides_and_ratios(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, "/premium?legs=24200CE:1,24400CE:-2")
    value = mid(desk, 24_200.0, Kind.CALL) - 2 * mid(desk, 24_400.0, Kind.CALL)
    assert shown(visitor, "now") == pytest.approx(value)
    press(visitor, "premium-leg-1-side")
    value = mid(desk, 24_200.0, Kind.CALL) - 2 * mid(desk, 24_400.0, Kind.PUT)
    await until(lambda: shown(visitor, "now") == pytest.approx(value))
    press(visitor, "premium-leg-1-remove")
    await until(lambda: shown(visitor, "now") == pytest.approx(mid(desk, 24_200.0, Kind.CALL)))


async def test_a_strike_that_is_not_listed_is_said_and_not_replaced(visitor: User) -> None:
    await visitor.open("/premium?legs=24225CE:1")
    problem = "NIFTY 23 Nov 2026 has no strike 24225."
    await until(lambda: text(visitor, "premium-value-0") == problem)
    assert text(visitor, "premium-said").startswith(problem)
    assert not len(chart(visitor).parts.get("candles", ()))
    press(visitor, "premium-pick-1")
    await until(lambda: shown(visitor, "now") == shown(visitor, "now"))


async def test_several_stand_side_by_side(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    for _ in range(3):
        press(visitor, "premium-add")
    press(visitor, "premium-view-lines")
    await until(lambda: len(chart(visitor).parts.get("line3", ())) == MINUTES + 1)
    assert chart(visitor).parts["line0"][-1] == pytest.approx(straddle(desk))
    press(visitor, "premium-unit-share")
    await until(lambda: chart(visitor).parts["line0"][0] == 0.0)
    assert not [e for e in elements(visitor) if e.props.get("data-testid") == "premium-add"]
    await remembered(
        desk,
        "premium.structures.NIFTY",
        lambda kept: isinstance(kept, list) and len(set(map(str, kept))) == 4,
    )


async def test_studies_are_laid_on_and_remembered(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    await filled(visitor)
    press(visitor, "premium-study-supertrend")
    press(visitor, "premium-study-rsi")
    press(visitor, "premium-length-5")
    await filled(visitor, 10)
    ids = [series["id"] for series in chart(visitor).option["series"]]
    assert {"rising", "falling", "rsi", "volume"} <= set(ids)
    studies = ["vwap", "supertrend", "spot", "volume"]
    await remembered(desk, "premium.studies", lambda kept: kept == studies)
    await remembered(desk, "premium.pane", lambda kept: kept == "rsi")


async def test_the_builder_opens_with_the_legs(
    visitor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[str] = []
    await opened(visitor)
    monkeypatch.setattr("ui.pages.premium.ui.navigate.to", went.append)
    press(visitor, "premium-build")
    await until(lambda: bool(went))
    assert went == [f"/builder?symbol=NIFTY&expiry={EXPIRY}&add=24250CE:1,24250PE:1"]


async def test_another_expiry_has_its_own_premium(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, f"/premium?expiry={NEXT_EXPIRY}")
    chain = desk.services.chains.get("NIFTY", NEXT_EXPIRY)
    assert chain is not None
    await until(lambda: shown(visitor, "now") == pytest.approx(chain.straddle))


async def test_an_unknown_underlying_is_said(visitor: User) -> None:
    await visitor.open("/premium?symbol=NOSUCH")
    await visitor.should_see("There are no options on “NOSUCH”.")
