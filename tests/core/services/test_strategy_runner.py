"""The strategy runner, over a whole desk of fakes: signals, orders, and code that misbehaves."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.clock import IST
from core.errors import BrokerUnavailable, RuleBroken
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.instruments.instrument import Kind
from core.risk.limits import Limits
from core.services.signal_side import strategy_in
from core.services.strategy_orders import StrategyOrders
from core.services.strategy_runner import StrategyRunner
from core.services.strategy_sight import StrategySight
from core.state.market import Col
from core.state.signals import Asked, Doing, SignalState
from core.strategies.strategy import Context, Filled, Parameter, Setup, Strategy
from tests.core.services.trading_desk import soon
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import NEXT_EXPIRY, NIFTY, RELIANCE, option_key

OPEN = datetime(2026, 11, 18, 9, 15, tzinfo=IST)
MONEY = option_key(24_200.0, Kind.CALL)


class Rising(Strategy):
    """Long while the bar closed above its mean of so many, flat else."""

    title = "Rising"
    length = Parameter(title="Bars", default=2, low=1, high=50)

    def init(self, setup: Setup) -> None:
        self.mean = setup.line("sma", length=self.length)

    def on_bar(self, desk: Context) -> None:
        desk.target(desk.lot if desk.close > self.mean.now else 0)


class SellsOnce(Strategy):
    """Sells the call nearest the money at its first minute, and counts what it is told."""

    title = "Sells once"

    def init(self, setup: Setup) -> None:
        setup.chains()
        self.fills: list[Filled] = []
        self.refused: list[str] = []
        self.minutes = self.days = 0

    def on_refused(self, desk: Context, order: int, why: str) -> None:
        self.refused.append(why)

    def on_day(self, desk: Context) -> None:
        self.days += 1

    def on_minute(self, desk: Context) -> None:
        self.minutes += 1
        view = desk.chain()
        key = view.keys[0][int(np.searchsorted(view.strikes, 24_200.0))]
        if not desk.held and key is not None and self.minutes == 1:
            desk.order(key, -view.lot_size)

    def on_fill(self, desk: Context, fill: Filled) -> None:
        self.fills.append(fill)


class Raises(SellsOnce):
    def on_minute(self, desk: Context) -> None:
        raise ZeroDivisionError("nothing to divide by")


class Loops(SellsOnce):
    def on_minute(self, desk: Context) -> None:
        while True:
            self.minutes += 1


class Shouts(SellsOnce):
    def on_minute(self, desk: Context) -> None:
        for _ in range(1_000):
            desk.order(MONEY, 75)


class WaitsForPrice(SellsOnce):
    def on_minute(self, desk: Context) -> None:
        self.minutes += 1
        if self.minutes == 1:
            self.number = desk.order(MONEY, 65, limit=1.0)
        if self.minutes == 2:
            desk.cancel(self.number)


OWN = """
from core.strategies.strategy import Strategy

class Mine(Strategy):
    title = "Mine"
