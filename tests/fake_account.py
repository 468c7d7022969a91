"""An account at a broker in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from core.errors import AppError
from core.ids import InstrumentKey
from core.ports.account import (
    Conversion,
    FundsDetail,
    HeldShares,
    MoneyLine,
    RegisteredAddresses,
    SegmentState,
)
from core.ports.broker import BrokerPosition

SHARE = InstrumentKey("NSE_EQ|INE002A01018")


class FakeAccount:
    """`problem` is raised by whatever is asked next, until it is taken away."""

    def __init__(self) -> None:
        self.problem: AppError | None = None
        self.converted: list[Conversion] = []
        self.held = [
            HeldShares(
                key=SHARE,
                symbol="RELIANCE",
                name="RELIANCE INDUSTRIES LTD",
                quantity=40,
                average_price=Decimal("1380"),
                close=Decimal("1400"),
                pledged=10,
                haircut=Decimal("0.2"),
            )
        ]
        self.on_margin: list[BrokerPosition] = []
        self.states = [
            SegmentState(segment="NSE_EQ", active=True, stopped=False),
            SegmentState(segment="NSE_FO", active=True, stopped=False),
            SegmentState(segment="MCX_FO", active=False, stopped=False),
        ]
        self.registered = RegisteredAddresses(
            primary="203.0.113.10", primary_since=datetime(2026, 11, 2, 4, 35, tzinfo=UTC)
        )
        self.money = FundsDetail(
            available=Decimal("451789.65"),
            used=Decimal("48210.35"),
            lines=(
                MoneyLine(name="Cash available", amount=Decimal("451789.65"), level=0),
                MoneyLine(name="Opening balance", amount=Decimal(500_000)),
                MoneyLine(name="Margin used", amount=Decimal("48210.35"), level=0),
                MoneyLine(name="SPAN and exposure", amount=Decimal("48210.35")),
            ),
        )

    async def convert(self, conversion: Conversion) -> None:
        self._ask()
        self.converted.append(conversion)

    async def segments(self) -> list[SegmentState]:
        self._ask()
        return list(self.states)

    async def switch(self, segments: Sequence[str], *, stop: bool) -> list[SegmentState]:
        self._ask()
        self.states = [
            replace(each, stopped=stop) if each.segment in segments else each
            for each in self.states
        ]
        return list(self.states)

    async def addresses(self) -> RegisteredAddresses:
        self._ask()
        return self.registered

    async def funds(self) -> FundsDetail:
        self._ask()
        return self.money

    async def shares(self) -> list[HeldShares]:
        self._ask()
        return list(self.held)

    async def borrowed(self) -> list[BrokerPosition]:
        self._ask()
        return list(self.on_margin)

    def _ask(self) -> None:
        if self.problem is not None:
            raise self.problem
