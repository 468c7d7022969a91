"""What was typed into a line becomes a change, or is refused in words."""

from decimal import Decimal

import pytest

from core.errors import RuleBroken
from core.trading.requests import Change
from tests.core.trading.samples import ask, order
from ui.components.order_acts import change_of

ORDER = order(ask(quantity=130, price=Decimal("150.00")))


@pytest.mark.parametrize(
    ("typed", "change"),
    [
        ({"price": "150.00", "quantity": "130"}, Change()),
        ({"price": "1,150.05"}, Change(price=Decimal("1150.05"))),
        ({"quantity": "65"}, Change(quantity=65)),
        ({"price": " 149.95 ", "quantity": "65.0"}, Change(price=Decimal("149.95"), quantity=65)),
        ({"trigger": "148"}, Change(trigger_price=Decimal(148))),
    ],
)
def test_only_what_differs_is_changed(typed: dict[str, str], change: Change) -> None:
    assert change_of(ORDER, typed) == change


@pytest.mark.parametrize(
    "typed", [{"price": ""}, {"price": "nan"}, {"price": "1e999999"}, {"quantity": "65.5"}]
)
def test_what_is_no_number_is_refused(typed: dict[str, str]) -> None:
    with pytest.raises(RuleBroken, match="is no"):
        change_of(ORDER, typed)
