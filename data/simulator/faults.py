"""Faults on demand: what a broker, a network or a bad day can do to a client, for tests.

| kind | does | `seconds` | `count` |
|---|---|---|---|
| `drop_socket` | cuts every feed socket without a closing handshake | new ones too, so long | |
| `half_open` | feed sockets stay open but silent: no data, no ping, no pong | so long | |
| `latency` | answers late | the delay of each | this many answers |
| `http_429` `http_500` `html_error` | answers so | so long | this many answers |
| `bad_protobuf` | sends frames that are no protobuf | so long | this many frames |
| `bad_price` | live frames hold NaN, negative or crossed prices | so long | this many frames |
| `token_expired` | kills every token given out so far, closes their sockets | | |
| `clock_skew` | times in frames and quotes are wrong (not those of /sim) | by so much | |
| `reject_orders` | orders are taken, then rejected by update | so long | so many |
| `lose_order_reply` | what an order call asks is done, its reply is lost | so long | so many |

Without `seconds` and `count` a fault happens once; but `latency`, `half_open` and `clock_skew` last
until `DELETE /sim/faults`. `target` narrows: part of a path for answers, of a key for prices and
for orders to reject.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from data.simulator.answers import ApiError


class FaultKind(StrEnum):
    DROP_SOCKET = "drop_socket"
    HALF_OPEN = "half_open"
    LATENCY = "latency"
    HTTP_429 = "http_429"
    HTTP_500 = "http_500"
    HTML_ERROR = "html_error"
    BAD_PROTOBUF = "bad_protobuf"
    BAD_PRICE = "bad_price"
    TOKEN_EXPIRED = "token_expired"
    REJECT_ORDERS = "reject_orders"
    LOSE_ORDER_REPLY = "lose_order_reply"
    CLOCK_SKEW = "clock_skew"


LASTING: Final = {FaultKind.LATENCY, FaultKind.HALF_OPEN, FaultKind.CLOCK_SKEW}
AMOUNT: Final = {FaultKind.LATENCY, FaultKind.CLOCK_SKEW}  # `seconds` is how much, not how long
DEFAULT_AMOUNT: Final = {FaultKind.LATENCY: 1.0, FaultKind.CLOCK_SKEW: 120.0}


@dataclass(slots=True, kw_only=True)
class Fault:
    kind: FaultKind
    amount: float
    until: float | None
    left: int | None
    target: str

    def active(self, now: float) -> bool:
        return (self.until is None or now < self.until) and (self.left is None or self.left > 0)

    def shown(self, now: float) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "amount": self.amount,
            "seconds_left": None if self.until is None else round(max(0.0, self.until - now), 3),
            "count_left": self.left,
            "target": self.target,
        }


class Faults:
    """Which faults are on. `enabled` is the `--faults` flag."""

    def __init__(self, enabled: bool, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.enabled = enabled
        self._monotonic = monotonic
        self._faults: list[Fault] = []

    def add(self, asked: Any) -> Fault:
        """Switch one on; raises the broker's 400 for what it does not understand."""
        fault = self._parse(asked)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def take(self, kind: FaultKind, what: str = "") -> Fault | None:
        """The fault that strikes `what` now, if any; uses up one of its count."""
        fault = self.find(kind, what)
        if fault is not None and fault.left is not None:
            fault.left -= 1
        return fault

    def find(self, kind: FaultKind, what: str = "") -> Fault | None:
        if not self._faults:
            return None
        now = self._monotonic()
        self._faults = [fault for fault in self._faults if fault.active(now)]
        for fault in self._faults:
            if fault.kind is kind and (not fault.target or fault.target in what):
                return fault
        return None

    @property
    def skew_ms(self) -> int:
        fault = self.find(FaultKind.CLOCK_SKEW)
        return int(fault.amount * 1000) if fault else 0

    def shown(self) -> list[dict[str, Any]]:
        now = self._monotonic()
        return [fault.shown(now) for fault in self._faults if fault.active(now)]

    def _parse(self, asked: Any) -> Fault:
        if not isinstance(asked, dict):
            raise ApiError("UDAPI100036", field="kind")
        unknown = set(asked) - {"kind", "seconds", "count", "target"}
        seconds, count = asked.get("seconds"), asked.get("count")
        target = asked.get("target", "")
        try:
            kind = FaultKind(asked.get("kind", ""))
        except ValueError:
            raise ApiError("UDAPI100036", field="kind", value=asked.get("kind")) from None
        if unknown or not isinstance(target, str) or not _number(seconds) or not _whole(count):
            raise ApiError("UDAPI100036", field="seconds, count or target", value=str(asked))
        if kind in AMOUNT:
            amount = DEFAULT_AMOUNT[kind] if seconds is None else float(seconds)
            return Fault(kind=kind, amount=amount, until=None, left=count, target=target)
        until = None if seconds is None else self._monotonic() + float(seconds)
        once = seconds is None and count is None and kind not in LASTING
        return Fault(kind=kind, amount=0.0, until=until, left=1 if once else count, target=target)


def _number(value: object) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return value is None or plain


def _whole(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0)
