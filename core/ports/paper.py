"""The paper account's own side, besides the orders that it takes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from core.ids import InstrumentKey
from core.ports.account import AccountDoor
from core.ports.broker import Broker
from core.ports.gtt import GttDoor

Bands = Mapping[InstrumentKey, tuple[float, float]]


class PaperDoor(Broker, Protocol):
    @property
    def gtts(self) -> GttDoor: ...
    @property
    def own(self) -> AccountDoor: ...

    def bound_by(self, bands: Bands) -> None:
        """Look here for the day's price limits in rupees; they change."""
        ...

    async def run(self) -> None:
        """Live with the clock and the market until cancelled."""
        ...

    async def live(self) -> None:
        """Once: do what has its hour, and write down what changed."""
        ...

    async def told(self) -> None:
        """Return once all who listen to the updates have taken them in."""
        ...

    async def capital(self) -> Decimal:
        """Rupees that it began with; raises BadData for a memory that cannot be read."""
        ...

    async def flags(self) -> list[str]:
        """What it did by itself since it began, in words."""
        ...

    async def reset(self, capital: Decimal) -> None:
        """Begin anew: what works is cancelled, what is held is closed at its last price.

        Also the way out of a memory that cannot be read. Raises RuleBroken for no capital.
        """
        ...
