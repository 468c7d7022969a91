"""The portfolio: what is held, what it is worth, what it gains, and how cheaply that is known."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import isnan, nan

import pytest

from core.charges.charges import Charges
from core.ids import BrokerOrderId, InstrumentKey, TradeId
from core.instruments.instrument import Kind
from core.ports.broker import BrokerPosition
from core.ports.feed import FeedMode
from core.services.portfolio import OWNER, Portfolio
from core.services.portfolio_picture import By, Line, grouped
from core.state.market import Col
from core.trading.fills import Fill
from core.trading.requests import OrderRequest, OrderType, Product, Side
from tests.fake_desk import FakeDesk, make_desk
from tests.fake_universe import (
    EXPIRY,
    FORWARD,
    FUTURE,
    NEXT_EXPIRY,
    NIFTY,
    SPOT,
    VOL,
    option_key,
)

CARRY, INTRADAY = Product.CARRY, Product.INTRADAY
CALL = option_key(24_200.0, Kind.CALL)
PUT = option_key(24_200.0, Kind.PUT)
LATER = option_key(24_300.0, Kind.CALL, NEXT_EXPIRY)
LOT = 65


def fill(
    desk: FakeDesk, key: InstrumentKey, signed: int, price: str, product: Product = CARRY
) -> Fill:
    number = len(desk.trading.state.ledger.fills) + 1
    made = Fill(
        order_id=BrokerOrderId(f"order {number}"),
        trade_id=TradeId(str(number)),
        key=key,
        side=Side.BUY if signed > 0 else Side.SELL,
        product=product,
        quantity=abs(signed),
        price=Decimal(price),
        at=desk.clock.now() + timedelta(microseconds=number),
    )
    desk.trading.state.enter([made])
    return made


async def seen(desk: FakeDesk) -> Portfolio:
    """Twice: the chains give prices of what was learnt at the first look."""
    portfolio = desk.trading.portfolio
    portfolio._still = 0.0
    await portfolio.look()
    await desk.services.chain_keeper.settle()
    return portfolio


def one(portfolio: Portfolio, key: InstrumentKey, product: Product = CARRY) -> Line:
    found = portfolio.picture().of(key, product)
    assert found is not None
    return found


async def test_a_line_has_its_money_its_quotes_and_its_greeks() -> None:
    desk = make_desk()
    fill(desk, CALL, 2 * LOT, "150")
    fill(desk, CALL, -LOT, "160")
    line = one(await seen(desk), CALL)
    assert (line.units, line.lots, line.title, line.symbol) == (
        LOT,
        1.0,
        "NIFTY 24200 CE 23 NOV 26",
        "NIFTY",
    )
    last = desk.services.market.get(CALL, Col.LTP)
    assert line.last == last
    assert line.result.realised == 650
    assert line.result.unrealised is not None
    assert float(line.result.unrealised) == pytest.approx(LOT * (last - 150))
    assert line.result.average == 150
    assert line.result.charges == desk.trading.state.ledger.charges(desk.trading.portfolio.known)
    chain = desk.services.chains.get("NIFTY", EXPIRY)
    assert chain is not None
    at = list(chain.strikes).index(24_200.0)
    slope = FORWARD / SPOT
    assert line.iv == pytest.approx(chain.iv[0, at])
    found = line.sensitivity
    assert found.delta == pytest.approx(LOT * chain.delta[0, at] * slope, rel=1e-3)
    assert found.delta_rupees == pytest.approx(found.delta * SPOT)
    assert found.delta_percent == pytest.approx(found.delta * SPOT / 100)
    assert found.gamma_percent == pytest.approx(found.gamma * (SPOT / 100) ** 2)
    assert found.vega == pytest.approx(LOT * chain.vega[0, at], rel=1e-3)
    assert found.theta < 0
    assert line.no_greeks == ""


async def test_what_is_held_is_subscribed_and_its_chain_open_and_both_end_with_it() -> None:
    desk = make_desk()
    fill(desk, LATER, -LOT, "200")
    portfolio = await seen(desk)
    held = desk.services.subscriptions.wanted
    assert held[LATER] is FeedMode.FULL
    assert held[NIFTY] is FeedMode.FULL
    assert desk.services.chains.get("NIFTY", NEXT_EXPIRY) is not None
    assert OWNER in desk.services.subscriptions.owners
    fill(desk, LATER, LOT, "190")
    await portfolio.look()
    assert OWNER not in desk.services.subscriptions.owners
    line = one(portfolio, LATER)
    assert (line.units, line.result.realised, line.is_open) == (0, Fraction(650), False)
    assert portfolio.picture().whole.sensitivity.delta == 0


async def test_a_picture_is_made_anew_only_when_something_moved() -> None:
    desk = make_desk()
    fill(desk, CALL, LOT, "150")
    portfolio = await seen(desk)
    first = portfolio.picture()
    assert portfolio.picture() is first
    market = desk.services.market
    market.begin_frame()
    market.write_some(market.row(PUT), [Col.LTP], [1.0])  # it is not held
    assert portfolio.picture() is first
    market.begin_frame()
    market.write_some(market.row(CALL), [Col.LTP], [170.0])
    second = portfolio.picture()
    assert second.revision == first.revision + 1
    assert second.lines[0].result.unrealised == 1_300
    portfolio._still = 60.0
    market.begin_frame()
    market.write_some(market.row(CALL), [Col.LTP], [180.0])
    assert portfolio.picture() is second
    fill(desk, CALL, LOT, "170")
    assert portfolio.picture().lines[0].units == 2 * LOT


async def test_groups_add_up_money_and_greeks() -> None:
    desk = make_desk()
    fill(desk, CALL, -LOT, "150")
    fill(desk, LATER, LOT, "200")
    fill(desk, PUT, LOT, "120", INTRADAY)
    picture = (await seen(desk)).picture()
    names = {by: [group.name for group in grouped(picture.lines, by)] for by in By}
    assert names[By.NONE] == ["All"]
    assert names[By.UNDERLYING] == ["NIFTY"]
    assert names[By.EXPIRY] == ["NIFTY 23 Nov 2026", "NIFTY 01 Dec 2026"]
    assert names[By.PRODUCT] == ["Carry forward", "Intraday"]
    assert names[By.STRATEGY] == ["No strategy"]
    whole = picture.whole
    for by in By:
        groups = grouped(picture.lines, by)
        assert sum(group.money.net or 0 for group in groups) == whole.money.net
        assert sum(g.sensitivity.vega for g in groups) == pytest.approx(whole.sensitivity.vega)
    assert whole.symbol == "NIFTY"
    assert grouped([], By.UNDERLYING) == []


async def test_a_strategy_is_what_its_orders_were_placed_for() -> None:
    desk = make_desk()
    request = OrderRequest(
        key=CALL,
        side=Side.BUY,
        quantity=LOT,
        product=CARRY,
        type=OrderType.LIMIT,
        price=Decimal(150),
        group="Iron fly",
    )
    order = await desk.trading.desk.place(request)
    assert (await seen(desk)).picture().lines == ()  # an order alone is no position
    desk.exchange.trade(order.broker_ids[0], LOT, "150")
    while not desk.exchange.told.empty():
        await desk.trading.desk.hear([desk.exchange.told.get_nowait()])
    second = await desk.trading.desk.place(replace(request, side=Side.SELL, price=Decimal(170)))
    await desk.trading.strategies.keeper.load()
    desk.trading.strategies.keeper.sync()
    await desk.trading.strategies.watch.learn()
    await desk.trading.portfolio.look()
    line = one(desk.trading.portfolio, CALL)
    assert line.strategies == ("NIFTY Long call",)
    assert [o.id for o in line.working] == [second.id]
    assert not line.external
    (group,) = desk.trading.strategies.state.shown()
    await desk.trading.strategies.rename(group.id, "Mine")
    assert one(desk.trading.portfolio, CALL).strategies == ("Mine",)
    desk.trading.portfolio.names = None
    desk.trading.state.revision += 1
    assert one(desk.trading.portfolio, CALL).strategies == ("Iron fly",)


async def test_overnight_units_count_from_the_close_and_the_brokers_average() -> None:
    desk = make_desk()
    state = desk.trading.state
    state.openings[CALL, CARRY] = LOT
    state.broker_positions[CALL, CARRY] = BrokerPosition(
        key=CALL, product=CARRY, quantity=LOT, overnight=LOT, average_price=Decimal(100)
    )
    line = one(await seen(desk), CALL)
    market = desk.services.market
    last, close = market.get(CALL, Col.LTP), market.get(CALL, Col.CLOSE)
    assert line.result.day is not None
    assert line.result.since_entry is not None
    assert float(line.result.day) == pytest.approx(LOT * (last - close), abs=0.01)
    assert float(line.result.since_entry) == pytest.approx(LOT * (last - 100))
    assert line.result.charges == Charges()


async def test_an_accepted_or_foreign_position_is_marked_and_unknowns_are_not_zero() -> None:
    desk = make_desk()
    state = desk.trading.state
    state.adjustments[CALL, CARRY] = LOT
    state.adjustments[InstrumentKey("NSE_FO|99"), CARRY] = LOT
    portfolio = await seen(desk)
    line, strange = one(portfolio, CALL), one(portfolio, InstrumentKey("NSE_FO|99"))
    assert line.external
    assert line.result.day is None
    assert strange.instrument is None
    assert "not listed" in strange.no_greeks
    assert isnan(strange.sensitivity.delta)
    whole = portfolio.picture().whole
    assert (whole.money.net, whole.money.unknown) == (None, 2)
    assert isnan(whole.sensitivity.delta_rupees)
    assert "not listed" in whole.no_greeks


async def test_a_future_needs_no_chain_and_a_share_is_its_own_underlying() -> None:
    desk = make_desk()
    share = next(k for k in desk.market_data.values if k.startswith("NSE_EQ"))
    fill(desk, FUTURE, -LOT, "24000")
    fill(desk, share, 10, "1000", Product.DELIVERY)
    portfolio = await seen(desk)
    future, held = one(portfolio, FUTURE), one(portfolio, share, Product.DELIVERY)
    assert desk.services.chains.open == {}
    assert future.sensitivity.delta == pytest.approx(-LOT * FORWARD / SPOT, rel=1e-3)
    assert future.sensitivity.vega == 0
    assert held.sensitivity.delta_rupees == pytest.approx(10 * held.last)
    assert held.symbol == held.title


async def test_without_prices_the_reason_is_told() -> None:
    desk = make_desk(connected=False)
    fill(desk, FUTURE, LOT, "24000")
    line = one(await seen(desk), FUTURE)
    assert line.no_greeks == "There is no price of NIFTY, so there are no greeks."
    assert line.result.why == ("there is no price of it now",)
    assert line.heard_at is None


async def test_of_many_expiries_some_go_by_their_own_price(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.services.portfolio.MOST_CHAINS", 1)
    desk = make_desk()
    fill(desk, CALL, LOT, "150")
    fill(desk, PUT, LOT, "120")
    fill(desk, LATER, LOT, "200")
    portfolio = await seen(desk)
    assert desk.services.chains.get("NIFTY", NEXT_EXPIRY) is None
    line = one(portfolio, LATER)
    assert line.iv == pytest.approx(VOL, abs=0.02)  # on the carried spot, not on its own forward
    assert line.no_greeks == ""
    assert 0 < line.sensitivity.delta < LOT
    market = desk.services.market
    market.begin_frame()
    market.write_some(market.row(LATER), [Col.BID, Col.ASK, Col.LTP], [nan, nan, nan])
    assert one(portfolio, LATER).iv == pytest.approx(VOL, abs=0.005)  # the smile's, then
