"""The contract of corporate actions, on every implementation."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from core.instruments.corporate_actions import ActionKind, CorporateAction
from core.ports.corporate_actions import ActionRepository

ISIN = "INE002A01018"
DAY = date(2026, 8, 14)
ACTIONS = [
    CorporateAction(
        isin=ISIN,
        kind=ActionKind.SPLIT,
        ex_day=date(2024, 10, 28),
        ratio=(Fraction(5, 2), Fraction(1)),
    ),
    CorporateAction(
        isin=ISIN, kind=ActionKind.DIVIDEND, ex_day=DAY, amount=Decimal("5.5"), details="Final, ₹"
    ),
    CorporateAction(isin=ISIN, kind=ActionKind.DIVIDEND, ex_day=DAY, amount=Decimal(2)),
]


async def test_actions_come_back_oldest_first(actions: ActionRepository) -> None:
    await actions.replace(ISIN, ACTIONS[::-1])
    found = await actions.of(ISIN)
    assert found[0] == ACTIONS[0]
    assert {each.amount for each in found[1:]} == {Decimal("5.5"), Decimal(2)}
    assert await actions.of("INE000X01010") == []


async def test_what_is_asked_anew_takes_the_place_of_what_was_known(
    actions: ActionRepository,
) -> None:
    await actions.replace(ISIN, ACTIONS)
    await actions.replace("INE000X01010", [])
    await actions.replace(ISIN, ACTIONS[:1])
    assert await actions.of(ISIN) == ACTIONS[:1]
