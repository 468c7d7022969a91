"""Day results of holdings, exact against books kept unit by unit, and their words."""

import random
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from core.charges.charges import Charges, Trade, charges
from core.charges.rates import Segment
from core.trading import arithmetic
from core.trading.fills import Fill
from core.trading.ledger import Ledger
from core.trading.requests import Product, Side
from core.trading.results import Moved, Quote, Result, Told, add_up, moves, result, to_paisa
from tests.core.trading.samples import KEY, LISTED, NOW, OTHER, fill

D, F = Decimal, Fraction
CARRY, INTRADAY = Product.CARRY, Product.INTRADAY
AT = (KEY, CARRY)
DAYS = 1_500


def quote(last: str | None = "155", close: str | None = "148") -> Quote:
    return Quote(last=None if last is None else D(last), close=None if close is None else D(close))


def of(fills: list[Fill], **given: object) -> Result:
    books = Ledger(fills)
    told: dict[str, object] = {"quote": quote(), "charges": books.charges_of(AT, LISTED)}
    return result(AT, books, **(told | given))  # type: ignore[arg-type]


def unit_books(
    start: list[tuple[int, Decimal]], fills: list[Fill], last: Decimal
) -> tuple[Decimal, Decimal]:
    """Realised and unrealised by average, unit by unit, in 60 digits."""
    with localcontext(prec=60):
        held, average, earned = 0, D(0), D(0)
        events = [*start, *((each.signed, each.price) for each in fills)]
        for units, price in events:
            way = 1 if units > 0 else -1
            for _ in range(abs(units)):
                if held * way >= 0:
                    average = (average * abs(held) + price) / (abs(held) + 1)
                else:
                    earned += -way * (price - average)
                held += way
        return earned, held * (last - average)


def near(exact: Fraction | None, amount: Decimal) -> bool:
    assert exact is not None
    return abs(exact - Fraction(amount)) < Fraction(1, 10**12)


def random_day(chance: random.Random) -> tuple[int, list[Fill]]:
    opening = chance.choice([0, 0, 65, -130, 195])
    held, found = opening, []
    for number in range(chance.randint(0, 8)):
        size = chance.choice([1, 65, 65, 130])
        signed = chance.choice([size, -size, -held or size, -held - size or -size])
        held += signed
        order = str(chance.randint(1, 4) + (10 if signed > 0 else 20))
        found.append(fill(number, signed, D(chance.randint(5, 60_000)) / 100, order_id=order))
    return opening, found


def test_results_are_exact_over_many_random_days() -> None:
    chance = random.Random(20261118)
    carried = 0
    for _ in range(DAYS):
        opening, fills = random_day(chance)
        last, close = (D(chance.randint(5, 60_000)) / 100 for _ in range(2))
        found = of(fills, opening=opening, quote=Quote(last=last, close=close))
        earned, hoped = unit_books([(opening, close)], fills, last)
        units = opening + sum(each.signed for each in fills)
        cash = -sum((each.signed * each.price for each in fills), D(0))
        assert found.units == units
        assert near(found.realised, earned)
        assert near(found.unrealised, hoped)
        assert found.day == Fraction(cash + units * last - opening * close)
        fees = charges(
            Trade(
                segment=Segment.OPTION,
                exchange="NSE",
                underlying="NIFTY",
                side=Side.BUY if each.signed > 0 else Side.SELL,
                quantity=abs(each.signed),
                price=each.price,
                day=NOW.date(),
                order_id=each.order_id,
            )
            for each in fills
        )
        assert found.charges is not None
        assert found.charges.total == fees.total
        assert found.net == found.day - Fraction(fees.total)
        carried += bool(opening and units)
    assert carried > DAYS / 4


def test_charges_of_lines_add_up_to_those_of_the_whole_book() -> None:
    chance = random.Random(5)
    for _ in range(100):
        places = [(KEY, CARRY), (KEY, INTRADAY), (OTHER, CARRY)]
        fills = []
        for number in range(12):
            place = chance.choice(places)
            signed = chance.choice([-65, 65, 130])
            fills.append(
                fill(
                    number,
                    signed,
                    D(chance.randint(5, 40_000)) / 100,
                    key=place[0],
                    product=place[1],
                    order_id=f"{place} {signed > 0} {chance.randint(1, 2)}",
                )
            )
        books = Ledger(fills)
        parts = [books.charges_of(at, LISTED) for at in places]
        assert sum((part.total for part in parts), D(0)) == books.charges(LISTED).total


def test_the_days_of_a_carried_position_add_up_to_the_whole() -> None:
    first = of([fill(1, 65, "150")], quote=quote("148"))
    second = of([fill(2, -65, "160")], opening=65, quote=quote("161", "148"))
    assert first.day is not None
    assert second.day is not None
    assert first.day + second.day == 650
    assert second.realised == 780
    assert second.unrealised == 0


