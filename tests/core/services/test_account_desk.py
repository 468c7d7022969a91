"""Conversions and the broker's own switch: checked, written down, asked for once."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from core.errors import BrokerRejected, BrokerUnavailable, RuleBroken
from core.ports.account import Conversion
from core.services.account_desk import AccountDesk
from core.trading.journal import Kind
from core.trading.requests import Product, Side
from tests.core.services.trading_desk import Trading, make_trading
from tests.core.trading.samples import CALL, ask
from tests.fake_account import FakeAccount
from tests.fakes import MemoryPreferences


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    trading: Trading
    door: FakeAccount
    preferences: MemoryPreferences
    desk: AccountDesk
    asked: list[str]

    def held(self, product: Product) -> int:
        return self.trading.state.held(CALL.key, product)


def make_account(trading: Trading, preferences: MemoryPreferences | None = None) -> Bench:
    preferences, door = preferences or MemoryPreferences(), FakeAccount()
    asked: list[str] = []
    desk = AccountDesk(
        account="test",
        door=door,
        gate=trading.gate,
        pace=trading.pace,
        records=trading.records,
        state=trading.state,
        preferences=preferences,
        clock=trading.clock,
        unsure=lambda: asked.append("compare"),
    )
    return Bench(trading=trading, door=door, preferences=preferences, desk=desk, asked=asked)


@pytest.fixture
async def bench() -> Bench:
    """Two lots held within the day."""
    trading = make_trading()
    order = await trading.desk.place(ask(quantity=130, product=Product.INTRADAY))
    trading.broker.trade(order.broker_ids[0], 130, "150")
    await trading.listen()
    return make_account(trading)


WANTED = Conversion(
    key=CALL.key, side=Side.BUY, quantity=65, before=Product.INTRADAY, after=Product.CARRY
)


async def test_units_are_held_in_the_other_way_at_once_and_it_is_written_down(
    bench: Bench,
) -> None:
    await bench.desk.convert(WANTED, click="a")
    await bench.desk.convert(WANTED, click="a")
    assert bench.door.converted == [WANTED]
    assert (bench.held(Product.INTRADAY), bench.held(Product.CARRY)) == (65, 65)
    told = [each.entry for each in bench.trading.memory.journal.chain]
    ours = [e for e in told if e.correlation == f"conversion {CALL.key}"]
    assert [(e.kind, e.text) for e in ours] == [
        (Kind.INTENT, "convert"),
        (Kind.REPLY, "converted"),
    ]
    assert bench.asked == ["compare"]


async def test_today_s_conversions_are_known_after_a_restart_and_those_of_others_are_not(
    bench: Bench,
) -> None:
    await bench.desk.convert(WANTED)
    await bench.desk.convert(WANTED)
    again = make_account(make_trading(), bench.preferences)
    await again.desk.load()
    assert again.held(Product.CARRY) == 130
    assert again.trading.state.adjustments[CALL.key, Product.INTRADAY] == -130
    later = make_account(make_trading(), bench.preferences)
    later.trading.clock.set(later.trading.clock.now().replace(day=24))
    await later.desk.load()
    assert later.trading.state.adjustments == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": 195}, "130 units are held"),
        ({"quantity": 30}, "not a multiple"),
        ({"side": Side.SELL}, "nothing of .* is held"),
        ({"before": Product.CARRY, "after": Product.INTRADAY}, "nothing of .* is held"),
        ({"after": Product.INTRADAY}, "cannot be converted"),
        ({"after": Product.DELIVERY}, "cannot be converted"),
        ({"after": Product.MTF}, "cannot be converted"),
    ],
)
async def test_what_cannot_be_is_refused_and_never_asked(
    bench: Bench, change: dict[str, object], words: str
) -> None:
    with pytest.raises(RuleBroken, match=words):
        await bench.desk.convert(replace(WANTED, **change))  # type: ignore[arg-type]
    assert bench.door.converted == []
    assert bench.trading.memory.journal.chain[-1].entry.kind is Kind.DECISION


@pytest.mark.parametrize("problem", [BrokerRejected("no"), BrokerUnavailable("the line is cut")])
async def test_a_conversion_that_failed_changes_nothing_and_everything_is_compared(
    bench: Bench, problem: BrokerRejected | BrokerUnavailable
) -> None:
    bench.door.problem = problem
    with pytest.raises(type(problem)):
        await bench.desk.convert(WANTED)
    assert bench.held(Product.INTRADAY) == 130
    assert bench.asked == ["compare"]
    bench.door.problem = None
    if isinstance(problem, BrokerUnavailable):
        with pytest.raises(RuleBroken, match="was not answered"):
            await bench.desk.convert(WANTED)
        bench.trading.clock.advance(timedelta(seconds=1))
        bench.trading.state.reconciled_at = bench.trading.clock.now()
    await bench.desk.convert(WANTED)
    assert bench.door.converted == [WANTED]


async def test_the_broker_s_switch_wants_its_word(bench: Bench) -> None:
    with pytest.raises(RuleBroken, match="type STOP"):
        await bench.desk.switch(["NSE_FO"], stop=True, typed="stop")
    with pytest.raises(RuleBroken, match="choose a segment"):
        await bench.desk.switch([], stop=True, typed="STOP")
    await bench.desk.switch(["NSE_FO"], stop=True, typed="STOP")
    stopped = [each.segment for each in bench.desk.segments.value or [] if each.stopped]
    assert stopped == ["NSE_FO"]
    assert "stop NSE_FO at the broker" in bench.trading.memory.journal.told


async def test_what_was_read_stays_with_its_age_when_reading_fails(bench: Bench) -> None:
    await bench.desk.read_funds()
    await bench.desk.read_shares()
    await bench.desk.read_safety()
    bench.door.problem = BrokerUnavailable("the broker is busy")
    await bench.desk.read_funds()
    reading = bench.desk.funds
    assert reading.value is not None
    assert (reading.at, reading.problem) == (bench.trading.clock.now(), "the broker is busy")
    assert [each.symbol for each in bench.desk.shares.value or []] == ["RELIANCE"]
    assert bench.desk.addresses.value is not None
