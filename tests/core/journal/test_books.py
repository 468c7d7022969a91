"""Profit, average price and charges, to the paisa, against books kept in another way.

The suite runs a few hundred random sequences; STRIKEDESK_SEQUENCES=10000 runs the figure.
"""

import os
import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from core.charges.shares import total_of
from core.ids import BrokerOrderId, InstrumentKey
from core.journal.books import Books, Origin, books
from core.journal.contracts import Contracts, Settled
from core.journal.tax import years
from core.journal.trades import trades
from core.trading.fills import Fill, in_order
from core.trading.ledger import Ledger
from core.trading.requests import Source
from tests.core.journal.fills_of_days import (
    BY_KEY,
    END,
    HEADS,
    LISTED,
    Closed,
    OtherBooks,
    Payer,
    other_books,
    piece,
    random_ends,
    random_fills,
)
from tests.core.trading.samples import CALL, KEY, NOW, PUT, fill

D = Decimal
Pair = tuple[Payer, Payer | None, date]
SEQUENCES = int(os.environ.get("STRIKEDESK_SEQUENCES", "250"))


def test_profit_average_and_charges_are_exact_to_the_paisa_over_random_days() -> None:
    chance, seen = random.Random(20261121), defaultdict[str, int](int)
    for _ in range(SEQUENCES):
        fills = in_order(random_fills(chance))
        ends = random_ends(chance)
        found = books(chance.sample(fills, len(fills)), Contracts(LISTED), ends)
        other = other_books(fills, ends)
        assert_same_profit(found, other)
        assert_same_charges(found, other, fills)
        assert_same_averages(found, fills)
        seen["flips"] += any(t.trip.quantity < 0 for t in found.trips)
        seen["ends"] += any(t.trip.expired for t in found.trips)
        seen["open"] += bool(found.open)
        seen["years"] += len(years(found.trips)) > 1
    assert all(seen[name] for name in ("flips", "ends", "open", "years")), seen


def assert_same_profit(found: Books, other: OtherBooks) -> None:
    assert found.left_out == ()
    ours: dict[object, Decimal] = defaultdict(Decimal)
    theirs: dict[object, Decimal] = defaultdict(Decimal)
    for trip in found.trips:
        ours[trip.trip.opened_by, trip.trip.closed_by, trip.day] += trip.profit
    for pair in other.pairs:
        theirs[pair.opened, pair.closed, pair.day] += pair.profit
    assert ours == theirs
    assert sum(abs(each.lot.quantity) for each in found.open) == len(other.waiting)


def assert_same_charges(found: Books, other: OtherBooks, fills: list[Fill]) -> None:
    total = {head: getattr(found.charges, head) for head in HEADS}
    assert total == other.charges
    parts = [trip.charges for trip in found.trips] + [each.charges for each in found.open]
    assert {head: getattr(total_of(parts), head) for head in HEADS} == other.charges
    units: dict[Payer, int] = {each.id: each.quantity for each in fills}
    expected: dict[Pair, Decimal] = defaultdict(Decimal)
    for name, places in _spans(other).items():
        opened, closed, _ = name
        for each, (first, last) in ((opened, places[0]), (closed, places[1])):
            if each is not None:
                heads = other.shares[each]
                expected[name] += sum(
                    (piece(heads[head], units[each], first, last) for head in HEADS), D(0)
                )
    ours: dict[Pair, Decimal] = defaultdict(Decimal)
    for trip in found.trips:
        if not trip.trip.expired:
            ours[trip.trip.opened_by, trip.trip.closed_by, trip.day] += trip.charges.total
    assert ours == {name: amount for name, amount in expected.items() if name[1] is not None}


def _spans(other: OtherBooks) -> dict[Pair, tuple[tuple[int, int], tuple[int, int]]]:
    """The units of both fills that a round trip is made of: they lie side by side."""
    pairs: dict[Pair, list[Closed]] = defaultdict(list)
    for pair in other.pairs:
        pairs[pair.opened, pair.closed, pair.day].append(pair)
    found = {}
    for name, every in pairs.items():
        first, second = ([pair.places[i] for pair in every] for i in (0, 1))
        assert len(every) == max(first) - min(first) + 1
        found[name] = ((min(first), max(first) + 1), (min(second), max(second) + 1))
    return found


