"""The builder's tools: what if, drafts, suggestions, comparison, tracked drafts, portfolio."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from nicegui import ui
from nicegui.element import Element
from nicegui.elements.upload_files import SmallFileUpload
from nicegui.testing import User

from core.ids import LOCAL_USER
from core.instruments.instrument import Kind, Right
from core.state.market import Col
from core.strategies.draft import Draft
from core.strategies.draft_file import from_json, to_json
from core.strategies.legs import Leg
from tests.core.strategies.markets import leg as made_up
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NIFTY, NOW, option_key
from tests.ui.finding import one, shown
from tests.ui.waiting import say, until
from ui.components.chart import Chart
from ui.components.data_table import DataTable
from ui.components.keys import Keys
from ui.components.matrix_grid import MatrixGrid
from ui.components.payoff_icon import PayoffIcon

BUILDER = "/builder?symbol=NIFTY"
CLOSES = NOW.replace(day=23, hour=15, minute=30)


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def chart(visitor: User, name: str) -> Chart:
    return next(e for e in elements(visitor) if isinstance(e, Chart) and e.name == name)


def grid(visitor: User) -> MatrixGrid:
    return next(e for e in elements(visitor) if isinstance(e, MatrixGrid))


def table(visitor: User, name: str) -> DataTable:
    """Seen or not."""
    tables = (e for e in elements(visitor) if isinstance(e, DataTable))
    return next(each for each in tables if each.props["name"] == name)


def by_testid(visitor: User, name: str) -> Any:
    return next(e for e in elements(visitor) if e.props.get("data-testid") == name)


def rows(visitor: User, name: str) -> list[list[str]]:
    return list(shown(table(visitor, name)).values())


async def there(visitor: User, name: str) -> None:
    await until(lambda: any(e.props.get("data-testid") == name for e in elements(visitor)))


def see(visitor: User, element: Element) -> None:
    say(element, "view", {"shown": True, "seq": 0, "fresh": False})


def press(visitor: User, name: str) -> None:
    say(by_testid(visitor, name), "click", None)


def ctrl_s(visitor: User) -> None:
    keys = next(e for e in elements(visitor) if isinstance(e, Keys) and "ctrl+s" in e.props["keys"])
    say(keys, "key", "ctrl+s")


def library(desk: FakeDesk) -> list[Draft]:
    return desk.services.drafts.all()


def on_table(desk: FakeDesk) -> Draft:
    return desk.services.drafts.building["NIFTY"]


def real(lots: int, strike: float, right: str, price: float = 100.0) -> Leg:
    kind = Kind.CALL if right == Right.CALL else Kind.PUT
    return made_up(
        lots, strike, right, price, EXPIRY, key=option_key(strike, kind), closes_at=CLOSES
    )


def draft(id: str, *legs: Leg, **more: Any) -> Draft:
    given = {"name": f"Draft {id}", "symbol": "NIFTY", "created_at": NOW, "edited_at": NOW}
    return Draft(**(given | {"id": id, "legs": legs} | more))


async def opened(visitor: User, address: str = f"{BUILDER}&template=iron-condor") -> None:
    await visitor.open(address)
    if "template" in address:
        await until(lambda: len(chart(visitor, "payoff").parts.get("x", ())) > 9)


# what if
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
async def test_ctrl_s_keeps_the_draft_under_its_name_and_tags(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    one(visitor, "draft-name").value = "My condor"
    one(visitor, "draft-tags").value = "weekly, income, weekly"
    ctrl_s(visitor)
    await until(lambda: len(library(desk)) == 1)
    (kept,) = library(desk)
    assert (kept.name, kept.tags, len(kept.legs)) == ("My condor", ("weekly", "income"), 4)
    await until(lambda: by_testid(visitor, "draft-state").text == "saved")
    await until(lambda: [row[0] for row in rows(visitor, "drafts")] == ["My condor"])


async def test_a_draft_without_a_name_is_refused_and_stays_on_the_table(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    one(visitor, "draft-name").value = "  "
    ctrl_s(visitor)
    await visitor.should_see("A draft needs a name.")
    assert not library(desk)
    assert len(on_table(desk).legs) == 4


async def test_a_copy_has_a_name_of_its_own(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    one(visitor, "draft-name").value = "Condor"
    ctrl_s(visitor)
    await until(lambda: len(library(desk)) == 1)
    visitor.find(marker="draft-save-copy").click()
    await until(lambda: len(library(desk)) == 2)
    assert sorted(each.name for each in library(desk)) == ["Condor", "Condor (copy)"]


async def test_saving_keeps_what_the_library_knows_of_following(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    ctrl_s(visitor)
    await until(lambda: len(library(desk)) == 1)
    await desk.services.draft_keeper.track(library(desk)[0].id, on=True)
    one(visitor, "draft-name").value = "Renamed"
    ctrl_s(visitor)
    await until(lambda: library(desk)[0].name == "Renamed")
    assert library(desk)[0].tracked


async def test_drafts_are_searched_and_narrowed_by_tag(visitor: User, desk: FakeDesk) -> None:
    keeper = desk.services.draft_keeper
    await keeper.save(draft("a", real(1, 24_200, "CE"), tags=("hedge",)))
    await keeper.save(draft("b", real(1, 24_500, "PE")))
    await opened(visitor, BUILDER)
    found = table(visitor, "drafts")
    await until(lambda: set(shown(found)) == {"a", "b"})
    one(visitor, "drafts-search").value = "24500"
    await until(lambda: set(shown(found)) == {"b"})
    one(visitor, "drafts-search").value = ""
    press(visitor, "tag-hedge")
    await until(lambda: set(shown(found)) == {"a"})


async def test_a_deleted_draft_comes_back_with_its_minutes(visitor: User, desk: FakeDesk) -> None:
    services = desk.services
    keeper = services.draft_keeper
    await keeper.save(draft("a", real(-1, 24_200, "CE"), tracked=True))
    keeper.look()
    desk.clock.advance(timedelta(minutes=1))
    keeper.look()
    await keeper.flush()
    now = desk.clock.now()
    before = await keeper.candles("a", NOW, now)
    assert len(before) == 1
    await opened(visitor, BUILDER)
    found = table(visitor, "drafts")
    await until(lambda: "a" in shown(found))
    say(found, "act", ["a", "delete"])
    await visitor.should_see("was deleted")
    assert not library(desk)
    visitor.find(marker="draft-undo-delete").click()
    await until(lambda: [each.id for each in library(desk)] == ["a"])
    after = await keeper.candles("a", NOW, now)
    assert after.close.tolist() == before.close.tolist()


async def test_a_draft_of_another_day_is_opened_with_marks_and_nothing_is_lost(
    visitor: User, desk: FakeDesk
) -> None:
    gone = made_up(-1, 24_000, "PE", 50.0)  # expired in August
    old = draft("old", gone, real(-1, 24_200, "CE"))
    await desk.services.draft_keeper.save(old)
    await opened(visitor, BUILDER)
    found = table(visitor, "drafts")
    await until(lambda: shown(found).get("old", [""] * 6)[5] == "1 expired")
    say(found, "pick", "old")
    await until(lambda: on_table(desk).id == "old")
    await visitor.should_see("marked, kept as they were saved")
    assert on_table(desk).legs == old.legs
    await until(lambda: chart(visitor, "payoff").parts.get("x", np.empty(0)).size > 9)


async def test_what_was_on_the_table_comes_back_by_undo(visitor: User, desk: FakeDesk) -> None:
    await desk.services.draft_keeper.save(draft("a", real(1, 24_200, "CE")))
    await opened(visitor)
    before = on_table(desk)
    say(table(visitor, "drafts"), "pick", "a")
    await until(lambda: on_table(desk).id == "a")
    visitor.find(marker="undo").click()
    await until(lambda: on_table(desk).id == before.id)
    assert on_table(desk).legs == before.legs


async def test_a_file_is_shared_and_read_again(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    ctrl_s(visitor)
    await until(lambda: len(library(desk)) == 1)
    (kept,) = library(desk)
    await until(lambda: len(rows(visitor, "drafts")) == 1)
    say(table(visitor, "drafts"), "act", [kept.id, "share"])
    answer = await visitor.download.next()
    assert from_json(answer.text).legs == kept.legs


async def test_a_file_that_is_wrong_is_refused_in_words(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, BUILDER)
    told = json.loads(to_json(draft("a", real(1, 24_200, "CE"))))
    good = json.dumps(told)
    told["legs"][0]["strike"] = -5
    await drop(visitor, "bad.json", json.dumps(told))
    await visitor.should_see("bad.json: This draft cannot be read. legs 1 strike")
    await drop(visitor, "worse.json", "{")
    await visitor.should_see("worse.json: This file is not JSON.")
    assert not library(desk)
    await drop(visitor, "good.json", good)
    await until(lambda: on_table(desk).name == "Draft a")
    assert len(library(desk)) == 1


async def drop(visitor: User, name: str, text: str) -> None:
    box = next(e for e in elements(visitor) if isinstance(e, ui.upload))
    file = SmallFileUpload(name=name, content_type="application/json", _data=text.encode())
    await box.handle_uploads([file])


# suggestions
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
