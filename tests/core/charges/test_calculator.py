"""The calculator of charges: the same numbers as the contract note's, with rate and source."""

from datetime import date
from decimal import Decimal

import pytest

from core.charges.calculator import Asked, answer, crore, percent
from core.charges.charges import Trade, charges
from core.charges.rates import Segment, Side
from core.errors import RuleBroken

DAY = date(2026, 11, 20)
EXACT = Decimal("1e-18")


def asked(**more: object) -> Asked:
    given: dict[str, object] = {
        "segment": Segment.OPTION,
        "exchange": "NSE",
        "underlying": "NIFTY",
        "side": Side.BUY,
        "quantity": 650,
        "price": Decimal("150"),
        "day": DAY,
    }
    return Asked(**(given | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("segment", list(Segment))
@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("exchange", ["NSE", "BSE"])
def test_the_heads_add_up_to_what_the_trades_are_charged(
    segment: Segment, side: Side, exchange: str
) -> None:
    wanted = asked(segment=segment, side=side, exchange=exchange)
    found = answer(wanted)
    one = Trade(
        segment=segment,
        exchange=exchange,
        underlying="NIFTY",
        side=side,
        quantity=650,
        price=Decimal(150),
        day=DAY,
    )
    assert found.into.total == charges([one]).total
    assert abs(sum(head.into for head in found.heads) - found.into.total) < EXACT
    assert abs(sum(head.both for head in found.heads) - found.total) < EXACT
    assert found.noted == charges([one]).contract_note().total
    assert all(head.source and head.rate for head in found.heads)


@pytest.mark.parametrize("side", list(Side))
def test_going_out_where_it_is_even_leaves_nothing(side: Side) -> None:
    found, way = answer(asked(side=side)), 1 if side is Side.BUY else -1
    gain = way * 650 * (found.even - 150)
    assert abs(gain - found.total) < Decimal("0.01")
    assert found.points == abs(found.even - 150)


def test_each_order_above_the_freeze_quantity_pays_its_own_brokerage() -> None:
    whole, cut = answer(asked(quantity=3510)), answer(asked(quantity=3510, freeze=1755))
    assert [whole.into.brokerage, cut.into.brokerage] == [20, 40]


def test_the_rates_of_the_day_are_told() -> None:
    heads = {head.name: head for head in answer(asked()).heads}
    assert heads["STT"].rate == "0.15 % of the sale"
    assert heads["Transaction fee"].rate == "₹3,552 a crore"
    assert heads["Brokerage"].rate == "₹20 an order"
    assert heads["STT"].since == date(2026, 4, 1)
    before = {head.name: head for head in answer(asked(day=date(2025, 6, 2))).heads}
    assert before["STT"].rate == "0.1 % of the sale"
    assert "IPFT" not in {head.name for head in answer(asked(exchange="BSE")).heads}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": 0}, "0 units"),
        ({"quantity": 10**9}, "units cannot"),
        ({"price": Decimal(0)}, "no price"),
        ({"price": Decimal("NaN")}, "no price"),
    ],
)
def test_what_cannot_be_traded_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(RuleBroken, match=words):
        asked(**change)


def test_a_day_before_the_tables_and_an_unknown_exchange_are_refused() -> None:
    for wrong in (asked(day=date(2019, 1, 1)), asked(exchange="MCX")):
        with pytest.raises(RuleBroken, match="knows"):
            answer(wrong)


def test_rates_are_written_as_they_are_quoted() -> None:
    assert (percent(Decimal("0.00003")), crore(Decimal(0))) == ("0.003 %", "none")
    assert crore(Decimal("182.99") / 10_000_000) == "₹182.99 a crore"
