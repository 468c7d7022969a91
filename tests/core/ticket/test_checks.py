"""What the ticket refuses by itself."""

from decimal import Decimal

from core.ticket.checks import refusals, warnings
from core.trading.requests import OrderType, Product, Side
from tests.core.ticket.test_terms import terms

D = Decimal


def why(more: dict[str, object], **given: object) -> str:
    known: dict[str, object] = {"cost": None, "available": None}
    return "; ".join(refusals(terms(**more), **(known | given)))  # type: ignore[arg-type]


def test_a_plain_order_passes() -> None:
    assert why({}) == ""


def test_old_prices_stop_a_market_order_and_warn_of_a_limit() -> None:
    old = "the feed is down"
    assert "no market order on old prices" in why({"type": OrderType.MARKET}, old=old)
    assert why({}, old=old) == ""
    assert "the quotes are old" in next(warnings(terms(), old=old))


def test_what_can_not_be_paid_is_said_before_it_is_sent() -> None:
    assert "₹20,000.00 is available" in why({}, cost=D(20_001), available=D(20_000))
    assert why({}, cost=D(20_000), available=D(20_000)) == ""
    assert why({"side": Side.SELL}, cost=D(20_001), available=D(20_000)) == ""
    assert why({}, cost=D(20_001)) == ""


def test_a_contract_is_not_delivered() -> None:
    assert "cannot be held as delivery" in why({"product": Product.DELIVERY})


def test_a_small_part_cannot_be_disclosed() -> None:
    assert "a tenth" in why({"quantity": 1300, "disclosed": 65})
    assert "multiple of the lot" in why({"quantity": 650, "disclosed": 100})
    assert why({"quantity": 650, "disclosed": 65}) == ""


def test_slices_are_told() -> None:
    assert "2 orders, 1755 + 65" in next(warnings(terms(quantity=1820)))
