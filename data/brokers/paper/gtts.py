"""The paper account's GTTs behind the door that every broker has."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol, TypeVar

from core.ids import BrokerGttId, InstrumentKey
from core.instruments.instrument import Instrument
from core.paper.account import PaperAccount
from core.trading.gtt import BrokerGtt, Gtt
from core.trading.gtt_terms import GttRequest

T = TypeVar("T")


class Doing(Protocol):
    """How the paper broker lets its account do something, and writes it down."""

    async def do(self, act: Callable[[PaperAccount, datetime], T]) -> T: ...
    async def listed(self, key: InstrumentKey) -> Instrument: ...
    def current(self) -> Awaitable[PaperAccount]: ...


class PaperGttDoor:
    """Fills the `GttDoor` port."""

    def __init__(self, broker: Doing) -> None:
        self._broker = broker

    async def place(self, gtt: Gtt) -> BrokerGttId:
        instrument = await self._broker.listed(gtt.request.key)
        return await self._broker.do(lambda a, now: a.gtts.place(gtt.request, instrument, now))

    async def modify(self, id: BrokerGttId, request: GttRequest) -> None:
        await self._broker.do(lambda account, now: account.gtts.modify(id, request, now))

    async def cancel(self, id: BrokerGttId) -> None:
        await self._broker.do(lambda account, now: account.gtts.cancel(id, now))

    async def all(self) -> list[BrokerGtt]:
        return (await self._broker.current()).gtts.all()
