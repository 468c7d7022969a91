"""Snapshots at fills, settlements, and the journal over them, on a desk of fakes."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isnan

import numpy as np
import pytest

from core.analytics.chain_snapshot import ChainSnapshot
from core.clock import IST
from core.ids import InstrumentKey
from core.instruments.instrument import Kind
from core.journal.notes import TradeNote
from core.pricing.black76 import price
from core.risk.limits import Limits
from core.services.settling import LAST_VALUE, PUBLISHED, Settling
from core.services.trade_journal import TradeJournal
from core.services.trade_snaps import TradeSnaps
from core.state.market import Col
from core.trading.groups import StrategyGroup
from core.trading.requests import OrderRequest, OrderType, Product, Side
from tests.fake_broker import candles
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import EXPIRY, FUTURE, NIFTY, NOW, option_key
from tests.fakes import MemoryInstruments

CALL_KEY, PUT_KEY = option_key(24_200.0, Kind.CALL), option_key(24_200.0, Kind.PUT)
D = Decimal


@pytest.fixture
def desk() -> FakeDesk:
    made = make_desk()
    made.trading.state.limits = Limits(
        duplicate_seconds=0, naked_lots=None, order_value=None, fat_finger=None
    )
    return made


@pytest.fixture
def journal(desk: FakeDesk) -> TradeJournal:
    return desk.trading.trade_journal


def snaps_of(desk: FakeDesk) -> TradeSnaps:
    services, trading = desk.services, desk.trading
    return TradeSnaps(
        state=trading.state,
        chains=services.chains,
        market=services.market,
        day_bars=services.day_bars,
        instruments=services.instruments,
        contracts=trading.trade_journal.doors.contracts,
        snaps=trading.trade_journal.doors.snaps,
        clock=desk.clock,
    )


def settling_of(desk: FakeDesk) -> Settling:
    services, trading = desk.services, desk.trading
    return Settling(
        fills=trading.fills,
        kept=trading.trade_journal.doors,
        instruments=services.instruments,
        state=trading.state,
        market=services.market,
        history=desk.history,
        records=trading.records,
        calendar=services.calendar,
        clock=desk.clock,
    )


async def trade(
    desk: FakeDesk,
    side: Side,
    rupees: str,
    key: InstrumentKey = CALL_KEY,
    *,
    group: str = "",
    units: int = 65,
) -> None:
    """Ordered, and filled at once."""
    request = OrderRequest(
        key=key,
        side=side,
        quantity=units,
        product=Product.CARRY,
        type=OrderType.LIMIT,
        price=D(rupees),
        group=group,
    )
    desk.trading.state.reconciled_at = desk.clock.now()
    placed = await desk.trading.desk.place(request)
    desk.exchange.trade(placed.broker_ids[0], units, rupees)
    await desk.listen()


async def test_a_snapshot_tells_of_chain_and_chart_at_the_fill(
    desk: FakeDesk, journal: TradeJournal
) -> None:
    snaps = snaps_of(desk)
    chain = await desk.services.chain_keeper.open("test", "NIFTY", EXPIRY)
    await desk.services.chain_keeper.settle()
    desk.services.chain_keeper.refresh(chain)
    await trade(desk, Side.BUY, "150")
    await snaps.look()
    (made,) = (await journal.look()).trades
    entry, leaving = await journal.snaps(made)
    assert entry is not None
    assert leaving is None
    place = chain.keys[0].index(CALL_KEY)
    assert (entry.symbol, entry.spot, entry.pcr) == ("NIFTY", chain.spot, chain.pcr)
    assert (entry.delta, entry.iv) == (chain.delta[0, place], chain.iv[0, place])
    assert entry.bid == desk.services.market.get(CALL_KEY, Col.BID)
    assert entry.atm_iv == pytest.approx(np.nanmean(chain.iv[:, chain.atm]))
    assert 30 < len(entry.closes) <= 60
    assert await journal.doors.contracts.all() == list(
        (await desk.services.instruments.get_many([CALL_KEY])).values()
    )


async def test_what_the_state_does_not_know_stays_unknown(
    desk: FakeDesk, journal: TradeJournal
) -> None:
    snaps = snaps_of(desk)
    await trade(desk, Side.BUY, "150")
    await snaps.look()
    entry, _ = await journal.snaps((await journal.look()).trades[0])
    assert entry is not None
    assert isnan(entry.iv + entry.forward + entry.bid)
    assert entry.chain_at is None


async def test_a_fill_heard_of_late_has_no_snapshot(desk: FakeDesk, journal: TradeJournal) -> None:
    await trade(desk, Side.BUY, "150")
    desk.clock.set(desk.clock.now() + timedelta(minutes=5))
    await snaps_of(desk).look()
    assert await journal.snaps((await journal.look()).trades[0]) == (None, None)


async def test_books_are_counted_anew_when_something_changes_only(
    desk: FakeDesk, journal: TradeJournal
) -> None:
    await trade(desk, Side.BUY, "150", group="Scalp")
    first = await journal.look()
    assert await journal.look() is first
    assert (first.trades[0].title, first.trades[0].is_closed) == ("Scalp", False)
    await trade(desk, Side.SELL, "152")
    after = await journal.look()
    assert after.trades[0].is_closed
    assert after.trades[0].profit == D(130)
    await journal.write(TradeNote(trade=after.trades[0].id, setup="Breakout"))
    noted = await journal.look()
    assert noted.notes[after.trades[0].id].setup == "Breakout"
    assert noted.notes[after.trades[0].id].edited_at == desk.clock.now()
    assert noted.books is after.books


async def test_a_trade_is_called_as_its_basket_or_by_its_contracts(
    desk: FakeDesk, journal: TradeJournal
) -> None:
    now = desk.clock.now()
    strategy = StrategyGroup(id="st1", account="x", created_at=now, edited_at=now)
    await journal._strategies.save(replace(strategy, account=journal._account))
    await trade(desk, Side.BUY, "150", group="st1")
    await trade(desk, Side.BUY, "90", PUT_KEY, group="basket-1/2")
    names = {each.group: each.title for each in (await journal.look()).trades}
    assert names == {"st1": "NIFTY 24200 CE 23 NOV 26", "basket-1": "basket-1"}


def recorded(minute: datetime, forward: float, vol: float, closes_at: datetime) -> ChainSnapshot:
    years = (closes_at - minute).total_seconds() / 60 / 525_600
    strikes = np.array([24_150.0, 24_200.0])
    value = price(forward, strikes, years, vol, np.exp(-0.065 * years), np.array([[True], [False]]))
    return ChainSnapshot(
        symbol="NIFTY",
        expiry=EXPIRY,
        minute=minute - timedelta(minutes=1),
        spot=forward - 20,
        forward=forward,
        future=forward,
        future_oi=0.0,
        strikes=strikes,
        ltp=value,
        bid=value,
        ask=value,
        volume=np.zeros((2, 2)),
        oi=np.zeros((2, 2)),
        iv=np.full((2, 2), vol),
    )


async def test_a_profit_is_attributed_to_the_greeks_and_the_rest_is_named(
    desk: FakeDesk, journal: TradeJournal
) -> None:
    closes_at = desk.services.calendar.close_of(EXPIRY)
    path = [(24_230.0 + 2 * n, 0.12 + 0.0003 * n) for n in range(31)]
    made = [
        recorded(NOW + timedelta(minutes=n), forward, vol, closes_at)
        for n, (forward, vol) in enumerate(path)
    ]
    await desk.services.snapshots.save(made)
    prices = [f"{round(each.ltp[0, 1] * 20) / 20:.2f}" for each in made]
    await trade(desk, Side.SELL, prices[0])
    desk.clock.set(NOW + timedelta(minutes=30, seconds=1))
    await trade(desk, Side.BUY, prices[30])
    (done,) = (await journal.look()).trades
    ((trip, found),) = await journal.attribution(done)
    assert found is not None
    assert found.marks == 30
    assert found.total == pytest.approx(float(trip.profit))
    assert found.delta < -1_500
    assert found.vega < -100
    assert found.theta > 0
    assert abs(found.other) < 0.06 * abs(found.total), "a minute at either end, and rounding"


async def test_nothing_recorded_is_no_attribution_and_a_future_is_all_delta(
    desk: FakeDesk, journal: TradeJournal
) -> None:
    for side, rupees in ((Side.BUY, "150"), (Side.SELL, "152")):
        await trade(desk, side, rupees)
    desk.clock.set(NOW + timedelta(minutes=1))
    for side, rupees in ((Side.BUY, "24230"), (Side.SELL, "24240")):
        await trade(desk, side, rupees, FUTURE)
    future, option = (await journal.look()).trades
    assert (await journal.attribution(option))[0][1] is None
    found = (await journal.attribution(future))[0][1]
    assert found is not None
    assert (found.delta, found.other) == (650.0, 0.0)


async def test_a_contract_that_ends_leaves_the_books_once_the_broker_has_ended_it(
    desk: FakeDesk, journal: TradeJournal
) -> None:
    settling = settling_of(desk)
    desk.clock.set(datetime.combine(EXPIRY, datetime.min.time(), IST) + timedelta(hours=15))
    await trade(desk, Side.BUY, "150")
    desk.clock.set(desk.services.calendar.close_of(EXPIRY) + timedelta(seconds=30))
    row = desk.services.market.row(NIFTY)
    desk.services.market.write_some(row, [Col.LTP], [24_252.05])
    state = desk.trading.state
    await settling.look()
    assert state.held(CALL_KEY, Product.CARRY) == 65, "the broker has not told yet"
    (told,) = await desk.exchange.positions()
    state.broker_positions[CALL_KEY, Product.CARRY] = replace(told, quantity=0)
    await settling.look()
    assert state.held(CALL_KEY, Product.CARRY) == 0
    assert state.holdings() == {}
    (settled,) = await journal.doors.settlements.all()
    assert (settled.price, settled.source.startswith(LAST_VALUE)) == (D("52.05"), True)
    found = await desk.trading.journal.find("has ended")
    assert found[0].entry.facts["underlying"] == "24252.05"
    (done,) = (await journal.look()).trades
    assert (done.is_closed, done.profit) == (True, 65 * (D("52.05") - 150))


async def test_the_next_day_s_price_is_not_taken_for_the_end(
    desk: FakeDesk, journal: TradeJournal
) -> None:
    settling = settling_of(desk)
    await trade(desk, Side.BUY, "150")
    desk.clock.set(desk.services.calendar.close_of(EXPIRY) + timedelta(days=2))
    desk.services.market.write_some(desk.services.market.row(NIFTY), [Col.LTP], [24_900.0])
    (told,) = await desk.exchange.positions()
    desk.trading.state.broker_positions[CALL_KEY, Product.CARRY] = replace(told, quantity=0)
    await settling.look()
    assert await journal.doors.settlements.all() == []


async def test_the_published_close_takes_the_place_of_the_last_value(
    desk: FakeDesk, journal: TradeJournal
) -> None:
    settling = settling_of(desk)
    await trade(desk, Side.SELL, "150")
    await trade(desk, Side.BUY, "1", PUT_KEY)
    await trade(desk, Side.SELL, "2", PUT_KEY)
    await snaps_of(desk).look()
    assert await settling.publish() == "nothing has ended that was held"
    desk.clock.set(desk.services.calendar.close_of(EXPIRY) + timedelta(hours=15))
    assert await settling.publish() == "0 settled, 1 without a close yet"
    midnight = datetime.combine(EXPIRY, datetime.min.time(), IST).astimezone(UTC)
    start = np.array([int(midnight.timestamp())], dtype=np.int64)
    desk.history.candles[NIFTY] = candles(start, np.array([24_260.0]))
    assert await settling.publish() == "1 settled"
    assert await settling.publish() == "nothing has ended that was held"
    (settled,) = await journal.doors.settlements.all()
    assert settled.source == f"{PUBLISHED} (24260.00)"
    assert settled.price == D(60)
    assert (await journal.look()).books.open == ()


async def test_a_contract_that_is_listed_later_is_remembered_then(
    desk: FakeDesk, journal: TradeJournal
) -> None:
    snaps, instruments = snaps_of(desk), desk.services.instruments
    assert isinstance(instruments, MemoryInstruments)
    listed = dict(instruments.rows)
    await trade(desk, Side.BUY, "150")
    del instruments.rows[CALL_KEY]
    await snaps.look()
    assert await journal.doors.contracts.all() == []
    instruments.rows = listed
    await trade(desk, Side.BUY, "90", PUT_KEY)
    await snaps.look()
    assert {each.key for each in await journal.doors.contracts.all()} == {CALL_KEY, PUT_KEY}


async def test_the_service_keeps_what_it_has_taken_when_it_ends(
    desk: FakeDesk, journal: TradeJournal
) -> None:
    snaps = snaps_of(desk)
    running = asyncio.create_task(snaps.run())
    await trade(desk, Side.BUY, "150")
    await asyncio.sleep(0.4)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    entry, _ = await journal.snaps((await journal.look()).trades[0])
    assert entry is not None
