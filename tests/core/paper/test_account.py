"""The paper account: orders from the door to the last fill, and what is refused."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.errors import BrokerRejected
from core.ids import BrokerOrderId
from core.instruments.instrument import Kind
from core.trading.broker_orders import Status
from core.trading.requests import OrderType, Product, Side, Validity
from tests.core.trading.samples import CALL, KEY, LOT, PUT, ask
from tests.paper import FUTURE, PaperBench, paper_bench

D = Decimal
MARKET = {"type": OrderType.MARKET, "price": D(0)}
TUESDAY = date(2026, 8, 25)


@pytest.fixture
def bench() -> PaperBench:
    return paper_bench()


# Orders


def test_a_market_order_takes_what_is_shown_within_its_protection(bench: PaperBench) -> None:
    bench.quote([("149.95", 65)], [("150.05", 65), ("156", 65), ("158", 65)])
    order = bench.place(ask(quantity=3 * LOT, **MARKET))
    assert (order.filled, order.limit, order.status) == (130, D("157.50"), Status.OPEN)


def test_a_stop_waits_for_its_trigger_and_comes_in_with_its_limit(bench: PaperBench) -> None:
    stop = {"type": OrderType.SL, "price": D("152"), "trigger_price": D("151")}
    order = bench.place(ask(**stop))
    assert order.status is Status.TRIGGER_PENDING
    bench.quote([("150.90", 65)], [("151.50", 650)])
    assert bench.order(order.id).status is Status.TRIGGER_PENDING
    bench.trade("151")
    assert bench.order(order.id).status is Status.FILLED
    assert bench.order(order.id).value == 65 * D("151.50")


def test_a_stop_at_market_takes_its_worst_price_from_the_trade_that_sets_it_off() -> None:
    bench = paper_bench()
    bench.trade("24000", key=FUTURE.key)
    bench.quote([("23999.90", 650)], [("24000.10", 650)], FUTURE.key)
    stop = {"type": OrderType.SL_M, "price": D(0), "trigger_price": D("24100")}
    order = bench.place(ask(key=FUTURE.key, **stop), FUTURE)
    bench.quote([("25000", 65)], [("25200", 650)], FUTURE.key)
    bench.trade("25100", key=FUTURE.key)
    after = bench.order(order.id)
    assert (after.status, after.value, after.limit) == (Status.FILLED, 65 * D("25200"), D("25853"))


def test_an_ioc_order_ends_with_what_it_did_not_get(bench: PaperBench) -> None:
    bench.quote([], [("150.05", 65)])
    order = bench.place(ask(quantity=2 * LOT, price=D("151"), validity=Validity.IOC))
    assert (order.status, order.filled, order.reason) == (
        Status.CANCELLED,
        65,
        "not filled at once",
    )


def test_a_gap_beyond_the_limit_fills_a_resting_order_at_its_own_price(bench: PaperBench) -> None:
    order = bench.place(ask(price=D("149")))
    bench.quote([("120", 65)], [("121", 650)])
    assert bench.order(order.id).value == 65 * D("149")


def test_the_same_quote_again_shows_no_new_units(bench: PaperBench) -> None:
    book = ([("149.95", 65)], [("150.05", 65)])
    bench.quote(*book)
    order = bench.place(ask(quantity=2 * LOT, price=D("150.05")))
    bench.quote(*book)
    assert bench.order(order.id).filled == 65
    bench.quote([("149.90", 65)], [("150.05", 65)])
    assert bench.order(order.id).filled == 130


def test_what_is_above_the_freeze_quantity_is_cut_and_each_part_lives_alone(
    bench: PaperBench,
) -> None:
    last = bench.place(ask(quantity=1755 + LOT, price=D("140"), slice=True))
    first, second = sorted(bench.account.memory.orders.values(), key=lambda each: each.id)
    assert [first.terms.quantity, second.terms.quantity] == [1755, LOT]
    bench.account.cancel(last.id, bench.now)
    assert [each.status for each in (first, bench.order(second.id))] == [
        Status.OPEN,
        Status.CANCELLED,
    ]


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"quantity": 64}, "lot of 65"),
        ({"quantity": 1820}, "freeze quantity of 1755"),
        ({"price": D("150.02")}, "tick of ₹0.05"),
        ({"product": Product.MTF}, "margin funding"),
        ({"product": Product.DELIVERY}, "not as delivery"),
        (
            {"type": OrderType.SL_M, "price": D(0), "trigger_price": D("160")},
            "no stop-loss market orders in options",
        ),
        ({"amo": True, "validity": Validity.IOC}, "waits for the opening"),
    ],
)
def test_what_can_never_be_taken_is_refused_at_the_door(
    bench: PaperBench, terms: dict[str, object], why: str
) -> None:
    with pytest.raises(BrokerRejected, match=why):
        bench.place(ask(**terms))
    assert bench.account.orders() == []


def test_neither_an_index_nor_an_expired_contract_can_be_traded(bench: PaperBench) -> None:
    expired = replace(CALL, expiry=date(2026, 8, 18))
    with pytest.raises(BrokerRejected, match="has expired"):
        bench.place(ask(), expired)
    with pytest.raises(BrokerRejected, match="is an index"):
        bench.place(ask(), replace(CALL, kind=Kind.INDEX))


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"price": D("400")}, "outside the day's limits of ₹50 to ₹300"),
        (
            {"type": OrderType.SL, "price": D("150"), "trigger_price": D("149")},
            "trigger of ₹149 must be above the last price of ₹150",
        ),
        (
            {
                "side": Side.SELL,
                "type": OrderType.SL,
                "price": D("150"),
                "trigger_price": D("151"),
            },
            "must be below",
        ),
    ],
)
def test_what_the_market_forbids_is_told_of_the_order(
    bench: PaperBench, terms: dict[str, object], why: str
) -> None:
    bench.account.exchange.saw(KEY, bench.now, band=(D(50), D(300)))
    order = bench.place(ask(**terms))
    assert order.status is Status.REJECTED
    assert why in order.reason


def test_an_option_that_has_not_traded_today_takes_no_market_order() -> None:
    bench = paper_bench(quoted=False)
    bench.spot()
    bench.account.exchange.saw(KEY, bench.now, last=D(150))
    bench.quote([("149", 65)], [("151", 65)])
    assert "has not traded today" in bench.place(ask(**MARKET)).reason


def test_an_order_that_cannot_be_paid_is_rejected_with_what_is_missing() -> None:
    bench = paper_bench(capital=10_000)
    order = bench.place(ask(quantity=2 * LOT, price=D("150")))
    assert order.status is Status.REJECTED
    assert order.reason == "₹19500.00 are needed and ₹10000.00 are free: ₹9500.00 are missing"


def test_a_sold_option_needs_margin_and_one_bought_against_it_frees_it(bench: PaperBench) -> None:
    bench.account.exchange.saw(PUT.key, bench.now, last=D(140), traded=True)
    free = bench.account.money(bench.now).available
    bench.place(ask(Side.SELL, price=D("149.95")))
    naked = bench.account.money(bench.now)
    assert naked.positions > 100_000
    assert naked.available < free
    far = replace(CALL, key=PUT.key, strike=24_500.0)
    bench.account.memory.instruments[far.key] = far
    bench.quote([("39", 650)], [("40", 650)], far.key)
    bench.trade("40", key=far.key)
    hedge = bench.place(ask(key=far.key, price=D("40")), far)
    assert hedge.status is Status.FILLED
    assert hedge.blocked == 65 * 40
    assert bench.account.money(bench.now).positions < naked.positions / 2


def test_working_orders_block_what_they_need_until_they_end(bench: PaperBench) -> None:
    order = bench.place(ask(price=D("140")))
    assert bench.account.money(bench.now).orders == 65 * 140
    bench.account.cancel(order.id, bench.now)
    assert bench.account.money(bench.now).orders == 0


def test_orders_of_one_account_never_trade_with_each_other(bench: PaperBench) -> None:
    sale = bench.place(ask(Side.SELL, price=D("150.00")))
    bench.place(ask(price=D("150.00")))
    assert bench.order(sale.id).status is Status.CANCELLED
    assert "another order of this account" in bench.order(sale.id).reason


# Changes


def test_a_modified_order_is_judged_anew_and_may_be_filled_at_once(bench: PaperBench) -> None:
    order = bench.place(ask(price=D("140")))
    bench.account.modify(order.id, ask(price=D("150.05")), bench.now)
    after = bench.order(order.id)
    assert (after.status, after.revision, after.value) == (Status.FILLED, 1, 65 * D("150.05"))


def test_only_asking_for_less_keeps_the_place(bench: PaperBench) -> None:
    first = bench.place(ask(quantity=2 * LOT, price=D("149")))
    second = bench.place(ask(price=D("149")))
    bench.account.modify(first.id, ask(price=D("149")), bench.now)
    bench.trade("148.95", LOT)
    assert [bench.order(each.id).filled for each in (first, second)] == [LOT, 0]
    third = bench.place(ask(price=D("149")))
    bench.account.modify(second.id, ask(quantity=2 * LOT, price=D("149")), bench.now)
    bench.trade("148.95", LOT)
    assert [bench.order(each.id).filled for each in (second, third)] == [0, LOT]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"quantity": 64}, "lot"),
        ({"price": D("140.01")}, "tick"),
        ({"quantity": 65}, "65 units are filled already"),
        ({"quantity": 1755, "price": D("1000")}, "are missing"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    bench: PaperBench, change: dict[str, object], why: str
) -> None:
    order = bench.place(ask(quantity=2 * LOT, price=D("149")))
    bench.trade("148.95", LOT)
    before = bench.order(order.id)
    terms: dict[str, object] = {"quantity": 2 * LOT, "price": D("149")}
    with pytest.raises(BrokerRejected, match=why):
        bench.account.modify(order.id, ask(**(terms | change)), bench.now)
    assert bench.order(order.id) == before
    bench.trade("148.95", LOT)
    assert bench.order(order.id).status is Status.FILLED


def test_a_fired_stop_is_modified_as_the_limit_order_that_it_is(bench: PaperBench) -> None:
    stop = {"type": OrderType.SL, "price": D("151"), "trigger_price": D("151")}
    order = bench.place(ask(**stop))
    bench.quote([("154", 65)], [("155", 650)])
    bench.trade("155")
    assert bench.order(order.id).status is Status.OPEN
    bench.account.modify(order.id, ask(**(stop | {"price": D("155")})), bench.now)
    assert bench.order(order.id).status is Status.FILLED


def test_an_order_that_is_not_there_or_over_is_not_touched(bench: PaperBench) -> None:
    order = bench.place(ask(price=D("150.05")))
    for id, why in ((order.id, "filled already"), (BrokerOrderId("1"), "no order")):
        with pytest.raises(BrokerRejected, match=why):
            bench.account.cancel(id, bench.now)
