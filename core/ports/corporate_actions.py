"""Corporate actions: asked of the broker, kept beside the prices."""

from collections.abc import Sequence
from typing import Protocol

from core.instruments.corporate_actions import CorporateAction


class ActionSource(Protocol):
    async def actions(self, isin: str) -> list[CorporateAction]:
        """All that the broker knows of a share, oldest first; may raise what `MarketData` may."""
        ...


class ActionRepository(Protocol):
    async def replace(self, isin: str, actions: Sequence[CorporateAction]) -> None:
        """All actions of a share, in the place of those that were known."""
        ...

    async def of(self, isin: str) -> list[CorporateAction]:
        """Oldest first."""
        ...
