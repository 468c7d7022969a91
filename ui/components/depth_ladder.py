"""The depth ladder: bids and offers, best first."""

from collections.abc import Sequence
from typing import Final

from nicegui import ui

from core.instruments.tick import DepthLevel
from ui.theme.style import ASSETS

LEVELS: Final = 5


class DepthLadder(
    ui.element, component="depth_ladder.js", esm={"desk-formats": str(ASSETS / "js" / "formats")}
):
    def __init__(self, count: int = LEVELS) -> None:
        super().__init__()
        self._props["count"] = count
        self._props["levels"] = []

    @property
    def levels(self) -> list[list[float | None]]:
        """What is shown: bid size, bid, ask, ask size of each level."""
        levels: list[list[float | None]] = self._props["levels"]
        return levels

    def show(self, depth: Sequence[DepthLevel]) -> None:
        levels = [
            [*_pair(level.bid_quantity, level.bid), *reversed(_pair(level.ask_quantity, level.ask))]
            for level in depth
        ]
        if levels != self.levels and self.client.has_socket_connection:
            self._props["levels"] = levels
            self.run_method("show", levels)


def _pair(quantity: int, price: float) -> list[float | None]:
    """An empty level comes as zeros."""
    return [quantity, price] if price > 0 else [None, None]