def assert_same_averages(found: Books, fills: list[Fill]) -> None:
    """The ledger's average of what is held, against one counted in fractions of a rupee."""
    ledger = Ledger(fills)
    held: dict[object, tuple[int, Fraction]] = defaultdict(lambda: (0, Fraction(0)))
    for each in fills:
        at = (each.key, each.product)
        units, average = held[at]
        after, price = units + each.signed, Fraction(each.price)
        if units * each.signed >= 0:
            average = (average * abs(units) + price * each.quantity) / abs(after)
        elif units * after < 0:
            average = price  # it went beyond flat
        held[at] = (after, average if after else Fraction(0))
    for position in ledger.positions():
        units, average = held[position.key, position.product]
        rounded = Decimal(int(average * 10_000 + Fraction(1, 2))) / 10_000
        assert (position.quantity, position.average_price) == (units, rounded)
    still = {(each.lot.key, each.lot.product): each.lot.quantity for each in found.open}
    assert all(held[at][0] * units > 0 for at, units in still.items())


def end_of(key: InstrumentKey = KEY, price: str = "52") -> Settled:
    return Settled(
        key=key, expiry=END, price=D(price), at=NOW + timedelta(days=4, hours=5), source="test"
    )


def test_a_contract_that_ends_pays_the_tax_of_exercise_where_it_was_bought() -> None:
    found = books([fill(1, 65, "150")], Contracts([CALL]), [end_of()])
    (trip,) = found.trips
    assert (trip.trip.expired, trip.profit) == (True, 65 * (D(52) - 150))
    assert trip.charges.stt == D(5)  # 5.07 on the intrinsic value of 3,380, by the rupee
    assert trip.day == END
    short = books([fill(1, -65, "150")], Contracts([CALL]), [end_of()]).trips[0]
    assert short.charges.stt == D(15)  # 14.63 of the sale alone


def test_a_number_that_the_exchange_used_again_is_another_contract() -> None:
    later = replace(CALL, symbol="NIFTY 25000 CE", expiry=date(2026, 11, 24), strike=25_000.0)
    after = NOW + timedelta(days=30)
    fills = [fill(1, 65, "150"), fill(2, -65, "90", at=after)]
    found = books(fills, Contracts([later, CALL]), [end_of(price="0")])
    assert [trip.profit for trip in found.trips] == [D(-9_750)]
    (still,) = found.open
    assert (still.contract.symbol, still.lot.quantity) == ("NIFTY 25000 CE", -65)


def test_what_cannot_be_booked_is_left_out_and_says_why() -> None:
    old = fill(2, 65, "1", at=NOW - timedelta(days=1_500))
    unknown = fill(3, 65, "1", key=InstrumentKey("NSE_FO|9"))
    found = books([fill(1, 65, "150"), old, unknown], Contracts([CALL]))
    assert {each.trade_id: why for each, why in found.left_out} == {
        "2": found.left_out[0][1],
        "3": "nobody knows which contract NSE_FO|9 was",
    }
    assert "only from" in found.left_out[0][1]
    assert len(found.open) == 1


def origin(group: str, order: str = "sd1") -> Origin:
    return Origin(order=order, group=group, source=Source.RULE)


def test_legs_of_one_strategy_are_one_trade_and_a_reentry_is_another() -> None:
    fills = [
        fill(1, -65, "100", order_id="1"),
        fill(2, -65, "90", order_id="2", key=PUT.key),
        fill(3, 65, "80", order_id="3"),
        fill(4, 65, "95", order_id="4", key=PUT.key),
        fill(500, -65, "70", order_id="5"),
        fill(501, -65, "60", order_id="6", key=BY_KEY[LISTED[2].key].key),
    ]
    origins = {BrokerOrderId(n): origin("Straddle 10:30") for n in ("1", "2", "5")}
    found = trades(books(fills, Contracts([CALL, PUT, *LISTED]), origins=origins))
    assert [(each.title, each.is_closed) for each in found] == [
        ("SENSEX 3", False),
        ("Straddle 10:30", False),
        ("Straddle 10:30", True),
    ]
    first = found[2]
    assert (first.id, first.profit, len(first.trips)) == ("1-1", D(65 * 20 - 65 * 5), 2)
    assert first.net == first.profit - first.charges.total
    assert (first.direction, first.underlying, first.units) == ("sold", "NIFTY", 130)
    assert (first.entry_fill[1], first.exit_fill and first.exit_fill[1]) == ("1", "4")


def test_a_trade_by_hand_goes_from_flat_to_flat_and_a_flip_begins_the_next() -> None:
    fills = [fill(1, 65, "100"), fill(2, 65, "110"), fill(3, -195, "120"), fill(4, 65, "115")]
    second, first = trades(books(fills, Contracts([CALL])))
    assert (first.id, first.profit, first.units) == ("1-1", D(65 * 30), 130)
    assert (second.id, second.profit, second.direction) == ("1-3", D(65 * 5), "sold")
    grown = trades(books([*fills, fill(9, 65, "1")], Contracts([CALL])))
    assert [each.id for each in grown[1:]] == ["1-3", "1-1"]
