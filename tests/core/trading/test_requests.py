"""What no broker can take is refused before it is an order."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import RuleBroken
from core.trading.requests import (
    Change,
    OrderType,
    Side,
    Source,
    Validity,
    is_ours,
    new_order_id,
)
from tests.core.trading.samples import NOW, ask

D = Decimal


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"quantity": 0}, "0 units"),
        ({"quantity": -65}, "-65 units"),
        ({"price": D("NaN")}, "no price"),
        ({"price": D("Infinity")}, "no price"),
        ({"price": D("-1")}, "no price"),
        ({"price": D(0)}, "needs a price"),
        ({"type": OrderType.MARKET}, "has no price"),
        ({"trigger_price": D(5)}, "has no trigger price"),
        ({"type": OrderType.SL}, "needs a trigger price"),
        ({"type": OrderType.SL, "trigger_price": D(151)}, "above its limit"),
        ({"type": OrderType.SL, "trigger_price": D(149), "side": Side.SELL}, "below its limit"),
        ({"type": OrderType.SL_M, "price": D(0)}, "needs a trigger price"),
        ({"disclosed": 66}, "cannot be shown"),
        ({"disclosed": -1}, "cannot be shown"),
        ({"protection": 26}, "protection"),
        ({"protection": 0}, "protection"),
    ],
)
def test_impossible_terms_are_refused_with_the_reason(terms: dict[str, object], words: str) -> None:
    with pytest.raises(RuleBroken, match=words):
        ask(**terms)  # type: ignore[arg-type]


def test_possible_terms_are_taken() -> None:
    assert ask(type=OrderType.SL, trigger_price=D(149)).trigger_price == 149
    assert ask(type=OrderType.MARKET, price=D(0)).protection == -1
    assert ask(Side.SELL, 130).signed == -130
    assert ask().opposite().side is Side.SELL


def test_an_external_order_is_taken_as_it_is_since_the_broker_took_it() -> None:
    assert ask(source=Source.EXTERNAL, type=OrderType.MARKET).type is OrderType.MARKET


def test_a_change_keeps_what_it_does_not_name_and_is_checked_too() -> None:
    changed = Change(price=D("151.5"), validity=Validity.IOC).of(ask())
    assert (changed.price, changed.validity, changed.quantity) == (D("151.5"), Validity.IOC, 65)
    with pytest.raises(RuleBroken):
        Change(quantity=0).of(ask())


def test_ids_sort_by_time_fit_every_tag_and_do_not_repeat() -> None:
    ids = [new_order_id(NOW + timedelta(milliseconds=n // 10)) for n in range(5_000)]
    assert len(set(ids)) == len(ids)
    assert {len(each) for each in ids} == {20}
    assert [each[:13] for each in ids] == sorted(each[:13] for each in ids)
    assert all(is_ours(each) for each in ids)
    assert not is_ours("my-tag")
    assert not is_ours("")
