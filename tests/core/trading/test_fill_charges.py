"""Charges of single fills add up to the charges of their orders."""

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


def test_the_first_fill_of_an_order_carries_its_brokerage_and_all_add_up() -> None:
    found = charges_by_fill(MADE, LISTED)
    assert sum(found.values()) == charges(trades(MADE, LISTED)).total
    assert found[MADE[0].id] > found[MADE[1].id] + 20
    assert found[MADE[2].id] > 20


def test_a_fill_of_an_unknown_contract_has_no_charges_and_spoils_no_other() -> None:
    strange = replace(fill("c", "4"), key=InstrumentKey("NSE_FO|1"))
    assert charges_by_fill([*MADE, strange], LISTED).keys() == {each.id for each in MADE}