def test_what_is_open_of_earlier_days_is_told_from_the_brokers_average() -> None:
    found = of([], opening=65, told=Told(units=65, average=D("120.5")), charges=Charges())
    assert (found.average, found.since_entry, found.day) == (D("120.5"), F(4485, 2), F(455))
    stale = of([], opening=65, told=Told(units=130, average=D("120.5")))
    assert (stale.average, stale.since_entry) == (None, None)
    assert "average" in arithmetic.why(stale)
    assert stale.day == 455


def test_an_unknown_price_makes_unknown_numbers_and_says_so() -> None:
    found = of([fill(1, 65, "150")], quote=quote(last=None))
    assert (found.unrealised, found.day, found.net, found.realised) == (None, None, None, F(0))
    assert arithmetic.unrealised(found) == "There is no price of it now"
    closed = of([fill(1, 65, "150"), fill(2, -65, "151")], quote=quote(None, None))
    assert (closed.day, closed.unrealised, closed.why) == (F(65), F(0), ())
    carried = of([], opening=65, quote=quote(close=None), told=Told(units=65, average=D(140)))
    assert (carried.day, carried.since_entry) == (None, F(975))
    assert arithmetic.day(carried).startswith("Yesterday's close")
    both = add_up([found, closed])
    assert (both.realised, both.day, both.unknown) == (F(65), None, 1)
    assert "one position" in arithmetic.net(both)
    free = of([fill(1, 65, "150")], charges=None)
    assert (free.day, free.net) == (F(325), None)


def test_a_conversion_moves_units_and_earns_nothing() -> None:
    books = Ledger([fill(1, 65, "150", product=INTRADAY)])
    adjustments = {(KEY, INTRADAY): -65, AT: 65}
    moved = moves(
        adjustments,
        lambda at: books.position(*at).quantity,
        lambda at: Fraction(books.position(*at).average_price),
        {},
    )
    assert moved[AT] == Moved(units=65, price=Fraction(150))
    pair = [
        result(at, books, quote=quote("160"), charges=Charges(), moved=moved[at])
        for at in adjustments
    ]
    assert [(each.units, each.day) for each in pair] == [(0, F(0)), (65, F(650))]
    assert "moved in at 150.00" in arithmetic.realised(
        result(AT, Ledger([fill(2, -65, "170")]), quote=quote(), charges=None, moved=moved[AT])
    )


def test_units_that_came_from_elsewhere_cost_what_the_broker_says_or_nobody_knows() -> None:
    def flat(at: object) -> int:
        return 0

    known = moves({AT: 65}, flat, lambda at: None, {AT: Told(units=65, average=D(140))})
    assert known[AT].price == 140
    found = of([], moved=known[AT])
    assert (found.units, found.average, found.day) == (65, D(140), F(975))
    unknown = moves({AT: 65}, flat, lambda at: None, {})
    lost = of([fill(1, 65, "150")], moved=unknown[AT])
    assert (lost.units, lost.day, lost.realised) == (130, None, None)
    assert "nobody told" in arithmetic.realised(lost)
    less = moves({AT: -65}, lambda at: 130, lambda at: None, {AT: Told(units=65, average=D(1))})
    assert less[AT].price is None


def test_the_words_are_the_arithmetic() -> None:
    found = of([fill(1, 130, "150.02"), fill(2, -65, "165", order_id="2")])
    assert arithmetic.realised(found) == (
        "Sold 65 for ₹10,725.00 − bought 130 for ₹19,502.60 + cost of the 65 open ₹9,751.30"
        " = ₹973.70"
    )
    assert arithmetic.unrealised(found) == "65 × (155.00 − 150.02) = ₹323.70"
    assert arithmetic.day(found) == "realised ₹973.70 + unrealised ₹323.70 = ₹1,297.40"
    paid = to_paisa(found.paid)
    assert arithmetic.net(found).startswith("day ₹1,297.40 − charges ₹")
    assert arithmetic.charges(found.charges).startswith("brokerage ₹40.00 + STT ₹16.09")
    assert arithmetic.charges(found.charges).endswith(f"= ₹{paid}")
    carried = of([fill(3, 65, "150")], opening=-65)
    assert carried.day == 65 * -2
    assert arithmetic.realised(carried) == (
        "Bought 65 for ₹9,750.00 − -65 from before at the close 148.00 -₹9,620.00 = -₹130.00"
    )
    assert arithmetic.average(found) == "150.02 a unit. Of today's fills."
    flat = of([])
    assert arithmetic.realised(flat) == "Nothing was traded today."
    assert arithmetic.unrealised(flat) == arithmetic.since_entry(flat) == "Nothing is open."


@pytest.mark.parametrize(
    ("amount", "text"), [("1234567.5", "₹12,34,567.50"), ("-40", "-₹40.00"), ("0", "₹0.00")]
)
def test_money_is_written_in_indian_grouping(amount: str, text: str) -> None:
    assert arithmetic.said(Fraction(D(amount))) == text
