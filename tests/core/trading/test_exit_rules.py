"""Rules fire at their level in every unit, never on what is not known, and trail one way only."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RuleBroken
from core.trading.exit_rules import (
    Exit,
    ExitRules,
    Goal,
    Measure,
    Numbers,
    Phase,
    Reenter,
    Reentry,
    RuleState,
    Trail,
    Trigger,
    after_entry,
    after_exit,
    armed,
    at_once,
    decide,
    levels,
)

NOW = datetime(2026, 8, 21, 5, 0, tzinfo=UTC)  # 10:30 IST
AT = Numbers(pnl=0.0, realised=0.0, base=13_000.0, entry=200.0, premium=200.0, shape="a")
SOLD = (Measure.PNL, Measure.PNL_PERCENT, Measure.PREMIUM, Measure.PREMIUM_PERCENT)


def worth(gain: float, entry: float = 200.0, **more: object) -> Numbers:
    """A short straddle of 65 units that has gained so much a unit."""
    given: dict[str, object] = {"pnl": 65 * gain, "entry": entry, "premium": entry - gain}
    return replace(AT, **(given | more))  # type: ignore[arg-type]


def watch(rules: ExitRules, *seen: Numbers, now: datetime = NOW) -> Trigger | None:
    """What an armed strategy does after these looks."""
    state = armed(rules, RuleState(), AT, now)
    for numbers in seen:
        state, action = decide(rules, state, numbers, now, trading=True)
        if isinstance(action, Exit):
            assert state.phase is Phase.EXITING
            return action.trigger
    return None


@pytest.mark.parametrize(
    ("measure", "amount"),
    [
        (Measure.PNL, 65 * 50.0),
        (Measure.PNL_PERCENT, 25.0),
        (Measure.PREMIUM, 50.0),
        (Measure.PREMIUM_PERCENT, 25.0),
    ],
)
def test_a_stop_and_a_target_fire_at_their_level_in_every_unit(
    measure: Measure, amount: float
) -> None:
    stop, target = ExitRules(stop=Goal(amount, measure)), ExitRules(target=Goal(amount, measure))
    assert watch(stop, worth(-49.95)) is None
    assert watch(stop, worth(-50.0)) is Trigger.STOP
    assert watch(target, worth(49.95)) is None
    assert watch(target, worth(50.0)) is Trigger.TARGET


def test_premium_that_was_paid_gains_as_it_rises() -> None:
    rules = ExitRules(
        stop=Goal(25, Measure.PREMIUM_PERCENT), target=Goal(25, Measure.PREMIUM_PERCENT)
    )
    paid = replace(AT, entry=-200.0, premium=-249.0, pnl=nan)
    assert watch(rules, paid) is None
    assert watch(rules, replace(paid, premium=-250.0)) is Trigger.TARGET
    assert watch(rules, replace(paid, premium=-150.0)) is Trigger.STOP


def test_a_gap_through_the_level_fires_at_once() -> None:
    rules = ExitRules(stop=Goal(1_000), target=Goal(1_000))
    assert watch(rules, worth(-500.0)) is Trigger.STOP
    assert watch(rules, worth(500.0)) is Trigger.TARGET


@pytest.mark.parametrize("measure", SOLD)
def test_a_trail_gives_back_its_gap_from_the_best_and_no_more(measure: Measure) -> None:
    unit = {
        Measure.PNL: 65.0,
        Measure.PREMIUM: 1.0,
        Measure.PNL_PERCENT: 0.5,
        Measure.PREMIUM_PERCENT: 0.5,
    }[measure]
    rules = ExitRules(trail=Trail(Goal(10 * unit, measure), starts_at=20 * unit))
    assert watch(rules, worth(15), worth(0), worth(-30)) is None
    assert watch(rules, worth(20), worth(11)) is None
    assert watch(rules, worth(20), worth(10)) is Trigger.TRAIL
    assert watch(rules, worth(30), worth(25), worth(21), worth(20)) is Trigger.TRAIL
    assert watch(rules, worth(30), worth(25), worth(21)) is None


@given(st.lists(st.floats(-100, 100) | st.just(nan), max_size=30), st.floats(1, 50))
def test_the_level_of_a_trail_never_falls(gains: list[float], gap: float) -> None:
    rules = ExitRules(trail=Trail(Goal(gap, Measure.PREMIUM)))
    state, last = armed(rules, RuleState(), AT, NOW), -inf
    for each in gains:
        state, action = decide(rules, state, worth(each), NOW, trading=True)
        for _, _, level in levels(rules, state):
            assert level >= last
            last = level
        if action:
            assert each <= last + 1e-5
            return


def test_a_premium_of_another_shape_begins_its_trail_anew() -> None:
    rules = ExitRules(trail=Trail(Goal(10, Measure.PREMIUM)))
    assert watch(rules, worth(40), worth(5, shape="b")) is None
    assert watch(rules, worth(40), worth(5, shape="b"), worth(-5, shape="b")) is Trigger.TRAIL
    of_pnl = ExitRules(trail=Trail(Goal(650)))
    assert watch(of_pnl, worth(40), worth(5, shape="b")) is Trigger.TRAIL


@pytest.mark.parametrize("measure", SOLD)
@pytest.mark.parametrize(
    "numbers", [Numbers(), worth(-150, blind="the feed is down"), worth(150, blind="the feed")]
)
def test_what_is_not_known_or_not_believed_reaches_nothing(
    measure: Measure, numbers: Numbers
) -> None:
    rules = ExitRules(
        stop=Goal(1, measure), target=Goal(1, measure), trail=Trail(Goal(0.5, measure))
    )
    assert watch(rules, numbers) is None
    assert watch(rules, numbers, worth(-150)) is Trigger.STOP


def test_a_blind_strategy_still_squares_off_at_its_time() -> None:
    rules = ExitRules(square_off=time(15, 15))
    due = datetime(2026, 8, 21, 9, 45, tzinfo=UTC)
    state = armed(rules, RuleState(), AT, NOW)
    blind = Numbers(blind="the feed is down")
    assert decide(rules, state, blind, due - timedelta(seconds=1), trading=True)[1] is None
    assert decide(rules, state, blind, due, trading=False) == (state, None)
    _, action = decide(rules, state, blind, due, trading=True)
    assert isinstance(action, Exit)
    assert action.trigger is Trigger.SQUARE_OFF
    assert "15:15" in at_once(rules, state, blind, due, trading=True)
    assert at_once(rules, state, blind, due, trading=False) == ""
    assert at_once(rules, state, blind, NOW, trading=True) == ""


def test_nothing_fires_while_the_market_is_closed_or_nobody_has_armed_it() -> None:
    rules = ExitRules(stop=Goal(1))
    state = armed(rules, RuleState(), AT, NOW)
    assert decide(rules, state, worth(-100), NOW, trading=False) == (state, None)
    for phase in Phase:
        if phase not in (Phase.ARMED, Phase.WAITING):
            other = replace(state, phase=phase)
            assert decide(rules, other, worth(-100), NOW, trading=True) == (other, None)


def test_two_rules_that_are_reached_at_once_exit_once() -> None:
    rules = ExitRules(stop=Goal(650), trail=Trail(Goal(65)), square_off=time(15, 15))
    state = armed(rules, RuleState(), AT, NOW)
    state, _ = decide(rules, state, worth(20), NOW, trading=True)
    state, first = decide(rules, state, worth(-20), NOW, trading=True)
    assert isinstance(first, Exit)
    assert first.trigger is Trigger.STOP
    assert decide(rules, state, worth(-30), NOW, trading=True) == (state, None)


def test_a_reentry_follows_a_stop_alone_after_its_wait_and_so_often() -> None:
    wait = timedelta(minutes=5)
    rules = ExitRules(
        stop=Goal(650), target=Goal(650), reentry=Reentry(times=1, wait=wait), square_off=time(15)
    )
    state = armed(rules, RuleState(), AT, NOW)
    stopped, _ = decide(rules, state, worth(-20), NOW, trading=True)
    waiting = after_exit(rules, stopped, NOW)
    assert (waiting.phase, waiting.reenter_at) == (Phase.WAITING, NOW + wait)
    early, action = decide(rules, waiting, Numbers(), NOW + wait / 2, trading=True)
    assert (early, action) == (waiting, None)
    entering, action = decide(rules, waiting, Numbers(), NOW + wait, trading=True)
    assert (entering.phase, action) == (Phase.ENTERING, Reenter())
    again = after_entry(entering, replace(AT, realised=-1_300.0), NOW + wait)
    assert (again.phase, again.reentries, again.baseline) == (Phase.ARMED, 1, -1_300.0)
    fresh = worth(0, pnl=-1_300.0)
    assert decide(rules, again, fresh, NOW + wait, trading=True) == (again, None)
    stopped, action = decide(rules, again, worth(0, pnl=-1_950.0), NOW + wait, trading=True)
    assert isinstance(action, Exit)
    assert after_exit(rules, stopped, NOW + wait).phase is Phase.DONE
    won, _ = decide(rules, state, worth(20), NOW, trading=True)
    assert after_exit(rules, won, NOW).phase is Phase.DONE


def test_a_reentry_is_over_at_the_square_off_time_and_with_the_day() -> None:
    rules = ExitRules(stop=Goal(1), square_off=time(15, 0), reentry=Reentry())
    state = RuleState(phase=Phase.WAITING, reenter_at=NOW)
    late = datetime(2026, 8, 21, 9, 30, tzinfo=UTC)
    assert decide(rules, state, AT, late, trading=True)[0].phase is Phase.DONE
    tomorrow = NOW + timedelta(days=1)
    assert decide(rules, state, AT, tomorrow, trading=True)[0].phase is Phase.DONE


@pytest.mark.parametrize("amount", [0, -1, nan, inf])
def test_levels_that_mean_nothing_are_refused(amount: float) -> None:
    with pytest.raises(RuleBroken):
        Goal(amount)
    with pytest.raises(RuleBroken):
        Trail(Goal(1), starts_at=-1 if amount == 0 else -abs(amount) if amount == -1 else amount)


def test_rules_that_cannot_be_kept_are_not_armed() -> None:
    with pytest.raises(RuleBroken, match="no rule"):
        armed(ExitRules(), RuleState(), AT, NOW)
    with pytest.raises(RuleBroken, match="cannot be kept"):
        armed(ExitRules(stop=Goal(1, Measure.PREMIUM)), RuleState(), replace(AT, entry=nan), NOW)
    blind = replace(AT, base=nan, blind="no price")
    with pytest.raises(RuleBroken, match="not known"):
        armed(ExitRules(stop=Goal(1, Measure.PNL_PERCENT)), RuleState(), blind, NOW)
    with pytest.raises(RuleBroken, match="exiting"):
        armed(ExitRules(stop=Goal(1)), RuleState(phase=Phase.EXITING), AT, NOW)
    with pytest.raises(RuleBroken, match="stop"):
        ExitRules(reentry=Reentry())
    with pytest.raises(RuleBroken):
        Reentry(times=0)
    with pytest.raises(RuleBroken):
        Reentry(wait=timedelta(hours=7))
