"""The paper account's books: what trades do to positions and cash, and what there is to tell."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from core.ids import BrokerOrderId, InstrumentKey, TradeId
from core.paper.funds import moved, pays_at_once
from core.paper.memory import Memory
from core.trading.broker_orders import BrokerOrder
from core.trading.fills import Fill
from core.trading.gtt import BrokerGtt
from core.trading.positions import Position
from core.trading.requests import Product, Side

Told = BrokerOrder | Fill | Position | BrokerGtt


class Books:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._told: list[Told] = []
        self.revision = 0

    def tell(self, told: Told) -> None:
        self.revision += 1
        self._told.append(told)

    def take(self) -> list[Told]:
        """What happened since this was last asked, in order."""
        told, self._told = self._told, []
        return told

    def position(self, key: InstrumentKey, product: Product) -> Position:
        """Flat where there is none."""
        found = (p for p in self._memory.positions if (p.key, p.product) == (key, product))
        return next(found, Position(key=key, product=product))

    def put(self, position: Position) -> None:
        """Replace a position."""
        at = (position.key, position.product)
        others = [p for p in self._memory.positions if (p.key, p.product) != at]
        self._memory.positions = [*others, position]
        self.tell(position)

    def trade(
        self, at: Position, signed: int, price: Decimal, order: BrokerOrderId, now: datetime
    ) -> None:
        """A fill of so many units, below 0 sold."""
        fill = Fill(
            order_id=order,
            trade_id=TradeId(f"{self._memory.next_number():09d}"),
            key=at.key,
            side=Side.BUY if signed > 0 else Side.SELL,
            product=at.product,
            quantity=abs(signed),
            price=price,
            at=now,
        )
        self._memory.fills.append(fill)
        self.tell(fill)
        self.settle(at, signed, price)

    def settle(self, at: Position, signed: int, price: Decimal) -> None:
        """Position and cash move, without a trade."""
        after = at.after(signed, price)
        instrument = self._memory.instruments[at.key]
        self._memory.cash += moved(instrument, at, after, signed * Fraction(price))
        self.put(after)

    def move(self, at: Position, units: int, other: Position) -> None:
        """Units of one position into another of the same contract, with what they cost.

        Between products that pay at once and those that do not, cash moves too.
        """
        instrument, cost = self._memory.instruments[at.key], at.cost * units / at.quantity
        paid = pays_at_once(instrument, at.product), pays_at_once(instrument, other.product)
        self._memory.cash += (paid[0] - paid[1]) * cost
        self.put(replace(at, quantity=at.quantity - units, cost=at.cost - cost))
        self.put(replace(other, quantity=other.quantity + units, cost=other.cost + cost))
