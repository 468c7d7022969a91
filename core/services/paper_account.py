"""The paper account's controls: its capital, and beginning anew with a typed confirmation."""

from decimal import Decimal
from typing import Final

from core.errors import AppError, RuleBroken
from core.ports.paper import PaperDoor
from core.services.order_records import OrderRecords
from core.services.reconciler import Reconciler
from core.trading.journal import Kind

RESET_WORD: Final = "RESET"
LEAST, MOST = Decimal(10_000), Decimal(1_000_000_000)
"""Rupees to begin with."""


class PaperAccountControls:
    def __init__(self, door: PaperDoor, records: OrderRecords, reconciler: Reconciler) -> None:
        self._door, self._records, self._reconciler = door, records, reconciler

    async def capital(self) -> Decimal | None:
        """Rupees that the account began with; None where its memory cannot be read."""
        try:
            return await self._door.capital()
        except AppError:
            return None

    async def flags(self) -> list[str]:
        """What the account did by itself, in words."""
        return await self._door.flags()

    async def reset(self, capital: Decimal, typed: str) -> None:
        """Begin anew with this capital: orders are cancelled, positions closed at their last
        price. Raises RuleBroken for another word, or for an absurd amount."""
        if typed != RESET_WORD:
            raise RuleBroken(f"type {RESET_WORD} to begin anew")
        if not capital.is_finite() or not LEAST <= capital <= MOST:
            raise RuleBroken(f"the capital is ₹{LEAST:,} to ₹{MOST:,}")
        await self._records.note(Kind.CONTROL, "paper account", "begins anew", capital=str(capital))
        await self._door.reset(capital)
        self._reconciler.soon()
