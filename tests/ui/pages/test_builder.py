"""The builder's page: legs are put together, judged, and never lost."""

from dataclasses import replace
from datetime import timedelta
from math import nan

import numpy as np
import pytest
from nicegui.element import Element
from nicegui.testing import User

from core.ids import InstrumentKey
from core.instruments.instrument import Kind
from core.state.market import Col
from core.strategies.draft import Draft
from core.strategies.legs import Leg
from core.strategies.templates import TEMPLATES
from tests.core.strategies.markets import leg as made_up
from tests.fake_desk import FakeDesk
from tests.fake_universe import EXPIRY, NEXT_EXPIRY, option_key
from tests.ui.finding import one
from tests.ui.waiting import say, until
from ui.builder.kept import KeptDrafts
from ui.builder.laying import chooser
from ui.components.board import Board
from ui.components.builder_legs import LegsTable
from ui.components.builder_payoff import Sliders
from ui.components.builder_templates import TemplateGrid
from ui.components.chain_grid import ChainGrid
from ui.components.chart import Chart
from ui.components.choices import Choices

BUILDER = "/builder?symbol=NIFTY"


def elements(visitor: User) -> list[Element]:
    assert visitor.client is not None
    return list(visitor.client.elements.values())


def table(visitor: User) -> LegsTable:
    return next(e for e in elements(visitor) if isinstance(e, LegsTable))


def chart(visitor: User) -> Chart:
    return next(e for e in elements(visitor) if isinstance(e, Chart) and e.name == "payoff")


def number(visitor: User, name: str) -> tuple[str, float | None, str]:
    """Text, exact number and tip of a figure."""
    for each in elements(visitor):
        if isinstance(each, Board) and name in each.shown:
            text, _, extra, _, tip, raw = each.shown[name]
            return f"{text} {extra}".strip(), raw, tip
    raise AssertionError(f"no figure {name}")


def edit(visitor: User, at: int, what: str, value: object = 0) -> None:
    say(table(visitor), "edit", [at, what, value])


def legs(desk: FakeDesk) -> tuple[Leg, ...]:
    return desk.services.drafts.building["NIFTY"].legs


def strikes(desk: FakeDesk) -> list[float | None]:
    return [leg.strike for leg in legs(desk)]


async def opened(visitor: User, address: str = f"{BUILDER}&template=iron-condor") -> LegsTable:
    await visitor.open(address)
    await until(lambda: any(isinstance(e, LegsTable) for e in elements(visitor)))
    if "template" in address or "add" in address:
        await until(lambda: bool(table(visitor).rows))
        await until(lambda: number(visitor, "max-profit")[0] != "–")
    return table(visitor)


async def test_a_template_in_the_address_is_laid_at_prices_to_trade_at(
    visitor: User, desk: FakeDesk
) -> None:
    shown = await opened(visitor)
    assert [(row["sold"], row["strike"], row["right"]) for row in shown.rows] == [
        (False, "23850", "PE"),
        (True, "24050", "PE"),
        (True, "24450", "CE"),
        (False, "24650", "CE"),
    ]
    market = desk.services.market
    for leg in legs(desk):
        assert leg.price == market.get(leg.key, Col.ASK if leg.is_buy else Col.BID)


