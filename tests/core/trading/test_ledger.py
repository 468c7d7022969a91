"""Average price, profit and charges, exact against books kept in another way."""

import random
from collections import deque
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charges.charges import Exercise, Trade, charges
from core.charges.rates import Segment, Side
from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.instrument import Right
from core.trading.fills import Fill, in_order
from core.trading.ledger import Ledger, RoundTrip, Settlement
from core.trading.requests import Product
from tests.core.trading.samples import CALL, KEY, LISTED, NOW, OTHER, fill

D, PAISA, STEP = Decimal, Decimal("0.01"), Decimal("0.0001")
SEQUENCES = 10_000
CARRY = Product.CARRY


def random_fills(chance: random.Random) -> list[Fill]:
    """Adds, partial exits, exits and flips at prices of whole paise."""
    held, found = 0, []
    for number in range(1, chance.randint(2, 15)):
        size = chance.choice([1, 7, 65, 65, 130, 195])
        choices = [size, -size, -held or size, -held - size or -size, -(held // 2) or size]
        signed = chance.choice(choices)
        held += signed
        found.append(fill(number, signed, D(chance.randint(5, 60_000)) / 100))
    return found


def unit_books(fills: list[Fill]) -> tuple[Decimal, Decimal, Decimal]:
    """Average, realised by average, realised first in first out: unit by unit, in 50 digits."""
    with localcontext(prec=50):
        held, average, earned = 0, D(0), D(0)
        queue: deque[Decimal] = deque()
        fifo = D(0)
        for each in fills:
            way = 1 if each.side is Side.BUY else -1
            for _ in range(each.quantity):
                if held * way >= 0:
                    average = (average * abs(held) + each.price) / (abs(held) + 1)
                    queue.append(each.price)
                else:
                    earned += -way * (each.price - average)
                    fifo += -way * (each.price - queue.popleft())
                held += way
                average = average if held else D(0)
        return average, earned, fifo


def to(amount: Decimal, step: Decimal) -> Decimal:
    """Rounded, after the dust of 50 digits is wiped off."""
    return amount.quantize(D("1e-18")).quantize(step, rounding=ROUND_HALF_UP)


def test_average_and_profit_are_exact_over_ten_thousand_random_sequences() -> None:
    chance = random.Random(20260821)
    flips = 0
    for _ in range(SEQUENCES):
        fills = random_fills(chance)
        books = Ledger(fills)
        position = books.position(KEY, CARRY)
        average, earned, fifo = unit_books(fills)
        signed = sum(each.signed for each in fills)
        assert position.quantity == signed
        assert position.average_price == to(average, STEP)
        assert position.realised == to(earned, PAISA)
        assert sum((trip.profit for trip in books.round_trips()), D(0)) == fifo
        flips += any(trip.quantity < 0 for trip in books.round_trips())
        cash = -sum((each.signed * each.price for each in fills), D(0))
        last = fills[-1].price
        assert position.earned + signed * Fraction(last) - position.cost == Fraction(
            cash + signed * last
        )
    assert flips > SEQUENCES / 2


def test_profit_at_expiry_is_exact_too_and_both_ways_of_counting_agree() -> None:
    chance = random.Random(7)
    for _ in range(1_000):
        fills = random_fills(chance)
        price = D(chance.choice([0, 0, chance.randint(1, 60_000)])) / 100
        books = Ledger(fills, [Settlement(key=KEY, price=price, at=NOW + timedelta(days=4))])
        signed = sum(each.signed for each in fills)
        cash = signed * price - sum((each.signed * each.price for each in fills), D(0))
        assert books.held(KEY) == 0
        assert books.position(KEY, CARRY).realised == cash
        assert sum((trip.profit for trip in books.round_trips()), D(0)) == cash
        assert any(trip.expired for trip in books.round_trips()) == bool(signed)


FILLS = st.lists(
    st.tuples(st.sampled_from([-130, -65, 65, 130]), st.integers(1, 40_000), st.booleans()),
    max_size=8,
)


@given(terms=FILLS, data=st.data())
def test_fills_in_any_order_and_repeated_give_the_same_books(
    terms: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    fills = [
        fill(n, signed, D(paise) / 100, key=KEY if first else OTHER)
        for n, (signed, paise, first) in enumerate(terms)
    ]
    straight, other = Ledger(fills), Ledger()
    shuffled = data.draw(st.permutations(fills))
    for each in [*shuffled, *shuffled[:3]]:
        other.position(each.key, each.product)  # a look between must not freeze anything
        other.add([each])
    assert other.positions() == straight.positions()
    assert other.round_trips() == straight.round_trips()
    assert other.fills == straight.fills == fills


def test_a_flip_opens_anew_at_its_own_price() -> None:
    position = Ledger([fill(1, 65, "100"), fill(2, -130, "110")]).position(KEY, CARRY)
    assert (position.quantity, position.average_price) == (-65, D(110))
    assert (position.realised, position.unrealised(D(105))) == (D(650), D(325))
    assert (position.bought, position.sold) == (65, 130)


def test_an_average_that_does_not_end_loses_nothing() -> None:
    fills = [fill(1, 1, "100"), fill(2, 1, "100"), fill(3, 1, "101"), fill(4, -2, "100")]
    position = Ledger(fills).position(KEY, CARRY)
    assert (position.average_price, position.realised) == (D("100.3333"), D("-0.67"))
    closed = Ledger([*fills, fill(5, -1, "101")]).position(KEY, CARRY)
    assert (closed.average_price, closed.realised) == (D(0), D(0))


def test_round_trips_are_first_in_first_out() -> None:
    fills = [fill(1, 65, "100"), fill(2, 65, "120"), fill(3, -100, "110")]
    trips = Ledger(fills).round_trips()
    assert [(t.quantity, t.entry, t.profit) for t in trips] == [
        (65, D(100), D(650)),
        (35, D(120), D(-350)),
    ]
    assert isinstance(trips[0], RoundTrip)
    assert trips[0].opened_at == NOW + timedelta(seconds=1)


def test_products_of_one_contract_are_kept_apart() -> None:
    books = Ledger([fill(1, 65, "100"), fill(2, -65, "90", product=Product.INTRADAY)])
    assert [p.quantity for p in books.positions()] == [65, -65]
    assert books.held(KEY) == 0
    assert books.round_trips() == []


def test_charges_are_those_of_the_tables_order_by_order() -> None:
    fills = [
        fill(1, 65, "150", order_id="a"),
        fill(2, 65, "150.05", order_id="a"),
        fill(3, -130, "165", order_id="b"),
    ]

    def trade(each: Fill) -> Trade:
        return Trade(
            segment=Segment.OPTION,
            exchange="NSE",
            underlying="NIFTY",
            side=each.side,
            quantity=each.quantity,
            price=each.price,
            day=NOW.date(),
            order_id=each.order_id,
        )

    found = Ledger(fills).charges(LISTED)
    assert found == charges([trade(each) for each in fills])
    assert found.brokerage == 40


def test_an_option_held_to_its_end_pays_the_tax_of_exercise() -> None:
    end = Settlement(key=KEY, price=D(52), at=datetime(2026, 8, 25, 10, 10, tzinfo=UTC))
    bought = Ledger([fill(1, 65, "150")], [end])
    exercise = Exercise(
        exchange="NSE",
        underlying="NIFTY",
        right=Right.CALL,
        strike=D(24_200),
        settlement=D(24_252),
        quantity=65,
        day=CALL.expiry or NOW.date(),
    )
    extra = charges([], [exercise]).total
    assert extra == D("5.07")
    assert (
        bought.charges(LISTED).total == Ledger([fill(1, 65, "150")]).charges(LISTED).total + extra
    )
    sold = Ledger([fill(1, -65, "150")], [end]).charges(LISTED)
    assert sold == Ledger([fill(1, -65, "150")]).charges(LISTED)


def test_contradictions_are_refused() -> None:
    books = Ledger([fill(1, 65, "150")], [Settlement(key=OTHER, price=D(0), at=NOW)])
    with pytest.raises(BadData, match="two ways"):
        books.add([fill(1, 65, "151")])
    with pytest.raises(BadData, match="settled"):
        books.settle(Settlement(key=OTHER, price=D(1), at=NOW))
    assert not books.settle(Settlement(key=OTHER, price=D(0), at=NOW))
    with pytest.raises(BadData, match="two ways"):
        in_order([fill(1, 65, "150"), fill(1, 65, "151")])
    with pytest.raises(BadData, match="not listed"):
        Ledger([fill(1, 65, "1", key=InstrumentKey("NSE_FO|9"))]).charges(LISTED)
    with pytest.raises(BadData):
        fill(1, 65, "NaN")
    with pytest.raises(BadData):
        fill(1, 65, "1", quantity=0)


def test_the_same_object_told_twice_is_entered_once() -> None:
    one = fill(1, 65, "150")
    books = Ledger([one])
    assert books.add([one]) == []
    assert books.position(KEY, CARRY).quantity == 65
    assert books.fills_of([one.order_id]) == [one]
