"""Trading state: every order, fill and position as far as it is known, and what does not agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.ids import BrokerOrderId, InstrumentKey, OrderId
from core.ports.broker import BrokerPosition, Funds
from core.risk.limits import Limits, Standing
from core.trading.broker_orders import BrokerOrder
from core.trading.fills import Fill
from core.trading.ledger import Holding, Ledger
from core.trading.orders import Order
from core.trading.requests import OrderRequest, Product, Source


class About(StrEnum):
    ORDER = "order"
    TRADE = "trade"
    POSITION = "position"
    PRICE = "average price"
    FUNDS = "funds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something on which we and the broker do not agree: new risk in `key` waits until it is
    explained."""

    about: About
    key: InstrumentKey
    subject: str
    text: str
    remedy: str
    since: datetime

    @property
    def name(self) -> str:
        return f"{self.about}:{self.subject}"


class TradingState:
    """Lives on the event loop's thread; `revision` grows with every change."""

    def __init__(self) -> None:
        self.orders: dict[OrderId, Order] = {}
        self.ledger = Ledger()
        self.openings: dict[Holding, int] = {}
        """Units held from before today, as the broker says."""
        self.adjustments: dict[Holding, int] = {}
        """Units by which an accepted difference corrects what our fills add up to."""
        self.unclaimed: dict[BrokerOrderId, BrokerOrder] = {}
        """Heard of, and not yet known whose they are."""
        self.cancel_wanted: set[OrderId] = set()
        """To be cancelled as soon as the broker's numbers for them are known."""
        self.in_flight: set[OrderId] = set()
        """On their way to the broker now: it may list them before it answers."""
        self.differences: dict[str, Difference] = {}
        self.accepted: set[tuple[str, str]] = set()
        """Differences by name and words that were explained: they are not told again."""
        self.broker_positions: dict[Holding, BrokerPosition] = {}
        self.funds: Funds | None = None
        self.limits = Limits()
        self.standing = Standing.ACTIVE
        self.standing_reason = ""
        self.held_until: datetime | None = None
        """The kill switch cannot be released before."""
        self.locked_on: date | None = None
        """The day on which a loss or a profit was locked; over with the day."""
        self.lock_reason = ""
        self.best_pnl = 0.0
        self.armed = False
        self.reconciled_at: datetime | None = None
        """When all was last compared with the broker; None until it was, and orders wait for it."""
        self.problem = ""
        """Why the last comparison failed; empty when it did not."""
        self.revision = 0
        self._by_broker_id: dict[BrokerOrderId, OrderId] = {}
        self._left: dict[OrderId, int] = {}

    def put(self, order: Order) -> None:
        self.orders[order.id] = order
        self._by_broker_id.update(dict.fromkeys(order.broker_ids, order.id))
        if left := order.signed_left:
            self._left[order.id] = left
        else:
            self._left.pop(order.id, None)
        self.revision += 1

    def owner(self, heard: BrokerOrder) -> Order | None:
        """Whose order it is, by number or by tag; None for one that is not known."""
        id = self._by_broker_id.get(heard.id) or OrderId(heard.tag)
        return self.orders.get(id)

    def owner_of(self, id: BrokerOrderId) -> Order | None:
        own = self._by_broker_id.get(id)
        return None if own is None else self.orders.get(own)

    def enter(self, fills: Iterable[Fill]) -> list[Fill]:
        """Book fills; returns those that are new."""
        new = self.ledger.add(fills)
        self.revision += bool(new)
        return new

    def leave_behind(self, fills: Sequence[Fill], orders: Sequence[Order]) -> None:
        """Forget what belongs to an earlier day: it is on the disk."""
        if fills:
            gone = {fill.id for fill in fills}
            self.ledger = Ledger(fill for fill in self.ledger.fills if fill.id not in gone)
        for order in orders:
            del self.orders[order.id]
            self.cancel_wanted.discard(order.id)
            for number in order.broker_ids:
                self._by_broker_id.pop(number, None)
        self.revision += bool(fills or orders)

    def held(self, key: InstrumentKey, product: Product) -> int:
        """Units, below 0 sold: from before today, of today's fills, and by accepted differences.

        Nothing is held of a contract that was settled at its end.
        """
        if self.ledger.has_ended(key):
            return 0
        at = (key, product)
        before = self.openings.get(at, 0) + self.adjustments.get(at, 0)
        return before + self.ledger.position(key, product).quantity

    def closes(self, request: OrderRequest) -> bool:
        """Whether an order goes against what is held."""
        return self.held(request.key, request.product) * request.signed < 0

    def holdings(self) -> dict[Holding, int]:
        """All that is held, without what is flat."""
        traded = [(p.key, p.product) for p in self.ledger.positions()]
        every = dict.fromkeys([*self.openings, *self.adjustments, *traded])
        return {at: units for at in every if (units := self.held(*at))}

    def working(self) -> list[Order]:
        """Orders that may still be filled, ours and others'."""
        return [self.orders[id] for id in self._left]

    def left(self) -> list[tuple[Order, int]]:
        """The same, each with the units that may still be filled, below 0 to be sold."""
        return [(self.orders[id], units) for id, units in self._left.items()]

    def own(self) -> list[Order]:
        return [o for o in self.orders.values() if o.request.source is not Source.EXTERNAL]

    def blocked(self, key: InstrumentKey) -> str:
        """Why no new risk may be taken in a contract; empty when nothing is unexplained."""
        texts = (each.text for each in self.differences.values() if each.key == key)
        return next(texts, "")
