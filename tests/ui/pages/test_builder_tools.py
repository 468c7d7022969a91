"""The builder's tools: what if, drafts, suggestions, comparison, tracked drafts, portfolio."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from nicegui import ui
from nicegui.testing import User

from core.ids import LOCAL_USER
from core.state.market import Col
from tests.fake_desk import FakeDesk
from tests.fake_universe import NIFTY
from tests.ui.finding import one, shown
from tests.ui.pages.builder_visit import (
    BUILDER,
    by_testid,
    chart,
    draft,
    elements,
    grid,
    on_table,
    opened,
    press,
    real,
    see,
    table,
    there,
)
from tests.ui.waiting import say, until
from ui.components.payoff_icon import PayoffIcon


async def test_the_table_holds_the_payoff_of_the_present_day(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    see(visitor, grid(visitor))
    await until(lambda: grid(visitor).values.size > 0)
    values, payoff = grid(visitor).values, chart(visitor, "payoff").parts
    spot = desk.services.market.get(NIFTY, Col.LTP)
    now = np.interp(spot, payoff["x"], payoff["today"])
    assert np.abs(values[:, 0] - now).min() == pytest.approx(0.0, abs=1e-6)


async def test_a_cell_sets_the_day_and_the_spot_of_the_payoff(visitor: User) -> None:
    await opened(visitor)
    see(visitor, grid(visitor))
    await until(lambda: grid(visitor).values.size > 0)
    columns = grid(visitor).values.shape[1]
    say(grid(visitor), "pick", [0, columns - 1])
    found = chart(visitor, "payoff")
    await until(lambda: np.allclose(found.parts["chosen"], found.parts["expiry"]))
    assert grid(visitor).values[0, columns - 1] == pytest.approx(
        np.interp(float(found.parts["x"][-1]), found.parts["x"], found.parts["chosen"]), rel=0.5
    )


async def test_a_greek_and_volatilities_across_can_be_asked_for(visitor: User) -> None:
    await opened(visitor)
    see(visitor, grid(visitor))
    press(visitor, "builder-what-if-vega")
    press(visitor, "builder-what-if-over-iv")
    caption = by_testid(visitor, "what-if-caption")
    await until(lambda: "vega" in caption.text and grid(visitor).values.shape[1] == 9)
    assert "charges" not in caption.text


async def test_a_single_leg_is_shifted_and_undone_as_one_step(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    press(visitor, "what-if-legs")
    field: ui.number = one(visitor, "what-if-shift-0")
    field.value = 1.5
    await until(lambda: on_table(desk).legs[0].iv_shift == pytest.approx(0.015))
    field.value = 2.0
    await until(lambda: on_table(desk).legs[0].iv_shift == pytest.approx(0.02))
    visitor.find(marker="undo").click()
    await until(lambda: on_table(desk).legs[0].iv_shift == 0.0)
    await until(lambda: field.value == 0)


async def test_without_legs_the_tools_say_what_to_do(visitor: User) -> None:
    await opened(visitor, BUILDER)
    await visitor.should_see("No legs to ask about.")
    await visitor.should_see("No drafts yet.")
    await visitor.should_see("What do you expect?")
    await visitor.should_see("Nothing is held yet.")


# drafts


async def test_a_view_is_answered_with_reasons_and_opened(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, BUILDER)
    press(visitor, "builder-view-direction-1")
    one(visitor, "view-days").value = 4
    visitor.find(marker="suggest").click()
    await until(lambda: any(isinstance(e, PayoffIcon) for e in elements(visitor)), seconds=10)
    await visitor.should_see("In your view it makes")
    assert "judged in" in by_testid(visitor, "suggest-said").text
    visitor.find(marker="suggest-open-0").click()
    await until(lambda: bool(on_table(desk).legs))


async def test_a_budget_that_nothing_fits_is_told(visitor: User) -> None:
    await opened(visitor, BUILDER)
    one(visitor, "view-loss").value = 1
    visitor.find(marker="suggest").click()
    await visitor.should_see("Nothing fits this view and this budget", retries=40)


async def test_a_view_that_cannot_be_meant_is_told(visitor: User) -> None:
    await opened(visitor, BUILDER)
    one(visitor, "view-days").value = 0
    visitor.find(marker="suggest").click()
    await visitor.should_see("The days must be a number above 0", retries=20)


# comparison
async def test_drafts_are_compared_on_one_chart_with_their_figures(
    visitor: User, desk: FakeDesk
) -> None:
    for n in range(4):
        await desk.services.draft_keeper.save(draft(f"d{n}", real(-1, 24_200 + 50 * n, "CE")))
    await opened(visitor)
    see(visitor, chart(visitor, "compare"))
    await there(visitor, "compare-d0")
    for n in range(3):
        press(visitor, f"compare-d{n}")
    await until(lambda: len(shown(table(visitor, "compared"))) == 4)
    found = chart(visitor, "compare").parts
    assert {"draft0", "draft1", "draft2", "draft3"} <= set(found)
    row = shown(table(visitor, "compared"))["1"]
    assert row[1].startswith("₹")
    assert row[2] == "Unlimited"
    last = by_testid(visitor, "compare-d3")
    assert "disabled" in last.props
    kept = await desk.services.preferences.all(LOCAL_USER)
    assert kept["builder.compare"] == ["table", "d0", "d1", "d2"]


async def test_compared_drafts_can_be_laid_over_the_payoff(visitor: User, desk: FakeDesk) -> None:
    await desk.services.draft_keeper.save(draft("a", real(-1, 24_200, "CE")))
    await opened(visitor)
    await there(visitor, "compare-a")
    press(visitor, "compare-a")
    box = by_testid(visitor, "compare-over")
    box.value = True
    payoff = chart(visitor, "payoff")
    await until(lambda: np.isfinite(payoff.parts.get("overlay0", np.empty(0))).any())
    box.value = False
    await until(lambda: len(payoff.option["series"]) == 3)


# tracked
async def test_the_draft_is_followed_and_its_alert_arrives_as_a_notice(
    visitor: User, desk: FakeDesk
) -> None:
    services = desk.services
    await opened(visitor)
    visitor.find(marker="track").click()
    await until(lambda: len(services.drafts.tracked()) == 1)
    (tracked,) = services.drafts.tracked()
    services.draft_keeper.look()

    def worth() -> str:
        return shown(table(visitor, "tracked")).get(tracked.id, ["", "", ""])[2]

    await until(lambda: worth().startswith(("+₹", "-₹")))
    one(visitor, "alert-level").value = -100_000
    visitor.find(marker="alert-add").click()
    await until(lambda: len(services.drafts.drafts[tracked.id].alerts) == 1)
    await visitor.should_see("P&L falls to -₹1,00,000")
    key = next(leg.key for leg in tracked.legs if not leg.is_buy)
    desk.feed.say(key, {Col.BID: 5_000.0, Col.ASK: 5_001.0})
    services.draft_keeper.look()
    assert "P&L of" in services.notices.all()[-1].text
    await visitor.should_see("told 10:00", retries=20)


async def test_an_alert_is_moved_by_its_line_and_taken_away(visitor: User, desk: FakeDesk) -> None:
    services = desk.services
    await services.draft_keeper.save(draft("a", real(-1, 24_200, "CE"), tracked=True))
    services.draft_keeper.look()
    await opened(visitor, BUILDER)
    await until(lambda: "a" in shown(table(visitor, "tracked")))
    visitor.find(marker="alert-add").click()
    await until(lambda: len(services.drafts.drafts["a"].alerts) == 1)
    drawn = chart(visitor, "tracked-chart")
    say(drawn, "drag", {"name": "0", "value": 4_321.4, "done": False})
    say(drawn, "drag", {"name": "0", "value": 4_321.6, "done": True})
    await until(lambda: services.drafts.drafts["a"].alerts[0].level == 4_322.0)
    await until(
        lambda: any(e.props.get("data-testid") == "alert-0-close" for e in elements(visitor))
    )
    press(visitor, "alert-0-close")
    await until(lambda: not services.drafts.drafts["a"].alerts)


async def test_minutes_of_profit_are_drawn_with_the_one_that_runs(
    visitor: User, desk: FakeDesk
) -> None:
    services = desk.services
    await services.draft_keeper.save(draft("a", real(-1, 24_200, "CE"), tracked=True))
    services.draft_keeper.look()
    desk.clock.advance(timedelta(minutes=1))
    services.draft_keeper.look()
    await opened(visitor, BUILDER)
    drawn = chart(visitor, "tracked-chart")
    see(visitor, drawn)
    await until(lambda: len(drawn.parts.get("candles", ())) == 2)
    press(visitor, "builder-track-spot")
    await until(lambda: len(drawn.parts.get("spot", ())) == 2)


async def test_following_ends_with_stop(visitor: User, desk: FakeDesk) -> None:
    await desk.services.draft_keeper.save(draft("a", real(-1, 24_200, "CE"), tracked=True))
    await opened(visitor, BUILDER)
    found = table(visitor, "tracked")
    await until(lambda: "a" in shown(found))
    say(found, "act", ["a", "stop"])
    await until(lambda: not shown(found))
    assert not desk.services.drafts.tracked()


# portfolio
async def test_what_is_held_is_weighed_without_and_with_the_draft(
    visitor: User, desk: FakeDesk
) -> None:
    keeper = desk.services.draft_keeper
    await keeper.save(draft("held", real(-1, 24_200, "CE")))
    other = replace(real(1, 24_200, "CE"), symbol="BANKNIFTY")
    await keeper.save(draft("other", other, symbol="BANKNIFTY"))
    await opened(visitor)
    await there(visitor, "held-held")
    press(visitor, "held-held")
    press(visitor, "held-other")
    found = table(visitor, "portfolio-figures")
    await until(lambda: "delta" in shown(found))
    _, before, after, change = shown(found)["loss"]
    assert (before, after) == ("Unlimited", "Unlimited")
    _, before, after, change = (
        float(x.replace(",", "")) if n else 0.0 for n, x in enumerate(shown(found)["delta"])
    )
    assert after == pytest.approx(before + change, abs=0.11)
    assert "expired or not listed: 1" in by_testid(visitor, "portfolio-caption").text
    parts = chart(visitor, "portfolio").parts
    assert not np.allclose(parts["before"], parts["after"])
