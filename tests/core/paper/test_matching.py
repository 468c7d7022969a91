"""Paper orders are filled by what the market shows and trades, never by more."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadData, RuleBroken
from core.ids import BrokerOrderId
from core.paper.matching import Ended, Filled, Incoming, Matching, Triggered
from core.paper.protection import worst_price
from core.trading.requests import Side

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
ASKS = [(D("150.05"), 65), (D("150.10"), 130), (D("150.50"), 650)]
BIDS = [(D("149.95"), 65), (D("149.90"), 130), (D("149.50"), 650)]


def order(id: str, side: Side, units: int, limit: str, **more: object) -> Incoming:
    given: dict[str, object] = {"id": id, "side": side, "units": units, "limit": D(limit)}
    return Incoming(**(given | more))  # type: ignore[arg-type]


def filled(id: str, units: int, price: str) -> Filled:
    return Filled(id=BrokerOrderId(id), units=units, price=D(price))


@pytest.fixture
def market() -> Matching:
    made = Matching()
    made.quote(BIDS, ASKS)
    return made


def test_an_incoming_order_takes_the_levels_at_their_prices(market: Matching) -> None:
    assert market.enter(order("1", BUY, 130, "150.20")) == [
        filled("1", 65, "150.05"),
        filled("1", 65, "150.10"),
    ]
    assert market.working() == []


def test_what_one_order_has_taken_is_gone_until_the_market_quotes_anew(market: Matching) -> None:
    market.enter(order("1", BUY, 65, "150.05"))
    assert market.enter(order("2", BUY, 65, "150.05")) == []
    assert market.quote(BIDS, ASKS) == [filled("2", 65, "150.05")]


def test_a_part_is_filled_and_the_rest_works_on_at_its_own_price(market: Matching) -> None:
    assert market.enter(order("1", SELL, 195, "149.95")) == [filled("1", 65, "149.95")]
    assert market.quote([(D("150.50"), 30)], ASKS) == [filled("1", 30, "149.95")]
    assert market.working() == ["1"]


def test_what_must_be_filled_at_once_is_ended_with_its_rest(market: Matching) -> None:
    found = market.enter(order("1", BUY, 195, "150.05", at_once=True))
    assert found == [
        filled("1", 65, "150.05"),
        Ended(id=BrokerOrderId("1"), reason="not filled at once"),
    ]
    assert market.working() == []


def test_a_trade_through_the_price_fills_and_one_at_the_price_does_not(market: Matching) -> None:
    market.enter(order("1", BUY, 130, "149.90"))
    assert market.trade(D("149.90"), 650) == []
    assert market.trade(D("149.85"), 65) == [filled("1", 65, "149.90")]
    assert market.trade(D("149.85"), 650) == [filled("1", 65, "149.90")]


def test_better_prices_come_first_then_earlier_orders(market: Matching) -> None:
    for id, limit in (("1", "149.80"), ("2", "149.90"), ("3", "149.90")):
        market.enter(order(id, BUY, 65, limit))
    assert market.trade(D("149.00"), 150) == [
        filled("2", 65, "149.90"),
        filled("3", 65, "149.90"),
        filled("1", 20, "149.80"),
    ]


def test_a_stop_waits_for_a_trade_at_its_trigger_and_then_comes_in(market: Matching) -> None:
    market.enter(order("1", SELL, 65, "149.50", trigger=D("149.90")))
    assert market.quote([(D("149.00"), 65)], []) == []
    assert market.trade(D("149.95"), 65) == []
    market.quote(BIDS, ASKS)
    assert market.trade(D("149.90"), 65) == [
        Triggered(id=BrokerOrderId("1")),
        filled("1", 65, "149.95"),
    ]


def test_a_gap_beyond_the_limit_of_a_stop_fills_nothing(market: Matching) -> None:
    market.enter(order("1", SELL, 65, "149.50", trigger=D("149.90")))
    market.quote([(D("140.00"), 650)], [(D("140.50"), 650)])
    assert market.trade(D("140.00"), 65) == [Triggered(id=BrokerOrderId("1"))]
    assert market.working() == ["1"]


def test_orders_of_one_account_do_not_trade_with_each_other(market: Matching) -> None:
    market.enter(order("1", SELL, 65, "150.00"))
    (ended,) = market.enter(order("2", BUY, 65, "150.00"))
    assert ended == Ended(
        id=BrokerOrderId("1"), reason="would trade with another order of this account"
    )
    assert market.working() == ["2"]


def test_a_modified_order_goes_to_the_end_of_the_row(market: Matching) -> None:
    market.enter(order("1", BUY, 65, "149.90"))
    market.enter(order("2", BUY, 65, "149.90"))
    market.enter(order("1", BUY, 65, "149.90"))
    assert market.trade(D("149"), 65) == [filled("2", 65, "149.90")]


def test_a_cancelled_order_is_filled_no_more(market: Matching) -> None:
    market.enter(order("1", BUY, 65, "149.90"))
    assert market.leave(BrokerOrderId("1"))
    assert not market.leave(BrokerOrderId("1"))
    assert market.trade(D("1"), 65) == []


def test_levels_without_price_or_units_are_no_levels() -> None:
    market = Matching()
    market.quote([], [(D(0), 65), (D(150), 0)])
    assert market.enter(order("1", BUY, 65, "200")) == []


@pytest.mark.parametrize(("units", "limit"), [(0, "1"), (-1, "1"), (1, "0"), (1, "NaN")])
def test_what_is_no_order_is_refused(units: int, limit: str) -> None:
    with pytest.raises(BadData):
        Matching().enter(order("1", BUY, units, limit))


LEVELS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 200)), max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.sampled_from(Side), st.integers(1, 40), st.integers(1, 200)),
        st.tuples(st.just("quote"), LEVELS, LEVELS),
        st.tuples(st.just("trade"), st.integers(1, 40), st.integers(0, 200)),
    ),
    max_size=25,
)


@given(steps=STEPS)
def test_no_order_gets_more_than_it_asked_for_worse_than_its_limit_or_more_than_was_shown(
    steps: list[tuple[object, ...]],
) -> None:
    market, asked = Matching(), {}
    left: dict[str, int] = {}
    for number, (kind, *terms) in enumerate(steps):
        shown = 10**9
        if kind == "enter":
            mine = order(str(number), terms[0], terms[2], str(terms[1]))  # type: ignore[arg-type]
            asked[mine.id], left[mine.id] = mine, mine.units
            events = market.enter(mine)
        elif kind == "quote":
            bids, asks = ([(D(p), u) for p, u in side] for side in terms)  # type: ignore[attr-defined]
            bids, asks = sorted(bids, reverse=True), sorted(asks)
            shown = sum(u for _, u in [*bids, *asks])
            events = market.quote(bids, asks)
        else:
            shown = int(terms[1])  # type: ignore[call-overload]
            events = market.trade(D(terms[0]), shown)  # type: ignore[arg-type]
        fills = [event for event in events if isinstance(event, Filled)]
        assert sum(each.units for each in fills) <= shown
        for each in fills:
            left[each.id] -= each.units
            assert left[each.id] >= 0
            limit = asked[each.id].limit
            assert each.price <= limit if asked[each.id].side is BUY else each.price >= limit
    assert all(left[id] > 0 for id in market.working())


@pytest.mark.parametrize(
    ("side", "last", "percent", "option", "worst"),
    [
        (BUY, "150", -1, True, "157.5"),
        (SELL, "150", -1, True, "142.5"),
        (BUY, "4", -1, True, "4.60"),
        (SELL, "8.05", -1, True, "7.25"),
        (BUY, "24500", -1, False, "25235"),
        (BUY, "150", 10, True, "165"),
        (SELL, "0.05", -1, True, "0.05"),
        (BUY, "0.05", -1, True, "0.05"),
    ],
)
def test_a_market_order_is_protected_by_a_worst_price(
    side: Side, last: str, percent: int, option: bool, worst: str
) -> None:
    found = worst_price(side, D(last), D("0.05"), percent=percent, option=option)
    assert found == D(worst)


def test_without_a_last_price_there_is_no_worst_price() -> None:
    with pytest.raises(RuleBroken):
        worst_price(BUY, D(0), D("0.05"), option=True)
