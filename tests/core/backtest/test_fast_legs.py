"""Fast runs over many days: the very orders, fills and round trips of the event loop."""

from copy import copy
from datetime import date, timedelta

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay
from core.backtest.chain_years import years_of
from core.backtest.fast_legs import can, run_fast
from core.backtest.option_engine import OptionTerms, run_options
from core.backtest.results import Result
from core.errors import BadData
from core.strategies.legs_strategy import LegsStrategy
from core.strategies.ready.calendar_spread import CalendarSpread
from core.strategies.ready.hedged_straddle import HedgedStraddle
from core.strategies.ready.iron_condor import IronCondor
from core.strategies.ready.iron_fly import IronFly
from core.strategies.ready.short_straddle import ShortStraddle
from core.strategies.ready.short_strangle import ShortStrangle
from core.strategies.ready.sma_cross import SmaCross
from core.strategies.strategy import Context, Strategy
from tests.core.backtest.made_days import made_day, path

TERMS = OptionTerms(symbol="NIFTY", capital=2_000_000.0)
STEP = 5


def eight_days() -> list[ChainDay]:
    """From Monday, 1 June 2026: every fifth minute of the nearest expiry."""
    found, day = [], date(2026, 6, 1)
    while len(found) < 8:
        if day.weekday() < 5:
            expiry = day + timedelta(days=(1 - day.weekday()) % 7)
            found.append(made_day(day, expiry, path(len(found), 75, sd=13.0), first=4, step=STEP))
        day += timedelta(days=1)
    return found


@pytest.fixture(scope="module")
def days() -> list[ChainDay]:
    return eight_days()


def agree(strategy: LegsStrategy, days: list[ChainDay], terms: OptionTerms = TERMS) -> Result:
    assert can(strategy)
    fast = run_fast(copy(strategy), years_of(days), terms)
    slow = run_options(copy(strategy), days, terms)
    assert fast.orders == slow.orders
    assert [fill._replace(charges=0) for fill in fast.fills] == [
        fill._replace(charges=0) for fill in slow.fills
    ]
    assert [trade[:6] for trade in fast.trades] == [trade[:6] for trade in slow.trades]
    assert fast.charges == pytest.approx(slow.charges, abs=1e-6)
    assert fast.time.tolist() == slow.time.tolist()
    np.testing.assert_allclose(fast.equity, slow.equity, atol=0.011)
    np.testing.assert_allclose(fast.exposure, slow.exposure, atol=1e-6)
    ends = np.flatnonzero(np.diff(fast.time, append=fast.time[-1] + 86_400) > 20_000)
    np.testing.assert_allclose(fast.equity[ends], slow.equity[ends], atol=1e-6)
    for name in ("profit", "charges"):
        ours = [getattr(trade, name) for trade in fast.trades]
        assert ours == pytest.approx([getattr(trade, name) for trade in slow.trades], abs=1.0)
    return fast


@pytest.mark.parametrize(
    "strategy",
    [
        ShortStraddle(),
        ShortStraddle(leg_stop=0),
        ShortStraddle(leg_stop=15, leg_target=30),
        ShortStraddle(leg_stop=15, after_leg="all leave", shift=1),
        ShortStraddle(leg_stop=0, stop=10, target=15),
        ShortStraddle(leg_stop=0, stop_rupees=1_000, target_rupees=700),
        ShortStraddle(on="expiry day"),
        ShortStraddle(on="not on expiry day", weekdays="mon thu"),
        ShortStraddle(enter="11:00", leave="11:05"),
        ShortStrangle(by="percent", value=0.5, leg_stop=25),
        ShortStrangle(by="strikes", value=2, leg_stop=40),
        IronFly(stop=12, target=20),
    ],
)
def test_a_fast_run_deals_as_the_event_loop_does(
    strategy: LegsStrategy, days: list[ChainDay]
) -> None:
    assert agree(strategy, days).fills


def test_days_that_are_not_plain_are_left_to_the_event_loop(days: list[ChainDay]) -> None:
    odd = [made_day(d.day, d.expiry, d.forward, first=4, step=STEP) for d in days]
    odd[1].ask[-4, 0] = np.nan  # nobody offers calls when it wants out
    odd[2].bid[0, 1] = np.nan  # nor bids for puts when it wants in
    odd[3].forward[0] = np.nan
    odd[4].volume[:, 0] = 0.0  # no call has traded
    odd[5].bid[1] = odd[5].ask[1] = odd[5].ltp[1] = np.nan
    for array in (odd[6].bid, odd[6].ask, odd[6].ltp):
        array[0, :, 10] = np.nan  # a strike that is heard of later
    assert agree(ShortStraddle(), odd).fills


def test_a_day_that_was_cut_short_keeps_its_position(days: list[ChainDay]) -> None:
    cut = [made_day(days[2].day, days[2].expiry, days[2].forward[:30], first=4, step=STEP)]
    result = agree(ShortStraddle(leg_stop=0), [*days[:2], *cut, *days[3:5]])
    assert len(result.fills) < 20


def test_where_money_might_be_short_every_order_is_asked_for_one_by_one(
    days: list[ChainDay],
) -> None:
    poor = OptionTerms(symbol="NIFTY", capital=150_000.0)
    result = agree(ShortStraddle(), days[:3], poor)
    assert any("are missing" in order.words for order in result.orders)


def test_a_day_without_a_session_is_left_out(days: list[ChainDay]) -> None:
    holiday = made_day(date(2026, 6, 26), date(2026, 6, 30), [24_000.0] * 75, first=4, step=STEP)
    result = run_fast(ShortStraddle(), years_of([*days, holiday]), TERMS)
    assert any("no session" in note.text for note in result.notes)
    assert len(result.time) == 75 * len(days)


def test_only_what_is_simple_enough_is_run_fast() -> None:
    class Own(ShortStraddle):
        def on_minute(self, desk: Context) -> None:
            super().on_minute(desk)

    slow: list[Strategy] = [
        ShortStraddle(again=1),
        ShortStraddle(trail=10),
        ShortStraddle(leg_stop=30, stop=20),
        ShortStraddle(after_leg="others to cost"),
        ShortStrangle(),
        IronCondor(),
        CalendarSpread(),
        HedgedStraddle(),
        Own(),
        SmaCross(),
    ]
    assert [can(each) for each in slow] == [False] * len(slow)


def test_days_must_come_one_chain_a_day_in_order(days: list[ChainDay]) -> None:
    with pytest.raises(BadData, match="one chain a day"):
        years_of([days[1], days[0]])
    with pytest.raises(BadData, match="no recorded chain"):
        run_fast(ShortStraddle(), years_of([]), TERMS)
