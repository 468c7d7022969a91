"""Charges shared out by trade: they add up to the contract note, to the paisa."""

import random
from datetime import date
from decimal import Decimal
from fractions import Fraction

from core.charges.charges import HEADS, Exercise, Trade, charges
from core.charges.rates import Segment, Side
from core.charges.shares import apportion, shares, split, total_of
from core.instruments.instrument import Right

D = Decimal
DAY = date(2026, 8, 21)


def option(quantity: int, price: str, side: Side = Side.BUY, order: str = "") -> Trade:
    return Trade(
        segment=Segment.OPTION,
        exchange="NSE",
        underlying="NIFTY",
        side=side,
        quantity=quantity,
        price=D(price),
        day=DAY,
        order_id=order,
    )


def random_trades(chance: random.Random) -> list[Trade]:
    found = []
    for _ in range(chance.randint(1, 12)):
        segment = chance.choice(list(Segment))
        found.append(
            Trade(
                segment=segment,
                exchange=chance.choice(["NSE", "BSE"]),
                underlying=chance.choice(["NIFTY", "SENSEX", "TCS"]),
                side=chance.choice(list(Side)),
                quantity=chance.randint(1, 2_000),
                price=D(chance.randint(1, 400_000)) / 100,
                day=chance.choice([DAY, date(2026, 2, 3), date(2025, 4, 1)]),
                order_id=chance.choice(["", "a", "b"]),
            )
        )
    return found


def test_shares_add_up_to_the_contract_notes_head_by_head() -> None:
    chance = random.Random(5)
    for _ in range(200):
        trades = random_trades(chance)
        exercise = Exercise(
            exchange="NSE",
            underlying="NIFTY",
            right=Right.CALL,
            strike=D(24_200),
            settlement=D(24_200) + D(chance.randint(0, 20_000)) / 100,
            quantity=65,
            day=DAY,
        )
        found = shares(trades, [exercise])
        note = charges(trades, [exercise]).contract_note()
        every = total_of([*found.trades, *found.exercises])
        assert [getattr(every, n) for n in HEADS] == [getattr(note, n) for n in HEADS]
        assert every.total == note.total


def test_the_fee_of_an_order_is_shared_by_units() -> None:
    found = shares([option(65, "150", order="a"), option(195, "150", order="a")])
    assert [each.brokerage for each in found.trades] == [D(5), D(15)]


def test_no_share_is_more_than_a_paisa_off_its_proportion() -> None:
    weights = [Fraction(1, 3), Fraction(2, 7), Fraction(5), Fraction(0)]
    parts = apportion(D("100.01"), weights)
    assert sum(parts) == D("100.01")
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(D("100.01")) * weight / sum(weights)
        assert abs(Fraction(part) - exact) <= Fraction(1, 100)
    assert apportion(D(0), [1, 2]) == [0, 0]
    assert apportion(D(0), [0, 0]) == [0, 0]


def test_what_is_split_by_units_does_not_depend_on_what_comes_later() -> None:
    whole = shares([option(130, "150")]).trades[0]
    first, rest = split(whole, [65, 65])
    again = split(whole, [65, 30, 35])
    assert again[0] == first
    assert total_of([again[1], again[2]]) == rest
    assert total_of([first, rest]) == whole