"""

ALL = {each.__name__: each for each in (Rising, SellsOnce, Raises, Loops, Shouts, WaitsForPrice)}


@dataclass
class Bench:
    """A runner on a fake desk, with the bars that a test gives it."""

    desk: FakeDesk
    runner: StrategyRunner
    closes: list[float] = field(default_factory=list)

    @property
    def state(self) -> SignalState:
        return self.runner.state

    async def bars(self, key: InstrumentKey, interval: Interval, count: int) -> Candles:
        n = len(self.closes)
        prices = np.array(self.closes)
        begin = int(OPEN.timestamp())
        return Candles(
            time=begin + interval.seconds * np.arange(n, dtype=np.int64),
            open=prices, high=prices, low=prices, close=prices,
            volume=np.ones(n, dtype=np.int64), open_interest=np.zeros(n, dtype=np.int64),
        )  # fmt: skip

    async def minute(self, times: int = 1) -> None:
        """Let minutes go by, each with a look at its end and one for its fills."""
        for _ in range(times):
            self.desk.clock.advance(timedelta(minutes=1))
            for _ in range(2):
                await self.look()

    async def look(self) -> None:
        self.runner.look()
        await self.runner.settle()
        await self.desk.listen()

    def work(self, id: str) -> Any:
        return self.runner._works[id].strategy


def asked(name: str, **parameters: Any) -> Asked:
    return Asked(strategy=name, parameters=parameters, key=InstrumentKey(""), symbol="NIFTY")


def on_share(name: str, **parameters: Any) -> Asked:
    return Asked(strategy=name, parameters=parameters, key=RELIANCE, symbol="")


def strategy_of(name: str) -> type[Strategy]:
    if name not in ALL:
        raise RuleBroken(f"there is no strategy {name}")
    return ALL[name]


async def make(
    state: SignalState | None = None,
    desk: FakeDesk | None = None,
    patience: float = 5.0,
    ready: Callable[[], bool] = lambda: True,
) -> Bench:
    desk = desk or make_desk()
    s = desk.services
    bench = Bench(desk, None)  # type: ignore[arg-type]
    sight = StrategySight(
        market=s.market, chains=s.chains, chain_keeper=s.chain_keeper, calendar=s.calendar,
        rate=s.rate,
    )  # fmt: skip
    bench.runner = StrategyRunner(
        state=state or SignalState(),
        orders=StrategyOrders(s.trading, s.market),
        sight=sight,
        chain_keeper=s.chain_keeper,
        subscriptions=s.subscriptions,
        instruments=s.instruments,
        preferences=s.preferences,
        calendar=s.calendar,
        clock=s.clock,
        notices=s.notices,
        bars_of=bench.bars,
        strategy_of=strategy_of,
        patience=patience,
        ready=ready,
    )
    await desk.trading.reconciler.reconcile()
    await bench.look()
    return bench


async def test_a_signal_is_assumed_at_the_quote_and_nothing_is_sent():
    bench = await make()
    run = await bench.runner.start(asked("SellsOnce"))
    await bench.minute(2)
    (signal,) = bench.state.signals
    bid = bench.desk.services.market.get(MONEY, Col.BID)
    assert (signal.key, signal.units, signal.price) == (MONEY, -65, bid)
    assert signal.outcome == "assumed, not sent"
    assert run.held[0].units == -65
    assert run.held[0].price == bid
    assert bench.work(run.id).fills[0].price == bid
    assert bench.desk.exchange.tags == []


async def test_a_strategy_that_may_trade_sends_once_and_hears_of_its_fill():
    bench = await make()
    run = await bench.runner.start(asked("SellsOnce"))
    await bench.runner.switch(run.id, trades=True)
    await bench.desk.trading.controls.set_limits(Limits(naked_lots=None))
    await bench.minute(2)
    (order,) = bench.desk.trading.state.orders.values()
    bench.desk.exchange.trade(order.parts[0].id, 65, "150.05")
    await bench.minute()
    assert order.request.group == run.id
    assert order.request.source == "rule"
    signal = bench.state.signals[-1]
    assert signal.order == order.id
    assert [(fill.units, fill.price) for fill in bench.work(run.id).fills] == [(-65, 150.05)]
    assert bench.state.runs[run.id].held[0].units == -65
    assert bench.desk.exchange.tags == [order.id]
    assert bench.state.runs[run.id].trades


async def test_what_the_gate_refuses_is_told_and_leaves_the_book_alone():
    bench = await make()
    run = await bench.runner.start(asked("SellsOnce"))
    await bench.runner.switch(run.id, trades=True)
    await bench.desk.trading.controls.halt("a test")
    await bench.minute()
    assert "refused" in bench.state.signals[-1].outcome
    (why,) = bench.work(run.id).refused
    assert why in bench.state.signals[-1].outcome
    assert bench.state.runs[run.id].held == ()
    assert bench.desk.exchange.tags == []


async def test_bars_before_the_start_move_the_lines_and_are_not_told():
    bench = await make()
    bench.closes = [100.0 + n for n in range(45)]  # 9:15 to 10:00
    run = await bench.runner.start(on_share("Rising"))
    await bench.minute()
    assert not bench.state.signals
    bench.closes += [150.0]
    bench.desk.clock.advance(timedelta(seconds=-20))
    await bench.minute()
    bought = bench.state.signals[-1]
    assert (bought.key, bought.units) == (RELIANCE, 1)
    bench.closes += [10.0]
    await bench.minute()
    assert bench.state.signals[-1].units == -1
    assert bench.state.runs[run.id].held == ()


async def test_a_bar_that_still_grows_is_not_told():
    bench = await make()
    bench.closes = [100.0] * 45
    await bench.runner.start(on_share("Rising"))
    await bench.minute()
    bench.closes += [150.0, 160.0]  # the second one has only begun
    await bench.look()
    assert len(bench.state.signals) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Raises", "ZeroDivisionError: nothing to divide by (at test_strategy_runner.py:"),
        ("Shouts", "more than 200 orders"),
    ],
)
async def test_a_strategy_that_misbehaves_is_stopped_and_says_where(name: str, words: str):
    bench = await make()
    run = await bench.runner.start(asked(name))
    await bench.minute()
    assert bench.state.runs[run.id].doing is Doing.FAILED
    assert words in bench.state.runs[run.id].problem
    assert bench.desk.exchange.tags == []


async def test_a_strategy_that_never_comes_back_is_stopped():
    bench = await make(patience=0.1)
    run = await bench.runner.start(asked("Loops"))
    await bench.minute()
    assert "took longer" in bench.state.runs[run.id].problem
    turns = bench.work(run.id).minutes
    await bench.minute()
    assert bench.work(run.id).minutes - turns < 1_000_000


async def test_an_order_that_waits_can_be_cancelled():
    bench = await make()
    run = await bench.runner.start(asked("WaitsForPrice"))
    await bench.minute()
    assert len(bench.runner._works[run.id].working) == 1
    await bench.minute()
    assert bench.runner._works[run.id].working == {}
    assert bench.state.runs[run.id].held == ()


async def test_minutes_outside_the_session_are_not_told():
    bench = await make()
    run = await bench.runner.start(asked("SellsOnce"))
    bench.desk.clock.set(datetime(2026, 11, 18, 18, 0, tzinfo=IST))
    await bench.minute(2)
    assert bench.work(run.id).minutes == 0


async def test_a_switch_begins_anew_and_stopping_lets_go_of_the_chain():
    bench = await make()
    run = await bench.runner.start(asked("SellsOnce"))
    await bench.minute(2)
    await bench.runner.switch(run.id, trades=True)
    assert bench.state.runs[run.id].held == ()
    await bench.runner.stop(run.id)
    assert bench.state.runs[run.id].doing is Doing.STOPPED
    assert not any(
        owner.startswith("strategy") for owner in bench.desk.services.subscriptions.owners
    )
    await bench.minute(2)
    assert bench.state.runs[run.id].last_at is None


async def test_after_a_restart_signals_go_on_and_what_traded_waits():
    bench = await make()
    quiet = await bench.runner.start(asked("SellsOnce"))
    trading = await bench.runner.start(asked("SellsOnce"))
    await bench.runner.switch(trading.id, trades=True)
    again = await make(SignalState(), bench.desk)
    await again.runner.load()
    assert again.state.runs[quiet.id].doing is Doing.RUNNING
    assert again.state.runs[trading.id].doing is Doing.STOPPED
    assert not again.state.runs[trading.id].trades
    assert "start it again" in again.state.runs[trading.id].problem


async def test_what_cannot_run_is_refused_with_words():
    bench = await make()
    with pytest.raises(RuleBroken, match="no strategy"):
        await bench.runner.start(asked("Unheard"))
    with pytest.raises(RuleBroken, match="below 1"):
        await bench.runner.start(on_share("Rising", length=0))
    with pytest.raises(RuleBroken, match="lists 0 expiries"):
        await bench.runner.start(
            Asked(strategy="SellsOnce", parameters={}, key=InstrumentKey(""), symbol="NOTHING")
        )
    assert bench.state.runs == {}


async def test_a_new_day_opens_the_chains_that_are_nearest_then():
    bench = await make()
    run = await bench.runner.start(asked("SellsOnce"))
    await bench.minute(2)
    bench.desk.clock.set(datetime(2026, 11, 25, 9, 15, 30, tzinfo=IST))  # the first one has ended
    await bench.minute(2)
    (viewer,) = bench.runner._works[run.id].viewers
    assert str(NEXT_EXPIRY) in viewer
    assert bench.work(run.id).days == 2
    assert bench.state.runs[run.id].doing is Doing.RUNNING


async def test_what_ran_goes_on_only_once_the_desk_is_ready():
    bench = await make()
    await bench.runner.start(asked("SellsOnce"))
    ready: list[bool] = []
    again = await make(SignalState(), bench.desk, ready=lambda: bool(ready))
    running = asyncio.create_task(again.runner.run())
    await asyncio.sleep(0)
    assert again.state.runs == {}
    ready.append(True)
    await soon(lambda: bool(again.state.runs))
    running.cancel()


async def test_a_file_of_the_user_s_runs_as_the_ready_ones_do(tmp_path: Path):
    (tmp_path / "mine.py").write_text(OWN)
    made = strategy_in(str(tmp_path))
    assert made("mine.py").title == "Mine"
    assert made("sma_cross").title == "SMA cross"
    with pytest.raises(RuleBroken, match="not there"):
        made("../other.py")


async def test_what_nobody_quotes_is_assumed_at_its_last_price():
    bench = await make()
    bench.closes = [100.0] * 45
    await bench.runner.start(Asked(strategy="Rising", parameters={}, key=NIFTY, symbol=""))
    await bench.minute()
    bench.closes += [150.0]
    bench.desk.clock.advance(timedelta(seconds=-20))
    await bench.minute()
    assert bench.state.signals[-1].outcome == "assumed at the last price"
    (run,) = bench.state.runs.values()
    assert run.held[0].price == bench.desk.services.market.get(NIFTY, Col.LTP)


async def test_what_is_being_sent_when_a_strategy_is_stopped_is_cancelled():
    bench = await make()
    run = await bench.runner.start(asked("WaitsForPrice"))
    await bench.runner.switch(run.id, trades=True)
    bench.desk.exchange.pause = 0.2
    await bench.look()
    bench.desk.clock.advance(timedelta(minutes=1))
    bench.runner.look()
    await soon(lambda: bool(bench.desk.exchange.tags))
    stopping = asyncio.create_task(bench.runner.stop(run.id))
    switching = asyncio.create_task(bench.runner.switch(run.id, trades=False))
    await asyncio.gather(stopping, switching)
    await bench.desk.listen()
    (order,) = bench.desk.trading.state.orders.values()
    assert order.is_over
    assert not bench.state.runs[run.id].trades


async def test_a_minute_that_ends_while_a_strategy_is_busy_is_told_at_its_next_turn():
    bench = await make()
    run = await bench.runner.start(asked("SellsOnce"))
    await bench.look()
    bench.runner._works[run.id].busy = True
    bench.desk.clock.advance(timedelta(minutes=1))
    await bench.look()
    assert bench.work(run.id).minutes == 0
    bench.runner._works[run.id].busy = False
    await bench.look()
    assert bench.work(run.id).minutes == 1


async def test_a_desk_that_ends_before_it_was_ready_forgets_nothing():
    bench = await make()
    run = await bench.runner.start(asked("SellsOnce"))
    never = await make(SignalState(), bench.desk, ready=lambda: False)
    running = asyncio.create_task(never.runner.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    again = await make(SignalState(), bench.desk)
    await again.runner.load()
    assert list(again.state.runs) == [run.id]


async def test_of_bars_that_come_late_together_only_the_newest_is_told():
    bench = await make()
    bench.closes = [100.0] * 45
    await bench.runner.start(on_share("Rising"))
    await bench.minute()
    bench.closes += [150.0, 10.0, 150.0]
    await bench.minute(3)
    assert [signal.units for signal in bench.state.signals] == [1]


async def test_what_cannot_be_cancelled_is_told_and_the_strategy_is_stopped_all_the_same():
    bench = await make()
    run = await bench.runner.start(asked("WaitsForPrice"))
    await bench.runner.switch(run.id, trades=True)
    await bench.minute()

    async def fails(_: object) -> None:
        raise BrokerUnavailable("no line")

    bench.desk.trading.desk.cancel = fails  # type: ignore[method-assign,assignment]
    await bench.runner.stop(run.id)
    assert bench.state.runs[run.id].doing is Doing.STOPPED
    told = [notice.text for notice in bench.desk.services.notices.all()]
    assert any("may still work" in text and "no line" in text for text in told)
