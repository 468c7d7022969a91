"""Funds: what the broker says of our money must not move while nothing is traded.

How margin, premium and today's profit are booked differs between brokers; that available and used
together stand still without a trade does not.
"""

from collections.abc import Hashable
from decimal import Decimal
from typing import Final

from core.ports.broker import Funds

A_RUPEE: Final = Decimal(1)
"""Rounding of a broker's own sums."""


class FundsWatch:
    """`unexplained` is by how many rupees the money moved with no trade of ours beside it."""

    def __init__(self) -> None:
        self.unexplained = Decimal(0)
        self._total: Decimal | None = None
        self._books: Hashable = None

    def look(self, funds: Funds, books: Hashable) -> None:
        """Take in what the broker says; `books` changes with every trade and settlement."""
        total = funds.available + funds.used
        if self._total is None or books != self._books:
            self.unexplained = Decimal(0)
        elif abs(total - self._total) > A_RUPEE:
            self.unexplained += total - self._total
        self._total, self._books = total, books

    def explained(self) -> None:
        self.unexplained = Decimal(0)

    def forget(self) -> None:
        """A new day: what was carried over is booked anew."""
        self._total = None
        self.explained()
