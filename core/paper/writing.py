"""The paper account's memory as text, and back exactly; nothing is guessed.

Most of a day's orders change no more: what was written of them once is written again as it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from pydantic import TypeAdapter, ValidationError

from core.errors import BadData, RuleBroken
from core.ids import BrokerOrderId
from core.paper.memory import VERSION, Memory, PaperOrder
from core.trading.broker_orders import BrokerOrder
from core.trading.fills import Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class _One:
    """An order with its history."""

    order: PaperOrder
    stages: list[BrokerOrder]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    account: Memory
    orders: list[_One]
    fills: list[Fill]


class Writer:
    """Of one memory; remembers what it has written."""

    def __init__(self) -> None:
        self._orders: dict[BrokerOrderId, tuple[PaperOrder, str]] = {}
        self._fills: dict[int, str] = {}
        self._first: Fill | None = None

    def written(self, memory: Memory) -> str:
        rest = replace(memory, orders={}, stages={}, fills=[])
        self._orders = {id: had for id, had in self._orders.items() if id in memory.orders}
        orders = [self._order(memory, each) for each in memory.orders.values()]
        parts = (
            f'"account":{_memories().dump_json(rest).decode()}',
            f'"orders":[{",".join(orders)}]',
            f'"fills":[{",".join(self._told(memory.fills))}]',
        )
        return f"{{{','.join(parts)}}}"

    def _order(self, memory: Memory, order: PaperOrder) -> str:
        had = self._orders.get(order.id)
        if had is not None and had[0] is order:
            return had[1]
        one = _One(order=order, stages=memory.stages.get(order.id, []))
        body = _ones().dump_json(one).decode()
        self._orders[order.id] = (order, body)
        return body

    def _told(self, fills: list[Fill]) -> Iterable[str]:
        """A day's fills only grow; a new day begins with another first one."""
        if not fills or fills[0] is not self._first:
            self._fills.clear()
        self._first = fills[0] if fills else None
        for i, fill in enumerate(fills):
            if i not in self._fills:
                self._fills[i] = _fills().dump_json(fill).decode()
            yield self._fills[i]


def read(body: str) -> Memory:
    """Raises BadData for what this version cannot read."""
    try:
        kept = _kept().validate_json(body)
    except (ValidationError, RuleBroken, BadData) as problem:
        raise BadData(f"the paper account's memory cannot be read: {problem}") from problem
    memory = kept.account
    if memory.version != VERSION:
        raise BadData(f"the paper account's memory is of version {memory.version}")
    memory.orders = {each.order.id: each.order for each in kept.orders}
    memory.stages = {each.order.id: each.stages for each in kept.orders}
    memory.fills = kept.fills
    return memory


@cache
def _memories() -> TypeAdapter[Memory]:
    return TypeAdapter(Memory)


@cache
def _ones() -> TypeAdapter[_One]:
    return TypeAdapter(_One)


@cache
def _fills() -> TypeAdapter[Fill]:
    return TypeAdapter(Fill)


@cache
def _kept() -> TypeAdapter[_Kept]:
    return TypeAdapter(_Kept)
