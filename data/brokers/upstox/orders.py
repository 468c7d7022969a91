"""The broker's order side over REST: what is sent once, and what is read."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import structlog

from core.clock import Clock
from core.errors import BrokerRejected, BrokerUnavailable
from core.ids import BrokerOrderId
from core.ports.broker import BrokerPosition, Funds, Holding, Update
from core.trading.broker_orders import BrokerOrder
from core.trading.fills import Fill
from core.trading.orders import Order
from core.trading.requests import OrderRequest
from data.brokers.upstox import order_mapping as ours
from data.brokers.upstox.budget import Priority
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.order_schemas import (
    ExitReply,
    NamedReply,
    Orders,
    PlacedReply,
    Trades,
)
from data.brokers.upstox.portfolio import UpstoxPortfolio, mapped
from data.brokers.upstox.portfolio_stream import PortfolioStream
from data.brokers.upstox.token_store import TokenStore

log = structlog.get_logger(__name__)

NO_SUCH_ORDER: Final = "UDAPI100010"
NOTHING_TO_EXIT: Final = "UDAPI1111"

IsExit = Callable[[OrderRequest], bool]


def never(_request: OrderRequest) -> bool:
    return False


class UpstoxBroker:
    """Fills the `Broker` port. `is_exit` says which orders close something: they go first."""

    name: Final = "upstox"

    def __init__(
        self, http: UpstoxHttp, tokens: TokenStore, clock: Clock, *, is_exit: IsExit = never
    ) -> None:
        self._http, self._is_exit = http, is_exit
        self._portfolio = UpstoxPortfolio(http)
        self._stream = PortfolioStream(http, tokens, clock)

    async def place(self, order: Order) -> tuple[BrokerOrderId, ...]:
        reply = await self._http.order(
            "place",
            "POST",
            f"{self._http.settings.order_url}/v3/order/place",
            PlacedReply,
            body=ours.place_body(order),
            priority=self._priority(order.request),
        )
        ids = tuple(BrokerOrderId(id) for id in reply.data.order_ids)
        if len(set(ids)) < len(ids):
            raise BrokerUnavailable("the broker names one number for several orders")
        return ids

    async def modify(self, id: BrokerOrderId, request: OrderRequest) -> None:
        reply = await self._http.order(
            "modify",
            "PUT",
            f"{self._http.settings.order_url}/v3/order/modify",
            NamedReply,
            body=ours.modify_body(id, request),
            priority=self._priority(request),
        )
        _same(id, reply)

    async def cancel(self, id: BrokerOrderId) -> None:
        reply = await self._http.order(
            "cancel",
            "DELETE",
            f"{self._http.settings.order_url}/v3/order/cancel",
            NamedReply,
            params={"order_id": id},
            priority=Priority.EXIT,
        )
        _same(id, reply)

    async def orders(self) -> list[BrokerOrder]:
        reply = await self._http.read("orders", "/v2/order/retrieve-all", Orders)
        return mapped(self._http, "orders", reply.data, ours.order)

    async def order_history(self, id: BrokerOrderId) -> list[BrokerOrder]:
        """Empty for an order that the broker does not know."""
        try:
            reply = await self._http.read(
                "order history", "/v2/order/history", Orders, params={"order_id": id}
            )
        except BrokerRejected as problem:
            if problem.code == NO_SUCH_ORDER:
                return []
            raise
        return mapped(self._http, "order history", reply.data, ours.order)

    async def trades(self) -> list[Fill]:
        reply = await self._http.read("trades", "/v2/order/trades/get-trades-for-day", Trades)
        return mapped(self._http, "trades", reply.data, ours.trade)

    async def positions(self) -> list[BrokerPosition]:
        return await self._portfolio.positions()

    async def holdings(self) -> list[Holding]:
        return await self._portfolio.holdings()

    async def funds(self) -> Funds:
        return await self._portfolio.funds()

    async def exit_all(self) -> Sequence[BrokerOrderId]:
        """None where nothing is held. Delivered shares stay: the broker does not touch them.

        BrokerUnavailable also where only some were closed: what became of each must be read.
        """
        url = f"{self._http.settings.base_url}/v2/order/positions/exit"
        try:
            reply = await self._http.order(
                "exit all", "POST", url, ExitReply, body={}, priority=Priority.EXIT
            )
        except BrokerRejected as problem:
            if problem.code == NOTHING_TO_EXIT:
                return ()
            raise
        if reply.errors or reply.data is None:
            said = "; ".join(each.message for each in reply.errors or [] if each.message)
            log.warning("orders.exit_in_part", said=said)
            raise BrokerUnavailable(f"not all positions were closed: {said or 'no reason given'}")
        return tuple(BrokerOrderId(id) for id in reply.data.order_ids)

    def updates(self) -> AsyncIterator[Update]:
        """Orders and positions; of its trades the stream says nothing: they are read."""
        return self._stream.updates()

    def _priority(self, request: OrderRequest) -> Priority:
        return Priority.EXIT if self._is_exit(request) else Priority.SCREEN


def _same(id: BrokerOrderId, reply: NamedReply) -> None:
    if reply.data.order_id != id:
        raise BrokerUnavailable(f"the broker answers about another order than {id}")
