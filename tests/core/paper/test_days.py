"""The paper account's days: openings, closes, money, expiry, and what survives a restart."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from core.charges.charges import charges
from core.errors import BadData
from core.paper.writing import Writer, read
from core.trading.broker_orders import Status
from core.trading.ledger import Ledger, trades
from core.trading.requests import OrderType, Product, Side
from tests.core.trading.samples import CALL, KEY, LOT, ask
from tests.paper import FUTURE, NIFTY, SHARE, PaperBench, at, paper_bench

D = Decimal
MARKET = {"type": OrderType.MARKET, "price": D(0)}
TUESDAY = date(2026, 8, 25)


@pytest.fixture
def bench() -> PaperBench:
    return paper_bench()


# The day


def test_an_order_after_hours_goes_in_after_the_next_opening_at_the_first_quote() -> None:
    bench = paper_bench(at(16))
    order = bench.place(ask(amo=True, price=D("150")))
    assert (order.status, order.reason) == (Status.ACCEPTED, "waits for the market")
    monday = date(2026, 8, 24)
    bench.go(at(9, 15, 1, monday))
    bench.spot()
    bench.quote([("139", 650)], [("140", 650)])
    assert bench.order(order.id).status is Status.ACCEPTED
    bench.go(at(9, 15, 5, monday))
    assert bench.order(order.id).value == 65 * 140


def test_an_order_that_waits_can_be_changed_and_cancelled() -> None:
    bench = paper_bench(at(16))
    order = bench.place(ask(price=D("150")))
    bench.account.modify(order.id, ask(price=D("130")), bench.now)
    assert bench.order(order.id).terms.price == 130
    bench.account.cancel(order.id, bench.now)
    assert bench.order(order.id).status is Status.CANCELLED


def test_the_day_ends_what_still_works(bench: PaperBench) -> None:
    order = bench.place(ask(price=D("140")))
    bench.go(at(15, 40))
    assert bench.order(order.id).status is Status.EXPIRED
    bench.go(at(0, 0, 1, date(2026, 8, 22)))
    assert bench.account.orders() == []


def test_before_the_third_of_august_the_day_ended_at_half_past_three() -> None:
    bench = paper_bench(at(10, day=date(2026, 7, 31)))
    bench.account.memory.instruments[KEY] = CALL
    order = bench.place(ask(price=D("140")))
    bench.go(at(15, 30, day=date(2026, 7, 31)))
    assert bench.order(order.id).status is Status.EXPIRED


def test_positions_are_carried_over_night_with_their_price(bench: PaperBench) -> None:
    bench.place(ask(price=D("150.05")))
    monday = date(2026, 8, 24)
    bench.go(at(10, day=monday))
    held = bench.account.books.position(KEY, Product.CARRY)
    assert (held.quantity, held.average_price) == (65, D("150.05"))
    assert bench.account.overnight(KEY, Product.CARRY) == 65
    assert bench.account.memory.fills == []
    bench.quote([("160", 650)], [("160.10", 650)])
    bench.trade("160")
    bench.place(ask(Side.SELL, price=D("160")))
    assert bench.account.books.position(KEY, Product.CARRY).earned == 65 * Fraction("9.95")


def test_intraday_positions_are_squared_off_at_their_hour(bench: PaperBench) -> None:
    bench.place(ask(product=Product.INTRADAY, price=D("150.05")))
    resting = bench.place(ask(product=Product.INTRADAY, price=D("140")))
    kept = bench.place(ask(price=D("150.05")))
    bench.go(at(15, 29, 59))
    assert bench.account.books.position(KEY, Product.INTRADAY).quantity == 65
    bench.go(at(15, 30))
    assert bench.account.books.position(KEY, Product.INTRADAY).quantity == 0
    assert bench.account.books.position(KEY, Product.CARRY).quantity == kept.filled
    assert bench.order(resting.id).reason == "intraday square-off"


def test_an_intraday_position_that_found_no_market_is_closed_at_the_next_opening() -> None:
    bench = paper_bench()
    bench.place(ask(product=Product.INTRADAY, price=D("150.05")))
    bench.quote([], [])
    bench.go(at(9, 20, day=date(2026, 8, 24)))
    bench.quote([("100", 650)], [("101", 650)])
    assert bench.account.books.position(KEY, Product.INTRADAY).quantity == 65
    bench.trade("100")
    assert bench.account.books.position(KEY, Product.INTRADAY).quantity == 0


def test_charges_are_owed_by_day_and_taken_at_its_end_as_the_note_says(bench: PaperBench) -> None:
    bench.place(ask(price=D("150.05")))
    bench.place(ask(Side.SELL, price=D("149.95")))
    done = charges(trades(bench.account.memory.fills, bench.account.memory.instruments))
    assert bench.account.money(bench.now).charges == done.total.quantize(D("0.01"))
    bench.go(at(0, 1, day=date(2026, 8, 22)))
    left = D(1_000_000) - D("6.50") - done.contract_note().total
    assert bench.account.money(bench.now).cash == left


def test_todays_profit_can_be_used_tomorrow(bench: PaperBench) -> None:
    bench.place(ask(price=D("150.05")))
    bench.quote([("160.05", 650)], [("160.10", 650)])
    bench.place(ask(Side.SELL, price=D("160.05")))
    money = bench.account.money(bench.now)
    assert (money.cash, money.withheld) == (1_000_650, 650)
    assert money.available == 1_000_000 - money.charges
    bench.go(at(0, 1, day=date(2026, 8, 22)))
    assert bench.account.money(bench.now).withheld == 0


# Futures and shares


def test_a_future_moves_cash_when_it_is_closed_and_its_loss_before(bench: PaperBench) -> None:
    bench.trade("24000", key=FUTURE.key)
    bench.quote([("23999", 650)], [("24000", 650)], FUTURE.key)
    bench.place(ask(key=FUTURE.key, price=D("24000")), FUTURE)
    bench.trade("23900", key=FUTURE.key)
    money = bench.account.money(bench.now)
    assert (money.cash, money.loss) == (1_000_000, 6_500)
    assert 150_000 < money.positions < 220_000
    bench.quote([("23900", 650)], [("23910", 650)], FUTURE.key)
    bench.place(ask(Side.SELL, key=FUTURE.key, price=D("23900")), FUTURE)
    money = bench.account.money(bench.now)
    assert (money.cash, money.loss, money.positions) == (993_500, 0, 0)


def share(side: Side, quantity: int, price: str, product: Product = Product.DELIVERY) -> object:
    return ask(side, quantity, key=SHARE.key, price=D(price), product=product)


def test_shares_bought_to_keep_are_holdings_tomorrow_and_can_be_sold(bench: PaperBench) -> None:
    bench.trade("3000", key=SHARE.key)
    bench.quote([("2999", 650)], [("3000", 650)], SHARE.key)
    bench.place(share(Side.BUY, 10, "3000"), SHARE)  # type: ignore[arg-type]
    assert bench.account.money(bench.now).cash == 970_000
    too_many = bench.place(share(Side.SELL, 11, "2999"), SHARE)  # type: ignore[arg-type]
    assert too_many.reason == "10 shares can be sold, not 11"
    bench.go(at(10, day=date(2026, 8, 24)))
    (held,) = bench.account.memory.shares
    assert (held.quantity, held.cost) == (10, 30_000)
    bench.trade("3100", key=SHARE.key)
    bench.quote([("3100", 650)], [("3101", 650)], SHARE.key)
    bench.place(share(Side.SELL, 4, "3100"), SHARE)  # type: ignore[arg-type]
    bench.go(at(10, day=date(2026, 8, 25)))
    (held,) = bench.account.memory.shares
    assert (held.quantity, held.cost) == (6, 18_000)


def test_shares_within_the_day_need_a_fifth_and_end_with_the_auction(bench: PaperBench) -> None:
    bench.trade("3000", key=SHARE.key)
    bench.quote([("2999", 650)], [("3000", 650)], SHARE.key)
    bench.place(share(Side.SELL, 100, "2999", Product.INTRADAY), SHARE)  # type: ignore[arg-type]
    assert bench.account.money(bench.now).positions == 60_000
    resting = bench.place(share(Side.BUY, 1, "2000"), SHARE)  # type: ignore[arg-type]
    bench.go(at(15, 15))
    assert bench.account.books.position(SHARE.key, Product.INTRADAY).quantity == 0
    assert bench.order(resting.id).status is Status.EXPIRED


# Expiry


@pytest.mark.parametrize(
    ("side", "spot", "cash"),
    [
        (Side.BUY, "24300", D(1_000_000) - 65 * D("150.05") + 65 * 100),
        (Side.SELL, "24300", D(1_000_000) + 65 * D("149.95") - 65 * 100),
        (Side.BUY, "24100", D(1_000_000) - 65 * D("150.05")),
    ],
)
def test_an_option_is_settled_in_cash_at_the_close_of_its_index(
    side: Side, spot: str, cash: Decimal
) -> None:
    bench = paper_bench(at(10, day=TUESDAY))
    price = {Side.BUY: "150.05", Side.SELL: "149.95"}[side]
    bench.place(ask(side, price=D(price)))
    bench.spot(spot)
    bench.go(at(15, 40, day=TUESDAY))
    assert bench.account.books.position(KEY, Product.CARRY).quantity == 0
    assert bench.account.money(bench.now).cash == cash
    assert len(bench.account.memory.exercises) == (side is Side.BUY and spot == "24300")


def test_the_tax_of_an_exercised_option_is_charged(bench: PaperBench) -> None:
    bench = paper_bench(at(10, day=TUESDAY))
    bench.place(ask(price=D("150.05")))
    before = bench.account.money(bench.now).charges
    bench.spot("24252")
    bench.go(at(15, 40, day=TUESDAY))
    assert bench.account.money(bench.now).charges - before == D("5.07")


def test_what_was_not_seen_to_its_end_waits_for_its_settlement_price() -> None:
    bench = paper_bench(at(10, day=TUESDAY))
    bench.place(ask(price=D("150.05")))
    bench.clock.set(at(9, day=date(2026, 8, 26)))
    bench = bench.restarted()
    bench.go(bench.now)
    assert bench.account.books.position(KEY, Product.CARRY).quantity == 65
    assert bench.account.wanted() == {NIFTY: False}
    assert bench.account.settle(NIFTY, TUESDAY, D("24300")) == 1
    assert bench.account.books.position(KEY, Product.CARRY).quantity == 0
    assert bench.account.money(bench.now).available > 990_000


def test_what_would_be_delivered_is_settled_in_cash_and_said() -> None:
    bench = paper_bench(at(10, day=TUESDAY))
    option = replace(CALL, underlying_key=SHARE.key, underlying_symbol="TCS", strike=3000.0)
    bench.account.memory.instruments[KEY] = option
    bench.account.exchange.saw(SHARE.key, bench.now, last=D(3100))
    bench.place(ask(price=D("150.05")), option)
    bench.go(at(15, 40, day=TUESDAY))
    assert bench.account.memory.flags == [
        "NIFTY 24200 CE 25 AUG 26: 65 shares would have to be delivered; "
        "the paper account settled them in cash"
    ]


# Memory


def test_everything_survives_a_restart_exactly(bench: PaperBench) -> None:
    bench.place(ask(quantity=3 * LOT, price=D("150.05")))
    bench.place(ask(Side.SELL, 2 * LOT, price=D("149.95")))
    resting = bench.place(ask(price=D("149")))
    stop = bench.place(ask(Side.SELL, type=OrderType.SL, price=D("120"), trigger_price=D("130")))
    again = bench.restarted()
    assert again.account.memory == bench.account.memory
    assert again.account.money(again.now) == bench.account.money(bench.now)
    for each in (bench, again):
        each.quote([("128", 650)], [("129", 650)])
        each.trade("129", 650)
        assert each.order(resting.id).status is Status.FILLED
        assert each.order(stop.id).status is Status.FILLED
    assert again.account.memory == bench.account.memory
    assert again.account.take() != []


def test_orders_that_rested_keep_their_places_over_a_restart(bench: PaperBench) -> None:
    first, second = bench.place(ask(price=D("149"))), bench.place(ask(price=D("149")))
    again = bench.restarted()
    again.trade("148", LOT)
    assert [again.order(each.id).filled for each in (first, second)] == [LOT, 0]


def test_a_memory_of_another_version_is_not_guessed_at(bench: PaperBench) -> None:
    body = Writer().written(bench.account.memory)
    for broken in (
        body.replace('"version":1', '"version":2'),
        "{",
        body.replace('"cash":"1000000"', '"cash":"much"'),
    ):
        with pytest.raises(BadData):
            read(broken)


def test_cash_and_positions_are_what_the_ledger_says_of_the_same_fills(bench: PaperBench) -> None:
    for i, (side, lots) in enumerate(((Side.BUY, 3), (Side.SELL, 5), (Side.BUY, 1))):
        bench.quote([(str(140 + i), 2000)], [(str(141 + i), 2000)])
        bench.place(ask(side, lots * LOT, price=D(120 if side is Side.SELL else 170)))
    ledger = Ledger(bench.account.memory.fills)
    position = bench.account.books.position(KEY, Product.CARRY)
    assert position == ledger.position(KEY, Product.CARRY)
    paid = sum((fill.signed * fill.price for fill in ledger.fills), D(0))
    assert bench.account.memory.cash == 1_000_000 - Fraction(paid)


def test_a_clock_that_stands_still_or_goes_back_does_nothing_twice(bench: PaperBench) -> None:
    bench.go(at(15, 40))
    revision = bench.account.revision
    bench.account.advance(bench.now - timedelta(hours=3))
    bench.account.advance(bench.now)
    assert bench.account.revision == revision