async def test_the_numbers_are_those_of_the_core(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    found = chart(visitor)
    await until(lambda: len(found.parts.get("expiry", ())) > 100)
    assert number(visitor, "max-profit")[1] == pytest.approx(np.nanmax(found.parts["expiry"]))
    assert number(visitor, "max-loss")[1] == pytest.approx(np.nanmin(found.parts["expiry"]))
    premium = -sum(leg.quantity * leg.price for leg in legs(desk))
    text, raw, _ = number(visitor, "premium")
    assert raw == pytest.approx(premium)
    assert text.endswith("received")
    for name in ("pop-smile", "pop-lognormal"):
        raw = number(visitor, name)[1]
        assert raw is not None
        assert 0 < raw < 1
    assert "smile implies" in number(visitor, "pop-smile")[2]
    assert "one volatility" in number(visitor, "pop-lognormal")[2]
    charges = number(visitor, "charges")
    assert "STT" in charges[2]
    assert "GST" in charges[2]


async def test_the_margin_says_whose_it_is(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    await until(lambda: number(visitor, "margin")[1] is not None)
    text, raw, tip = number(visitor, "margin")
    assert text.endswith("broker")
    assert "Broker's margin" in tip
    assert "Our estimate" in tip
    assert raw is not None
    assert raw > 0


async def test_every_template_can_be_laid(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, BUILDER)
    await visitor.should_see(marker="templates")
    visitor.find(marker="templates").click()
    await until(lambda: any(isinstance(e, TemplateGrid) for e in elements(visitor)))
    grid = next(e for e in elements(visitor) if isinstance(e, TemplateGrid))
    assert len(grid.props["templates"]) == len(TEMPLATES) >= 30
    assert all(each["line"].startswith("M") for each in grid.props["templates"])
    await until(lambda: desk.services.chains.get("NIFTY", NEXT_EXPIRY) is not None)
    for template in TEMPLATES:
        say(grid, "pick", template.name)
        await until(lambda wanted=template: _name(desk).startswith(wanted.title))
        assert len(legs(desk)) == len(template.parts)


async def test_a_leg_is_edited_cell_by_cell(visitor: User, desk: FakeDesk) -> None:
    shown = await opened(visitor, f"{BUILDER}&add=24200CE:-1")
    for what, value, holds in (
        ("strike", "24300", lambda leg: leg.strike == 24_300),
        ("strike-step", -1, lambda leg: leg.strike == 24_250),
        ("lots", "3", lambda leg: leg.lots == -3),
        ("lots-step", -1, lambda leg: leg.lots == -2),
        ("side", 0, lambda leg: leg.lots == 2),
        ("sell", 0, lambda leg: leg.lots == -2),
        ("right", "PE", lambda leg: leg.right == "PE"),
        ("price", "101.5", lambda leg: leg.price == 101.5),
        ("iv", "14", lambda leg: leg.iv == 0.14),
        ("shift", "-1.5", lambda leg: leg.iv_shift == -0.015),
        ("iv", "", lambda leg: leg.iv is None),
        ("enabled", False, lambda leg: not leg.enabled),
        ("toggle", 0, lambda leg: leg.enabled),
        ("reprice", 0, lambda leg: leg.price != 101.5),
    ):
        edit(visitor, 0, what, value)
        await until(lambda holds=holds: bool(holds(legs(desk)[0])))
    edit(visitor, 0, "expiry", NEXT_EXPIRY.isoformat())
    await until(lambda: legs(desk)[0].expiry == NEXT_EXPIRY)
    assert legs(desk)[0].key == option_key(24_250, Kind.PUT, NEXT_EXPIRY)
    edit(visitor, 0, "duplicate")
    await until(lambda: len(shown.rows) == 2)
    edit(visitor, 0, "remove")
    await until(lambda: len(shown.rows) == 1)


async def test_steps_are_undone_and_redone_by_keys(visitor: User, desk: FakeDesk) -> None:
    shown = await opened(visitor)
    before = legs(desk)
    edit(visitor, 1, "strike-step", 1)
    await until(lambda: legs(desk)[1].strike == 24_100)
    say(shown, "key", "undo")
    await until(lambda: legs(desk) == before)
    say(shown, "key", "redo")
    await until(lambda: legs(desk)[1].strike == 24_100)


async def test_all_legs_are_turned_and_multiplied_at_once(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, f"{BUILDER}&add=24200CE:-1,24300CE:2")
    for name, expected in (
        ("more", [-2, 4]),
        ("more", [-3, 6]),
        ("reverse", [3, -6]),
        ("fewer", [2, -4]),
        ("fewer", [1, -2]),
        ("fewer", [1, -2]),
    ):
        visitor.find(marker=name).click()
        await until(lambda want=expected: [leg.lots for leg in legs(desk)] == want)


async def test_what_cannot_be_is_refused_at_the_leg_and_changes_nothing(
    visitor: User, desk: FakeDesk
) -> None:
    shown = await opened(visitor, f"{BUILDER}&add=24200CE:-1")
    before = legs(desk)
    for what, typed, said in (
        ("strike", "24210", "not listed. Nearest: 24200 and 24250"),
        ("strike", "abc", "“abc” is not a strike"),
        ("lots", "1.5", "whole numbers only"),
        ("lots", "9999999", "At most 100,000 lots"),
        ("price", "-5", "A price lies between 0"),
        ("iv", "0", "A volatility lies between"),
        ("shift", "1e9", "At most 300 vol points"),
    ):
        edit(visitor, 0, what, typed)
        await until(lambda name=what: name in shown.rows[0]["bad"])
        assert said in shown.rows[0]["problems"][0]
        assert shown.rows[0][what] == typed
        assert legs(desk) == before
        edit(visitor, 0, "forget", what)
        await until(lambda: not shown.rows[0]["problems"])


async def test_no_quantity_and_odd_units_are_kept_and_said(visitor: User, desk: FakeDesk) -> None:
    shown = await opened(visitor)
    edit(visitor, 0, "lots", "0")
    await until(lambda: "quantity is 0" in "".join(shown.rows[0]["problems"]))
    edit(visitor, 1, "units", "100")
    await until(lambda: "not a multiple of the lot of 65" in "".join(shown.rows[1]["problems"]))
    assert [leg.quantity for leg in legs(desk)] == [0, -100, -65, 65]
    assert shown.total["words"] == "3 legs count, 1 not"


async def test_a_draft_whose_contracts_have_gone_is_kept_and_does_not_count(
    visitor: User, desk: FakeDesk
) -> None:
    now, good = desk.clock.now(), made_up(1, 24_200, "CE")
    gone = replace(good, key=InstrumentKey("NSE_FO|1"), expiry=EXPIRY, closes_at=_soon(desk))
    reused = replace(gone, key=option_key(24_300, Kind.PUT))
    over = replace(gone, key=InstrumentKey("NSE_FO|2"), closes_at=now - timedelta(days=5))
    foreign = replace(gone, symbol="BANKNIFTY", key=InstrumentKey("NSE_FO|3"))
    draft = Draft(
        id="old",
        name="Of another day",
        symbol="NIFTY",
        legs=(gone, reused, over, foreign),
        created_at=now,
        edited_at=now,
    )
    await desk.services.draft_keeper.save(draft)
    await opened(visitor, f"{BUILDER}&draft=old")
    await until(lambda: len(table(visitor).rows) == 4)
    await until(lambda: all(row["problems"] for row in table(visitor).rows))
    said = [" ".join(row["problems"]) for row in table(visitor).rows]
    for text, part in zip(
        said,
        ("not listed today", "its key is NIFTY 24300 PE", "has expired", "this draft is on NIFTY"),
        strict=True,
    ):
        assert part in text
    assert all(row["lost"] for row in table(visitor).rows)
    assert legs(desk) == draft.legs
    assert number(visitor, "max-profit")[0] == "–"
    assert "None of the legs counts" in number(visitor, "max-profit")[2]


async def test_a_draft_that_was_deleted_is_said_so(visitor: User) -> None:
    await opened(visitor, f"{BUILDER}&draft=gone")
    await visitor.should_see("This draft has been deleted.")


@pytest.mark.parametrize("asked", ["template=nonsense", "add=24200XX:1", "add=24210CE:1"])
async def test_an_address_that_asks_for_what_is_not_there_is_told(
    visitor: User, desk: FakeDesk, asked: str
) -> None:
    await visitor.open(f"{BUILDER}&{asked}")
    told = {"template=nonsense": "no template", "add=24200XX:1": "is no leg"}
    await visitor.should_see(told.get(asked, "not listed"), retries=20)
    assert legs(desk) == ()


async def test_what_is_on_the_table_survives_a_reload_and_a_restart(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor)
    before = legs(desk)
    await opened(visitor, "/builder")
    assert legs(desk) == before
    desk.services.drafts.building.clear()
    await opened(visitor, "/builder")
    await until(lambda: len(table(visitor).rows) == 4)
    assert legs(desk) == before


async def test_a_quote_clicked_in_the_chain_is_on_the_table(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/chain/NIFTY")
    await until(lambda: any(isinstance(e, ChainGrid) for e in elements(visitor)))
    grid = next(e for e in elements(visitor) if isinstance(e, ChainGrid))
    row = grid.props["strikes"].index(24_200.0)
    for buy in (False, True, True):
        say(grid, "trade", {"row": row, "side": 1, "buy": buy})
    sold, bought = legs(desk)
    assert (sold.lots, bought.lots) == (-1, 2)
    assert sold.key == bought.key == option_key(24_200, Kind.PUT)
    assert sold.price == desk.services.market.get(sold.key, Col.BID)
    assert bought.price == pytest.approx(desk.services.market.get(sold.key, Col.ASK))
    await visitor.should_see("Builder · 2 legs")
    await opened(visitor, "/builder")
    await until(lambda: len(table(visitor).rows) == 2)


async def test_legs_from_another_page_arrive_while_the_builder_is_open(
    visitor: User, desk: FakeDesk
) -> None:
    shown = await opened(visitor, f"{BUILDER}&add=24200CE:-1")
    choices = await Choices.load(desk.services.preferences)
    kept = KeptDrafts(desk.services, choices)
    draft = kept.get("NIFTY")
    kept.put(replace(draft, legs=(*draft.legs, replace(draft.legs[0], lots=4))))
    await until(lambda: len(shown.rows) == 2)
    say(shown, "key", "undo")
    await until(lambda: len(shown.rows) == 1)


async def test_a_leg_without_a_quote_is_priced_when_one_comes(
    visitor: User, desk: FakeDesk
) -> None:
    key = option_key(24_200, Kind.CALL)
    shown = await opened(visitor, f"{BUILDER}&add=24300CE:-1")
    desk.feed.say(key, {Col.ASK: nan})
    edit(visitor, 0, "strike", "24200")
    edit(visitor, 0, "buy")
    await until(lambda: "not known; type it" in "".join(shown.rows[0]["problems"]))
    await until(lambda: number(visitor, "max-profit")[0] == "–")
    assert "No entry price" in number(visitor, "max-profit")[2]
    desk.feed.say(key, {Col.ASK: 123.45})
    await until(lambda: legs(desk)[0].price == 123.45)
    assert not shown.rows[0]["problems"]


async def test_the_chosen_day_has_a_curve_of_its_own(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor)
    drawn = chart(visitor)
    await until(lambda: len(drawn.parts.get("chosen", ())) > 100)
    assert np.isnan(drawn.parts["chosen"]).all()
    sliders = next(e for e in elements(visitor) if isinstance(e, Sliders))
    say(sliders, "move", {"days-ahead": 240, "iv-shift": 0})
    await until(lambda: np.allclose(drawn.parts["chosen"], drawn.parts["expiry"]))
    assert sliders.said["days-ahead"].startswith("Mon 23 Nov 15:")
    say(sliders, "move", {"days-ahead": 0, "iv-shift": 6})
    await until(lambda: sliders.said["iv-shift"] == "IV +3.0 pts")
    await until(lambda: not np.allclose(drawn.parts["chosen"], drawn.parts["expiry"]))


async def test_a_strike_that_is_dragged_takes_its_legs_along_and_is_one_step(
    visitor: User, desk: FakeDesk
) -> None:
    shown = await opened(visitor, f"{BUILDER}&template=short-straddle")
    before = strikes(desk)
    drawn = chart(visitor)
    await until(lambda: any(mark.name == "0,1" for mark in drawn._marks))
    for value in (24_290.0, 24_330.0, 24_361.0):
        say(drawn, "drag", {"name": "0,1", "value": value, "done": value > 24_350})
    await until(lambda: strikes(desk) == [24_350, 24_350])
    say(shown, "key", "undo")
    await until(lambda: strikes(desk) == before)


async def test_a_calendar_has_a_band_and_a_comparison_lies_over_it(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor, f"{BUILDER}&template=call-calendar")
    drawn = chart(visitor)
    await until(lambda: len(drawn.parts.get("low", ())) > 100)
    assert (drawn.parts["low"] <= drawn.parts["high"]).all()
    note = one(visitor, "numbers-note").text
    assert "later legs" in note
    assert "vol points" in note


async def test_another_underlying_has_a_table_of_its_own(visitor: User, desk: FakeDesk) -> None:
    await opened(visitor, BUILDER)
    choices = await Choices.load(desk.services.preferences)
    kept = KeptDrafts(desk.services, choices)
    kept.put(replace(kept.empty("NIFTY"), legs=(made_up(1, 24_200, "CE"),)))
    assert kept.get("BANKNIFTY").legs == ()
    assert len(kept.get("NIFTY").legs) == 1


async def test_what_is_chosen_by_is_remembered_and_held_in_bounds(
    visitor: User, desk: FakeDesk
) -> None:
    await opened(visitor, BUILDER)
    choices = await Choices.load(desk.services.preferences)
    choices.keep("builder.chooser", {"by": "delta", "delta": 0.16, "width": 2, "lots": 3})
    found = chooser(choices, EXPIRY)
    assert (found.by, found.delta, found.width, found.lots) == ("delta", 0.16, 2, 3)
    choices.keep("builder.chooser", {"by": "delta", "delta": 7})
    with pytest.raises(Exception, match="delta must lie between"):
        chooser(choices, EXPIRY)


def _name(desk: FakeDesk) -> str:
    return desk.services.drafts.building["NIFTY"].name


def _soon(desk: FakeDesk) -> object:
    return desk.clock.now() + timedelta(days=5)
