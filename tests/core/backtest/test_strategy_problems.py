"""Strategies that raise, ask for nonsense or name what is not there: told with line and moment."""

from typing import Any

import pytest

from core.backtest.engine import run
from core.errors import AppError, RuleBroken
from core.strategies.strategy import Context, Filled, Setup, Strategy
from tests.core.backtest.markets import KEY, bars, minutes, over

FLAT = (100.0, 101.0, 99.0, 100.0)


class Does(Strategy):
    """One thing at the third bar."""

    def __init__(self, act: Any) -> None:
        super().__init__()
        self.act, self.bars = act, 0

    def on_bar(self, desk: Context) -> None:
        self.bars += 1
        if self.bars == 3:
            self.act(desk)


def test_what_a_strategy_raises_is_told_with_its_line_and_the_moment() -> None:
    def divide(desk: Context) -> float:
        return 1 / desk.units

    with pytest.raises(RuleBroken) as told:
        run(Does(divide), over(bars([FLAT] * 4)))
    words = str(told.value)
    assert "ZeroDivisionError: division by zero." in words
    assert "test_strategy_problems.py line " in words
    assert "in divide: return 1 / desk.units" in words
    assert words.endswith("At 01 Jun 2026 09:18.")


@pytest.mark.parametrize("event", ["init", "on_day", "on_fill", "on_day_end"])
def test_every_event_may_raise(event: str) -> None:
    def bad(self: Strategy, *_: object) -> None:
        raise KeyError("gone")

    def buys(self: Strategy, desk: Context) -> None:
        desk.target(1)

    kind = type("Bad", (Strategy,), {"on_bar": buys, event: bad})
    with pytest.raises(RuleBroken, match=r"KeyError: 'gone'.* in bad: raise KeyError"):
        run(kind(), over(bars([FLAT] * 4)))


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (lambda desk: desk.buy(0), "0 units cannot be bought"),
        (lambda desk: desk.buy(-5), "-5 units cannot be bought"),
        (lambda desk: desk.buy(1.5), "whole number"),
        (lambda desk: desk.order(KEY, 0), "0 units says nothing"),
        (lambda desk: desk.buy(1, limit=-3), "no price for a limit"),
        (lambda desk: desk.buy(1, stop=float("nan")), "no price for a stop"),
        (lambda desk: desk.order("NSE_FO|1", 65), "cannot trade NSE_FO"),
        (lambda desk: desk.chain(), "knows no chains"),
        (lambda desk: [desk.buy(1, limit=1.0) for _ in range(2_000)], "orders wait at one time"),
        (lambda desk: desk.nonsense, "AttributeError"),
    ],
)
def test_orders_that_make_no_sense_are_refused_with_words(act: Any, problem: str) -> None:
    with pytest.raises(AppError, match=problem):
        run(Does(act), over(bars([FLAT] * 4)))


@pytest.mark.parametrize(
    ("declare", "problem"),
    [
        (lambda setup: setup.line("smaa"), "no indicator 'smaa'"),
        (lambda setup: setup.line("sma", "slow"), "no output 'slow'"),
        (lambda setup: setup.line("sma", length=0), "is from 2 to 500"),
        (lambda setup: setup.line("sma", size=5), "no parameter size"),
        (lambda setup: setup.chains(), "asks for chains"),
        (lambda setup: setup.own_line(lambda candles: candles.close[1:]), "3 values for 4 bars"),
    ],
)
def test_what_cannot_be_declared_is_refused_with_words(declare: Any, problem: str) -> None:
    class Declares(Strategy):
        def init(self, setup: Setup) -> None:
            declare(setup)

    with pytest.raises(AppError, match=problem):
        run(Declares(), over(bars([FLAT] * 4)))


def test_a_strategy_that_answers_every_fill_with_an_order_comes_to_an_end() -> None:
    """Each bar fills what was asked in the one before: it cannot chase itself within a bar."""

    class Chases(Strategy):
        def on_bar(self, desk: Context) -> None:
            if not desk.units and not self.started:
                self.started = True
                desk.buy(1)

        def init(self, setup: Setup) -> None:
            self.started = False

        def on_fill(self, desk: Context, fill: Filled) -> None:
            desk.order(KEY, -2 * desk.units)

    found = run(Chases(), over(minutes(days=1, per_day=20)))
    assert len(found.fills) == 19


def test_notes_are_kept_with_their_moment() -> None:
    found = run(Does(lambda desk: desk.note("looks good")), over(bars([FLAT] * 4)))
    assert [note.text for note in found.notes] == ["looks good"]
    assert found.notes[0].at == found.time[2]
