"""Strategies beside the positions: made, armed, closed and brought back by their buttons."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
from nicegui.element import Element
from nicegui.testing import User

from core.instruments.instrument import Kind
from core.services.strategy_desk import StrategyDesk
from core.state.market import Col
from core.trading.exit_rules import ExitRules, Goal, Measure, Phase, Reentry, Strikes
from core.trading.groups import StrategyGroup
from core.trading.requests import OrderRequest, OrderType, Product, Side
from tests.fake_desk import FakeDesk
from tests.fake_universe import option_key
from tests.ui.finding import one
from tests.ui.waiting import say, until
from ui.components.data_table import Cell, DataTable
from ui.components.strategy_detail import drawdown, reach
from ui.strategies import words
from ui.strategies.rules_dialog import clock, number

CALL, PUT = option_key(24_200.0, Kind.CALL), option_key(24_200.0, Kind.PUT)
LOT = 65
C, P = (CALL, Product.CARRY), (PUT, Product.CARRY)


def strategies(desk: FakeDesk) -> StrategyDesk:
    return desk.trading.strategies


async def trade(desk: FakeDesk, key: Any, units: int) -> None:
    """Sold or bought at a price near the market, and heard of."""
    state = desk.trading.state
    state.limits = replace(state.limits, naked_lots=None)
    price = f"{round(desk.market_data.values[key][Col.LTP] / 0.05) * 0.05:.2f}"
    request = OrderRequest(
        key=key,
        side=Side.BUY if units > 0 else Side.SELL,
        quantity=abs(units),
        product=Product.CARRY,
        type=OrderType.LIMIT,
        price=Decimal(price),
    )
    order = await desk.trading.desk.place(request)
    desk.exchange.trade(order.broker_ids[0], abs(units), price)
    await heard(desk)


async def heard(desk: FakeDesk) -> None:
    while not desk.exchange.told.empty():
        await desk.trading.desk.hear([desk.exchange.told.get_nowait()])


async def straddle(desk: FakeDesk) -> StrategyGroup:
    await trade(desk, CALL, -LOT)
    await trade(desk, PUT, -LOT)
    made = await strategies(desk).create({C: -LOT, P: -LOT})
    strategies(desk).keeper.look()
    return made


def table(visitor: User, name: str = "strategies") -> DataTable:
    assert visitor.client is not None
    found = [e for e in visitor.client.elements.values() if isinstance(e, DataTable)]
    return next(each for each in found if each.props["name"] == name)


def texts(visitor: User, name: str = "strategies") -> list[list[str]]:
    return [
        [cell.text if isinstance(cell, Cell) else cell for cell in row.cells]
        for row in table(visitor, name).rows
    ]


def part(visitor: User, name: str) -> Element:
    assert visitor.client is not None
    found = visitor.client.elements.values()
    return next(e for e in found if e.props.get("data-testid") == name)


def press(visitor: User, name: str) -> None:
    say(part(visitor, name), "click", None)


def typed(visitor: User, name: str, value: Any) -> None:
    one(visitor, name).set_value(value)


def preview(visitor: User) -> str:
    box = part(visitor, "rules-preview")
    return " ".join(getattr(each, "text", "") for each in box.descendants())


async def opened(visitor: User) -> DataTable:
    await visitor.open("/positions")
    await until(lambda: bool(table(visitor).rows))
    return table(visitor)


async def test_without_strategies_it_says_how_to_make_one(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/positions")
    await visitor.should_see("No strategies yet.")


async def test_what_is_held_is_grouped_by_itself_and_shown(visitor: User, desk: FakeDesk) -> None:
    await trade(desk, CALL, -LOT)
    await trade(desk, PUT, -LOT)
    await visitor.open("/positions")
    await visitor.should_see("2 positions in no strategy")
    press(visitor, "strategy-auto")
    await until(lambda: bool(table(visitor).rows))
    strategies(desk).keeper.look()
    await until(lambda: "→" in texts(visitor)[0][3])
    (row,) = texts(visitor)
    assert row[:3] == ["disarmed", "NIFTY Short straddle", "-1 24200C · -1 24200P · 23 Nov"]
    (group,) = strategies(desk).state.shown()
    numbers = strategies(desk).watch.look_at(group).numbers
    assert row[4].replace(",", "") == f"{numbers.pnl:+.2f}"
    assert len(table(visitor, "strategy-legs").rows) == 2


async def test_rules_are_told_in_words_and_armed(visitor: User, desk: FakeDesk) -> None:
    group = await straddle(desk)
    await opened(visitor)
    press(visitor, "strategy-edit")
    await visitor.should_see("Rules of “NIFTY Short straddle”", retries=10)
    typed(visitor, "rule-stop", "4,500")
    await until(lambda: "Exits all 2 legs at market with protection" in preview(visitor))
    assert "when the loss reaches ₹4,500." in preview(visitor)
    typed(visitor, "rule-target", "much")
    assert "“much” is no number for the target." in preview(visitor)
    assert "disabled" in part(visitor, "rules-arm").props
    typed(visitor, "rule-target", "40")
    typed(visitor, "rule-target-unit", Measure.PREMIUM)
    assert "the combined premium falls by ₹40 a unit from entry." in preview(visitor)
    typed(visitor, "rule-square-off", "9:5")
    assert "is no time" in preview(visitor)
    typed(visitor, "rule-square-off", "15:15")
    typed(visitor, "rule-reentry", "2")
    typed(visitor, "rule-reentry-strikes", Strikes.AT_THE_MONEY)
    assert "enters again up to 2 times, 5 minutes later" in preview(visitor)
    press(visitor, "rules-arm")
    await until(lambda: strategies(desk).state.groups[group.id].state.phase is Phase.ARMED)
    rules = strategies(desk).state.groups[group.id].rules
    assert rules.stop == Goal(4_500)
    assert rules.target == Goal(40, Measure.PREMIUM)
    assert rules.reentry == Reentry(times=2, strikes=Strikes.AT_THE_MONEY)
    await until(lambda: texts(visitor)[0][0] == "armed")
    row = texts(visitor)[0]
    assert row[6].startswith("-₹4,500 · ₹")
    assert row[7].startswith("+₹40 · ₹")
    assert row[9].startswith("15:15 · 5:1")
    await visitor.should_see("Armed, SIMULATED:")
    press(visitor, "strategy-disarm")
    await until(lambda: texts(visitor)[0][0] == "disarmed")


async def test_a_blind_strategy_is_told_and_its_numbers_grey(visitor: User, desk: FakeDesk) -> None:
    group = await straddle(desk)
    await strategies(desk).set_rules(group.id, ExitRules(stop=Goal(9_000)))
    await strategies(desk).arm(group.id)
    await opened(visitor)
    desk.feed.drop()
    strategies(desk).keeper.look()
    await until(lambda: texts(visitor)[0][0] == "blind")
    cell = table(visitor).rows[0].cells[4]
    assert isinstance(cell, Cell)
    assert "stale" in cell.classes


async def test_an_exit_asks_first_and_closes_every_leg(visitor: User, desk: FakeDesk) -> None:
    group = await straddle(desk)
    await opened(visitor)
    say(table(visitor), "act", [group.id, "exit"])
    await visitor.should_see("Exit “NIFTY Short straddle” now?", retries=10)
    await visitor.should_see("2 legs are closed at market with protection")
    press(visitor, "strategy-exit-yes")
    await until(lambda: desk.exchange.asked.count("place") == 4)
    await until(lambda: texts(visitor)[0][0] == "exiting")
    for order in [o for o in desk.exchange.book.values() if o.filled < o.quantity]:
        desk.exchange.trade(order.id, LOT, "100")
    await heard(desk)
    await until(lambda: strategies(desk).state.groups[group.id].state.phase is Phase.DONE)
    await until(lambda: texts(visitor)[0][0] == "done")
    assert texts(visitor)[0][1] == "NIFTY Short straddle"


async def test_one_that_was_dissolved_comes_back(visitor: User, desk: FakeDesk) -> None:
    group = await straddle(desk)
    await opened(visitor)
    press(visitor, "strategy-dissolve")
    await visitor.should_see("was dissolved; its positions stay held.", retries=10)
    assert strategies(desk).state.shown() == []
    press(visitor, "strategy-undo")
    await until(lambda: bool(strategies(desk).state.shown()))
    assert strategies(desk).state.groups[group.id].held() == group.held()


async def test_strategies_are_made_split_and_named_by_hand(visitor: User, desk: FakeDesk) -> None:
    await trade(desk, CALL, -2 * LOT)
    await trade(desk, PUT, -LOT)
    await visitor.open("/positions")
    await visitor.should_see("2 positions in no strategy")
    press(visitor, "strategy-new")
    await visitor.should_see("A strategy of these positions", retries=10)
    typed(visitor, "share-0-lots", "0.5")
    press(visitor, "shares-go")
    await visitor.should_see("not whole units", retries=10)
    typed(visitor, "share-0-lots", "-2")
    typed(visitor, "shares-name", "Mine")
    press(visitor, "shares-go")
    await until(lambda: bool(strategies(desk).state.shown()))
    (group,) = strategies(desk).state.shown()
    assert (group.name, sorted(group.held().values())) == ("Mine", [-2 * LOT, -LOT])
    await until(lambda: bool(table(visitor).rows))
    press(visitor, "strategy-split")
    await visitor.should_see("Into a strategy of its own", retries=10)
    typed(visitor, "share-0", True)
    typed(visitor, "share-0-lots", "-1")
    press(visitor, "shares-go")
    await until(lambda: len(strategies(desk).state.shown()) == 2)
    assert strategies(desk).state.groups[group.id].held()[C] == -LOT


def test_texts_of_numbers_and_times() -> None:
    assert number(" ₹4,500 ", "stop") == 4_500
    assert number("", "stop") is None
    assert str(clock("9:20")) == "09:20:00"
    assert words.countdown(3_725) == "1:02:05"
    assert words.countdown(-5) == "00:00"
    assert words.level_words(-4_500.0, Measure.PNL) == "-₹4,500"
    assert words.level_words(25.0, Measure.PREMIUM_PERCENT) == "+25 %"


def test_the_drawdown_falls_from_the_best_so_far() -> None:
    rows = np.array([[0.0, 100.0, -20.0, 50.0], [50.0, 60.0, -90.0, -80.0], [0, 200, 0, 200]])
    assert drawdown(rows).tolist() == [-50.0, -180.0, 0.0]
    assert drawdown(np.empty((0, 4))).tolist() == []
    assert reach(rows, [-1_500.0, 9_000.0]) == (-1_500.0, 200.0)
