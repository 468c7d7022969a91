"""Which orders are shown, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from core.instruments.instrument import Instrument
from core.trading.broker_orders import Status
from core.trading.orders import Order
from ui.orders import words

UNSURE: Final = frozenset({Status.PENDING, Status.UNKNOWN, Status.LOST})
ENDED: Final = frozenset({Status.REJECTED, Status.CANCELLED, Status.EXPIRED, Status.LOST})
STATES: Final = {
    "all": "All",
    "working": "Working",
    "filled": "Filled",
    "ended": "Ended",
    "unsure": "Unknown",
}
ANY: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Empty means "any"; every word of `text` has to occur."""

    state: str = "all"
    underlying: str = ANY
    source: str = ANY
    text: str = ""

    def passes(self, order: Order, listed: Instrument | None) -> bool:
        return (
            self._state(order.status)
            and self.underlying in (ANY, underlying_of(listed))
            and self.source in (ANY, str(order.request.source))
            and self._words(order, listed)
        )

    def _state(self, status: Status) -> bool:
        if self.state == "working":
            return status.is_working
        if self.state == "filled":
            return status is Status.FILLED
        if self.state == "ended":
            return status in ENDED
        return self.state != "unsure" or status in UNSURE

    def _words(self, order: Order, listed: Instrument | None) -> bool:
        if not self.text.strip():
            return True
        request = order.request
        told = " ".join(
            (
                listed.symbol if listed else request.key,
                str(request.side),
                words.kind(request),
                str(order.status),
                request.group,
                order.why,
                order.id,
                *order.broker_ids,
            )
        ).casefold()
        return all(word in told for word in self.text.casefold().split())


def underlying_of(listed: Instrument | None) -> str:
    return (listed.underlying_symbol or listed.symbol) if listed else ""


Key = Callable[[Order, Instrument | None], Any]
SORTS: Final[dict[str, Key]] = {
    "time": lambda o, i: o.placed_at,
    "contract": lambda o, i: (underlying_of(i), i.expiry.isoformat() if i and i.expiry else "",
                              (i.strike or 0.0) if i else 0.0, o.request.key),
    "side": lambda o, i: o.request.side,
    "quantity": lambda o, i: o.wanted,
    "price": lambda o, i: o.terms.price,
    "average": lambda o, i: o.average_price,
    "status": lambda o, i: o.status,
    "source": lambda o, i: o.request.source,
    "group": lambda o, i: o.request.group,
}  # fmt: skip
"""By column; orders that are alike come in the order of their ids, which is that of time."""
