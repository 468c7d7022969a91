"""The event loop over bars: who is asked when, what is filled where, and what is never known."""

from datetime import date, datetime, time
from typing import Any

import numpy as np
import pytest

from core.backtest.bars import ist_day, picked
from core.backtest.costs import Costs
from core.backtest.engine import run
from core.backtest.results import OrderEnd, Result
from core.clock import IST
from core.errors import RuleBroken
from core.instruments.candle import Candles, Interval
from core.strategies.ready.registry import BARS
from core.strategies.ready.sma_cross import SmaCross
from core.strategies.strategy import Context, Filled, Setup, Strategy
from tests.core.backtest.markets import KEY, MONDAY, bars, days, minutes, over


class Script(Strategy):
    """Does at each bar what a test has written down."""

    def __init__(self, *acts: Any) -> None:
        super().__init__()
        self.acts, self.seen, self.heard = list(acts), list[Any](), list[Filled]()

    def on_bar(self, desk: Context) -> None:
        self.seen.append((desk.now.time(), desk.close, desk.units))
        if self.acts and (act := self.acts.pop(0)):
            act(desk)

    def on_fill(self, desk: Context, fill: Filled) -> None:
        self.heard.append(fill)


FLAT = (100.0, 101.0, 99.0, 100.0)


def test_a_market_order_is_filled_at_the_open_of_the_next_bar() -> None:
    script = Script(lambda desk: desk.buy(10))
    found = run(script, over(bars([FLAT, (102, 104, 101, 103), FLAT])))
    (fill,) = found.fills
    assert (fill.units, fill.price) == (10, 102.0)
    assert fill.at == int(datetime.combine(MONDAY, time(9, 16), IST).timestamp())
    assert script.seen == [(time(9, 16), 100, 0), (time(9, 17), 103, 10), (time(9, 18), 100, 10)]
    assert found.equity.tolist() == [1_000_000, 1_000_010, 999_980]
    assert found.units.tolist() == [0, 10, 10]
    (trade,) = found.trades
    assert trade.open
    assert trade.profit == -20


@pytest.mark.parametrize(
    ("ask", "bar", "price"),
    [
        (lambda desk: desk.buy(1, limit=99.5), (100, 101, 99, 100), 99.5),
        (lambda desk: desk.buy(1, limit=99.5), (98, 101, 97, 100), 98.0),
        (lambda desk: desk.buy(1, limit=99.0), (100, 101, 99, 100), None),  # a touch
        (lambda desk: desk.sell(1, limit=100.5), (100, 101, 99, 100), 100.5),
        (lambda desk: desk.sell(1, limit=101.0), (100, 101, 99, 100), None),
        (lambda desk: desk.sell(1, limit=99.0), (100, 101, 99, 100), 100.0),
        (lambda desk: desk.buy(1, stop=101.0), (100, 101, 99, 100), 101.0),
        (lambda desk: desk.buy(1, stop=101.5), (100, 101, 99, 100), None),
        (lambda desk: desk.buy(1, stop=101.0), (103, 104, 102, 103), 103.0),
        (lambda desk: desk.sell(1, stop=99.0), (100, 101, 99, 100), 99.0),
        (lambda desk: desk.sell(1, stop=99.0), (97, 98, 96, 97), 97.0),
        (lambda desk: desk.buy(1, stop=101.0, limit=101.5), (100, 102, 99, 100), 101.5),
        (lambda desk: desk.buy(1, stop=101.0, limit=100.5), (100, 102, 99, 100), None),
        (lambda desk: desk.buy(1, stop=101.0, limit=101.5), (103, 104, 102, 103), None),
        (lambda desk: desk.sell(1, stop=99.0, limit=98.5), (100, 101, 98, 99), 98.5),
    ],
)
def test_limits_and_stops_get_the_worse_of_what_may_have_happened(
    ask: Any, bar: tuple[float, ...], price: float | None
) -> None:
    found = run(Script(ask), over(bars([FLAT, bar])))
    assert [fill.price for fill in found.fills] == ([] if price is None else [price])


def test_slippage_makes_market_and_stop_orders_worse_and_leaves_limits_alone() -> None:
    script = Script(lambda desk: [desk.buy(1), desk.sell(2, stop=99.5), desk.sell(4, limit=100.5)])
    found = run(script, over(bars([FLAT, FLAT]), costs=Costs(slippage=0.25)))
    assert [(f.units, f.price, f.slippage) for f in found.fills] == [
        (1, 100.25, 0.25),
        (-2, 99.25, 0.25),
        (-4, 100.5, 0.0),
    ]
    assert found.slippage == 0.75


def test_a_stop_comes_before_a_limit_that_the_same_bar_reaches() -> None:
    def bracket(desk: Context) -> None:
        desk.sell(1, limit=100.5)
        desk.sell(1, stop=99.5)

    found = run(Script(lambda desk: desk.buy(1), bracket), over(bars([FLAT, FLAT, FLAT])))
    assert [fill.price for fill in found.fills] == [100.0, 99.5, 100.5]


