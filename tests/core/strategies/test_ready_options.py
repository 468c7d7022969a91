"""The ready option strategies: the legs they take, what they come to, and no look ahead."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay
from core.backtest.option_engine import OptionTerms, run_options
from core.backtest.results import Result
from core.errors import RuleBroken
from core.strategies.ready.calendar_spread import CalendarSpread
from core.strategies.ready.covered_call import CoveredCall
from core.strategies.ready.double_calendar import DoubleCalendar
from core.strategies.ready.hedged_straddle import HedgedStraddle
from core.strategies.ready.iron_condor import IronCondor
from core.strategies.ready.iron_fly import IronFly
from core.strategies.ready.ratio_spread import RatioSpread
from core.strategies.ready.registry import CHAINS, READY
from core.strategies.ready.short_straddle import ShortStraddle
from core.strategies.ready.short_strangle import ShortStrangle
from core.strategies.ready.vertical import Vertical
from core.strategies.ready.wheel import Wheel
from core.strategies.strategy import Strategy
from tests.core.analytics.recorded_day import minute_of_day, recorded_day
from tests.core.backtest.made_days import made_day, path
from tests.core.backtest.option_days import LOT, MONDAY, NEXT, TUESDAY, WEDNESDAY, at, cut

TERMS = OptionTerms(symbol="NIFTY", capital=50_000_000.0)
CLOSE = 374  # the row after which the market is shut


def run(strategy: Strategy, days: Sequence[ChainDay]) -> Result:
    return run_options(strategy, days, TERMS)


# One day before expiry a standard deviation is 183 rupees, seven days before it 408: the deltas of
# 24,000, 24,100 and 24,200 calls are 0.50, 0.29 and 0.14 on the Monday.


def a_day(last: float = 24_060.0) -> list[ChainDay]:
    """Monday, at 09:20 and 15:15: the two moments at which the usual strategy trades."""
    pair = [24_000.0, last]
    return [
        made_day(MONDAY, TUESDAY, pair, first=4, step=355),
        made_day(MONDAY, NEXT, pair, first=4, step=355),
    ]


def named(result: Result) -> list[tuple[str, int]]:
    """Strike and side, with the month's day where it is not the near expiry; lots."""
    return [
        (key.partition("NIFTY ")[2].removesuffix(" 02 JUN 26"), u // LOT)
        for _, key, u, *_ in result.fills
    ]


@pytest.mark.parametrize(
    ("strategy", "legs"),
    [
        (ShortStraddle(), {"24000 CE": -1, "24000 PE": -1}),
        (ShortStrangle(), {"24100 CE": -1, "23900 PE": -1}),
        (ShortStrangle(by="percent", value=1.0), {"24200 CE": -1, "23800 PE": -1}),
        (IronFly(), {"24200 CE": 1, "23800 PE": 1, "24000 CE": -1, "24000 PE": -1}),
        (
            IronCondor(),
            {"24300 CE": 1, "23700 PE": 1, "24100 CE": -1, "23900 PE": -1},
        ),
        (Vertical(), {"23800 PE": 1, "24000 PE": -1}),
        (Vertical(view="down"), {"24200 CE": 1, "24000 CE": -1}),
        (Vertical(kind="debit"), {"24000 CE": 1, "24200 CE": -1}),
        (RatioSpread(), {"24000 CE": 1, "24200 CE": -2}),
        (HedgedStraddle(), {"24000 CE": -4, "24000 PE": -4}),
    ],
)
def test_legs_of_a_day_and_what_they_come_to(strategy: Strategy, legs: dict[str, int]) -> None:
    days = a_day()
    result = run(strategy, days)
    entry, leave = named(result)[: len(legs)], named(result)[len(legs) :]
    assert dict(entry) == legs
    assert dict(leave) == {name: -lots for name, lots in legs.items()}
    assert result.profit == pytest.approx(by_hand(days[0], legs) - result.charges, abs=1e-6)


def by_hand(day: ChainDay, legs: dict[str, int]) -> float:
    """Sold at the bid and bought at the ask, at the first minute and at the last."""
    total = 0.0
    for name, lots in legs.items():
        strike, side = float(name.split()[0]), 0 if name.endswith("CE") else 1
        at = int(np.flatnonzero(day.strikes == strike)[0])
        bids, asks = day.bid[:, side, at], day.ask[:, side, at]
        total += lots * LOT * ((bids[-1] - asks[0]) if lots > 0 else (asks[-1] - bids[0]))
    return total


def test_a_straddle_leaves_a_leg_at_its_stop() -> None:
    level = [24_000.0, 24_000.0, 24_150.0, 24_150.0]
    day = made_day(MONDAY, TUESDAY, level, first=4)
    result = run(ShortStraddle(leg_stop=30.0, leave="09:23"), [day])
    assert named(result)[2:] == [("24000 CE", 1), ("24000 PE", 1)]
    assert [fill.at - result.fills[0].at for fill in result.fills] == [0, 0, 120, 180]
    assert result.fills[2].price == day.ask[2, 0, 10]


def week(*, wednesday: float = 24_000.0) -> list[ChainDay]:
    """Monday and the expiry Tuesday at 09:20, 15:15 and the close, then Wednesday."""
    moments: dict[date, Sequence[float]] = {
        MONDAY: [24_000.0, 24_020.0],
        TUESDAY: [24_050.0, 24_060.0],
        WEDNESDAY: [wednesday, wednesday],
    }
    found = []
    for day, level in moments.items():
        for expiry in (TUESDAY, NEXT, date(2026, 6, 16)):
            if expiry >= day:
                found.append(made_day(day, expiry, level, first=4, step=355))
    return found


def test_a_calendar_goes_on_the_near_ones_last_day_and_the_next_is_taken() -> None:
    result = run(CalendarSpread(), week())
    assert named(result) == [
        ("24000 CE 09 JUN 26", 1),
        ("24000 CE", -1),
        ("24000 CE", 1),
        ("24000 CE 09 JUN 26", -1),
        ("24000 CE 16 JUN 26", 1),
        ("24000 CE 09 JUN 26", -1),
    ]


def test_a_double_calendar_has_one_on_each_side() -> None:
    result = run(DoubleCalendar(), week()[:2])
    assert dict(named(result)) == {
        "24100 CE 09 JUN 26": 1,
        "23900 PE 09 JUN 26": 1,
        "24100 CE": -1,
        "23900 PE": -1,
    }


def test_a_covered_call_holds_a_synthetic_future_against_what_it_sells() -> None:
    result = run(CoveredCall(), week()[:2])
    assert dict(named(result)) == {"24000 CE": 1, "24000 PE": -1, "24100 CE": -1}
    assert result.greeks["delta"][-1] == pytest.approx(LOT * 0.7, abs=LOT * 0.1)


@pytest.mark.parametrize(
    ("settles", "then"),
    [(24_060.0, ["23800 PE"]), (23_700.0, ["24000 CE", "24000 PE", "24200 CE"])],
)
def test_the_wheel_turns_to_calls_when_its_put_ends_in_the_money(
    settles: float, then: list[str]
) -> None:
    days = [
        made_day(MONDAY, TUESDAY, [24_000.0], first=4),
        made_day(TUESDAY, TUESDAY, [settles], first=CLOSE),
        made_day(WEDNESDAY, NEXT, [24_000.0], first=4),
    ]
    result = run(Wheel(), days)
    assert named(result)[0] == ("23900 PE", -1)
    assert [name.removesuffix(" 09 JUN 26") for name, _ in named(result)[1:]] == sorted(
        then, key=lambda n: n != "24000 CE"
    )
    assert result.closed[0].exit == pytest.approx(max(23_900 - (settles - 5), 0))


def long_days() -> list[ChainDay]:
    """Three days of every third minute, of two expiries."""
    found = []
    for seed, day in enumerate((MONDAY, TUESDAY, WEDNESDAY)):
        level = path(seed, 124, sd=9.0)
        found += [
            made_day(day, expiry, level, first=2, step=3)
            for expiry in (TUESDAY, NEXT, date(2026, 6, 16))
            if expiry >= day
        ][:2]
    return found


@pytest.mark.parametrize("kind", CHAINS)
def test_nothing_of_the_future_changes_what_a_ready_strategy_does(kind: type[Strategy]) -> None:
    days = long_days()
    whole = run(kind(), days)
    assert whole.fills
    assert whole.profit == pytest.approx(sum(trade.profit for trade in whole.trades), abs=0.02)
    for moment in (
        at(11, 30, MONDAY),
        at(9, 30, TUESDAY),
        at(15, 12, TUESDAY),
        at(12, 0, WEDNESDAY),
    ):
        part = run(kind(), cut(days, moment))
        until = moment.timestamp()
        assert [f[:5] for f in part.fills] == [f[:5] for f in whole.fills if f.at <= until]


def test_every_ready_strategy_is_known_by_its_file_and_says_what_it_does() -> None:
    for kind in CHAINS:
        assert READY[kind.__module__.rpartition(".")[2]] is kind
        assert kind.title
        assert kind.words.endswith(".")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: ShortStraddle(enter="9 o'clock"), "no time of the day"),
        (lambda: ShortStraddle(weekdays="someday"), "names no weekdays"),
        (lambda: ShortStraddle(lots=0), "below 1"),
        (lambda: CalendarSpread(days=1, roll=2), "more days left"),
    ],
)
def test_parameters_that_cannot_be_are_refused_in_words(make, why: str) -> None:
    with pytest.raises(RuleBroken, match=why):
        run(make(), a_day())


def test_a_straddle_over_a_real_recorded_day_trades_beside_its_last_prices(
    shared_data: Path,
) -> None:
    day = recorded_day(shared_data)
    strategy = ShortStraddle(enter="11:30", leave="13:00", leg_stop=0)
    result = run(strategy, [day])
    rows = [day.at(minute_of_day(*hour)) for hour in ((11, 29), (12, 59))]
    strike = int(np.abs(day.strikes - day.forward[rows[0]]).argmin())
    paid = [day.ltp[rows[0], side, strike] - 0.05 for side in (0, 1)]
    got = [day.ltp[rows[1], side, strike] + 0.05 for side in (0, 1)]
    assert [fill.price for fill in result.fills] == pytest.approx([*paid, *got])
    assert result.profit == pytest.approx(LOT * (sum(paid) - sum(got)) - result.charges)
    assert any("no quotes were recorded" in each for each in result.assumptions)
