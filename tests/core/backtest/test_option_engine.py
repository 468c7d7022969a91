"""A strategy over recorded chains: what it sees, what it is filled at, and what that comes to."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal as D

import numpy as np
import pytest

from core.backtest.option_engine import OptionTerms, run_options
from core.backtest.results import OrderEnd, Result
from core.charges.charges import Exercise, Trade, charges
from core.charges.rates import Segment, Side
from core.errors import BadData, RuleBroken
from core.instruments.instrument import Right
from core.strategies.leg_plan import LegRule
from core.strategies.strategy import Context, Setup, Strategy
from tests.core.backtest.option_days import (
    CE,
    LOT,
    MONDAY,
    NEXT,
    PE,
    TUESDAY,
    WEDNESDAY,
    Plan,
    at,
    cut,
    day_of,
    sell,
    trade,
)

TERMS = OptionTerms(symbol="NIFTY")
CALL, PUT = (CE, 24_000.0), (PE, 24_000.0)


def run(strategy: Strategy, *days, terms: OptionTerms = TERMS) -> Result:
    return run_options(strategy, days, terms)


def note(*traded: tuple[Side, D], day: date = TUESDAY, exercises=()) -> float:
    """The contract note of so many lots of NIFTY options."""
    done = [
        Trade(
            segment=Segment.OPTION,
            exchange="NSE",
            underlying="NIFTY",
            side=side,
            quantity=LOT,
            price=price,
            day=day,
            order_id=str(i),
        )
        for i, (side, price) in enumerate(traded)
    ]
    return float(charges(done, exercises).contract_note().total)


def test_a_straddle_is_sold_at_the_bid_and_bought_back_at_the_ask() -> None:
    day = day_of(
        TUESDAY,
        TUESDAY,
        [24_000.0] * 4,
        {CALL: [100, 100, 90, 80], PUT: [95, 95, 99, 70]},
    )

    def enter(desk: Context) -> None:
        sell(*CALL)(desk)
        sell(*PUT)(desk)

    def leave(desk: Context) -> None:
        for each in desk.held:
            desk.order(each.key, -each.units)

    plan = Plan({time(9, 17): enter, time(9, 19): leave})
    result = run(plan, day)
    assert [(f.units, f.price) for f in result.fills] == [
        (-LOT, 99.95),
        (-LOT, 94.95),
        (LOT, 80.05),
        (LOT, 70.05),
    ]
    gross = LOT * (99.95 - 80.05 + 94.95 - 70.05)
    paid = note(
        (Side.SELL, D("99.95")),
        (Side.SELL, D("94.95")),
        (Side.BUY, D("80.05")),
        (Side.BUY, D("70.05")),
    )
    assert result.profit == pytest.approx(gross - paid, abs=1e-6)
    assert result.charges == pytest.approx(paid)
    assert sum(trade.profit for trade in result.trades) == pytest.approx(result.profit)
    assert [each.end for each in result.orders] == [OrderEnd.FILLED] * 4
    assert [fill.at for fill in plan.fills] == [at(9, 17)] * 2 + [at(9, 19)] * 2


def test_between_trades_it_is_worth_what_the_middle_of_the_quotes_says() -> None:
    day = day_of(TUESDAY, TUESDAY, [24_000.0] * 3, {CALL: [100, 90, 80], PUT: [95] * 3})
    result = run(Plan({time(9, 16): sell(*CALL)}), day)
    taken = result.equity[1] - result.equity[0]
    assert taken == pytest.approx(LOT * 10)
    assert result.exposure.tolist() == pytest.approx([LOT * 100, LOT * 90, LOT * 80])


def test_what_expires_is_settled_at_the_last_value_of_its_underlying_and_taxed() -> None:
    day = day_of(
        TUESDAY, TUESDAY, [24_000.0, 24_050.0, 24_060.0], {CALL: [100, 60, 55], PUT: [95, 1, 1]}
    )
    result = run(Plan({time(9, 16): trade(*CALL, 1)}), day)
    taxed = Exercise(
        exchange="NSE",
        underlying="NIFTY",
        right=Right.CALL,
        strike=D(24_000),
        settlement=D("24060"),
        quantity=LOT,
        day=TUESDAY,
    )
    paid = note((Side.BUY, D("100.05")), exercises=[taxed])
    assert result.profit == pytest.approx(LOT * (60 - 100.05) - paid)
    (trip,) = result.trades
    assert (trip.tag, trip.exit, trip.open) == ("24000CE", 60.0, False)
    assert trip.profit == pytest.approx(result.profit)
    assert any("settled at the underlying of 09:18" in each.text for each in result.notes)


def test_an_official_close_goes_before_the_last_value_that_was_recorded() -> None:
    day = day_of(TUESDAY, TUESDAY, [24_000.0] * 2, {CALL: [100, 60], PUT: [95, 1]})
    terms = OptionTerms(symbol="NIFTY", close_of=lambda symbol, day: 24_120.0)
    result = run(Plan({time(9, 16): trade(*CALL, 1)}), day, terms=terms)
    assert result.trades[0].exit == 120.0


def test_what_is_not_quoted_is_not_filled_and_the_order_waits() -> None:
    nan = float("nan")
    mids = {CALL: [100, nan, nan, 120], PUT: [95] * 4}
    result = run(Plan({time(9, 17): sell(*CALL)}), day_of(TUESDAY, TUESDAY, [24_000.0] * 4, mids))
    assert [fill.at for fill in result.fills] == [int(at(9, 19).timestamp())]
    assert result.fills[0].price == 119.95


def test_of_a_day_without_quotes_the_last_trade_is_taken_with_slippage_and_said() -> None:
    day = day_of(TUESDAY, TUESDAY, [24_000.0] * 2, {CALL: [100, 60], PUT: [95, 1]}, quoted=False)
    result = run(Plan({time(9, 16): sell(*CALL)}), day)
    assert result.fills[0].price == 99.95
    assert any("no quotes were recorded" in each for each in result.assumptions)


def test_a_resting_limit_is_filled_when_a_quote_reaches_it() -> None:
    day = day_of(TUESDAY, TUESDAY, [24_000.0] * 3, {CALL: [100, 101, 105], PUT: [95] * 3})
    result = run(Plan({time(9, 16): sell(*CALL, limit=104.0)}), day)
    assert [(f.price, f.at) for f in result.fills] == [(104.0, int(at(9, 18).timestamp()))]


def test_a_stop_waits_for_a_trade_beyond_its_trigger() -> None:
    day = day_of(TUESDAY, TUESDAY, [24_000.0] * 4, {CALL: [100, 110, 121, 130], PUT: [95] * 4})
    result = run(Plan({time(9, 16): trade(*CALL, 1, stop=120.0)}), day)
    assert [(f.price, f.at) for f in result.fills] == [(121.05, int(at(9, 18).timestamp()))]


def test_an_order_ends_with_its_day() -> None:
    days = [
        day_of(MONDAY, TUESDAY, [24_000.0] * 2, {CALL: [100, 100], PUT: [95] * 2}),
        day_of(TUESDAY, TUESDAY, [24_000.0] * 2, {CALL: [300, 300], PUT: [95] * 2}),
    ]
    plan = Plan({time(9, 17): sell(*CALL, limit=104.0)})
    plan.on_day = lambda desk: plan.acts.clear() if desk.day == TUESDAY else None  # type: ignore[method-assign]
    result = run(plan, *days)
    assert [each.end for each in result.orders] == [OrderEnd.EXPIRED]
    assert result.fills == ()


def test_a_position_lives_over_night_and_its_day_ends_at_the_close() -> None:
    days = [
        day_of(MONDAY, TUESDAY, [24_000.0] * 2, {CALL: [100, 100], PUT: [95] * 2}),
        day_of(TUESDAY, TUESDAY, [23_950.0] * 2, {CALL: [40, 40], PUT: [95] * 2}),
    ]
    plan = Plan({time(9, 16): sell(*CALL)})
    plan.on_fill = lambda desk, fill: plan.acts.clear()  # type: ignore[method-assign]
    result = run(plan, *days)
    assert plan.days == [MONDAY, TUESDAY]
    assert plan.ends == [at(15, 30, MONDAY), at(15, 30, TUESDAY)]
    assert result.trades[0].exit == 0.0
    assert result.profit == pytest.approx(sum(trade.profit for trade in result.trades))


def test_the_next_expiry_is_another_chain_and_a_held_one_stays_in_sight() -> None:
    near = day_of(MONDAY, TUESDAY, [24_000.0], {CALL: [100], PUT: [95]})
    far = day_of(MONDAY, NEXT, [24_000.0], {CALL: [200], PUT: [195]})
    after = day_of(WEDNESDAY, NEXT, [24_000.0], {CALL: [180], PUT: [175]})
    seen: list[date] = []

    def look(desk: Context) -> None:
        seen.append(desk.chain(1).expiry)
        desk.order(desk.chain(NEXT).keys[0][0], LOT)

    plan = Plan({time(9, 16): look}, expiries=2)
    plan.on_fill = lambda desk, fill: plan.acts.clear()  # type: ignore[method-assign]
    result = run(plan, near, far, after)
    assert seen == [NEXT]
    assert result.fills[0].price == 200.05
    assert result.equity[-1] - result.equity[0] == pytest.approx(LOT * -20, abs=0.6)


def test_a_minute_that_nobody_recorded_is_not_made_up() -> None:
    day = day_of(
        TUESDAY, TUESDAY, [24_000.0] * 3, {CALL: [1, 2, 3], PUT: [1, 2, 3]}, rows=[0, 1, 7]
    )
    plan = Plan({})
    run(plan, day)
    assert plan.minutes == [time(9, 16), time(9, 17), time(9, 23)]


def test_a_chain_that_was_not_recorded_now_is_said_so() -> None:
    near = day_of(MONDAY, TUESDAY, [24_000.0] * 2, {CALL: [100, 100], PUT: [95, 95]})
    far = day_of(MONDAY, NEXT, [24_000.0], {CALL: [200], PUT: [195]})
    plan = Plan({time(9, 17): lambda desk: desk.chain(1)}, expiries=2)
    with pytest.raises(RuleBroken, match="was not recorded at 09:16"):
        run(plan, near, far)


def test_two_sessions_are_traded_and_what_lies_between_is_left_out() -> None:
    drill = date(2024, 5, 18)
    rows = [0, 1, 60, 135, 136]  # to 09:17, at 10:16, and from 11:31 on
    prices = [100.0, 100, 100, 90, 80]
    day = day_of(drill, date(2024, 5, 23), [22_500.0] * 5, {CALL: prices, PUT: prices}, rows=rows)
    plan = Plan({time(9, 16): sell(*CALL)})
    result = run(plan, day)
    assert plan.minutes == [time(9, 16), time(9, 17), time(11, 31), time(11, 32)]
    assert result.fills[0].units == -25
    assert any("Before 01 Oct 2024" in each for each in result.assumptions)
    assert any("1 minutes outside the session" in each.text for each in result.notes)


def test_a_day_without_a_session_is_left_out_and_said() -> None:
    holiday = date(2026, 6, 26)
    days = [
        day_of(TUESDAY, TUESDAY, [24_000.0], {CALL: [1], PUT: [1]}),
        day_of(holiday, date(2026, 6, 30), [24_000.0], {CALL: [1], PUT: [1]}),
    ]
    result = run(Plan({}), *days)
    assert len(result.time) == 1
    assert "26 Jun 2026 was left out" in result.notes[-1].text


def test_what_the_margin_does_not_allow_is_refused_with_the_reason() -> None:
    day = day_of(TUESDAY, TUESDAY, [24_000.0] * 2, {CALL: [100, 100], PUT: [95] * 2})
    terms = OptionTerms(symbol="NIFTY", capital=50_000.0)
    plan, told = Plan({time(9, 16): sell(*CALL)}), list[tuple[int, str]]()
    plan.on_refused = lambda desk, order, why: told.append((order, why))  # type: ignore[method-assign]
    result = run(plan, day, terms=terms)
    assert told == [(1, result.orders[0].words)]
    assert result.orders[0].end is OrderEnd.REFUSED
    assert "are missing" in result.orders[0].words
    assert result.profit == 0


def test_margin_and_greeks_are_kept_while_something_is_held() -> None:
    mids = {
        CALL: [100.0] * 3,
        PUT: [95.0] * 3,
        (CE, 24_100.0): [60.0] * 3,
        (PE, 23_900.0): [55.0] * 3,
    }
    day = day_of(MONDAY, TUESDAY, [24_000.0] * 3, mids)
    result = run(Plan({time(9, 17): sell(*CALL)}), day)
    assert result.margin[0] == 0
    assert result.margin[1] > 100_000
    assert result.greeks["delta"][1] == pytest.approx(-LOT * 0.5, abs=3)
    assert result.greeks["theta"][1] > 0


def test_nothing_of_the_future_can_change_what_was_done_before() -> None:
    prices = [100.0, 98, 103, 97, 110, 92, 88, 120]
    day = day_of(TUESDAY, TUESDAY, [24_000.0] * 8, {CALL: prices, PUT: prices[::-1]})

    class Chaser(Strategy):
        def init(self, setup: Setup) -> None:
            setup.chains()

        def on_minute(self, desk: Context) -> None:
            view = desk.chain()
            side = LOT if view.mid[0, 0] < view.mid[1, 0] else -LOT
            desk.order(view.keys[0][0], side)

    whole = run(Chaser(), day)
    for minute in range(16, 23):
        part = run(Chaser(), *cut([day], at(9, minute)))
        known = [fill for fill in whole.fills if fill.at <= at(9, minute).timestamp()]
        assert [f[:5] for f in part.fills] == [f[:5] for f in known]
        assert part.equity[:-1].tolist() == whole.equity[: len(part.equity) - 1].tolist()


def test_a_view_keeps_no_way_to_later_minutes() -> None:
    day = day_of(TUESDAY, TUESDAY, [24_000.0] * 2, {CALL: [100, 200], PUT: [95, 95]})
    views = []
    run(Plan({time(9, 16): lambda desk: views.append(desk.chain())}), day)
    (view,) = views
    for name in ("bid", "ask", "strikes", "mid"):
        for array in (day.bid, day.ask, day.ltp, day.strikes):
            assert not np.shares_memory(getattr(view, name), array)
    assert view.bid[0, 0] == 99.95


def test_a_strike_is_not_known_before_it_was_first_heard_of() -> None:
    nan = float("nan")
    late = {CALL: [100, 100], PUT: [95, 95], (CE, 24_100.0): [nan, 50], (PE, 24_100.0): [nan, 140]}
    views = []
    acts = {time(9, m): lambda desk: views.append(desk.chain()) for m in (16, 17)}
    run(Plan(acts), day_of(TUESDAY, TUESDAY, [24_000.0] * 2, late))
    assert [view.strikes.tolist() for view in views] == [[24_000.0], [24_000.0, 24_100.0]]
    assert [len(view.keys[0]) for view in views] == [1, 2]


def test_what_a_strategy_raises_is_told_with_its_moment() -> None:
    day = day_of(TUESDAY, TUESDAY, [24_000.0] * 2, {CALL: [1, 2], PUT: [1, 2]})
    with pytest.raises(RuleBroken, match=r"ZeroDivisionError.*02 Jun 2026 09:17"):
        run(Plan({time(9, 17): lambda desk: 1 / 0}), day)


def test_a_strategy_that_answers_every_fill_by_an_order_is_stopped() -> None:
    day = day_of(TUESDAY, TUESDAY, [24_000.0], {CALL: [100], PUT: [95]})
    plan = Plan({time(9, 16): sell(*CALL)})
    plan.on_fill = lambda desk, fill: desk.order(fill.key, -fill.units)  # type: ignore[method-assign]
    with pytest.raises(RuleBroken, match="rounds of orders in one minute"):
        run(plan, day)


def test_days_that_are_out_of_order_or_missing_are_refused() -> None:
    days = [
        day_of(TUESDAY, TUESDAY, [24_000.0], {CALL: [1], PUT: [1]}),
        day_of(MONDAY, TUESDAY, [24_000.0], {CALL: [1], PUT: [1]}),
    ]
    with pytest.raises(BadData, match="out of order"):
        run(Plan({}), *days)
    early = day_of(TUESDAY, TUESDAY, [24_000.0], {CALL: [1], PUT: [1]}, opens=time(8, 0))
    for nothing in ([], [early]):
        with pytest.raises(BadData, match="no recorded chain of NIFTY"):
            run(Plan({}), *nothing)


def test_the_same_run_again_gives_the_same_result() -> None:
    day = day_of(TUESDAY, TUESDAY, [24_000.0] * 3, {CALL: [100, 90, 80], PUT: [95] * 3})
    first, second = (run(Plan({time(9, 16): sell(*CALL)}), day) for _ in range(2))
    assert first.same_as(second)
    assert Result.from_json(first.to_json()).same_as(first)


def test_while_the_index_stands_still_strikes_go_by_the_forward_and_its_print_settles() -> None:
    august = date(2026, 8, 25)
    up = (CE, 24_100.0)
    mids = {
        CALL: [120.0, 160, 150],
        PUT: [20.0, 10, 1],
        up: [60.0, 90, 70],
        (PE, 24_100.0): [60.0, 40, 1],
    }
    frozen = day_of(
        august, august, [24_010.0, 24_010.0, 24_180.0], mids, opens=time(15, 15), rows=[3, 8, 24]
    )
    day = replace(frozen, forward=frozen.spot + np.array([85.0, 130.0, 0.0]))
    chosen = LegRule(right=CE, lots=1)
    plan = Plan({})
    plan.acts[time(15, 24)] = lambda desk: trade(CE, chosen.strike(desk.chain(), []), 1)(desk)
    result = run(plan, day)
    assert plan.minutes == [time(15, 19), time(15, 24), time(15, 40)]
    assert [(fill.tag, fill.price) for fill in result.fills] == [("24100CE", 90.05)]
    assert result.trades[0].exit == pytest.approx(80.0)
    assert not any("settled at" in each.text for each in result.notes)
