"""The story of one order: what we wrote down, what the broker keeps of it, and its fills."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from core.clock import IST, Clock
from core.errors import AppError
from core.ports.broker import Broker
from core.ports.orders import FillRepository, JournalRepository
from core.trading.broker_orders import BrokerOrder
from core.trading.fills import Fill
from core.trading.journal import Entry
from core.trading.orders import Order

OF_FILLS: Final = "trade"
"""The fact by which an entry about a fill is known: the fill itself is told instead."""
END_OF_SECOND: Final = timedelta(microseconds=999_999)
"""The broker writes whole seconds: what it tells comes after what we did in that second."""


class Teller(StrEnum):
    DESK = "desk"
    BROKER = "broker"
    EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`at` is the teller's own time, to the second only where it is not `exact`; `said` the raw
    words of the broker, where there are any."""

    at: datetime
    teller: Teller
    kind: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()
    said: str = ""

    @property
    def exact(self) -> bool:
        return self.teller is Teller.DESK or self.at.microsecond > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Oldest step first; `lacking` is why the broker's own history is not in it."""

    steps: tuple[Step, ...]
    lacking: str = ""


class OrderStory:
    def __init__(
        self, broker: Broker, journal: JournalRepository, fills: FillRepository, clock: Clock
    ) -> None:
        self._broker, self._journal, self._fills = broker, journal, fills
        self._clock = clock

    async def of(self, order: Order) -> Story:
        """Never raises for the broker: what it does not tell is said in `lacking`."""
        entries = [each.entry for each in await self._journal.of(order.id)]
        steps = [_of_entry(each) for each in entries if OF_FILLS not in each.facts]
        steps += [_of_fill(each) for each in await self._fills_of(order)]
        heard, lacking = await self._heard(order)
        steps += _without_repeats([_of_broker(each) for each in heard])
        steps.sort(key=lambda step: step.at if step.exact else step.at + END_OF_SECOND)
        return Story(steps=tuple(steps), lacking=lacking)

    async def _fills_of(self, order: Order) -> list[Fill]:
        ids, first = set(order.broker_ids), order.placed_at - timedelta(days=1)
        if not ids:
            return []
        made = await self._fills.between(first, self._clock.now() + timedelta(days=1))
        return [fill for fill in made if fill.order_id in ids]

    async def _heard(self, order: Order) -> tuple[Sequence[BrokerOrder], str]:
        if not order.parts:
            return [], ""
        today = self._clock.now().astimezone(IST).date()
        if order.placed_at.astimezone(IST).date() != today:
            return [], "The broker keeps the history of an order for its own day only."
        try:
            return [
                heard for part in order.parts for heard in await self._broker.order_history(part.id)
            ], ""
        except AppError as problem:
            return [], f"The broker's own history could not be read: {problem}"


def _without_repeats(steps: Sequence[Step]) -> list[Step]:
    """The broker's inner states that are one of ours are told once."""
    return [step for i, step in enumerate(steps) if i == 0 or step != steps[i - 1]]


def _of_entry(entry: Entry) -> Step:
    facts = {name: _fact(value) for name, value in entry.facts.items() if name != "reason"}
    return Step(
        at=entry.at,
        teller=Teller.DESK,
        kind=entry.kind,
        text=entry.text,
        facts=tuple((name, text) for name, text in facts.items() if text),
        said=str(entry.facts.get("reason") or ""),
    )


def _fact(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value in (None, "", "0") else str(value)


def _of_broker(heard: BrokerOrder) -> Step:
    terms = (
        ("order", heard.id),
        ("quantity", str(heard.quantity)),
        ("filled", str(heard.filled) if heard.filled else ""),
        ("price", _money(heard.price)),
        ("trigger price", _money(heard.trigger_price)),
        ("average", _money(heard.average_price)),
    )
    return Step(
        at=heard.at,
        teller=Teller.BROKER,
        kind="state",
        text=str(heard.status),
        facts=tuple(each for each in terms if each[1]),
        said=heard.reason,
    )


def _money(price: Decimal) -> str:
    """Empty for none; to the paisa, or exact where it is finer."""
    if not price:
        return ""
    return f"{price:.2f}" if price == round(price, 2) else f"{price.normalize():f}"


def _of_fill(fill: Fill) -> Step:
    return Step(
        at=fill.at,
        teller=Teller.EXCHANGE,
        kind="fill",
        text=f"{fill.quantity} at {_money(fill.price)}",
        facts=(("trade", fill.trade_id), ("order", fill.order_id)),
    )
