"""Charges of single fills add up to their contract note."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from core.charges.charges import charges
from core.ids import BrokerOrderId, InstrumentKey, TradeId
from core.trading.fill_charges import charges_by_fill
from core.trading.fills import Fill
from core.trading.ledger import trades
from core.trading.requests import Product, Side
from tests.core.trading.samples import KEY, LISTED, NOW


def fill(order: str, trade: str, side: Side = Side.BUY, price: str = "150") -> Fill:
    return Fill(
        order_id=BrokerOrderId(order),
        trade_id=TradeId(trade),
        key=KEY,
        side=side,
        product=Product.CARRY,
        quantity=65,
        price=Decimal(price),
        at=NOW + timedelta(seconds=int(trade)),
    )


MADE = [fill("a", "1"), fill("a", "2", price="150.05"), fill("b", "3", Side.SELL)]


def test_what_the_fills_bear_adds_up_to_the_contract_note() -> None:
    found = charges_by_fill(reversed(MADE), LISTED)
    note = charges(trades(MADE, LISTED)).contract_note()
    assert sum((each.total for each in found.values()), Decimal(0)) == note.total
    assert found[MADE[2].id].stt > 0
    assert found[MADE[0].id].stt == 0


def test_a_fill_of_an_unknown_contract_has_no_charges_and_spoils_no_other() -> None:
    strange = replace(fill("c", "4"), key=InstrumentKey("NSE_FO|1"))
    assert charges_by_fill([*MADE, strange], LISTED).keys() == {each.id for each in MADE}


def test_a_day_without_rates_has_no_charges() -> None:
    assert charges_by_fill([replace(MADE[0], at=NOW.replace(year=1999))], LISTED) == {}
