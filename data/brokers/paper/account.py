"""The paper account's own side behind the door that every account has."""

from collections.abc import Sequence

from core.clock import Clock
from core.errors import BrokerRejected
from core.money import RUPEE_STEP
from core.paper.account import PaperAccount
from core.paper.funds import Money
from core.paper.memory import Shares
from core.ports.account import (
    Conversion,
    FundsDetail,
    HeldShares,
    MoneyLine,
    RegisteredAddresses,
    SegmentState,
)
from core.ports.broker import BrokerPosition
from core.trading.positions import decimal
from core.trading.requests import Product, Side
from data.brokers.paper.gtts import Doing

NO_ADDRESS = "none needed on paper"


class PaperAccountDoor:
    """Fills the `AccountDoor` port. There is no switch of segments and no margin funding."""

    def __init__(self, broker: Doing, clock: Clock) -> None:
        self._broker, self._clock = broker, clock

    async def convert(self, conversion: Conversion) -> None:
        c = conversion
        units = c.quantity if c.side is Side.BUY else -c.quantity
        await self._broker.do(lambda a, now: a.convert(c.key, units, c.before, c.after, now))

    async def segments(self) -> list[SegmentState]:
        return []

    async def switch(self, segments: Sequence[str], *, stop: bool) -> list[SegmentState]:
        raise BrokerRejected("the paper account has no switch: use the kill switch")

    async def addresses(self) -> RegisteredAddresses:
        return RegisteredAddresses(primary=NO_ADDRESS)

    async def funds(self) -> FundsDetail:
        account = await self._broker.current()
        money = account.money(self._clock.now())
        return FundsDetail(available=money.available, used=money.used, lines=_lines(account, money))

    async def shares(self) -> list[HeldShares]:
        account = await self._broker.current()
        return [_shares(account, each) for each in account.memory.shares]

    async def borrowed(self) -> list[BrokerPosition]:
        return []


def _lines(account: PaperAccount, money: Money) -> tuple[MoneyLine, ...]:
    said = (
        ("Available", money.available, 0, ""),
        ("Capital at the start", account.memory.capital, 2, "not a part of the sum"),
        ("Cash", money.cash, 1, "with premiums paid and received, before today's charges"),
        ("Today's charges", -money.charges, 1, "taken at the day's end, as the contract note says"),
        ("Today's profit, usable tomorrow", -money.withheld, 1, ""),
        ("Used", -money.used, 1, ""),
        ("Used", money.used, 0, ""),
        ("Margin of positions", money.positions, 1, "the desk's own estimate, SPAN-like"),
        ("Working orders", money.orders, 1, ""),
        ("Loss of open futures and intraday shares", money.loss, 1, ""),
    )
    return tuple(MoneyLine(name=n, amount=a, level=level, note=note) for n, a, level, note in said)


def _shares(account: PaperAccount, held: Shares) -> HeldShares:
    instrument = account.memory.instruments[held.key]
    today = account.books.position(held.key, Product.DELIVERY).quantity
    return HeldShares(
        key=held.key,
        symbol=instrument.symbol,
        name=instrument.name,
        quantity=held.quantity,
        average_price=decimal(held.cost / held.quantity, RUPEE_STEP),
        used=max(-today, 0),
    )
