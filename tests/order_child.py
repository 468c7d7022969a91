"""A desk in a process of its own, to be killed: orders go through a socket, books to SQLite.

`python -m tests.order_child URL PORT trade` places orders until it ends or is killed;
`… settle` starts like any desk after a crash, and prints what it then believes.
"""

import asyncio
import json
import logging
import pickle
import sys
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import structlog

from core.errors import BrokerUnavailable
from core.ids import BrokerOrderId
from core.ports.broker import BrokerPosition, Funds, Holding, Reconnected, Update
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.fills import Fill
from core.trading.orders import Order
from core.trading.requests import OrderRequest, Product
from data.db.database import Database
from data.repositories.journal import SqlJournal
from data.repositories.orders import SqlFills, SqlOrders
from tests.core.services.trading_desk import Trading, make_trading
from tests.core.trading.samples import KEY, ask

ORDERS = 14


class FarBroker:
    """Asks a broker in another process; a cut line is a lost answer."""

    name = "far"

    def __init__(self, port: int) -> None:
        self._port = port

    async def place(self, order: Order) -> tuple[BrokerOrderId, ...]:
        return await self._ask("place", order)  # type: ignore[no-any-return]

    async def modify(self, id: BrokerOrderId, request: OrderRequest) -> None:
        await self._ask("modify", id, request)

    async def cancel(self, id: BrokerOrderId) -> None:
        await self._ask("cancel", id)

    async def orders(self) -> list[BrokerOrder]:
        return await self._ask("orders")  # type: ignore[no-any-return]

    async def order_history(self, id: BrokerOrderId) -> list[BrokerOrder]:
        return await self._ask("order_history", id)  # type: ignore[no-any-return]

    async def trades(self) -> list[Fill]:
        return await self._ask("trades")  # type: ignore[no-any-return]

    async def positions(self) -> list[BrokerPosition]:
        return await self._ask("positions")  # type: ignore[no-any-return]

    async def holdings(self) -> list[Holding]:
        return await self._ask("holdings")  # type: ignore[no-any-return]

    async def funds(self) -> Funds:
        return await self._ask("funds")  # type: ignore[no-any-return]

    async def exit_all(self) -> list[BrokerOrderId]:
        return []

    async def tell(self, what: dict[str, Any]) -> None:
        await self._ask("report", what)

    async def updates(self) -> AsyncIterator[Update]:
        yield Reconnected()

    async def _ask(self, name: str, *given: object) -> Any:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(pickle.dumps((name, given)) + b"\nEND\n")
            answer = pickle.loads(await reader.readuntil(b"\nEND\n"))
            writer.close()
        except (OSError, asyncio.IncompleteReadError) as problem:
            raise BrokerUnavailable(str(problem)) from problem
        if isinstance(answer, Exception):
            raise answer
        return answer


class SqlTrading:
    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.orders, self.fills = SqlOrders(self.database), SqlFills(self.database)
        self.journal = SqlJournal(self.database)


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def begin(url: str, port: int, settled_after: float = 0.2) -> tuple[Trading, SqlTrading]:
    """Start as any desk does: load, and compare with the broker."""
    books = SqlTrading(url)
    trading = make_trading(
        broker=FarBroker(port),  # type: ignore[arg-type]
        memory=books,  # type: ignore[arg-type]
        patience=1.0,
        settled_after=settled_after,
        reconciled=False,
    )
    await trading.reconciler.load()
    await trading.reconciler.reconcile()
    return trading, books


async def trade(url: str, port: int) -> None:
    trading, _ = await begin(url, port)
    say("ready")
    prices = [Decimal(120 + n) for n in range(ORDERS)]
    await asyncio.gather(*(trading.desk.place(ask(price=each)) for each in prices))
    await asyncio.Event().wait()


async def settle(url: str, port: int, settled_after: float = 0.2) -> None:
    """What a desk that starts anew believes, once nothing is unknown any more."""
    began = time.monotonic()
    trading, books = await begin(url, port, settled_after)
    say(json.dumps(await _certain(trading, books, began)))
    await books.database.close()


async def trade_and_settle(url: str, port: int, settled_after: float) -> None:
    """Places orders, and goes on until nothing is unknown; tells the broker's side."""
    trading, books = await begin(url, port, settled_after)
    prices = [Decimal(120 + n) for n in range(ORDERS)]
    await asyncio.gather(*(trading.desk.place(ask(price=each)) for each in prices))
    told = await _certain(trading, books, time.monotonic())
    await FarBroker(port).tell(told)
    await books.database.close()


async def settle_and_tell(url: str, port: int, settled_after: float) -> None:
    began = time.monotonic()
    trading, books = await begin(url, port, settled_after)
    await FarBroker(port).tell(await _certain(trading, books, began))
    await books.database.close()


async def _certain(trading: Trading, books: SqlTrading, began: float) -> dict[str, Any]:
    await trading.reconciler.reconcile()
    while any(_is_open(order) for order in trading.state.orders.values()):
        await asyncio.sleep(0.05)
        await trading.reconciler.reconcile()
    return {
        "orders": {id: [str(o.status), o.told] for id, o in trading.state.orders.items()},
        "held": trading.state.held(KEY, Product.CARRY),
        "differences": [each.text for each in trading.state.differences.values()],
        "broken": await books.journal.first_break(),
        "seconds": time.monotonic() - began,
    }


def _is_open(order: Order) -> bool:
    return order.status in (Status.PENDING, Status.UNKNOWN) or (
        order.status.is_working and not order.is_whole
    )


def main(url: str, port: int, what: str, settled_after: float) -> None:
    """A process of the bench."""
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    run = trade_and_settle if what == "trade and settle" else settle_and_tell
    asyncio.run(run(url, port, settled_after))


if __name__ == "__main__":
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    _, url, port, what = sys.argv
    asyncio.run((trade if what == "trade" else settle)(url, int(port)))