class Guarded(Strategy):
    """Buys once, and protects what it bought as soon as it hears of it."""

    stop, limit = 99.5, None

    def init(self, setup: Setup) -> None:
        self.known = list[tuple[float, time]]()

    def on_bar(self, desk: Context) -> None:
        if desk.now.time() == time(9, 16):
            desk.buy(1)

    def on_fill(self, desk: Context, fill: Filled) -> None:
        self.known.append((desk.close, desk.now.time()))
        if fill.units > 0:
            desk.order(KEY, -1, stop=self.stop, limit=self.limit)


def test_what_is_sent_upon_a_fill_protects_within_the_same_bar() -> None:
    found = run(Guarded(), over(bars([FLAT, (100, 101, 99, 100.5), FLAT])))
    assert [fill.price for fill in found.fills] == [100.0, 99.5]


def test_a_strategy_that_hears_of_a_fill_does_not_know_its_bar_yet() -> None:
    strategy = Guarded()
    run(strategy, over(bars([FLAT, (105, 106, 104, 105.5), FLAT])))
    assert strategy.known[0] == (100.0, time(9, 16))


def test_a_target_sent_upon_a_fill_waits_for_the_next_bar() -> None:
    strategy = Guarded()
    strategy.stop, strategy.limit = None, 100.5  # type: ignore[assignment]
    found = run(strategy, over(bars([FLAT, (100, 103, 99, 100), FLAT])))
    assert found.fills[1].at - found.fills[0].at == 60


def test_target_counts_the_orders_that_are_on_their_way() -> None:
    script = Script(lambda desk: [desk.target(5), desk.target(5), desk.target(-2)])
    found = run(script, over(bars([FLAT, FLAT])))
    assert [order.units for order in found.orders] == [5, -7]
    assert found.units[-1] == -2


def test_limits_and_stops_end_with_their_session_and_market_orders_do_not() -> None:
    def ask(desk: Context) -> None:
        desk.buy(1, limit=50.0)
        desk.buy(1, stop=150.0)

    found = run(
        Script(ask, None, lambda desk: desk.buy(1)),
        over(days([FLAT, FLAT, FLAT, FLAT]), capital=1_000.0),
    )
    ends = [(order.end, order.number) for order in found.orders]
    assert ends == [(OrderEnd.EXPIRED, 1), (OrderEnd.EXPIRED, 2), (OrderEnd.FILLED, 3)]


def test_an_order_of_the_last_bar_still_waits_when_the_data_ends() -> None:
    found = run(Script(None, lambda desk: desk.buy(1)), over(bars([FLAT, FLAT])))
    assert [order.end for order in found.orders] == [OrderEnd.WAITING]
    assert found.fills == ()


def test_a_cancelled_order_is_not_filled() -> None:
    script = Script(lambda desk: desk.cancel(desk.buy(1)))
    found = run(script, over(bars([FLAT, FLAT])))
    assert [order.end for order in found.orders] == [OrderEnd.CANCELLED]


class Daily(Strategy):
    def init(self, setup: Setup) -> None:
        self.told = list[str]()

    def on_day(self, desk: Context) -> None:
        self.told.append(f"{desk.now:%d %H:%M} begins")
        desk.buy(1)

    def on_day_end(self, desk: Context) -> None:
        self.told.append(f"{desk.now:%d %H:%M} ends {desk.units}")


def test_days_begin_with_their_first_bar_and_end_with_their_last() -> None:
    strategy = Daily()
    run(strategy, over(minutes(days=2, per_day=4)))
    assert strategy.told == ["01 09:15 begins", "01 09:19 ends 1", "02 09:15 begins",
                             "02 09:19 ends 2"]  # fmt: skip


def test_a_square_off_sells_everything_and_takes_no_order_until_the_next_day() -> None:
    class Buys(Strategy):
        def on_bar(self, desk: Context) -> None:
            desk.buy(1)

    found = run(Buys(), over(minutes(days=2, per_day=5), square_off=time(9, 18)))
    assert found.units.tolist() == [0, 1, 2, 0, 0] * 2
    assert {order.end for order in found.orders} >= {OrderEnd.REFUSED, OrderEnd.CANCELLED}
    assert [fill.tag for fill in found.fills if fill.units < 0] == ["square-off"] * 2


def test_a_day_without_a_bar_after_the_square_off_ends_at_its_last_price() -> None:
    found = run(
        Script(lambda desk: desk.buy(1)),
        over(bars([FLAT, FLAT, (100, 108, 99, 107)]), square_off=time(15, 0)),
    )
    assert [fill.price for fill in found.fills] == [100.0, 107.0]


def test_the_lot_is_that_of_the_day() -> None:
    class Lots(Strategy):
        def on_day(self, desk: Context) -> None:
            desk.target(desk.lot)

    found = run(Lots(), over(minutes(days=2, per_day=3), lots=lambda day: 75 - day.day))
    assert found.units.tolist() == [74, 74, 74, 73, 73, 73]


