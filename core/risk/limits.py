"""Limits that the user sets for himself, and the three states of the gate."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.errors import RuleBroken


class Standing(StrEnum):
    ACTIVE = "active"
    REDUCE_ONLY = "reduce only"  # exits pass, nothing new
    HALTED = "halted"  # nothing passes but the kill switch's own exits


MOST_A_SECOND: Final = 8
"""The broker takes 10 orders a second of an unregistered program; two stay in reserve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """None is no limit. Money in rupees, `fat_finger` in percent of the market's price.

    `naked_lots` are short options of an underlying and expiry beyond those held long of the same
    kind. `profit_lock` begins to trail once the day has earned so much; `give_back` ends the day.
    """

    order_lots: int | None = 20
    order_value: Decimal | None = Decimal(1_000_000)
    open_lots: int | None = 100
    naked_lots: int | None = 0
    orders_a_second: int = MOST_A_SECOND
    orders_a_day: int | None = 500
    fat_finger: Decimal | None = Decimal(25)
    duplicate_seconds: float = 2.0
    day_loss: Decimal | None = None
    profit_lock: Decimal | None = None
    give_back: Decimal | None = None
    square_off_at: time | None = None
    """IST; from then on only exits pass."""
    banned: tuple[str, ...] = ()
    """Underlyings in the ban period, as the exchange lists them: no broker tells it."""

    def __post_init__(self) -> None:
        for name in ("order_lots", "open_lots", "naked_lots", "orders_a_day"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise RuleBroken(f"{name.replace('_', ' ')} cannot be {value}")
        for name in ("order_value", "fat_finger", "day_loss", "profit_lock", "give_back"):
            value = getattr(self, name)
            if value is not None and not (value.is_finite() and value > 0):
                raise RuleBroken(f"{name.replace('_', ' ')} must be above 0, or not set")
        if not 1 <= self.orders_a_second <= MOST_A_SECOND:
            raise RuleBroken(f"orders a second must be 1 to {MOST_A_SECOND}")
        if (self.profit_lock is None) != (self.give_back is None):
            raise RuleBroken("the profit lock needs both where it begins and what it gives back")
        if not 0 <= self.duplicate_seconds <= 60:
            raise RuleBroken("the guard against duplicates is at most a minute long")


def lock(limits: Limits, pnl: float, best: float) -> str:
    """Why the day is over for new risk; empty when it is not. `best` is the day's best P&L.

    A P&L that is not known (nan) locks nothing: it is told apart by `checks`.
    """
    if pnl != pnl or best != best:
        return ""
    if limits.day_loss is not None and pnl <= -limits.day_loss:
        return f"the day has lost ₹{-pnl:,.0f}, and ₹{limits.day_loss:,.0f} is the limit"
    if limits.profit_lock is None or limits.give_back is None or best < limits.profit_lock:
        return ""
    if pnl <= Decimal(best) - limits.give_back:
        return f"the day had earned ₹{best:,.0f} and has given back ₹{best - pnl:,.0f}"
    return ""
