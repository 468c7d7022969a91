"""Strategies told by a plan: in, out, stops, re-entry, rolls, hedges, by hand-made prices."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta

import pytest

from core.backtest.option_engine import OptionTerms, run_options
from core.backtest.results import OrderEnd, Result
from core.errors import RuleBroken
from core.instruments.instrument import Right
from core.strategies.leg_plan import (
    AfterLeg,
    Hedge,
    Hold,
    LegPlan,
    LegRule,
    Pick,
    RollTested,
    clock_time,
)
from core.strategies.legs_strategy import LegsStrategy
from core.trading.exit_rules import ExitRules, Goal, Measure, Reentry, Strikes, Trail
from tests.core.backtest.option_days import (
    CE,
    LOT,
    MONDAY,
    NEXT,
    PE,
    TUESDAY,
    WEDNESDAY,
    at,
    day_of,
)

TERMS = OptionTerms(symbol="NIFTY", capital=10_000_000.0)
STRADDLE = (LegRule(right=CE, lots=-1), LegRule(right=PE, lots=-1))
CALL, PUT = (CE, 24_000.0), (PE, 24_000.0)
PERCENT = Measure.PREMIUM_PERCENT


class Told(LegsStrategy):
    """A plan without parameters."""

    def __init__(self, plan: LegPlan) -> None:
        super().__init__()
        self._told = plan

    def plan(self) -> LegPlan:
        return self._told


def plan_of(*legs: LegRule, **more) -> LegPlan:
    hours = {"enter": time(9, 16), "leave": time(9, 24)}
    return LegPlan(legs=legs or STRADDLE, **{**hours, **more})


def run(plan: LegPlan, *days) -> Result:
    return run_options(Told(plan), days, TERMS)


def did(result: Result) -> list[tuple[str, int, float]]:
    """Hour, units in lots, price of each fill."""
    return [
        (
            f"{at(9, 15) + timedelta(seconds=f.at - at(9, 15).timestamp()):%H:%M}",
            f.units // LOT,
            f.price,
        )
        for f in result.fills
    ]


def tuesday(calls: Sequence[float], puts: Sequence[float], **more: Sequence[float]):
    """From 09:16 on; `up` and `down` are the call at 24,100 and the put at 23,900."""
    mids = {CALL: calls, PUT: puts}
    mids |= {c: more[n] for n, c in (("up", (CE, 24_100.0)), ("down", (PE, 23_900.0))) if n in more}
    return day_of(TUESDAY, TUESDAY, [24_000.0] * len(calls), mids)


def test_it_enters_and_leaves_at_its_hours() -> None:
    day = tuesday([100.0] * 10, [95.0] * 10)
    result = run(plan_of(enter=time(9, 18), leave=time(9, 20)), day)
    assert did(result) == [
        ("09:18", -1, 99.95),
        ("09:18", -1, 94.95),
        ("09:20", 1, 100.05),
        ("09:20", 1, 95.05),
    ]
    assert result.profit == pytest.approx(-2 * LOT * 0.1 - result.charges)


def test_a_leg_leaves_at_its_own_stop_and_the_other_stays_until_the_evening() -> None:
    own = ExitRules(stop=Goal(30, PERCENT))
    day = tuesday([100, 120, 131, 140, 90, 90, 90, 90, 80], [95.0] * 8 + [60])
    result = run(plan_of(*(replace(leg, rules=own) for leg in STRADDLE)), day)
    assert did(result)[2:] == [("09:18", 1, 131.05), ("09:24", 1, 60.05)]
    gross = LOT * (99.95 - 131.05 + 94.95 - 60.05)
    assert result.profit == pytest.approx(gross - result.charges)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (AfterLeg.ALL, [("09:18", 1, 131.05), ("09:18", 1, 99.05)]),
        (AfterLeg.COST, [("09:18", 1, 131.05), ("09:20", 1, 96.05)]),
    ],
)
def test_what_a_stopped_leg_means_for_the_others(after: AfterLeg, expected: list) -> None:
    own = ExitRules(stop=Goal(30, PERCENT))
    day = tuesday(
        [100, 120, 131, 140, 150, 160], [95, 95, 99 if after is AfterLeg.ALL else 90, 94, 96, 80]
    )
    legs = (replace(leg, rules=own) for leg in STRADDLE)
    result = run(plan_of(*legs, after_leg=after), day)
    assert did(result)[2:] == expected


def test_a_stop_of_the_whole_counts_the_combined_premium() -> None:
    day = tuesday([100, 110, 125, 130], [95, 95, 110, 120])
    result = run(plan_of(rules=ExitRules(stop=Goal(20, PERCENT))), day)
    assert [fill[0] for fill in did(result)[2:]] == ["09:18", "09:18"]
    assert any("stop" in note.text for note in result.notes)


def test_a_target_in_rupees_and_a_trail() -> None:
    day = tuesday([100, 90, 80, 85, 95, 95], [95, 90, 80, 80, 85, 85])
    target = run(plan_of(rules=ExitRules(target=Goal(1_500, Measure.PNL))), day)
    assert [fill[0] for fill in did(target)[2:]] == ["09:18", "09:18"]
    trail = ExitRules(trail=Trail(Goal(15, Measure.PREMIUM), 20))
    trailed = run(plan_of(rules=trail), day)
    assert [fill[0] for fill in did(trailed)[2:]] == ["09:20", "09:20"]


@pytest.mark.parametrize("strikes", Strikes)
def test_after_a_stop_it_enters_again_as_often_as_told(strikes: Strikes) -> None:
    rules = ExitRules(
        stop=Goal(10, PERCENT),
        reentry=Reentry(times=1, wait=timedelta(minutes=2), strikes=strikes),
    )
    day = tuesday([100, 125, 125, 125, 125, 125, 160, 160], [95.0] * 8)
    result = run(plan_of(rules=rules), day)
    times = [(hour, units) for hour, units, _ in did(result)]
    assert times == [
        *[("09:16", -1)] * 2,
        *[("09:17", 1)] * 2,
        *[("09:20", -1)] * 2,
        *[("09:22", 1)] * 2,
    ]


def test_a_leg_enters_again_by_itself() -> None:
    own = ExitRules(stop=Goal(30, PERCENT), reentry=Reentry(times=1, wait=timedelta(minutes=1)))
    call, put = STRADDLE
    day = tuesday([100, 131, 131, 131, 131, 131, 131, 131, 131], [95.0] * 9)
    result = run(plan_of(replace(call, rules=own), put), day)
    assert did(result)[2:4] == [("09:17", 1, 131.05), ("09:19", -1, 130.95)]


def test_a_leg_enters_again_only_as_often_as_told() -> None:
    own = ExitRules(stop=Goal(30, PERCENT), reentry=Reentry(times=1, wait=timedelta()))
    call, put = STRADDLE
    day = tuesday([100, 131, 131, 131, 175, 230, 300, 400, 500], [95.0] * 9)
    result = run(plan_of(replace(call, rules=own), put), day)
    assert [units for _, units, _ in did(result)] == [-1, -1, 1, -1, 1, 1]


def test_a_leg_whose_price_is_not_known_is_watched_as_soon_as_it_is() -> None:
    nan = float("nan")
    own = ExitRules(stop=Goal(30, PERCENT))
    call, put = STRADDLE
    day = tuesday([100, nan, 110, 131, 131, 131, 131, 131, 131], [95.0] * 9)
    result = run(plan_of(replace(call, rules=own), put), day)
    assert did(result)[2] == ("09:19", 1, 131.05)


def test_wings_are_bought_before_anything_is_sold_and_sold_after_it() -> None:
    wings = (
        LegRule(right=CE, lots=1, pick=Pick.WIDTH, value=100, of=0),
        LegRule(right=PE, lots=1, pick=Pick.WIDTH, value=100, of=1),
    )
    day = tuesday([100.0] * 9, [95.0] * 9, up=[60.0] * 9, down=[55.0] * 9)
    result = run(plan_of(*STRADDLE, *wings), day)
    assert [units for _, units, _ in did(result)] == [1, 1, -1, -1, 1, 1, -1, -1]
    assert [fill.price for fill in result.fills[:2]] == [60.05, 55.05]


def test_a_tested_leg_is_rolled_away_by_its_rule() -> None:
    legs = (
        LegRule(right=CE, lots=-1, pick=Pick.PREMIUM, value=60),
        LegRule(right=PE, lots=-1, pick=Pick.PREMIUM, value=55),
    )
    strikes = (23_800.0, 23_900.0, 24_000.0, 24_100.0, 24_200.0, 24_300.0)
    mids = {
        (CE, 23_900.0): [165, 250, 255],
        (CE, 24_000.0): [105, 180, 185],
        (CE, 24_100.0): [60, 115, 120],
        (CE, 24_200.0): [32, 62, 66],
        (CE, 24_300.0): [15, 30, 32],
        (PE, 23_800.0): [31, 16, 15],
        (PE, 23_900.0): [57, 30, 28],
        (PE, 24_000.0): [97, 55, 52],
    }
    day = day_of(MONDAY, TUESDAY, [24_010.0, 24_150.0, 24_155.0], mids, strikes=strikes)
    result = run(plan_of(*legs, tested=RollTested(delta=0.5), leave=time(15, 0)), day)
    assert did(result)[2:] == [("09:17", 1, 115.05), ("09:17", -1, 61.95)]
    assert "is tested" in result.notes[0].text


def test_delta_beyond_its_band_is_taken_back_by_synthetic_futures() -> None:
    strikes = (23_900.0, 24_000.0, 24_100.0, 24_200.0)
    mids = {
        (CE, 23_900.0): [165, 270],
        (PE, 23_900.0): [65, 20],
        (CE, 24_000.0): [105, 210],
        (PE, 24_000.0): [105, 18],
        (CE, 24_100.0): [60, 130],
        (PE, 24_100.0): [160, 40],
        (CE, 24_200.0): [32, 72],
        (PE, 24_200.0): [232, 80],
    }
    day = day_of(MONDAY, TUESDAY, [24_000.0, 24_192.0], mids, strikes=strikes, rows=[0, 4])
    legs = (LegRule(right=CE, lots=-4), LegRule(right=PE, lots=-4))
    result = run(plan_of(*legs, hedge=Hedge(band=0.75), leave=time(15, 0)), day)
    hedges = [(fill.tag, fill.units // LOT, fill.price) for fill in result.fills[2:]]
    lots = hedges[0][1]
    assert lots >= 2
    assert hedges == [("hedge", lots, 72.05), ("hedge", -lots, 79.95)]
    assert abs(result.greeks["delta"][-1]) < LOT


def test_what_is_held_until_expiry_is_settled_and_the_next_is_entered() -> None:
    days = [
        day_of(MONDAY, TUESDAY, [24_000.0] * 3, {CALL: [100.0] * 3, PUT: [95.0] * 3}),
        day_of(TUESDAY, TUESDAY, [24_050.0] * 3, {CALL: [60.0] * 3, PUT: [5.0] * 3}),
        day_of(WEDNESDAY, NEXT, [24_000.0] * 3, {CALL: [200.0] * 3, PUT: [195.0] * 3}),
    ]
    result = run(plan_of(hold=Hold.EXPIRY, least=1), *days)
    assert [(fill[1], fill[2]) for fill in did(result)] == [
        (-1, 99.95),
        (-1, 94.95),
        (-1, 199.95),
        (-1, 194.95),
    ]
    assert [trade.exit for trade in result.closed] == [0.0, 50.0] or [
        trade.exit for trade in result.closed
    ] == [50.0, 0.0]


def test_with_a_roll_it_leaves_before_expiry_and_takes_the_next_at_once() -> None:
    near, far = {CALL: [100.0] * 4, PUT: [95.0] * 4}, {CALL: [200.0] * 4, PUT: [195.0] * 4}
    days = [
        day_of(MONDAY, TUESDAY, [24_000.0] * 4, near),
        day_of(TUESDAY, TUESDAY, [24_000.0] * 4, near),
        day_of(TUESDAY, NEXT, [24_000.0] * 4, far),
    ]
    legs = tuple(replace(leg, days=1) for leg in STRADDLE)
    plan = plan_of(*legs, hold=Hold.EXPIRY, roll=0, leave=time(9, 17))
    assert [(hour, units) for hour, units, _ in did(run(plan, *days))] == [
        *[("09:16", -1)] * 2,
        *[("09:17", 1)] * 2,
        *[("09:18", -1)] * 2,
    ]


def test_a_calendar_sells_the_near_and_buys_the_same_strike_of_the_next() -> None:
    legs = (
        LegRule(right=CE, lots=-1),
        LegRule(right=CE, lots=1, pick=Pick.LIKE, of=0, expiry=1),
    )
    days = [
        day_of(MONDAY, TUESDAY, [24_000.0] * 2, {CALL: [100, 100], PUT: [95, 95]}),
        day_of(MONDAY, NEXT, [24_000.0] * 2, {CALL: [200, 200], PUT: [195, 195]}),
    ]
    result = run(plan_of(*legs, hold=Hold.EXPIRY, roll=0), *days)
    assert [(fill.key[-12:], fill.units // LOT) for fill in result.fills] == [
        ("CE 09 JUN 26", 1),
        ("CE 02 JUN 26", -1),
    ]


def test_where_a_leg_is_not_filled_the_others_are_closed_again() -> None:
    nan = float("nan")
    day = tuesday([100.0] * 9, [95.0] * 9)
    for array in (day.bid, day.ltp, day.volume):  # nobody bids for puts, and none trades
        array[:, 1] = nan
    result = run(plan_of(), day)
    assert did(result) == [("09:16", -1, 99.95), ("09:21", 1, 100.05)]
    assert any("not all legs were filled" in note.text for note in result.notes)


@pytest.mark.parametrize(
    ("more", "entered"),
    [
        ({"weekdays": frozenset({0})}, False),
        ({"weekdays": frozenset({1})}, True),
        ({"least": 1}, False),
        ({"most": 0}, True),
    ],
)
def test_it_enters_only_on_its_days(more: dict, entered: bool) -> None:
    assert bool(run(plan_of(**more), tuesday([100.0] * 3, [95.0] * 3)).fills) is entered


def test_a_chain_that_cannot_be_chosen_from_is_tried_again_and_said_once() -> None:
    nan = float("nan")
    leg = LegRule(right=CE, lots=-1, pick=Pick.PREMIUM, value=100)
    day = tuesday([nan, nan, 100, 100], [95.0] * 4)
    result = run(plan_of(leg), day)
    assert did(result) == [("09:18", -1, 99.95)]
    assert len([note for note in result.notes if "not entered yet" in note.text]) == 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda: plan_of(enter=time(15, 0), leave=time(9, 30)), "before it enters"),
        (lambda: plan_of(LegRule(right=CE, lots=1, pick=Pick.LIKE, of=0)), "earlier leg"),
        (lambda: LegRule(right=Right.CALL, lots=0), "no lots"),
        (lambda: clock_time("25:00"), "no time of the day"),
    ],
)
def test_plans_that_cannot_be_are_refused(wrong, why: str) -> None:
    with pytest.raises(RuleBroken, match=why):
        wrong()


def test_a_refused_way_out_is_tried_again_until_it_is_taken() -> None:
    prices = {CALL: [100.0] * 6, PUT: [95.0] * 6}
    days = [day_of(day, TUESDAY, [24_000.0] * 6, prices) for day in (MONDAY, TUESDAY)]
    days[1].volume[:4, 0] = 0.0  # no call trades before 09:20
    legs = tuple(replace(leg, days=1) for leg in STRADDLE)
    plan = plan_of(*legs, hold=Hold.EXPIRY, roll=0, leave=time(9, 18))
    result = run(plan, *days)
    assert did(result)[2:] == [("09:18", 1, 95.05), ("09:20", 1, 100.05)]
    refused = [order.words for order in result.orders if order.end is OrderEnd.REFUSED]
    assert len(refused) == 2
    assert all("has not traded today" in words for words in refused)