@pytest.mark.parametrize("kind", BARS, ids=lambda kind: kind.__name__)
def test_no_ready_strategy_knows_the_future(kind: type[Strategy]) -> None:
    """What was done until a moment is the same, whether anything came after it or not."""
    market = minutes(days=4)
    whole = run(kind(), over(market, costs=Costs(slippage=0.05)))
    assert len(whole.fills) > 3
    for cut in (200, 376, 900, 1_311):
        short = run(kind(), over(picked(market, slice(0, cut)), costs=Costs(slippage=0.05)))
        last = int(short.time[-1])
        assert _until(short, last) == _until(whole, last)
        np.testing.assert_array_equal(short.equity[:-1], whole.equity[: cut - 1])


def _until(found: Result, last: int) -> list[object]:
    asked = [(o.asked_at, o.units, o.kind, o.limit == o.limit and o.limit) for o in found.orders]
    return [each for each in asked if each[0] < last] + [f for f in found.fills if f.at < last]


def test_a_line_that_looks_ahead_is_refused() -> None:
    class Ahead(Strategy):
        def init(self, setup: Setup) -> None:
            setup.own_line(tomorrow)

    def tomorrow(candles: Candles) -> Any:
        return np.append(candles.close[1:], np.nan)

    with pytest.raises(RuleBroken, match="tomorrow looks ahead: its value of 01 Jun 2026"):
        run(Ahead(), over(minutes(days=1)))


class Keeps(Strategy):
    """Its formula is honest, and keeps what it was shown."""

    def init(self, setup: Setup) -> None:
        self.at = 0
        setup.own_line(self.formula)

    def formula(self, candles: Candles) -> Any:
        self.kept = candles.close
        self.copied = candles.close.copy()
        return candles.close

    def on_bar(self, desk: Context) -> None:
        self.at += 1
        ahead = self.copied[min(self.at, len(self.copied) - 1)]
        desk.target(1 if ahead > desk.close else -1)


def test_what_a_formula_keeps_of_the_future_is_found_out() -> None:
    strategy = Keeps()
    with pytest.raises(RuleBroken, match="It looks ahead: at 01 Jun 2026 "):
        run(strategy, over(minutes(days=1)))
    assert np.isnan(strategy.kept).all()


def test_an_own_line_and_more_than_two_lines_are_fed_bar_by_bar() -> None:
    class Lines(Strategy):
        def init(self, setup: Setup) -> None:
            self.lines = [setup.line("sma", length=n) for n in (2, 3)]
            self.middle = setup.own_line(lambda candles: (candles.high + candles.low) / 2)
            self.seen = list[tuple[float, ...]]()

        def on_bar(self, desk: Context) -> None:
            values = (*(each.now for each in self.lines), self.middle.before, self.middle.now)
            self.seen.append(values)

    strategy = Lines()
    rows = [(10 + n, 12 + n, 10 + n, 11 + n) for n in range(4)]
    run(strategy, over(bars(rows)))
    assert strategy.seen[-1] == pytest.approx((13.5, 13.0, 13.0, 14.0))
    assert np.isnan(strategy.seen[0][0])


def test_money_adds_up() -> None:
    from core.charges.rates import Segment

    market = minutes(days=3)
    for kind in BARS:
        costs = Costs(segment=Segment.FUTURE, slippage=0.1)
        found = run(kind(lots=3), over(market, costs=costs))
        made = sum(trade.profit for trade in found.trades)
        assert found.profit == pytest.approx(made, abs=1e-6)
        assert found.charges == pytest.approx(sum(f.charges for f in found.fills))
        assert sum(f.units for f in found.fills) == found.units[-1]


def test_a_run_repeats_itself_and_survives_being_written_down() -> None:
    market = over(minutes(days=2))
    first, again = (run(BARS[0](fast=3, slow=8), market) for _ in range(2))
    assert first.fills
    assert first.same_as(again)
    assert first.same_as(Result.from_json(first.to_json()))
    other = run(BARS[0](fast=3, slow=9), market)
    assert not first.same_as(other)


def test_longer_bars_are_over_when_their_session_is() -> None:
    found = run(Script(), over(days([FLAT])))
    assert found.time[0] > 0
    from core.backtest.engine import BarRun

    week = BarRun(candles=days([FLAT]), key=KEY, interval=Interval.parse("1w"))
    ended = datetime.fromtimestamp(int(run(Script(), week).time[0]), IST)
    assert (ended.isoweekday(), ended.time()) == (5, time(15, 30))


def test_bars_before_the_beginning_only_make_lines_known() -> None:
    market = minutes(days=3)
    begins = date(2026, 6, 2)
    for kind in BARS:
        found = run(kind(), over(market, begins=begins))
        assert len(found.equity) == 2 * 375
        assert found.fills
        assert all(ist_day(o.asked_at) >= begins for o in found.orders)
    early = run(SmaCross(fast=50, slow=300), over(market, begins=begins))
    assert ist_day(early.fills[0].at) == begins
    with pytest.raises(RuleBroken, match="no bars to run on from 09 Jun 2026"):
        run(SmaCross(), over(market, begins=date(2026, 6, 9)))
