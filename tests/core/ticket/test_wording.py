"""The ticket's words."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.ids import BrokerOrderId
from core.risk.checks import refusals
from core.risk.limits import Limits
from core.ticket.terms import Quote
from core.ticket.wording import Field, became, field_of, protection
from core.trading.broker_orders import Status
from core.trading.orders import Fate
from core.trading.requests import OrderType, Side
from tests.core.risk.test_checks import at
from tests.core.ticket.test_terms import terms
from tests.core.trading.samples import LOT, NOW, ask, at_broker, order

D = Decimal
QUOTE = Quote(bid=149.90, ask=150.10, ltp=150.0)
MARKET = {"type": OrderType.MARKET, "price": D(0)}


def test_a_limit_protects_by_itself() -> None:
    assert protection(terms(), QUOTE) == "150.00 or less, or it waits"
    assert protection(terms(side=Side.SELL), QUOTE) == "150.00 or more, or it waits"
    stop = terms(type=OrderType.SL, trigger_price=D(149))
    assert protection(stop, QUOTE) == "once 149.00 or above trades, at 150.00 or less, or it waits"


def test_the_brokers_own_protection_is_told_as_such_and_ours_as_an_assumption() -> None:
    said = protection(terms(**MARKET), QUOTE)
    assert "broker's automatic protection" in said
    assert "157.50 or less by our assumption" in said


def test_a_chosen_protection_says_the_worst_price() -> None:
    said = protection(terms(side=Side.SELL, protection=2, **MARKET), QUOTE)
    assert said == "at the market; at most 2 % above the last price".replace("above", "below") + (
        ": 147.00 or more"
    )


def test_a_price_that_is_missing_protects_from_nothing() -> None:
    assert protection(terms(price=D(0)), QUOTE) == ""
    assert protection(terms(type=OrderType.SL), QUOTE) == ""


def test_without_a_last_price_nothing_is_claimed() -> None:
    assert protection(terms(**MARKET), Quote()).endswith("near the last price")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"quantity": 66}, Field.QUANTITY),
        ({"quantity": 1820}, Field.QUANTITY),
        ({"quantity": LOT * 21}, Field.QUANTITY),
        ({"quantity": LOT * 20, "price": D(800)}, Field.QUANTITY),
        ({"price": D("150.02")}, Field.PRICE),
        ({"price": D(190)}, Field.PRICE),
        ({"type": OrderType.SL, "trigger_price": D("149.99")}, Field.TRIGGER),
        ({"type": OrderType.SL_M, "price": D(0), "trigger_price": D(150)}, Field.TYPE),
        ({"type": OrderType.MARKET, "price": D(0)}, Field.TYPE),
    ],
)
def test_each_reason_of_the_gate_stands_at_its_field(
    given: dict[str, object], field: Field
) -> None:
    untraded = at(ltp=float("nan")) if field is Field.TYPE else at()
    found = refusals(ask(**given), untraded, Limits(naked_lots=None))  # type: ignore[arg-type]
    assert field in {field_of(reason) for reason in found}


def test_what_concerns_the_whole_form_stands_under_it() -> None:
    assert field_of("the market is closed") is Field.FORM
    assert field_of("trading is halted: by hand") is Field.FORM


def test_an_unanswered_order_is_unknown_and_never_sent_again() -> None:
    said = became(replace(order(), fate=Fate.UNANSWERED))
    assert said.startswith("UNKNOWN")
    assert "not sent again" in said


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (at_broker(), "Open: 65 units wait"),
        (at_broker(filled=65, status=Status.FILLED), "Filled: 65 at 150.00."),
        (at_broker(quantity=130, filled=65), "Partly filled: 65 of 130 filled at 150.00; 65 wait."),
        (at_broker(status=Status.REJECTED, reason="no margin"), "Rejected: no margin"),
        (at_broker(status=Status.CANCELLED), "Cancelled."),
    ],
)
def test_what_became_of_it_is_told_in_words(part: object, words: str) -> None:
    units = part.quantity  # type: ignore[attr-defined]
    sent = order(ask(quantity=units)).taken([BrokerOrderId("1")], NOW)
    assert words in became(sent.heard([part]))  # type: ignore[list-item]
