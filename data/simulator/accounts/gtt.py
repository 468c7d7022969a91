"""Orders good till triggered: an entry, and the target and stop loss that follow it.

A rule that is triggered places a limit order at its trigger price. The target rests at the exchange
from the moment the entry is filled; the stop loss is watched by the broker. Whichever is done first
ends the other. A trailing stop follows the last price by whole gaps.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from data.simulator.accounts.orders import Order
from data.simulator.market import Contract

YEAR_US: Final = 365 * 86_400_000_000


class RuleStatus(StrEnum):
    """The broker's own words."""

    SCHEDULED = "SCHEDULED"
    PENDING = "PENDING"
    OPEN = "OPEN"
    TRIGGERED = "TRIGGERED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"


OVER: Final = {
    RuleStatus.COMPLETED,
    RuleStatus.CANCELLED,
    RuleStatus.FAILED,
    RuleStatus.EXPIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAsk:
    """What a caller wants of one rule; prices in rupees."""

    strategy: str
    trigger_type: str
    price: Decimal
    gap: Decimal | None = None
    protection: float | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Rule:
    """`level` and `gap` in paise, the level moves with a trailing stop; `seen` is the price from
    which the next gap is counted."""

    ask: RuleAsk
    buy: bool
    level: int
    gap: int = 0
    status: RuleStatus = RuleStatus.PENDING
    message: str | None = None
    order: Order | None = None
    seen: int = 0

    @property
    def over(self) -> bool:
        return self.status in OVER


@dataclass(slots=True, kw_only=True, eq=False)
class Gtt:
    """Rules in the order of the request; `filled` units came in by the entry."""

    id: str
    type: str
    contract: Contract
    product: str
    quantity: int
    created_ms: int
    expires_us: int
    rules: list[Rule] = field(default_factory=list)
    filled: int = 0

    def rule(self, strategy: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.ask.strategy == strategy), None)

    @property
    def entry(self) -> Rule:
        return next(rule for rule in self.rules if rule.ask.strategy == "ENTRY")

    @property
    def exits(self) -> list[Rule]:
        return [rule for rule in self.rules if rule.ask.strategy != "ENTRY"]

    @property
    def active(self) -> bool:
        return any(not rule.over for rule in self.rules)


def row(gtt: Gtt) -> dict[str, Any]:
    """As the read call tells it."""
    return _head(gtt) | {
        "rules": [_rule(rule, streamed=False) for rule in gtt.rules],
        "trading_symbol": gtt.contract.trading_symbol,
    }


def update(gtt: Gtt) -> dict[str, Any]:
    """A message of the portfolio stream."""
    rules = [_rule(rule, streamed=True) for rule in gtt.rules]
    return _head(gtt) | {"update_type": "gtt_order", "rules": rules}


def _head(gtt: Gtt) -> dict[str, Any]:
    return {
        "type": gtt.type,
        "exchange": gtt.contract.segment,
        "quantity": gtt.quantity,
        "product": gtt.product,
        "instrument_token": gtt.contract.key,
        "gtt_order_id": gtt.id,
        "expires_at": gtt.expires_us,
        "created_at": gtt.created_ms * 1000,
    }


def _rule(rule: Rule, *, streamed: bool) -> dict[str, Any]:
    told = {
        "strategy": rule.ask.strategy,
        "status": rule.status.value,
        "message": rule.message,
        "trigger_type": rule.ask.trigger_type,
        "trigger_price": rule.level / 100,
        "transaction_type": "BUY" if rule.buy else "SELL",
        "order_id": rule.order.id if rule.order else None,
    }
    gap = rule.gap / 100 if rule.gap else None
    return told | {"trailing_gap": gap} if streamed or gap else told
