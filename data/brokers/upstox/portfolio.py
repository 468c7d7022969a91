"""What is held at the broker: positions, delivered shares, money."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from core.errors import BadData
from core.ports.broker import BrokerPosition, Funds, Holding
from data.brokers.upstox import order_mapping as ours
from data.brokers.upstox.http import UpstoxHttp
from data.brokers.upstox.order_schemas import FundsReply, Holdings, Positions

Row = TypeVar("Row")
Made = TypeVar("Made")


class UpstoxPortfolio:
    def __init__(self, http: UpstoxHttp) -> None:
        self._http = http

    async def positions(self) -> list[BrokerPosition]:
        """Those of the day and those carried, then those on borrowed money; flat ones too."""
        usual = await self._http.read("positions", "/v2/portfolio/short-term-positions", Positions)
        borrowed = await self._http.read("mtf positions", "/v3/portfolio/mtf-positions", Positions)
        return mapped(self._http, "positions", [*usual.data, *borrowed.data], ours.position)

    async def holdings(self) -> list[Holding]:
        reply = await self._http.read("holdings", "/v2/portfolio/long-term-holdings", Holdings)
        return mapped(self._http, "holdings", reply.data, ours.holding)

    async def funds(self) -> Funds:
        reply = await self._http.read("funds", "/v2/user/get-funds-and-margin", FundsReply)
        return ours.funds(reply.data.equity)


def mapped(
    http: UpstoxHttp, call: str, rows: Iterable[Row], make: Callable[[Row], Made]
) -> list[Made]:
    """All rows as ours; an impossible one is counted, and BadData for all of them."""
    try:
        return [make(row) for row in rows]
    except BadData as problem:
        http.count_bad(call, str(problem))
        raise
